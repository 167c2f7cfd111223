//! One line of a case: its JSON, its digest, and the octets that are signed.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use jiff::Timestamp;
use pki::Identity;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Application, Refusal};

/// SHA-256 of a line without its end; 64 zeros stand for the line before the first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// What stands before the first line.
    pub const NONE: Digest = Digest([0; 32]);

    /// That of a line, without its end.
    pub fn of(line: &str) -> Digest {
        Digest(Sha256::digest(line.as_bytes()).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Digest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut octets = [0; 32];
        match hex::decode_to_slice(&text, &mut octets) {
            Ok(()) => Ok(Digest(octets)),
            Err(_) => Err("not 64 hexadecimal digits"),
        }
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

/// What happened to an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Event {
    /// It was made. Signed or not; by whom it is signed cannot decide about it where two persons are asked for.
    Request(Box<Application>),
    /// The owner of the service agrees.
    Consent,
    /// The owner or the operator does not.
    Refusal {
        /// Why.
        reason: String,
    },
    /// The operator grants it: an officer of as many as it takes.
    Grant {
        /// How many officers it takes, 1 or 2.
        persons: u8,
    },
    /// The registry has the row now. Written by the machine after it is so.
    Entered {
        /// Digest of that registry.
        registry: String,
    },
    /// The operator takes the right back: an officer of as many as it takes.
    Revoke {
        /// Why.
        reason: String,
        /// How many officers it takes, 1 or 2.
        persons: u8,
    },
    /// The last day is over.
    Expire,
    /// The registry has the row no more. Written by the machine after it is so.
    Removed {
        /// Digest of that registry.
        registry: String,
    },
    /// The applicant does not want it any more.
    Withdrawal {
        /// Why.
        reason: String,
    },
}

impl Event {
    /// Its name.
    pub fn label(&self) -> &'static str {
        match self {
            Event::Request(_) => "request",
            Event::Consent => "consent",
            Event::Refusal { .. } => "refusal",
            Event::Grant { .. } => "grant",
            Event::Entered { .. } => "entered",
            Event::Revoke { .. } => "revoke",
            Event::Expire => "expire",
            Event::Removed { .. } => "removed",
            Event::Withdrawal { .. } => "withdrawal",
        }
    }

    /// Why, when the event says.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Event::Refusal { reason } | Event::Revoke { reason, .. } | Event::Withdrawal { reason } => Some(reason),
            Event::Request(_)
            | Event::Consent
            | Event::Grant { .. }
            | Event::Entered { .. }
            | Event::Expire
            | Event::Removed { .. } => None,
        }
    }
}

/// An officer's signature over the line without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// SHA-256 of his certificate, hexadecimal.
    pub certificate: String,
    /// The algorithm's name.
    pub algorithm: String,
    /// The octets, base64.
    pub value: String,
}

/// A line as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Digest of the line before.
    pub prev: Digest,
    /// When.
    pub at: Timestamp,
    /// Who gave the command, as his machine knows him.
    pub by: String,
    /// What happened.
    pub event: Event,
    /// Who signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

impl Line {
    /// Reads a line, without its end; gives the octets that its signature is over as well.
    ///
    /// There is one way to write a line, and no other is taken: not a blank can be changed in one that nobody signed, nor
    /// can two readers see different things in it.
    pub(super) fn read(text: &str) -> Result<(Line, String), Refusal> {
        let refused = |why: String| Refusal::NotALine { why };
        let line: Line = serde_json::from_str(text).map_err(|error| refused(error.to_string()))?;
        if line.write() != text {
            return Err(refused("it is written in another way than lines are".to_owned()));
        }
        let signed = Line { signature: None, ..line.clone() }.write();
        Ok((line, signed))
    }

    fn write(&self) -> String {
        // Strings, numbers and enums of strings: nothing of it fails to be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A line that is not signed and not taken yet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a draft changes nothing before it is appended"]
pub struct Draft {
    line: Line,
}

impl Draft {
    /// Only a step of a case makes one: what it says is allowed where the case stands.
    pub(super) fn new(prev: Digest, by: &str, at: Timestamp, event: Event) -> Draft {
        Draft { line: Line { prev, at, by: by.to_owned(), event, signature: None } }
    }

    /// The line without a signature.
    pub fn unsigned(self) -> String {
        self.line.write()
    }

    /// The line signed by an officer; `entropy` is fresh random octets.
    pub fn signed(self, officer: &Identity, entropy: &[u8; 32]) -> Result<String, pki::Error> {
        let value = officer.key().sign(self.line.write().as_bytes(), entropy)?;
        let signature = Signature {
            certificate: officer.certificate().fingerprint().to_string(),
            algorithm: officer.key().algorithm().label().to_owned(),
            value: Base64::encode_string(&value),
        };
        Ok(Line { signature: Some(signature), ..self.line }.write())
    }
}
