//! The account of the journal: what was accepted is answered, pending or failed; nothing is broken or missing.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use uuid::Uuid;

use crate::reader::Passed;
use crate::scan::Depth;
use crate::{Entry, Error, Filter, Kind, Reader, StoreName};

/// Damaged places named one by one, per store; the others are counted.
const BROKEN_NAMED: usize = 10_000;

/// The state of one store.
#[derive(Clone, Debug)]
pub struct StoreAudit {
    /// The store.
    pub store: StoreName,
    /// Good records.
    pub records: u64,
    /// Exchanges accepted.
    pub accepted: u64,
    /// Of those: answered.
    pub answered: u64,
    /// Of those: ended with a fault of the bus.
    pub failed: u64,
    /// Of those: neither yet.
    pub pending: u64,
    /// Messages refused.
    pub refused: u64,
    /// Ends without a beginning, second ends, second beginnings.
    pub unmatched: u64,
    /// Octets behind the last acknowledged record of a segment: writes that a crash or a disk error stopped.
    pub leftover_bytes: u64,
    /// Damaged places and missing records, each with file and offset; the first ten thousand.
    pub broken: Vec<Error>,
    /// How many there are in all.
    pub broken_count: u64,
}

impl StoreAudit {
    /// Nothing is broken or unmatched, and accepted = answered + pending + failed.
    pub fn holds(&self) -> bool {
        self.broken_count == 0
            && self.unmatched == 0
            && adds_up(self.accepted, [self.answered, self.pending, self.failed])
    }
}

/// The state of the journal.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// Store by store.
    pub stores: Vec<StoreAudit>,
    /// Exchanges accepted, each counted once however many stores have it: in the first of its stores by name.
    pub accepted: u64,
    /// Of those: answered.
    pub answered: u64,
    /// Of those: ended with a fault of the bus.
    pub failed: u64,
    /// Of those: neither yet.
    pub pending: u64,
    /// Messages refused, each counted once.
    pub refused: u64,
}

impl Audit {
    /// Every store holds, and so does the sum.
    pub fn holds(&self) -> bool {
        self.stores.iter().all(StoreAudit::holds) && adds_up(self.accepted, [self.answered, self.pending, self.failed])
    }
}

fn adds_up(sum: u64, parts: [u64; 3]) -> bool {
    parts.into_iter().try_fold(0_u64, u64::checked_add) == Some(sum)
}

impl Reader {
    /// Reads everything, checks everything, counts the exchanges. Memory grows with the pending exchanges only.
    pub fn audit(&self) -> Result<Audit, Error> {
        let mut audit = Audit::default();
        for store in self.stores()? {
            let filter = Filter { store: Some(store.clone()), ..Filter::default() };
            let mut account = Account::new(store);
            let mut listing = self.listing(&filter, Depth::Whole)?;
            while let Some(item) = listing.advance() {
                match item {
                    Ok(Passed::Record(entry)) => account.enter(&entry, &mut audit),
                    Ok(Passed::Leftover(octets)) => {
                        account.audit.leftover_bytes = account.audit.leftover_bytes.saturating_add(octets);
                    }
                    Err(error) => account.broken(error),
                }
            }
            account.close(&mut audit);
        }
        Ok(audit)
    }
}

/// The books of one store while they are read.
struct Account {
    audit: StoreAudit,
    /// Exchanges without an end so far; true when this store counts them for the whole journal.
    open: HashMap<Uuid, bool>,
}

impl Account {
    fn new(store: StoreName) -> Self {
        let audit = StoreAudit {
            store,
            records: 0,
            accepted: 0,
            answered: 0,
            failed: 0,
            pending: 0,
            refused: 0,
            unmatched: 0,
            leftover_bytes: 0,
            broken: Vec::new(),
            broken_count: 0,
        };
        Self { audit, open: HashMap::new() }
    }

    fn enter(&mut self, entry: &Entry, whole: &mut Audit) {
        let home = entry.stores.iter().min() == Some(&entry.id.store);
        self.audit.records = self.audit.records.saturating_add(1);
        match entry.header.kind {
            // No exchange, and so no part of the account.
            Kind::Audited => {}
            Kind::Refused => count(&mut self.audit.refused, &mut whole.refused, home),
            Kind::Accepted => match self.open.entry(entry.header.exchange) {
                Slot::Occupied(_) => self.audit.unmatched = self.audit.unmatched.saturating_add(1),
                Slot::Vacant(slot) => {
                    slot.insert(home);
                    count(&mut self.audit.accepted, &mut whole.accepted, home);
                }
            },
            kind @ (Kind::Answered | Kind::Failed) => match self.open.remove(&entry.header.exchange) {
                None => self.audit.unmatched = self.audit.unmatched.saturating_add(1),
                Some(home) if kind == Kind::Answered => count(&mut self.audit.answered, &mut whole.answered, home),
                Some(home) => count(&mut self.audit.failed, &mut whole.failed, home),
            },
        }
    }

    fn broken(&mut self, error: Error) {
        self.audit.broken_count = self.audit.broken_count.saturating_add(1);
        if self.audit.broken.len() < BROKEN_NAMED {
            self.audit.broken.push(error);
        }
    }

    fn close(mut self, whole: &mut Audit) {
        for home in self.open.values() {
            count(&mut self.audit.pending, &mut whole.pending, *home);
        }
        whole.stores.push(self.audit);
    }
}

fn count(own: &mut u64, whole: &mut u64, home: bool) {
    *own = own.saturating_add(1);
    if home {
        *whole = whole.saturating_add(1);
    }
}
