//! Who decides whether a record counts when its caller and its committer do not meet in time: each job passes one gate once.
//! A caller gives up only what is not answered yet, a committer answers only what nobody has given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::{Error, StoreName, Stored};

/// In the queue.
const WAITING: u8 = 0;
/// The committer has it and writes.
const TAKEN: u8 = 1;
/// The committer has decided and answers now, whatever the answer.
const ANSWERED: u8 = 2;
/// The caller has gone: the record must not count.
const GIVEN_UP: u8 = 3;

/// The gate of one job.
#[derive(Debug, Default)]
pub(crate) struct Gate(AtomicU8);

impl Gate {
    /// The committer takes the job; false when nobody wants it any more.
    pub(crate) fn take(&self) -> bool {
        self.pass(WAITING, TAKEN)
    }

    /// The committer answers; false when nobody waits any more.
    pub(crate) fn answer(&self) -> bool {
        self.pass(TAKEN, ANSWERED)
    }

    /// The caller goes before anything was written; false when it is too late for that.
    fn withdraw(&self) -> bool {
        self.pass(WAITING, GIVEN_UP)
    }

    /// The caller goes, whatever is being written; false when the answer is on its way.
    fn give_up(&self) -> bool {
        self.withdraw() || self.pass(TAKEN, GIVEN_UP)
    }

    fn pass(&self, from: u8, to: u8) -> bool {
        self.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// How a committer gets on: whether what it does now has already outlasted a caller's patience.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Works finished: openings and groups.
    rounds: AtomicU64,
    /// One more than the rounds finished when somebody gave up.
    stalled: AtomicU64,
}

impl Pace {
    /// The disk has answered.
    pub(crate) fn finished(&self) {
        self.rounds.fetch_add(1, Ordering::AcqRel);
    }

    /// Somebody has given up on the work that is under way; waiting for it is in vain until it ends.
    pub(crate) fn is_stalled(&self) -> bool {
        self.stalled.load(Ordering::Acquire) == self.rounds.load(Ordering::Acquire).saturating_add(1)
    }
}

/// Where the outcome of a job arrives. Dropped before the job is written, it takes the job back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) store: StoreName,
    pub(crate) receiver: oneshot::Receiver<Result<Stored, Error>>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) pace: Arc<Pace>,
    /// How long the committer may take.
    pub(crate) patience: Duration,
    pub(crate) until: Instant,
}

impl Answer {
    /// Waits for the committer, but not for ever.
    pub(crate) async fn outcome(mut self) -> Result<Stored, Error> {
        let in_time = tokio::time::timeout_at(self.until, &mut self.receiver).await;
        let answered = if let Ok(answered) = in_time {
            answered
        } else {
            let round = self.pace.rounds.load(Ordering::Acquire);
            if self.gate.give_up() {
                self.pace.stalled.store(round.saturating_add(1), Ordering::Release);
                return Err(Error::Hangs { store: self.store.clone(), waited: self.patience });
            }
            // It is being answered at this moment.
            (&mut self.receiver).await
        };
        answered.unwrap_or_else(|_| Err(Error::CommitterDied { store: self.store.clone() }))
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let _ = self.gate.withdraw();
    }
}
