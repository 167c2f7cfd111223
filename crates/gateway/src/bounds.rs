//! Who may use how much at once, so that agencies cannot hurt each other: octets in memory, exchanges of one consumer,
//! calls to one provider, heavy work on the processors.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Limits, Mnemonic};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// One permit of the memory budget stands for this many octets, so that large budgets fit the semaphore's counter.
const OCTETS_PER_PERMIT: usize = 1024;
/// What a message costs in memory beside its own octets: the tree used for its signature is about ten times its size,
/// but lives on the bounded pool; the sealed form is a second copy.
const COPIES_PER_MESSAGE: usize = 2;

/// The budgets of one process.
pub(crate) struct Bounds {
    octets: Arc<Semaphore>,
    octet_permits: usize,
    work: Arc<Semaphore>,
    consumers: Counters,
    providers: Counters,
}

/// A part of a budget, given back on drop.
#[must_use = "dropping it gives the place back"]
pub struct Place {
    _permit: Option<OwnedSemaphorePermit>,
    _seat: Option<Seat>,
}

impl Bounds {
    pub(crate) fn new(limits: &Limits, processors: usize) -> Self {
        let octet_permits = (limits.bytes_in_flight / OCTETS_PER_PERMIT).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            octets: Arc::new(Semaphore::new(octet_permits)),
            octet_permits,
            work: Arc::new(Semaphore::new(processors.min(limits.work_in_flight).max(1))),
            consumers: Counters::default(),
            providers: Counters::default(),
        }
    }

    /// Waits for room for a message of `octets`. The largest message takes the whole budget at most, so it too gets its turn.
    pub(crate) async fn room(&self, octets: usize) -> Option<Place> {
        let permits = octets.saturating_mul(COPIES_PER_MESSAGE).div_ceil(OCTETS_PER_PERMIT);
        let permits = u32::try_from(permits.clamp(1, self.octet_permits)).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.octets).acquire_many_owned(permits).await.ok()?;
        Some(Place { _permit: Some(permit), _seat: None })
    }

    /// A place among the exchanges of one consumer; `None` when he has all of his.
    pub(crate) fn consumer(&self, who: &Mnemonic, max: usize) -> Option<Place> {
        self.consumers.seat(who, max)
    }

    /// A place among the calls to one provider; `None` when all are taken.
    pub(crate) fn provider(&self, who: &Mnemonic, max: usize) -> Option<Place> {
        self.providers.seat(who, max)
    }

    /// Runs heavy work (parsing, digests, signatures) off the network threads, no more at once than there are processors.
    /// `None` when the work panicked: the message is refused, the process goes on.
    pub(crate) async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let _turn = self.work.acquire().await.ok()?;
        tokio::task::spawn_blocking(work).await.ok()
    }
}

#[derive(Clone, Default)]
struct Counters {
    taken: Arc<Mutex<HashMap<Mnemonic, usize>>>,
}

impl Counters {
    fn seat(&self, who: &Mnemonic, max: usize) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(who.clone()).or_insert(0);
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Place { _permit: None, _seat: Some(Seat { counters: self.clone(), who: who.clone() }) })
    }
}

struct Seat {
    counters: Counters,
    who: Mnemonic,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.counters.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
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

    #[tokio::test]
    async fn memory_is_given_out_once_and_a_giant_waits_for_all_of_it() {
        let bounds = bounds(8 * 1024);
        let first = bounds.room(8 * 1024).await.expect("all of it");
        let mut waiting = Box::pin(bounds.room(1));
        assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(waiting.as_mut().poll(cx).is_pending())).await);
        drop(first);
        assert!(waiting.await.is_some());
    }

    #[tokio::test]
    async fn work_that_panics_ends_alone() {
        let bounds = bounds(1 << 20);
        assert_eq!(bounds.work(|| -> u8 { panic!("in the tree of one message") }).await, None);
        assert_eq!(bounds.work(|| 7).await, Some(7));
    }
}
