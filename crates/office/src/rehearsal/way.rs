//! Where exchanges would go under another registry.
//!
//! The journal keeps the version an exchange was resolved to, not the one the address named, and neither Recipient/Code nor
//! OKTMO. Where routes of a service ask for those, an exchange is said to go elsewhere only when no route that it could take
//! leads where it went.

use std::collections::{BTreeMap, HashMap};

use domain::registry::{Route, Target};
use domain::{MissingReason, Mnemonic, Registry, RouteMissing, RouteQuestion, Sid, Trying, Version};
use serde::Serialize;

use super::WayLine;
use crate::traffic::Exchange;

/// Where an exchange would go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// To one of these addresses.
    Elsewhere(Vec<String>),
    /// Nowhere.
    Nowhere(RouteMissing),
}

/// What decides about a way, as far as the journal tells it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asked {
    service: Sid,
    version: Version,
    consumer: String,
    service_code: Option<String>,
    endpoint: Option<String>,
    provider: Option<String>,
    draw: u8,
}

#[derive(Debug, Clone)]
struct Found {
    way: Option<Way>,
    provider: Option<Mnemonic>,
}

/// The ways found so far.
#[derive(Debug)]
pub(super) struct Ways<'r> {
    registry: &'r Registry,
    routes: HashMap<&'r Sid, Vec<&'r Route>>,
    found: HashMap<Asked, Found>,
    /// By consumer, service, version, where it went, what is said of it; each with whether it leads nowhere.
    lines: BTreeMap<[String; 5], (WayLine, bool)>,
}

/// Different questions about ways that are remembered; beyond them each is decided anew.
const REMEMBERED: usize = 100_000;

impl<'r> Ways<'r> {
    pub(super) fn new(registry: &'r Registry) -> Self {
        let mut routes: HashMap<&Sid, Vec<&Route>> = HashMap::new();
        for route in registry.routes() {
            routes.entry(&route.service).or_default().push(route);
        }
        Self { registry, routes, found: HashMap::new(), lines: BTreeMap::new() }
    }

    /// Finds the way of an exchange, notes it when it is another than it was, and tells who would answer, if that is known;
    /// `None` where there is no way.
    pub(super) fn provider(&mut self, exchange: &Exchange, sid: &Sid, version: &Version) -> Option<Option<Mnemonic>> {
        let routes = self.routes.get(sid).map(Vec::as_slice).unwrap_or_default();
        let shared = routes.iter().any(|route| route.share.is_some());
        let asked = Asked {
            service: sid.clone(),
            version: version.clone(),
            consumer: exchange.consumer.clone().unwrap_or_default(),
            service_code: exchange.service_code.clone(),
            endpoint: exchange.endpoint.clone(),
            provider: exchange.provider.clone(),
            draw: if shared { Trying::draw_of(&exchange.conversation) } else { 0 },
        };
        let found = if let Some(found) = self.found.get(&asked) {
            found.clone()
        } else {
            let found = self.decide(&asked, routes);
            if self.found.len() < REMEMBERED {
                self.found.insert(asked.clone(), found.clone());
            }
            found
        };
        let lost = matches!(found.way, Some(Way::Nowhere(_)));
        if let (Some(way), true) = (found.way, exchange.end.passed()) {
            self.note(&asked, way);
        }
        (!lost).then_some(found.provider)
    }

    fn decide(&self, asked: &Asked, routes: &[&Route]) -> Found {
        let ask = RouteQuestion {
            sid: &asked.service,
            version: Some(asked.version.as_str()),
            recipient: asked.provider.as_deref(),
            oktmo: None,
            service_code: asked.service_code.as_deref(),
            consumer: Some(&asked.consumer),
            trying: Trying { draw: asked.draw, returned: None },
        };
        let known = asked.provider.as_deref().and_then(|name| Mnemonic::new(name).ok());
        let known = known.filter(|name| self.registry.system(name).is_some());
        let told_by_more = routes.iter().any(|route| route.recipient.is_some() || route.oktmo.is_some());
        match self.registry.route(&ask) {
            Ok(answer) if !told_by_more => {
                let same = asked.went_to(&answer.endpoint.url);
                let way = (!same).then(|| Way::Elsewhere(vec![answer.endpoint.url.clone()]));
                Found { way, provider: Some(answer.provider.mnemonic.clone()) }
            }
            Err(missing) if !told_by_more || is_unregistered(&missing) => {
                Found { way: Some(Way::Nowhere(missing)), provider: known }
            }
            _ => Found { way: self.possible(asked, routes), provider: known },
        }
    }

    /// Where routes ask for what the journal does not keep.
    fn possible(&self, asked: &Asked, routes: &[&Route]) -> Option<Way> {
        let called = |consumer: &Mnemonic| {
            consumer.as_str() == asked.consumer
                || self.registry.system(consumer).is_some_and(|system| system.is_called(&asked.consumer))
        };
        let fits = |route: &&&Route| {
            route.version.as_ref().is_none_or(|version| *version == asked.version)
                && (route.service_code.is_none() || route.service_code == asked.service_code)
                && (route.consumers.is_empty() || route.consumers.iter().any(called))
        };
        let mut endpoints: Vec<String> = routes
            .iter()
            .filter(fits)
            .filter_map(|route| match &route.to {
                Target::Url(url) => Some(url.clone()),
                Target::Federal => Some(format!("{}/{}", self.registry.federal()?.endpoint, asked.service)),
            })
            .collect();
        if endpoints.iter().any(|url| asked.went_to(url)) {
            return None;
        }
        endpoints.sort();
        endpoints.dedup();
        if endpoints.is_empty() {
            let reason = MissingReason::NoRoute { losers: Vec::new() };
            return Some(Way::Nowhere(RouteMissing { sid: asked.service.clone(), reason }));
        }
        Some(Way::Elsewhere(endpoints))
    }

    fn note(&mut self, asked: &Asked, way: Way) {
        let told = match &way {
            Way::Elsewhere(to) => to.join(" "),
            Way::Nowhere(missing) => missing.sentence_en(),
        };
        let from = asked.endpoint.clone().unwrap_or_default();
        let (service, version) = (asked.service.to_string(), asked.version.to_string());
        let key = [asked.consumer.clone(), service.clone(), version.clone(), from.clone(), told];
        let lost = matches!(way, Way::Nowhere(_));
        let line = || WayLine { consumer: asked.consumer.clone(), service, version, from, count: 0, way };
        let (line, _) = self.lines.entry(key).or_insert_with(|| (line(), lost));
        line.count = line.count.saturating_add(1);
    }

    /// The lines, each with whether it leads nowhere.
    pub(super) fn end(self) -> impl Iterator<Item = (WayLine, bool)> {
        self.lines.into_values()
    }
}

fn is_unregistered(missing: &RouteMissing) -> bool {
    matches!(missing.reason, MissingReason::UnknownService { .. } | MissingReason::UnknownVersion { .. })
}

impl Asked {
    /// Is that the address it went to? To the federal node goes the version only where the consumer named one. A record without
    /// an address (of a refusal) went nowhere, and is not said to go elsewhere.
    fn went_to(&self, url: &str) -> bool {
        let Some(endpoint) = self.endpoint.as_deref() else { return true };
        let versioned = |longer: &str, shorter: &str| {
            longer.strip_prefix(shorter).and_then(|rest| rest.strip_prefix('/')) == Some(self.version.as_str())
        };
        endpoint == url || versioned(endpoint, url) || versioned(url, endpoint)
    }
}
