//! A bus killed in the middle of work: every record it was told to be durable is there, byte for byte.
//!
//! The child is this test binary again. It tells each acknowledged record over a pipe; the parent kills it after so many of
//! them, so that the moment depends on the journal's work and not on a clock.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use journal::{Journal, Kind, Reader, RecordId};
use tempfile::tempdir;
use uuid::Uuid;

use crate::support::{options, record, store};

const DIRECTORY: &str = "JOURNAL_CRASH_DIRECTORY";
const PRODUCERS: usize = 4;

fn journal_options(directory: &Path) -> journal::Options {
    let mut options = options(directory);
    options.segment_bytes = 300_000;
    options
}

/// Not a test by itself: appends until it is killed.
#[test]
fn child_appends_until_killed() {
    let Some(directory) = env::var_os(DIRECTORY) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let journal = Journal::open(journal_options(directory.as_ref())).unwrap();
    runtime.block_on(async {
        let producers = (0..PRODUCERS).map(|producer| {
            let journal = journal.clone();
            tokio::spawn(async move {
                for number in 0_usize.. {
                    let record = record(Uuid::new_v4(), Kind::Accepted, (producer * 7919 + number * 977) % 30_000);
                    let receipt = journal.append(&[store("A"), store("B")], &record).await.unwrap();
                    for id in receipt.record_ids() {
                        writeln!(io::stdout(), "acknowledged {id} {}", record.header.exchange).unwrap();
                    }
                }
            })
        });
        for producer in producers.collect::<Vec<_>>() {
            producer.await.unwrap();
        }
    });
}

/// Starts a child, kills it after so many acknowledgements, returns all that it got out.
fn acknowledged_before_kill(directory: &Path, after: usize) -> Vec<(RecordId, Uuid)> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "crash::child_appends_until_killed", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        // The test harness may have written to the same line before.
        let Some((_, words)) = line.split_once("acknowledged ") else {
            continue;
        };
        let Some((id, exchange)) = words.split_once(' ') else {
            continue;
        };
        let Ok(exchange) = exchange.parse() else { continue };
        acknowledged.push((id.parse().unwrap(), exchange));
        if acknowledged.len() == after {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= after, "the child ended by itself");
    acknowledged
}

#[test]
fn whatever_was_acknowledged_survives_kill_9() {
    let directory = tempdir().unwrap();
    let mut acknowledged: BTreeMap<RecordId, Uuid> = BTreeMap::new();
    for after in [1, 2, 57, 3, 400, 131, 9] {
        for (id, exchange) in acknowledged_before_kill(directory.path(), after) {
            assert_eq!(acknowledged.insert(id, exchange), None, "a name was given twice");
        }
        let reader = Reader::open(directory.path()).unwrap();
        for (id, exchange) in &acknowledged {
            let (entry, _) = reader.show(id).unwrap();
            assert_eq!(entry.header.exchange, *exchange);
        }
        let audit = reader.audit().unwrap();
        assert!(audit.holds(), "{audit:?}");
    }
    // The index, too, is complete after the last kill.
    let journal = Journal::open(journal_options(directory.path())).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let last = record(Uuid::new_v4(), Kind::Accepted, 1);
    let _ = runtime.block_on(journal.append(&[store("A"), store("B")], &last)).unwrap();
    let stores: BTreeSet<_> = acknowledged.keys().map(|id| (id.store.clone(), id.month)).collect();
    assert_eq!(stores.len(), 2);
    for (id, exchange) in &acknowledged {
        let found = journal.find(&id.store, id.month, &exchange.to_string()).unwrap();
        assert_eq!(found.iter().map(|entry| &entry.id).collect::<Vec<_>>(), [id]);
    }
    journal.close();
}
