//! Octets that change at rest: reported by file and offset, stepped over, never hidden and never overwritten.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use journal::{Damage, Error, Filter, Journal, Kind, Reader, StoreAudit};
use tempfile::tempdir;
use uuid::Uuid;

use crate::disk_faults::FaultyDisk;
use crate::support::{
    SEGMENT_HEAD, accepted, entries, exchanges, fill, flip, forget_index, incompressible, options, record, segment,
    segments, store,
};

/// Offset of the JSON header in a record.
const RECORD_HEAD: u64 = 160;

fn audit(directory: &Path) -> StoreAudit {
    let mut audit = Reader::open(directory).unwrap().audit().unwrap();
    assert_eq!(audit.holds(), audit.stores.iter().all(StoreAudit::holds));
    audit.stores.remove(0)
}

fn places(audit: &StoreAudit) -> Vec<(u64, Damage)> {
    let place = |error: &Error| match error {
        Error::Broken { offset, damage, .. } => (*offset, damage.clone()),
        error => panic!("{error}"),
    };
    audit.broken.iter().map(place).collect()
}

#[tokio::test]
async fn a_flipped_octet_in_the_middle_is_reported_and_stepped_over() {
    let directory = tempdir().unwrap();
    fill(options(directory.path()), "SOCZ", 5).await;
    let listed = entries(directory.path());
    let file = segment(directory.path(), "SOCZ", 0);
    let whole = fs::read(&file).unwrap();
    let (start, next) = (listed[2].offset, listed[3].offset);
    let cases = [
        (start, Damage::Unreadable { bytes: next - start }, "magic"),
        (start + 30, Damage::Unreadable { bytes: next - start }, "lengths"),
        (start + 100, Damage::Unreadable { bytes: next - start }, "digests"),
        (start + RECORD_HEAD + 20, Damage::Header { sequence: 2 }, "header"),
        (next - 1, Damage::Bodies { sequence: 2 }, "bodies"),
    ];
    for (offset, damage, what) in cases {
        fs::write(&file, &whole).unwrap();
        flip(&file, offset);
        let audit = audit(directory.path());
        assert_eq!(places(&audit), [(start, damage)], "{what}");
        assert_eq!((audit.records, audit.broken_count), (4, 1), "{what}");
        let shown = Reader::open(directory.path()).unwrap().show(&listed[2].id);
        assert!(matches!(shown, Err(Error::Broken { offset, .. }) if offset == start), "{what}: {shown:?}");
        assert!(Reader::open(directory.path()).unwrap().show(&listed[3].id).is_ok(), "{what}");
    }
}

#[tokio::test]
async fn a_damaged_segment_head_is_reported_and_its_records_are_read() {
    let directory = tempdir().unwrap();
    fill(options(directory.path()), "SOCZ", 3).await;
    flip(&segment(directory.path(), "SOCZ", 0), 20);
    let before = audit(directory.path());
    assert_eq!((places(&before), before.records), (vec![(0, Damage::SegmentHead)], 3));
    // Writing goes on in a new segment.
    fill(options(directory.path()), "SOCZ", 2).await;
    let after = audit(directory.path());
    assert_eq!((places(&after), after.records), (vec![(0, Damage::SegmentHead)], 5));
    assert_eq!(segments(directory.path(), "SOCZ"), 2);
}

#[tokio::test]
async fn a_torn_end_is_closed_off_and_kept() {
    let whole = tempdir().unwrap();
    let sent = fill(options(whole.path()), "SOCZ", 3).await;
    let octets = fs::read(segment(whole.path(), "SOCZ", 0)).unwrap();
    let last = usize::try_from(entries(whole.path())[2].offset).unwrap();
    for torn in [1, 50, 160, 400, octets.len() - last - 1] {
        let directory = tempdir().unwrap();
        fill(options(directory.path()), "SOCZ", 0).await;
        let file = segment(directory.path(), "SOCZ", 0);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, &octets[..last + torn]).unwrap();

        let before = audit(directory.path());
        assert_eq!((before.records, before.leftover_bytes, before.broken.len()), (2, torn as u64, 0));
        let more = fill(options(directory.path()), "SOCZ", 2).await;
        let expected: Vec<_> = sent[..2].iter().chain(&more).map(|record| record.header.exchange).collect();
        assert_eq!(exchanges(directory.path()), expected);
        let after = audit(directory.path());
        assert!(after.holds(), "{after:?}");
        assert_eq!(after.leftover_bytes, torn as u64);
        assert_eq!(fs::read(&file).unwrap(), octets[..last + torn], "nothing is cut away");
    }
}

#[tokio::test]
async fn acknowledged_records_cut_off_the_log_leave_a_gap_that_shows() {
    let directory = tempdir().unwrap();
    fill(options(directory.path()), "SOCZ", 5).await;
    let listed = entries(directory.path());
    let file = OpenOptions::new().write(true).open(segment(directory.path(), "SOCZ", 0)).unwrap();
    file.set_len(listed[3].offset + 10).unwrap();
    // The index remembers what was acknowledged, so the numbers go on behind the loss.
    fill(options(directory.path()), "SOCZ", 1).await;
    let audit = audit(directory.path());
    let numbers: Vec<u64> = readable(directory.path());
    assert_eq!(numbers, [0, 1, 2, 5]);
    let cut_short = |(_, damage): &(u64, Damage)| matches!(damage, Damage::CutShort { .. });
    assert!(places(&audit).iter().any(cut_short), "{:?}", audit.broken);
}

#[tokio::test]
async fn a_removed_segment_is_missed() {
    let directory = tempdir().unwrap();
    let mut small = options(directory.path());
    small.segment_bytes = 1000;
    fill(small.clone(), "SOCZ", 6).await;
    assert!(segments(directory.path(), "SOCZ") >= 3);
    let listed = entries(directory.path());
    let gone = listed.iter().filter(|entry| entry.file.ends_with("000001.seg")).count();
    fs::remove_file(segment(directory.path(), "SOCZ", 1)).unwrap();
    let damage: Vec<Damage> = places(&audit(directory.path())).into_iter().map(|(_, damage)| damage).collect();
    let expected = listed.iter().position(|entry| entry.file.ends_with("000001.seg")).unwrap() as u64;
    assert_eq!(damage, [Damage::SegmentMissing, Damage::Gap { expected, found: expected + gone as u64 }]);

    // The last one, too, as long as the index remembers it.
    let last = segments(directory.path(), "SOCZ");
    fs::remove_file(segment(directory.path(), "SOCZ", u32::try_from(last).unwrap())).unwrap();
    fill(small, "SOCZ", 1).await;
    assert_eq!(readable(directory.path()).last(), Some(&6));
}

#[tokio::test]
async fn a_segment_carried_to_another_store_is_not_taken_for_its_own() {
    let directory = tempdir().unwrap();
    fill(options(directory.path()), "SOCZ", 2).await;
    fs::create_dir_all(segment(directory.path(), "ZAGS", 0).parent().unwrap()).unwrap();
    fs::copy(segment(directory.path(), "SOCZ", 0), segment(directory.path(), "ZAGS", 0)).unwrap();
    let audit = Reader::open(directory.path()).unwrap().audit().unwrap();
    assert!(audit.stores[0].holds());
    assert_eq!(places(&audit.stores[1]), [(0, Damage::SegmentHead)]);
}

#[tokio::test]
async fn a_record_repeated_in_the_place_of_another_is_seen() {
    let directory = tempdir().unwrap();
    fill(options(directory.path()), "SOCZ", 3).await;
    let listed = entries(directory.path());
    let file = segment(directory.path(), "SOCZ", 0);
    let mut octets = fs::read(&file).unwrap();
    // Record 0 once more in the place of record 1: every checksum fits.
    let (first, second, third) = (at(&listed[0]), at(&listed[1]), at(&listed[2]));
    let copy = octets[first..second].to_vec();
    octets.splice(second..third, copy);
    fs::write(&file, octets).unwrap();
    let damage: Vec<Damage> = places(&audit(directory.path())).into_iter().map(|(_, damage)| damage).collect();
    assert_eq!(damage, [Damage::Gap { expected: 1, found: 0 }, Damage::Gap { expected: 1, found: 2 }]);
}

#[tokio::test]
async fn substituted_record_breaks_the_chain() {
    // The attack: a record of the same number and size, with right checksums and the right salt, made to stand in for
    // another. Two journals on a disk with a constant salt give the two.
    let directories = [tempdir().unwrap(), tempdir().unwrap()];
    let [file, other] = [0, 1].map(|number: usize| segment(directories[number].path(), "SOCZ", 0));
    for (seed, directory) in directories.iter().enumerate() {
        let mut options = options(directory.path());
        options.segment_bytes = 1700; // four records
        let journal = Journal::open_on(options, FaultyDisk::new("SOCZ")).unwrap();
        for number in 0..6 {
            // The same headers, so that compressed they are of one length.
            let mut record = record(Uuid::from_u128(number), Kind::Accepted, 0);
            record.bodies[0].octets = incompressible(seed as u128 + number, 150);
            let _ = journal.append(&[store("SOCZ")], &record).await.unwrap();
        }
        journal.close();
    }
    let whole = fs::read(&file).unwrap();
    let stranger = fs::read(&other).unwrap();
    let listed = entries(directories[0].path());
    assert_eq!(listed.iter().filter(|entry| entry.file == file).count(), 4);
    let chain = |entry: &journal::Entry| (entry.offset, Damage::Chain { sequence: entry.id.sequence });
    let cases = [
        (at(&listed[1])..at(&listed[2]), [chain(&listed[1]), chain(&listed[2])]),
        // The last of its segment: the next segment's head remembers another.
        (at(&listed[3])..whole.len(), [chain(&listed[3]), (0, Damage::Chain { sequence: 4 })]),
    ];
    for (range, expected) in cases {
        let mut octets = whole.clone();
        octets[range.clone()].copy_from_slice(&stranger[range]);
        fs::write(&file, octets).unwrap();
        assert_eq!(places(&audit(directories[0].path())), expected);
    }
}

#[tokio::test]
async fn forged_record_in_a_message_is_not_taken_for_one_behind_damage() {
    // The attack: a message that contains the octets of a journal record, from another journal, and then damage to the head
    // of the record that holds the message.
    let elsewhere = tempdir().unwrap();
    fill(options(elsewhere.path()), "SOCZ", 2).await;
    let forged = fs::read(segment(elsewhere.path(), "SOCZ", 0)).unwrap();

    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let mut message = accepted(0);
    message.bodies[0].octets = forged.into();
    let _ = journal.append(&[store("SOCZ")], &message).await.unwrap();
    let _ = journal.append(&[store("SOCZ")], &accepted(10)).await.unwrap();
    journal.close();
    flip(&segment(directory.path(), "SOCZ", 0), SEGMENT_HEAD + 5);
    assert_eq!(readable(directory.path()), [1]);
}

#[tokio::test]
async fn a_frame_of_a_later_version_is_named_and_stepped_over() {
    let directory = tempdir().unwrap();
    fill(options(directory.path()), "SOCZ", 3).await;
    let file = segment(directory.path(), "SOCZ", 0);
    let start = at(&entries(directory.path())[1]);
    let mut octets = fs::read(&file).unwrap();
    octets[start + 6] = 8; // flags
    let crc = crc32fast::hash(&octets[start..start + 156]);
    octets[start + 156..start + 160].copy_from_slice(&crc.to_le_bytes());
    fs::write(&file, octets).unwrap();
    let audit = audit(directory.path());
    let damage = Damage::Unsupported { version: 1, frame: 1, flags: 8 };
    assert_eq!(places(&audit), [(start as u64, damage)]);
    assert_eq!(readable(directory.path()), [0, 2]);
}

#[tokio::test]
async fn octets_behind_the_end_of_a_closed_segment_do_not_count() {
    let directory = tempdir().unwrap();
    fill(options(directory.path()), "SOCZ", 2).await;
    let file = segment(directory.path(), "SOCZ", 0);
    OpenOptions::new().append(true).open(&file).unwrap().write_all(&[0; 4096]).unwrap();
    forget_index(directory.path(), "SOCZ");
    fill(options(directory.path()), "SOCZ", 1).await;
    let audit = audit(directory.path());
    assert!(audit.holds(), "{audit:?}");
    assert_eq!((audit.records, audit.leftover_bytes), (3, 4096));
}

fn at(entry: &journal::Entry) -> usize {
    usize::try_from(entry.offset).unwrap()
}

/// Numbers of the records that a listing finds between the damage.
fn readable(directory: &Path) -> Vec<u64> {
    let listing = Reader::open(directory).unwrap().list(&Filter::default()).unwrap();
    listing.filter_map(Result::ok).map(|entry| entry.id.sequence).collect()
}
