//! The seam between the journal and the disk: every write that evidence depends on goes through it, so that a test
//! can tear, refuse or forget one. Reading needs no seam: what is read is checked.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use uuid::Uuid;

/// What segments are written to.
pub trait Disk: Send + Sync + fmt::Debug {
    /// Makes the directory, with that mode, when it is missing; durable on return in either case: whoever made it before may
    /// have died before it was.
    fn make_directory(&self, path: &Path, mode: u32) -> io::Result<()>;
    /// Makes the file with these octets, for its owner, and for the group as far as the directory is; it exists whole and durable, or not at all.
    fn create(&self, path: &Path, octets: &[u8]) -> io::Result<Box<dyn SegmentFile>>;
    /// Opens a file made earlier.
    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>>;
    /// Makes durable what an ended process may have left in the operating system's memory: the octets of the file and its
    /// name in the directory. After an error the next reading sees what the disk has, as far as the system allows.
    fn settle(&self, path: &Path) -> io::Result<()>;
    /// Octets that may still be written below this directory.
    fn free(&self, directory: &Path) -> io::Result<u64>;
    /// Octets nobody can foresee, for the salt of a segment.
    fn salt(&self) -> [u8; 16];
}

/// A segment being written.
pub trait SegmentFile: Send + fmt::Debug {
    /// Writes all octets from that offset on. After an error any part of them may be there.
    fn write(&mut self, octets: &[u8], offset: u64) -> io::Result<()>;
    /// `fdatasync`. After an error nobody knows what is on disk: do not try again.
    fn sync(&mut self) -> io::Result<()>;
    /// Shortens the file to that length.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// The disk of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn make_directory(&self, path: &Path, mode: u32) -> io::Result<()> {
        match DirBuilder::new().mode(mode).create(path) {
            Ok(()) => path.parent().map_or(Ok(()), sync_directory),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                match path.parent().map_or(Ok(()), sync_directory) {
                    // Not ours to read, so not made by us either.
                    Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
                    synced => synced,
                }
            }
            Err(error) => Err(error),
        }
    }

    fn create(&self, path: &Path, octets: &[u8]) -> io::Result<Box<dyn SegmentFile>> {
        let draft = path.with_extension("draft");
        let made = make_whole(&draft, path, octets);
        if made.is_err() {
            // A draft is never read; the next attempt would fail on it.
            let _ = fs::remove_file(&draft);
        }
        Ok(Box::new(made?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        Ok(Box::new(OpenOptions::new().write(true).open(path)?))
    }

    fn settle(&self, path: &Path) -> io::Result<()> {
        let file = File::open(path)?;
        if let Err(error) = file.sync_data() {
            // From now on the system takes the lost pages for written ones; without them it has to ask the disk.
            let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed);
            return Err(error);
        }
        path.parent().map_or(Ok(()), sync_directory)
    }

    fn free(&self, directory: &Path) -> io::Result<u64> {
        let told = rustix::fs::statvfs(directory)?;
        Ok(told.f_bavail.saturating_mul(told.f_frsize))
    }

    fn salt(&self) -> [u8; 16] {
        Uuid::new_v4().into_bytes()
    }
}

/// The file appears under its name only when it is whole.
fn make_whole(draft: &Path, path: &Path, octets: &[u8]) -> io::Result<File> {
    let group = path.parent().map_or(Ok(0), |directory| fs::metadata(directory).map(|found| found.mode() & 0o060))?;
    let mode = 0o600 | group;
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(draft)?;
    file.write_all(octets)?;
    file.sync_all()?;
    fs::rename(draft, path)?;
    if let Some(directory) = path.parent() {
        sync_directory(directory)?;
    }
    Ok(file)
}

impl SegmentFile for File {
    fn write(&mut self, octets: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(octets, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

fn sync_directory(path: &Path) -> io::Result<()> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path)?.sync_all()
}
