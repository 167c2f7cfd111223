//! `rsmev service canary`: another endpoint is tried out beside the route: begun, changed, ended, made the route.
//!
//! That it goes back by itself when it fails is the running bus's doing; here it is told to try again.

use domain::registry::Route;
use domain::{Mnemonic, Registry};
use http::Method;
use serde_json::json;

use super::routing::{Canary, must_be_there, route_of, row_of, target};
use crate::amend::{Amend, Done};
use crate::command::{admin, journal};
use crate::failure::Failure;
use crate::names;
use crate::print;
use crate::registry_edit::Draft;
use crate::registry_edit::text::{Change, literal, literals};

/// Percent of failed exchanges at which a new trial goes back, when nobody says otherwise: four of the first twenty.
const RETURN_AT: u8 = 20;
/// What a trial takes over from the route it stands beside, as it is written there.
const TAKEN_OVER: [&str; 5] = ["recipient", "oktmo", "service_code", "provider", "sender_signature"];
/// What makes a route one that is tried out.
const TRIAL: [&str; 3] = ["share", "consumers", "return_at"];

pub(super) fn canary(words: &Canary) -> Result<(), Failure> {
    if words.again {
        return again(words);
    }
    let amend = Amend::begin(&words.words)?;
    let registry = amend.registry();
    must_be_there(registry, &words.service, words.version.as_ref())?;
    for consumer in &words.consumers {
        names::system(registry, consumer.as_str())?;
    }
    match &words.to {
        Some(to) => begin(words, &amend, to),
        None if words.end => end(words, &amend),
        None if words.promote => promote(words, &amend),
        None => change(words, &amend),
    }
}

/// The one route of the service, or of that version, that is tried out.
fn tried<'r>(registry: &'r Registry, words: &Canary) -> Result<&'r Route, Failure> {
    let sid = &words.service;
    let fits = |route: &&Route| {
        route.service == *sid && route.is_canary() && (words.version.is_none() || route.version == words.version)
    };
    let found: Vec<_> = registry.routes().iter().filter(fits).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Failure::no(format!("no route of {sid} is tried out"))
            .hint(format!("begin with `rsmev service canary {sid} --to URL --share 5`"))),
        several => {
            let places = several.iter().map(|route| route.place.to_string()).collect::<Vec<_>>().join(", ");
            Err(Failure::no(format!("several routes of {sid} are tried out: {places}"))
                .hint("name the version; those of one version change in the file"))
        }
    }
}

fn begin(words: &Canary, amend: &Amend<'_>, to: &str) -> Result<(), Failure> {
    let sid = &words.service;
    if words.share.is_none() && words.consumers.is_empty() {
        return Err(Failure::usage("who is to try it?".to_owned()).hint("--share 5, --consumers SOCZ01641, or both"));
    }
    let route = route_of(amend.registry(), sid, words.version.as_ref())?;
    let mut draft = amend.draft(&route.place.file)?;
    let mut pairs = vec![("service", literal(sid.as_str()))];
    let version = words.version.as_ref().or(route.version.as_ref());
    pairs.extend(version.map(|version| ("version", literal(version.as_str()))));
    pairs.push(("to", literal(to)));
    for key in TAKEN_OVER.into_iter().chain(to.starts_with("https:").then_some("tls")) {
        pairs.extend(draft.written(row_of(route), key)?.map(|value| (key, value)));
    }
    if !words.consumers.is_empty() {
        pairs.push(("consumers", consumers(words)));
    }
    pairs.extend(words.share.map(|share| ("share", share.to_string())));
    pairs.push(("return_at", words.return_at.unwrap_or(RETURN_AT).to_string()));
    draft.append("route", &pairs)?;
    let what = format!("service canary {sid} --to {to}{}", asked(words));
    amend.finish(draft, &Done { what, told: format!("{to} is tried out beside {}", target(&route.to)) })
}

fn change(words: &Canary, amend: &Amend<'_>) -> Result<(), Failure> {
    if words.share.is_none() && words.consumers.is_empty() && words.return_at.is_none() {
        return Err(Failure::usage("nothing is asked for".to_owned())
            .hint("--to URL begins a trial; --share, --consumers, --return-at change it; --end, --promote end it"));
    }
    let route = tried(amend.registry(), words)?;
    let row = row_of(route);
    let mut draft = amend.draft(&route.place.file)?;
    let numbers = [("share", words.share), ("return_at", words.return_at)];
    for (key, number) in numbers.into_iter().filter_map(|(key, number)| Some((key, number?))) {
        draft.change(row, Change::Put { key, toml: &number.to_string(), after: "to" })?;
    }
    if !words.consumers.is_empty() {
        draft.change(row, Change::Put { key: "consumers", toml: &consumers(words), after: "to" })?;
    }
    let what = format!("service canary {}{}, at {}", words.service, asked(words), route.place);
    amend.finish(draft, &Done { what, told: format!("the trial of {} is changed", target(&route.to)) })
}

fn end(words: &Canary, amend: &Amend<'_>) -> Result<(), Failure> {
    let route = tried(amend.registry(), words)?;
    let mut draft = amend.draft(&route.place.file)?;
    draft.remove(row_of(route))?;
    let what = format!("service canary {} --end, before {}", words.service, target(&route.to));
    amend.finish(draft, &Done { what, told: format!("{} is tried out no more", target(&route.to)) })
}

fn promote(words: &Canary, amend: &Amend<'_>) -> Result<(), Failure> {
    let registry = amend.registry();
    let route = tried(registry, words)?;
    // The route that takes exactly the messages that this one will take.
    let same = |other: &&Route| {
        !other.is_canary()
            && (&other.service, &other.version, &other.recipient, &other.oktmo, &other.service_code)
                == (&route.service, &route.version, &route.recipient, &route.oktmo, &route.service_code)
    };
    let replaced = registry.routes().iter().find(same);
    let mut draft = amend.draft(&route.place.file)?;
    match replaced {
        None => settle(&mut draft, route)?,
        Some(replaced) if replaced.place.file != route.place.file => {
            return Err(Failure::no(format!(
                "the route at {} stands in another file than {}",
                replaced.place, route.place
            ))
            .hint("put both into one file, or edit them by hand"));
        }
        // From below, so that the line of the other one is still its line.
        Some(replaced) if replaced.place.line < route.place.line => {
            settle(&mut draft, route)?;
            draft.remove(row_of(replaced))?;
        }
        Some(replaced) => {
            draft.remove(row_of(replaced))?;
            settle(&mut draft, route)?;
        }
    }
    let before = replaced.map_or_else(String::new, |replaced| format!(", before {}", target(&replaced.to)));
    let what = format!("service canary {} --promote {}{before}", words.service, target(&route.to));
    amend.finish(draft, &Done { what, told: format!("{} is the route now{before}", target(&route.to)) })
}

/// What was tried out is a route like others.
fn settle(draft: &mut Draft<'_>, route: &Route) -> Result<(), Failure> {
    TRIAL.into_iter().try_for_each(|key| draft.change(row_of(route), Change::Unset { key }))
}

fn again(words: &Canary) -> Result<(), Failure> {
    let snapshot = crate::serve::load(words.words.config())?;
    let route = tried(snapshot.registry(), words)?;
    let id = route.canary_id();
    if words.words.dry_run {
        return print::line(&format!("{} would be tried again; nothing was changed: --dry-run", target(&route.to)));
    }
    let what = format!("service canary {} --again, {}", words.service, target(&route.to));
    journal::changes(&words.words.places(), &what, words.words.reason.as_deref())?;
    let (good, answer) = admin::ask_with(words.words.config(), Method::POST, "/canary/again", &json!({ "id": id }))?;
    if !good {
        return Err(Failure::no(admin::text(&answer, "/problem")));
    }
    let had = answer.pointer("/again").and_then(serde_json::Value::as_bool).unwrap_or_default();
    if words.words.json {
        print::json(&json!({ "canary": id, "again": had }))?;
    }
    match (had, words.words.json) {
        (true, true) => Ok(()),
        (true, false) => print::line(&format!("{} is tried again, its counts at nothing", target(&route.to))),
        (false, _) => Err(Failure::no(format!("{} has not gone back", target(&route.to)))
            .hint("`rsmev status` shows every trial and its figures")),
    }
}

fn consumers(words: &Canary) -> String {
    literals(words.consumers.iter().map(Mnemonic::as_str))
}

/// The trial in the words of the command line, for the record.
fn asked(words: &Canary) -> String {
    let number = |name: &str, number: Option<u8>| number.map(|number| format!(" --{name} {number}"));
    let consumers: Vec<_> = words.consumers.iter().map(Mnemonic::as_str).collect();
    let consumers = (!consumers.is_empty()).then(|| format!(" --consumers {}", consumers.join(",")));
    let words = [number("share", words.share), consumers, number("return-at", words.return_at)];
    words.into_iter().flatten().collect()
}
