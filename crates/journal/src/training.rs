//! Makes the dictionary of a month out of its first messages, behind the back of those who write.
//!
//! Every month of a store has a dictionary of its own, for a dictionary consists of pieces of messages: what is in it goes when the
//! month goes. Until there is one, records are compressed without.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::follow::{lock, stand_back};
use crate::pack::{self, Dictionary};
use crate::place::Place;
use crate::scan::Depth;
use crate::walk::{Met, Position, Walk};

/// Octets and records to learn from at most, and octets taken of one message.
const SAMPLE_BYTES: usize = 6 << 20;
const SAMPLES: usize = 4000;
const ONE_SAMPLE_BYTES: usize = 32 << 10;
/// Fewer octets teach nothing.
const LEAST_BYTES: usize = 64 << 10;
/// Size of a dictionary: at most this, and at most a tenth of what it was made of.
const DICTIONARY_BYTES: usize = 110 << 10;

/// One at a time in a process: it takes a processor for a second or two.
static BUSY: Mutex<()> = Mutex::new(());

/// What the records of a month are compressed with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Training {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    dictionary: Option<Arc<Dictionary>>,
    /// One has been looked for: the same messages would give the same again.
    tried: bool,
}

impl Training {
    /// Goes on with the dictionary that the month has.
    pub(crate) fn resume(&self, dictionary: Option<Arc<Dictionary>>) {
        let mut state = lock(&self.state);
        state.tried = dictionary.is_some();
        state.dictionary = dictionary;
    }

    /// The dictionary, once there is one.
    pub(crate) fn dictionary(&self) -> Option<Arc<Dictionary>> {
        lock(&self.state).dictionary.clone()
    }

    /// Begins to make one when the log, durable up to `end`, has come to so many octets and nobody else is at it.
    pub(crate) fn consider(&self, place: &Place, end: Position, octets: u64) {
        let enough = end.segment > 0 || end.offset >= octets;
        if !enough || lock(&self.state).tried || BUSY.try_lock().is_err() {
            return;
        }
        lock(&self.state).tried = true;
        let (state, own) = (Arc::clone(&self.state), place.clone());
        let learn = move || {
            stand_back();
            let _busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
            let dictionary = learn(&own, end).map(Arc::new);
            tracing::debug!(store = %own.store, month = %own.month, ?dictionary, "a dictionary was looked for");
            lock(&state).dictionary = dictionary;
        };
        if let Err(error) = thread::Builder::new().name(format!("learn-{}", place.store)).spawn(learn) {
            tracing::warn!(store = %place.store, %error, "no thread to make a dictionary; records are compressed without");
        }
    }
}

fn learn(place: &Place, end: Position) -> Option<Dictionary> {
    let mut walk = Walk::between(place.clone(), Depth::Headers, Position::default(), Some(end)).ok()?;
    let (mut samples, mut sizes) = (Vec::new(), Vec::new());
    while let Some(met) = walk.step() {
        let Met::Record(found) = met else { continue };
        let bodies = walk.bodies(&found).unwrap_or_default();
        let sizes_of_bodies = walk.entry(&found).map(|entry| entry.bodies).unwrap_or_default();
        // Bodies are compressed one by one, so they are learnt from one by one.
        let mut rest = bodies.as_slice();
        let mut take = |octets: &[u8]| {
            let sample = octets.get(..ONE_SAMPLE_BYTES).unwrap_or(octets);
            if !sample.is_empty() {
                samples.extend_from_slice(sample);
                sizes.push(sample.len());
            }
        };
        for body in sizes_of_bodies {
            let length = usize::try_from(body.bytes).unwrap_or(usize::MAX).min(rest.len());
            let (body, behind) = rest.split_at(length);
            take(body);
            rest = behind;
        }
        take(&found.json);
        if samples.len() >= SAMPLE_BYTES || sizes.len() >= SAMPLES {
            break;
        }
    }
    if samples.len() < LEAST_BYTES {
        return None;
    }
    pack::train(&samples, &sizes, DICTIONARY_BYTES.min(samples.len() / 10))
}
