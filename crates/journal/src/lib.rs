//! The evidence on disk: append-only segments are the truth, sled is a rebuildable index.
//!
//! A record is one step of one exchange (accepted, answered, failed, refused): a JSON header and the
//! octets as they were on the wire. [`Journal::append`] returns a [`Receipt`] only after every store
//! named has the record under `fdatasync`; whoever holds a receipt may forward or answer.
//! [`Reader`] reads the same files, also while a bus writes them. The layout, byte by byte, is in
//! `docs/JOURNAL.md`.
//!
//! Not here: what is worth a record and who may read it (`gateway`, `rsmev`), seals and signatures
//! over months, retention, export.

mod answer;
mod audit;
mod certify;
pub mod checkpoint;
mod commit;
mod digest;
mod directory_lock;
pub mod disk;
mod error;
mod findings;
mod follow;
mod index;
mod journal;
pub mod keeping;
mod layout;
mod link;
mod log;
pub mod merkle;
mod name;
mod pack;
mod place;
pub mod proof;
mod reader;
mod receipt;
mod record;
mod scan;
mod seal;
pub mod space;
mod splice;
mod static_index;
mod trace;
mod training;
mod verify;
mod walk;

pub use audit::{Audit, StoreAudit};
pub use checkpoint::{Checkpoint, Head, Judge, Notary, Signed};
pub use digest::Digest;
pub use error::{Damage, Error};
pub use findings::{Audited, KeyFound, ListFound, OfficialFound, SignerFound};
pub use journal::{Journal, Options};
pub use name::{Class, Month, RecordId, StoreName};
pub use place::{MARK, MARKED};
pub use reader::{Entry, Filter, Listing, Reader, WholeListing};
pub use receipt::{Receipt, Stored};
pub use record::{Body, BodyInfo, Form, Header, Kind, Record, Role};
pub use seal::{Seal, SealedSegment};
pub use trace::Trace;
pub use verify::{Tampering, Verified, Witnessed};
