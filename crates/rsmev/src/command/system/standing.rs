//! How far a system has come: registered, connected, tested, in use. Told from its certificates and from exchanges that were
//! answered, never from what somebody ticked off.

use std::collections::HashMap;

use domain::registry::Contour;
use jiff::{SignedDuration, Timestamp};
use journal::{Filter, Kind, Reader};
use serde::Serialize;

use super::Since;
use crate::cli::Places;
use crate::command::journal as evidence;
use crate::failure::Failure;
use crate::language::told;
use crate::{edge, print};

/// How far a system has come; each step includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// It stands in the registry, without a certificate in force.
    Registered,
    /// One of its certificates is in force.
    Connected,
    /// A test exchange of it was answered.
    Tested,
    /// An exchange of real messages was answered.
    InUse,
}

impl Standing {
    /// For people.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Registered => told("зарегистрирована", "registered"),
            Self::Connected => told("подключена", "connected"),
            Self::Tested => told("испытана", "tested"),
            Self::InUse => told("работает", "in use"),
        }
    }

    fn of(in_force: bool, traffic: Traffic) -> Self {
        match (traffic.real, traffic.test, in_force) {
            (Some(_), _, _) => Self::InUse,
            (None, Some(_), _) => Self::Tested,
            (None, None, true) => Self::Connected,
            (None, None, false) => Self::Registered,
        }
    }
}

/// When exchanges of a system were last answered, as consumer or provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Traffic {
    /// One of real messages.
    pub(crate) real: Option<Timestamp>,
    /// One marked as a test, or any in a test contour.
    pub(crate) test: Option<Timestamp>,
}

impl Traffic {
    /// When the last one was answered.
    pub(crate) fn last(self) -> Option<Timestamp> {
        self.real.max(self.test)
    }

    fn note(&mut self, time: Timestamp, test: bool) {
        let last = if test { &mut self.test } else { &mut self.real };
        *last = (*last).max(Some(time));
    }
}

/// The traffic of all systems in some days.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    by_system: HashMap<String, Traffic>,
}

impl Seen {
    /// Reads the answers in the journal of the last days. What cannot be read is remarked on: without it less may be told.
    pub(crate) fn read(places: &Places, contour: Contour, since: Since) -> Result<Seen, Failure> {
        let directory = evidence::directory(places)?;
        if !directory.is_dir() {
            print::talk(told(
                "замечание: журнала ещё нет: по обмену ничего не сказать",
                "remark: there is no journal yet: nothing is known of traffic",
            ));
            return Ok(Seen::default());
        }
        let reader = Reader::open(directory).map_err(|error| Failure::journal(&error))?;
        let from = edge::now().checked_sub(SignedDuration::from_hours(since.since * 24)).ok();
        let filter = Filter { since: from, kind: Some(Kind::Answered), ..Filter::default() };
        let (mut seen, mut broken) = (Seen::default(), 0_usize);
        for entry in reader.list(&filter).map_err(|error| Failure::journal(&error))? {
            match entry {
                Ok(entry) => {
                    let test = entry.header.test || contour == Contour::Test;
                    for name in [entry.header.sender, entry.header.recipient].into_iter().flatten() {
                        seen.by_system.entry(name).or_default().note(entry.header.time, test);
                    }
                }
                Err(_) => broken += 1,
            }
        }
        if broken > 0 {
            print::talk(&format!(
                "remark: {broken} damaged places in the journal were left out; `rsmev journal audit`"
            ));
        }
        Ok(seen)
    }

    /// That of one system.
    pub(crate) fn of(&self, mnemonic: &str) -> Traffic {
        self.by_system.get(mnemonic).copied().unwrap_or_default()
    }

    /// How far it has come.
    pub(crate) fn standing(&self, mnemonic: &str, in_force: bool) -> Standing {
        Standing::of(in_force, self.of(mnemonic))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_told_from_what_happened() {
        let at = |second| Some(Timestamp::from_second(second).unwrap());
        for (in_force, real, test, expected) in [
            (false, None, None, Standing::Registered),
            (true, None, None, Standing::Connected),
            (true, None, at(1), Standing::Tested),
            (true, at(1), at(2), Standing::InUse),
            (true, at(2), None, Standing::InUse),
            // What was answered was answered, although its certificate has ended since.
            (false, None, at(1), Standing::Tested),
        ] {
            assert_eq!(Standing::of(in_force, Traffic { real, test }), expected);
        }
    }

    #[test]
    fn the_last_answer_counts_whatever_the_order_of_records() {
        let mut traffic = Traffic::default();
        for (second, test) in [(5, false), (3, false), (9, true), (7, true)] {
            traffic.note(Timestamp::from_second(second).unwrap(), test);
        }
        assert_eq!(traffic.real.unwrap().as_second(), 5);
        assert_eq!(traffic.last().unwrap().as_second(), 9);
    }
}
