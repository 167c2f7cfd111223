//! The log of one month, open for writing: finds where it ends, continues it, commits groups of records.
//!
//! No octet that may be evidence is ever overwritten or removed: after damage, a torn end or a failed `fdatasync` the log goes
//! on in the next segment, whose head says how far the one before it counts.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, SegmentFile};
use crate::index::Checkpoint;
use crate::layout::{Content, SEGMENT_HEAD, Salt, SegmentHead};
use crate::place::{Place, store_directory};
use crate::scan::{Depth, SegmentScan, Step};
use crate::walk::Position;
use crate::{Digest, Error, RecordId, Stored};

/// The segment that takes records.
#[derive(Debug)]
struct Open {
    file: Box<dyn SegmentFile>,
    path: PathBuf,
    salt: Salt,
}

/// Where the chain stands.
#[derive(Clone, Copy, Debug)]
struct Link {
    /// Number of the next record.
    next: u64,
    /// Digest of the record before it.
    previous: Digest,
}

#[derive(Debug)]
pub(crate) struct Log {
    place: Place,
    disk: Arc<dyn Disk>,
    segment_bytes: u64,
    /// `None` until a segment could be made.
    open: Option<Open>,
    /// The last segment and where it ends; `None` when the month is empty.
    last: Option<Position>,
    link: Link,
    buffer: Vec<u8>,
    buffer_bytes: usize,
}

/// The end of a segment, as found.
struct Tail {
    end: u64,
    length: u64,
    salt: Option<Salt>,
    link: Option<Link>,
}

impl Log {
    /// Finds the end of the month's log and makes it ready for records.
    ///
    /// `checkpoint` is what the index remembers: a log that ends before it has lost records, so numbering goes on behind it and
    /// every later reading shows the gap.
    pub(crate) fn open(
        place: &Place,
        disk: Arc<dyn Disk>,
        segment_bytes: u64,
        buffer_bytes: usize,
        checkpoint: Option<&Checkpoint>,
    ) -> Result<Self, Error> {
        let mut log = Self {
            place: place.clone(),
            disk,
            segment_bytes,
            open: None,
            last: None,
            link: Link { next: 0, previous: Digest::default() },
            buffer: Vec::new(),
            buffer_bytes,
        };
        let segments = place.segments()?;
        let mut last = None;
        for number in segments.into_iter().rev() {
            let tail = tail(place, number, checkpoint)?;
            let link = tail.link;
            last.get_or_insert((number, tail));
            if let Some(link) = link {
                log.link = link;
                break;
            }
        }
        let beyond = checkpoint.filter(|checkpoint| checkpoint.sequence >= log.link.next);
        if let Some((number, tail)) = last {
            log.last = Some(Position { segment: number, offset: tail.end });
            if beyond.is_none() && tail.end == tail.length && tail.end < segment_bytes {
                log.open = tail.salt.and_then(|salt| log.resume(number, salt));
            } else if tail.end < tail.length {
                let (end, octets) = (tail.end, tail.length.saturating_sub(tail.end));
                tracing::warn!(store = %place.store, month = %place.month, segment = number, end, octets, "the segment has a torn end");
            }
        }
        if let Some(beyond) = beyond {
            tracing::error!(
                store = %place.store, month = %place.month, expected = beyond.sequence, found = log.link.next,
                "the log ends before records that were acknowledged; the gap will show in every audit"
            );
            log.link = Link { next: beyond.sequence.saturating_add(1), previous: beyond.digest };
            log.last = log.last.max(Some(beyond.position));
        }
        if log.open.is_none() {
            log.roll()?;
        }
        Ok(log)
    }

    /// Up to here everything is durable.
    pub(crate) fn position(&self) -> Position {
        self.last.unwrap_or_default()
    }

    /// Writes the records as one group under one `fdatasync`. After an error none of them counts.
    pub(crate) fn commit(&mut self, contents: &[&Content]) -> Result<Vec<Stored>, Error> {
        if self.open.is_some() && self.position().offset >= self.segment_bytes {
            self.open = None;
        }
        if self.open.is_none() {
            self.roll()?;
        }
        let (Some(open), Some(last)) = (&mut self.open, &mut self.last) else {
            return Ok(Vec::new());
        };
        self.buffer.clear();
        let mut link = self.link;
        let mut stored = Vec::with_capacity(contents.len());
        for content in contents {
            let digest = content.write(&mut self.buffer, open.salt, link.next, link.previous);
            let record = RecordId { store: self.place.store.clone(), month: self.place.month, sequence: link.next };
            stored.push(Stored { record, digest });
            link = Link { next: link.next.saturating_add(1), previous: digest };
        }
        let octets = self.buffer.len() as u64;
        if let Err(error) = open.file.write(&self.buffer, last.offset) {
            let usable = is_full(&error) && open.file.cut(last.offset).is_ok();
            let error = Error::io("write", &open.path)(error);
            // A full disk leaves the file as it was; with the half-written group cut off the segment can go on.
            if !usable {
                self.leave_segment();
            }
            return Err(error);
        }
        if let Err(error) = open.file.sync() {
            let error = Error::io("sync", &open.path)(error);
            self.leave_segment();
            return Err(error);
        }
        last.offset = last.offset.saturating_add(octets);
        self.link = link;
        self.buffer.clear();
        self.buffer.shrink_to(self.buffer_bytes);
        Ok(stored)
    }

    /// What is on disk behind the last group is unknown: the next segment's head says that it does not count.
    fn leave_segment(&mut self) {
        let Some(mut open) = self.open.take() else { return };
        if let Some(last) = self.last {
            // So that a crash before the next segment exists leaves nothing that looks like a record.
            let _ = open.file.cut(last.offset).and_then(|()| open.file.sync());
        }
        tracing::error!(store = %self.place.store, file = %open.path.display(), "the segment is left after a disk error");
        if let Err(error) = self.roll() {
            tracing::error!(store = %self.place.store, %error, "no next segment; the next record tries again");
        }
    }

    /// Begins the next segment.
    fn roll(&mut self) -> Result<(), Error> {
        let number = self.last.map_or(0, |last| last.segment.saturating_add(1));
        let head = SegmentHead {
            number,
            first_sequence: self.link.next,
            previous_end: self.last.map_or(0, |last| last.offset),
            previous: self.link.previous,
            salt: self.disk.salt(),
        };
        let path = self.place.segment(number);
        let octets = head.encode(&self.place.store, self.place.month);
        let file = self.disk.create(&path, &octets).map_err(Error::io("make", &path))?;
        self.open = Some(Open { file, path, salt: head.salt });
        self.last = Some(Position { segment: number, offset: SEGMENT_HEAD as u64 });
        Ok(())
    }

    /// Goes on in a segment that ends properly. What a killed process left in the page cache becomes durable first.
    fn resume(&self, number: u32, salt: Salt) -> Option<Open> {
        let path = self.place.segment(number);
        let resumed = self.disk.open(&path).and_then(|mut file| file.sync().map(|()| file));
        match resumed {
            Ok(file) => Some(Open { file, path, salt }),
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "the segment cannot be continued");
                None
            }
        }
    }
}

/// Reads a segment to its end, from the checkpoint on when the log agrees with it.
fn tail(place: &Place, number: u32, checkpoint: Option<&Checkpoint>) -> Result<Tail, Error> {
    let mut scan = SegmentScan::open(place.segment(number), &place.store, place.month, Depth::Whole)?;
    let head = scan.head().cloned().filter(|head| head.number == number);
    let mut tail = Tail { end: SEGMENT_HEAD as u64, length: scan.end(), salt: None, link: None };
    match head {
        None => tracing::error!(file = %scan.path().display(), "the head of the segment is damaged"),
        Some(head) => {
            tail.salt = Some(head.salt);
            tail.link = Some(Link { next: head.first_sequence, previous: head.previous });
        }
    }
    if let Some(checkpoint) = checkpoint.filter(|checkpoint| checkpoint.position.segment == number) {
        scan.seek(checkpoint.last);
        if let Ok(Step::Record(found)) = scan.step()
            && found.digest == checkpoint.digest
        {
            tail.take(found.next, found.head.sequence, found.digest);
        } else {
            scan.seek(SEGMENT_HEAD as u64);
        }
    }
    loop {
        match scan.step()? {
            Step::Record(found) => tail.take(found.next, found.head.sequence, found.digest),
            Step::Damaged { offset, damage, .. } => {
                tracing::error!(file = %scan.path().display(), offset, %damage, "the segment is damaged");
            }
            Step::End(_) => return Ok(tail),
        }
    }
}

impl Tail {
    fn take(&mut self, end: u64, sequence: u64, digest: Digest) {
        self.end = end;
        self.link = Some(Link { next: sequence.saturating_add(1), previous: digest });
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

/// Makes the directories of a month, down from the journal's.
pub(crate) fn make_directories(disk: &dyn Disk, journal: &Path, place: &Place) -> Result<(), Error> {
    let store = store_directory(journal, &place.store);
    for directory in [&journal.join(place.store.agency()), &store, &place.directory] {
        disk.make_directory(directory).map_err(Error::io("make", directory))?;
    }
    Ok(())
}
