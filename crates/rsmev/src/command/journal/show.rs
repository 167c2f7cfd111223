//! `rsmev journal show`: one record, its header or the octets of its messages.

use journal::{RecordId, Role};

use super::entry::{print_entry, value};
use super::open;
use crate::cli::Places;
use crate::failure::Failure;
use crate::print;
use crate::terminal::tame;

pub(super) fn show(record: &str, raw: Option<&str>, places: &Places, json: bool) -> Result<(), Failure> {
    let id: RecordId = record.parse().map_err(|error| Failure::journal(&error))?;
    let (entry, record) = open(places)?.show(&id).map_err(|error| Failure::journal(&error))?;
    let Some(word) = raw else {
        if json {
            return print::json(&value(&entry));
        }
        print_entry(&entry, false)?;
        let header =
            serde_json::to_string_pretty(&entry.header).map_err(|error| Failure::system("write JSON", error))?;
        for line in header.lines() {
            print::line(&tame(line))?;
        }
        for body in &entry.bodies {
            print::line(&format!("{}: {} octets stored", role_word(body.role), body.bytes))?;
        }
        return Ok(());
    };
    let role = match word {
        "received" => Role::Received,
        "forwarded" => Role::Forwarded,
        "fault" => Role::Fault,
        _ => return Err(Failure::usage(format!("{word:?} is no role")).hint("received, forwarded or fault")),
    };
    match record.message(role).map_err(|error| Failure::journal(&error))? {
        Some(octets) => print::octets(&octets),
        None => Err(Failure::no(format!("{id} holds no message with the role {word}"))),
    }
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Received => "received",
        Role::Forwarded => "forwarded",
        Role::Fault => "fault",
    }
}
