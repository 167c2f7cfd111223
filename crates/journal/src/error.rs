//! What can go wrong with the evidence, grouped by who can put it right.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::keeping::Obstacle;
use crate::{Month, RecordId, StoreName};

/// Any failure of the journal. Texts name files and stores: they are for the operator, never for the wire.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    // -- the caller's
    /// The text cannot name a store.
    #[error("{name:?} cannot name a store: 1 to 32 characters of A-Z a-z 0-9 _ - are allowed")]
    BadStoreName {
        /// The text.
        name: String,
    },
    /// The text is not a month.
    #[error("{text:?} is not a month such as 2026-11")]
    BadMonth {
        /// The text.
        text: String,
    },
    /// The text is not a record's name.
    #[error("{text:?} is not a record such as SOCZ/2026-11/42")]
    BadRecordId {
        /// The text.
        text: String,
    },
    /// The record's time lies outside 1970 to 9999.
    #[error("{time} is no time for a record: 1970 to 9999 are allowed")]
    BadTime {
        /// The time.
        time: Timestamp,
    },
    /// `append` was called without a store.
    #[error("a record needs at least one store")]
    NoStores,
    /// The record is larger than the journal takes.
    #[error("a record of {bytes} octets is larger than the {max} that the journal takes")]
    TooLarge {
        /// Its octets.
        bytes: u64,
        /// Octets allowed.
        max: u64,
    },
    /// The record contradicts itself.
    #[error("the record cannot be written: {what}")]
    BadRecord {
        /// What is wrong with it.
        what: &'static str,
    },
    /// There is no such record.
    #[error("no record {record}")]
    NotFound {
        /// The name asked for.
        record: RecordId,
    },
    /// The journal was closed before.
    #[error("the journal is closed")]
    Closed,

    // -- the operator's
    /// Another process, or another [`Journal`](crate::Journal) of this one, writes this directory.
    #[error("the journal {} is in use by {holder}: one directory has one writer", directory.display())]
    InUse {
        /// The journal's directory.
        directory: PathBuf,
        /// Who holds it, as far as known: `process 4711`.
        holder: String,
    },
    /// The store did not take the record in time: its queue stayed full.
    #[error("the store {store} is too slow: its queue stayed full")]
    Busy {
        /// The store.
        store: StoreName,
    },
    /// The store's disk did not answer in time. The record does not count: it was not written, or is cut off again as soon as
    /// the disk answers. Only a crash before that may leave it.
    #[error(
        "the disk of the store {store} does not answer: a write or its confirmation takes longer than {} s",
        waited.as_secs()
    )]
    Hangs {
        /// The store.
        store: StoreName,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The disk is nearly full: what is left is kept for the ends of exchanges already accepted.
    #[error(
        "the disk of the store {store} has {} MiB left; below {} MiB it takes no record of this kind",
        free >> 20,
        reserve >> 20
    )]
    LowSpace {
        /// The store.
        store: StoreName,
        /// Octets left.
        free: u64,
        /// Octets that must be left.
        reserve: u64,
    },
    /// At least one store does not have the record, so it does not count.
    #[error("the record is not durable in the store {store}: {cause}")]
    NotDurable {
        /// The first store that failed, by name.
        store: StoreName,
        /// Why.
        cause: Box<Error>,
        /// Where the record is on disk nevertheless.
        elsewhere: Vec<RecordId>,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb: `write`.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's answer.
        source: Arc<io::Error>,
    },
    /// The month bears its seal, or is being sealed: nothing can be added.
    #[error("the store {store} takes no more records for {month}: the month is sealed; is the clock right?")]
    Sealed {
        /// The store.
        store: StoreName,
        /// The month.
        month: Month,
    },
    /// Only a month that is over can be sealed.
    #[error("the month {month} is not over")]
    NotOver {
        /// The month.
        month: Month,
    },
    /// What should be signed as whole is not.
    #[error("it is not signed: {what}")]
    NotWhole {
        /// What is wrong with it.
        what: String,
    },
    /// A month is not removed.
    #[error("{store}/{month} is kept: {obstacle}")]
    Kept {
        /// The store.
        store: StoreName,
        /// The month.
        month: Month,
        /// Why.
        obstacle: Obstacle,
    },
    /// The file of a seal holds something else.
    #[error("{} is not a seal", path.display())]
    NotASeal {
        /// The file.
        path: PathBuf,
    },
    /// The node's key did not sign, or what it signed cannot be kept.
    #[error("nothing was signed: {what}")]
    NotSigned {
        /// Why.
        what: String,
    },
    /// The file does not hold what was written to it.
    #[error("{} at {offset}: {damage}", file.display())]
    Broken {
        /// The segment file.
        file: PathBuf,
        /// Offset of the damaged place in it, in octets.
        offset: u64,
        /// What is wrong there.
        damage: Damage,
    },

    // -- ours
    /// A thread of the journal ended unexpectedly; the next append starts another.
    #[error("the committer of the store {store} died")]
    CommitterDied {
        /// The store.
        store: StoreName,
    },
    /// The index failed; the log is not concerned.
    #[error("the index {} failed: {what}", path.display())]
    Index {
        /// The index's directory.
        path: PathBuf,
        /// What sled said.
        what: String,
    },
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source: Arc::new(source) }
    }

    /// The number of the record that is damaged, when that much is known.
    pub(crate) fn damaged_record(&self) -> Option<u64> {
        let Self::Broken { damage, .. } = self else { return None };
        match damage {
            Damage::Header { sequence }
            | Damage::Bodies { sequence }
            | Damage::Dictionary { sequence, .. }
            | Damage::Meaning { sequence, .. } => Some(*sequence),
            _ => None,
        }
    }
}

/// How a place in a segment differs from what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// No head of a record can be read for so many octets.
    #[error("{bytes} octets are not a record")]
    Unreadable {
        /// Octets until the next readable record, or the end.
        bytes: u64,
    },
    /// The record's JSON header does not fit its digest.
    #[error("the header of record {sequence} does not fit its digest")]
    Header {
        /// Number of the record in its month.
        sequence: u64,
    },
    /// The record's bodies do not fit their digest.
    #[error("the bodies of record {sequence} do not fit their digest")]
    Bodies {
        /// Number of the record in its month.
        sequence: u64,
    },
    /// The dictionary that the record was compressed with cannot be read.
    #[error("record {sequence} cannot be read: its dictionary at {offset} is damaged")]
    Dictionary {
        /// Number of the record in its month.
        sequence: u64,
        /// Where the dictionary begins in the same segment, in octets.
        offset: u64,
    },
    /// The header fits its digest, but says nothing this version understands.
    #[error("the header of record {sequence} cannot be understood: {what}")]
    Meaning {
        /// Number of the record in its month.
        sequence: u64,
        /// Why.
        what: String,
    },
    /// A later version of the journal wrote this.
    #[error("version {version}, frame {frame}, flags {flags:#06x} are not known to this version of the journal")]
    Unsupported {
        /// Version octet.
        version: u8,
        /// Frame octet.
        frame: u8,
        /// Flags.
        flags: u16,
    },
    /// The head of the segment itself cannot be read, or belongs elsewhere.
    #[error("the head of the segment cannot be read or belongs to another place")]
    SegmentHead,
    /// The file ends before records that were once acknowledged.
    #[error("the file ends {missing} octets too early")]
    CutShort {
        /// Octets missing.
        missing: u64,
    },
    /// A segment file is not there.
    #[error("the segment is missing")]
    SegmentMissing,
    /// Records are missing before this one.
    #[error("record {found} stands where {expected} was expected")]
    Gap {
        /// The number that should stand here.
        expected: u64,
        /// The number that does.
        found: u64,
    },
    /// The record does not continue the one before it.
    #[error("record {sequence} does not continue the chain: another record stood before it when it was written")]
    Chain {
        /// Number of the record in its month.
        sequence: u64,
    },
}
