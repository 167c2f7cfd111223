//! Why a signature does not hold, for the people who made it: every step judged by itself, the octets that were judged, and a
//! diagnosis by trying the usual suspects (re-indented, another prefix, r‖s for s‖r …).
//!
//! A trial asks "would it hold if …"; the answer changes nothing of what [`crate::Document::verify`] accepts, which is asked first and
//! has the last word on whether a signature holds. Work is bounded by [`Budget`]: others may ask for an explanation too.

mod base64_lines;
mod budget;
mod causes;
mod difference;
mod digest_values;
mod digests;
mod edits;
mod one;
mod reading;
mod source;
mod tags;
mod values;
mod whole;

use pki::Certificate;

pub use budget::Budget;
pub use causes::Cause;
pub use difference::Difference;

use crate::{Algorithms, Distrust, Kind, Outcome, Part};

/// What the caller knows and allows.
pub struct Question<'a> {
    /// The very octets the document was parsed from: declaration and uncanonicalized text are not in the tree.
    pub message: &'a [u8],
    /// Why the signer is not trusted, if so.
    pub trust: &'a dyn Fn(&Certificate, Kind) -> Option<Distrust>,
    /// Accepted algorithms.
    pub algorithms: Algorithms,
    /// How much may be tried.
    pub budget: Budget,
}

/// What there is to say of a message.
#[derive(Debug)]
pub struct Explanation {
    /// What concerns the message as a whole.
    pub findings: Vec<Cause>,
    /// Every ds:Signature, in document order.
    pub signatures: Vec<Explained>,
}

/// One signature.
#[derive(Debug)]
pub struct Explained {
    /// What it is, by its place.
    pub kind: Kind,
    /// Actor of the Security block it stands in.
    pub actor: Option<String>,
    /// Line of its start tag, from 1.
    pub line: u32,
    /// SignatureMethod: name of the algorithm, the URI as written when it is unknown.
    pub algorithm: String,
    /// The certificate in the message.
    pub certificate: Option<Certificate>,
    /// Its references, in order.
    pub references: Vec<ExplainedReference>,
    /// Canonical octets of SignedInfo.
    pub signed_info: Option<Vec<u8>>,
    /// Whether SignatureValue belongs to SignedInfo and the certificate, as both stand in the message.
    pub value: Outcome,
    /// Whether the profile lets the signature through and all of it holds, trust aside.
    pub holds: bool,
    /// What was found, the most telling first; remarks last.
    pub findings: Vec<Finding>,
}

/// One ds:Reference.
#[derive(Debug)]
pub struct ExplainedReference {
    /// URI as written.
    pub uri: String,
    /// What it resolves to.
    pub part: Option<Part>,
    /// DigestMethod: name of the algorithm, the URI as written when it is unknown.
    pub algorithm: String,
    /// DigestValue as written, without white space.
    pub expected: String,
    /// The digest of `octets`.
    pub found: Option<Vec<u8>>,
    /// The canonical octets that were digested.
    pub octets: Option<Vec<u8>>,
    /// Whether the digest holds.
    pub digest: Outcome,
}

/// A suspect that was caught.
#[derive(Debug)]
pub struct Finding {
    /// What it is.
    pub cause: Cause,
    /// Where.
    pub place: Place,
    /// The octets with which digest or value would hold.
    pub octets: Option<Vec<u8>>,
    /// Where they first differ from those of the message.
    pub difference: Option<Difference>,
}

/// What of a signature a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The reference of this number, from 0.
    Reference(usize),
    /// SignatureValue and SignedInfo.
    Value,
    /// The certificate.
    Certificate,
    /// Form and place of the signature.
    Form,
}

impl Finding {
    fn of(cause: Cause, place: Place) -> Self {
        Self { cause, place, octets: None, difference: None }
    }
}

impl Explanation {
    /// Whether nothing was found but remarks: every signature holds and is trusted.
    pub fn holds(&self) -> bool {
        self.findings.iter().chain(self.causes()).all(Cause::is_remark)
    }

    fn causes(&self) -> impl Iterator<Item = &Cause> {
        self.signatures.iter().flat_map(|signature| &signature.findings).map(|finding| &finding.cause)
    }
}

pub(crate) use whole::explain;
