//! Records, directories and segment files for the tests.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use jiff::Timestamp;
use journal::{Body, Entry, Filter, Form, Header, Journal, Kind, Options, Reader, Record, Role, StoreName};
use uuid::Uuid;

pub(crate) const MONTH: &str = "2026-11";
/// Octets of a segment's head.
pub(crate) const SEGMENT_HEAD: u64 = 128;

pub(crate) fn time() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

pub(crate) fn store(name: &str) -> StoreName {
    StoreName::new(name).unwrap()
}

pub(crate) fn record(exchange: Uuid, kind: Kind, octets: usize) -> Record {
    let mut header = Header::new(exchange, kind, time());
    header.sender = Some("SOCZ01641".to_owned());
    header.verdict = "ok".to_owned();
    let octets = incompressible(exchange.as_u128(), octets);
    Record { header, bodies: vec![Body { role: Role::Received, form: Form::Whole, octets }] }
}

/// So many octets out of a seed that no compression makes fewer: tests count on the room that records take.
pub(crate) fn incompressible(seed: u128, octets: usize) -> Bytes {
    let [low, high] = [0, 8].map(|at| u64::from_le_bytes(seed.to_le_bytes()[at..at + 8].try_into().unwrap()));
    let mut state = (low ^ high).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        // xorshift64 (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..octets).map(|_| next()).collect()
}

pub(crate) fn accepted(octets: usize) -> Record {
    record(Uuid::new_v4(), Kind::Accepted, octets)
}

pub(crate) fn options(directory: &Path) -> Options {
    Options::new(directory)
}

/// Appends so many records to one store, one after the other, and closes the journal.
pub(crate) async fn fill(options: Options, name: &str, count: usize) -> Vec<Record> {
    let journal = Journal::open(options).unwrap();
    let records: Vec<Record> = (0..count).map(|_| accepted(300)).collect();
    for record in &records {
        let _ = journal.append(&[store(name)], record).await.unwrap();
    }
    journal.close();
    records
}

pub(crate) fn entries(directory: &Path) -> Vec<Entry> {
    let listing = Reader::open(directory).unwrap().list(&Filter::default()).unwrap();
    listing.collect::<Result<_, _>>().unwrap()
}

pub(crate) fn exchanges(directory: &Path) -> Vec<Uuid> {
    entries(directory).iter().map(|entry| entry.header.exchange).collect()
}

pub(crate) fn month_directory(directory: &Path, name: &str) -> PathBuf {
    directory.join(name).join("exchange").join(MONTH)
}

pub(crate) fn segment(directory: &Path, name: &str, number: u32) -> PathBuf {
    month_directory(directory, name).join(format!("{number:06}.seg"))
}

pub(crate) fn segments(directory: &Path, name: &str) -> usize {
    let entries = fs::read_dir(month_directory(directory, name)).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "seg")).count()
}

/// Turns one bit of the octet at `offset`.
pub(crate) fn flip(path: &Path, offset: u64) {
    let mut octets = fs::read(path).unwrap();
    octets[usize::try_from(offset).unwrap()] ^= 1;
    fs::write(path, octets).unwrap();
}

pub(crate) fn forget_index(directory: &Path, name: &str) {
    fs::remove_dir_all(month_directory(directory, name).join("index.sled")).unwrap();
}
