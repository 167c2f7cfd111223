//! The gateway's parts put together, and the swap of its registry snapshot.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use delivery::Transport;
use jiff::Timestamp;
use journal::Journal;
use uuid::Uuid;

use crate::bounds::Bounds;
use crate::canary::{Canaries, CanaryState, Returned};
use crate::ports::{Chance, Clock, Forgetful, Returns};
use crate::repeats::{self, Repeats, SignatureDigest};
use crate::room::Room;
use crate::strangers::Strangers;
use crate::way::Way;
use crate::{Outgoing, Refusal, Snapshot, stage};

/// One running bus without its sockets.
pub struct Gateway {
    snapshot: RwLock<Arc<Snapshot>>,
    pub(crate) journal: Journal,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<dyn Chance>,
    pub(crate) bounds: Bounds,
    pub(crate) repeats: Repeats,
    pub(crate) strangers: Strangers,
    pub(crate) canaries: Arc<Canaries>,
    returns: Arc<dyn Returns>,
}

/// What the pipeline works with.
pub struct Parts {
    /// The registry in force.
    pub snapshot: Snapshot,
    /// Evidence.
    pub journal: Journal,
    /// The way out.
    pub transport: Arc<dyn Transport>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers and entropy.
    pub chance: Arc<dyn Chance>,
    /// How many threads may parse and sign at once.
    pub processors: usize,
}

/// Why a request was refused before its body was read.
#[derive(Clone, Copy, Debug)]
pub enum Unread {
    /// Larger than the limit.
    TooLarge {
        /// The limit in bytes.
        max: usize,
    },
    /// No room came free in time.
    NoRoom,
    /// The body is said to be compressed (Content-Encoding).
    Encoded,
}

impl Gateway {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self {
            bounds: Bounds::new(parts.snapshot.registry().limits(), parts.processors),
            snapshot: RwLock::new(Arc::new(parts.snapshot)),
            journal: parts.journal,
            transport: parts.transport,
            clock: parts.clock,
            chance: parts.chance,
            repeats: Repeats::default(),
            strangers: Strangers::default(),
            canaries: Arc::default(),
            returns: Arc::new(Forgetful),
        }
    }

    /// The same with a place that remembers which canary routes have gone back, and what it remembers.
    #[must_use]
    pub fn with_returns(self, returns: Arc<dyn Returns>, returned: Vec<Returned>) -> Self {
        self.canaries.recall(returned);
        self.canaries.retain(self.snapshot().registry());
        Self { returns, ..self }
    }

    /// Every canary route of the registry in force, and how its trial goes.
    pub fn canaries(&self) -> Vec<CanaryState> {
        self.canaries.states(self.snapshot().registry())
    }

    /// Lets a canary route that has gone back be tried again; `false` when it had not.
    ///
    /// # Errors
    /// The disk's, when that could not be kept: after a restart the route would be back again.
    pub async fn try_again(&self, id: &str) -> io::Result<bool> {
        let had = self.canaries.again(id);
        if had {
            tracing::warn!(canary = id, "a canary route is tried again, by order of the operator");
            self.keep_returns().await?;
        }
        Ok(had)
    }

    /// Counts how an exchange over a canary route ended, if it was the endpoint that decided it.
    pub(crate) async fn count(&self, way: &Way, outcome: Option<&Refusal>) {
        let Some(tried) = way.tried.as_ref().filter(|_| way.accepted_for.is_some()) else { return };
        let fault = match outcome {
            None => tried.faulted,
            Some(refusal) if refusal.is_of_the_endpoint() => true,
            Some(_) => return,
        };
        let Some(gone) = self.canaries.count(tried, fault, way.now()) else { return };
        tracing::error!(
            canary = %gone.id, ends = gone.ends, faults = gone.faults, return_at = tried.return_at,
            "a canary route has gone back: too many of its exchanges failed"
        );
        if let Err(error) = self.keep_returns().await {
            tracing::error!(%error, "that a canary route has gone back could not be kept: a restart would try it again");
        }
    }

    /// Keeps which canary routes have gone back: to be called when another registry is in force, which may have ended a trial.
    ///
    /// # Errors
    /// The disk's.
    pub async fn keep_returns(&self) -> io::Result<()> {
        let (returns, canaries) = (Arc::clone(&self.returns), Arc::clone(&self.canaries));
        let done = self.bounds.work(0, move || canaries.keep(&*returns)).await;
        done.unwrap_or_else(|| Err(io::Error::other("keeping it panicked")))
    }

    /// Remembers a request that was accepted at `taken`, before this process began, so that it is not taken again.
    pub fn recall(&self, request: SignatureDigest, exchange: Uuid, taken: Timestamp) {
        let snapshot = self.snapshot();
        let limits = snapshot.registry().limits();
        let until = repeats::until(taken, snapshot.registry().longest_replay_window_ms());
        self.repeats.recall(request, exchange, until, limits.replay_entries);
    }

    /// The registry snapshot in force. A message keeps the one it began with.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another snapshot in force for messages that come from now on. Limits on memory, connections and sockets keep
    /// their values until the next start.
    pub fn swap(&self, snapshot: Snapshot) {
        self.canaries.retain(snapshot.registry());
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }

    /// Room in memory for one request: grown while it is read, held while it is handled.
    pub fn room(&self) -> Room {
        self.bounds.room()
    }

    /// Answers a request whose body was not read: signed and journaled like every refusal.
    pub async fn refuse_unread(&self, sid: &str, peer: String, why: &Unread) -> Outgoing {
        let mut way = Way::begin(self, bytes::Bytes::new(), peer);
        way.known.service = Some(sid.chars().filter(|c| !c.is_control()).take(40).collect());
        let refusal = match *why {
            Unread::TooLarge { max } => Refusal::BodyTooLarge { max },
            Unread::NoRoom => Refusal::NoRoom,
            Unread::Encoded => Refusal::BodyEncoded,
        };
        stage::refuse::refuse(self, way, refusal).await
    }

    /// Runs a half of the pipeline on the bounded pool; what it noted on the way comes back also when it stops.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        way: &mut Way,
        half: impl FnOnce(&mut Way) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let mut travelling = way.clone();
        let octets = way.octets();
        let done = self
            .bounds
            .work(octets, move || {
                let outcome = half(&mut travelling);
                (travelling, outcome)
            })
            .await;
        let (travelled, outcome) = done.ok_or(Refusal::Internal { what: "a stage panicked" })?;
        *way = travelled;
        outcome
    }
}
