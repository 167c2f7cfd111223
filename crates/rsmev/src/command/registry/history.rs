//! `rsmev registry history`: the log of states, oldest first.

use office::history::{Entry, Event, short};

use crate::cli::Places;
use crate::command::journal;
use crate::failure::Failure;
use crate::history::History;
use crate::print;
use crate::terminal::{cell, tame};

/// Widths of columns that people fill.
const WHO_WIDTH: usize = 24;
const COMMAND_WIDTH: usize = 32;

pub(super) fn history(places: &Places, json: bool) -> Result<(), Failure> {
    let log = History::of(&journal::directory(places)?).log()?;
    if json {
        return print::json(&log.entries);
    }
    if log.entries.is_empty() {
        print::talk("no state is recorded yet: the bus records the one it starts with, commands those they make");
        return Ok(());
    }
    print::line(&format!(
        "{:>4}  {:<20}  {:<8}  {:<12}  {:<WHO_WIDTH$}  {:<COMMAND_WIDTH$}  why",
        "no", "time", "", "state", "who", "what"
    ))?;
    log.entries.iter().try_for_each(line)
}

fn line(entry: &Entry) -> Result<(), Failure> {
    let text = format!(
        "{:>4}  {:<20}  {:<8}  {:<12}  {}  {}  {}",
        entry.number,
        entry.time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        word(entry.event),
        short(&entry.state),
        padded(&entry.who, WHO_WIDTH),
        padded(&entry.command, COMMAND_WIDTH),
        tame(&entry.why),
    );
    print::line(text.trim_end())
}

fn padded(text: &str, width: usize) -> String {
    format!("{:<width$}", cell(text, width))
}

/// What the log says of a state, in a word.
pub(super) fn word(event: Event) -> &'static str {
    match event {
        Event::Found => "found",
        Event::Made => "made",
        Event::InForce => "in force",
    }
}
