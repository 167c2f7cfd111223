//! One segment read front to back, whatever it has been through: good records, damaged places, and the end.
//! What follows from damage (report, new segment, refusal) is for the callers to decide.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::layout::{
    Frame, HEADER_BYTES_MAX, Head, RECORD_BYTES_MAX, RECORD_HEAD, RECORD_MAGIC, RecordHead, SEGMENT_HEAD, Salt,
    SegmentHead,
};
use crate::pack::{self, Dictionary};
use crate::{Damage, Digest, Error, Month, StoreName};

/// Octets read at once when only heads and headers matter: nearly every header fits.
const HEADERS_WINDOW: usize = 4 << 10;
/// Octets read at once when every octet matters.
const WHOLE_WINDOW: usize = 256 << 10;

/// How much of a record is read and checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Head and JSON header.
    Headers,
    /// Every octet.
    Whole,
}

/// Most octets of a dictionary.
const DICTIONARY_BYTES_MAX: u64 = 1 << 20;

/// A good record, or a good dictionary.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) offset: u64,
    /// Offset behind it.
    pub(crate) next: u64,
    pub(crate) head: RecordHead,
    pub(crate) digest: Digest,
    /// The JSON header before compression.
    pub(crate) json: Vec<u8>,
}

impl Found {
    /// Where its bodies begin.
    fn bodies_at(&self) -> u64 {
        self.next.saturating_sub(self.head.bodies_bytes)
    }
}

/// What comes next in a segment.
#[derive(Debug)]
pub(crate) enum Step {
    Record(Found),
    Damaged {
        offset: u64,
        damage: Damage,
        /// Number and digest of the damaged record, when at least its head is good: the chain goes on through it.
        link: Option<(u64, Digest)>,
    },
    /// Nothing readable from this offset on.
    End(u64),
}

/// A segment being read.
#[derive(Debug)]
pub(crate) struct SegmentScan {
    file: File,
    path: PathBuf,
    head: Option<SegmentHead>,
    salt: Option<Salt>,
    at: u64,
    end: u64,
    depth: Depth,
    window: Vec<u8>,
    window_at: u64,
    /// The dictionary needed last, and where it lies.
    dictionary: Option<(u32, Arc<Dictionary>)>,
}

impl SegmentScan {
    pub(crate) fn open(path: PathBuf, store: &StoreName, month: Month, depth: Depth) -> Result<Self, Error> {
        let file = File::open(&path).map_err(Error::io("open", &path))?;
        let end = file.metadata().map_err(Error::io("measure", &path))?.len();
        let mut scan = Self {
            file,
            path,
            head: None,
            salt: None,
            at: 0,
            end,
            depth,
            window: Vec::new(),
            window_at: 0,
            dictionary: None,
        };
        scan.head = SegmentHead::decode(scan.octets(0, SEGMENT_HEAD)?, store, month);
        scan.salt = scan.head.as_ref().map(|head| head.salt);
        scan.at = SEGMENT_HEAD as u64;
        Ok(scan)
    }

    /// `None` when the head is damaged or the file belongs to another store or month.
    pub(crate) fn head(&self) -> Option<&SegmentHead> {
        self.head.as_ref()
    }

    /// Length of the file when it was opened, or the limit set since.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads no further than `end`.
    pub(crate) fn limit(&mut self, end: u64) {
        self.end = self.end.min(end);
    }

    /// Goes on at `offset`, where a record begins or the segment ends.
    pub(crate) fn seek(&mut self, offset: u64) {
        self.at = offset.max(SEGMENT_HEAD as u64);
    }

    pub(crate) fn step(&mut self) -> Result<Step, Error> {
        let offset = self.at;
        let Some((head, digest)) = self.head_at(offset)? else {
            let Some(next) = self.search(offset)? else {
                return Ok(Step::End(offset));
            };
            self.at = next;
            let damage = Damage::Unreadable { bytes: next.saturating_sub(offset) };
            return Ok(Step::Damaged { offset, damage, link: None });
        };
        let head = match head {
            Head::Record(head) => head,
            Head::Unsupported { octets, damage } => {
                let next = offset.saturating_add(octets);
                if next > self.end {
                    return Ok(Step::End(offset));
                }
                self.at = next;
                return Ok(Step::Damaged { offset, damage, link: None });
            }
        };
        let next = offset.saturating_add(head.octets());
        if next > self.end {
            // The head is whole, the rest is not there (yet): a write under way or torn.
            return Ok(Step::End(offset));
        }
        self.at = next;
        self.salt = Some(head.salt);
        let sequence = head.sequence;
        let damaged = |damage| Step::Damaged { offset, damage, link: Some((sequence, digest)) };
        let found = match self.header(offset, head, digest)? {
            Ok(found) => found,
            Err(damage) => return Ok(damaged(damage)),
        };
        if self.depth == Depth::Whole
            && let Err(damage) = self.check_bodies(&found)?
        {
            return Ok(damaged(damage));
        }
        Ok(Step::Record(found))
    }

    /// Whether what is readable behind the damaged place at `damaged`, up to the end, belongs to one group with it. A group is
    /// begun when the one before it is durable, so only the last group can be torn. Stays where it is.
    pub(crate) fn is_last_group(&mut self, damaged: u64) -> Result<bool, Error> {
        let at = self.at;
        let last = loop {
            match self.step()? {
                Step::Record(found) if found.offset.saturating_sub(u64::from(found.head.into_group)) > damaged => {
                    break false;
                }
                Step::Record(_) | Step::Damaged { .. } => {}
                Step::End(_) => break true,
            }
        };
        self.at = at;
        Ok(last)
    }

    /// The octets of a record's bodies, before compression.
    pub(crate) fn bodies(&mut self, found: &Found) -> Result<Vec<u8>, Error> {
        let broken = |scan: &Self, damage| Error::Broken { file: scan.path.clone(), offset: found.offset, damage };
        self.plain_bodies(found)?.map_err(|damage| broken(self, damage))
    }

    /// The dictionary whose frame begins there; `None` when there is none, or a damaged one.
    pub(crate) fn dictionary(&mut self, offset: u32) -> Result<Option<Arc<Dictionary>>, Error> {
        if let Some((at, dictionary)) = &self.dictionary
            && *at == offset
        {
            return Ok(Some(Arc::clone(dictionary)));
        }
        let at = u64::from(offset);
        let Some((Head::Record(head), _)) = self.head_at(at)? else { return Ok(None) };
        let end = at.saturating_add(head.octets());
        if head.frame != Frame::Dictionary || end > self.end || head.bodies_bytes > DICTIONARY_BYTES_MAX {
            return Ok(None);
        }
        let length = usize::try_from(head.bodies_bytes).unwrap_or(usize::MAX);
        let dictionary = Dictionary::new(self.octets(end.saturating_sub(head.bodies_bytes), length)?.to_vec());
        if dictionary.digest() != head.bodies_digest {
            return Ok(None);
        }
        let dictionary = Arc::new(dictionary);
        self.dictionary = Some((offset, Arc::clone(&dictionary)));
        Ok(Some(dictionary))
    }

    /// Reads the JSON header behind a head.
    fn header(&mut self, offset: u64, head: RecordHead, digest: Digest) -> Result<Result<Found, Damage>, Error> {
        let sequence = head.sequence;
        let at = offset.saturating_add(RECORD_HEAD as u64);
        let length = usize::try_from(head.header_bytes).unwrap_or(usize::MAX);
        let mut json = self.octets(at, length)?.to_vec();
        if head.header_packed {
            let dictionary = match self.needed(&head)? {
                Ok(dictionary) => dictionary,
                Err(damage) => return Ok(Err(damage)),
            };
            let plain = pack::plain_size(&json, HEADER_BYTES_MAX);
            let unpacked = plain.and_then(|plain| pack::unpack(&json, plain, dictionary.as_deref()));
            let Some(unpacked) = unpacked else { return Ok(Err(Damage::Header { sequence })) };
            json = unpacked;
        }
        if Digest::of([json.as_slice()]) != head.header_digest {
            return Ok(Err(Damage::Header { sequence }));
        }
        let next = offset.saturating_add(head.octets());
        Ok(Ok(Found { offset, next, head, digest, json }))
    }

    /// The dictionary that a record was compressed with, if with one.
    fn needed(&mut self, head: &RecordHead) -> Result<Result<Option<Arc<Dictionary>>, Damage>, Error> {
        let Some(offset) = head.dictionary else { return Ok(Ok(None)) };
        let lost = Damage::Dictionary { sequence: head.sequence, offset: u64::from(offset) };
        Ok(self.dictionary(offset)?.map(Some).ok_or(lost))
    }

    fn check_bodies(&mut self, found: &Found) -> Result<Result<(), Damage>, Error> {
        let sequence = found.head.sequence;
        if found.head.bodies_packed.is_some() {
            return Ok(self.plain_bodies(found)?.map(drop));
        }
        let fits = self.digest_of(found.bodies_at(), found.next)? == found.head.bodies_digest;
        Ok(if fits { Ok(()) } else { Err(Damage::Bodies { sequence }) })
    }

    fn plain_bodies(&mut self, found: &Found) -> Result<Result<Vec<u8>, Damage>, Error> {
        let sequence = found.head.sequence;
        let dictionary = match self.needed(&found.head)? {
            Ok(dictionary) => dictionary,
            Err(damage) => return Ok(Err(damage)),
        };
        let length = usize::try_from(found.head.bodies_bytes).unwrap_or(usize::MAX);
        let stored = self.octets(found.bodies_at(), length)?;
        let plain = match found.head.bodies_packed {
            None => Some(stored.to_vec()),
            Some(plain) if u64::from(plain) > RECORD_BYTES_MAX => None,
            Some(plain) => pack::unpack(stored, usize::try_from(plain).unwrap_or(usize::MAX), dictionary.as_deref()),
        };
        Ok(plain
            .filter(|octets| Digest::of([octets.as_slice()]) == found.head.bodies_digest)
            .ok_or(Damage::Bodies { sequence }))
    }

    /// The head that begins exactly there and bears this segment's salt.
    fn head_at(&mut self, offset: u64) -> Result<Option<(Head, Digest)>, Error> {
        let salt = self.salt;
        let decoded = RecordHead::decode(self.octets(offset, RECORD_HEAD)?);
        Ok(decoded.filter(|(head, _)| match head {
            Head::Record(head) => salt.is_none_or(|salt| salt == head.salt),
            Head::Unsupported { .. } => true,
        }))
    }

    /// Where the next head behind `offset` begins.
    fn search(&mut self, offset: u64) -> Result<Option<u64>, Error> {
        let mut from = offset.saturating_add(1);
        while from < self.end {
            let window = self.octets(from, WHOLE_WINDOW)?;
            let length = window.len() as u64;
            let marks: Vec<u64> = window
                .windows(RECORD_MAGIC.len())
                .zip(from..)
                .filter_map(|(octets, at)| (octets == RECORD_MAGIC).then_some(at))
                .collect();
            for at in marks {
                if self.head_at(at)?.is_some() {
                    return Ok(Some(at));
                }
            }
            // The magic may lie across the border of two windows.
            let overlap = (RECORD_MAGIC.len() as u64).saturating_sub(1);
            from = from.saturating_add(length.saturating_sub(overlap).max(1));
        }
        Ok(None)
    }

    fn digest_of(&mut self, mut from: u64, to: u64) -> Result<Digest, Error> {
        let mut hasher = Sha256::new();
        while from < to {
            let left = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
            let piece = self.octets(from, left.min(WHOLE_WINDOW))?;
            if piece.is_empty() {
                break;
            }
            hasher.update(piece);
            from = from.saturating_add(piece.len() as u64);
        }
        Ok(Digest::from_octets(hasher.finalize().into()))
    }

    /// Up to `length` octets from `offset`; fewer only where the segment ends.
    fn octets(&mut self, offset: u64, length: usize) -> Result<&[u8], Error> {
        let available = usize::try_from(self.end.saturating_sub(offset)).unwrap_or(usize::MAX);
        let length = length.min(available);
        let inside = |window: &[u8], window_at: u64| {
            let skip = usize::try_from(offset.checked_sub(window_at)?).ok()?;
            (skip.checked_add(length)? <= window.len()).then_some(skip)
        };
        let skip = if let Some(skip) = inside(&self.window, self.window_at) {
            skip
        } else {
            let least = if self.depth == Depth::Whole { WHOLE_WINDOW } else { HEADERS_WINDOW };
            self.window.resize(length.max(least).min(available), 0);
            let read = fill(&self.file, &mut self.window, offset).map_err(Error::io("read", &self.path))?;
            self.window.truncate(read);
            self.window.shrink_to(WHOLE_WINDOW);
            self.window_at = offset;
            0
        };
        let rest = self.window.get(skip..).unwrap_or_default();
        Ok(rest.get(..length).unwrap_or(rest))
    }
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = buffer.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset.saturating_add(read as u64)) {
            Ok(0) => break,
            Ok(count) => read = read.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
