//! How much of the journal strangers may fill: refused messages of senders that nobody has proved, in octets an hour. What
//! comes beyond is refused like the rest, but counted only; the next one that is recorded tells how many there were.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// The time for which the allowance is given.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The allowance of one process.
#[derive(Debug, Default)]
pub(crate) struct Strangers {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    since: Option<Timestamp>,
    octets: usize,
    counted: u64,
}

impl Strangers {
    /// Takes so many octets; `Some` with the number of those only counted before, `None` when this one is only counted, too.
    pub(crate) fn take(&self, now: Timestamp, octets: usize, most: usize) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back begins a new hour, too.
        if state.since.is_none_or(|since| now.duration_since(since).abs() >= HOUR) {
            (state.since, state.octets) = (Some(now), 0);
        }
        let taken = state.octets.saturating_add(octets);
        if taken > most {
            if state.counted == 0 {
                tracing::warn!(
                    "strangers have used up their part of the journal for this hour: refusals are only counted"
                );
            }
            state.counted = state.counted.saturating_add(1);
            return None;
        }
        state.octets = taken;
        Some(std::mem::take(&mut state.counted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_allowance_they_are_counted_and_the_count_is_told_once() {
        let strangers = Strangers::default();
        let start: Timestamp = "2026-11-26T22:00:00Z".parse().unwrap();
        let take = |minute, octets| strangers.take(start + SignedDuration::from_mins(minute), octets, 100);
        assert_eq!((take(0, 60), take(1, 50), take(2, 50), take(3, 40)), (Some(0), None, None, Some(2)));
        assert_eq!((take(59, 1), take(60, 100), take(61, 1)), (None, Some(1), None));
        assert_eq!(take(-70, 10), Some(1), "the clock was set back");
    }
}
