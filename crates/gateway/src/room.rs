//! Memory for messages: taken as their octets arrive, so that nobody holds what he has only announced. The beginning of every
//! message comes out of a pool of its own, so that small messages pass while large ones wait for each other.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// One permit stands for this many octets, so that large budgets fit the semaphore's counter.
const OCTETS_PER_PERMIT: usize = 1024;
/// What a message costs beside its own octets: the sealed form is a second copy. The tree its signature is checked in costs
/// about ten times more, but lives on the bounded pool.
const COPIES_PER_MESSAGE: usize = 2;
/// Octets of a message that come out of the pool for beginnings; larger than nearly every message without attachment.
const BEGINNING: usize = 256 * 1024;
/// The share of beginnings in the whole budget: one part of so many.
const BEGINNINGS_SHARE: usize = 4;

/// The budget of the process.
#[derive(Clone)]
pub(crate) struct Memory {
    beginnings: Pool,
    rest: Pool,
}

#[derive(Clone)]
struct Pool {
    permits: Arc<Semaphore>,
    all: usize,
}

/// The memory of one message; grows while it is read and goes back on drop.
pub struct Room {
    memory: Memory,
    held: Vec<OwnedSemaphorePermit>,
    granted: usize,
}

impl Memory {
    pub(crate) fn new(octets: usize) -> Self {
        let all = (octets / OCTETS_PER_PERMIT).clamp(2, Semaphore::MAX_PERMITS);
        let beginnings = (all / BEGINNINGS_SHARE).max(1);
        Self { beginnings: Pool::new(beginnings), rest: Pool::new(all - beginnings) }
    }

    pub(crate) fn room(&self) -> Room {
        Room { memory: self.clone(), held: Vec::new(), granted: 0 }
    }
}

impl Pool {
    fn new(all: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(all)), all }
    }

    async fn take(&self, permits: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.permits).acquire_many_owned(u32::try_from(permits).ok()?).await.ok()
    }
}

impl Room {
    /// Waits until there is room for `octets` in all; `false` when the process is ending. The caller bounds the wait.
    pub async fn grow(&mut self, octets: usize) -> bool {
        while self.granted < octets {
            let beginning = self.granted == 0;
            let pool = if beginning { &self.memory.beginnings } else { &self.memory.rest };
            let wanted = BEGINNING * COPIES_PER_MESSAGE / OCTETS_PER_PERMIT;
            // The largest message may need more than all there is; it then holds all of it, and no more.
            let has = if beginning { 0 } else { self.held.iter().skip(1).map(OwnedSemaphorePermit::num_permits).sum() };
            let wanted = wanted.min(pool.all.saturating_sub(has));
            if wanted > 0 {
                let Some(permit) = pool.take(wanted).await else { return false };
                self.held.push(permit);
            }
            self.granted += BEGINNING;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;

    const MIB: usize = 1 << 20;

    async fn waits(future: impl Future) -> bool {
        let mut future = Box::pin(future);
        std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await
    }

    #[tokio::test]
    async fn large_messages_do_not_hold_up_small_ones() {
        let memory = Memory::new(8 * MIB);
        let mut giants = [memory.room(), memory.room()];
        for giant in &mut giants {
            assert!(giant.grow(BEGINNING + 2 * BEGINNING).await);
        }
        let mut late = memory.room();
        assert!(waits(late.grow(8 * MIB)).await, "the rest is given out");
        assert!(memory.room().grow(10_000).await, "a small message passes");
        drop(giants);
    }

    #[tokio::test]
    async fn an_announcement_takes_nothing_and_the_largest_message_gets_its_turn() {
        let memory = Memory::new(4 * MIB);
        let idle: Vec<_> = (0..1000).map(|_| memory.room()).collect();
        let mut largest = memory.room();
        assert!(largest.grow(64 * MIB).await);
        drop(largest);
        assert!(memory.room().grow(64 * MIB).await, "what was held has come back");
        drop(idle);
    }
}
