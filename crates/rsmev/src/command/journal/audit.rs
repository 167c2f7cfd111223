//! `rsmev journal audit`: every record checked, every exchange accounted for.

use serde_json::{Value, json};

use super::open;
use crate::cli::Places;
use crate::failure::Failure;
use crate::print;
use crate::terminal::tame;

pub(super) fn audit(places: &Places, json: bool) -> Result<(), Failure> {
    let audit = open(places)?.audit().map_err(|error| Failure::journal(&error))?;
    if json {
        let stores: Vec<Value> = audit
            .stores
            .iter()
            .map(|store| {
                json!({
                    "store": store.store.as_str(), "records": store.records, "accepted": store.accepted,
                    "answered": store.answered, "failed": store.failed, "pending": store.pending,
                    "refused": store.refused, "unmatched": store.unmatched, "leftover_bytes": store.leftover_bytes,
                    "broken": store.broken.iter().map(ToString::to_string).collect::<Vec<_>>(),
                })
            })
            .collect();
        print::json(&json!({
            "holds": audit.holds(), "accepted": audit.accepted, "answered": audit.answered, "failed": audit.failed,
            "pending": audit.pending, "refused": audit.refused, "stores": stores,
        }))?;
    } else {
        print::line(&format!(
            "accepted {} = answered {} + failed {} + pending {}; refused {}",
            audit.accepted, audit.answered, audit.failed, audit.pending, audit.refused
        ))?;
        for store in &audit.stores {
            print::line(&format!(
                "{:<12} {} records: accepted {}, answered {}, failed {}, pending {}, refused {}, unmatched {}",
                store.store.as_str(),
                store.records,
                store.accepted,
                store.answered,
                store.failed,
                store.pending,
                store.refused,
                store.unmatched
            ))?;
            for error in &store.broken {
                print::line(&tame(&format!("  broken: {error}")))?;
            }
        }
    }
    if audit.holds() { Ok(()) } else { Err(Failure::no("the journal does not hold")) }
}
