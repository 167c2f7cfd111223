//! How a record is shown: one line for people, one object for machines.

use journal::{Entry, Kind};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::print;
use crate::terminal::cell;

/// Characters of the last column of a list.
const VERDICT_WIDTH: usize = 120;

pub(super) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Accepted => "accepted",
        Kind::Answered => "answered",
        Kind::Failed => "failed",
        Kind::Refused => "refused",
    }
}

pub(super) fn print_entry(entry: &Entry, json: bool) -> Result<(), Failure> {
    if json {
        return print::json_line(&value(entry));
    }
    let header = &entry.header;
    let word = |text: &Option<String>, width| cell(text.as_deref().unwrap_or("-"), width);
    print::line(&format!(
        "{:<24} {} {:<8} {} {:>9} -> {:<9} {:<10} {:<7} {}",
        entry.id.to_string(),
        header.time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
        kind_word(header.kind),
        header.exchange,
        word(&header.sender, 9),
        word(&header.recipient, 9),
        word(&header.service, 10),
        word(&header.status, 7),
        cell(header.code.as_deref().unwrap_or(&header.verdict), VERDICT_WIDTH),
    ))
}

pub(super) fn value(entry: &Entry) -> Value {
    json!({
        "id": entry.id.to_string(),
        "digest": entry.digest.to_string(),
        "stores": entry.stores.iter().map(journal::StoreName::as_str).collect::<Vec<_>>(),
        "header": entry.header,
        "bodies": entry.bodies,
    })
}
