//! One journal directory has one writer: an advisory lock that the kernel drops with the process, however it ends.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use crate::Error;

/// Name of the lock file in the journal's directory; no store can have it, for its dot.
const NAME: &str = "journal.lock";

/// The directory is ours while this lives and is not released.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    file: File,
}

impl DirectoryLock {
    pub(crate) fn take(directory: &Path) -> Result<Self, Error> {
        let path = directory.join(NAME);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(Error::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut process = String::new();
                let _ = file.read_to_string(&mut process);
                let process = process.lines().next().unwrap_or_default();
                let holder =
                    if process.is_empty() { "another process".to_owned() } else { format!("process {process}") };
                return Err(Error::InUse { directory: directory.to_owned(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
        }
        let own = file.metadata().map(|found| place_of(&found)).map_err(Error::io("look at", &path))?;
        let noted = file.set_len(0).and_then(|()| writeln!(file, "{}\n{own}", std::process::id()));
        noted.map_err(Error::io("write", &path))?;
        Ok(Self { file })
    }

    /// Whether somebody has it; asked without writing anything.
    pub(crate) fn is_taken(directory: &Path) -> bool {
        let Ok(file) = File::open(directory.join(NAME)) else { return false };
        let taken = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        // Closing it would let go as well.
        let _ = file.unlock();
        taken
    }

    /// Lets the next writer in before this value is dropped.
    pub(crate) fn release(&self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the journal's directory stays locked until the process ends");
        }
    }
}

/// Where a file is, so that a copy of it is another.
fn place_of(found: &Metadata) -> String {
    format!("{}:{}", found.dev(), found.ino())
}

/// Whether this is the directory that was written, and not a copy of it: the lock file names itself, by device and inode.
pub(crate) fn is_original(directory: &Path) -> bool {
    let path = directory.join(NAME);
    let (Ok(text), Ok(found)) = (fs::read_to_string(&path), fs::metadata(&path)) else { return false };
    text.lines().nth(1) == Some(place_of(&found).as_str())
}
