//! The kinds of value a registry file holds: how each is written, and what is said when it is not.
//!
//! A kind looks at one value alone; whether a name is declared somewhere is asked later.

use std::marker::PhantomData;
use std::net::SocketAddr;

use jiff::Timestamp;
use jiff::civil::Date;
use toml::de::DeValue;

use crate::business_key::{KEY_NAME_CHARS, KeyPath, KeyPathError};
use crate::limits::{LimitSpec, Unit};
use crate::names::Word;
use crate::quantity::{self, DURATION_ALLOWED, SIZE_ALLOWED};
use crate::spelling::nearest;

/// A way to read one value.
pub(super) trait Kind {
    type Out;

    /// What is accepted, in one phrase.
    fn allowed(&self) -> String;

    /// The value, or what is wrong with it and what to do.
    fn read(&self, value: &DeValue<'_>) -> Result<Self::Out, Complaint>;
}

/// What is wrong with a value and what to do about it.
pub(super) struct Complaint {
    pub(super) what: String,
    pub(super) hint: String,
}

fn complain<T>(what: impl Into<String>, hint: impl Into<String>) -> Result<T, Complaint> {
    Err(Complaint { what: what.into(), hint: hint.into() })
}

/// The text of a string value.
fn text<'v>(value: &'v DeValue<'_>) -> Result<&'v str, Complaint> {
    match value {
        DeValue::String(text) => Ok(text),
        DeValue::Integer(number) => {
            complain(format!("is a number, not text: {number}"), format!("write it in quotes: \"{number}\""))
        }
        other => complain(format!("is of type {}, not text", other.type_str()), "write text in double quotes"),
    }
}

/// A name of the domain.
pub(super) struct Name<T>(pub(super) PhantomData<T>);

/// A name of the domain, of the type wanted.
pub(super) fn name<T: Word>() -> Name<T> {
    Name(PhantomData)
}

impl<T: Word> Kind for Name<T> {
    type Out = T;

    fn allowed(&self) -> String {
        T::ALLOWED.to_owned()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<T, Complaint> {
        let text = text(value)?;
        T::read(text).ok_or_else(|| Complaint {
            what: format!("{text:?} is not a {}", T::KIND),
            hint: if text.is_ascii() {
                format!("correct the {}", T::KIND)
            } else {
                "it holds letters that are not Latin, perhaps look-alikes: type it anew on a Latin keyboard".to_owned()
            },
        })
    }
}

/// One of a few words.
pub(super) struct Choice<T: 'static>(pub(super) &'static [(&'static str, T)]);

impl<T: Copy> Kind for Choice<T> {
    type Out = T;

    fn allowed(&self) -> String {
        self.0.iter().map(|(word, _)| format!("{word:?}")).collect::<Vec<_>>().join(", ")
    }

    fn read(&self, value: &DeValue<'_>) -> Result<T, Complaint> {
        let text = text(value)?;
        if let Some((_, meaning)) = self.0.iter().find(|(word, _)| *word == text) {
            return Ok(*meaning);
        }
        let hint = nearest(text, self.0.iter().map(|(word, _)| *word))
            .map_or_else(|| "choose one of the allowed values".to_owned(), |word| format!("did you mean {word:?}?"));
        complain(format!("{text:?} is not a value of this key"), hint)
    }
}

/// Text for people, or a value that is compared as it stands.
pub(super) struct Text;

impl Kind for Text {
    type Out = String;

    fn allowed(&self) -> String {
        "text of 1 to 1000 characters on one line".to_owned()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<String, Complaint> {
        let text = text(value)?;
        if text.trim().is_empty() {
            return complain("is empty", "write the text, or leave the key out where it may be missing");
        }
        if text.trim() != text {
            return complain(format!("{text:?} begins or ends with a space"), format!("write {:?}", text.trim()));
        }
        if text.chars().any(char::is_control) {
            return complain("holds a line break or another control character", "write it on one line");
        }
        if text.chars().count() > 1000 {
            return complain("is longer than 1000 characters", "shorten it");
        }
        Ok(text.to_owned())
    }
}

/// The name of a business key, as the command line takes it: NAME=VALUE.
pub(super) struct KeyName;

impl Kind for KeyName {
    type Out = String;

    fn allowed(&self) -> String {
        format!("a name of 1 to {KEY_NAME_CHARS} characters without = and blanks")
    }

    fn read(&self, value: &DeValue<'_>) -> Result<String, Complaint> {
        let text = Text.read(value)?;
        if text.chars().count() > KEY_NAME_CHARS || text.chars().any(|letter| letter == '=' || letter.is_whitespace()) {
            return complain(format!("{text:?} is no name of a key"), "write one short word, such as \"снилс\"");
        }
        Ok(text)
    }
}

/// Where the values of a business key stand.
pub(super) struct PathOfKey;

impl Kind for PathOfKey {
    type Out = KeyPath;

    fn allowed(&self) -> String {
        KeyPath::ALLOWED.to_owned()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<KeyPath, Complaint> {
        text(value)?
            .parse()
            .map_err(|error: KeyPathError| Complaint { what: error.to_string(), hint: error.hint().to_owned() })
    }
}

/// Yes or no.
pub(super) struct Flag;

impl Kind for Flag {
    type Out = bool;

    fn allowed(&self) -> String {
        "true, false".to_owned()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<bool, Complaint> {
        match value {
            DeValue::Boolean(flag) => Ok(*flag),
            other => complain(
                format!("is of type {}, not true or false", other.type_str()),
                "write true or false without quotes",
            ),
        }
    }
}

/// A day of the calendar.
pub(super) struct Day;

impl Kind for Day {
    type Out = Date;

    fn allowed(&self) -> String {
        "a day without quotes and without time, such as 2027-12-31".to_owned()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<Date, Complaint> {
        match value {
            DeValue::Datetime(written) if written.time.is_none() => {
                let date = written.date.and_then(|date| {
                    let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
                    Date::new(i16::try_from(date.year).ok()?, month, day).ok()
                });
                date.map_or_else(|| complain(format!("{written} is not a day of the calendar"), "correct the day"), Ok)
            }
            DeValue::Datetime(written) => complain(
                format!("{written} has a time of day"),
                "write the day alone: rights begin and end with the day, Moscow time",
            ),
            DeValue::String(text) => complain(format!("{text:?} is text, not a day"), "write the day without quotes"),
            other => complain(format!("is of type {}, not a day", other.type_str()), "write year, month, day"),
        }
    }
}

/// A moment with its offset.
pub(super) struct Moment;

impl Kind for Moment {
    type Out = Timestamp;

    fn allowed(&self) -> String {
        "a moment without quotes and with its offset, such as 2026-12-01T22:00:00+03:00".to_owned()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<Timestamp, Complaint> {
        match value {
            DeValue::Datetime(written) if written.date.is_some() && written.offset.is_some() => {
                written.to_string().parse().or_else(|_| complain(format!("{written} is no moment"), "correct it"))
            }
            DeValue::Datetime(written) => {
                complain(format!("{written} is not a whole moment"), "write day, time of day and offset")
            }
            DeValue::String(text) => complain(format!("{text:?} is text, not a moment"), "write it without quotes"),
            other => complain(format!("is of type {}, not a moment", other.type_str()), "write day, time and offset"),
        }
    }
}

/// The value of a limit, in its own unit.
pub(super) struct Amount {
    unit: Unit,
    min: u64,
    max: u64,
}

impl Amount {
    pub(super) fn of(spec: &LimitSpec) -> Self {
        Self { unit: spec.unit, min: spec.min, max: spec.max }
    }

    pub(super) fn between(unit: Unit, min: u64, max: u64) -> Self {
        Self { unit, min, max }
    }
}

impl Kind for Amount {
    type Out = u64;

    fn allowed(&self) -> String {
        let how = match self.unit {
            Unit::Bytes => SIZE_ALLOWED,
            Unit::Millis => DURATION_ALLOWED,
            Unit::Count => "a whole number",
        };
        format!("{how}, from {} to {}", self.unit.format(self.min), self.unit.format(self.max))
    }

    fn read(&self, value: &DeValue<'_>) -> Result<u64, Complaint> {
        let amount = match (self.unit, value) {
            (Unit::Count, DeValue::Integer(number)) => u64::from_str_radix(number.as_str(), number.radix())
                .or_else(|_| complain(format!("{number} is out of range"), "choose a value within the range"))?,
            (Unit::Count, other) => {
                return complain(
                    format!("is of type {}, not a number", other.type_str()),
                    "write a whole number without quotes",
                );
            }
            (Unit::Bytes, DeValue::Integer(number)) => {
                let written = number.as_str().parse().map_or_else(|_| format!("{number} B"), quantity::format_bytes);
                return complain(format!("{number} has no unit"), format!("write \"{written}\""));
            }
            (Unit::Millis, DeValue::Integer(number)) => {
                return complain(format!("{number} has no unit"), format!("write \"{number} s\" or \"{number} ms\""));
            }
            (unit, value) => {
                let text = text(value)?;
                let parsed =
                    if unit == Unit::Bytes { quantity::parse_bytes(text) } else { quantity::parse_millis(text) };
                parsed.or_else(|error| {
                    complain(format!("{text:?} is not a {}", error.kind), "write a whole number and one of the units")
                })?
            }
        };
        if (self.min..=self.max).contains(&amount) {
            Ok(amount)
        } else {
            complain(format!("{} is out of range", self.unit.format(amount)), "choose a value within the range")
        }
    }
}

/// A socket of the bus.
pub(super) struct Socket;

impl Kind for Socket {
    type Out = SocketAddr;

    fn allowed(&self) -> String {
        "an IP address and a port, such as \"127.0.0.1:8080\"".to_owned()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<SocketAddr, Complaint> {
        let text = text(value)?;
        text.parse().or_else(|_| {
            let hint = match text.rsplit_once(':') {
                Some((host, port)) if port.parse::<u16>().is_ok() && !host.is_empty() => {
                    "write the address in figures: names are not looked up here"
                }
                _ => "write address, colon, port",
            };
            complain(format!("{text:?} is not an address and a port"), hint)
        })
    }
}

/// An address to send to or to be seen under; a slash at its end is taken off.
pub(super) struct Url;

impl Kind for Url {
    type Out = String;

    fn allowed(&self) -> String {
        "an address such as \"http://10.1.2.3:8080/path\" (http or https)".to_owned()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<String, Complaint> {
        let text = text(value)?;
        let Ok(uri) = text.parse::<http::Uri>() else {
            return complain(format!("{text:?} is not an address"), "write scheme, host, port and path without spaces");
        };
        match (uri.scheme_str(), uri.authority()) {
            (Some("http" | "https"), Some(authority)) if authority.as_str().contains('@') => {
                // The text itself is not repeated: it may hold a password.
                complain(
                    "holds a user name or a password",
                    "take it out: an endpoint knows the bus by its client certificate (tls)",
                )
            }
            (Some("http" | "https"), Some(authority)) if !authority.host().is_empty() => {
                Ok(text.trim_end_matches('/').to_owned())
            }
            _ => complain(format!("{text:?} is not an http or https address"), "begin it with http:// or https://"),
        }
    }
}

/// SHA-256 in hexadecimal, with the hint for what is none.
pub(super) struct Sha256Hex(pub(super) &'static str);

impl Kind for Sha256Hex {
    type Out = [u8; 32];

    fn allowed(&self) -> String {
        "64 hexadecimal digits".to_owned()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<[u8; 32], Complaint> {
        let mut digest = [0; 32];
        match hex::decode_to_slice(text(value)?, &mut digest) {
            Ok(()) => Ok(digest),
            // The text is not repeated: somebody may have written the token itself.
            Err(_) => complain("is not a SHA-256 digest", self.0),
        }
    }
}

/// A territory: the levels of OKTMO are region, district, settlement, locality.
pub(super) struct Oktmo;

impl Kind for Oktmo {
    type Out = String;

    fn allowed(&self) -> String {
        "2, 5, 8 or 11 digits (region, district, settlement, locality)".to_owned()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<String, Complaint> {
        let text = text(value)?;
        if matches!(text.len(), 2 | 5 | 8 | 11) && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(text.to_owned())
        } else {
            complain(format!("{text:?} is not an OKTMO code"), "a shorter code takes all territories below it")
        }
    }
}
