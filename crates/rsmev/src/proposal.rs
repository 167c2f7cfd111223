//! A draft of the whole registry in a directory of its own, seen as if it lay where the registry lies.
//!
//! What the draft does not hold is read from the registry itself: keys above all, which nobody copies about. Directories are
//! those of the draft: what `include` finds there and nowhere else is part of it.

use std::io;
use std::path::{Path, PathBuf};

use domain::Files;

use crate::edge::Disk;
use crate::failure::Failure;
use crate::registry_edit::directory_of;

/// A draft for the registry of one entry file.
#[derive(Debug)]
pub(crate) struct Proposal {
    /// The registry's entry file.
    config: PathBuf,
    /// The draft's.
    entry: PathBuf,
}

impl Proposal {
    /// A directory with an entry file of the registry's name, or the entry file itself.
    pub(crate) fn open(draft: &Path, config: &Path) -> Result<Self, Failure> {
        let entry = if draft.is_dir() { draft.join(config.file_name().unwrap_or_default()) } else { draft.to_owned() };
        if !entry.is_file() {
            return Err(Failure::system("find the draft", format!("there is no file {}", entry.display()))
                .hint("a draft is a directory laid out as the registry's, with its entry file"));
        }
        let same = |path: &Path| path.canonicalize().ok();
        if same(&entry) == same(config) {
            return Err(Failure::usage(format!("{} is the registry itself", entry.display()))
                .hint("copy it, without its keys, and change the copy"));
        }
        Ok(Self { config: config.to_owned(), entry })
    }

    /// Where a file of the registry lies in the draft; `None` for files outside of the registry's directory.
    fn inside(&self, path: &Path) -> Option<PathBuf> {
        if path == self.config {
            return Some(self.entry.clone());
        }
        let root = self.config.parent().unwrap_or(Path::new(""));
        let name = path.strip_prefix(root).ok()?;
        let plain = name.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        plain.then(|| directory_of(&self.entry).join(name))
    }

    /// The same, where the draft holds the file.
    pub(crate) fn holds(&self, path: &Path) -> Option<PathBuf> {
        self.inside(path).filter(|path| path.is_file())
    }
}

impl Files for Proposal {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Disk.read(self.holds(path).as_deref().unwrap_or(path))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        // The loader calls the directory of a bare entry file `.`.
        let within = if dir == Path::new(".") { Some(directory_of(&self.entry).to_owned()) } else { self.inside(dir) };
        let Some(within) = within else { return Disk.list(dir) };
        let found = Disk.list(&within)?;
        Ok(found.iter().filter_map(|path| path.file_name()).map(|name| dir.join(name)).collect())
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        Disk.mode(self.holds(path).as_deref().unwrap_or(path))
    }
}
