//! `rsmev cert list`: the board, and an exit code for whoever watches it.

use std::path::Path;

use jiff::Timestamp;

use super::board::{Line, URGENT_DAYS, alarms, board, registered};
use super::record;
use crate::failure::Failure;
use crate::terminal::cell;
use crate::{edge, print, serve};

/// Widths of columns that others fill.
const OWNER_WIDTH: usize = 16;
const TRUST_WIDTH: usize = 12;
const FINGERPRINT_WIDTH: usize = 12;

pub(super) fn list(config: &Path, within: Option<i64>, at: Option<Timestamp>, json: bool) -> Result<(), Failure> {
    let snapshot = serve::load(config)?;
    let at = at.unwrap_or_else(edge::now);
    let lines = board(&snapshot, at);
    let shown: Vec<&Line> = lines.iter().filter(|line| within.is_none_or(|days| line.days_left < days)).collect();
    if json {
        print::json(&shown)?;
    } else {
        show(&shown)?;
    }
    for unread in registered(snapshot.registry()).iter().filter(|one| one.certificate.is_err()) {
        print::talk(&format!("remark: {} is of a kind that is not read here: its end is not watched", unread.file));
    }
    for unfinished in record::unfinished(config)? {
        print::talk(&format!("remark: {unfinished}"));
    }
    let line = within.unwrap_or(URGENT_DAYS);
    match alarms(&lines, line).count() {
        0 => Ok(()),
        some => {
            Err(Failure::no(format!("{some} of {} end within {line} days, have ended, or are refused", lines.len()))
                .hint("`rsmev cert rotate` changes a certificate without losing a message"))
        }
    }
}

fn show(lines: &[&Line]) -> Result<(), Failure> {
    print::line(&format!(
        "{:<8} {:>6}  {:<10}  {:<OWNER_WIDTH$}  {:<14}  {:<FINGERPRINT_WIDTH$}  {:<TRUST_WIDTH$}  overlap",
        "lamp", "days", "until", "owner", "purpose", "fingerprint", "trust"
    ))?;
    for line in lines {
        let overlap = match (line.has_successor, line.in_force) {
            (true, _) => "has a successor".to_owned(),
            (false, others @ 2..) => format!("{others} in force"),
            _ => String::new(),
        };
        let text = format!(
            "{:<8} {:>6}  {:<10}  {}  {:<14}  {:<FINGERPRINT_WIDTH$}  {}  {overlap}",
            line.lamp.label(),
            line.days_left,
            line.not_after.strftime("%Y-%m-%d").to_string(),
            padded(&line.owner, OWNER_WIDTH),
            line.role.label(),
            line.fingerprint.get(..FINGERPRINT_WIDTH).unwrap_or_default(),
            padded(&line.trust, TRUST_WIDTH),
        );
        print::line(text.trim_end())?;
    }
    if lines.is_empty() {
        print::talk("no certificate ends within that time");
    }
    Ok(())
}

fn padded(text: &str, width: usize) -> String {
    format!("{:<width$}", cell(text, width))
}
