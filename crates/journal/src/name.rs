//! Names of what lies in the journal: a store, a month of it, a record of the month.
//! A name becomes part of a path, so nothing but the closed alphabet gets in here.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::Error;

/// Longest name of an agency, in characters.
const AGENCY_CHARS: usize = 32;
/// The agency's part of the node's own stores.
const NODE: &str = "_node";

/// What a store keeps: classes have directories and terms of keeping of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Interagency exchange.
    Exchange,
    /// Applications of citizens, from the portal and the service centres to the agencies.
    Application,
    /// Who looked, exported, changed rights, set and lifted holds, purged.
    Audit,
}

impl Class {
    /// All of them, in the order of their directories' names.
    pub const ALL: [Self; 3] = [Self::Application, Self::Audit, Self::Exchange];

    /// The name of the class and of its directory.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Application => "application",
            Self::Audit => "audit",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A store: one class of the records of one agency. Shown as `SOCZ` (its exchange), `SOCZ.application`, `SOCZ.audit`; the
/// agency's part is `[A-Za-z0-9_-]`, 1 to 32 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreName {
    text: Arc<str>,
    class: Class,
}

impl StoreName {
    /// Checks the name. [`Error::BadStoreName`] for anything that could leave the journal's directory.
    pub fn new(name: &str) -> Result<Self, Error> {
        let (agency, class) = match name.split_once('.') {
            None => (name, Some(Class::Exchange)),
            // One store has one name: the class that is meant without a word is never written.
            Some((agency, word)) => {
                (agency, Class::ALL.into_iter().find(|class| class.as_str() == word && *class != Class::Exchange))
            }
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let bad = || Error::BadStoreName { name: name.to_owned() };
        let class = class.ok_or_else(bad)?;
        if agency.is_empty() || agency.len() > AGENCY_CHARS || !agency.chars().all(plain) {
            return Err(bad());
        }
        Ok(Self { text: name.into(), class })
    }

    /// The node's own store, `_node`: exchanges in which no agency of the region has a store, and refusals
    /// whose sender is not known.
    pub fn node() -> Self {
        Self { text: NODE.into(), class: Class::Exchange }
    }

    /// The store of the same agency for another class.
    #[must_use]
    pub fn of_class(&self, class: Class) -> Self {
        let text = match class {
            Class::Exchange => self.agency().into(),
            Class::Application | Class::Audit => format!("{}.{class}", self.agency()).into(),
        };
        Self { text, class }
    }

    /// The name as people and records write it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The agency's part: the name of its directory.
    pub fn agency(&self) -> &str {
        self.text.split_once('.').map_or(&*self.text, |(agency, _)| agency)
    }

    /// What it keeps.
    pub fn class(&self) -> Class {
        self.class
    }
}

impl fmt::Display for StoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for StoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.text)
    }
}

impl FromStr for StoreName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

/// A calendar month in UTC, years 1970 to 9999; shown as `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month of `time` in UTC. UTC, not local time: the name of a directory must not depend on where
    /// the reader sits. [`Error::BadTime`] outside 1970 to 9999.
    pub fn of(time: Timestamp) -> Result<Self, Error> {
        let date = TimeZone::UTC.to_datetime(time).date();
        if date.year() < 1970 {
            return Err(Error::BadTime { time });
        }
        Ok(Self { year: date.year(), month: date.month() })
    }
}

impl Month {
    /// The month after this one; itself at the end of the calendar.
    #[must_use]
    pub fn next(self) -> Self {
        match (self.year, self.month) {
            (9999, 12) => self,
            (year, 12) => Self { year: year.saturating_add(1), month: 1 },
            (year, month) => Self { year, month: month.saturating_add(1) },
        }
    }
}

impl Month {
    /// So many months later.
    #[must_use]
    pub fn plus(self, months: u32) -> Self {
        (0..months).fold(self, |month, _| month.next())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = || Error::BadMonth { text: text.to_owned() };
        let (year, month) = text.split_once('-').ok_or_else(bad)?;
        let digits = |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(bad());
        }
        let (year, month) = (year.parse().map_err(|_| bad())?, month.parse().map_err(|_| bad())?);
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) {
            return Err(bad());
        }
        Ok(Self { year, month })
    }
}

/// A record: its store, month and number in that month, counted from 0; shown as `SOCZ/2026-11/42`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId {
    /// The store that holds it.
    pub store: StoreName,
    /// The month of its time.
    pub month: Month,
    /// Its number in the store's month.
    pub sequence: u64,
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.store, self.month, self.sequence)
    }
}

impl FromStr for RecordId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = || Error::BadRecordId { text: text.to_owned() };
        let mut parts = text.split('/');
        let (Some(store), Some(month), Some(sequence), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(bad());
        };
        if !sequence.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        Ok(Self { store: store.parse()?, month: month.parse()?, sequence: sequence.parse().map_err(|_| bad())? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn store_name_traversal_is_refused() {
        for name in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "/etc",
            "a\\b",
            "a\0b",
            "а",
            "a b",
            "a.b",
            "a.exchange",
            ".audit",
            "a.",
            "a.audit.audit",
            "../x.audit",
            &"a".repeat(33),
        ] {
            assert!(StoreName::new(name).is_err(), "{name:?}");
        }
        for name in ["SOCZ", "_node", "a-b_c", &"a".repeat(32), "SOCZ.application", "_node.audit"] {
            let store = StoreName::new(name).unwrap();
            assert_eq!(store.as_str(), name);
            assert_eq!(store.of_class(store.class()), store);
            assert_eq!(store.of_class(Class::Exchange).as_str(), store.agency());
        }
    }

    #[test]
    fn month_is_utc_and_reads_back() {
        let before: Timestamp = "2026-11-30T23:59:59.999Z".parse().unwrap();
        let after: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        assert_eq!(Month::of(before).unwrap().to_string(), "2026-11");
        assert_eq!(Month::of(after).unwrap(), "2026-12".parse().unwrap());
        assert!(Month::of(before).unwrap() < Month::of(after).unwrap());
        assert_eq!(Month::of(before).unwrap().next(), Month::of(after).unwrap());
        assert_eq!(Month::of(after).unwrap().next().to_string(), "2027-01");
        assert!(matches!(Month::of(Timestamp::MIN), Err(Error::BadTime { .. })));
        for text in ["2026", "2026-13", "2026-00", "26-11", "2026-1", "2026-11-01", "+026-11", "1969-12", "..-.."] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }

    #[test]
    fn record_id_reads_back() {
        let id: RecordId = "SOCZ/2026-11/42".parse().unwrap();
        assert_eq!(id.to_string(), "SOCZ/2026-11/42");
        for text in
            ["SOCZ/2026-11", "../2026-11/1", "SOCZ/2026-11/-1", "SOCZ/2026-11/1/2", "SOCZ/2026-11/", "SOCZ/2026-11/+1"]
        {
            assert!(text.parse::<RecordId>().is_err(), "{text}");
        }
    }
}
