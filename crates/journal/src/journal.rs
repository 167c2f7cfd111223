//! The writing side: one directory, one writer, a committer for every month of a store that is being written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::answer::Answer;
use crate::checkpoint::Head;
use crate::commit::{Committer, Ending, NotTaken, Work};
use crate::directory_lock::DirectoryLock;
use crate::disk::{Disk, RealDisk};
use crate::follow::lock;
use crate::layout::Content;
use crate::pack::{Dictionary, Packed};
use crate::place::Place;
use crate::scan::Depth;
use crate::seal;
use crate::walk::{Met, Walk};
use crate::{Entry, Error, Kind, Month, Receipt, Record, StoreName, link};

/// Mode of directories made where nobody has said otherwise.
pub(crate) const OWNER_ONLY: u32 = 0o700;
/// From this size on a record is digested apart from the threads that serve the network, in octets.
const APART_BYTES: usize = 256 << 10;
/// Large records compressed at the same time.
const APART_AT_ONCE: usize = 2;

/// How a journal works; [`Options::new`] has the defaults.
#[derive(Clone, Debug)]
pub struct Options {
    /// The journal's directory; made, with mode 0700, when missing.
    pub directory: PathBuf,
    /// A segment that has reached so many octets is followed by the next one.
    pub segment_bytes: u64,
    /// Octets committed under one `fdatasync` at most (one record may be larger).
    pub group_bytes: usize,
    /// Records that may wait for one store.
    pub queue_records: usize,
    /// Octets that may wait for one store (one record may be larger).
    pub queue_bytes: usize,
    /// How long `append` waits for room in a store's queue.
    pub queue_wait: Duration,
    /// How long `append` waits for a store's disk to take the record; then the record does not count, and until the disk
    /// answers others are refused at once.
    pub answer_wait: Duration,
    /// How long [`Journal::close`] waits for all disks together.
    pub close_wait: Duration,
    /// Free octets of a store's disk below which no exchange is accepted any more: they are for the ends of those under way.
    pub reserve_bytes: u64,
    /// A store that gets no record for so long gives up its threads and open files.
    pub idle: Duration,
    /// A month whose log has come to so many octets gets a dictionary for the compression of what follows.
    pub learn_bytes: u64,
    /// Cache of each index, in octets; sled takes up to eight times as much.
    pub index_cache_bytes: u64,
}

impl Options {
    /// The defaults, for that directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            segment_bytes: 256 << 20,
            group_bytes: 4 << 20,
            queue_records: 1024,
            queue_bytes: 64 << 20,
            queue_wait: Duration::from_secs(5),
            answer_wait: Duration::from_secs(10),
            close_wait: Duration::from_secs(60),
            reserve_bytes: 256 << 20,
            idle: Duration::from_secs(60),
            learn_bytes: 1 << 20,
            index_cache_bytes: 1 << 20,
        }
    }
}

/// The journal, open for writing. Cheap to clone; all clones are one journal.
#[derive(Clone, Debug)]
pub struct Journal {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: Arc<Options>,
    disk: Arc<dyn Disk>,
    lock: Arc<DirectoryLock>,
    months: Mutex<Months>,
    /// How far months had come when their committers ended.
    heads: Arc<Mutex<BTreeMap<(StoreName, Month), Head>>>,
    /// Committers that were told to end and are waited for.
    ending: Mutex<Vec<Slot>>,
}

/// The months that have, or had, a committer.
#[derive(Debug, Default)]
struct Months {
    open: HashMap<(StoreName, Month), Slot>,
    /// Months that must not be written to just now.
    resting: HashSet<(StoreName, Month)>,
    closed: bool,
}

#[derive(Debug)]
struct Slot {
    committer: Arc<Committer>,
    ending: Ending,
}

impl Journal {
    /// Takes the directory for this process. Stores open by themselves when the first record comes.
    pub fn open(options: Options) -> Result<Self, Error> {
        Self::open_on(options, Arc::new(RealDisk))
    }

    /// Like [`Journal::open`], on another disk than the machine's: for rehearsing what disks do to us.
    pub fn open_on(options: Options, disk: Arc<dyn Disk>) -> Result<Self, Error> {
        make_root(disk.as_ref(), &options.directory)?;
        let lock = Arc::new(DirectoryLock::take(&options.directory)?);
        let shared = Shared {
            options: Arc::new(options),
            disk,
            lock,
            months: Mutex::default(),
            heads: Arc::default(),
            ending: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Writes the record to every store, in parallel, and returns when all have it under `fdatasync`.
    ///
    /// Needs a tokio runtime with time. Dropping the future takes the record back where it is not being written yet. When one
    /// store fails, the record counts nowhere; [`Error::NotDurable`] names the stores that have it nevertheless.
    pub async fn append(&self, stores: &[StoreName], record: &Record) -> Result<Receipt, Error> {
        let mut stores = stores.to_vec();
        stores.sort_unstable();
        stores.dedup();
        if stores.is_empty() {
            return Err(Error::NoStores);
        }
        let month = Month::of(record.header.time)?;
        let content = Arc::new(prepare(&stores, record).await?);
        let mut answers = Vec::with_capacity(stores.len());
        for store in &stores {
            answers.push(self.submit(store, month, &content, record.header.kind).await);
        }
        let mut written = Vec::with_capacity(stores.len());
        let mut failure = None;
        for (store, answer) in stores.into_iter().zip(answers) {
            let outcome = match answer {
                Ok(answer) => answer.outcome().await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(there) => written.push(there),
                Err(cause) => failure = failure.or(Some((store, cause))),
            }
        }
        match failure {
            None => Ok(Receipt::new(written, content.sha256())),
            Some((_, Error::Closed)) if written.is_empty() => Err(Error::Closed),
            Some((store, cause)) => {
                let elsewhere = written.into_iter().map(|there| there.record).collect();
                Err(Error::NotDurable { store, cause: Box::new(cause), elsewhere })
            }
        }
    }

    /// Records of one store's month that bear `id` as exchange, message, reference or case number.
    ///
    /// Answers from the index, each hit checked against the record, and from the log where the index lags or is missing.
    /// Blocks: it reads the disk.
    pub fn find(&self, store: &StoreName, month: Month, id: &str) -> Result<Vec<Entry>, Error> {
        let Some(id) = link::normal(id) else {
            return Ok(Vec::new());
        };
        let committer = {
            let months = lock(&self.shared.months);
            months.open.get(&(store.clone(), month)).map(|slot| Arc::clone(&slot.committer))
        };
        if let Some(found) = committer.and_then(|committer| committer.find(&id)) {
            return found;
        }
        let mut walk = Walk::new(Place::of(&self.shared.options.directory, store, month), Depth::Headers)?;
        let mut found = Vec::new();
        while let Some(met) = walk.step() {
            if let Met::Record(record) = met {
                found.extend(walk.entry(&record).ok().filter(|entry| link::bears(&entry.header, &id)));
            }
        }
        Ok(found)
    }

    /// How far each month has come that this process has written to.
    pub fn heads(&self) -> Vec<Head> {
        let committers: Vec<_> =
            lock(&self.shared.months).open.values().map(|slot| Arc::clone(&slot.committer)).collect();
        let mut heads = lock(&self.shared.heads).clone();
        for head in committers.iter().filter_map(|committer| committer.head()) {
            heads.insert((head.store.clone(), head.month), head);
        }
        heads.into_values().collect()
    }

    /// The journal's directory.
    pub fn directory(&self) -> &Path {
        &self.shared.options.directory
    }

    /// Opens a month for writing.
    pub(crate) fn begin(&self, store: &StoreName, month: Month) -> Result<(), Error> {
        self.shared.committer(store, month).map(drop)
    }

    /// Does something with a month while no committer has it, and none can be started.
    pub(crate) fn while_nobody_writes<T>(
        &self,
        store: &StoreName,
        month: Month,
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let key = (store.clone(), month);
        let slot = {
            let mut months = lock(&self.shared.months);
            if months.closed || !months.resting.insert(key.clone()) {
                return Err(Error::Closed);
            }
            months.open.remove(&key)
        };
        let deadline = Instant::now().checked_add(self.shared.options.close_wait);
        let ended = slot.is_none_or(|slot| {
            slot.committer.finish();
            let ended = slot.ending.waited_for(deadline);
            if !ended {
                lock(&self.shared.months).open.insert(key.clone(), slot);
            }
            ended
        });
        let waited = self.shared.options.close_wait;
        let outcome = if ended { work() } else { Err(Error::Hangs { store: store.clone(), waited }) };
        lock(&self.shared.months).resting.remove(&key);
        outcome
    }

    /// Writes what waits, ends the threads, lets go of the directory. Blocks; later appends are [`Error::Closed`]. When the disk
    /// of a store does not answer in time, the directory stays taken; closing again waits again.
    pub fn close(&self) {
        let mut ending = lock(&self.shared.ending);
        ending.extend(self.shared.finish());
        let deadline = Instant::now().checked_add(self.shared.options.close_wait);
        ending.retain(|slot| !slot.ending.waited_for(deadline));
        for slot in ending.iter() {
            let store = slot.committer.store();
            tracing::error!(%store, "the store's disk does not answer; it is left without a proper end");
        }
        if ending.is_empty() {
            self.shared.lock.release();
        }
    }

    /// Hands the record to the committer of the store's month, starting one when there is none.
    async fn submit(
        &self,
        store: &StoreName,
        month: Month,
        content: &Arc<Content>,
        kind: Kind,
    ) -> Result<Answer, Error> {
        let month = self.shared.not_before_the_last(store, month);
        loop {
            let committer = self.shared.committer(store, month)?;
            let packed = pack(content, committer.dictionary()).await?;
            match committer.submit(content, packed, kind).await {
                Ok(answer) => return Ok(answer),
                Err(NotTaken::Stalled) => {
                    return Err(Error::Hangs { store: store.clone(), waited: self.shared.options.answer_wait });
                }
                Err(NotTaken::Full) => return Err(Error::Busy { store: store.clone() }),
                // It was just ending; the next one begins.
                Err(NotTaken::Ended) => {}
            }
        }
    }
}

impl Shared {
    /// The month to write to. A clock that was set back over the end of a month must not write behind what is there already:
    /// in one store later evidence stands behind earlier. Not beyond one month: a directory far ahead is the trace of a clock
    /// that was wrong, and to write there for years would be worse.
    fn not_before_the_last(&self, store: &StoreName, month: Month) -> Month {
        let after = month.next();
        {
            let months = lock(&self.months);
            let open = |month| months.open.contains_key(&(store.clone(), month));
            if open(month) && !open(after) {
                return month;
            }
        }
        let begun = Place::of(&self.options.directory, store, after).directory.is_dir()
            || seal::is_there(&Place::of(&self.options.directory, store, month));
        if begun {
            tracing::warn!(%store, %month, "the clock was set back over the end of the month; records go on in the later one");
        }
        if begun { after } else { month }
    }

    fn committer(&self, store: &StoreName, month: Month) -> Result<Arc<Committer>, Error> {
        let mut months = lock(&self.months);
        if months.closed {
            return Err(Error::Closed);
        }
        let key = (store.clone(), month);
        if months.resting.contains(&key) {
            return Err(Error::Sealed { store: store.clone(), month });
        }
        let before = match months.open.remove(&key) {
            Some(slot) if slot.committer.is_taking() => {
                let committer = Arc::clone(&slot.committer);
                months.open.insert(key, slot);
                return Ok(committer);
            }
            before => before.map(|slot| slot.ending),
        };
        // A new month has begun: the older ones of this store have nothing more to expect.
        for ((other, earlier), slot) in &months.open {
            if other == store && *earlier < month {
                slot.committer.finish();
            }
        }
        months.open.retain(|_, slot| slot.committer.is_taking() || !slot.ending.is_over());
        let place = Place::of(&self.options.directory, store, month);
        let (options, disk) = (Arc::clone(&self.options), Arc::clone(&self.disk));
        let heads = Arc::clone(&self.heads);
        let work = Work { options, disk, before, heads, guard: self.lock.clone() };
        let (committer, ending) = Committer::start(place, work)?;
        months.open.insert(key, Slot { committer: Arc::clone(&committer), ending });
        Ok(committer)
    }

    /// No job enters any more; what waits will still be written.
    fn finish(&self) -> Vec<Slot> {
        let mut months = lock(&self.months);
        months.closed = true;
        let slots: Vec<Slot> = months.open.drain().map(|(_, slot)| slot).collect();
        for slot in &slots {
            slot.committer.finish();
        }
        slots
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The threads end by themselves; each keeps the directory locked until it has.
        drop(self.finish());
    }
}

/// Encodes and digests the record; a large one where it does not hold up others.
async fn prepare(stores: &[StoreName], record: &Record) -> Result<Content, Error> {
    let octets = record.bodies.iter().fold(0_usize, |sum, body| sum.saturating_add(body.octets.len()));
    if octets < APART_BYTES {
        return Content::of(stores, record);
    }
    let (stores, record) = (stores.to_vec(), record.clone());
    let apart = tokio::task::spawn_blocking(move || Content::of(&stores, &record)).await;
    apart.unwrap_or(Err(Error::Closed))
}

/// Compresses the record for one store; a large one where it does not hold up others, and few at a time, for it takes memory.
async fn pack(content: &Arc<Content>, dictionary: Option<Arc<Dictionary>>) -> Result<Packed, Error> {
    static TURN: Semaphore = Semaphore::const_new(APART_AT_ONCE);
    if content.octets() < APART_BYTES {
        return Ok(content.pack(dictionary));
    }
    let turn = TURN.acquire().await.map_err(|_| Error::Closed)?;
    let content = Arc::clone(content);
    let apart = tokio::task::spawn_blocking(move || content.pack(dictionary)).await;
    drop(turn);
    apart.map_err(|_| Error::Closed)
}

/// Makes the journal's directory and what is missing above it. The directory itself is made durable in any case.
fn make_root(disk: &dyn Disk, directory: &Path) -> Result<(), Error> {
    let above = directory.ancestors().skip(1).take_while(|path| !path.as_os_str().is_empty() && !path.exists());
    let made: Vec<&Path> = std::iter::once(directory).chain(above).collect();
    made.into_iter().rev().try_for_each(|path| disk.make_directory(path, OWNER_ONLY).map_err(Error::io("make", path)))
}
