//! Room on the disks of the journal: measured every minute, told in the log when it gets short, shown by `rsmev status`. Refusing
//! below the reserve is the journal's own business.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use journal::Reader;
use journal::disk::{Disk as _, RealDisk};
use journal::space::{Sample, forecast};
use serde::Serialize;

use crate::edge;

const MINUTE: Duration = Duration::from_secs(60);
/// Samples kept of a disk: six hours.
const SAMPLES: usize = 360;
/// A disk that will be full within so many hours makes a warning: two nights to bring another.
const WARN_HOURS: u64 = 48;
/// Within so many, an error: somebody has to get up.
const ERROR_HOURS: u64 = 6;

/// The disks that hold the journal's stores.
pub(crate) struct Disks {
    directory: PathBuf,
    reserve: u64,
    watched: Mutex<Vec<Watched>>,
}

/// One disk.
struct Watched {
    device: u64,
    path: PathBuf,
    stores: Vec<String>,
    samples: VecDeque<Sample>,
    alarm: Alarm,
}

/// A disk as `rsmev status` shows it.
#[derive(Debug, Serialize)]
pub(crate) struct DiskState {
    /// A directory on it.
    path: String,
    /// The stores on it.
    stores: Vec<String>,
    free_bytes: u64,
    /// Below this no exchange is accepted.
    reserve_bytes: u64,
    /// Whole hours until then, at the present rate; absent when the disk does not fill.
    hours_left: Option<u64>,
    measured: Timestamp,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Alarm {
    #[default]
    None,
    Soon,
    Near,
    Reached,
}

impl Alarm {
    fn of(free: u64, reserve: u64, hours_left: Option<u64>) -> Self {
        match hours_left {
            _ if free < reserve => Self::Reached,
            Some(hours) if hours < ERROR_HOURS => Self::Near,
            Some(hours) if hours < WARN_HOURS => Self::Soon,
            _ => Self::None,
        }
    }
}

impl Disks {
    pub(crate) fn new(directory: PathBuf, reserve: u64) -> Self {
        Self { directory, reserve, watched: Mutex::default() }
    }

    /// What was measured last.
    pub(crate) fn states(&self) -> Vec<DiskState> {
        self.lock().iter().filter_map(|disk| disk.state(self.reserve)).collect()
    }

    /// Measures every disk once and tells what has changed. Blocks.
    fn measure(&self, now: Timestamp) {
        let found = match disks_of(&self.directory) {
            Ok(found) => found,
            Err(error) => return tracing::warn!(%error, "the stores of the journal cannot be listed"),
        };
        let mut measured = Vec::new();
        for (device, path, stores) in found {
            match RealDisk.free(&path) {
                Ok(free) => measured.push((device, path, stores, free)),
                Err(error) => tracing::warn!(path = %path.display(), %error, "the room left on the disk is not known"),
            }
        }
        let mut watched = self.lock();
        watched.retain(|disk| measured.iter().any(|(device, ..)| *device == disk.device));
        for (device, path, stores, free) in measured {
            let sample = Sample { time: now, free };
            if let Some(disk) = watched.iter_mut().find(|disk| disk.device == device) {
                (disk.path, disk.stores) = (path, stores);
                disk.take(sample, self.reserve);
                continue;
            }
            let mut disk = Watched { device, path, stores, samples: VecDeque::new(), alarm: Alarm::None };
            disk.take(sample, self.reserve);
            watched.push(disk);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Watched>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    /// Takes in a sample and tells when things have become worse, or good again.
    fn take(&mut self, sample: Sample, reserve: u64) {
        self.samples.push_back(sample);
        if self.samples.len() > SAMPLES {
            self.samples.pop_front();
        }
        let hours = self.hours_left(reserve);
        let alarm = Alarm::of(sample.free, reserve, hours);
        if alarm != self.alarm {
            tell(alarm, &self.path, &self.stores.join(" "), sample.free, hours);
        }
        self.alarm = alarm;
    }

    fn hours_left(&mut self, reserve: u64) -> Option<u64> {
        whole_hours(forecast(self.samples.make_contiguous(), reserve))
    }

    fn state(&self, reserve: u64) -> Option<DiskState> {
        let last = self.samples.back()?;
        let samples: Vec<Sample> = self.samples.iter().copied().collect();
        Some(DiskState {
            path: self.path.display().to_string(),
            stores: self.stores.clone(),
            free_bytes: last.free,
            reserve_bytes: reserve,
            hours_left: whole_hours(forecast(&samples, reserve)),
            measured: last.time,
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a forecast is not negative, and saturates"
)]
fn whole_hours(hours: Option<f64>) -> Option<u64> {
    hours.map(|hours| hours as u64)
}

fn tell(alarm: Alarm, path: &Path, stores: &str, free: u64, hours_left: Option<u64>) {
    let path = path.display();
    match alarm {
        Alarm::Reached => {
            tracing::error!(%path, stores, free, "the disk is full: no exchange of its agencies is accepted any more");
        }
        Alarm::Near => tracing::error!(%path, stores, free, hours_left, "the disk will be full within hours"),
        Alarm::Soon => tracing::warn!(%path, stores, free, hours_left, "the disk will be full within days"),
        Alarm::None => tracing::info!(%path, stores, free, "the disk has room again"),
    }
}

/// The file systems that hold the journal's stores: device, a directory on it, the stores on it.
fn disks_of(directory: &Path) -> io::Result<Vec<(u64, PathBuf, Vec<String>)>> {
    let mut found: Vec<(u64, PathBuf, Vec<String>)> =
        vec![(fs::metadata(directory)?.dev(), directory.to_owned(), Vec::new())];
    for store in Reader::open(directory).and_then(|reader| reader.stores()).map_err(io::Error::other)? {
        // An agency's directory is what may be a disk of its own.
        let path = directory.join(store.agency());
        let device = fs::metadata(&path)?.dev();
        match found.iter_mut().find(|(known, ..)| *known == device) {
            Some((.., stores)) => stores.push(store.to_string()),
            None => found.push((device, path, vec![store.to_string()])),
        }
    }
    Ok(found)
}

/// Measures once, off the network threads.
pub(crate) async fn look(disks: &Arc<Disks>) {
    let disks = Arc::clone(disks);
    // A panic there has been reported by the panic hook.
    let _ = tokio::task::spawn_blocking(move || disks.measure(edge::now())).await;
}

/// Measures every minute while the process runs.
pub(crate) async fn watch(disks: Arc<Disks>) {
    let mut minutes = tokio::time::interval_at(tokio::time::Instant::now() + MINUTE, MINUTE);
    minutes.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        minutes.tick().await;
        look(&disks).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_comes_hours_before_the_disk_is_full() {
        let mut disk = Watched {
            device: 1,
            path: PathBuf::from("/var/lib/rsmev"),
            stores: Vec::new(),
            samples: VecDeque::new(),
            alarm: Alarm::None,
        };
        let mut changes = Vec::new();
        let start = edge::now();
        // 1 GiB an hour from 60 GiB and half a minute down, 10 GiB in reserve; then somebody makes room.
        for minute in 0..3010_u32 {
            let used = u64::from(minute) * (1 << 30) / 60;
            let free = if minute < 3005 { (60 << 30) + (8 << 20) - used } else { 500 << 30 };
            disk.take(Sample { time: start + jiff::SignedDuration::from_mins(minute.into()), free }, 10 << 30);
            if changes.last().is_none_or(|(_, alarm)| *alarm != disk.alarm) {
                changes.push((minute, disk.alarm));
            }
        }
        let expected = [
            (0, Alarm::None),
            (121, Alarm::Soon),  // 48 hours before
            (2641, Alarm::Near), // 6 hours before
            (3001, Alarm::Reached),
            (3005, Alarm::None),
        ];
        assert_eq!(changes, expected);
        assert_eq!(disk.samples.len(), SAMPLES);
    }

    #[test]
    fn the_stores_of_one_file_system_are_one_disk() {
        let directory = tempfile::tempdir().unwrap();
        for store in ["SOCZ", "ZAGS"] {
            fs::create_dir_all(directory.path().join(store).join("exchange")).unwrap();
        }
        let disks = Disks::new(directory.path().to_owned(), 0);
        disks.measure(edge::now());
        let states = disks.states();
        assert_eq!(states.len(), 1);
        assert_eq!(states[0].stores, ["SOCZ", "ZAGS"]);
        assert!(states[0].free_bytes > 0 && states[0].hours_left.is_none());
    }
}
