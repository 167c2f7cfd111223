//! The SOAP and SMEV envelope and its states: received, addressed, verified, sealed.
//!
//! One message walks `Envelope<Received>` → `Envelope<Addressed>` → `Envelope<Verified>` → `Envelope<Sealed>`. A state can be
//! made in this crate only, by the check it is named after, so that code which forwards an unverified message does not compile:
//!
//! ```compile_fail
//! # use envelope::{Addressed, Envelope, Error, ForeignHeaders, Sealed, SenderSecurity, Stamp};
//! fn forward(read: Envelope<Addressed>, stamp: &Stamp, node: &pki::Identity) -> Result<Envelope<Sealed>, Error> {
//!     read.seal(stamp, node, SenderSecurity::Keep, ForeignHeaders::Drop) // no method `seal`: nobody has verified it
//! }
//! ```
//! ```compile_fail
//! let forged = envelope::Verified {}; // fields are private
//! ```
//! ```compile_fail
//! let forged = envelope::Sealed {};
//! ```
//!
//! The message is never serialised again. Reading records byte spans, sealing cuts and inserts text between them ([`Splice`]);
//! Body and the sender's Security block travel as the octets that came in.
//!
//! What this crate does not do: sockets, routing, access, the journal; XML signatures themselves are crate `xmldsig`'s.

mod error;
mod fault;
mod fields;
mod format;
mod mime;
mod official;
mod read;
mod seal;
mod sender;
mod splice;
mod stamp;
mod state;
#[cfg(test)]
mod tests;
mod uri;
mod verify;
mod xml;

pub use error::Error;
pub use fault::{FAULT_CONTENT_TYPE, FAULT_NAMESPACE, FaultText, fault};
pub use fields::{Fields, NodeHeader, Party, QName, Revision, SoapFault};
pub use format::{Format, FormatProblem};
pub use official::{
    Archive, ArchiveState, DigestCheck, OfficialFinding, OfficialVerdict, Officials, SignatureOutcome, Summary,
};
pub use read::Values;
pub use seal::{ForeignHeaders, SenderSecurity};
pub use splice::{Edit, Splice};
pub use stamp::{MessageClass, Stamp};
pub use state::{Addressed, Envelope, Received, Sealed, Verified};
pub use verify::{Need, Trust};
