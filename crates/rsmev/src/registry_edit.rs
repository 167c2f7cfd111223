//! Changing a file of the registry as a careful person would: nobody else meanwhile, the whole registry checked with the
//! change in it before anything is written, one file replaced at once or not at all.
//!
//! Whoever looks, and whenever the machine stops: the registry on disk is the old or the new one. What a change means is
//! the caller's business; how the text is changed is in `text`.

pub(crate) mod text;
pub(crate) mod whole;

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown, fchown,
};
use std::path::{Component, Path, PathBuf};

use domain::Files;
use gateway::Snapshot;
use office::history::Event;

use crate::edge::{self, Disk};
use crate::failure::Failure;
use crate::history::{self, Note};
use crate::{approvals, print, serve};
use text::{Change, Obstacle, Row};

/// Mode of a file that anybody may read.
pub(crate) const OPEN: u32 = 0o644;
/// Mode of a file for its owner only.
pub(crate) const SECRET: u32 = 0o600;

/// The registry, held for changes: no other command changes it until this is dropped. People with editors can; what they
/// do meanwhile is noticed before a file is replaced.
#[derive(Debug)]
pub(crate) struct Held {
    config: PathBuf,
    root: PathBuf,
    record: Record,
    _lock: File,
}

/// What goes into the history of the registry with a change.
#[derive(Clone, Debug, Default)]
struct Record {
    /// The journal's directory, when it is not the registry's.
    data: Option<PathBuf>,
    /// Why it is made.
    why: String,
}

impl Held {
    /// Takes the registry of an entry file.
    pub(crate) fn hold(config: &Path) -> Result<Held, Failure> {
        serve::must_be_there(config)?;
        let root = config.parent().unwrap_or(Path::new("")).to_owned();
        let directory = directory_of(config);
        let trouble = |error| Failure::system(&format!("lock the directory {}", directory.display()), error);
        let lock = File::open(directory).map_err(trouble)?;
        match lock.try_lock() {
            Ok(()) => {
                whole::settle_held(config)?;
                Ok(Held { config: config.to_owned(), root, record: Record::default(), _lock: lock })
            }
            Err(fs::TryLockError::WouldBlock) => {
                Err(Failure::no("another command is changing this registry".to_owned()).hint("wait until it has ended"))
            }
            Err(fs::TryLockError::Error(error)) => Err(trouble(error)),
        }
    }

    /// The same, with what its changes are recorded with: another journal than the registry's, and the reason.
    #[must_use]
    pub(crate) fn recording(mut self, data: Option<&Path>, why: Option<&str>) -> Self {
        self.record = Record { data: data.map(Path::to_owned), why: why.unwrap_or_default().to_owned() };
        self
    }

    /// The entry file.
    pub(crate) fn config(&self) -> &Path {
        &self.config
    }

    /// Replaces, makes and removes several files as one: the registry is the old or the new one, whenever the machine stops.
    pub(crate) fn write_all(&self, fates: &whole::Fates) -> Result<(), Failure> {
        whole::write(&self.config, fates, &|_| Ok(()))
    }

    /// Puts the registry on disk into the history before it is changed, if nobody has.
    pub(crate) fn record_found(&self) {
        // A registry that does not load was never in force; there is nothing to come back to.
        if let Ok(registry) = domain::Registry::load(&self.config, &Disk) {
            self.record(&registry, Event::Found);
        }
    }

    /// Puts the registry that a command has made into the history.
    pub(crate) fn record_made(&self, registry: &domain::Registry) {
        self.record(registry, Event::Made);
    }

    fn record(&self, registry: &domain::Registry, event: Event) {
        let (who, command) = (crate::command::journal::who(), history::command_given());
        let (who, why) = match event {
            Event::Found => ("not known", "found before a change"),
            Event::Made | Event::InForce => (who.as_str(), self.record.why.as_str()),
        };
        let note = Note { event, who, why, command: &command };
        if let Err(failure) = history::note(registry, &self.config, self.record.data.as_deref(), &note) {
            print::talk(&format!(
                "remark: the state {} of the registry is NOT RECORDED and cannot be rolled back to: {failure}",
                office::history::short(registry.digest())
            ));
        }
    }

    /// The directory that the names of the registry's files are relative to.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Takes up one file of the registry, by its name relative to the root.
    pub(crate) fn edit(&self, name: &str) -> Result<Draft<'_>, Failure> {
        let path = self.root.join(name);
        let octets = read(&path)?;
        let before = String::from_utf8(octets).map_err(|_| Failure::no(format!("{}: is not UTF-8", path.display())))?;
        Ok(Draft { held: self, name: name.to_owned(), path, text: before.clone(), before, beside: Vec::new() })
    }
}

/// One file of the registry with changes that are not on disk yet.
#[derive(Debug)]
pub(crate) struct Draft<'h> {
    held: &'h Held,
    name: String,
    path: PathBuf,
    before: String,
    text: String,
    /// Files that the new text names and that are put with it.
    beside: Vec<(PathBuf, Vec<u8>)>,
}

impl Draft<'_> {
    /// The values of a key as they are written: those of a list, or the one string.
    pub(crate) fn values(&self, row: Row<'_>, key: &str) -> Result<Vec<String>, Failure> {
        text::values(&self.text, row, key).map_err(|obstacle| self.failure(key, obstacle))
    }

    /// The value of a key as it is written, for another row of the same file.
    pub(crate) fn written(&self, row: Row<'_>, key: &str) -> Result<Option<String>, Failure> {
        text::written(&self.text, row, key).map_err(|obstacle| self.failure(key, obstacle))
    }

    /// Makes one change more.
    pub(crate) fn change(&mut self, row: Row<'_>, change: Change<'_>) -> Result<(), Failure> {
        let key = match change {
            Change::Set { key, .. }
            | Change::Put { key, .. }
            | Change::Unset { key }
            | Change::Add { key, .. }
            | Change::Remove { key, .. } => key,
        };
        self.text = text::change(&self.text, row, change).map_err(|obstacle| self.failure(key, obstacle))?;
        Ok(())
    }

    /// Adds a row below the last of its table; values are TOML ([`text::literal`], days, lists).
    pub(crate) fn append(&mut self, table: &str, pairs: &[(&str, String)]) -> Result<(), Failure> {
        self.text = text::append(&self.text, table, pairs).map_err(|obstacle| self.failure(table, obstacle))?;
        Ok(())
    }

    /// Takes a row out, with the comment right above it.
    pub(crate) fn remove(&mut self, row: Row<'_>) -> Result<(), Failure> {
        self.text = text::remove(&self.text, row).map_err(|obstacle| self.failure("row", obstacle))?;
        Ok(())
    }

    /// A file that everybody may read, to be put where a row of this file names it; nothing is on disk before the commit. One with
    /// other octets that is there already is never overwritten.
    pub(crate) fn with_file(&mut self, written: &str, octets: Vec<u8>) {
        let holder = Path::new(&self.name).parent().unwrap_or(Path::new(""));
        self.beside.push((self.held.root.join(straight(&holder.join(written))), octets));
    }

    /// The change as a person reads it, line by line; empty when there is none.
    pub(crate) fn diff(&self) -> String {
        let diff = similar::TextDiff::from_lines(&self.before, &self.text);
        diff.unified_diff().context_radius(2).header(&self.name, &self.name).to_string()
    }

    /// Its name in the registry.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Does it differ from the file on disk?
    pub(crate) fn changed(&self) -> bool {
        self.text != self.before
    }

    /// The whole registry with the changes in it, as the bus would load it.
    pub(crate) fn load(&self) -> Result<Snapshot, Failure> {
        serve::load_from(&self.held.config, self)
    }

    /// Checks the whole registry with the changes in it and replaces the file. Gives the registry as it is on disk now.
    pub(crate) fn commit(self) -> Result<Snapshot, Failure> {
        let snapshot = self.load()?;
        if !self.changed() {
            return Ok(snapshot);
        }
        if read(&self.path)? != self.before.as_bytes() {
            return Err(Failure::no(format!(
                "{} was changed by somebody else meanwhile; nothing was written",
                self.name
            ))
            .hint("look at it and give the command again"));
        }
        self.held.record_found();
        let mut placed = Vec::new();
        let written = self
            .beside
            .iter()
            .try_for_each(|(path, octets)| {
                placed.push(Placed::put(path.clone(), octets, OPEN)?);
                Ok(())
            })
            .and_then(|()| {
                replace(&self.path, self.text.as_bytes())
                    .map_err(|error| Failure::system(&format!("replace {}", self.path.display()), error))
            });
        if let Err(failure) = written {
            placed.into_iter().for_each(Placed::take_away);
            return Err(failure);
        }
        self.held.record_made(snapshot.registry());
        let journal = self.held.record.data.as_deref().unwrap_or(&snapshot.registry().journal().directory);
        approvals::remark(snapshot.registry(), &self.held.config, journal);
        Ok(snapshot)
    }

    fn failure(&self, key: &str, obstacle: Obstacle) -> Failure {
        Failure::no(format!("{}: {key}: {}", self.name, obstacle.sentence()))
    }
}

/// The disk with the draft in place of its file, and what is to be put with it.
impl Files for Draft<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == self.path {
            return Ok(self.text.clone().into_bytes());
        }
        match self.beside.iter().find(|(beside, _)| beside == path) {
            Some((_, octets)) if !path.exists() => Ok(octets.clone()),
            _ => Disk.read(path),
        }
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        Disk.list(dir)
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        Disk.mode(path)
    }
}

/// A file that a command has put beside the registry; nothing refers to it before a draft that does is committed.
#[derive(Debug)]
pub(crate) struct Placed {
    path: PathBuf,
    made: bool,
}

impl Placed {
    /// Puts a file of that mode; one with the same octets may be there already, another one is never overwritten.
    pub(crate) fn put(path: PathBuf, octets: &[u8], mode: u32) -> Result<Placed, Failure> {
        match fs::read(&path) {
            Ok(there) if there == octets => return Ok(Placed { path, made: false }),
            Ok(_) => return Err(Failure::no(format!("{} is another file already", path.display()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Failure::system(&format!("read {}", path.display()), error)),
        }
        let put = fs::create_dir_all(directory_of(&path)).and_then(|()| write_whole(&path, octets, mode, None));
        put.map_err(|error| Failure::system(&format!("write {}", path.display()), error))?;
        Ok(Placed { path, made: true })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes away what was put, not what was there before.
    pub(crate) fn take_away(self) {
        if self.made {
            // Left behind it harms nobody: nothing refers to it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Replaces a file at once: whoever reads it sees the old or the new octets. Mode and owner stay; a symbolic link is
/// followed.
pub(crate) fn replace(path: &Path, octets: &[u8]) -> io::Result<()> {
    let path = path.canonicalize()?;
    let old = fs::metadata(&path)?;
    write_whole(&path, octets, old.permissions().mode() & 0o7777, Some((old.uid(), old.gid())))
}

/// Writes beside the place, makes it durable, then renames. Without an owner it belongs to the owner of the directory, so
/// that what root adds can be read by the bus.
pub(crate) fn write_whole(path: &Path, octets: &[u8], mode: u32, owner: Option<(u32, u32)>) -> io::Result<()> {
    put_whole(path, octets, mode, owner)?;
    sync_directory(directory_of(path))
}

/// The same without making the name durable: for many files of one directory, which is then synced once.
pub(crate) fn put_whole(path: &Path, octets: &[u8], mode: u32, owner: Option<(u32, u32)>) -> io::Result<()> {
    let directory = directory_of(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Hidden: `include` patterns do not find it, should it be left behind.
    let beside = directory.join(format!(".{name}.new"));
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
    // Not left to umask: what was readable stays readable.
    file.set_permissions(Permissions::from_mode(mode))?;
    let (uid, gid) = match owner {
        Some(owner) => owner,
        None => fs::metadata(directory).map(|directory| (directory.uid(), directory.gid()))?,
    };
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (uid, gid) {
        match fchown(&file, Some(uid), Some(gid)) {
            // A new file that anybody may read serves the bus whoever owns it.
            Err(_) if owner.is_none() && mode == OPEN => {}
            given => given?,
        }
    }
    file.write_all(octets)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

/// Makes names in a directory durable: what was made, renamed and removed in it.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// A directory with those above it, their names durable. It belongs to whoever owns the directory it is made in, so that what
/// root begins can be gone on with by the bus.
pub(crate) fn make_directory(path: &Path, mode: u32) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = directory_of(path);
    make_directory(parent, mode)?;
    match DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        made => made?,
    }
    let (own, above) = (fs::metadata(path)?, fs::metadata(parent)?);
    if (own.uid(), own.gid()) != (above.uid(), above.gid()) {
        match chown(path, Some(above.uid()), Some(above.gid())) {
            // One that anybody may read serves the bus whoever owns it.
            Err(_) if mode & 0o077 != 0 => {}
            given => given?,
        }
    }
    sync_directory(parent)
}

/// The path without a detour through a directory and back.
pub(crate) fn straight(path: &Path) -> PathBuf {
    let mut steps: Vec<Component<'_>> = Vec::new();
    for step in path.components() {
        match (step, steps.last()) {
            (Component::ParentDir, Some(Component::Normal(_))) => drop(steps.pop()),
            _ => steps.push(step),
        }
    }
    steps.iter().collect()
}

/// The directory a path lies in; that of a bare name is here.
pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    edge::read(path).map_err(|error| Failure::system(&format!("read {}", path.display()), error))
}

#[cfg(test)]
mod tests;
