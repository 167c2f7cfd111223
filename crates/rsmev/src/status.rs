//! The state of a bus in one page: what it serves, what ends when.

use std::collections::{BTreeMap, BTreeSet};

use domain::Registry;
use domain::registry::{CrlUse, Resting};
use gateway::{Owner, Snapshot};
use jiff::Timestamp;
use pki::trust::Objection;
use serde::Serialize;
use serde_json::{Value, json};

/// Certificates that end within so many days are shown.
const WARN_DAYS: i64 = 60;

/// A certificate whose end is near or past.
#[derive(Debug, Serialize)]
pub(crate) struct Ending {
    pub(crate) owner: String,
    /// Whole days left; negative once it has ended.
    pub(crate) days_left: i64,
    pub(crate) not_after: Timestamp,
    subject: String,
    serial: String,
}

/// The certificates that end within [`WARN_DAYS`], the nearest end first.
pub(crate) fn ending(snapshot: &Snapshot, at: Timestamp) -> Vec<Ending> {
    let node = snapshot.node().certificate();
    let mut ending: Vec<_> = snapshot
        .certificates()
        .iter()
        .map(|(certificate, owner)| (owner_name(owner), certificate))
        .chain([("node".to_owned(), node)])
        .map(|(owner, certificate)| Ending {
            owner,
            days_left: certificate.not_after().duration_since(at).as_hours().div_euclid(24),
            not_after: certificate.not_after(),
            subject: certificate.subject().to_owned(),
            serial: certificate.serial_hex().to_owned(),
        })
        .filter(|certificate| certificate.days_left < WARN_DAYS)
        .collect();
    ending.sort_by_key(|certificate| certificate.days_left);
    ending
}

/// Names of the authorities of registered certificates that no revocation list is there of, although lists are used.
pub(crate) fn authorities_without_list(snapshot: &Snapshot, at: Timestamp) -> BTreeSet<String> {
    let settings = snapshot.registry().trust();
    if settings.crl_directory.is_none() || settings.crl == CrlUse::Never {
        return BTreeSet::new();
    }
    let judged = snapshot.certificates().iter().map(|(certificate, _)| snapshot.judge(certificate, at));
    let unlisted = judged.filter(|judgement| judgement.objection.is_none() && judgement.lists.is_empty());
    unlisted.filter_map(|judgement| judgement.path.get(1).map(|issuer| issuer.subject().to_owned())).collect()
}

/// Registered certificates that are refused for one and the same reason.
#[derive(Debug, Serialize)]
pub(crate) struct Refused {
    pub(crate) why: String,
    owners: Vec<String>,
}

/// Owners that are named; behind them a number.
const OWNERS_NAMED: usize = 5;

impl Refused {
    /// Whose they are, for people.
    pub(crate) fn owners(&self) -> String {
        let named = self.owners.iter().take(OWNERS_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        match self.owners.len().saturating_sub(OWNERS_NAMED) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }
}

/// The registered certificates that are refused at a moment, by reason; but for what [`ending`] and [`revocation_lists`] tell.
pub(crate) fn refused(snapshot: &Snapshot, at: Timestamp) -> Vec<Refused> {
    let mut reasons = BTreeMap::<String, Vec<String>>::new();
    for (certificate, owner) in snapshot.certificates().iter() {
        match &snapshot.judge(certificate, at).objection {
            None | Some(Objection::Expired { .. } | Objection::NotYetValid { .. } | Objection::ListStale { .. }) => {}
            Some(objection) => reasons.entry(objection.to_string()).or_default().push(owner_name(owner)),
        }
    }
    let sorted = |(why, mut owners): (String, Vec<String>)| {
        owners.sort();
        Refused { why, owners }
    };
    reasons.into_iter().map(sorted).collect()
}

/// A revocation list in force, and how long it will be.
#[derive(Debug, Serialize)]
pub(crate) struct ListState {
    pub(crate) issuer: String,
    number: Option<String>,
    entries: usize,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    /// Until when it is used: nextUpdate with the grace, or the age limit, whichever comes first; absent: without end.
    pub(crate) used_until: Option<Timestamp>,
    /// Whole hours until then; negative when messages of this authority's systems are refused already.
    pub(crate) hours_left: Option<i64>,
}

/// The revocation lists in force, the first to end first.
pub(crate) fn revocation_lists(snapshot: &Snapshot, at: Timestamp) -> Vec<ListState> {
    let trust = snapshot.trust();
    let mut lists: Vec<_> = trust
        .lists
        .iter()
        .map(|list| {
            let used_until = trust.policy.used_until(list);
            ListState {
                issuer: list.issuer().to_owned(),
                number: list.number_hex().map(str::to_owned),
                entries: list.len(),
                this_update: list.this_update(),
                next_update: list.next_update(),
                used_until,
                hours_left: used_until.map(|until| until.duration_since(at).as_secs().div_euclid(3600)),
            }
        })
        .collect();
    lists.sort_by_key(|list| list.hours_left.unwrap_or(i64::MAX));
    lists
}

/// What a snapshot says, at a moment.
pub(crate) fn of_snapshot(snapshot: &Snapshot, at: Timestamp) -> Value {
    let registry = snapshot.registry();
    json!({
        "node": { "id": registry.node().id, "mnemonic": registry.node().mnemonic, "name": registry.node().name,
                  "contour": registry.node().contour },
        "registry": registry.digest(),
        "participants": registry.participants().len(),
        "systems": registry.systems().len(),
        "services": registry.services().len(),
        "routes": registry.routes().len(),
        "access_rows": registry.access_rows().len(),
        "suspended": suspended(registry),
        "maintenance": windows(registry, at),
        "certificates_ending": ending(snapshot, at),
        "certificates_refused": refused(snapshot, at),
        "revocation_lists": revocation_lists(snapshot, at),
    })
}

/// Participants and systems that take no part for the time being.
fn suspended(registry: &Registry) -> Vec<Value> {
    let told =
        |name: &str, reason: &Option<String>| reason.as_ref().map(|reason| json!({ "name": name, "reason": reason }));
    let participants = registry.participants().iter().filter_map(|row| told(row.code.as_str(), &row.suspended));
    participants
        .chain(registry.systems().iter().filter_map(|row| told(row.mnemonic.as_str(), &row.suspended)))
        .collect()
}

/// Windows of maintenance that are not over.
fn windows(registry: &Registry, at: Timestamp) -> Vec<Value> {
    let coming = registry.maintenance().iter().filter(|window| at < window.until);
    let told = coming.map(|window| {
        let of = match &window.of {
            Resting::Service(sid, None) => sid.to_string(),
            Resting::Service(sid, Some(version)) => format!("{sid} {version}"),
            Resting::System(system) => system.to_string(),
        };
        json!({ "of": of, "from": window.from, "until": window.until, "reason": window.reason, "in_force": window.from <= at })
    });
    told.collect()
}

fn owner_name(owner: &Owner) -> String {
    match owner {
        Owner::System(mnemonic) => mnemonic.to_string(),
        Owner::OnTrial(mnemonic) => format!("{mnemonic} (on trial)"),
        Owner::FederalNode => "federal node".to_owned(),
    }
}
