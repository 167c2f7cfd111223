//! XML signatures of SMEV messages over libxml2 and libxmlsec1 behind a safe API: bytes in, bytes out.
//!
//! A message is parsed once into a [`Document`]; [`Document::verify`] answers with the signer and the very octets his signature covers, or
//! with an [`Error`] that names what is wrong. [`security_block`] writes a signature as text, in canonical form from the start, so that
//! signing needs no tree. The only crate of the workspace that uses `unsafe`.
//!
//! It does not decide whom to trust (the caller's closure does), does not read SMEV fields, and never writes a parsed document back.

mod algorithm;
mod canonical;
mod document;
mod error;
mod explain;
mod ffi;
mod inspect;
mod judge;
mod klass;
mod library;
mod official;
mod profile;
pub mod schema;
mod security;
mod soap;
mod tree;
mod verify;
mod write;

pub use algorithm::{DigestAlgorithm, digest};
pub use document::{Actor, Document, Part};
pub use error::{Distrust, Error};
pub use explain::{Budget, Cause, Difference, Explained, ExplainedReference, Explanation, Finding, Place, Question};
pub use inspect::{Inspection, Kind, Outcome};
pub use official::{Official, OfficialOutcome, OfficialPart, Reach};
pub use verify::{Algorithms, Covered, Policy, Verified};
pub use write::{ToSign, official_signature, security_block};

/// Actor of the block a system signs: ЭП-ОВ, of the sender of a request and of the provider of an answer.
pub const ACTOR_SMEV: &str = "http://smev.gosuslugi.ru/actors/smev";
/// Actor of the block a SMEV node signs: ЭП-СМЭВ.
pub const ACTOR_RECIPIENT: &str = "http://smev.gosuslugi.ru/actors/recipient";
