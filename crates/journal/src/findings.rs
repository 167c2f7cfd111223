//! What was found about the signatures of a message, as the record keeps it: enough to say years later why a certificate was
//! believed. Certificates themselves lie in the message; here are their fingerprints. And who looked at the evidence later.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What somebody did with the evidence. No personal data of citizens: an identifier that could be some stands as its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audited {
    /// Who, as the system of the machine knows him: `root (uid 0), sudo of ivanov`.
    pub who: String,
    /// What he did: `show`, `export`, `case`, `purge`.
    pub action: String,
    /// With what: a record, an identifier or its SHA-256, the words of a filter.
    pub subject: String,
    /// Why, in his own words; never absent where bodies were shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Records concerned.
    pub count: u64,
}

/// A value in the business content by which people look for a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyFound {
    /// Name of the key, as the registry has it.
    pub name: String,
    /// The value in one spelling; of personal data a keyed digest, `hmac-sha256:` and 64 hex digits.
    pub value: String,
}

/// The certificate that signed, judged at the time of the check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerFound {
    /// `trusted`, `dates_only` where no authorities are configured, or the label of the objection.
    pub outcome: String,
    /// SHA-256 fingerprints, in hex, from the certificate to the authority believed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// The revocation lists that were asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<ListFound>,
}

/// A revocation list (CRL) that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListFound {
    /// SHA-256 of its DER, in hex.
    pub sha256: String,
    /// Its thisUpdate.
    pub this_update: Timestamp,
    /// Its nextUpdate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_update: Option<Timestamp>,
    /// It was over, but within the grace the operator allows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_grace: bool,
}

/// A signature of an official (ЭП-СП) inside the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficialFound {
    /// Where it stands: `AppData`, `AppDocument/req_….xml`.
    pub place: String,
    /// `holds`, or the label of what does not.
    pub outcome: String,
    /// SHA-256 fingerprint of the certificate, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// What was found about that certificate; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<String>,
}
