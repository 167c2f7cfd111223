//! Routing: which endpoint and which provider a message is for, and why not another.
//!
//! Nothing is sent here, and rights are not asked: see [`crate::access`].

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::fault::FaultRow;
use crate::names::{Mnemonic, Sid, Version};
use crate::registry::{EndpointTls, Place, Registry, Route, Service, System, Target};
use crate::spelling::nearest;

/// What of a message decides its way.
#[derive(Debug, Clone, Copy)]
pub struct RouteQuestion<'a> {
    /// The service, from the address.
    pub sid: &'a Sid,
    /// The version, from the address the consumer used; `None`: the default version.
    pub version: Option<&'a str>,
    /// Recipient/Code.
    pub recipient: Option<&'a str>,
    /// OKTMO.
    pub oktmo: Option<&'a str>,
    /// ServiceCode.
    pub service_code: Option<&'a str>,
    /// Sender/Code: who asks, as far as routes ask for it.
    pub consumer: Option<&'a str>,
    /// The state of what is tried out.
    pub trying: Trying<'a>,
}

/// What decides about routes that are tried out beside others.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trying<'a> {
    /// A number below 100; a route with a share takes those below its share. The same for all messages of one conversation.
    pub draw: u8,
    /// [`Route::canary_id`] of the routes that have gone back for their faults.
    pub returned: Option<&'a BTreeSet<String>>,
}

impl Trying<'_> {
    /// The draw of a conversation, from the id that all its messages know: the exchange of the first, which the others refer to.
    pub fn draw_of(conversation: &str) -> u8 {
        let digest = Sha256::digest(conversation);
        let number = digest.iter().take(4).fold(0u32, |number, octet| number << 8 | u32::from(*octet));
        u8::try_from(number % 100).unwrap_or_default()
    }
}

/// The answer: where the message goes.
#[derive(Debug)]
pub struct Routed<'a> {
    /// The version of the service that is asked.
    pub service: &'a Service,
    /// The route that won.
    pub route: &'a Route,
    /// The system that must answer.
    pub provider: &'a System,
    /// Where to send.
    pub endpoint: Endpoint,
    /// The other routes of this service, each with the reason why it did not win.
    pub losers: Vec<Loser>,
}

/// An address to send to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The complete address.
    pub url: String,
    /// TLS material, when the route has some.
    pub tls: Option<EndpointTls>,
    /// Is it the federal node?
    pub federal: bool,
}

/// A route of the service that did not win.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loser {
    /// Index in [`crate::Registry::routes`].
    pub route: usize,
    /// Where it is written.
    pub place: Place,
    /// Why it did not win.
    pub why: Mismatch,
}

/// Why a route does not take a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Mismatch {
    /// It is for another version.
    Version {
        /// The route's.
        wanted: Version,
    },
    /// It is for another recipient.
    Recipient {
        /// The route's.
        wanted: String,
    },
    /// It is for another territory.
    Oktmo {
        /// The route's.
        wanted: String,
    },
    /// It is for another public service.
    ServiceCode {
        /// The route's.
        wanted: String,
    },
    /// It is tried out by other consumers.
    Consumer {
        /// Those of the route.
        wanted: Vec<Mnemonic>,
    },
    /// It is tried out by a share of the messages, and this one is of the rest.
    Share {
        /// The share, in percent.
        percent: u8,
    },
    /// It was tried out, and went back because too many exchanges failed.
    Returned,
    /// It matches, but another says more.
    LessSpecific {
        /// The route that won.
        than: Place,
    },
}

/// No way for this message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RouteMissing {
    /// The service asked for.
    pub sid: Sid,
    /// What is missing.
    pub reason: MissingReason,
}

/// What is missing for a message to have a way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "missing", rename_all = "snake_case")]
pub enum MissingReason {
    /// No service of that identifier is registered.
    UnknownService {
        /// The registered identifier that looks most alike.
        nearest: Option<Sid>,
    },
    /// The service has no such version.
    UnknownVersion {
        /// The version asked for.
        asked: String,
        /// Its versions.
        known: Vec<Version>,
    },
    /// No route of the service takes the message.
    NoRoute {
        /// Its routes and why not.
        losers: Vec<Loser>,
    },
    /// Routes differ by territory, and the message's OKTMO chooses none.
    RegionUnknown {
        /// The OKTMO of the message.
        oktmo: Option<String>,
        /// The territories that routes know.
        known: Vec<String>,
    },
}

impl Registry {
    /// Where does this message go?
    ///
    /// A route matches when each key it names fits the message: `version`, `recipient` and `service_code` equal, `oktmo`
    /// equal or a level above (2, 5, 8 or 11 digits; what a route names and the message lacks does not fit). Of those that
    /// match the most specific wins: one that names the version before one that does not, then one that names the
    /// recipient, then the longer OKTMO, then one that names the service code; of equals one that is tried out by named
    /// consumers, then one that is tried out by a share. Two equally specific ones cannot both match, because the registry is
    /// refused when two routes of a service name the same keys with the same values.
    ///
    /// A consumer that names no version means the default one, or that of its cut-over. To the federal node goes the path the
    /// consumer used: the version is appended exactly when the question has one, or a cut-over chose it.
    pub fn route<'a>(&'a self, ask: &RouteQuestion<'_>) -> Result<Routed<'a>, RouteMissing> {
        let missing = |reason| RouteMissing { sid: ask.sid.clone(), reason };
        let service = self.service_asked(ask).map_err(missing)?;
        let mut losers = Vec::new();
        let mut matching = Vec::new();
        for (at, route) in self.routes_of(ask.sid) {
            match self.mismatch(route, service, ask) {
                Some(why) => losers.push(Loser { route: at, place: route.place.clone(), why }),
                None => matching.push((at, route)),
            }
        }
        let winner = matching.iter().copied().max_by_key(|(_, route)| specificity(route));
        let Some((at, route)) = winner else {
            return Err(missing(no_route(ask, losers)));
        };
        for (other, loser) in matching.into_iter().filter(|(other, _)| *other != at) {
            let why = Mismatch::LessSpecific { than: route.place.clone() };
            losers.push(Loser { route: other, place: loser.place.clone(), why });
        }
        losers.sort_by_key(|loser| loser.route);
        // Both are there in every registry that loads; without them there is no way either.
        let provider = self.system(route.provider.as_ref().unwrap_or(&service.provider));
        match (provider, self.endpoint(route, service, ask)) {
            (Some(provider), Some(endpoint)) => Ok(Routed { service, route, provider, endpoint, losers }),
            _ => Err(missing(MissingReason::NoRoute { losers })),
        }
    }

    fn service_asked(&self, ask: &RouteQuestion<'_>) -> Result<&Service, MissingReason> {
        let versions: Vec<_> = self.service_versions(ask.sid).collect();
        if versions.is_empty() {
            let known = self.services().iter().map(|service| service.sid.as_str());
            let nearest = nearest(ask.sid.as_str(), known).and_then(|sid| Sid::new(sid).ok());
            return Err(MissingReason::UnknownService { nearest });
        }
        let moved = ask.consumer.filter(|_| ask.version.is_none()).and_then(|code| self.cutover_of(ask.sid, code));
        let found = match (ask.version, moved) {
            (Some(version), _) => versions.iter().find(|service| service.version.as_str() == version),
            (None, Some(moved)) => versions.iter().find(|service| service.version == moved.version),
            (None, None) => versions.iter().find(|service| service.default || versions.len() == 1),
        };
        found.copied().ok_or_else(|| MissingReason::UnknownVersion {
            asked: ask.version.unwrap_or_default().to_owned(),
            known: versions.iter().map(|service| service.version.clone()).collect(),
        })
    }

    fn endpoint(&self, route: &Route, service: &Service, ask: &RouteQuestion<'_>) -> Option<Endpoint> {
        match &route.to {
            Target::Url(url) => Some(Endpoint { url: url.clone(), tls: route.tls.clone(), federal: false }),
            Target::Federal => {
                let federal = self.federal()?;
                let moved =
                    ask.consumer.and_then(|code| self.cutover_of(ask.sid, code)).map(|_| service.version.as_str());
                let version = ask.version.or(moved).map(|version| format!("/{version}")).unwrap_or_default();
                let url = format!("{}/{}{version}", federal.endpoint, ask.sid);
                Some(Endpoint { url, tls: federal.tls.clone(), federal: true })
            }
        }
    }
}

impl Registry {
    /// The first thing by which the route does not fit; the territory is asked last, so that it is blamed only when all else fits.
    fn mismatch(&self, route: &Route, service: &Service, ask: &RouteQuestion<'_>) -> Option<Mismatch> {
        if let Some(wanted) = route.version.as_ref().filter(|version| **version != service.version) {
            return Some(Mismatch::Version { wanted: wanted.clone() });
        }
        if let Some(wanted) = route.recipient.as_ref().filter(|wanted| ask.recipient != Some(wanted.as_str())) {
            return Some(Mismatch::Recipient { wanted: wanted.clone() });
        }
        if let Some(wanted) = route.service_code.as_ref().filter(|wanted| ask.service_code != Some(wanted.as_str())) {
            return Some(Mismatch::ServiceCode { wanted: wanted.clone() });
        }
        if !route.consumers.is_empty() && !self.tries(route, ask.consumer) {
            return Some(Mismatch::Consumer { wanted: route.consumers.clone() });
        }
        if let Some(percent) = route.share.filter(|percent| ask.trying.draw >= *percent) {
            return Some(Mismatch::Share { percent });
        }
        if route.return_at.is_some()
            && ask.trying.returned.is_some_and(|returned| returned.contains(&route.canary_id()))
        {
            return Some(Mismatch::Returned);
        }
        let lies_in = |wanted: &str| ask.oktmo.is_some_and(|oktmo| oktmo.starts_with(wanted));
        route.oktmo.as_ref().filter(|wanted| !lies_in(wanted)).map(|wanted| Mismatch::Oktmo { wanted: wanted.clone() })
    }

    /// Is the route tried out by the consumer of that code?
    fn tries(&self, route: &Route, code: Option<&str>) -> bool {
        let called = |consumer: &Mnemonic| {
            code.is_some_and(|code| self.system(consumer).is_some_and(|system| system.is_called(code)))
        };
        route.consumers.iter().any(called)
    }
}

fn specificity(route: &Route) -> (bool, bool, usize, bool, bool, bool) {
    (
        route.version.is_some(),
        route.recipient.is_some(),
        route.oktmo.as_ref().map_or(0, String::len),
        route.service_code.is_some(),
        !route.consumers.is_empty(),
        route.share.is_some(),
    )
}

fn no_route(ask: &RouteQuestion<'_>, losers: Vec<Loser>) -> MissingReason {
    let territories = losers.iter().filter_map(|loser| match &loser.why {
        Mismatch::Oktmo { wanted } => Some(wanted.clone()),
        _ => None,
    });
    let known: Vec<_> = territories.collect();
    if known.is_empty() {
        MissingReason::NoRoute { losers }
    } else {
        MissingReason::RegionUnknown { oktmo: ask.oktmo.map(str::to_owned), known }
    }
}

impl RouteMissing {
    /// The row of the fault table.
    pub fn fault_row(&self) -> FaultRow {
        match self.reason {
            MissingReason::RegionUnknown { .. } => FaultRow::TargetRegionUnknown,
            _ => FaultRow::RouteEndPointUnknown,
        }
    }

    /// What is missing, for the sender; names no file of the bus.
    pub fn sentence_ru(&self) -> String {
        let sid = &self.sid;
        match &self.reason {
            MissingReason::UnknownService { .. } => format!("сервис {sid} не зарегистрирован на этом узле"),
            MissingReason::UnknownVersion { asked, known } => {
                format!("у сервиса {sid} нет версии {asked}, есть: {}", joined(known))
            }
            MissingReason::NoRoute { .. } => format!("ни один маршрут сервиса {sid} не подходит сообщению"),
            MissingReason::RegionUnknown { oktmo: Some(oktmo), .. } => {
                format!("сервис {sid} не предоставляется на территории с ОКТМО {oktmo}")
            }
            MissingReason::RegionUnknown { oktmo: None, .. } => {
                format!("сервис {sid} предоставляется по территориям, а в сообщении нет ОКТМО")
            }
        }
    }

    /// What is missing, for the sender; names no file of the bus.
    pub fn sentence_en(&self) -> String {
        let sid = &self.sid;
        match &self.reason {
            MissingReason::UnknownService { .. } => format!("service {sid} is not registered on this node"),
            MissingReason::UnknownVersion { asked, known } => {
                format!("service {sid} has no version {asked}, only: {}", joined(known))
            }
            MissingReason::NoRoute { .. } => format!("no route of service {sid} takes the message"),
            MissingReason::RegionUnknown { oktmo: Some(oktmo), .. } => {
                format!("service {sid} is not given in the territory of OKTMO {oktmo}")
            }
            MissingReason::RegionUnknown { oktmo: None, .. } => {
                format!("service {sid} is given by territory, and the message has no OKTMO")
            }
        }
    }

    /// What the sender can do; names no file of the bus.
    pub fn hint_ru(&self) -> &'static str {
        match self.reason {
            MissingReason::UnknownService { .. } => {
                "проверьте адрес сервиса по его паспорту (в тестовом и рабочем контуре он разный)"
            }
            MissingReason::UnknownVersion { .. } => "укажите в адресе одну из этих версий",
            MissingReason::NoRoute { .. } => "проверьте Recipient/Code, ServiceCode и ОКТМО по паспорту сервиса",
            MissingReason::RegionUnknown { .. } => "проверьте ОКТМО в сообщении по паспорту сервиса",
        }
    }

    /// What the sender can do; names no file of the bus.
    pub fn hint_en(&self) -> &'static str {
        match self.reason {
            MissingReason::UnknownService { .. } => {
                "check the service's address with its passport (test and production differ)"
            }
            MissingReason::UnknownVersion { .. } => "put one of these versions into the address",
            MissingReason::NoRoute { .. } => "check Recipient/Code, ServiceCode and OKTMO with the service's passport",
            MissingReason::RegionUnknown { .. } => "check the OKTMO of the message with the service's passport",
        }
    }

    /// What the operator can do, with files and lines: not for the wire.
    pub fn operator_step_ru(&self) -> String {
        let sid = &self.sid;
        match &self.reason {
            MissingReason::UnknownService { nearest: Some(nearest) } => {
                format!("похож зарегистрированный {nearest}; иначе добавьте [[service]] sid = \"{sid}\" и [[route]]")
            }
            MissingReason::UnknownService { nearest: None } => {
                format!("добавьте [[service]] sid = \"{sid}\" и [[route]]")
            }
            MissingReason::UnknownVersion { asked, .. } => {
                format!("если версия введена, добавьте [[service]] sid = \"{sid}\", version = \"{asked}\"")
            }
            MissingReason::NoRoute { losers } if losers.is_empty() => format!("добавьте [[route]] service = \"{sid}\""),
            MissingReason::NoRoute { losers } => format!("дополните маршруты сервиса: {}", places(losers)),
            MissingReason::RegionUnknown { known, .. } => {
                format!(
                    "добавьте [[route]] service = \"{sid}\" с этим oktmo или без него; известны: {}",
                    known.join(", ")
                )
            }
        }
    }

    /// What the operator can do, with files and lines: not for the wire.
    pub fn operator_step_en(&self) -> String {
        let sid = &self.sid;
        match &self.reason {
            MissingReason::UnknownService { nearest: Some(nearest) } => {
                format!("{nearest} is registered and looks alike; else add [[service]] sid = \"{sid}\" and a [[route]]")
            }
            MissingReason::UnknownService { nearest: None } => {
                format!("add [[service]] sid = \"{sid}\" and a [[route]]")
            }
            MissingReason::UnknownVersion { asked, .. } => {
                format!("if the version is in use, add [[service]] sid = \"{sid}\", version = \"{asked}\"")
            }
            MissingReason::NoRoute { losers } if losers.is_empty() => format!("add [[route]] service = \"{sid}\""),
            MissingReason::NoRoute { losers } => format!("widen the routes of the service: {}", places(losers)),
            MissingReason::RegionUnknown { known, .. } => {
                format!("add [[route]] service = \"{sid}\" with this oktmo or with none; known: {}", known.join(", "))
            }
        }
    }
}

impl fmt::Display for RouteMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence_en())
    }
}

impl std::error::Error for RouteMissing {}

/// Why a route did not win, in a line for `explain`.
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::Version { wanted } => write!(f, "is for version {wanted}"),
            Mismatch::Recipient { wanted } => write!(f, "is for recipient {wanted}"),
            Mismatch::Oktmo { wanted } => write!(f, "is for OKTMO {wanted}"),
            Mismatch::ServiceCode { wanted } => write!(f, "is for service code {wanted}"),
            Mismatch::Consumer { wanted } => {
                let wanted: Vec<_> = wanted.iter().map(Mnemonic::as_str).collect();
                write!(f, "is tried out by {}", wanted.join(", "))
            }
            Mismatch::Share { percent } => write!(f, "is tried out by {percent} % of the messages, not by this one"),
            Mismatch::Returned => f.write_str("was tried out and went back: too many exchanges failed"),
            Mismatch::LessSpecific { than } => write!(f, "is less specific than {than}"),
        }
    }
}

fn places(losers: &[Loser]) -> String {
    losers.iter().map(|loser| format!("{} {}", loser.place, loser.why)).collect::<Vec<_>>().join("; ")
}

fn joined(versions: &[Version]) -> String {
    versions.iter().map(Version::as_str).collect::<Vec<_>>().join(", ")
}
