//! How a record is shown: one line for people, one object for machines.

use std::fmt::Write as _;

use journal::{Entry, Kind};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::print;
use crate::terminal::{self, cell, tame};

/// Characters of the last column of a list.
const VERDICT_WIDTH: usize = 120;

pub(super) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Accepted => "accepted",
        Kind::Answered => "answered",
        Kind::Failed => "failed",
        Kind::Refused => "refused",
        Kind::Audited => "audited",
    }
}

/// Prints records one by one: a line for people, fitted to the terminal, or an object for machines.
pub(super) struct Lines {
    json: bool,
    /// Characters of a line; `None` where nobody has set a width: nothing is left out then.
    width: Option<usize>,
    /// The names of the columns still have to be printed.
    heading: bool,
}

/// What a column shows, its least width, and how wide the terminal must be for it to be shown.
struct Column {
    name: &'static str,
    width: usize,
    from: usize,
    text: fn(&Entry) -> String,
}

/// Two columns bear it: the wider one is shown where there is room.
const TIME: &str = "TIME (UTC)";

const COLUMNS: [Column; 9] = [
    Column { name: "RECORD", width: 18, from: 0, text: |entry| entry.id.to_string() },
    Column {
        name: TIME,
        width: 24,
        from: 130,
        text: |entry| entry.header.time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
    },
    Column { name: TIME, width: 14, from: 0, text: |entry| entry.header.time.strftime("%m-%d %H:%M:%S").to_string() },
    Column { name: "STEP", width: 8, from: 0, text: |entry| kind_word(entry.header.kind).to_owned() },
    Column { name: "EXCHANGE", width: 36, from: 150, text: |entry| entry.header.exchange.to_string() },
    Column { name: "FROM -> TO", width: 22, from: 0, text: parties },
    Column { name: "SERVICE", width: 10, from: 90, text: |entry| word(entry.header.service.as_ref(), 10) },
    Column { name: "STATUS", width: 7, from: 100, text: |entry| word(entry.header.status.as_ref(), 7) },
    Column { name: "RESULT", width: 11, from: 0, text: result },
];

fn word(text: Option<&String>, width: usize) -> String {
    cell(text.map_or("-", String::as_str), width)
}

/// What it came to; of a look at the evidence, who looked at what and why.
fn result(entry: &Entry) -> String {
    let header = &entry.header;
    match &header.audit {
        None => header.code.clone().unwrap_or_else(|| header.verdict.clone()),
        Some(audit) => {
            let reason = audit.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("{} {} by {}{reason}", audit.action, audit.subject, audit.who)
        }
    }
}

fn parties(entry: &Entry) -> String {
    format!("{:>9} -> {:<9}", word(entry.header.sender.as_ref(), 9), word(entry.header.recipient.as_ref(), 9))
}

impl Lines {
    pub(super) fn new(json: bool) -> Self {
        let width = terminal::width();
        Self { json, width, heading: width.is_some() && !json }
    }

    pub(super) fn print(&mut self, entry: &Entry) -> Result<(), Failure> {
        if self.json {
            return print::json_line(&value(entry));
        }
        if std::mem::take(&mut self.heading) {
            print::line(self.line(|column| column.name.to_owned()).trim_end())?;
        }
        print::line(self.line(|column| (column.text)(entry)).trim_end())
    }

    /// One line of the columns that fit; the last one takes what is left.
    fn line(&self, text: impl Fn(&Column) -> String) -> String {
        let width = self.width.unwrap_or(usize::MAX);
        let mut line = String::new();
        let mut time_shown = false;
        for column in COLUMNS.iter().filter(|column| width >= column.from) {
            let is_time = column.name == TIME;
            if is_time && time_shown {
                continue;
            }
            time_shown |= is_time;
            let text = text(column);
            if column.name == "RESULT" {
                let left = width.saturating_sub(line.chars().count()).min(VERDICT_WIDTH);
                return line + &cell(&text, left);
            }
            // Writing to a String cannot fail.
            let _ = write!(line, "{:<1$} ", tame(&text), column.width);
        }
        line
    }
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
