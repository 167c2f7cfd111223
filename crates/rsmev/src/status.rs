//! The state of a bus in one page: what it serves, what ends when.

use gateway::{Owner, Snapshot};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Certificates that end within so many days are shown.
const WARN_DAYS: i64 = 60;

/// What a snapshot says, at a moment.
pub(crate) fn of_snapshot(snapshot: &Snapshot, at: Timestamp) -> Value {
    let registry = snapshot.registry();
    let node = snapshot.node().certificate();
    let mut ending: Vec<_> = snapshot
        .certificates()
        .iter()
        .map(|(certificate, owner)| (owner_name(owner), certificate))
        .chain([("node".to_owned(), node)])
        .filter_map(|(owner, certificate)| {
            let days = certificate.not_after().duration_since(at).as_hours() / 24;
            (days < WARN_DAYS).then(|| {
                json!({
                    "owner": owner,
                    "days_left": days,
                    "not_after": certificate.not_after(),
                    "subject": certificate.subject(),
                    "serial": certificate.serial_hex(),
                })
            })
        })
        .collect();
    ending.sort_by_key(|certificate| certificate["days_left"].as_i64());
    json!({
        "node": { "id": registry.node().id, "mnemonic": registry.node().mnemonic, "name": registry.node().name,
                  "contour": registry.node().contour },
        "registry": registry.digest(),
        "participants": registry.participants().len(),
        "systems": registry.systems().len(),
        "services": registry.services().len(),
        "routes": registry.routes().len(),
        "access_rows": registry.access_rows().len(),
        "certificates_ending": ending,
    })
}

fn owner_name(owner: &Owner) -> String {
    match owner {
        Owner::System(mnemonic) => mnemonic.to_string(),
        Owner::FederalNode => "federal node".to_owned(),
    }
}
