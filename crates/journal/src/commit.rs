//! One committer per open month of a store: a bounded queue and a thread that takes what waits, commits it as one group
//! and answers. While a group is under `fdatasync` the next one gathers; nobody waits for a timer.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::checkpoint::Head;
use crate::disk::Disk;
use crate::follow::{Follower, lock};
use crate::layout::Content;
use crate::log::{Log, make_directories};
use crate::pack::{Dictionary, Packed};
use crate::place::Place;
use crate::training::Training;
use crate::{Entry, Error, Options, Stored};

/// A record waiting to be committed.
#[derive(Debug)]
pub(crate) struct Job {
    content: Arc<Content>,
    packed: Packed,
    reply: oneshot::Sender<Result<Stored, Error>>,
    /// Room in the queue, given back when the job is done.
    _room: [OwnedSemaphorePermit; 2],
}

/// Where the outcome of a job arrives.
pub(crate) type Answer = oneshot::Receiver<Result<Stored, Error>>;

/// Why a job was not taken.
#[derive(Debug)]
pub(crate) enum NotTaken {
    /// This committer is ending; another one has to be started.
    Ended,
    /// The queue stayed full.
    Full,
}

/// The near side of a committer.
#[derive(Debug)]
pub(crate) struct Committer {
    place: Place,
    records: Arc<Semaphore>,
    octets: Arc<Semaphore>,
    queue_bytes: u32,
    queue_wait: Duration,
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
    pub(crate) before: Option<JoinHandle<()>>,
    /// Whatever must live as long as anything may be written, such as the directory's lock.
    pub(crate) guard: Arc<dyn Send + Sync>,
}

impl Committer {
    /// Starts the thread; the month is opened there.
    pub(crate) fn start(place: Place, work: Work) -> Result<(Arc<Self>, JoinHandle<()>), Error> {
        let records = work.options.queue_records.clamp(1, Semaphore::MAX_PERMITS);
        let queue_bytes = u32::try_from(work.options.queue_bytes).unwrap_or(u32::MAX).max(1);
        let (sender, receiver) = sync_channel(records);
        let committer = Arc::new(Self {
            place,
            records: Arc::new(Semaphore::new(records)),
            octets: Arc::new(Semaphore::new(queue_bytes as usize)),
            queue_bytes,
            queue_wait: work.options.queue_wait,
            sender: Mutex::new(Some(sender)),
            follower: OnceLock::new(),
            training: Training::default(),
        });
        let own = Arc::clone(&committer);
        let thread = thread::Builder::new()
            .name(format!("store-{}", committer.place.store))
            .spawn(move || own.run(work, &receiver))
            .map_err(Error::io("start a thread for", &committer.place.directory))?;
        Ok((committer, thread))
    }

    /// Puts a record into the queue; waits for room, but not for ever.
    pub(crate) async fn submit(&self, content: &Arc<Content>, packed: Packed) -> Result<Answer, NotTaken> {
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
        let (reply, answer) = oneshot::channel();
        let job = Job { content: Arc::clone(content), packed, reply, _room: room };
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
        let Work { options, disk, before, guard } = work;
        if let Some(before) = before {
            // A panic there has been reported by the panic hook and ended that thread all the same.
            let _ = before.join();
        }
        match self.open(&options, disk) {
            Ok((mut log, follower)) => {
                let closing = CloseAtEnd(follower);
                self.serve(&options, &mut log, closing.0, receiver);
            }
            Err(error) => {
                tracing::error!(store = %self.place.store, month = %self.place.month, %error, "the store does not open");
                self.finish();
                for job in receiver.try_iter() {
                    let _ = job.reply.send(Err(error.clone()));
                }
            }
        }
        drop(guard);
    }

    fn open(&self, options: &Options, disk: Arc<dyn Disk>) -> Result<(Log, &Follower), Error> {
        make_directories(disk.as_ref(), &options.directory, &self.place)?;
        let (follower, checkpoint) = Follower::start(&self.place, options.index_cache_bytes);
        let opened = Log::open(&self.place, disk, options.segment_bytes, options.group_bytes, checkpoint.as_ref());
        let mut log = match opened {
            Ok(log) => log,
            Err(error) => {
                follower.close();
                return Err(error);
            }
        };
        self.training.resume(log.dictionary());
        follower.publish(log.position());
        Ok((log, self.follower.get_or_init(|| follower)))
    }

    fn serve(&self, options: &Options, log: &mut Log, follower: &Follower, receiver: &Receiver<Job>) {
        loop {
            let first = match receiver.recv_timeout(options.idle) {
                Ok(job) => job,
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    let mut sender = lock(&self.sender);
                    let Ok(job) = receiver.try_recv() else {
                        sender.take();
                        drop(sender);
                        return self.finish();
                    };
                    job
                }
            };
            let group = gather(first, receiver, options.group_bytes);
            let records: Vec<_> = group.iter().map(|job| (job.content.as_ref(), &job.packed)).collect();
            let committed = log.commit(&records);
            // A caller that went away does not need its answer; the record stays.
            match committed {
                Ok(stored) => {
                    follower.publish(log.position());
                    for (job, stored) in group.into_iter().zip(stored) {
                        let _ = job.reply.send(Ok(stored));
                    }
                    self.training.consider(&self.place, log.position(), options.learn_bytes);
                }
                Err(error) => {
                    tracing::error!(store = %self.place.store, records = group.len(), %error, "records are not durable");
                    for job in group {
                        let _ = job.reply.send(Err(error.clone()));
                    }
                }
            }
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
