//! Power cuts and kills at any operation of the disk, one after another in the same directory: the journal opens, has every record
//! that it acknowledged, and nothing in it is broken.
//!
//! `RSMEV_POWER_CUTS=1000` asks for that many (`cargo test -p journal --test journal power_cut`, for nextest ends it after three minutes);
//! `RSMEV_POWER_CUT_SEED=N` runs one seed alone. A seed fixes every choice; with an even one a single producer writes, and the run
//! repeats operation by operation, with an odd one threads decide which records meet in a group.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::slice::from_ref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use journal::{Error, Journal, Kind, Options, Reader, Record, RecordId, StoreName};
use tempfile::{TempDir, tempdir};
use uuid::Uuid;

use crate::sim_disk::{Dice, End, Rates, SimDisk};
use crate::support::{MONTH, month_directory, options, record, store};

/// Cuts of an ordinary run, and in one directory.
const CUTS: u64 = 40;
const CUTS_A_SEED: u64 = 4;
const STORES: [&str; 3] = ["A", "B", "C"];
/// Appends of one producer at most between two cuts.
const APPENDS: usize = 200;

#[test]
fn after_any_power_cut_nothing_acknowledged_is_lost() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    if let Some(seed) = number("RSMEV_POWER_CUT_SEED") {
        Life::begin(seed).live();
        return;
    }
    let seeds = number("RSMEV_POWER_CUTS").unwrap_or(CUTS).div_ceil(CUTS_A_SEED);
    let (next, acknowledged) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let work = || {
            while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < seeds) {
                acknowledged.fetch_add(Life::begin(seed).live(), Ordering::Relaxed);
            }
        };
        for worker in [(); 2].map(|()| scope.spawn(work)) {
            worker.join().unwrap();
        }
    });
    let (cuts, acknowledged) = (seeds * CUTS_A_SEED, acknowledged.into_inner());
    let _ = writeln!(std::io::stderr(), "{cuts} ends, {acknowledged} records acknowledged, none lost");
}

/// What was acknowledged, by name.
type Acknowledged = BTreeMap<RecordId, Record>;

/// One directory through its cuts.
struct Life {
    seed: u64,
    dice: Dice,
    directory: TempDir,
    disk: Arc<SimDisk>,
    acknowledged: Acknowledged,
    /// A copy of an index as it was after an earlier cut.
    older: Option<(String, PathBuf)>,
}

impl Drop for Life {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let words = "cargo nextest run -p journal -E 'test(after_any_power_cut)'";
            let _ = writeln!(std::io::stderr(), "again, alone: RSMEV_POWER_CUT_SEED={} {words}", self.seed);
        }
    }
}

impl Life {
    fn begin(seed: u64) -> Self {
        let (dice, disk) = (Dice::new(seed), SimDisk::new(seed));
        Self { seed, dice, directory: tempdir().unwrap(), disk, acknowledged: BTreeMap::new(), older: None }
    }

    fn options(&mut self) -> Options {
        let mut options = options(self.directory.path());
        (options.segment_bytes, options.group_bytes) = (200_000 + self.dice.below(400_000), 150_000);
        if self.dice.once_in(6) {
            // Stores close and open all the time.
            options.idle = Duration::ZERO;
        }
        options
    }

    /// Returns the number of records acknowledged.
    fn live(mut self) -> u64 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for _ in 0..CUTS_A_SEED {
            let operations = if self.dice.once_in(4) { 15 } else { 150 };
            let rates = if self.dice.once_in(2) { Rates { sync: 25, full: 25, create: 12 } } else { Rates::default() };
            let options = self.options();
            self.disk.end_after(1 + self.dice.below(operations), rates);
            if let Ok(journal) = Journal::open_on(options, self.disk.clone()) {
                runtime.block_on(self.write_until_the_end(&journal));
                journal.close();
            }
            self.disk.pull_the_plug();
            self.unclean_indexes();
            self.disk.end(if self.dice.once_in(4) { End::Kill } else { End::PowerCut });
            self.check(&runtime);
        }
        self.acknowledged.len() as u64
    }

    async fn write_until_the_end(&mut self, journal: &Journal) {
        let producers = if self.seed.is_multiple_of(2) { 1 } else { 12 };
        let acknowledged = Rc::new(RefCell::new(Acknowledged::new()));
        let tasks = tokio::task::LocalSet::new();
        for _ in 0..producers {
            let (journal, disk) = (journal.clone(), Arc::clone(&self.disk));
            let (acknowledged, mut dice) = (Rc::clone(&acknowledged), Dice::new(self.dice.next()));
            tasks.spawn_local(async move {
                for _ in 0..APPENDS {
                    let record = some_record(&mut dice);
                    let first = store(STORES[dice.index(3)]);
                    let mut stores = vec![first];
                    if producers > 1 && dice.once_in(2) {
                        stores.push(store(STORES[dice.index(3)]));
                    }
                    match journal.append(&stores, &record).await {
                        Ok(receipt) => {
                            for id in receipt.record_ids() {
                                let known = acknowledged.borrow_mut().insert(id.clone(), record.clone());
                                assert_eq!(known, None, "{id} was given twice");
                            }
                        }
                        Err(Error::NotDurable { .. }) if disk.is_down() => break,
                        Err(Error::NotDurable { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
        tasks.await;
        for (id, record) in Rc::try_unwrap(acknowledged).unwrap().into_inner() {
            assert_eq!(self.acknowledged.insert(id.clone(), record), None, "{id} was given twice");
        }
    }

    /// The index as it may be after an end that nobody prepared: as it is, gone, an older one, or full of holes.
    fn unclean_indexes(&mut self) {
        for name in STORES {
            let month = month_directory(self.directory.path(), name);
            let index = month.join("index.sled");
            if !index.exists() {
                continue;
            }
            fs::write(month.join("index.open"), []).unwrap();
            match self.dice.below(5) {
                0 => fs::remove_dir_all(&index).unwrap(),
                1 => mangle(&index, &mut self.dice),
                2 => {
                    if let Some((_, older)) = self.older.take().filter(|(of, _)| of == name) {
                        fs::remove_dir_all(&index).unwrap();
                        fs::rename(older, &index).unwrap();
                    }
                }
                3 => {
                    let older = self.directory.path().join("an.older.index");
                    let _ = fs::remove_dir_all(&older);
                    copy(&index, &older);
                    self.older = Some((name.to_owned(), older));
                }
                _ => {}
            }
        }
    }

    fn check(&mut self, runtime: &tokio::runtime::Runtime) {
        let root = self.directory.path().to_owned();
        let mut before = 0;
        if !self.acknowledged.is_empty() {
            self.everything_acknowledged_is_there(&root);
            before = whole(&root);
            if self.dice.once_in(5) {
                Reader::open(&root).unwrap().rebuild().unwrap();
                assert_eq!(whole(&root), before, "a rebuilt index changes nothing");
            }
        }
        let journal = Journal::open_on(self.options(), self.disk.clone()).unwrap();
        for name in STORES {
            let record = some_record(&mut self.dice);
            let receipt = runtime.block_on(journal.append(from_ref(&store(name)), &record)).unwrap();
            let id = receipt.record_ids().next().unwrap();
            assert_eq!(self.acknowledged.insert(id.clone(), record), None, "{id} was given twice");
        }
        let names: Vec<&RecordId> = self.acknowledged.keys().collect();
        for _ in 0..20 {
            let id = names[self.dice.index(names.len())];
            let exchange = self.acknowledged[id].header.exchange.to_string();
            let found = journal.find(&id.store, id.month, &exchange).unwrap();
            assert_eq!(found.iter().map(|entry| &entry.id).collect::<Vec<_>>(), [id]);
        }
        journal.close();
        self.everything_acknowledged_is_there(&root);
        assert!(whole(&root) >= before + STORES.len() as u64, "records that were there before the opening are gone");
    }

    fn everything_acknowledged_is_there(&self, root: &Path) {
        let reader = Reader::open(root).unwrap();
        for (id, sent) in &self.acknowledged {
            let (_, read) = reader.show(id).unwrap_or_else(|error| panic!("{id}: {error}"));
            assert_eq!(read.header, sent.header, "{id}");
            assert!(read.bodies == sent.bodies, "{id}: other octets");
        }
    }
}

/// The audit holds; how many records there are.
fn whole(root: &Path) -> u64 {
    let audit = Reader::open(root).unwrap().audit().unwrap();
    assert!(audit.holds(), "{audit:#?}");
    audit.stores.iter().map(|store| store.records).sum()
}

/// 0.2 to 200 KB of octets that nothing else has.
fn some_record(dice: &mut Dice) -> Record {
    let exchange = Uuid::from_u64_pair(dice.next(), dice.next());
    let most = [2000, 2000, 6000, 6000, 6000, 200_000][dice.index(6)];
    let octets = 200 + dice.below(most);
    let mut record = record(exchange, Kind::Accepted, 0);
    record.bodies[0].octets = (0..octets.div_ceil(8)).flat_map(|_| dice.next().to_le_bytes()).collect();
    record
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// Pages of the index are gone, its file is short, its octets are others.
fn mangle(index: &Path, dice: &mut Dice) {
    for entry in fs::read_dir(index).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            mangle(&path, dice);
            continue;
        }
        let mut octets = fs::read(&path).unwrap();
        if octets.is_empty() || dice.once_in(3) {
            continue;
        }
        match dice.below(3) {
            0 => octets.truncate(dice.index(octets.len())),
            1 => {
                let page = dice.index(octets.len().div_ceil(4096)) * 4096;
                let end = octets.len().min(page + 4096);
                octets[page..end].fill(0);
            }
            _ => {
                let at = dice.index(octets.len());
                octets[at] ^= 0x5A;
            }
        }
        fs::write(&path, octets).unwrap();
    }
}

#[tokio::test]
async fn a_clock_that_goes_back_does_not_reorder_evidence() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let mut sent = Vec::new();
    for seconds in [100, 50, 3000, 0, 200, -4000, 1] {
        let mut record = record(Uuid::new_v4(), Kind::Accepted, 10);
        record.header.time += jiff::SignedDuration::from_secs(seconds);
        let receipt = journal.append(&[store("SOCZ")], &record).await.unwrap();
        let id: RecordId = format!("SOCZ/{MONTH}/{}", sent.len()).parse().unwrap();
        assert_eq!(receipt.record_ids().next(), Some(&id));
        sent.push(record.header.exchange);
    }
    journal.close();
    assert_eq!(crate::support::exchanges(directory.path()), sent);
    assert_eq!(Reader::open(directory.path()).unwrap().stores().unwrap(), [StoreName::new("SOCZ").unwrap()]);
    assert!(whole(directory.path()) == 7);
}
