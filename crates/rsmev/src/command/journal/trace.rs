//! `rsmev journal trace`: every record linked to an identifier.

use super::entry::print_entry;
use super::{holds, open};
use crate::cli::Places;
use crate::failure::Failure;
use crate::print;
use crate::terminal::tame;

pub(super) fn trace(id: &str, places: &Places, json: bool) -> Result<(), Failure> {
    let trace = open(places)?.trace(id).map_err(|error| Failure::journal(&error))?;
    for entry in &trace.records {
        print_entry(entry, json)?;
    }
    for error in &trace.broken {
        print::talk(&tame(&format!("broken: {error}")));
    }
    if trace.unproven_left_out > 0 {
        print::talk(&format!(
            "{} refused messages of unproven senders that quote this id are left out",
            trace.unproven_left_out
        ));
    }
    if !trace.complete {
        print::talk("the search was stopped at its bound: there may be more records; trace by a narrower id");
    }
    if trace.records.is_empty() {
        return Err(
            Failure::no(format!("no record bears {id}")).hint("`rsmev journal list --since TIME` shows what there is")
        );
    }
    holds(trace.broken.len())
}
