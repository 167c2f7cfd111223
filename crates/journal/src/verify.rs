//! Whether a journal is what it was: damage told by what was done to it, against what was signed in it and what others hold.
//!
//! Only this and the audit read every octet. The audit asks whether the books of exchanges balance; this asks whether
//! anybody had his hand in them.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::checkpoint::{self, Checkpoint, Head, Judge, Signed};
use crate::keeping;
use crate::merkle::Frontier;
use crate::place::Place;
use crate::scan::Depth;
use crate::seal::{self, Seal, digest_of, sealed_segments};
use crate::static_index;
use crate::walk::{Met, Walk};
use crate::{Damage, Digest, Error, Month, Reader, StoreName};

/// Places named one by one for a month; the others are counted.
const NAMED: usize = 1000;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tampering {
    /// Octets differ from what was written.
    Altered {
        /// The segment file.
        file: PathBuf,
        /// Where, in octets.
        offset: u64,
        /// What does not fit.
        damage: Damage,
    },
    /// Records are gone from between others.
    Removed {
        /// Number of the first.
        from: u64,
        /// Number of the last.
        to: u64,
    },
    /// Records stand in another order.
    Moved {
        /// The segment file.
        file: PathBuf,
        /// Where the first stands that is out of order, in octets.
        offset: u64,
        /// Its number.
        record: u64,
    },
    /// Another record stands before this one than when it was written.
    Replaced {
        /// Number of the record that remembers another one.
        before: u64,
    },
    /// A segment is not there.
    SegmentGone {
        /// The file.
        file: PathBuf,
    },
    /// A segment ends before the place where the next one says it ended: cut, or replaced by an older copy.
    SegmentShort {
        /// The file.
        file: PathBuf,
        /// Octets missing.
        missing: u64,
    },
    /// The log ends before a frame that somebody signed for or holds a checkpoint of: its end was cut, or it is an older copy.
    TailCut {
        /// Frames there are.
        found: u64,
        /// Frames there were.
        signed: u64,
        /// Who says so.
        by: Witnessed,
    },
    /// All is consistent, but not what was signed: the log was written anew.
    Rewritten {
        /// Frames that the signature was given for.
        entries: u64,
        /// Who says so.
        by: Witnessed,
    },
    /// A file is not the one that was sealed.
    SealedFile {
        /// Its name.
        file: String,
        /// Octets sealed.
        sealed: u64,
        /// Octets there are; `None` when it is gone.
        found: Option<u64>,
    },
    /// A signature does not hold, or a signed text is broken.
    Signature {
        /// Of what: `the seal`, `the checkpoint of …`.
        of: String,
        /// Why.
        why: String,
    },
    /// A month that a witness knows is not there.
    MonthGone {
        /// Frames the witness knows of.
        signed: u64,
    },
    /// Something cannot be read.
    Unreadable {
        /// What the system says.
        what: String,
    },
}

/// Where a claim about the log comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witnessed {
    /// A checkpoint beside the log.
    Checkpoint(Timestamp),
    /// The seal of the month.
    Seal(Timestamp),
    /// A checkpoint that somebody else kept.
    Witness(Timestamp),
}

impl fmt::Display for Witnessed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint(time) => write!(f, "the checkpoint of {time}"),
            Self::Seal(time) => write!(f, "the seal of {time}"),
            Self::Witness(time) => write!(f, "the witness's checkpoint of {time}"),
        }
    }
}

impl fmt::Display for Tampering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered { file, offset, damage } => write!(f, "altered: {} at {offset}: {damage}", file.display()),
            Self::Removed { from, to } if from == to => write!(f, "removed: record {from} is not there"),
            Self::Removed { from, to } => write!(f, "removed: records {from} to {to} are not there"),
            Self::Moved { file, offset, record } => {
                write!(f, "moved: {} at {offset}: record {record} stands out of order", file.display())
            }
            Self::Replaced { before } => {
                write!(f, "replaced: before record {before} another one stood when it was written")
            }
            Self::SegmentGone { file } => write!(f, "removed: the segment {} is not there", file.display()),
            Self::SegmentShort { file, missing } => write!(
                f,
                "older copy or cut: the segment {} ends {missing} octets before where the next one says it ended",
                file.display()
            ),
            Self::TailCut { found, signed, by } => {
                write!(f, "tail cut: the log ends after {found} frames, {by} says {signed}")
            }
            Self::Rewritten { entries, by } => {
                write!(f, "written anew: the first {entries} frames are not those that {by} was signed over")
            }
            Self::SealedFile { file, sealed, found: None } => {
                write!(f, "removed: {file}, sealed with {sealed} octets, is not there")
            }
            Self::SealedFile { file, sealed, found: Some(found) } => {
                write!(f, "changed since the seal: {file} has {found} octets, sealed were {sealed}, and others")
            }
            Self::Signature { of, why } => write!(f, "signature: {of} does not hold: {why}"),
            Self::MonthGone { signed } => {
                write!(f, "removed: the whole month is not there, of which a witness knows {signed} frames")
            }
            Self::Unreadable { what } => write!(f, "unreadable: {what}"),
        }
    }
}

/// What was found about one month of a store.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The store.
    pub store: StoreName,
    /// The month.
    pub month: Month,
    /// Good frames.
    pub entries: u64,
    /// Root over them.
    pub root: Digest,
    /// Checkpoints beside the log whose signatures hold and that agree with it.
    pub checkpoints: u64,
    /// Checkpoints of witnesses that agree with it.
    pub witnessed: u64,
    /// Frames covered by the last good signature.
    pub signed_entries: u64,
    /// When the month was sealed, if the seal holds.
    pub sealed: Option<Timestamp>,
    /// When the month was removed, its term being over.
    pub purged: Option<Timestamp>,
    /// What is wrong, the first thousand.
    pub tampering: Vec<Tampering>,
    /// How many there are in all.
    pub count: u64,
}

impl Verified {
    /// Nothing is wrong.
    pub fn holds(&self) -> bool {
        self.count == 0
    }
}

/// A claim about the first frames of a log.
struct Claim {
    entries: u64,
    root: Digest,
    by: Witnessed,
    met: bool,
}

impl Reader {
    /// Reads every octet of the months that pass, oldest first, store by store, and compares them with all that was signed.
    /// `witnesses` are checkpoints kept elsewhere. `progress` is told of every month that is done.
    pub fn verify(
        &self,
        only: impl Fn(&StoreName, Month) -> bool,
        witnesses: &[Checkpoint],
        judge: &dyn Judge,
        mut progress: impl FnMut(&Verified),
    ) -> Result<Vec<Verified>, Error> {
        let mut all = Vec::new();
        let known = |witness: &Checkpoint| (witness.head.store.clone(), witness.head.month);
        let mut expected: BTreeSet<(StoreName, Month)> = witnesses.iter().map(known).collect();
        for store in self.stores()? {
            for month in self.months(&store)? {
                expected.insert((store.clone(), month));
            }
            expected.extend(keeping::reports(self.directory(), &store).into_iter().map(|month| (store.clone(), month)));
        }
        for (store, month) in expected.into_iter().filter(|(store, month)| only(store, *month)) {
            let place = self.place(&store, month);
            let own = witnesses.iter().filter(|witness| (&witness.head.store, witness.head.month) == (&store, month));
            let verified = Examination::of(&place).run(own, judge);
            progress(&verified);
            all.push(verified);
        }
        Ok(all)
    }
}

/// One month under examination.
struct Examination<'a> {
    place: &'a Place,
    verified: Verified,
    claims: Vec<Claim>,
    /// Numbers that were missed, first and last.
    gaps: Vec<(u64, u64)>,
    /// Numbers that stand somewhere, as runs of consecutive ones in the order of the log.
    runs: Vec<(u64, u64)>,
    /// Behind a segment that is too short: the number that should have come next.
    short_at: Option<u64>,
}

impl<'a> Examination<'a> {
    fn of(place: &'a Place) -> Self {
        let verified = Verified {
            store: place.store.clone(),
            month: place.month,
            entries: 0,
            root: Digest::default(),
            checkpoints: 0,
            witnessed: 0,
            signed_entries: 0,
            sealed: None,
            purged: None,
            tampering: Vec::new(),
            count: 0,
        };
        Self { place, verified, claims: Vec::new(), gaps: Vec::new(), runs: Vec::new(), short_at: None }
    }

    fn run<'w>(mut self, witnesses: impl Iterator<Item = &'w Checkpoint>, judge: &dyn Judge) -> Verified {
        let mut signed_by_others = 0;
        for witness in witnesses {
            signed_by_others = witness.head.entries.max(signed_by_others);
            let by = Witnessed::Witness(witness.signed.time);
            self.claim(judge, (&witness.head, by), &witness.signed, |certificate| witness.check(certificate, judge));
        }
        if !self.place.directory.is_dir() {
            self.gone(signed_by_others, judge);
            return self.verified;
        }
        self.checkpoints(judge);
        let seal = self.seal(judge);
        if let Err(error) = self.walk() {
            self.found(Tampering::Unreadable { what: error.to_string() });
        }
        self.settle();
        if let Some(seal) = seal {
            self.sealed_files(&seal);
        }
        self.verified
    }

    /// A month that a witness knows and that is not there: removed after its term, or taken away.
    fn gone(&mut self, signed: u64, judge: &dyn Judge) {
        let Some((purged, beside)) = keeping::purged(self.place) else {
            return self.found(Tampering::MonthGone { signed });
        };
        let certificate = judge.certificate(&purged.signed.certificate).unwrap_or(beside);
        match purged.check(&certificate, judge) {
            Err(why) => self.found(Tampering::Signature { of: "the report on its removal".to_owned(), why }),
            Ok(()) if purged.head.entries < signed => self.found(Tampering::MonthGone { signed }),
            Ok(()) => self.verified.purged = Some(purged.signed.time),
        }
    }

    fn found(&mut self, tampering: Tampering) {
        self.verified.count = self.verified.count.saturating_add(1);
        if self.verified.tampering.len() < NAMED {
            self.verified.tampering.push(tampering);
        }
    }

    /// Takes a claim down when its signature holds.
    fn claim(
        &mut self,
        judge: &dyn Judge,
        (head, by): (&Head, Witnessed),
        signed: &Signed,
        check: impl Fn(&[u8]) -> Result<(), String>,
    ) -> bool {
        let beside = || {
            let left =
                || keeping::purged(self.place).filter(|(purged, _)| purged.signed.certificate == signed.certificate);
            fs::read(self.place.certificate(&signed.certificate))
                .unwrap_or_else(|_| left().map(|(_, certificate)| certificate).unwrap_or_default())
        };
        let certificate = judge.certificate(&signed.certificate).unwrap_or_else(beside);
        let here = (&head.store, head.month) == (&self.place.store, self.place.month);
        let checked = if here { check(&certificate) } else { Err("it speaks of another store or month".to_owned()) };
        match checked {
            Ok(()) => {
                self.claims.push(Claim { entries: head.entries, root: head.root, by, met: false });
                true
            }
            Err(why) => {
                self.found(Tampering::Signature { of: by.to_string(), why });
                false
            }
        }
    }

    fn checkpoints(&mut self, judge: &dyn Judge) {
        match checkpoint::read(self.place) {
            Err(error) => self.found(Tampering::Unreadable { what: error.to_string() }),
            Ok((checkpoints, _)) => {
                for one in checkpoints {
                    let by = Witnessed::Checkpoint(one.signed.time);
                    self.claim(judge, (&one.head, by), &one.signed, |certificate| one.check(certificate, judge));
                }
            }
        }
    }

    fn seal(&mut self, judge: &dyn Judge) -> Option<Seal> {
        match seal::read(self.place) {
            Err(error) => {
                self.found(Tampering::Signature { of: "the seal".to_owned(), why: error.to_string() });
                None
            }
            Ok(None) => None,
            Ok(Some(seal)) => {
                let by = Witnessed::Seal(seal.signed.time);
                let holds =
                    self.claim(judge, (&seal.head, by), &seal.signed, |certificate| seal.check(certificate, judge));
                holds.then_some(seal)
            }
        }
    }

    /// Reads the log; every claim is compared where the tree has come to its count.
    fn walk(&mut self) -> Result<(), Error> {
        let mut walk = Walk::new(self.place.clone(), Depth::Whole)?;
        let mut tree = Frontier::default();
        self.compare(&tree);
        while let Some(met) = walk.step() {
            for leaf in walk.take_leaves() {
                tree.push(&leaf);
                self.compare(&tree);
            }
            match met {
                Met::Record(found) | Met::Dictionary(found) => self.stands(found.head.sequence),
                Met::Broken(Error::Broken { file, offset, damage }) => self.broken(file, offset, damage),
                Met::Broken(error) => self.found(Tampering::Unreadable { what: error.to_string() }),
                Met::Leftover(_) => {}
            }
        }
        self.verified.entries = tree.leaves();
        self.verified.root = tree.root();
        Ok(())
    }

    fn stands(&mut self, number: u64) {
        if let Some(expected) = self.short_at.take().filter(|expected| *expected < number) {
            self.gaps.push((expected, number.saturating_sub(1)));
        }
        match self.runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => self.runs.push((number, number)),
        }
    }

    fn compare(&mut self, tree: &Frontier) {
        let entries = tree.leaves();
        if self.claims.iter().all(|claim| claim.entries != entries) {
            return;
        }
        let root = tree.root();
        let mut rewritten = Vec::new();
        for claim in self.claims.iter_mut().filter(|claim| claim.entries == entries) {
            claim.met = true;
            if claim.root != root {
                rewritten.push(claim.by.clone());
                continue;
            }
            self.verified.signed_entries = self.verified.signed_entries.max(entries);
            match claim.by {
                Witnessed::Checkpoint(_) => self.verified.checkpoints = self.verified.checkpoints.saturating_add(1),
                Witnessed::Witness(_) => self.verified.witnessed = self.verified.witnessed.saturating_add(1),
                Witnessed::Seal(time) => self.verified.sealed = Some(time),
            }
        }
        for by in rewritten {
            self.found(Tampering::Rewritten { entries, by });
        }
    }

    /// Tells damage by what was done.
    fn broken(&mut self, file: PathBuf, offset: u64, damage: Damage) {
        match damage {
            Damage::Gap { expected, found } if found > expected => self.gaps.push((expected, found.saturating_sub(1))),
            // Behind a record that came too early the numbers go back; the early one has been told.
            Damage::Gap { found, .. } => self.found(Tampering::Moved { file, offset, record: found }),
            Damage::Chain { sequence } => self.found(Tampering::Replaced { before: sequence }),
            Damage::SegmentMissing => self.found(Tampering::SegmentGone { file }),
            Damage::CutShort { missing } => {
                self.short_at = Some(self.runs.last().map_or(0, |(_, last)| last.saturating_add(1)));
                self.found(Tampering::SegmentShort { file, missing });
            }
            damage => self.found(Tampering::Altered { file, offset, damage }),
        }
    }

    /// What can be told only when all has been read.
    fn settle(&mut self) {
        for (from, to) in std::mem::take(&mut self.gaps) {
            // What stands elsewhere is out of order, which has been told; what does not is gone.
            let stands = |number: &u64| self.runs.iter().any(|(first, last)| (first..=last).contains(&number));
            let mut gone = (from..=to).filter(|number| !stands(number));
            if let Some(first) = gone.next() {
                let last = gone.next_back().unwrap_or(first);
                self.found(Tampering::Removed { from: first, to: last });
            }
        }
        let entries = self.verified.entries;
        let mut cut: Vec<(u64, Witnessed)> =
            self.claims.iter().filter(|claim| !claim.met).map(|claim| (claim.entries, claim.by.clone())).collect();
        // The longest claim says it all.
        cut.sort_by_key(|(signed, _)| *signed);
        if let Some((signed, by)) = cut.pop() {
            self.found(Tampering::TailCut { found: entries, signed, by });
        }
    }

    /// The files of a sealed month, and its index.
    fn sealed_files(&mut self, seal: &Seal) {
        let there = sealed_segments(self.place).unwrap_or_default();
        for segment in &seal.segments {
            let found = there.iter().find(|other| other.name == segment.name);
            if found != Some(segment) {
                let (file, sealed, found) = (segment.name.clone(), segment.bytes, found.map(|other| other.bytes));
                self.found(Tampering::SealedFile { file, sealed, found });
            }
        }
        for added in there.iter().filter(|other| seal.segments.iter().all(|segment| segment.name != other.name)) {
            self.found(Tampering::SealedFile { file: added.name.clone(), sealed: 0, found: Some(added.bytes) });
        }
        // The index may be missing, for the segments say the same; but not another.
        let index = digest_of(&self.place.directory.join(static_index::FILE)).ok();
        if let Some((bytes, _)) = index.filter(|(_, digest)| *digest != seal.index) {
            self.found(Tampering::SealedFile { file: static_index::FILE.to_owned(), sealed: 0, found: Some(bytes) });
        }
    }
}
