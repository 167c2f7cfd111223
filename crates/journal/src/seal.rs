//! The seal of a month: what is in it, once for all, signed by the node; with a sorted index beside the segments, so that a
//! sealed month needs no database. What a seal is worth is asked in `verify`.

use std::fmt::{self, Write as _};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::checkpoint::{Head, Judge, Lines, Notary, Signed, covered, keep_certificate, sign, signed_roots};
use crate::layout::Frame;
use crate::merkle::Frontier;
use crate::place::Place;
use crate::scan::Depth;
use crate::static_index::Builder;
use crate::walk::{Met, Walk};
use crate::{Digest, Error, link};

/// The file of a month's seal.
pub(crate) const FILE: &str = "seal.txt";
const TITLE: &str = "rsmev seal 1";

/// A segment as it was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSegment {
    /// Name of the file.
    pub name: String,
    /// Its octets.
    pub bytes: u64,
    /// SHA-256 of them all.
    pub sha256: Digest,
}

/// The seal of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Store, month, frames, root.
    pub head: Head,
    /// How many of the frames are records.
    pub records: u64,
    /// The segments, in order.
    pub segments: Vec<SealedSegment>,
    /// SHA-256 of the sorted index.
    pub index: Digest,
    /// By whom and when.
    pub signed: Signed,
}

impl Seal {
    /// Reads one; `None` for anything that is not exactly a seal.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = Lines::of(text);
        lines.title(TITLE)?;
        let (head, records) = (lines.head()?, lines.number("records")?);
        let mut segments = Vec::new();
        while let Some(segment) = lines.take_if("segment") {
            let mut parts = segment.split(' ');
            let (name, bytes, sha256) = (parts.next()?, parts.next()?, parts.next()?);
            segments.push(SealedSegment {
                name: name.to_owned(),
                bytes: bytes.parse().ok()?,
                sha256: Digest::parse(sha256)?,
            });
        }
        let read = Self { head, records, segments, index: lines.digest("index")?, signed: lines.signed()? };
        (read.to_string() == text).then_some(read)
    }

    /// Whether its signature is that of the certificate's holder; the certificate must be the one it names.
    pub fn check(&self, certificate: &[u8], judge: &dyn Judge) -> Result<(), String> {
        self.signed.check(covered(&self.to_string()), certificate, judge)
    }
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = content(&self.head, self.records, &self.segments, &self.index);
        write!(f, "{content}{}", self.signed.lines())
    }
}

fn content(head: &Head, records: u64, segments: &[SealedSegment], index: &Digest) -> String {
    let mut text = format!("{TITLE}\n{}records {records}\n", head.lines());
    for SealedSegment { name, bytes, sha256 } in segments {
        // Writing to a string does not fail.
        let _ = writeln!(text, "segment {name} {bytes} {sha256}");
    }
    let _ = writeln!(text, "index {index}");
    text
}

/// The month's seal, if it has one; a file that is none is an error.
pub(crate) fn read(place: &Place) -> Result<Option<Seal>, Error> {
    let path = place.directory.join(FILE);
    match fs::read(&path) {
        Ok(octets) => {
            let seal = str::from_utf8(&octets).ok().and_then(Seal::parse);
            seal.map(Some).ok_or(Error::NotASeal { path })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", &path)(error)),
    }
}

/// Whether the month bears a seal, good or not: nothing is written to it any more.
pub(crate) fn is_there(place: &Place) -> bool {
    place.directory.join(FILE).exists()
}

/// Reads the whole month, builds the sorted index, signs. Nobody may be writing. Refused when anything is damaged, or when the
/// log is not the one that checkpoints were signed over: a seal under that would make it look whole.
pub(crate) fn seal(place: &Place, time: Timestamp, notary: &dyn Notary) -> Result<Seal, Error> {
    let signed = signed_roots(place);
    let mut walk = Walk::new(place.clone(), Depth::Whole)?;
    let mut tree = Frontier::default();
    let mut index = Builder::new(place);
    let (mut records, mut next, mut last) = (0_u64, 0, Digest::default());
    while let Some(met) = walk.step() {
        let found = match met {
            Met::Record(found) | Met::Dictionary(found) => found,
            Met::Broken(error) => return Err(Error::NotWhole { what: error.to_string() }),
            Met::Leftover(_) => continue,
        };
        tree.push(&found.digest);
        let differs = |(entries, root): &(u64, Digest)| *entries == tree.leaves() && *root != tree.root();
        if signed.iter().any(differs) {
            let what = format!("up to frame {} it is not what a checkpoint says", tree.leaves());
            return Err(Error::NotWhole { what });
        }
        (next, last) = (found.head.sequence.saturating_add(1), found.digest);
        if found.head.frame == Frame::Record {
            records = records.saturating_add(1);
            let (entry, segment) = (walk.entry(&found)?, walk.segment().map_or(0, |(number, _)| number));
            index.enter(link::terms(&entry.header), segment, found.offset)?;
        }
    }
    if let Some((entries, _)) = signed.iter().find(|(entries, _)| *entries > tree.leaves()) {
        let what = format!("it ends after {} frames, a checkpoint says {entries}", tree.leaves());
        return Err(Error::NotWhole { what });
    }
    let head = Head {
        store: place.store.clone(),
        month: place.month,
        entries: tree.leaves(),
        next,
        last,
        root: tree.root(),
        continues: true,
        complete: true,
    };
    let index = index.finish()?;
    let segments = sealed_segments(place)?;
    let text = sign(content(&head, records, &segments, &index), time, notary)?;
    let unreadable = || Error::NotSigned { what: "the node's name or algorithm cannot stand in a line".to_owned() };
    let seal = Seal::parse(&text).ok_or_else(unreadable)?;
    keep_certificate(place, notary)?;
    write_whole(&place.directory.join(FILE), text.as_bytes())?;
    Ok(seal)
}

pub(crate) fn sealed_segments(place: &Place) -> Result<Vec<SealedSegment>, Error> {
    let segment = |number| {
        let path = place.segment(number);
        let (bytes, sha256) = digest_of(&path).map_err(Error::io("read", &path))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(SealedSegment { name, bytes, sha256 })
    };
    place.segments()?.into_iter().map(segment).collect()
}

/// Length and digest of a file, read through.
pub(crate) fn digest_of(path: &Path) -> io::Result<(u64, Digest)> {
    let (mut file, mut hasher, mut bytes) = (File::open(path)?, Sha256::new(), 0_u64);
    let mut piece = vec![0; 256 << 10];
    loop {
        let read = file.read(&mut piece)?;
        let Some(octets) = piece.get(..read).filter(|octets| !octets.is_empty()) else {
            return Ok((bytes, Digest::from_octets(hasher.finalize().into())));
        };
        hasher.update(octets);
        bytes = bytes.saturating_add(read as u64);
    }
}

/// The file appears under its name only when it is whole and durable.
pub(crate) fn write_whole(path: &Path, octets: &[u8]) -> Result<(), Error> {
    let draft = path.with_extension("draft");
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(octets)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
    };
    write().map_err(Error::io("write", path))
}
