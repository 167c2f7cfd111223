//! The index is disposable: without it, or with a damaged one, answers stay complete and true.

use std::fs;
use std::path::Path;

use journal::{Entry, Journal, Kind, Month, Reader};
use tempfile::tempdir;

use crate::support::{MONTH, fill, forget_index, month_directory, options, record, store};

fn find(journal: &Journal, id: &str) -> Vec<u64> {
    let month: Month = MONTH.parse().unwrap();
    let found: Vec<Entry> = journal.find(&store("SOCZ"), month, id).unwrap();
    found.iter().map(|entry| entry.id.sequence).collect()
}

#[tokio::test]
async fn every_identifier_finds_its_records_at_once() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let mut request = record(uuid::Uuid::new_v4(), Kind::Accepted, 100);
    let exchange = request.header.exchange;
    request.header.message_id = Some(uuid::Uuid::new_v4());
    request.header.case_number = Some("2026/17".to_owned());
    request.header.foreign_message_id = Some("urn:other:5".to_owned());
    let _ = journal.append(&[store("SOCZ")], &request).await.unwrap();
    let mut answer = record(exchange, Kind::Answered, 100);
    answer.header.request_id_ref = Some(format!("{{{}}}", exchange.to_string().to_uppercase()));
    let _ = journal.append(&[store("SOCZ")], &answer).await.unwrap();
    for (id, expected) in [
        (exchange.to_string(), vec![0, 1]),
        (exchange.to_string().to_uppercase(), vec![0, 1]),
        (request.header.message_id.unwrap().to_string(), vec![0]),
        ("2026/17".to_owned(), vec![0]),
        ("urn:other:5".to_owned(), vec![0]),
        ("nobody".to_owned(), vec![]),
        (String::new(), vec![]),
    ] {
        assert_eq!(find(&journal, &id), expected, "{id}");
    }
    journal.close();
    // A month that is not open is answered from the log.
    assert_eq!(find(&journal, &exchange.to_string()), [0, 1]);
}

#[tokio::test]
async fn a_deleted_or_damaged_index_is_built_anew_and_complete() {
    for damage in ["deleted", "emptied", "overwritten", "cut", "no checkpoint", "left open"] {
        let directory = tempdir().unwrap();
        let sent = fill(options(directory.path()), "SOCZ", 50).await;
        let index = month_directory(directory.path(), "SOCZ").join("index.sled");
        let db = index.join("db");
        match damage {
            "deleted" => forget_index(directory.path(), "SOCZ"),
            "emptied" => fs::write(&db, []).unwrap(),
            "overwritten" => {
                fs::write(&db, vec![0xA5; usize::try_from(fs::metadata(&db).unwrap().len()).unwrap()]).unwrap();
            }
            "cut" => fs::write(&db, &fs::read(&db).unwrap()[..1000]).unwrap(),
            "no checkpoint" => {
                edit(&index, |sled| {
                    assert!(sled.remove(format!("checkpoint SOCZ {MONTH}")).unwrap().is_some());
                });
            }
            _ => {
                // Killed while open, half of the entries lost: the mark makes us look.
                edit(&index, |sled| {
                    let keys: Vec<_> = sled.scan_prefix(b"i").keys().step_by(2).map(Result::unwrap).collect();
                    for key in keys {
                        sled.remove(key).unwrap();
                    }
                });
                fs::write(month_directory(directory.path(), "SOCZ").join("index.open"), []).unwrap();
            }
        }
        let journal = Journal::open(options(directory.path())).unwrap();
        let _ = journal.append(&[store("SOCZ")], &record(uuid::Uuid::new_v4(), Kind::Accepted, 1)).await.unwrap();
        for (number, record) in sent.iter().enumerate() {
            assert_eq!(find(&journal, &record.header.exchange.to_string()), [number as u64], "{damage}");
        }
        journal.close();
        assert_eq!(indexed(&index), 51, "{damage}");
        assert!(!month_directory(directory.path(), "SOCZ").join("index.open").exists(), "{damage}");
    }
}

#[tokio::test]
async fn an_index_that_points_to_the_wrong_place_misses_but_does_not_lie() {
    let directory = tempdir().unwrap();
    let sent = fill(options(directory.path()), "SOCZ", 3).await;
    let index = month_directory(directory.path(), "SOCZ").join("index.sled");
    edit(&index, |sled| {
        // Every identifier points to where record 0 begins.
        let first = [&0_u32.to_be_bytes()[..], &128_u64.to_be_bytes()].concat();
        for key in sled.scan_prefix(b"i").keys() {
            sled.insert(key.unwrap(), first.clone()).unwrap();
        }
    });
    let journal = Journal::open(options(directory.path())).unwrap();
    let _ = journal.append(&[store("SOCZ")], &record(uuid::Uuid::new_v4(), Kind::Accepted, 1)).await.unwrap();
    let hits: Vec<Vec<u64>> = sent.iter().map(|record| find(&journal, &record.header.exchange.to_string())).collect();
    // Before the index is in use the log answers, which is right as well.
    assert_eq!(hits[0], [0]);
    for (number, hit) in hits.iter().enumerate() {
        assert!(hit.is_empty() || *hit == [number as u64], "{hits:?}");
    }
}

#[tokio::test]
async fn rebuild_builds_every_index() {
    let directory = tempdir().unwrap();
    fill(options(directory.path()), "SOCZ", 20).await;
    fill(options(directory.path()), "ZAGS", 10).await;
    forget_index(directory.path(), "ZAGS");
    assert_eq!(Reader::open(directory.path()).unwrap().rebuild().unwrap(), 2);
    for (name, count) in [("SOCZ", 20), ("ZAGS", 10)] {
        assert_eq!(indexed(&month_directory(directory.path(), name).join("index.sled")), count);
    }
}

/// Changes an index that is not open.
fn edit(index: &Path, change: impl FnOnce(&sled::Db)) {
    let sled = sled::open(index).unwrap();
    change(&sled);
    sled.flush().unwrap();
    drop(sled);
    // sled's helper threads hold the lock a moment longer.
    fs::File::open(index.join("db")).unwrap().lock().unwrap();
}

/// Entries of an index that is not open. The records of these tests bear one identifier each.
fn indexed(index: &Path) -> usize {
    sled::open(index).unwrap().scan_prefix(b"i").count()
}
