//! The words by which the parties of an exchange are known: mnemonics, participant codes, service identifiers.
//!
//! Each is checked once, when it is made, and cheap to clone. Real regions deviate from the templates of the
//! methodical recommendations (MR 2.4.4 §7.1), so a mnemonic is *not* forced into `XXXXNNRRM` here: the bus routes
//! what is registered. The template is a switchable format check of the envelope.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A word that does not fit its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a {kind}: {allowed}")]
pub struct NameError {
    /// What the word should have been, e.g. `mnemonic`.
    pub kind: &'static str,
    /// The word as it was given.
    pub value: String,
    /// What is accepted, in one phrase.
    pub allowed: &'static str,
}

/// What the registry's reader needs to know of each kind of name.
pub(crate) trait Word: Sized {
    const KIND: &'static str;
    const ALLOWED: &'static str;
    fn read(text: &str) -> Option<Self>;
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $allowed:literal, $fits:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// What such a word is called in messages.
            pub const KIND: &'static str = $kind;
            /// Which words are accepted, in one phrase.
            pub const ALLOWED: &'static str = $allowed;

            /// Checks the word and keeps it.
            pub fn new(value: &str) -> Result<Self, NameError> {
                let fits: fn(&str) -> bool = $fits;
                if fits(value) {
                    Ok(Self(Arc::from(value)))
                } else {
                    Err(NameError { kind: $kind, value: value.to_owned(), allowed: $allowed })
                }
            }

            /// The word itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Word for $name {
            const KIND: &'static str = $kind;
            const ALLOWED: &'static str = $allowed;

            fn read(text: &str) -> Option<Self> {
                Self::new(text).ok()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(value: String) -> Result<Self, NameError> {
                Self::new(&value)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0.as_ref().to_owned()
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;

            fn from_str(value: &str) -> Result<Self, NameError> {
                Self::new(value)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name!(
    /// Mnemonic of an information system's connection point (мнемоника точки подключения), e.g. `SOCZ01641`.
    Mnemonic,
    "mnemonic",
    "1 to 64 of the characters A-Z a-z 0-9 _ . -",
    |value| has_length(value, 64) && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
);

name!(
    /// Code of a participant (участник), e.g. `SOCZ`. It also names the participant's journal store, hence the narrow alphabet.
    ParticipantCode,
    "participant code",
    "1 to 32 of the characters A-Z a-z 0-9 _ -, the first a letter or digit",
    |value| {
        has_length(value, 32)
            && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
            && value.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
    }
);

name!(
    /// Identifier under which a node registered a service, e.g. `SID0003245`.
    Sid,
    "service identifier",
    "SID and 7 digits, such as SID0003245",
    |value| value.strip_prefix("SID").is_some_and(|digits| digits.len() == 7 && all_digits(digits))
);

name!(
    /// Version of a service, `d{1,2}.dd` (VersionType of rev120315), e.g. `1.00`.
    Version,
    "service version",
    "one or two digits, a point, two digits, such as 1.00",
    |value| value.split_once('.').is_some_and(|(major, minor)| {
        matches!(major.len(), 1 | 2) && minor.len() == 2 && all_digits(major) && all_digits(minor)
    })
);

fn has_length(value: &str, max: usize) -> bool {
    (1..=max).contains(&value.len())
}

fn all_digits(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_names_are_accepted_and_look_alikes_refused() {
        for good in ["SOCZ01641", "IAC", "8201", "ROSREESTR_SYS_1", "0000000001", "FOIV001001"] {
            assert_eq!(Mnemonic::new(good).map(String::from).as_deref(), Ok(good));
        }
        // The second begins with a Cyrillic С.
        for bad in ["", "СOCZ01641", "SOCZ 01641", " SOCZ01641", "SOCZ/1", "a\n", &"A".repeat(65)] {
            assert!(Mnemonic::new(bad).is_err(), "{bad:?}");
        }
        for (code, good) in
            [("SOCZ", true), ("_node", false), ("..", false), ("a.b", false), ("ADM-1", true), ("", false)]
        {
            assert_eq!(ParticipantCode::new(code).is_ok(), good, "{code:?}");
        }
        for (sid, good) in [
            ("SID0003245", true),
            ("SID003245", false),
            ("sid0003245", false),
            ("SID000324٥", false),
            ("SID00032455", false),
        ] {
            assert_eq!(Sid::new(sid).is_ok(), good, "{sid:?}");
        }
        for (version, good) in
            [("1.00", true), ("12.34", true), ("1.0", false), ("100.00", false), (".00", false), ("1.00.1", false)]
        {
            assert_eq!(Version::new(version).is_ok(), good, "{version:?}");
        }
    }

    #[test]
    fn an_error_names_the_word_and_what_is_accepted() {
        let error = Sid::new("SID1").unwrap_err();
        assert_eq!(error.to_string(), "\"SID1\" is not a service identifier: SID and 7 digits, such as SID0003245");
    }
}
