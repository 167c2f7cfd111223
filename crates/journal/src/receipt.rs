//! The proof that a record is on disk. Only `Journal::append` makes one; it cannot be forged or copied.

use crate::{Digest, RecordId};

/// Every store asked for has the record, under `fdatasync`.
///
/// ```compile_fail
/// // Forwarding asks for a receipt; nobody but the journal can make one.
/// let receipt = journal::Receipt { stored: Vec::new(), sha256: todo!() };
/// ```
///
/// ```compile_fail
/// // One append is one receipt.
/// fn twice(receipt: journal::Receipt) -> (journal::Receipt, journal::Receipt) {
///     (receipt.clone(), receipt)
/// }
/// ```
#[must_use = "the receipt is what allows to forward or to answer"]
#[derive(Debug)]
pub struct Receipt {
    stored: Vec<Stored>,
    sha256: Digest,
}

impl Receipt {
    pub(crate) fn new(stored: Vec<Stored>, sha256: Digest) -> Self {
        Self { stored, sha256 }
    }

    /// Where the record lies, one entry a store, in the order of the stores' names.
    pub fn stored(&self) -> &[Stored] {
        &self.stored
    }

    /// Names of the record, one a store.
    pub fn record_ids(&self) -> impl Iterator<Item = &RecordId> {
        self.stored.iter().map(|stored| &stored.record)
    }

    /// Digest of the content (header and bodies), the same in every store.
    pub fn sha256(&self) -> Digest {
        self.sha256
    }
}

/// The record in one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its name.
    pub record: RecordId,
    /// Digest of the whole record with its place in the chain: differs from store to store.
    pub digest: Digest,
}
