//! The thread that keeps the index of a month: it reads the log behind the committer, as far as the log is durable. Live
//! indexing, catching up after a crash and building anew are the same loop from different starting points.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::checkpoint::{self, Head};
use crate::index::{Checkpoint, Index, Item, make_mark};
use crate::layout::Frame;
use crate::merkle::Frontier;
use crate::place::Place;
use crate::scan::Depth;
use crate::walk::{Met, Position, Walk};
use crate::{Digest, Entry, Error, link};

/// Priority (nice) of threads in the background.
const STAND_BACK: i32 = 10;
/// The index takes in what has gathered in this time at once.
const GATHER: Duration = Duration::from_millis(50);
/// Time between flushes of sled.
const FLUSH: Duration = Duration::from_secs(1);
/// How long whoever asks how far a month has come waits for what is durable already; usually a tenth of a second.
const HEAD_WAIT: Duration = Duration::from_secs(2);
/// Records entered in one step.
const STEP_RECORDS: usize = 1000;
/// Steps allowed for catching up when the month closes; what is left waits for the next opening.
const CLOSING_STEPS: u32 = 100;

#[derive(Debug)]
struct State {
    durable: Position,
    indexed: Position,
    /// The log has been looked through up to here.
    followed: Position,
    /// How far the tree has come; `None` before the first record.
    head: Option<Head>,
    /// The log is not what was signed.
    differs: bool,
    closing: bool,
    /// The thread sleeps until there are records.
    asleep: bool,
}

#[derive(Debug)]
struct Shared {
    place: Place,
    cache_bytes: u64,
    /// Counts of frames and the roots that were signed over them.
    signed: Vec<(u64, Digest)>,
    state: Mutex<State>,
    changed: Condvar,
    /// Tells that `followed` has moved.
    moved: Condvar,
    /// `None` while it is checked, and after it failed.
    index: Mutex<Option<Index>>,
}

/// The index of a month and the thread that keeps it.
#[derive(Debug)]
pub(crate) struct Follower {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Follower {
    /// Opens the index and says how far it had come. Without an index the log works all the same.
    pub(crate) fn start(place: &Place, cache_bytes: u64) -> (Self, Option<Checkpoint>) {
        let opened = Index::open(place, cache_bytes).and_then(|(index, doubtful)| match index.checkpoint() {
            Ok(checkpoint) => Ok((index, doubtful, checkpoint)),
            Err(error) => {
                warn(place, &error);
                Ok((index.renew(place, cache_bytes)?, false, None))
            }
        });
        let shared = Arc::new(Shared::new(place, cache_bytes));
        let follower = Self { shared: Arc::clone(&shared), thread: Mutex::new(None) };
        let (index, doubtful, checkpoint) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                warn(place, &error);
                return (follower, None);
            }
        };
        let begin = checkpoint.clone();
        let run = move || {
            stand_back();
            shared.run(index, doubtful, begin);
        };
        match thread::Builder::new().name(format!("index-{}", place.store)).spawn(run) {
            Ok(thread) => *lock(&follower.thread) = Some(thread),
            Err(error) => warn(place, &Error::io("start a thread for", &place.directory)(error)),
        }
        (follower, checkpoint)
    }

    /// Throws the index away and builds it from the whole log. The caller has the directory to itself.
    pub(crate) fn rebuild(place: &Place, cache_bytes: u64) -> Result<(), Error> {
        let unsettled = place.is_unsettled();
        let index = Index::open(place, cache_bytes)?.0.renew(place, cache_bytes)?;
        let shared = Shared::new(place, cache_bytes);
        *lock(&shared.index) = Some(index);
        let segments = place.segments()?;
        let end = segments.last().filter(|_| !unsettled).map(|last| Position { segment: *last, offset: u64::MAX });
        shared.follow(Position::default(), end, &mut None)?;
        let index = lock(&shared.index).take();
        index.map_or(Ok(()), Index::close)?;
        // Where the log ends is for its writer to settle; until then the mark says that nobody has.
        if unsettled { make_mark(&place.mark()) } else { Ok(()) }
    }

    /// The log is durable up to here.
    pub(crate) fn publish(&self, durable: Position) {
        let mut state = lock(&self.shared.state);
        state.durable = state.durable.max(durable);
        if state.asleep {
            self.shared.changed.notify_one();
        }
    }

    /// How far the tree over the frames has come: over all that is durable now, unless that takes too long.
    pub(crate) fn head(&self) -> Option<Head> {
        let state = lock(&self.shared.state);
        let wanted = state.durable;
        let behind = |state: &mut State| state.followed < wanted && !state.closing;
        let reached = self.shared.moved.wait_timeout_while(state, HEAD_WAIT, behind);
        let state = reached.unwrap_or_else(PoisonError::into_inner).0;
        state.head.clone().map(|head| Head { complete: state.followed >= wanted, ..head })
    }

    /// Writes what is left and ends the thread.
    pub(crate) fn close(&self) {
        lock(&self.shared.state).closing = true;
        self.shared.changed.notify_one();
        if let Some(thread) = lock(&self.thread).take() {
            // A panic there has been reported by the panic hook; the index is checked at the next opening.
            let _ = thread.join();
        }
    }

    /// Records that bear the normalised identifier: those the index knows, each checked, and those it does not know yet.
    pub(crate) fn find(&self, id: &str) -> Result<Vec<Entry>, Error> {
        let (durable, indexed) = {
            let state = lock(&self.shared.state);
            (state.durable, state.indexed)
        };
        let hits = lock(&self.shared.index).as_ref().and_then(|index| match index.hits(id) {
            Ok(hits) => Some(hits),
            Err(error) => {
                warn(&self.shared.place, &error);
                None
            }
        });
        let mut found = Vec::new();
        for hit in hits.iter().flatten() {
            found.extend(entry_at(&self.shared.place, *hit).filter(|entry| link::bears(&entry.header, id)));
        }
        let from = if hits.is_some() { indexed } else { Position::default() };
        let mut walk = Walk::between(self.shared.place.clone(), Depth::Headers, from, Some(durable))?;
        while let Some(met) = walk.step() {
            if let Met::Record(record) = met {
                found.extend(walk.entry(&record).ok().filter(|entry| link::bears(&entry.header, id)));
            }
        }
        found.sort_by_key(|entry| entry.id.sequence);
        found.dedup_by_key(|entry| entry.id.sequence);
        Ok(found)
    }
}

/// The record that begins exactly there, if its head and header are good.
pub(crate) fn entry_at(place: &Place, hit: Position) -> Option<Entry> {
    let mut walk = Walk::between(place.clone(), Depth::Headers, hit, None).ok()?;
    loop {
        match walk.step()? {
            Met::Record(found) if walk.segment()?.0 == hit.segment && found.offset == hit.offset => {
                return walk.entry(&found).ok();
            }
            Met::Broken(Error::Broken { offset: 0, .. }) => {}
            _ => return None,
        }
    }
}

impl Shared {
    fn new(place: &Place, cache_bytes: u64) -> Self {
        let state = State {
            durable: Position::default(),
            indexed: Position::default(),
            followed: Position::default(),
            head: None,
            differs: false,
            closing: false,
            asleep: false,
        };
        Self {
            place: place.clone(),
            cache_bytes,
            signed: checkpoint::signed_roots(place),
            state: Mutex::new(state),
            changed: Condvar::new(),
            moved: Condvar::new(),
            index: Mutex::new(None),
        }
    }

    fn moved_to(&self, position: Position) {
        lock(&self.state).followed = position;
        self.moved.notify_all();
    }

    fn run(&self, index: Index, doubtful: bool, checkpoint: Option<Checkpoint>) {
        let kept = self.keep(index, doubtful, checkpoint);
        // Nobody waits for a thread that has ended.
        self.moved_to(Position { segment: u32::MAX, offset: u64::MAX });
        if let Err(error) = kept {
            warn(&self.place, &error);
            if let Some(index) = lock(&self.index).take() {
                index.abandon();
            }
        }
    }

    fn keep(&self, mut index: Index, doubtful: bool, mut checkpoint: Option<Checkpoint>) -> Result<(), Error> {
        if doubtful && let Err(error) = index.sound() {
            warn(&self.place, &error);
            index = index.renew(&self.place, self.cache_bytes)?;
            checkpoint = None;
        }
        *lock(&self.index) = Some(index);
        let mut at = checkpoint.as_ref().map_or_else(Position::default, |checkpoint| checkpoint.position);
        match &checkpoint {
            Some(checkpoint) => self.tell(checkpoint),
            None => lock(&self.state).indexed = at,
        }
        self.moved_to(at);
        let mut flushed = Instant::now();
        let mut dirty = false;
        loop {
            let (durable, closing) = self.wait(at, dirty);
            if durable > at {
                at = self.follow(at, Some(durable), &mut checkpoint)?;
                self.moved_to(at);
                dirty = true;
            }
            if dirty && flushed.elapsed() >= FLUSH {
                self.with_index(Index::flush)?;
                (flushed, dirty) = (Instant::now(), false);
            }
            if closing {
                let index = lock(&self.index).take();
                return index.map_or(Ok(()), Index::close);
            }
        }
    }

    /// Waits for something to do: records, a flush that is due, the end.
    fn wait(&self, at: Position, dirty: bool) -> (Position, bool) {
        let mut state = lock(&self.state);
        if dirty {
            // A pause also when records wait: entering many at once costs a fraction of entering each by itself.
            let pause = self.changed.wait_timeout_while(state, GATHER, |state| !state.closing);
            state = pause.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.asleep = true;
        let idle = |state: &mut State| !state.closing && state.durable <= at;
        state = if dirty {
            self.changed.wait_timeout_while(state, FLUSH, idle).unwrap_or_else(PoisonError::into_inner).0
        } else {
            self.changed.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner)
        };
        state.asleep = false;
        (state.durable, state.closing)
    }

    /// Enters the records between the two positions, or up to the end; returns how far it came.
    fn follow(
        &self,
        from: Position,
        durable: Option<Position>,
        checkpoint: &mut Option<Checkpoint>,
    ) -> Result<Position, Error> {
        // Where nobody says how far the log is durable, its octets have to.
        let depth = if durable.is_some() { Depth::Headers } else { Depth::Whole };
        let mut walk = Walk::between(self.place.clone(), depth, from, durable)?;
        let mut entries = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.entries);
        let mut tree = checkpoint.as_ref().map(|checkpoint| checkpoint.tree.clone()).unwrap_or_default();
        let mut steps = 0_u32;
        loop {
            let step = gather(&mut walk);
            if let Some(reached) = step.reached {
                entries = entries.saturating_add(step.items.len() as u64);
                for leaf in &step.leaves {
                    tree.push(leaf);
                    self.compare(&tree);
                }
                let reached = Checkpoint { entries, tree: tree.clone(), ..reached };
                self.with_index(|index| index.put(&step.items, &reached))?;
                self.tell(&reached);
                *checkpoint = Some(reached);
            }
            let reached = checkpoint.as_ref().map_or(from, |checkpoint| checkpoint.position);
            if step.ended {
                return Ok(durable.unwrap_or(reached));
            }
            steps = steps.saturating_add(1);
            if steps >= CLOSING_STEPS && lock(&self.state).closing {
                return Ok(reached);
            }
        }
    }

    /// The index and the tree have come so far.
    fn tell(&self, reached: &Checkpoint) {
        let mut state = lock(&self.state);
        state.indexed = reached.position;
        let (entries, next) = (reached.tree.leaves(), reached.sequence.saturating_add(1));
        state.head = Some(Head {
            store: self.place.store.clone(),
            month: self.place.month,
            entries,
            next,
            last: reached.digest,
            root: reached.tree.root(),
            continues: !state.differs,
            complete: false,
        });
    }

    /// Looks whether the log still is what was signed, where something was.
    fn compare(&self, tree: &Frontier) {
        let signed = self.signed.iter().find(|(entries, _)| *entries == tree.leaves());
        if signed.is_some_and(|(_, root)| *root != tree.root())
            && !std::mem::replace(&mut lock(&self.state).differs, true)
        {
            tracing::error!(
                store = %self.place.store, month = %self.place.month, entries = tree.leaves(),
                "the log is not the one whose root was signed: nothing more is signed for it; see journal verify"
            );
        }
    }

    fn with_index<T>(&self, call: impl FnOnce(&Index) -> Result<T, Error>) -> Result<T, Error> {
        let gone = || Error::Index { path: self.place.directory.clone(), what: "it is closed".to_owned() };
        lock(&self.index).as_ref().ok_or_else(gone).and_then(call)
    }
}

/// Some records read from the log.
struct Gathered {
    items: Vec<Item>,
    /// Leaves up to the record reached.
    leaves: Vec<Digest>,
    reached: Option<Checkpoint>,
    ended: bool,
}

fn gather(walk: &mut Walk) -> Gathered {
    let mut gathered = Gathered { items: Vec::new(), leaves: Vec::new(), reached: None, ended: false };
    for _ in 0..STEP_RECORDS {
        let found = match walk.step() {
            Some(Met::Record(found) | Met::Dictionary(found)) => found,
            // Damage is the audit's business; the index just has nothing to say about it.
            Some(Met::Broken(_) | Met::Leftover(_)) => continue,
            None => {
                gathered.ended = true;
                break;
            }
        };
        let Some((segment, _)) = walk.segment() else { continue };
        let sequence = found.head.sequence;
        if found.head.frame == Frame::Record
            && let Ok(entry) = walk.entry(&found)
        {
            let position = Position { segment, offset: found.offset };
            gathered.items.extend(link::terms(&entry.header).map(|id| Item { id, sequence, position }));
        }
        let position = Position { segment, offset: found.next };
        let (last, digest) = (found.offset, found.digest);
        gathered.leaves.extend(walk.take_leaves());
        gathered.reached = Some(Checkpoint { position, last, sequence, digest, entries: 0, tree: Frontier::default() });
    }
    gathered
}

fn warn(place: &Place, error: &Error) {
    tracing::warn!(store = %place.store, month = %place.month, %error, "the index is not used or built anew; the log is complete");
}

/// Lets the threads that somebody waits for have the processors first: on Linux the priority is that of the calling thread.
pub(crate) fn stand_back() {
    if let Err(error) = rustix::process::setpriority_process(None, STAND_BACK) {
        tracing::debug!(%error, "a thread in the background keeps its priority");
    }
}

/// A panic elsewhere does not make the state less true: every change is one assignment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
