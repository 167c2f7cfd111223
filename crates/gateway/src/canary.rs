//! Canary routes: how the exchanges over a route that is tried out end, and when it goes back for its faults.
//!
//! Counted is what the endpoint did: a consumer's mistakes and troubles of this node are no ends here. No clock and no disk:
//! what must outlive the process is handed to [`Returns`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Registry;
use domain::registry::Route;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ports::Returns;

/// The last so many ends are looked at: what happened long ago says nothing of the endpoint of today.
const WINDOW: usize = 100;
/// A share is of so many ends at least: of three exchanges one that failed is no verdict. Those that have not come yet count as
/// good, so that an endpoint where all fails goes back as soon as no later end could save it.
const LEAST: usize = 20;

/// A canary route that has gone back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// Its [`Route::canary_id`].
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// The ends that were looked at.
    pub ends: usize,
    /// Those of them that were the endpoint's faults.
    pub faults: usize,
}

/// How far the trial of a canary route is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CanaryStage {
    /// It takes its messages.
    Trying,
    /// It has gone back: the other route takes them.
    Returned,
}

/// What is known of a canary route, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CanaryState {
    /// Its [`Route::canary_id`].
    pub id: String,
    /// Where the route is written.
    pub place: String,
    /// Consumers that try it; empty: all.
    pub consumers: Vec<String>,
    /// Percent of the messages; absent: all of its consumers'.
    pub share: Option<u8>,
    /// Percent of faults at which it goes back; absent: never by itself.
    pub return_at: Option<u8>,
    /// Ends looked at, the last hundred at most.
    pub ends: usize,
    /// Those of them that were the endpoint's faults.
    pub faults: usize,
    /// How far the trial is.
    pub state: CanaryStage,
    /// When it went back.
    pub returned: Option<Timestamp>,
}

/// The route that a message took, when it is one that is tried out.
#[derive(Clone, Debug)]
pub(crate) struct Tried {
    pub(crate) id: String,
    pub(crate) return_at: Option<u8>,
    /// The answer is a fault of the provider's server.
    pub(crate) faulted: bool,
}

/// The counts of one process.
#[derive(Debug, Default)]
pub(crate) struct Canaries {
    known: Mutex<Known>,
    /// Held while it is kept: of two lists the later one stays.
    keeping: Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    tallies: BTreeMap<String, Tally>,
    returned: BTreeMap<String, Returned>,
    /// The keys of `returned`, as messages take them along.
    ids: Arc<BTreeSet<String>>,
}

/// The last ends of one canary, the oldest first: was it a fault?
#[derive(Debug, Default)]
struct Tally {
    ends: VecDeque<bool>,
    faults: usize,
}

impl Tally {
    fn note(&mut self, fault: bool) {
        if self.ends.len() == WINDOW && self.ends.pop_front() == Some(true) {
            self.faults = self.faults.saturating_sub(1);
        }
        self.ends.push_back(fault);
        self.faults = self.faults.saturating_add(usize::from(fault));
    }

    /// Have so many percent of the ends failed?
    fn reaches(&self, percent: u8) -> bool {
        let ends = self.ends.len().max(LEAST);
        self.faults.saturating_mul(100) >= ends.saturating_mul(usize::from(percent))
    }
}

impl Canaries {
    /// The canaries that have gone back, as a message takes them along from its beginning to its end.
    pub(crate) fn returned(&self) -> Arc<BTreeSet<String>> {
        Arc::clone(&self.lock().ids)
    }

    /// Hands over all that must outlive the process.
    pub(crate) fn keep(&self, returns: &dyn Returns) -> io::Result<()> {
        let _turn = self.keeping.lock().unwrap_or_else(PoisonError::into_inner);
        let kept: Vec<_> = self.lock().returned.values().cloned().collect();
        returns.keep(&kept)
    }

    /// Takes over what an earlier process kept.
    pub(crate) fn recall(&self, returned: Vec<Returned>) {
        let mut known = self.lock();
        known.returned.extend(returned.into_iter().map(|canary| (canary.id.clone(), canary)));
        known.set_ids();
    }

    /// Counts an end; what has gone back by it.
    pub(crate) fn count(&self, tried: &Tried, fault: bool, now: Timestamp) -> Option<Returned> {
        let mut known = self.lock();
        // Messages that were under way when it went back are no part of a later trial.
        if known.returned.contains_key(&tried.id) {
            return None;
        }
        let tally = known.tallies.entry(tried.id.clone()).or_default();
        tally.note(fault);
        if !tried.return_at.is_some_and(|percent| tally.reaches(percent)) {
            return None;
        }
        let returned = Returned { id: tried.id.clone(), at: now, ends: tally.ends.len(), faults: tally.faults };
        known.returned.insert(tried.id.clone(), returned.clone());
        known.set_ids();
        Some(returned)
    }

    /// Lets a canary be tried again, its counts at nothing; whether it had gone back.
    pub(crate) fn again(&self, id: &str) -> bool {
        let mut known = self.lock();
        known.tallies.remove(id);
        let had = known.returned.remove(id).is_some();
        known.set_ids();
        had
    }

    /// Forgets what the registry does not try out any more.
    pub(crate) fn retain(&self, registry: &Registry) {
        let tried: BTreeSet<String> =
            registry.routes().iter().filter(|route| route.is_canary()).map(Route::canary_id).collect();
        let mut known = self.lock();
        known.tallies.retain(|id, _| tried.contains(id));
        known.returned.retain(|id, _| tried.contains(id));
        known.set_ids();
    }

    /// Every canary of the registry, in file order.
    pub(crate) fn states(&self, registry: &Registry) -> Vec<CanaryState> {
        let known = self.lock();
        let state = |route: &Route| {
            let id = route.canary_id();
            // A route that never goes back by itself takes its messages whatever another one with its name has come to.
            let returned = known.returned.get(&id).filter(|_| route.return_at.is_some());
            let tally = known.tallies.get(&id);
            let (ends, faults) = match (returned, tally) {
                (Some(returned), _) => (returned.ends, returned.faults),
                (None, Some(tally)) => (tally.ends.len(), tally.faults),
                (None, None) => (0, 0),
            };
            CanaryState {
                place: route.place.to_string(),
                consumers: route.consumers.iter().map(ToString::to_string).collect(),
                share: route.share,
                return_at: route.return_at,
                ends,
                faults,
                state: if returned.is_some() { CanaryStage::Returned } else { CanaryStage::Trying },
                returned: returned.map(|returned| returned.at),
                id,
            }
        };
        registry.routes().iter().filter(|route| route.is_canary()).map(state).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn set_ids(&mut self) {
        self.ids = Arc::new(self.returned.keys().cloned().collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn tried(return_at: Option<u8>) -> Tried {
        Tried { id: "SID0000001 * http://127.0.0.1:1".to_owned(), return_at, faulted: false }
    }

    /// Ends until it goes back; `None` when it never does.
    fn ends_until_return(return_at: u8, ends: impl IntoIterator<Item = bool>) -> Option<usize> {
        let canaries = Canaries::default();
        let tried = tried(Some(return_at));
        ends.into_iter().position(|fault| canaries.count(&tried, fault, at(0)).is_some()).map(|at| at + 1)
    }

    #[test]
    fn a_canary_where_all_fails_goes_back_when_no_later_end_could_save_it() {
        assert_eq!(ends_until_return(20, [true; 200]), Some(4), "4 of 20");
        assert_eq!(ends_until_return(1, [true; 200]), Some(1));
        assert_eq!(ends_until_return(100, [true; 200]), Some(20));
        assert_eq!(ends_until_return(100, [false; 200]), None);
        let few = [false, true, false, false, true, true];
        assert_eq!(ends_until_return(20, few), None, "three of six are no verdict yet");
    }

    #[test]
    fn what_lies_behind_the_window_is_forgotten() {
        // 19 faults, then 100 good ends, then 19 faults again: never 20 in any hundred.
        let ends = [vec![false; 100], vec![true; 19], vec![false; 100], vec![true; 19]].concat();
        assert_eq!(ends_until_return(20, ends), None);
        let ends = [vec![false; 200], vec![true; 20]].concat();
        assert_eq!(ends_until_return(20, ends), Some(220), "good times of long ago do not hide a bad present");
    }

    /// Any sequence: it goes back at the first end at which the share of faults in the window, counted anew from the whole
    /// history, reaches the bound.
    #[test]
    fn any_history_goes_back_exactly_at_its_bound() {
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = |below: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % below
        };
        for _ in 0..2_000 {
            let return_at = u8::try_from(1 + next(100)).unwrap();
            let faulty = next(101);
            let history: Vec<bool> = (0..300).map(|_| next(100) < faulty).collect();
            let expected = (1..=history.len()).find(|count| {
                let window = &history[count.saturating_sub(100)..*count];
                let bad = window.iter().filter(|fault| **fault).count();
                bad * 100 >= usize::from(return_at) * window.len().max(20)
            });
            assert_eq!(ends_until_return(return_at, history.iter().copied()), expected, "{return_at} {history:?}");
        }
    }

    #[test]
    fn it_stays_back_until_it_is_told_to_try_again_and_then_begins_at_nothing() {
        let canaries = Canaries::default();
        let tried = tried(Some(100));
        let returned = (0..20).find_map(|second| canaries.count(&tried, true, at(second))).unwrap();
        assert_eq!((returned.ends, returned.faults, returned.at), (20, 20, at(19)));
        assert!(canaries.returned().contains(&tried.id));
        assert_eq!(canaries.count(&tried, false, at(30)), None, "those still under way change nothing");

        let later = Canaries::default();
        let paper = Paper::default();
        canaries.keep(&paper).unwrap();
        later.recall(paper.0.into_inner().unwrap());
        assert!(later.returned().contains(&tried.id), "the next process knows it");
        assert!(later.again(&tried.id) && !later.again(&tried.id));
        assert!(later.returned().is_empty());
        assert!(
            (0..19).all(|second| later.count(&tried, true, at(second)).is_none()),
            "nothing is left of the first trial"
        );
    }

    #[derive(Default)]
    struct Paper(Mutex<Vec<Returned>>);

    impl Returns for Paper {
        fn keep(&self, returned: &[Returned]) -> io::Result<()> {
            *self.0.lock().unwrap() = returned.to_vec();
            Ok(())
        }
    }

    #[test]
    fn without_a_bound_it_never_goes_back() {
        let canaries = Canaries::default();
        assert!((0..500).all(|second| canaries.count(&tried(None), true, at(second)).is_none()));
    }
}
