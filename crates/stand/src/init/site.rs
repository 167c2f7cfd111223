//! The directory a region is written into: folders as needed, keys readable by their owner only.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::Error;

/// The directory and a count of files written.
pub(super) struct Site {
    directory: PathBuf,
    files: usize,
}

impl Site {
    pub(super) fn new(directory: &Path) -> Site {
        Site { directory: directory.to_owned(), files: 0 }
    }

    /// How many files were written.
    pub(super) fn files(&self) -> usize {
        self.files
    }

    /// Writes a file that anybody may read.
    pub(super) fn open(&mut self, name: impl AsRef<Path>, content: &[u8]) -> Result<(), Error> {
        self.put(name.as_ref(), content, 0o644)
    }

    /// Writes a file for its owner only.
    pub(super) fn secret(&mut self, name: impl AsRef<Path>, content: &[u8]) -> Result<(), Error> {
        self.put(name.as_ref(), content, 0o600)
    }

    fn put(&mut self, name: &Path, content: &[u8], mode: u32) -> Result<(), Error> {
        let path = self.directory.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
        }
        // An old file may have wider rights than the new one should: those of a file are set at its creation only.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::file("replace", &path)(error));
            }
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)
            .map_err(Error::file("create", &path))?;
        file.write_all(content).map_err(Error::file("write", &path))?;
        self.files = self.files.saturating_add(1);
        Ok(())
    }
}
