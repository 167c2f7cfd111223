//! Signed requests taken lately: the same one, sent again by whoever caught it on the way, is no new request.
//!
//! A signature value identifies a request: whoever signs the same text again makes another one, and nobody but the signer can.
//! What is remembered is lost with the process and recalled from the journal at the next start.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Entries given back that may lie about before they are cleared away.
const GIVEN_BACK: usize = 1024;

/// What identifies a signed request: SHA-256 of its signature value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SignatureDigest([u8; 32]);

impl SignatureDigest {
    /// Of the octets of SignatureValue.
    pub(crate) fn of(signature: &[u8]) -> Self {
        Self(Sha256::digest(signature).into())
    }

    /// Reads what a journal record holds; `None` when it is no such digest.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut digest = [0; 32];
        hex::decode_to_slice(text, &mut digest).ok().map(|()| Self(digest))
    }

    /// As a journal record holds it.
    pub(crate) fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

/// The memory of one process.
#[derive(Clone, Default)]
pub(crate) struct Repeats {
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    requests: HashMap<SignatureDigest, Request>,
    /// In the order of taking; entries given back stay here until their time comes.
    order: VecDeque<(SignatureDigest, Uuid)>,
}

#[derive(Debug)]
struct Request {
    exchange: Uuid,
    until: Timestamp,
}

/// The right to go on with a request nobody has sent before. Dropped before [`Claim::keep`] it is given back: an exchange that
/// failed may be tried again with the same octets.
#[derive(Debug)]
#[must_use = "dropping it lets the same request through again"]
pub(crate) struct Claim {
    taken: Arc<Mutex<Taken>>,
    request: SignatureDigest,
    exchange: Uuid,
    kept: bool,
}

impl Repeats {
    /// Takes a request for `exchange`, to be remembered until `until`; the earlier exchange when it was taken before.
    pub(crate) fn claim(
        &self,
        request: SignatureDigest,
        exchange: Uuid,
        now: Timestamp,
        until: Timestamp,
        max: usize,
    ) -> Result<Claim, Uuid> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = taken.requests.get(&request).filter(|earlier| earlier.until >= now) {
            return Err(earlier.exchange);
        }
        taken.note(request, exchange, until);
        taken.forget(now, max);
        Ok(Claim { taken: Arc::clone(&self.taken), request, exchange, kept: false })
    }

    /// Remembers a request that was taken before this process began.
    pub(crate) fn recall(&self, request: SignatureDigest, exchange: Uuid, until: Timestamp, max: usize) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.note(request, exchange, until);
        taken.forget(Timestamp::MIN, max);
    }
}

impl Taken {
    fn note(&mut self, request: SignatureDigest, exchange: Uuid, until: Timestamp) {
        self.requests.insert(request, Request { exchange, until });
        self.order.push_back((request, exchange));
    }

    /// Forgets what is over, and the oldest of what is too much. What was given back counts for nothing: else whoever sends one
    /// message that fails again and again would push out what others have been answered.
    fn forget(&mut self, now: Timestamp, max: usize) {
        if self.order.len() > self.requests.len().saturating_mul(2).saturating_add(GIVEN_BACK) {
            let requests = &self.requests;
            let is_live = |request: &SignatureDigest, exchange: &Uuid| {
                requests.get(request).is_some_and(|known| known.exchange == *exchange)
            };
            self.order.retain(|(request, exchange)| is_live(request, exchange));
        }
        while let Some((request, exchange)) = self.order.front() {
            let known = self.requests.get(request).filter(|known| known.exchange == *exchange);
            let over = known.is_none_or(|known| known.until < now);
            if !over && self.requests.len() <= max {
                break;
            }
            if known.is_some() {
                self.requests.remove(request);
            }
            self.order.pop_front();
        }
    }
}

impl Claim {
    /// The exchange has its answer: its request stays remembered.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.requests.get(&self.request).is_some_and(|known| known.exchange == self.exchange) {
            taken.requests.remove(&self.request);
        }
    }
}

/// Until when a request taken at `now` is remembered.
pub(crate) fn until(now: Timestamp, window_ms: u64) -> Timestamp {
    let window = SignedDuration::from_millis(i64::try_from(window_ms).unwrap_or(i64::MAX));
    now.checked_add(window).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 3;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn request(number: u8) -> SignatureDigest {
        SignatureDigest::of(&[number])
    }

    fn exchange(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    #[test]
    fn a_request_is_taken_once_while_it_is_remembered() {
        let repeats = Repeats::default();
        let claim = repeats.claim(request(1), exchange(1), at(0), at(600), MAX).unwrap();
        assert_eq!(
            repeats.claim(request(1), exchange(2), at(1), at(601), MAX).err(),
            Some(exchange(1)),
            "while it runs"
        );
        claim.keep();
        assert_eq!(repeats.claim(request(1), exchange(2), at(600), at(999), MAX).err(), Some(exchange(1)));
        assert!(repeats.claim(request(1), exchange(3), at(601), at(999), MAX).is_ok(), "its time is over");
    }

    #[test]
    fn a_failed_exchange_may_be_tried_again_with_the_same_octets() {
        let repeats = Repeats::default();
        drop(repeats.claim(request(1), exchange(1), at(0), at(600), MAX));
        repeats.claim(request(1), exchange(2), at(1), at(601), MAX).unwrap().keep();
        assert_eq!(repeats.claim(request(1), exchange(3), at(2), at(602), MAX).err(), Some(exchange(2)));
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let repeats = Repeats::default();
        for number in 1..=4 {
            repeats.claim(request(number), exchange(number.into()), at(0), at(600), MAX).unwrap().keep();
        }
        assert_eq!(repeats.taken.lock().unwrap().requests.len(), MAX);
        assert!(repeats.claim(request(1), exchange(9), at(1), at(600), MAX).is_ok());
        assert_eq!(repeats.claim(request(4), exchange(9), at(1), at(600), MAX).err(), Some(exchange(4)));
        for second in 1..10_000_i64 {
            drop(repeats.claim(
                request(9),
                exchange(100 + u128::from(second.unsigned_abs())),
                at(second),
                at(second),
                MAX,
            ));
        }
        let kept = repeats.taken.lock().unwrap().order.len();
        assert!(kept <= GIVEN_BACK + 2 * MAX + 1, "what is given back does not pile up: {kept}");
    }

    #[test]
    fn a_message_that_fails_again_and_again_pushes_nothing_out() {
        let repeats = Repeats::default();
        repeats.claim(request(1), exchange(1), at(0), at(600), MAX).unwrap().keep();
        for number in 2..10_000 {
            drop(repeats.claim(request(2), exchange(number), at(1), at(601), MAX));
        }
        assert_eq!(repeats.claim(request(1), exchange(0), at(2), at(602), MAX).err(), Some(exchange(1)));
        assert!(repeats.taken.lock().unwrap().order.len() <= GIVEN_BACK + 2 * MAX + 1, "nor does it pile up");
    }

    #[test]
    fn what_the_journal_recalls_is_a_repeat() {
        let repeats = Repeats::default();
        repeats.recall(request(1), exchange(1), at(600), MAX);
        assert_eq!(repeats.claim(request(1), exchange(2), at(5), at(605), MAX).err(), Some(exchange(1)));
    }
}
