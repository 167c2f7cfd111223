//! A disk that hangs, is remounted read-only, errs or is nearly full under one store: its callers are told in time, nothing counts that
//! was not confirmed, other stores do not notice, and work goes on by itself when the disk is back.

use std::slice::from_ref;
use std::sync::Arc;
use std::time::Duration;

use journal::{Error, Journal, Kind, Options, Reader, Receipt, Record, StoreName};
use tempfile::{TempDir, tempdir};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::sim_disk::{Mood, SimDisk};
use crate::support::{
    accepted, entries, flip, forget_index, month_directory, options, record, segment, segments, store,
};

type Appending = JoinHandle<Result<Receipt, Error>>;

/// A journal on a disk that does as it is told.
struct Bench {
    directory: TempDir,
    disk: Arc<SimDisk>,
    journal: Journal,
}

impl Bench {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Options)) -> Self {
        let (directory, disk) = (tempdir().unwrap(), SimDisk::new(1));
        let mut options = options(directory.path());
        change(&mut options);
        let journal = Journal::open_on(options, disk.clone()).unwrap();
        Self { directory, disk, journal }
    }

    async fn append(&self, name: &str) -> Result<Receipt, Error> {
        self.journal.append(&[store(name)], &accepted(3000)).await
    }

    /// Appends that have come as far as they can without a disk.
    async fn start(&self, name: &str, count: usize) -> Vec<Appending> {
        let start = |_| {
            let (journal, stores) = (self.journal.clone(), [store(name)]);
            tokio::spawn(async move { journal.append(&stores, &accepted(3000)).await })
        };
        let started = (0..count).map(start).collect();
        tokio::task::yield_now().await;
        started
    }

    /// A store whose disk hangs in the middle of a write, with so many records in the queue behind it.
    async fn hung(&self, name: &str, behind: usize) -> Vec<Appending> {
        let _ = self.append(name).await.unwrap();
        self.disk.set(name, Mood::Hangs);
        let mut started = self.start(name, 1).await;
        self.disk.wait_for_hanging(1);
        started.extend(self.start(name, behind).await);
        started
    }

    /// Appends until the store takes records again.
    async fn recovered(&self, name: &str) {
        while let Err(error) = self.append(name).await {
            assert!(hangs(&error), "{error}");
            tokio::task::yield_now().await;
        }
    }

    /// Records of a store that the audit finds, and the audit must hold.
    fn found(&self, name: &str) -> u64 {
        self.journal.close();
        let audit = Reader::open(self.directory.path()).unwrap().audit().unwrap();
        assert!(audit.holds(), "{audit:#?}");
        audit.stores.iter().find(|audit| audit.store == store(name)).unwrap().records
    }
}

fn hangs(error: &Error) -> bool {
    matches!(error, Error::NotDurable { cause, .. } if matches!(**cause, Error::Hangs { .. }))
}

/// Waits with time standing still but for the waiting itself: a deadline passes as soon as nothing else can happen.
async fn given_up(appending: Vec<Appending>) {
    tokio::time::pause();
    for append in appending {
        let error = append.await.unwrap().unwrap_err();
        assert!(hangs(&error), "{error}");
    }
    tokio::time::resume();
}

#[tokio::test]
async fn a_hung_disk_is_told_in_time_and_nothing_of_it_counts_later() {
    let bench = Bench::new();
    let behind = bench.hung("SOCZ", 5).await;
    given_up(behind).await;

    // From now on nobody waits for it, others are served, and what only they have is told.
    let at_once = tokio::time::timeout(Duration::ZERO, bench.append("SOCZ")).await.unwrap();
    assert!(hangs(&at_once.unwrap_err()));
    let _ = bench.append("ZAGS").await.unwrap();
    let both = bench.journal.append(&[store("SOCZ"), store("ZAGS")], &accepted(10)).await.unwrap_err();
    let text = both.to_string();
    assert!(text.contains("disk of the store SOCZ does not answer") && text.contains("10 s"), "{text}");
    let Error::NotDurable { elsewhere, .. } = both else { panic!("{text}") };
    assert_eq!(elsewhere.iter().map(ToString::to_string).collect::<Vec<_>>(), ["ZAGS/2026-11/1"]);

    bench.disk.set("SOCZ", Mood::Good);
    bench.recovered("SOCZ").await;
    assert_eq!(bench.found("SOCZ"), 2, "the first and the last: six were given up");
    assert_eq!(segments(bench.directory.path(), "SOCZ"), 2, "the group that was written all the same is left behind");
}

#[tokio::test]
async fn a_store_that_hangs_while_it_opens_is_told_in_time_too() {
    let bench = Bench::new();
    bench.disk.set("SOCZ", Mood::Hangs);
    let appending = bench.start("SOCZ", 3).await;
    bench.disk.wait_for_hanging(1);
    given_up(appending).await;
    assert!(hangs(&bench.append("SOCZ").await.unwrap_err()));
    bench.disk.set("SOCZ", Mood::Good);
    bench.recovered("SOCZ").await;
    assert_eq!(bench.found("SOCZ"), 1);
}

#[tokio::test]
async fn a_caller_that_goes_takes_along_what_is_not_being_written() {
    let bench = Bench::new();
    let mut appending = bench.hung("SOCZ", 4).await;
    let gone = appending.split_off(3);
    for caller in &gone {
        caller.abort();
    }
    for caller in gone {
        assert!(caller.await.unwrap_err().is_cancelled());
    }
    bench.disk.set("SOCZ", Mood::Good);
    for append in appending {
        let _ = append.await.unwrap().unwrap();
    }
    assert_eq!(bench.found("SOCZ"), 4, "the first, the one that hung, two of four behind it");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_hung_disk_for_ever() {
    let bench = Bench::with(|options| options.close_wait = Duration::ZERO);
    let appending = bench.hung("SOCZ", 0).await;
    bench.journal.close();
    bench.journal.close();
    let again = || Journal::open_on(options(bench.directory.path()), bench.disk.clone());
    assert!(matches!(again(), Err(Error::InUse { .. })), "it may still write");
    bench.disk.set("SOCZ", Mood::Good);
    for append in appending {
        let _ = append.await.unwrap().unwrap();
    }
    let again = loop {
        bench.journal.close();
        match again() {
            Ok(journal) => break journal,
            Err(error) => assert!(matches!(error, Error::InUse { .. }), "{error}"),
        }
    };
    again.close();
    assert_eq!(bench.found("SOCZ"), 2);
}

#[tokio::test]
async fn a_disk_that_refuses_under_load_stops_its_own_store_only_and_until_it_is_back() {
    for mood in [Mood::ReadOnly, Mood::Full, Mood::NoSync] {
        let bench = Bench::with(|options| options.segment_bytes = 50_000);
        let mut counts = 0;
        for (mood, good) in [(Mood::Good, true), (mood, false), (Mood::Good, true), (mood, false), (Mood::Good, true)] {
            bench.disk.set("SOCZ", mood);
            let (concerned, others) = (bench.start("SOCZ", 20).await, bench.start("ZAGS", 20).await);
            for append in others {
                let _ = append.await.unwrap().unwrap();
            }
            for append in concerned {
                let outcome = append.await.unwrap();
                assert_eq!(outcome.is_ok(), good, "{mood:?}: {outcome:?}");
                counts += u64::from(good);
            }
        }
        assert_eq!(bench.found("SOCZ"), counts, "{mood:?}: what counts is what was acknowledged");
        assert_eq!(bench.found("ZAGS"), 100);
    }
}

#[tokio::test]
async fn what_is_left_of_a_full_disk_is_for_the_ends_of_exchanges() {
    let bench = Bench::with(|options| options.reserve_bytes = 256 << 20);
    let mib = |count: u64| bench.disk.set_free("SOCZ", count << 20);
    let step = |kind| record(Uuid::new_v4(), kind, 1000);
    let append = async |record: &Record| bench.journal.append(from_ref(&store("SOCZ")), record).await.map(drop);
    // A measurement is good for a second while there is room, so the store opens anew for each case.
    let begun = accepted(1000);
    mib(255);
    let refused = append(&begun).await.unwrap_err();
    assert!(refused.to_string().contains("store SOCZ has 255 MiB left; below 256 MiB"), "{refused}");
    append(&step(Kind::Refused)).await.unwrap();
    let _ = bench.journal.append(&[store("ZAGS")], &begun).await.unwrap();
    mib(300);
    append(&begun).await.unwrap();
    bench.journal.close();

    let journal = Journal::open_on(options(bench.directory.path()), bench.disk.clone()).unwrap();
    let append = async |record: &Record| journal.append(&[StoreName::new("SOCZ").unwrap()], record).await.map(drop);
    mib(63);
    assert!(append(&step(Kind::Refused)).await.is_err());
    append(&record(begun.header.exchange, Kind::Answered, 1000)).await.unwrap();
    journal.close();
    assert_eq!(bench.found("SOCZ"), 3);
}

#[tokio::test]
async fn a_torn_last_group_is_no_damage_but_a_damaged_group_before_another_is() {
    for later in [false, true] {
        let bench = Bench::new();
        let mut appending = bench.hung("SOCZ", 3).await;
        bench.disk.set("SOCZ", Mood::Good);
        // Record 1 hung, 2 to 4 waited: they are one group.
        for append in appending.drain(..) {
            let _ = append.await.unwrap().unwrap();
        }
        if later {
            let _ = bench.append("SOCZ").await.unwrap();
        }
        bench.journal.close();
        let (directory, listed) = (bench.directory.path(), entries(bench.directory.path()));
        // The machine stopped before anybody closed the log, and one page of the group's middle is not there.
        flip(&segment(directory, "SOCZ", 0), listed[3].offset + 1000);
        forget_index(directory, "SOCZ");
        std::fs::write(month_directory(directory, "SOCZ").join("index.open"), []).unwrap();

        let audit = || Reader::open(directory).unwrap().audit().unwrap().stores.remove(0);
        for round in 0..4 {
            let found = audit();
            assert_eq!(found.holds(), !later, "{round}: {found:?}");
            assert_eq!(found.broken_count > 0, later, "{round}: {found:?}");
            if round == 0 {
                // Whatever looks at it before its writer does must not take the torn end for good.
                Reader::open(directory).unwrap().rebuild().unwrap();
                continue;
            }
            if round == 1 {
                bench.disk.set("SOCZ", Mood::ReadOnly);
                let journal = Journal::open_on(options(directory), bench.disk.clone()).unwrap();
                assert!(journal.append(&[store("SOCZ")], &accepted(1)).await.is_err());
                journal.close();
                bench.disk.set("SOCZ", Mood::Good);
                continue;
            }
            let journal = Journal::open_on(options(directory), bench.disk.clone()).unwrap();
            let _ = journal.append(&[store("SOCZ")], &accepted(1)).await.unwrap();
            journal.close();
        }
        let left = audit();
        assert_eq!(left.records, if later { 7 } else { 5 }, "{left:?}");
        assert_eq!(left.leftover_bytes > 0, !later, "{left:?}");
    }
}
