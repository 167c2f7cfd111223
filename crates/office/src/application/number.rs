//! Numbers of applications: `2026-17`, the seventeenth of its year.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The number of an application; also the name of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Number {
    year: i16,
    count: u32,
}

/// A text that is no number of an application.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no number of an application: it is a year and a number, such as 2026-17")]
pub struct BadNumber(pub String);

impl Number {
    /// The extension of a case's file.
    pub const EXTENSION: &'static str = "jsonl";

    /// The next free number of a year; none when the last there is has been taken. Files that cannot be read still take
    /// theirs.
    pub fn next(year: i16, taken: impl IntoIterator<Item = Number>) -> Option<Number> {
        let last = taken.into_iter().filter(|number| number.year == year).map(|number| number.count).max();
        last.unwrap_or(0).checked_add(1).map(|count| Number { year, count })
    }

    /// The name of its file.
    pub fn file_name(self) -> String {
        format!("{self}.{}", Self::EXTENSION)
    }

    /// The number of a file of that name, if it is one of a case.
    pub fn of_file(name: &str) -> Option<Number> {
        name.strip_suffix(Self::EXTENSION)?.strip_suffix('.')?.parse().ok()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{}", self.year, self.count))
    }
}

impl FromStr for Number {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        let read = || {
            let (year, count) = text.split_once('-')?;
            let number = Number { year: year.parse().ok()?, count: count.parse().ok()? };
            // One way to write it: no signs, no leading zeros, nothing that leads out of the directory.
            (number.count > 0 && (1000..=9999).contains(&number.year) && number.to_string() == text).then_some(number)
        };
        read().ok_or_else(|| BadNumber(text.to_owned()))
    }
}

impl TryFrom<String> for Number {
    type Error = BadNumber;

    fn try_from(text: String) -> Result<Self, BadNumber> {
        text.parse()
    }
}

impl From<Number> for String {
    fn from(number: Number) -> String {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_one_way_only() {
        assert_eq!("2026-17".parse::<Number>().unwrap().file_name(), "2026-17.jsonl");
        for other in ["", "2026", "2026-0", "2026-017", "2026-+7", "26-1", "../2026-1", "2026-1/..", "2026-4294967296"]
        {
            assert!(other.parse::<Number>().is_err(), "{other}");
        }
        assert_eq!(Number::of_file("2026-17.jsonl"), "2026-17".parse().ok());
        assert_eq!(Number::of_file(".2026-17.jsonl.new"), None);
    }

    #[test]
    fn the_next_number_is_free_and_begins_anew_with_the_year() {
        let taken: Vec<Number> = ["2026-2", "2026-10", "2025-40"].map(|number| number.parse().unwrap()).to_vec();
        assert_eq!(Number::next(2026, taken.clone()).unwrap().to_string(), "2026-11");
        assert_eq!(Number::next(2027, taken).unwrap().to_string(), "2027-1");
    }

    #[test]
    fn after_the_last_number_there_is_none_and_not_the_same_again() {
        let last: Number = "2026-4294967295".parse().unwrap();
        assert_eq!(Number::next(2026, [last]), None);
        assert_eq!(Number::next(2027, [last]), "2027-1".parse().ok());
    }
}
