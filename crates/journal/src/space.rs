//! Room on the disk: below a reserve a store takes no new exchanges, so that those under way can still end on record; and a
//! forecast of when that will be. Measuring and alarms are others' business.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::disk::Disk;
use crate::place::Place;
use crate::{Error, Kind, StoreName};

/// The room is measured anew after this time, after [`SHARE`] of the reserve was written, and always while it is short.
const MEASURE: Duration = Duration::from_secs(1);
/// Which part of the reserve may be written between two measurements.
const SHARE: u64 = 16;
/// Refused messages are recorded down to this part of the reserve: the last octets belong to the ends of exchanges.
const REFUSED_SHARE: u64 = 4;

/// The reserve of one store's disk, as its committer watches it.
#[derive(Debug)]
pub(crate) struct Reserve {
    disk: Arc<dyn Disk>,
    store: StoreName,
    directory: PathBuf,
    bytes: u64,
    measured: Option<Instant>,
    /// Octets free when measured last, less what was written since.
    free: u64,
    written: u64,
}

impl Reserve {
    pub(crate) fn new(disk: Arc<dyn Disk>, place: &Place, bytes: u64) -> Self {
        let (store, directory) = (place.store.clone(), place.directory.clone());
        Self { disk, store, directory, bytes, measured: None, free: 0, written: 0 }
    }

    /// Measures the room if what is known of it is old. A disk that cannot tell is not held to be full.
    pub(crate) fn look(&mut self) {
        let fresh = self.measured.is_some_and(|measured| measured.elapsed() < MEASURE);
        if fresh && self.written <= self.bytes / SHARE && self.free >= self.bytes {
            return;
        }
        (self.measured, self.written) = (Some(Instant::now()), 0);
        self.free = self.disk.free(&self.directory).unwrap_or_else(|error| {
            tracing::warn!(store = %self.store, %error, "the room left on the disk is not known");
            u64::MAX
        });
    }

    /// Whether a record of this kind and size may still be written: an end always, as long as the disk takes it.
    pub(crate) fn admit(&mut self, kind: Kind, octets: u64) -> Result<(), Error> {
        let reserve = match kind {
            Kind::Accepted => self.bytes,
            Kind::Refused | Kind::Audited => self.bytes / REFUSED_SHARE,
            Kind::Answered | Kind::Failed => 0,
        };
        if reserve > 0 && self.free.saturating_sub(octets) < reserve {
            return Err(Error::LowSpace { store: self.store.clone(), free: self.free, reserve });
        }
        self.free = self.free.saturating_sub(octets);
        self.written = self.written.saturating_add(octets);
        Ok(())
    }
}

/// Free octets of a disk at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When.
    pub time: Timestamp,
    /// Octets free.
    pub free: u64,
}

/// Samples older than this before the last one do not count.
const WINDOW_SECONDS: i64 = 6 * 3600;
/// A rate is believed when it was seen for so long, in seconds.
const SEEN_SECONDS: i64 = 600;

/// Hours until the disk has no more than `reserve` octets free, if it goes on filling as fast as in the last hour or in the last
/// six, whichever is faster; `None` when it does not fill, or was not watched for ten minutes since it was last emptied.
/// `samples` are in the order of time.
pub fn forecast(samples: &[Sample], reserve: u64) -> Option<f64> {
    let last = samples.last()?;
    let left = last.free.saturating_sub(reserve);
    if left == 0 {
        return Some(0.0);
    }
    let rate = |window: i64| {
        let recent = samples.iter().filter(|sample| (0..=window).contains(&seconds(sample.time, last.time)));
        // From the emptiest moment on: room that somebody made before must not hide how fast the disk fills.
        let start = recent.max_by_key(|sample| (sample.free, sample.time))?;
        let span = seconds(start.time, last.time);
        let used = start.free.saturating_sub(last.free);
        (span >= SEEN_SECONDS && used > 0).then(|| approximately(used) / approximately(span.unsigned_abs()))
    };
    let fastest = [rate(3600), rate(WINDOW_SECONDS)].into_iter().flatten().fold(0.0, f64::max);
    (fastest > 0.0).then(|| approximately(left) / fastest / 3600.0)
}

fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs()
}

#[expect(clippy::cast_precision_loss, reason = "a forecast needs no more than three digits")]
fn approximately(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    /// One sample a minute: free octets as a function of the minute.
    fn watched(minutes: i64, free: impl Fn(u64) -> u64) -> Vec<Sample> {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let at = |minute: i64| start + jiff::SignedDuration::from_mins(minute);
        (0..minutes).map(|minute| Sample { time: at(minute), free: free(minute.unsigned_abs()) }).collect()
    }

    fn hours(samples: &[Sample], reserve: u64) -> Option<i64> {
        #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
        forecast(samples, reserve).map(|hours| hours.round() as i64)
    }

    #[test]
    fn a_disk_that_fills_is_foretold_by_its_rate() {
        // 1 GiB an hour, 100 GiB at the beginning, 10 of them in reserve, watched for four hours.
        let steady = watched(241, |minute| 100 * GIB - minute * GIB / 60);
        assert_eq!(hours(&steady, 10 * GIB), Some(86));
        // Ten times as fast in the last hour: the last hour decides.
        let faster = watched(241, |minute| 100 * GIB - minute * GIB / 60 - minute.saturating_sub(181) * 9 * GIB / 60);
        assert_eq!(hours(&faster, 10 * GIB), Some(8));
        // Somebody made room two hours ago: what was used since then counts.
        let emptied = watched(241, |minute| 100 * GIB - minute * GIB / 60 + if minute > 120 { 50 * GIB } else { 0 });
        assert_eq!(hours(&emptied, 10 * GIB), Some(136));
        assert_eq!(hours(&steady, 97 * GIB), Some(0), "the reserve is reached");
    }

    #[test]
    fn a_disk_that_does_not_fill_has_no_end_foretold() {
        assert_eq!(hours(&[], 0), None);
        assert_eq!(hours(&watched(240, |_| GIB), 0), None, "nothing is written");
        assert_eq!(hours(&watched(240, |minute| GIB + minute), 0), None, "it empties");
        assert_eq!(hours(&watched(9, |minute| GIB - minute * 1000), 0), None, "too short a time to tell");
        // Days ago it filled.
        assert_eq!(hours(&watched(1440, |minute| 2 * GIB - minute.min(600) * 1000), 0), None);
    }
}
