//! Which services a system uses: those it may ask, those it gives, and when each was last seen in the journal, which does not
//! tell tests from others. What a change of its certificate can break.

use std::collections::BTreeMap;
use std::path::Path;

use domain::Registry;
use domain::registry::{Service, System};
use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use journal::{Filter, Kind, Reader, StoreName};

/// How far back the journal is asked.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The part of a system in a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// It asks.
    Consumer,
    /// It answers.
    Provider,
}

/// A service that a system uses.
#[derive(Debug)]
pub(super) struct Use<'r> {
    /// Its mnemonic.
    pub(super) system: &'r str,
    pub(super) service: &'r Service,
    pub(super) part: Part,
    /// When the last exchange of the last 90 days was accepted, tests included.
    pub(super) last: Option<Timestamp>,
}

/// The services of a system at a moment, in the order of the registry: those it may ask first.
pub(super) fn of<'r>(registry: &'r Registry, system: &'r System, journal: &Path, at: Timestamp) -> Vec<Use<'r>> {
    // The days of rights are those of Moscow, as in the access matrix.
    let day = Offset::constant(3).to_datetime(at).date();
    let asks = |service: &&Service| {
        registry.access_rows().iter().any(|row| {
            row.consumer == system.mnemonic
                && row.service == service.sid
                && row.version.as_ref().is_none_or(|version| *version == service.version)
                && in_force(row.from, row.until, day)
        })
    };
    let gives = |service: &&Service| {
        let by_route = registry.routes().iter().any(|route| {
            route.service == service.sid && route.provider.as_ref().is_some_and(|other| *other == system.mnemonic)
        });
        service.provider == system.mnemonic || by_route
    };
    let last = last_seen(registry, system, journal, at);
    let part = |part: Part| {
        let last = &last;
        move |service: &'r Service| {
            let key = (part == Part::Consumer, service.sid.as_str().to_owned(), service.version.as_str().to_owned());
            Use { system: system.mnemonic.as_str(), service, part, last: last.get(&key).copied() }
        }
    };
    let services = registry.services();
    let asked = services.iter().filter(asks).map(part(Part::Consumer));
    asked.chain(services.iter().filter(gives).map(part(Part::Provider))).collect()
}

fn in_force(from: Option<Date>, until: Option<Date>, day: Date) -> bool {
    from.is_none_or(|from| from <= day) && until.is_none_or(|until| day <= until)
}

/// By consumer's part, service and version. A journal that is not there, or has broken places, tells what it can.
fn last_seen(
    registry: &Registry,
    system: &System,
    journal: &Path,
    at: Timestamp,
) -> BTreeMap<(bool, String, String), Timestamp> {
    let mut last = BTreeMap::new();
    let Ok(reader) = Reader::open(journal) else { return last };
    // A participant's own store has all its exchanges; those of federal bodies are in the stores of the others.
    let own_store = registry
        .participant(&system.participant)
        .filter(|participant| participant.keeps_store())
        .and_then(|participant| participant.code.as_str().parse::<StoreName>().ok());
    let filter = Filter {
        store: own_store,
        since: at.checked_sub(LOOK_BACK).ok(),
        kind: Some(Kind::Accepted),
        ..Filter::default()
    };
    let Ok(listing) = reader.list(&filter) else { return last };
    for header in listing.filter_map(Result::ok).map(|entry| entry.header) {
        let is_it = |name: &Option<String>| name.as_deref() == Some(system.mnemonic.as_str());
        let (Some(service), Some(version)) = (header.service, header.service_version) else { continue };
        for consumer in [true, false] {
            if is_it(if consumer { &header.sender } else { &header.recipient }) {
                let seen = last.entry((consumer, service.clone(), version.clone())).or_insert(header.time);
                *seen = header.time.max(*seen);
            }
        }
    }
    last
}
