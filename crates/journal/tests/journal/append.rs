//! What an append promises.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use journal::{Error, Filter, Journal, Kind, Reader, Record, StoreName};
use tempfile::tempdir;
use uuid::Uuid;

use crate::support::{accepted, entries, exchanges, fill, options, record, segments, store};

#[tokio::test]
async fn a_receipt_names_the_record_in_every_store() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let sent = accepted(5000);
    let first = journal.append(&[store("SOCZ"), store("_node"), store("SOCZ")], &sent).await.unwrap();
    let second = journal.append(&[store("SOCZ")], &accepted(0)).await.unwrap();
    let names = |receipt: &journal::Receipt| receipt.record_ids().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&first), ["SOCZ/2026-11/0", "_node/2026-11/0"]);
    assert_eq!(names(&second), ["SOCZ/2026-11/1"]);

    let reader = Reader::open(directory.path()).unwrap();
    for stored in first.stored() {
        let (entry, read) = reader.show(&stored.record).unwrap();
        assert_eq!(read, sent);
        assert_eq!(entry.digest, stored.digest);
        assert_eq!(entry.stores, [store("SOCZ"), store("_node")]);
    }
    journal.close();
    assert!(matches!(journal.append(&[store("SOCZ")], &sent).await, Err(Error::Closed)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_producers_lose_nothing_across_segments() {
    let directory = tempdir().unwrap();
    let mut options = options(directory.path());
    (options.segment_bytes, options.queue_records, options.queue_bytes) = (64 << 10, 8, 20_000);
    let journal = Journal::open(options).unwrap();
    let mut tasks = Vec::new();
    for producer in 0..16 {
        let journal = journal.clone();
        tasks.push(tokio::spawn(async move {
            let mut done = Vec::new();
            for number in 0..20 {
                let record = accepted(producer * 500 + number);
                let receipt = journal.append(&[store("A"), store("B")], &record).await.unwrap();
                done.push((receipt.record_ids().next().unwrap().sequence, record.header.exchange));
            }
            done
        }));
    }
    let mut done = Vec::new();
    for task in tasks {
        done.extend(task.await.unwrap());
    }
    journal.close();
    done.sort_unstable();
    let in_a: Vec<(u64, Uuid)> = entries(directory.path())
        .into_iter()
        .filter(|entry| entry.id.store == store("A"))
        .map(|entry| (entry.id.sequence, entry.header.exchange))
        .collect();
    assert_eq!(in_a, done);
    assert!(segments(directory.path(), "A") > 10);
    let audit = Reader::open(directory.path()).unwrap().audit().unwrap();
    assert!(audit.holds(), "{audit:?}");
    assert_eq!((audit.accepted, audit.pending), (320, 320));
}

#[tokio::test]
async fn reopening_continues_the_same_segment_and_chain() {
    let directory = tempdir().unwrap();
    let mut sent = fill(options(directory.path()), "SOCZ", 3).await;
    sent.extend(fill(options(directory.path()), "SOCZ", 2).await);
    assert_eq!(exchanges(directory.path()), sent.iter().map(|record| record.header.exchange).collect::<Vec<_>>());
    assert_eq!(segments(directory.path(), "SOCZ"), 1);
    assert!(Reader::open(directory.path()).unwrap().audit().unwrap().holds());
}

#[tokio::test]
async fn an_idle_store_gives_up_its_threads_and_comes_back() {
    let directory = tempdir().unwrap();
    let mut options = options(directory.path());
    options.idle = Duration::ZERO;
    let journal = Journal::open(options).unwrap();
    let mut sent = Vec::new();
    for _ in 0..20 {
        let record = accepted(100);
        let _ = journal.append(&[store("A")], &record).await.unwrap();
        sent.push(record.header.exchange);
    }
    journal.close();
    assert_eq!(exchanges(directory.path()), sent);
    assert_eq!(segments(directory.path(), "A"), 1);
}

#[test]
fn a_second_writer_is_refused_by_name() {
    let directory = tempdir().unwrap();
    let first = Journal::open(options(directory.path())).unwrap();
    let refused = Journal::open(options(directory.path())).unwrap_err();
    let Error::InUse { holder, .. } = &refused else { panic!("{refused}") };
    assert_eq!(*holder, format!("process {}", std::process::id()));
    let rebuild = Reader::open(directory.path()).unwrap().rebuild();
    assert!(matches!(rebuild, Err(Error::InUse { .. })));
    first.close();
    Journal::open(options(directory.path())).unwrap().close();
}

#[tokio::test]
async fn files_are_for_their_owner_only() {
    fn check(path: &Path, seen: &mut Vec<String>) {
        let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expected, "{}: {mode:o}", path.display());
        seen.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        for entry in path.is_dir().then(|| fs::read_dir(path).unwrap()).into_iter().flatten() {
            check(&entry.unwrap().path(), seen);
        }
    }
    let parent = tempdir().unwrap();
    let directory = parent.path().join("var/journal");
    fill(options(&directory), "SOCZ", 1).await;
    let mut seen = Vec::new();
    check(&parent.path().join("var"), &mut seen);
    for name in ["journal.lock", "SOCZ", "2026-11", "000000.seg", "index.sled"] {
        assert!(seen.iter().any(|path| path == name), "{name} in {seen:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_a_record_is_refused_before_the_disk() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let mut early = accepted(1);
    early.header.time = "1969-12-31T23:59:59Z".parse().unwrap();
    let large = accepted((64 << 20) + 1);
    let cases: [(&[StoreName], &Record); 3] = [(&[], &accepted(1)), (&[store("A")], &early), (&[store("A")], &large)];
    for (stores, record) in cases {
        let error = journal.append(stores, record).await.unwrap_err();
        assert!(matches!(error, Error::NoStores | Error::BadTime { .. } | Error::TooLarge { .. }), "{error}");
    }
    assert!(!directory.path().join("A").exists());
}

#[tokio::test]
async fn large_records_pass_through_small_groups() {
    let directory = tempdir().unwrap();
    let mut options = options(directory.path());
    (options.group_bytes, options.queue_bytes, options.segment_bytes) = (1000, 1000, 1000);
    let journal = Journal::open(options).unwrap();
    let sent = record(Uuid::new_v4(), Kind::Refused, 10 << 20);
    let receipt = journal.append(&[store("A")], &sent).await.unwrap();
    let id = receipt.record_ids().next().unwrap();
    assert_eq!(Reader::open(directory.path()).unwrap().show(id).unwrap().1, sent);
}

#[tokio::test]
async fn a_clock_set_back_over_the_end_of_a_month_does_not_write_behind_what_is_there() {
    let directory = tempdir().unwrap();
    let at = |time: &str| {
        let mut record = accepted(10);
        record.header.time = time.parse().unwrap();
        record
    };
    let (before, after) = ("2026-11-30T23:59:59Z", "2026-12-01T00:00:00Z");
    for _ in 0..2 {
        let journal = Journal::open(options(directory.path())).unwrap();
        for time in [before, after, before] {
            let _ = journal.append(&[store("SOCZ")], &at(time)).await.unwrap();
        }
        journal.close();
    }
    let reader = Reader::open(directory.path()).unwrap();
    let listed = |filter: &Filter| {
        let names = reader.list(filter).unwrap().map(|entry| entry.unwrap().id.to_string());
        names.collect::<Vec<_>>()
    };
    let all: Vec<String> = ["2026-11/0", "2026-12/0", "2026-12/1", "2026-12/2", "2026-12/3", "2026-12/4"]
        .map(|name| format!("SOCZ/{name}"))
        .into();
    assert_eq!(listed(&Filter::default()), all);
    let early = Filter { until: Some(after.parse().unwrap()), ..Filter::default() };
    assert_eq!(listed(&early), ["SOCZ/2026-11/0", "SOCZ/2026-12/1", "SOCZ/2026-12/2", "SOCZ/2026-12/4"]);
}
