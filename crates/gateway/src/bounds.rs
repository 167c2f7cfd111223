//! Who may use how much at once, so that agencies cannot hurt each other: octets in memory, exchanges of one consumer,
//! calls to one provider, heavy work on the processors.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Limits, Mnemonic};
use tokio::sync::Semaphore;

use crate::room::{Memory, Room};

/// What one consumer or one provider may hold of the memory budget: one part of so many, but always one message.
const OCTETS_SHARE: usize = 4;
/// A message of more octets is long work: it waits for others of its kind, not they for it.
const LARGE: usize = 256 * 1024;

/// The budgets of one process.
pub(crate) struct Bounds {
    memory: Memory,
    share_octets: usize,
    work: Arc<Semaphore>,
    large_work: Semaphore,
    consumers: Counters,
    providers: Counters,
    consumer_octets: Counters,
    provider_octets: Counters,
}

/// A part of a budget, given back on drop.
#[must_use = "dropping it gives the place back"]
pub(crate) struct Place {
    counters: Counters,
    who: Mnemonic,
    amount: usize,
}

impl Bounds {
    pub(crate) fn new(limits: &Limits, processors: usize) -> Self {
        let turns = processors.min(limits.work_in_flight).max(1);
        Self {
            memory: Memory::new(limits.bytes_in_flight),
            share_octets: limits.bytes_in_flight / OCTETS_SHARE,
            work: Arc::new(Semaphore::new(turns)),
            large_work: Semaphore::new(turns.saturating_sub(1).max(1)),
            consumers: Counters::default(),
            providers: Counters::default(),
            consumer_octets: Counters::default(),
            provider_octets: Counters::default(),
        }
    }

    /// Room for one message, empty yet.
    pub(crate) fn room(&self) -> Room {
        self.memory.room()
    }

    /// The octets that one consumer, or one provider, may hold at a time.
    pub(crate) fn share_octets(&self) -> usize {
        self.share_octets
    }

    /// A place among the exchanges of one consumer; `None` when he has all of his.
    pub(crate) fn consumer(&self, who: &Mnemonic, max: usize) -> Option<Place> {
        self.consumers.take(who, 1, max)
    }

    /// A place among the calls to one provider; `None` when all are taken.
    pub(crate) fn provider(&self, who: &Mnemonic, max: usize) -> Option<Place> {
        self.providers.take(who, 1, max)
    }

    /// A share of memory for a message of one consumer; `None` when he has all of his.
    pub(crate) fn consumer_octets(&self, who: &Mnemonic, octets: usize) -> Option<Place> {
        self.consumer_octets.take(who, octets, self.share_octets)
    }

    /// A share of memory for a message to one provider; `None` when all of it is taken.
    pub(crate) fn provider_octets(&self, who: &Mnemonic, octets: usize) -> Option<Place> {
        self.provider_octets.take(who, octets, self.share_octets)
    }

    /// Runs heavy work (parsing, digests, signatures) off the network threads, no more at once than there are processors;
    /// work on large messages leaves one processor to small ones. `None` when the work panicked: the message is refused, the
    /// process goes on.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        octets: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let _large = if octets > LARGE { Some(self.large_work.acquire().await.ok()?) } else { None };
        let _turn = self.work.acquire().await.ok()?;
        tokio::task::spawn_blocking(work).await.ok()
    }
}

#[derive(Clone, Default)]
struct Counters {
    taken: Arc<Mutex<HashMap<Mnemonic, usize>>>,
}

impl Counters {
    /// Whoever holds nothing gets what he asks for, however much; otherwise all he holds must stay within `max`.
    fn take(&self, who: &Mnemonic, amount: usize, max: usize) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let held = taken.entry(who.clone()).or_insert(0);
        if *held > 0 && held.saturating_add(amount) > max {
            return None;
        }
        *held += amount;
        Some(Place { counters: self.clone(), who: who.clone(), amount })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.counters.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = taken.get_mut(&self.who) {
            *held = held.saturating_sub(self.amount);
            if *held == 0 {
                taken.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(octets: usize) -> Bounds {
        Bounds::new(&Limits { bytes_in_flight: octets, ..Limits::default() }, 1)
    }

    #[test]
    fn one_consumer_cannot_take_the_places_of_another() {
        let bounds = bounds(1 << 20);
        let (greedy, other) = (Mnemonic::new("SOCZ01641").unwrap(), Mnemonic::new("ZAGS01641").unwrap());
        let place = bounds.consumer(&greedy, 1).expect("the first place");
        assert!(bounds.consumer(&greedy, 1).is_none());
        assert!(bounds.consumer(&other, 1).is_some());
        drop(place);
        assert!(bounds.consumer(&greedy, 1).is_some());
    }

    #[test]
    fn one_consumer_cannot_hold_all_memory_behind_a_slow_provider() {
        let bounds = bounds(4000);
        let (greedy, other) = (Mnemonic::new("SOCZ01641").unwrap(), Mnemonic::new("ZAGS01641").unwrap());
        let giant = bounds.consumer_octets(&greedy, 3000).expect("one message always has its place");
        assert!(bounds.consumer_octets(&greedy, 1).is_none());
        assert!(bounds.consumer_octets(&other, 1).is_some());
        drop(giant);
        assert!(bounds.consumer_octets(&greedy, 1).is_some());
    }

    #[tokio::test]
    async fn work_that_panics_ends_alone() {
        let bounds = bounds(1 << 20);
        assert_eq!(bounds.work(0, || -> u8 { panic!("in the tree of one message") }).await, None);
        assert_eq!(bounds.work(0, || 7).await, Some(7));
    }

    #[tokio::test]
    async fn large_messages_leave_a_processor_to_small_ones() {
        let bounds = Bounds::new(&Limits::default(), 2);
        let (release, held) = std::sync::mpsc::sync_channel::<()>(1);
        let giant = bounds.work(LARGE + 1, move || held.recv().is_err());
        let mut giant = Box::pin(giant);
        assert!(waits(&mut giant).await, "the first giant is at work");
        let mut second = Box::pin(bounds.work(LARGE + 1, || true));
        assert!(waits(&mut second).await);
        assert_eq!(bounds.work(LARGE, || 7).await, Some(7), "a small message passes both");
        drop(release);
        assert_eq!(giant.await, Some(true));
        assert_eq!(second.await, Some(true));
    }

    async fn waits(future: &mut (impl Future + Unpin)) -> bool {
        std::future::poll_fn(|cx| std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(cx).is_pending())).await
    }
}
