//! Who uses a version of a service: calls by consumer out of the journal, and the rights that nobody uses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use domain::registry::Service;
use domain::{Mnemonic, Registry};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use journal::{Filter, Kind, Reader};
use serde::Serialize;

use super::Whichever;
use crate::cli::Places;
use crate::failure::Failure;
use crate::language::{said, told};
use crate::terminal::cell;
use crate::{edge, print, serve, whereabouts};

/// One consumer of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct User {
    pub(crate) consumer: String,
    /// Name of its participant.
    pub(crate) participant: String,
    pub(crate) version: String,
    /// Exchanges accepted in the time looked at, tests included.
    pub(crate) calls: u64,
    pub(crate) last: Option<Timestamp>,
    /// Is there a right in force?
    pub(crate) right: bool,
}

pub(super) fn run(which: &Whichever, days: i64, places: &Places, json: bool) -> Result<(), Failure> {
    let snapshot = serve::load(&places.config.config)?;
    let rows = which.rows(snapshot.registry())?;
    let directory = match &places.data {
        Some(data) => data.clone(),
        None => whereabouts::find(&places.config.config)?.journal,
    };
    let at = edge::now();
    let users = of(snapshot.registry(), &rows, &directory, at, days)?;
    if json {
        return print::json(&users);
    }
    show(&users)?;
    print::talk(&said(
        || format!("журнал за последние {days} дней, тесты тоже"),
        || format!("the last {days} days of the journal, tests included"),
    ));
    Ok(())
}

/// Users of these versions, the most active first.
pub(crate) fn of(
    registry: &Registry,
    services: &[&Service],
    journal: &Path,
    at: Timestamp,
    days: i64,
) -> Result<Vec<User>, Failure> {
    let mut calls: BTreeMap<(String, String), (BTreeSet<uuid::Uuid>, Timestamp)> = BTreeMap::new();
    if journal.is_dir() {
        let reader = Reader::open(journal).map_err(|error| Failure::journal(&error))?;
        let filter = Filter {
            since: at.checked_sub(SignedDuration::from_hours(days.saturating_mul(24))).ok(),
            kind: Some(Kind::Accepted),
            service: services.first().map(|service| service.sid.to_string()),
            ..Filter::default()
        };
        let listing = reader.list(&filter).map_err(|error| Failure::journal(&error))?;
        for entry in listing {
            let header = entry.map_err(|error| Failure::journal(&error))?.header;
            let (Some(sender), Some(version)) = (header.sender, header.service_version) else { continue };
            // The same exchange stands in the store of each agency concerned.
            let (exchanges, last) = calls.entry((version, sender)).or_insert_with(|| (BTreeSet::new(), header.time));
            exchanges.insert(header.exchange);
            *last = header.time.max(*last);
        }
    }
    let mut users = Vec::new();
    for service in services {
        let rights = consumers(registry, service, at);
        let version = service.version.to_string();
        let callers = calls.keys().filter(|(called, _)| *called == version).map(|(_, sender)| sender.clone());
        let all: BTreeSet<String> = rights.iter().map(ToString::to_string).chain(callers).collect();
        for consumer in all {
            let found = calls.get(&(version.clone(), consumer.clone()));
            users.push(User {
                participant: participant(registry, &consumer),
                version: version.clone(),
                calls: found.map_or(0, |(exchanges, _)| exchanges.len() as u64),
                last: found.map(|(_, last)| *last),
                right: rights.iter().any(|mnemonic| mnemonic.as_str() == consumer),
                consumer,
            });
        }
    }
    users.sort_by(|one, other| {
        (other.calls, &one.version, &one.consumer).cmp(&(one.calls, &other.version, &other.consumer))
    });
    Ok(users)
}

/// Systems with a right to this version in force.
pub(crate) fn consumers(registry: &Registry, service: &Service, at: Timestamp) -> BTreeSet<Mnemonic> {
    // The days of rights are those of Moscow, as in the access matrix.
    let day = Offset::constant(3).to_datetime(at).date();
    let rows = registry.access_rows().iter().filter(|row| {
        row.service == service.sid
            && row.version.as_ref().is_none_or(|version| *version == service.version)
            && row.from.is_none_or(|from| from <= day)
            && row.until.is_none_or(|until| day <= until)
    });
    rows.map(|row| row.consumer.clone()).collect()
}

fn participant(registry: &Registry, consumer: &str) -> String {
    let system = registry.systems().iter().find(|system| system.mnemonic.as_str() == consumer);
    let participant = system.and_then(|system| registry.participant(&system.participant));
    participant.map(|participant| participant.name.clone()).unwrap_or_default()
}

/// The table.
pub(crate) fn show(users: &[User]) -> Result<(), Failure> {
    print::line(&format!(
        "{:<16}  {:<8}  {:>8}  {:<20}  {:<5}  {}",
        told("система", "consumer"),
        told("версия", "version"),
        told("вызовов", "calls"),
        told("последний", "last"),
        told("право", "right"),
        told("участник", "participant")
    ))?;
    for user in users {
        let last = user.last.map_or("–".to_owned(), |last| last.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        let right = if user.right { told("есть", "yes") } else { told("нет", "no") };
        let line = format!(
            "{:<16}  {:<8}  {:>8}  {last:<20}  {right:<5}  {}",
            cell(&user.consumer, 16),
            cell(&user.version, 8),
            user.calls,
            cell(&user.participant, 60)
        );
        print::line(line.trim_end())?;
    }
    Ok(())
}
