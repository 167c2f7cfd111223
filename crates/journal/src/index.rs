//! The index of one month: identifier → place in the log, in sled, with the checkpoint up to which it is complete.
//!
//! The index is disposable. It follows the log behind the ack, sled's panics end here, and every hit is checked against
//! the record by the caller: a wrong index can miss, never lie.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use crate::merkle::Frontier;
use crate::place::Place;
use crate::walk::Position;
use crate::{Digest, Error};

/// Leads the keys of identifiers.
const IDENTIFIER: u8 = b'i';
/// Octets of an identifier's digest in its key: keys of one size, and no personal data in the index.
const KEY_DIGEST: usize = 16;
/// Octets of an identifier's key: lead, digest, record number.
const KEY: usize = 1 + KEY_DIGEST + 8;

/// How far the index has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// Behind the last record indexed.
    pub(crate) position: Position,
    /// Where that record begins, in the same segment.
    pub(crate) last: u64,
    /// Its number.
    pub(crate) sequence: u64,
    /// Its digest.
    pub(crate) digest: Digest,
    /// Identifiers entered so far.
    pub(crate) entries: u64,
    /// The tree over all frames up to here.
    pub(crate) tree: Frontier,
}

impl Checkpoint {
    fn encode(&self) -> Vec<u8> {
        let mut out = self.position.segment.to_be_bytes().to_vec();
        for number in [self.position.offset, self.last, self.sequence, self.entries] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(self.digest.octets());
        self.tree.encode(&mut out);
        out
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let (segment, octets) = octets.split_first_chunk()?;
        let (offset, octets) = octets.split_first_chunk()?;
        let (last, octets) = octets.split_first_chunk()?;
        let (sequence, octets) = octets.split_first_chunk()?;
        let (entries, octets) = octets.split_first_chunk()?;
        let (digest, octets) = octets.split_first_chunk()?;
        Some(Self {
            position: Position { segment: u32::from_be_bytes(*segment), offset: u64::from_be_bytes(*offset) },
            last: u64::from_be_bytes(*last),
            sequence: u64::from_be_bytes(*sequence),
            entries: u64::from_be_bytes(*entries),
            digest: Digest::from_octets(*digest),
            tree: Frontier::decode(octets)?,
        })
    }
}

/// How long closing waits for sled to let go of its file.
const RELEASE: Duration = Duration::from_secs(5);

/// An identifier to enter.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) sequence: u64,
    pub(crate) position: Position,
}

/// The index, open. Dropping it without [`Index::close`] leaves the mark that makes the next opening check it.
#[derive(Debug)]
pub(crate) struct Index {
    db: sled::Db,
    path: PathBuf,
    mark: PathBuf,
    checkpoint_key: String,
}

impl Index {
    /// Opens or makes the index. The flag says that it was not closed properly and wants [`Index::sound`].
    pub(crate) fn open(place: &Place, cache_bytes: u64) -> Result<(Self, bool), Error> {
        let (path, mark) = (place.index(), place.mark());
        let doubtful = mark.exists();
        make_mark(&mark)?;
        let db = match open_db(&path, cache_bytes) {
            Ok(db) => db,
            Err(error) => {
                tracing::warn!(%error, "the index does not open and is built anew");
                remove(&path)?;
                open_db(&path, cache_bytes)?
            }
        };
        protect(&path).map_err(Error::io("protect", &path))?;
        let checkpoint_key = format!("checkpoint {} {}", place.store, place.month);
        Ok((Self { db, path, mark, checkpoint_key }, doubtful))
    }

    /// Throws the index away and begins an empty one.
    pub(crate) fn renew(self, place: &Place, cache_bytes: u64) -> Result<Self, Error> {
        let path = self.path.clone();
        self.abandon();
        remove(&path)?;
        Ok(Self::open(place, cache_bytes)?.0)
    }

    /// How far the index has come; `None` when it is empty.
    pub(crate) fn checkpoint(&self) -> Result<Option<Checkpoint>, Error> {
        let value = self.guarded(|| self.db.get(&self.checkpoint_key))?;
        value
            .map(|octets| Checkpoint::decode(&octets).ok_or_else(|| self.failed("a checkpoint of another shape")))
            .transpose()
    }

    /// Reads every entry: sled may open and still have lost some.
    pub(crate) fn sound(&self) -> Result<(), Error> {
        let entries = self.checkpoint()?.map_or(0, |checkpoint| checkpoint.entries);
        let count = self.guarded(|| {
            self.db.scan_prefix([IDENTIFIER]).try_fold(0_u64, |count, item| {
                let (key, value) = item?;
                Ok(count.saturating_add(u64::from(key.len() == KEY && decode_position(&value).is_some())))
            })
        })?;
        if count == entries { Ok(()) } else { Err(self.failed(&format!("{count} of {entries} entries are there"))) }
    }

    /// Enters the items and the checkpoint in one step.
    pub(crate) fn put(&self, items: &[Item], checkpoint: &Checkpoint) -> Result<(), Error> {
        let mut batch = sled::Batch::default();
        for item in items {
            let mut key = key(&item.id);
            key.extend_from_slice(&item.sequence.to_be_bytes());
            let mut value = item.position.segment.to_be_bytes().to_vec();
            value.extend_from_slice(&item.position.offset.to_be_bytes());
            batch.insert(key, value);
        }
        batch.insert(self.checkpoint_key.as_bytes(), checkpoint.encode());
        self.guarded(|| self.db.apply_batch(batch))
    }

    /// Where records with this normalised identifier are said to begin.
    pub(crate) fn hits(&self, id: &str) -> Result<Vec<Position>, Error> {
        self.guarded(|| {
            let values = self.db.scan_prefix(key(id)).values();
            values.filter_map(|value| value.map(|value| decode_position(&value)).transpose()).collect()
        })
    }

    /// Hands everything to the operating system. Blocks.
    pub(crate) fn flush(&self) -> Result<(), Error> {
        self.guarded(|| self.db.flush()).map(drop)
    }

    /// The proper end: the next opening may trust the index.
    pub(crate) fn close(self) -> Result<(), Error> {
        self.flush()?;
        let (mark, db) = (self.mark.clone(), self.path.join("db"));
        let index = self.path.clone();
        self.abandon();
        await_release(&db);
        // sled's own flush survives a killed process, not a power cut; without the mark nobody would look.
        sync_all(&index).map_err(Error::io("sync", &index))?;
        fs::remove_file(&mark).map_err(Error::io("remove", &mark))
    }

    /// Lets go of sled, whatever state it is in.
    pub(crate) fn abandon(self) {
        let _ = catch_unwind(AssertUnwindSafe(move || drop(self)));
    }

    fn guarded<T>(&self, call: impl FnOnce() -> sled::Result<T>) -> Result<T, Error> {
        guarded(&self.path, call)
    }

    fn failed(&self, what: &str) -> Error {
        Error::Index { path: self.path.clone(), what: what.to_owned() }
    }
}

/// sled panics where it should return errors; neither leaves this function.
fn guarded<T>(path: &Path, call: impl FnOnce() -> sled::Result<T>) -> Result<T, Error> {
    let failed = |what: String| Error::Index { path: path.to_owned(), what };
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(_) => Err(failed("sled panicked".to_owned())),
    }
}

fn open_db(path: &Path, cache_bytes: u64) -> Result<sled::Db, Error> {
    // No flusher thread of sled's own: whoever fills the index flushes it.
    let config = sled::Config::new().path(path).cache_capacity(cache_bytes).flush_every_ms(None);
    guarded(path, || config.open())
}

fn key(id: &str) -> Vec<u8> {
    let mut key = vec![IDENTIFIER];
    key.extend(Digest::of([id.as_bytes()]).octets().iter().take(KEY_DIGEST));
    key
}

fn decode_position(value: &[u8]) -> Option<Position> {
    let (segment, offset) = value.split_first_chunk()?;
    let offset = offset.try_into().ok()?;
    Some(Position { segment: u32::from_be_bytes(*segment), offset: u64::from_be_bytes(offset) })
}

/// The mark must be on disk before sled writes: after a power cut it is what makes us look.
pub(crate) fn make_mark(mark: &Path) -> Result<(), Error> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(mark);
    let made = file.and_then(|file| file.sync_all());
    let synced = made.and_then(|()| mark.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all()));
    synced.map_err(Error::io("make", mark))
}

/// sled's helper threads hold its file, and with it the lock, a moment longer than the value that was dropped; whoever
/// opens the index next would find it taken.
fn await_release(db: &Path) {
    let Ok(file) = File::open(db) else { return };
    if file.try_lock().is_ok() {
        return;
    }
    let (released, wait) = sync_channel(1);
    let waiting = thread::Builder::new().name("index-release".to_owned()).spawn(move || {
        let _ = file.lock();
        drop(file);
        let _ = released.send(());
    });
    if waiting.is_err() || wait.recv_timeout(RELEASE).is_err() {
        tracing::warn!(db = %db.display(), "sled does not let go of its file; the next opening builds the index anew");
    }
}

/// Removes an index and all of it.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Makes every file below the directory durable, and the directories.
fn sync_all(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_all(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    File::open(directory)?.sync_all()
}

/// sled makes its files with the process's umask; they are for the owner only.
fn protect(directory: &Path) -> io::Result<()> {
    fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            protect(&entry.path())?;
        } else {
            fs::set_permissions(entry.path(), Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}
