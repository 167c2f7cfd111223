//! A month read record by record across its segments, with the chain checked on the way. Streaming: a month may be
//! larger than memory. It reads files only, so it works beside the process that writes them.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::layout::{Frame, SEGMENT_HEAD, read_json};
use crate::place::Place;
use crate::scan::{Depth, Found, SegmentScan, Step};
use crate::{Damage, Digest, Entry, Error, RecordId};

/// A place between two records of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Position {
    pub(crate) segment: u32,
    pub(crate) offset: u64,
}

/// What a walk meets.
#[derive(Debug)]
pub(crate) enum Met {
    Record(Found),
    /// A dictionary of the compression: part of the chain, of interest to nobody else.
    Dictionary(Found),
    Broken(Error),
    /// So many octets at the end of a segment were never acknowledged.
    Leftover(u64),
}

/// A segment of the walk.
#[derive(Debug)]
struct Current {
    scan: SegmentScan,
    number: u32,
    file: Arc<PathBuf>,
    /// Where the segment after this one says that this one ends.
    declared: Option<u64>,
    last: bool,
}

/// A walk through one month.
#[derive(Debug)]
pub(crate) struct Walk {
    place: Place,
    depth: Depth,
    segments: VecDeque<u32>,
    /// The number that the next segment should have.
    wanted: u32,
    start: Option<Position>,
    until: Option<Position>,
    current: Option<Current>,
    /// Number and predecessor that the next record should have; `None` behind an unreadable place.
    expected: Option<(u64, Digest)>,
    waiting: VecDeque<Met>,
    /// Digests of the frames met, those included of which only the head is good: the leaves of the tree.
    leaves: Vec<Digest>,
}

impl Walk {
    /// The whole month.
    pub(crate) fn new(place: Place, depth: Depth) -> Result<Self, Error> {
        let segments = place.segments()?.into();
        let expected = Some((0, Digest::default()));
        Ok(Self {
            place,
            depth,
            segments,
            wanted: 0,
            start: None,
            until: None,
            current: None,
            expected,
            waiting: VecDeque::new(),
            leaves: Vec::new(),
        })
    }

    /// From the record that begins at `start`, and no further than `until`.
    pub(crate) fn between(place: Place, depth: Depth, start: Position, until: Option<Position>) -> Result<Self, Error> {
        let mut walk = Self::new(place, depth)?;
        walk.segments.retain(|number| *number >= start.segment && until.is_none_or(|until| *number <= until.segment));
        walk.wanted = start.segment;
        walk.start = Some(start);
        walk.until = until;
        if start != Position::default() {
            walk.expected = None;
        }
        Ok(walk)
    }

    /// From the beginning of the last segment whose first record is older than `since`: what a month holds before it is not
    /// read. Where the clock was set back meanwhile, records with later times may be passed over.
    pub(crate) fn since(place: Place, depth: Depth, since: Timestamp) -> Result<Self, Error> {
        let mut start = 0;
        for number in place.segments()?.into_iter().rev() {
            let mut alone =
                Self::between(place.clone(), Depth::Headers, Position { segment: number, offset: 0 }, None)?;
            let first = loop {
                match alone.step() {
                    Some(Met::Record(found)) => break Some(alone.entry(&found)?.header.time),
                    Some(_) => {}
                    None => break None,
                }
            };
            if first.is_some_and(|first| first < since) {
                start = number;
                break;
            }
        }
        Self::between(place, depth, Position { segment: start, offset: 0 }, None)
    }

    /// From the beginning of the segment that should hold the record of that number; every octet is checked.
    pub(crate) fn at_record(place: Place, sequence: u64) -> Result<Self, Error> {
        let mut segment = 0;
        for number in place.segments()? {
            let scan = SegmentScan::open(place.segment(number), &place.store, place.month, Depth::Headers)?;
            match scan.head() {
                Some(head) if head.first_sequence > sequence => break,
                Some(_) => segment = number,
                None => {}
            }
        }
        Self::between(place, Depth::Whole, Position { segment, offset: 0 }, None)
    }

    /// The next thing met; `None` at the end.
    pub(crate) fn step(&mut self) -> Option<Met> {
        loop {
            if let Some(met) = self.waiting.pop_front() {
                return Some(met);
            }
            let Some(mut current) = self.current.take() else {
                let number = self.segments.pop_front()?;
                if let Err(error) = self.enter(number) {
                    self.fail(error);
                }
                continue;
            };
            match current.scan.step() {
                Ok(Step::Record(found)) => {
                    self.check(&current.file, found.offset, found.head.sequence, found.head.previous);
                    self.expected = Some((found.head.sequence.saturating_add(1), found.digest));
                    self.leaves.push(found.digest);
                    self.waiting.push_back(match found.head.frame {
                        Frame::Record => Met::Record(found),
                        Frame::Dictionary => Met::Dictionary(found),
                    });
                    self.current = Some(current);
                }
                Ok(Step::Damaged { offset, .. }) if self.is_torn(&mut current, offset) => self.leave(&current, offset),
                Ok(Step::Damaged { offset, damage, link }) => {
                    self.leaves.extend(link.map(|(_, digest)| digest));
                    self.expected = link.map(|(sequence, digest)| (sequence.saturating_add(1), digest));
                    self.broken(&current.file, offset, damage);
                    self.current = Some(current);
                }
                Ok(Step::End(at)) => self.leave(&current, at),
                Err(error) => self.fail(error),
            }
        }
    }

    /// The leaves met since this was asked last, up to the thing met last.
    pub(crate) fn take_leaves(&mut self) -> Vec<Digest> {
        std::mem::take(&mut self.leaves)
    }

    /// The segment being read: its number and file.
    pub(crate) fn segment(&self) -> Option<(u32, &Arc<PathBuf>)> {
        self.current.as_ref().map(|current| (current.number, &current.file))
    }

    /// The octets of the bodies of the record met last.
    pub(crate) fn bodies(&mut self, found: &Found) -> Result<Vec<u8>, Error> {
        self.current.as_mut().map_or_else(|| Ok(Vec::new()), |current| current.scan.bodies(found))
    }

    /// What the record met last says.
    pub(crate) fn entry(&self, found: &Found) -> Result<Entry, Error> {
        let file = self.segment().map(|(_, file)| Arc::clone(file)).unwrap_or_default();
        let sequence = found.head.sequence;
        let said = read_json(&found.json, sequence, found.head.plain_bytes()).map_err(|damage| Error::Broken {
            file: file.as_ref().clone(),
            offset: found.offset,
            damage,
        })?;
        Ok(Entry {
            id: RecordId { store: self.place.store.clone(), month: self.place.month, sequence },
            digest: found.digest,
            file: file.as_ref().clone(),
            offset: found.offset,
            stores: said.stores,
            header: said.header,
            bodies: said.bodies,
        })
    }

    fn enter(&mut self, number: u32) -> Result<(), Error> {
        let path = self.place.segment(number);
        if number != self.wanted {
            self.broken(&self.place.segment(self.wanted).into(), 0, Damage::SegmentMissing);
        }
        self.wanted = number.saturating_add(1);
        let mut scan = self.open(number)?;
        let file = Arc::new(path);
        let head = scan.head().cloned().filter(|head| head.number == number);
        match &head {
            None => self.broken(&file, 0, Damage::SegmentHead),
            Some(head) => {
                self.check(&file, 0, head.first_sequence, head.previous);
                self.expected = Some((head.first_sequence, head.previous));
            }
        }
        if let Some(start) = self.start.filter(|start| start.segment == number && start.offset > SEGMENT_HEAD as u64) {
            scan.seek(start.offset);
            self.expected = None;
        }
        if self.segments.is_empty() && self.until.is_none() {
            // The writer may have gone on since the walk began; what ends this segment stands in the next.
            self.segments.extend(self.place.segments()?.into_iter().filter(|later| *later > number));
        }
        let next = self.segments.front().copied();
        let declared = match next.filter(|next| number.checked_add(1) == Some(*next)) {
            Some(next) => self.open(next)?.head().map(|head| head.previous_end),
            None => self.until.filter(|until| until.segment == number).map(|until| until.offset),
        };
        if let Some(end) = declared {
            scan.limit(end);
        }
        self.current = Some(Current { scan, number, file, declared, last: next.is_none() });
        Ok(())
    }

    fn open(&self, number: u32) -> Result<SegmentScan, Error> {
        SegmentScan::open(self.place.segment(number), &self.place.store, self.place.month, self.depth)
    }

    /// Whether damage is the last group of a log that nobody has closed: torn by a crash, and never acknowledged. The writer
    /// decides so, too, when it opens the month next, unless its index has seen that group whole.
    fn is_torn(&self, current: &mut Current, damaged: u64) -> bool {
        let unsettled = current.last && current.declared.is_none() && self.place.is_unsettled();
        unsettled && current.scan.is_last_group(damaged).unwrap_or(false)
    }

    /// `at` is where the last readable record of the segment ends.
    fn leave(&mut self, current: &Current, at: u64) {
        let end = current.scan.end();
        let length = current.scan.path().metadata().map_or(end, |metadata| metadata.len());
        match current.declared {
            Some(declared) => {
                if at < end {
                    self.broken(&current.file, at, Damage::Unreadable { bytes: end.saturating_sub(at) });
                }
                if end < declared {
                    let missing = declared.saturating_sub(end);
                    self.broken(&current.file, end, Damage::CutShort { missing });
                }
                if at < declared {
                    self.expected = None;
                }
                if length > declared && self.until.is_none() {
                    self.waiting.push_back(Met::Leftover(length.saturating_sub(declared)));
                }
            }
            None if current.last => {
                if at < end {
                    self.waiting.push_back(Met::Leftover(end.saturating_sub(at)));
                }
            }
            None => {
                if at < end {
                    self.broken(&current.file, at, Damage::Unreadable { bytes: end.saturating_sub(at) });
                    self.expected = None;
                }
            }
        }
    }

    fn check(&mut self, file: &Arc<PathBuf>, offset: u64, sequence: u64, previous: Digest) {
        let Some((expected, digest)) = self.expected else {
            return;
        };
        if sequence != expected {
            self.broken(file, offset, Damage::Gap { expected, found: sequence });
        } else if previous != digest {
            self.broken(file, offset, Damage::Chain { sequence });
        }
    }

    fn broken(&mut self, file: &Arc<PathBuf>, offset: u64, damage: Damage) {
        self.waiting.push_back(Met::Broken(Error::Broken { file: file.as_ref().clone(), offset, damage }));
    }

    /// A file that cannot be read ends its segment, not the walk.
    fn fail(&mut self, error: Error) {
        self.expected = None;
        self.waiting.push_back(Met::Broken(error));
    }
}
