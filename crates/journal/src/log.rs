//! The log of one month, open for writing: finds where it ends, continues it, commits groups of records.
//!
//! No octet that may be evidence is ever overwritten or removed: after damage, a torn end or a failed `fdatasync` the log goes
//! on in the next segment, whose head says how far the one before it counts.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, SegmentFile};
use crate::index::Checkpoint;
use crate::journal::OWNER_ONLY;
use crate::layout::{Content, Link, SEGMENT_BYTES_MAX, SEGMENT_HEAD, Salt, SegmentHead, write_dictionary};
use crate::pack::{Dictionary, Packed};
use crate::place::{MARK, MARKED, Place, store_directory};
use crate::scan::{Depth, SegmentScan, Step};
use crate::walk::Position;
use crate::{Damage, Digest, Error, RecordId, Stored};

/// The segment that takes records.
#[derive(Debug)]
struct Open {
    file: Box<dyn SegmentFile>,
    path: PathBuf,
    salt: Salt,
    /// The dictionary used last in this segment, and where it lies.
    dictionary: Option<(u32, Digest)>,
}

/// Where the chain stands.
#[derive(Clone, Copy, Debug)]
struct Chain {
    /// Number of the next frame.
    next: u64,
    /// Digest of the frame before it.
    previous: Digest,
}

impl Chain {
    fn link(&self, salt: Salt) -> Link {
        Link { salt, sequence: self.next, previous: self.previous }
    }

    fn take(&mut self, digest: Digest) {
        *self = Self { next: self.next.saturating_add(1), previous: digest };
    }
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
    chain: Chain,
    buffer: Vec<u8>,
    buffer_bytes: usize,
}

/// A group that is on disk and may be counted, or not.
#[derive(Debug)]
pub(crate) struct Written {
    stored: Vec<Stored>,
    chain: Chain,
    dictionary: Option<(u32, Digest)>,
    octets: u64,
}

/// The end of a segment, as found.
struct Tail {
    end: u64,
    length: u64,
    salt: Option<Salt>,
    chain: Option<Chain>,
    /// The first damaged place behind which no later group stands: so far it may be the torn last group.
    torn: Option<(u64, Damage)>,
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
            segment_bytes: segment_bytes.min(SEGMENT_BYTES_MAX),
            open: None,
            last: None,
            chain: Chain { next: 0, previous: Digest::default() },
            buffer: Vec::new(),
            buffer_bytes,
        };
        let segments = place.segments()?;
        let mut last = None;
        for number in segments.into_iter().rev() {
            let tail = tail(place, number, checkpoint)?;
            let chain = tail.chain;
            last.get_or_insert((number, tail));
            if let Some(chain) = chain {
                log.chain = chain;
                break;
            }
        }
        let beyond = checkpoint.filter(|checkpoint| checkpoint.sequence >= log.chain.next);
        if let Some((number, tail)) = last {
            // What a killed process left in memory only must be on disk before anything builds on it.
            let path = place.segment(number);
            log.disk.settle(&path).map_err(Error::io("sync", &path))?;
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
                store = %place.store, month = %place.month, expected = beyond.sequence, found = log.chain.next,
                "the log ends before records that were acknowledged; the gap will show in every audit"
            );
            log.chain = Chain { next: beyond.sequence.saturating_add(1), previous: beyond.digest };
            log.last = log.last.max(Some(beyond.position));
        }
        if log.open.is_none() {
            log.roll()?;
        }
        Ok(log)
    }

    /// The dictionary that this month used last, read from the log itself; records that are compressed with it need no
    /// other copy as long as its segment goes on.
    pub(crate) fn dictionary(&mut self) -> Option<Arc<Dictionary>> {
        let (segment, at) = self.place.noted_dictionary()?;
        let file = self.place.segment(segment);
        let mut scan = SegmentScan::open(file, &self.place.store, self.place.month, Depth::Headers).ok()?;
        if let Some(last) = self.last.filter(|last| last.segment == segment) {
            scan.limit(last.offset);
        }
        let dictionary = scan.dictionary(at).ok()??;
        if let (Some(open), Some(last)) = (&mut self.open, self.last)
            && last.segment == segment
        {
            open.dictionary = Some((at, dictionary.digest()));
        }
        Some(dictionary)
    }

    /// Up to here everything is durable.
    pub(crate) fn position(&self) -> Position {
        self.last.unwrap_or_default()
    }

    /// Writes the records as one group under one `fdatasync`. After an error none of them counts; otherwise
    /// [`Log::count`] or [`Log::take_back`] comes next.
    pub(crate) fn commit(&mut self, records: &[(&Content, &Packed)]) -> Result<Written, Error> {
        if self.open.is_some() && self.position().offset >= self.segment_bytes {
            self.open = None;
        }
        if self.open.is_none() {
            self.roll()?;
        }
        let (Some(open), Some(last)) = (&mut self.open, &mut self.last) else {
            return Ok(Written { stored: Vec::new(), chain: self.chain, dictionary: None, octets: 0 });
        };
        self.buffer.clear();
        let (mut chain, mut dictionary) = (self.chain, open.dictionary);
        let mut stored = Vec::with_capacity(records.len());
        for (content, packed) in records {
            let needed = packed.dictionary.as_deref();
            if let Some(needed) = needed
                && dictionary.is_none_or(|(_, digest)| digest != needed.digest())
            {
                let at = last.offset.saturating_add(self.buffer.len() as u64);
                chain.take(write_dictionary(&mut self.buffer, needed, &chain.link(open.salt)));
                // A group begins before SEGMENT_BYTES_MAX and is much smaller than what is left of 32 bits.
                dictionary = Some((u32::try_from(at).unwrap_or(u32::MAX), needed.digest()));
            }
            let at = needed.and(dictionary).map(|(at, _)| at);
            let record = RecordId { store: self.place.store.clone(), month: self.place.month, sequence: chain.next };
            let digest = content.write(&mut self.buffer, packed, at, &chain.link(open.salt));
            stored.push(Stored { record, digest });
            chain.take(digest);
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
        self.buffer.clear();
        self.buffer.shrink_to(self.buffer_bytes);
        Ok(Written { stored, chain, dictionary, octets })
    }

    /// The group counts: the next one continues it.
    pub(crate) fn count(&mut self, written: Written) -> Vec<Stored> {
        if let Some(last) = &mut self.last {
            last.offset = last.offset.saturating_add(written.octets);
        }
        self.chain = written.chain;
        if let (Some(open), Some(last)) = (&mut self.open, self.last)
            && open.dictionary != written.dictionary
        {
            open.dictionary = written.dictionary;
            self.place.note_dictionary(last.segment, written.dictionary.map_or(0, |(at, _)| at));
        }
        written.stored
    }

    /// The group must not count, although it is on disk: somebody who waits for it has given up and told so.
    pub(crate) fn take_back(&mut self) {
        self.leave_segment();
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
            first_sequence: self.chain.next,
            previous_end: self.last.map_or(0, |last| last.offset),
            previous: self.chain.previous,
            salt: self.disk.salt(),
        };
        let path = self.place.segment(number);
        let octets = head.encode(&self.place.store, self.place.month);
        let file = self.disk.create(&path, &octets).map_err(Error::io("make", &path))?;
        self.open = Some(Open { file, path, salt: head.salt, dictionary: None });
        self.last = Some(Position { segment: number, offset: SEGMENT_HEAD as u64 });
        Ok(())
    }

    /// Goes on in a segment that ends properly.
    fn resume(&self, number: u32, salt: Salt) -> Option<Open> {
        let path = self.place.segment(number);
        match self.disk.open(&path) {
            Ok(file) => Some(Open { file, path, salt, dictionary: None }),
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
    let mut tail = Tail { end: SEGMENT_HEAD as u64, length: scan.end(), salt: None, chain: None, torn: None };
    match head {
        None => tracing::error!(file = %scan.path().display(), "the head of the segment is damaged"),
        Some(head) => {
            tail.salt = Some(head.salt);
            tail.chain = Some(Chain { next: head.first_sequence, previous: head.previous });
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
    let known = checkpoint.map_or_else(Position::default, |checkpoint| checkpoint.position);
    loop {
        match scan.step()? {
            Step::Record(found) => {
                // A group is begun when the one before it is durable: damage before the beginning of this one is no torn end.
                let group = found.offset.saturating_sub(u64::from(found.head.into_group));
                if tail.torn.as_ref().is_none_or(|(torn, _)| *torn < group) {
                    if let Some((offset, damage)) = tail.torn.take() {
                        tracing::error!(file = %scan.path().display(), offset, %damage, "the segment is damaged");
                    }
                    tail.take(found.next, found.head.sequence, found.digest);
                }
            }
            Step::Damaged { offset, damage, .. } => {
                if (Position { segment: number, offset }) >= known {
                    tail.torn.get_or_insert((offset, damage));
                } else {
                    tracing::error!(file = %scan.path().display(), offset, %damage, "the segment is damaged");
                }
            }
            Step::End(_) => return Ok(tail),
        }
    }
}

impl Tail {
    fn take(&mut self, end: u64, sequence: u64, digest: Digest) {
        self.end = end;
        self.chain = Some(Chain { next: sequence.saturating_add(1), previous: digest });
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

/// Makes the directories of a month, down from the journal's. What is made inside of an agency's directory is open to the group
/// as far as that is: who may read an agency's evidence says the directory that the operator made.
pub(crate) fn make_directories(disk: &dyn Disk, journal: &Path, place: &Place) -> Result<(), Error> {
    let agency = journal.join(place.store.agency());
    // A place elsewhere that has lost its mark is not what was linked: evidence written there would be hidden when it comes back.
    if journal.join(format!("{}.{MARKED}", place.store.agency())).exists() && !agency.join(MARK).exists() {
        let missing = io::Error::new(io::ErrorKind::NotFound, "its mark is not there; is the disk mounted?");
        return Err(Error::io("use", &agency)(missing));
    }
    disk.make_directory(&agency, OWNER_ONLY).map_err(Error::io("make", &agency))?;
    let found = fs::metadata(&agency).map_err(Error::io("look at", &agency))?;
    let mode = OWNER_ONLY | (found.mode() & 0o070);
    for directory in [&store_directory(journal, &place.store), &place.directory] {
        disk.make_directory(directory, mode).map_err(Error::io("make", directory))?;
    }
    Ok(())
}
