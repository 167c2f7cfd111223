//! The state of a bus in one page: what it serves, what ends when.

use gateway::{Owner, Snapshot};
use jiff::Timestamp;
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
        "certificates_ending": ending(snapshot, at),
    })
}

fn owner_name(owner: &Owner) -> String {
    match owner {
        Owner::System(mnemonic) => mnemonic.to_string(),
        Owner::FederalNode => "federal node".to_owned(),
    }
}
