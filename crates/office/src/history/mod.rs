//! What the registry has been: states named by their digest, and the log of who made them, when and why.
//!
//! Here are the texts only: the line of the log and its chain, the manifest, and how people name a state. Files are read and
//! written by whoever calls; what differs between two states is told by [`crate::difference`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Digits of a state's digest that people are shown, and the least they have to write.
pub const SHORT_DIGITS: usize = 12;
/// Fewest digits by which a state is found.
const DIGITS_MIN: usize = 4;

/// What an entry of the log says of its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// It was found on disk, made by nobody known here: with an editor, or before there was a log.
    Found,
    /// A command made it.
    Made,
    /// The bus has put it in force.
    InForce,
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Counted from 1.
    pub number: u64,
    /// When.
    pub time: Timestamp,
    /// What is said of the state.
    pub event: Event,
    /// Digest of the registry, [`domain::Registry::digest`].
    pub state: String,
    /// Digest of rights and keys, [`domain::Registry::protected_digest`].
    pub protected: String,
    /// Who, as the machine knows him.
    pub who: String,
    /// Why, as he said.
    pub why: String,
    /// What he did: a command without its secrets, `start`, `reload`.
    pub command: String,
    /// Name of the entry file.
    pub entry: String,
    /// Names of the files of secrets, whose octets are not kept.
    pub secrets: Vec<String>,
    /// Hex SHA-256 of the line before without its end; zeros in the first.
    pub previous: String,
}

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogProblem {
    /// A line is no entry.
    #[error("line {line} is no entry: {what}")]
    NoEntry {
        /// Counted from 1.
        line: usize,
        /// Why not.
        what: String,
    },
    /// A line does not follow from the one before.
    #[error("line {line} does not follow from the line before: the log was changed")]
    Broken {
        /// Counted from 1.
        line: usize,
    },
}

/// A log as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// Its entries, oldest first.
    pub entries: Vec<Entry>,
    /// Octets of the whole lines; what stands behind is what a crash left of a line that nobody was promised.
    pub whole: usize,
    /// Digest of the last whole line, for the next.
    pub last_line: String,
}

impl Log {
    /// Reads a log and checks its chain.
    pub fn read(octets: &[u8]) -> Result<Self, LogProblem> {
        let mut log = Self { entries: Vec::new(), whole: 0, last_line: "0".repeat(64) };
        let whole = octets.iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at + 1);
        let lines = octets.get(..whole).unwrap_or_default().split(|octet| *octet == b'\n');
        for (at, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
            let line_number = at + 1;
            let entry: Entry = serde_json::from_slice(line)
                .map_err(|error| LogProblem::NoEntry { line: line_number, what: error.to_string() })?;
            if entry.previous != log.last_line || entry.number != log.next_number() {
                return Err(LogProblem::Broken { line: line_number });
            }
            log.last_line = hex::encode(Sha256::digest(line));
            log.entries.push(entry);
        }
        log.whole = whole;
        Ok(log)
    }

    /// Number of the entry to come.
    pub fn next_number(&self) -> u64 {
        self.entries.last().map_or(1, |last| last.number.saturating_add(1))
    }

    /// The entry written last.
    pub fn last(&self) -> Option<&Entry> {
        self.entries.last()
    }

    /// The entry by which the bus last put a state in force.
    pub fn in_force(&self) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.event == Event::InForce)
    }

    /// The last entry before a moment by which the bus put that state in force.
    pub fn in_force_before(&self, state: &str, moment: Timestamp) -> Option<&Entry> {
        let earlier = self.entries.iter().rev().filter(|entry| entry.time <= moment);
        earlier.filter(|entry| entry.event == Event::InForce).find(|entry| entry.state == state)
    }

    /// How a state came about: the last entry before `until` that is about it, those of the bus when there is no other.
    pub fn origin(&self, state: &str) -> Option<&Entry> {
        let of = || self.entries.iter().filter(|entry| entry.state == state);
        of().rev().find(|entry| entry.event == Event::Made).or_else(|| of().next())
    }

    /// The state that people mean: digits of its digest, or `@` and a moment: what was in force then, or, before any was, what
    /// was written last.
    pub fn find(&self, text: &str) -> Result<&Entry, Unfound> {
        if let Some(moment) = text.strip_prefix('@') {
            let moment: Timestamp = moment.parse().map_err(|_| Unfound::NoMoment)?;
            return self.at(moment).ok_or(Unfound::TooEarly { first: self.entries.first().map(|first| first.time) });
        }
        if let Some(number) = text.parse::<u64>().ok().filter(|_| text.len() < DIGITS_MIN) {
            return self.entries.iter().find(|entry| entry.number == number).ok_or(Unfound::Nothing);
        }
        let digits = text.to_ascii_lowercase();
        if digits.len() < DIGITS_MIN || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Unfound::NoName);
        }
        let mut fit = self.entries.iter().rev().filter(|entry| entry.state.starts_with(&digits));
        let first = fit.next().ok_or(Unfound::Nothing)?;
        match fit.find(|entry| entry.state != first.state) {
            Some(_) => Err(Unfound::Several),
            None => Ok(self.origin(&first.state).unwrap_or(first)),
        }
    }

    /// What was in force at a moment; before any state was, what was written last.
    pub fn at(&self, moment: Timestamp) -> Option<&Entry> {
        let before = || self.entries.iter().rev().filter(|entry| entry.time <= moment);
        before().find(|entry| entry.event == Event::InForce).or_else(|| before().next())
    }
}

impl Entry {
    /// The line that is written, without its end.
    pub fn line(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// Why no state is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfound {
    /// Neither a number nor digits nor a moment.
    #[error(
        "names no state: its number, digits of its digest, at least {DIGITS_MIN}, or @ and a moment such as @2026-11-27T10:00:00Z"
    )]
    NoName,
    /// `@` and something else.
    #[error("is no moment: @2026-11-27T10:00:00Z, @2026-11-27T13:00:00+03:00")]
    NoMoment,
    /// There is none.
    #[error("no recorded state begins so")]
    Nothing,
    /// Several begin so.
    #[error("several recorded states begin so: write more digits")]
    Several,
    /// The log begins later.
    #[error("no state is recorded as early as that; the first is of {}", first.map_or_else(|| "no moment".to_owned(), |first| first.to_string()))]
    TooEarly {
        /// When it begins.
        first: Option<Timestamp>,
    },
}

/// One line of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Hex SHA-256.
    pub sha256: String,
    /// Name relative to the directory of the entry file.
    pub name: String,
}

/// Reads a manifest; `None` when it is not the one of that digest or a line of it is none.
pub fn manifest(text: &str, digest: &str) -> Option<Vec<Listed>> {
    if hex::encode(Sha256::digest(text)) != digest {
        return None;
    }
    let line = |line: &str| {
        let (sha256, name) = line.split_once("  ")?;
        let plain = sha256.len() == 64 && sha256.bytes().all(|digit| digit.is_ascii_hexdigit());
        (plain && !name.is_empty()).then(|| Listed { sha256: sha256.to_owned(), name: name.to_owned() })
    };
    text.lines().map(line).collect()
}

/// The first digits of a digest, as people are shown it.
pub fn short(digest: &str) -> &str {
    digest.get(..SHORT_DIGITS).unwrap_or(digest)
}

#[cfg(test)]
mod tests;
