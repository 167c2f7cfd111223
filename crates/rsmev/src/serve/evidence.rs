//! What a running bus does for its evidence beside writing it: signs checkpoints, seals months that are over, reads again what
//! was written, and keeps a lamp for the operator.
//!
//! All of it at the pace of one thread that mostly rests: whoever waits for a message must not feel it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gateway::Gateway;
use jiff::Timestamp;
use journal::{Error, Journal, Month, Reader, StoreName, Verified};
use serde_json::{Value, json};

use crate::edge;
use crate::node_certificates::NodeCertificates;
use crate::notary::NodeNotary;

/// Time between two looks for months to seal and to read again.
const LOOK: Duration = Duration::from_secs(600);
/// A month that was read is read again after so many hours.
const AGAIN_HOURS: i64 = 24 * 7;
/// After reading for some time it rests so many times as long.
const REST: u32 = 9;

/// The evidence of a running bus.
pub(crate) struct Evidence {
    journal: Journal,
    gateway: Arc<Gateway>,
    lamp: Mutex<Lamp>,
}

#[derive(Default)]
struct Lamp {
    signed: Option<Timestamp>,
    /// What could not be signed or sealed, by store and month.
    trouble: BTreeMap<(StoreName, Month), String>,
    read: BTreeMap<(StoreName, Month), Read>,
}

/// What came of reading a month.
struct Read {
    at: Timestamp,
    entries: u64,
    wrong: Vec<String>,
}

impl Evidence {
    pub(crate) fn new(journal: Journal, gateway: Arc<Gateway>) -> Self {
        Self { journal, gateway, lamp: Mutex::default() }
    }

    /// Signs what every month has come to; how many checkpoints came of it. Blocks.
    pub(crate) fn checkpoint(&self) -> usize {
        let (now, notary) = (edge::now(), NodeNotary(self.gateway.snapshot()));
        let mut signed = 0_usize;
        for (head, outcome) in self.journal.checkpoint(now, &notary) {
            match outcome {
                Ok(_) => {
                    signed = signed.saturating_add(1);
                    self.fine(&head.store, head.month);
                    tracing::debug!(store = %head.store, month = %head.month, entries = head.entries, "checkpoint");
                }
                Err(error) => self.trouble(&head.store, head.month, &format!("no checkpoint: {error}")),
            }
        }
        self.lamp().signed = Some(now);
        signed
    }

    /// Seals the months that are over; those sealed now, and those that could not be. Blocks.
    pub(crate) fn seal(&self) -> Vec<(StoreName, Month, Result<u64, Error>)> {
        let now = edge::now();
        let unsealed = Month::of(now).and_then(|month| self.journal.unsealed_before(month));
        let unsealed = unsealed.unwrap_or_else(|error| {
            tracing::error!(%error, "the months to seal are not known");
            Vec::new()
        });
        let notary = NodeNotary(self.gateway.snapshot());
        let seal = |(store, month): (StoreName, Month)| {
            let sealed = self.journal.seal(&store, month, now, &notary).map(|seal| seal.records);
            match &sealed {
                Ok(records) => {
                    self.fine(&store, month);
                    tracing::info!(%store, %month, records, "the month is sealed");
                }
                Err(error) => self.trouble(&store, month, &format!("not sealed: {error}")),
            }
            (store, month, sealed)
        };
        unsealed.into_iter().map(seal).collect()
    }

    /// Reads one month again, the one that has waited longest; false when none is due. Blocks.
    fn read_one(&self) -> Result<bool, Box<dyn std::error::Error>> {
        let now = edge::now();
        let reader = Reader::open(self.journal.directory())?;
        let mut due: Option<(Option<Timestamp>, StoreName, Month)> = None;
        for store in reader.stores()? {
            for month in reader.months(&store)? {
                let last = self.lamp().read.get(&(store.clone(), month)).map(|read| read.at);
                let waits = last.is_none_or(|last| now.duration_since(last).as_hours() >= AGAIN_HOURS);
                if waits && due.as_ref().is_none_or(|(longest, ..)| last < *longest) {
                    due = Some((last, store.clone(), month));
                }
            }
        }
        let Some((_, store, month)) = due else { return Ok(false) };
        let judge = NodeCertificates::of(self.gateway.snapshot().registry()).map_err(|failure| failure.to_string())?;
        for verified in reader.verify(|own, of| *own == store && of == month, &[], &judge, |_| ())? {
            self.keep(verified, now);
        }
        Ok(true)
    }

    fn keep(&self, verified: Verified, at: Timestamp) {
        let wrong: Vec<String> = verified.tampering.iter().map(ToString::to_string).collect();
        for what in &wrong {
            tracing::error!(store = %verified.store, month = %verified.month, what, "the evidence is not what it was");
        }
        let read = Read { at, entries: verified.entries, wrong };
        self.lamp().read.insert((verified.store, verified.month), read);
    }

    fn trouble(&self, store: &StoreName, month: Month, what: &str) {
        let key = (store.clone(), month);
        if self.lamp().trouble.insert(key, what.to_owned()).as_deref() != Some(what) {
            tracing::error!(%store, %month, what, "the evidence needs a look");
        }
    }

    fn fine(&self, store: &StoreName, month: Month) {
        self.lamp().trouble.remove(&(store.clone(), month));
    }

    fn lamp(&self) -> std::sync::MutexGuard<'_, Lamp> {
        self.lamp.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For `rsmev status`: `good` is the lamp.
    pub(crate) fn state(&self) -> Value {
        let lamp = self.lamp();
        let named = |(store, month): &(StoreName, Month)| format!("{store}/{month}");
        let wrong: Vec<Value> = lamp
            .read
            .iter()
            .flat_map(|(key, read)| read.wrong.iter().map(move |what| json!({ "month": named(key), "what": what })))
            .chain(lamp.trouble.iter().map(|(key, what)| json!({ "month": named(key), "what": what })))
            .collect();
        let entries = lamp.read.values().fold(0_u64, |sum, read| sum.saturating_add(read.entries));
        json!({
            "good": wrong.is_empty(),
            "last_checkpoint": lamp.signed,
            "months_read": lamp.read.len(),
            "entries_read": entries,
            "oldest_reading": lamp.read.values().map(|read| read.at).min(),
            "wrong": wrong,
        })
    }
}

/// Signs every so often; the first time when what the last process left has been looked at.
pub(crate) async fn sign(evidence: Arc<Evidence>, every: Duration) {
    let own = Arc::clone(&evidence);
    let woken = tokio::task::spawn_blocking(move || own.journal.wake()).await;
    if let Ok(Err(error)) = woken {
        tracing::warn!(%error, "what the last process left was not looked at");
    }
    let mut turns = tokio::time::interval_at(tokio::time::Instant::now() + every, every);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        let own = Arc::clone(&evidence);
        // A panic there has been reported by the panic hook.
        let _ = tokio::task::spawn_blocking(move || own.checkpoint()).await;
    }
}

/// Seals and reads again while the process runs.
pub(crate) async fn watch(evidence: Arc<Evidence>) {
    let mut turns = tokio::time::interval(LOOK);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        let own = Arc::clone(&evidence);
        let _ = tokio::task::spawn_blocking(move || own.seal()).await;
        loop {
            let (own, begun) = (Arc::clone(&evidence), Instant::now());
            let read = tokio::task::spawn_blocking(move || own.read_one().map_err(|error| error.to_string())).await;
            match read {
                Ok(Ok(true)) => tokio::time::sleep(begun.elapsed().saturating_mul(REST)).await,
                Ok(Ok(false)) | Err(_) => break,
                Ok(Err(error)) => {
                    tracing::warn!(error, "the evidence could not be read again");
                    break;
                }
            }
        }
    }
}
