//! The sorted index of a sealed month: identifier → places of the records that bear it, found by a few reads.
//!
//! A file of entries of one size, sorted: 16 octets of the identifier's digest, segment (4), offset (8), big-endian. Like every
//! index it may be thrown away and made again; its digest stands in the seal. Hits are checked against the records.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use crate::place::Place;
use crate::walk::Position;
use crate::{Digest, Error};

/// The file of a month's index.
pub(crate) const FILE: &str = "index.sorted";
/// Octets of an identifier's digest that stand in it.
const KEY: usize = 16;
/// Octets of an entry.
const ENTRY: usize = KEY + 4 + 8;
/// Entries sorted in memory at once: 28 MB.
const RUN: usize = 1 << 20;

type Entry = [u8; ENTRY];

fn key(id: &str) -> [u8; KEY] {
    let mut key = [0; KEY];
    key.iter_mut().zip(Digest::of([id.as_bytes()]).octets()).for_each(|(to, from)| *to = *from);
    key
}

/// Builds the index; memory stays bounded however many records a month has.
pub(crate) struct Builder {
    path: PathBuf,
    entries: Vec<Entry>,
    runs: Vec<PathBuf>,
}

impl Builder {
    pub(crate) fn new(place: &Place) -> Self {
        Self { path: place.directory.join(FILE), entries: Vec::new(), runs: Vec::new() }
    }

    /// Enters a record under its normalised identifiers.
    pub(crate) fn enter(&mut self, ids: impl Iterator<Item = String>, segment: u32, offset: u64) -> Result<(), Error> {
        for id in ids {
            let parts = [key(&id).as_slice(), &segment.to_be_bytes(), &offset.to_be_bytes()].concat();
            self.entries.extend(Entry::try_from(parts).ok());
        }
        if self.entries.len() >= RUN {
            let path = self.path.with_extension(format!("run{}", self.runs.len()));
            self.entries.sort_unstable();
            fs::write(&path, self.entries.concat()).map_err(Error::io("write", &path))?;
            self.runs.push(path);
            self.entries.clear();
        }
        Ok(())
    }

    /// Writes the index, whole and durable, and returns its digest.
    pub(crate) fn finish(mut self) -> Result<Digest, Error> {
        self.entries.sort_unstable();
        let draft = self.path.with_extension("draft");
        self.merge(&draft).map_err(Error::io("write", &draft))?;
        let rename = || {
            fs::rename(&draft, &self.path)?;
            self.path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
        };
        rename().map_err(Error::io("write", &self.path))?;
        crate::seal::digest_of(&self.path).map(|(_, digest)| digest).map_err(Error::io("read", &self.path))
    }

    fn merge(&mut self, draft: &PathBuf) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(draft)?);
        let mut runs = Vec::new();
        for run in &self.runs {
            runs.push(BufReader::new(File::open(run)?));
        }
        let mut rest = self.entries.iter().copied();
        let mut next = |run: usize| match runs.get_mut(run) {
            Some(run) => next_entry(run),
            None => Ok(rest.next()),
        };
        let mut heap = BinaryHeap::new();
        for run in 0..=self.runs.len() {
            heap.extend(next(run)?.map(|entry| Reverse((entry, run))));
        }
        let mut before = None;
        while let Some(Reverse((entry, run))) = heap.pop() {
            // A record that bears one identifier twice is entered once.
            if before != Some(entry) {
                out.write_all(&entry)?;
            }
            before = Some(entry);
            heap.extend(next(run)?.map(|entry| Reverse((entry, run))));
        }
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        for run in &self.runs {
            let _ = fs::remove_file(run);
        }
    }
}

fn next_entry(run: &mut BufReader<File>) -> io::Result<Option<Entry>> {
    let mut entry = [0; ENTRY];
    match run.read_exact(&mut entry) {
        Ok(()) => Ok(Some(entry)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where records with this normalised identifier are said to begin; `None` when there is no index that can be read.
pub(crate) fn hits(place: &Place, id: &str) -> Option<Vec<Position>> {
    let file = File::open(place.directory.join(FILE)).ok()?;
    let length = file.metadata().ok()?.len();
    let count = length / ENTRY as u64;
    if length % ENTRY as u64 != 0 {
        return None;
    }
    let entry = |number: u64| {
        let mut entry = [0; ENTRY];
        file.read_exact_at(&mut entry, number.saturating_mul(ENTRY as u64)).ok().map(|()| entry)
    };
    let wanted = key(id);
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if entry(middle)?.first_chunk::<KEY>()? < &wanted {
            low = middle.saturating_add(1);
        } else {
            high = middle;
        }
    }
    let mut found = Vec::new();
    for number in low..count {
        let entry = entry(number)?;
        let (own, place) = entry.split_first_chunk::<KEY>()?;
        if *own != wanted {
            break;
        }
        let (segment, offset) = place.split_first_chunk::<4>()?;
        let offset = u64::from_be_bytes(offset.try_into().ok()?);
        found.push(Position { segment: u32::from_be_bytes(*segment), offset });
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identifier_is_found_at_its_places_and_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place {
            directory: directory.path().to_owned(),
            store: crate::StoreName::node(),
            month: "2026-11".parse().unwrap(),
        };
        let mut index = Builder::new(&place);
        for number in 0..1000_u32 {
            let ids =
                [format!("own {number}"), format!("shared {}", number % 10), "twice".to_owned(), "twice".to_owned()];
            index.enter(ids.into_iter(), number / 500, u64::from(number)).unwrap();
        }
        index.finish().unwrap();
        for number in 0..1000_u32 {
            let at = Position { segment: number / 500, offset: u64::from(number) };
            assert_eq!(hits(&place, &format!("own {number}")), Some(vec![at]));
        }
        assert_eq!(hits(&place, "shared 3").unwrap().len(), 100);
        assert_eq!(hits(&place, "twice").unwrap().len(), 1000);
        assert_eq!(hits(&place, "nobody"), Some(vec![]));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left of the building");
        fs::write(directory.path().join(FILE), [0; 29]).unwrap();
        assert_eq!(hits(&place, "twice"), None);
    }
}
