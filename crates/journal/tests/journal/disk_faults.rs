//! A disk that tears a write, refuses a sync or is full: nothing is acknowledged that is not there, and only the agency concerned suffers.

use std::io;
use std::path::Path;
use std::slice::from_ref;
use std::sync::{Arc, Mutex};

use journal::disk::{Disk, RealDisk, SegmentFile};
use journal::{Error, Filter, Journal, Reader};
use tempfile::tempdir;
use uuid::Uuid;

use crate::support::{accepted, exchanges, options, segments, store};

/// What happens to the next write or sync.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// So many octets are written, then the disk errs.
    TornWrite(usize),
    /// So many octets are written, then the disk is full.
    Full(usize),
    /// Everything is written, `fdatasync` errs.
    Sync,
    /// No new file can be made.
    Create,
}

/// The real disk, with faults for the files whose path contains a name.
#[derive(Clone, Debug)]
pub(crate) struct FaultyDisk {
    name: &'static str,
    faults: Arc<Mutex<Vec<Fault>>>,
}

#[derive(Debug)]
struct FaultyFile {
    file: Box<dyn SegmentFile>,
    faults: Arc<Mutex<Vec<Fault>>>,
}

impl FaultyDisk {
    pub(crate) fn new(name: &'static str) -> Arc<Self> {
        Arc::new(Self { name, faults: Arc::default() })
    }

    fn plan(&self, faults: &[Fault]) {
        self.faults.lock().unwrap().extend(faults.iter().rev());
    }

    fn wrap(&self, path: &Path, file: Box<dyn SegmentFile>) -> Box<dyn SegmentFile> {
        if path.to_str().unwrap().contains(self.name) {
            Box::new(FaultyFile { file, faults: Arc::clone(&self.faults) })
        } else {
            file
        }
    }
}

fn due(faults: &Mutex<Vec<Fault>>, matches: impl Fn(Fault) -> bool) -> Option<Fault> {
    let mut faults = faults.lock().unwrap();
    if faults.last().is_some_and(|fault| matches(*fault)) { faults.pop() } else { None }
}

impl Disk for FaultyDisk {
    fn make_directory(&self, path: &Path, mode: u32) -> io::Result<()> {
        RealDisk.make_directory(path, mode)
    }

    fn create(&self, path: &Path, octets: &[u8]) -> io::Result<Box<dyn SegmentFile>> {
        if path.to_str().unwrap().contains(self.name) && due(&self.faults, |fault| fault == Fault::Create).is_some() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(self.wrap(path, RealDisk.create(path, octets)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        Ok(self.wrap(path, RealDisk.open(path)?))
    }

    fn settle(&self, path: &Path) -> io::Result<()> {
        RealDisk.settle(path)
    }

    fn free(&self, directory: &Path) -> io::Result<u64> {
        RealDisk.free(directory)
    }

    fn salt(&self) -> [u8; 16] {
        [7; 16]
    }
}

impl SegmentFile for FaultyFile {
    fn write(&mut self, octets: &[u8], offset: u64) -> io::Result<()> {
        let (kept, kind) = match due(&self.faults, |fault| matches!(fault, Fault::TornWrite(_) | Fault::Full(_))) {
            Some(Fault::TornWrite(kept)) => (kept, io::ErrorKind::Other),
            Some(Fault::Full(kept)) => (kept, io::ErrorKind::StorageFull),
            _ => return self.file.write(octets, offset),
        };
        self.file.write(&octets[..kept.min(octets.len())], offset)?;
        Err(kind.into())
    }

    fn sync(&mut self) -> io::Result<()> {
        match due(&self.faults, |fault| fault == Fault::Sync) {
            Some(_) => Err(io::ErrorKind::Other.into()),
            None => self.file.sync(),
        }
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.cut(length)
    }
}

/// Appends with these faults in the middle; returns the exchanges acknowledged and the segments that came of it.
async fn appended(faults: &[Fault]) -> (Vec<Uuid>, Vec<Uuid>, usize) {
    let directory = tempdir().unwrap();
    let disk = FaultyDisk::new("SOCZ");
    let journal = Journal::open_on(options(directory.path()), disk.clone()).unwrap();
    let mut sent = Vec::new();
    for number in 0..6 {
        if number == 2 {
            disk.plan(faults);
        }
        let record = accepted(2000);
        match journal.append(&[store("SOCZ")], &record).await {
            Ok(_) => sent.push(record.header.exchange),
            Err(Error::NotDurable { cause, elsewhere, .. }) => {
                assert!(matches!(*cause, Error::Io { .. }), "{cause}");
                assert_eq!(elsewhere, []);
            }
            Err(error) => panic!("{error}"),
        }
    }
    journal.close();
    let audit = Reader::open(directory.path()).unwrap().audit().unwrap();
    assert!(audit.holds(), "{audit:?}");
    assert_eq!(audit.accepted, sent.len() as u64);
    (sent, exchanges(directory.path()), segments(directory.path(), "SOCZ"))
}

#[tokio::test]
async fn after_a_disk_error_nothing_is_acknowledged_and_the_next_segment_is_used() {
    let cases: [(&[Fault], usize, usize); 6] = [
        (&[], 6, 1),
        (&[Fault::Sync], 5, 2),
        (&[Fault::Sync, Fault::Sync], 5, 2), // the second one hits the attempt to cut the file
        (&[Fault::TornWrite(700)], 5, 2),
        (&[Fault::Full(700)], 5, 1), // a full disk leaves the segment usable
        (&[Fault::Sync, Fault::Create, Fault::Create], 4, 2),
    ];
    for (faults, acknowledged, segments) in cases {
        let (sent, found, used) = appended(faults).await;
        assert_eq!(found, sent, "{faults:?}");
        assert_eq!((sent.len(), used), (acknowledged, segments), "{faults:?}");
    }
}

#[tokio::test]
async fn a_full_store_refuses_only_its_own_agency() {
    let directory = tempdir().unwrap();
    let disk = FaultyDisk::new("SOCZ");
    let journal = Journal::open_on(options(directory.path()), disk.clone()).unwrap();
    let (full, other) = (store("SOCZ"), store("ZAGS"));
    let _ = journal.append(&[full.clone(), other.clone()], &accepted(100)).await.unwrap();
    disk.plan(&[Fault::Full(10); 3]);

    assert!(journal.append(from_ref(&full), &accepted(100)).await.is_err());
    let _ = journal.append(from_ref(&other), &accepted(100)).await.unwrap();
    let error = journal.append(&[other.clone(), full.clone()], &accepted(100)).await.unwrap_err();
    let Error::NotDurable { store: failed, elsewhere, .. } = error else { panic!("{error}") };
    assert_eq!(failed, full);
    assert_eq!(elsewhere.iter().map(ToString::to_string).collect::<Vec<_>>(), ["ZAGS/2026-11/2"]);
    assert!(journal.append(from_ref(&full), &accepted(100)).await.is_err());

    // Room again: the store goes on where it was.
    let _ = journal.append(from_ref(&full), &accepted(100)).await.unwrap();
    journal.close();
    let reader = Reader::open(directory.path()).unwrap();
    let in_full = reader.list(&Filter { store: Some(full), ..Filter::default() }).unwrap();
    assert_eq!(in_full.map(|entry| entry.unwrap().id.sequence).collect::<Vec<_>>(), [0, 1]);
}

#[tokio::test]
async fn a_store_that_does_not_open_tells_every_waiting_record() {
    let directory = tempdir().unwrap();
    std::fs::write(directory.path().join("SOCZ"), "a file where the store should be").unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    for _ in 0..2 {
        let error = journal.append(&[store("SOCZ")], &accepted(1)).await.unwrap_err();
        assert!(matches!(error, Error::NotDurable { .. }), "{error}");
    }
    let _ = journal.append(&[store("ZAGS")], &accepted(1)).await.unwrap();
}
