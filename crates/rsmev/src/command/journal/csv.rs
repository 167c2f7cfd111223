//! Records as a table: RFC 4180, a line a record, the columns of [`COLUMNS`] in their order.
//!
//! Spreadsheets take a cell that begins with `=` and some other signs for a formula, and what stands in our cells was written by
//! strangers: such a cell gets an apostrophe before it. Who needs the exact text takes JSON Lines.

use std::fmt::Write as _;

use journal::{Audited, Entry, Header};

use super::entry::kind_word;

/// Byte order mark: by it old spreadsheets know UTF-8.
const MARK: &str = "\u{feff}";

/// A column: its name and what stands in it. Columns are added at the end only.
type Column = (&'static str, fn(&Entry) -> String);

const COLUMNS: [Column; 38] = [
    ("record", |entry| entry.id.to_string()),
    ("time", |entry| entry.header.time.to_string()),
    ("kind", |entry| kind_word(entry.header.kind).to_owned()),
    ("exchange", |entry| entry.header.exchange.to_string()),
    ("message_id", |entry| entry.header.message_id.map(|id| id.to_string()).unwrap_or_default()),
    ("sender", |entry| text(entry.header.sender.as_ref())),
    ("recipient", |entry| text(entry.header.recipient.as_ref())),
    ("originator", |entry| text(entry.header.originator.as_ref())),
    ("service", |entry| text(entry.header.service.as_ref())),
    ("service_version", |entry| text(entry.header.service_version.as_ref())),
    ("operation", |entry| text(entry.header.operation.as_ref())),
    ("status", |entry| text(entry.header.status.as_ref())),
    ("code", |entry| text(entry.header.code.as_ref())),
    ("case_number", |entry| text(entry.header.case_number.as_ref())),
    ("service_code", |entry| text(entry.header.service_code.as_ref())),
    ("request_id_ref", |entry| text(entry.header.request_id_ref.as_ref())),
    ("origin_request_id_ref", |entry| text(entry.header.origin_request_id_ref.as_ref())),
    ("foreign_message_id", |entry| text(entry.header.foreign_message_id.as_ref())),
    ("keys", keys),
    ("received", |entry| entry.header.received.map(|time| time.to_string()).unwrap_or_default()),
    ("sent", |entry| entry.header.sent.map(|time| time.to_string()).unwrap_or_default()),
    ("grant", |entry| text(entry.header.grant.as_ref())),
    ("certificate", |entry| text(entry.header.certificate.as_ref())),
    ("signer", |entry| outcome(entry, |header| &header.signer)),
    ("node_signer", |entry| outcome(entry, |header| &header.node_signer)),
    ("officials", officials),
    ("registry", |entry| entry.header.registry.clone()),
    ("endpoint", |entry| text(entry.header.endpoint.as_ref())),
    ("verdict", |entry| entry.header.verdict.clone()),
    ("stores", |entry| entry.stores.iter().map(journal::StoreName::as_str).collect::<Vec<_>>().join(" ")),
    ("digest", |entry| entry.digest.to_string()),
    ("audit_who", |entry| audit(entry, |audit| audit.who.clone())),
    ("audit_action", |entry| audit(entry, |audit| audit.action.clone())),
    ("audit_subject", |entry| audit(entry, |audit| audit.subject.clone())),
    ("audit_reason", |entry| audit(entry, |audit| audit.reason.clone().unwrap_or_default())),
    ("audit_count", |entry| audit(entry, |audit| audit.count.to_string())),
    ("test", |entry| if entry.header.test { "true".to_owned() } else { String::new() }),
    ("agency", |entry| text(entry.header.agency.as_ref())),
];

fn text(field: Option<&String>) -> String {
    field.cloned().unwrap_or_default()
}

fn keys(entry: &Entry) -> String {
    entry.header.keys.iter().map(|key| format!("{}={}", key.name, key.value)).collect::<Vec<_>>().join(" ")
}

fn outcome(entry: &Entry, of: fn(&Header) -> &Option<journal::SignerFound>) -> String {
    of(&entry.header).as_ref().map(|signer| signer.outcome.clone()).unwrap_or_default()
}

fn officials(entry: &Entry) -> String {
    let one = |official: &journal::OfficialFound| format!("{}={}", official.place, official.outcome);
    entry.header.officials.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn audit(entry: &Entry, field: impl Fn(&Audited) -> String) -> String {
    entry.header.audit.as_ref().map(field).unwrap_or_default()
}

/// The first line: the names of the columns.
pub(super) fn heading(mark: bool) -> String {
    let names = COLUMNS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",");
    format!("{}{names}\r\n", if mark { MARK } else { "" })
}

/// The line of one record.
pub(super) fn row(entry: &Entry) -> String {
    let mut line = COLUMNS.iter().map(|(_, of)| cell(&of(entry))).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// One cell: no formula, quoted where its text has a comma, a quote or a line end (RFC 4180 §2).
pub(crate) fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if formula { "'" } else { "" };
    if !text.contains([',', '"', '\r', '\n']) {
        return format!("{guard}{text}");
    }
    let mut quoted = String::with_capacity(text.len().saturating_add(4));
    // Writing to a string does not fail.
    let _ = write!(quoted, "\"{guard}{}\"", text.replace('"', "\"\""));
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_cannot_put_a_formula_into_the_auditors_spreadsheet() {
        for (sent, stands) in [
            ("=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"),
            ("+7", "'+7"),
            ("-1", "'-1"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
            ("17/2026", "17/2026"),
            ("a=b", "a=b"),
        ] {
            assert_eq!(cell(sent), stands);
        }
    }

    #[test]
    fn a_cell_stays_one_cell() {
        for (sent, stands) in
            [("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("two\nlines", "\"two\nlines\""), ("", "")]
        {
            assert_eq!(cell(sent), stands);
        }
        assert_eq!(heading(true).chars().next(), Some('\u{feff}'));
        assert!(
            heading(false).starts_with("record,time,kind,") && heading(false).ends_with("audit_count,test,agency\r\n")
        );
    }
}
