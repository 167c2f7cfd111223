//! One committer per open month of a store: a bounded queue and a thread that takes what waits, commits it as one group
//! and answers. While a group is under `fdatasync` the next one gathers; nobody waits for a timer.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::answer::{Answer, Gate, Pace};
use crate::checkpoint::Head;
use crate::disk::Disk;
use crate::follow::{Follower, lock};
use crate::index::make_mark;
use crate::layout::Content;
use crate::log::{Log, make_directories};
use crate::pack::{Dictionary, Packed};
use crate::place::Place;
use crate::seal;
use crate::space::Reserve;
use crate::training::Training;
use crate::{Entry, Error, Kind, Month, Options, StoreName, Stored};

/// A record waiting to be committed.
#[derive(Debug)]
pub(crate) struct Job {
    content: Arc<Content>,
    packed: Packed,
    kind: Kind,
    gate: Arc<Gate>,
    reply: oneshot::Sender<Result<Stored, Error>>,
    /// Room in the queue, given back when the job is done.
    _room: [OwnedSemaphorePermit; 2],
}

impl Job {
    fn answer(self, outcome: Result<Stored, Error>) {
        // A caller that went away does not need its answer.
        let _ = self.reply.send(outcome);
    }
}

/// Why a job was not taken.
#[derive(Debug)]
pub(crate) enum NotTaken {
    /// This committer is ending; another one has to be started.
    Ended,
    /// The queue stayed full.
    Full,
    /// The disk has kept somebody waiting too long, and does so still.
    Stalled,
}

/// The near side of a committer.
#[derive(Debug)]
pub(crate) struct Committer {
    place: Place,
    records: Arc<Semaphore>,
    octets: Arc<Semaphore>,
    queue_bytes: u32,
    queue_wait: Duration,
    answer_wait: Duration,
    pace: Arc<Pace>,
    /// `None` once the committer is ending. Jobs enter under this lock, so none can slip in behind the last look.
    sender: Mutex<Option<SyncSender<Job>>>,
    follower: OnceLock<Follower>,
    training: Training,
}

/// What a committer's thread works with.
pub(crate) struct Work {
    pub(crate) options: Arc<Options>,
    pub(crate) disk: Arc<dyn Disk>,
    /// The committer that had this month before; it must be gone first.
    pub(crate) before: Option<Ending>,
    /// Where it is told, at the end, how far the month has come.
    pub(crate) heads: Arc<Mutex<BTreeMap<(StoreName, Month), Head>>>,
    /// Whatever must live as long as anything may be written, such as the directory's lock.
    pub(crate) guard: Arc<dyn Send + Sync>,
}

/// The thread of a committer, to be waited for.
#[derive(Debug)]
pub(crate) struct Ending {
    thread: JoinHandle<()>,
    /// Disconnected when the thread ends.
    ended: Receiver<Infallible>,
}

impl Ending {
    pub(crate) fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    pub(crate) fn wait(self) {
        // A panic there has been reported by the panic hook and ended that thread all the same.
        let _ = self.thread.join();
    }

    /// Waits until then, or for ever without a deadline; false when the thread still hangs on its disk.
    pub(crate) fn waited_for(&self, deadline: Option<Instant>) -> bool {
        let Some(deadline) = deadline else {
            return self.ended.recv().is_err();
        };
        let left = deadline.saturating_duration_since(Instant::now());
        self.ended.recv_timeout(left) == Err(RecvTimeoutError::Disconnected)
    }
}

impl Committer {
    /// Starts the thread; the month is opened there.
    pub(crate) fn start(place: Place, work: Work) -> Result<(Arc<Self>, Ending), Error> {
        let records = work.options.queue_records.clamp(1, Semaphore::MAX_PERMITS);
        let queue_bytes = u32::try_from(work.options.queue_bytes).unwrap_or(u32::MAX).max(1);
        let (sender, receiver) = sync_channel(records);
        let committer = Arc::new(Self {
            place,
            records: Arc::new(Semaphore::new(records)),
            octets: Arc::new(Semaphore::new(queue_bytes as usize)),
            queue_bytes,
            queue_wait: work.options.queue_wait,
            answer_wait: work.options.answer_wait,
            pace: Arc::default(),
            sender: Mutex::new(Some(sender)),
            follower: OnceLock::new(),
            training: Training::default(),
        });
        let own = Arc::clone(&committer);
        let (alive, ended) = sync_channel(0);
        let thread = thread::Builder::new()
            .name(format!("store-{}", committer.place.store))
            .spawn(move || {
                let _alive: SyncSender<Infallible> = alive;
                own.run(work, &receiver);
            })
            .map_err(Error::io("start a thread for", &committer.place.directory))?;
        Ok((committer, Ending { thread, ended }))
    }

    /// Puts a record into the queue; waits for room, but not for ever.
    pub(crate) async fn submit(&self, content: &Arc<Content>, packed: Packed, kind: Kind) -> Result<Answer, NotTaken> {
        if self.pace.is_stalled() {
            return Err(NotTaken::Stalled);
        }
        let octets = u32::try_from(content.octets()).unwrap_or(u32::MAX).min(self.queue_bytes);
        let room = async {
            let records = Arc::clone(&self.records).acquire_owned().await;
            let octets = Arc::clone(&self.octets).acquire_many_owned(octets).await;
            Some([records.ok()?, octets.ok()?])
        };
        let Ok(room) = tokio::time::timeout(self.queue_wait, room).await else {
            return Err(NotTaken::Full);
        };
        let room = room.ok_or(NotTaken::Ended)?;
        let (reply, receiver) = oneshot::channel();
        let gate = Arc::new(Gate::default());
        let job = Job { content: Arc::clone(content), packed, kind, gate: Arc::clone(&gate), reply, _room: room };
        let patience = self.answer_wait;
        let until = tokio::time::Instant::now().checked_add(patience).ok_or(NotTaken::Full)?;
        let (store, pace) = (self.place.store.clone(), Arc::clone(&self.pace));
        let answer = Answer { store, receiver, gate, pace, patience, until };
        let mut sender = lock(&self.sender);
        match sender.as_ref().ok_or(NotTaken::Ended)?.try_send(job) {
            Ok(()) => Ok(answer),
            // The channel has as many places as there are permits.
            Err(TrySendError::Full(_)) => Err(NotTaken::Full),
            Err(TrySendError::Disconnected(_)) => {
                sender.take();
                Err(NotTaken::Ended)
            }
        }
    }

    /// Whose records it commits.
    pub(crate) fn store(&self) -> &StoreName {
        &self.place.store
    }

    /// Whether jobs may still enter.
    pub(crate) fn is_taking(&self) -> bool {
        lock(&self.sender).is_some()
    }

    /// Lets the thread finish what waits and end.
    pub(crate) fn finish(&self) {
        lock(&self.sender).take();
        // Those who wait for room go and find the next committer.
        self.records.close();
        self.octets.close();
    }

    /// What records of this month are compressed with.
    pub(crate) fn dictionary(&self) -> Option<Arc<Dictionary>> {
        self.training.dictionary()
    }

    /// See [`Follower::head`]; `None` while the month is not open yet.
    pub(crate) fn head(&self) -> Option<Head> {
        self.follower.get()?.head()
    }

    /// See [`Follower::find`]; `None` while the month is not open yet.
    pub(crate) fn find(&self, id: &str) -> Option<Result<Vec<Entry>, Error>> {
        Some(self.follower.get()?.find(id))
    }

    fn run(&self, work: Work, receiver: &Receiver<Job>) {
        let Work { options, disk, before, heads, guard } = work;
        if let Some(before) = before {
            before.wait();
        }
        let reserve = Reserve::new(Arc::clone(&disk), &self.place, options.reserve_bytes);
        let opened = self.open(&options, disk);
        self.pace.finished();
        match opened {
            Ok((log, follower)) => {
                let closing = CloseAtEnd(follower);
                Served { committer: self, options: &options, log, reserve, follower: closing.0 }.serve(receiver);
                drop(closing);
                if let Some(head) = follower.head() {
                    lock(&heads).insert((head.store.clone(), head.month), head);
                }
            }
            Err(error) => {
                tracing::error!(store = %self.place.store, month = %self.place.month, %error, "the store does not open");
                self.finish();
                for job in receiver.try_iter() {
                    job.answer(Err(error.clone()));
                }
            }
        }
        drop(guard);
    }

    fn open(&self, options: &Options, disk: Arc<dyn Disk>) -> Result<(Log, &Follower), Error> {
        if seal::is_there(&self.place) {
            return Err(Error::Sealed { store: self.place.store.clone(), month: self.place.month });
        }
        make_directories(disk.as_ref(), &options.directory, &self.place)?;
        let unsettled = self.place.is_unsettled();
        let (follower, checkpoint) = Follower::start(&self.place, options.index_cache_bytes);
        let opened = Log::open(&self.place, disk, options.segment_bytes, options.group_bytes, checkpoint.as_ref());
        let mut log = match opened {
            Ok(log) => log,
            Err(error) => {
                follower.close();
                // A torn end that a crash left still is one.
                if unsettled && let Err(error) = make_mark(&self.place.mark()) {
                    tracing::warn!(%error, "damage may be told where an end was torn");
                }
                return Err(error);
            }
        };
        self.training.resume(log.dictionary());
        follower.publish(log.position());
        Ok((log, self.follower.get_or_init(|| follower)))
    }
}

/// A month that is open, and the committer's thread at work on it.
struct Served<'a> {
    committer: &'a Committer,
    options: &'a Options,
    log: Log,
    reserve: Reserve,
    follower: &'a Follower,
}

impl Served<'_> {
    fn serve(&mut self, receiver: &Receiver<Job>) {
        while let Some(first) = self.next(receiver) {
            let group = gather(first, receiver, self.options.group_bytes);
            let group = self.admitted(group);
            if !group.is_empty() {
                self.commit(group);
            }
            self.committer.pace.finished();
        }
    }

    /// Waits for a job; `None` when none will come.
    fn next(&self, receiver: &Receiver<Job>) -> Option<Job> {
        match receiver.recv_timeout(self.options.idle) {
            Ok(job) => Some(job),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                let mut sender = lock(&self.committer.sender);
                let Ok(job) = receiver.try_recv() else {
                    sender.take();
                    drop(sender);
                    self.committer.finish();
                    return None;
                };
                Some(job)
            }
        }
    }

    /// The jobs that somebody still waits for and that there is room for; the others are answered.
    fn admitted(&mut self, group: Vec<Job>) -> Vec<Job> {
        self.reserve.look();
        let mut admitted = Vec::with_capacity(group.len());
        for job in group {
            if !job.gate.take() {
                continue;
            }
            match self.reserve.admit(job.kind, job.content.octets() as u64) {
                Ok(()) => admitted.push(job),
                Err(error) => job.answer(Err(error)),
            }
        }
        admitted
    }

    fn commit(&mut self, group: Vec<Job>) {
        let records: Vec<_> = group.iter().map(|job| (job.content.as_ref(), &job.packed)).collect();
        let written = match self.log.commit(&records) {
            Ok(written) => written,
            Err(error) => return self.refuse(group, &error),
        };
        // All gates are passed before any answer, so that from here on nobody of this group can give up any more.
        let unwanted = group.iter().filter(|job| !job.gate.answer()).count();
        if unwanted > 0 {
            // One group is one fate: whoever gave up has told that there is no evidence, and may have ended his exchange so.
            let (store, waited) = (self.committer.place.store.clone(), self.options.answer_wait);
            self.refuse(group, &Error::Hangs { store, waited });
            return self.log.take_back();
        }
        let stored = self.log.count(written);
        self.follower.publish(self.log.position());
        for (job, stored) in group.into_iter().zip(stored) {
            job.answer(Ok(stored));
        }
        self.committer.training.consider(&self.committer.place, self.log.position(), self.options.learn_bytes);
    }

    fn refuse(&self, group: Vec<Job>, error: &Error) {
        tracing::error!(store = %self.committer.place.store, records = group.len(), %error, "records are not durable");
        for job in group {
            job.answer(Err(error.clone()));
        }
    }
}

/// Closes the index also when the committer panics: the next one for this month must find it closed.
struct CloseAtEnd<'a>(&'a Follower);

impl Drop for CloseAtEnd<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Takes what waits, up to so many octets.
fn gather(first: Job, receiver: &Receiver<Job>, group_bytes: usize) -> Vec<Job> {
    let mut octets = first.content.octets();
    let mut group = vec![first];
    while octets < group_bytes {
        let Ok(job) = receiver.try_recv() else { break };
        octets = octets.saturating_add(job.content.octets());
        group.push(job);
    }
    group
}
