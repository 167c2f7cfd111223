//! Several files of the registry replaced as one: whenever the machine stops, what is loaded afterwards is the old or the new
//! registry.
//!
//! The new octets are put beside, durably, and then an intent that names them with the digests of what they replace. From there
//! on the change is gone through with, by whoever comes next: the command itself, another one, or the bus when it starts. Nobody
//! loads a registry while an intent is there, nor takes for one what he read while a change went by ([`Still`]).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{OPEN, SECRET, directory_of, make_directory, put_whole, replace, sync_directory, write_whole};
use crate::failure::Failure;
use crate::{edge, print};

/// Where a change is prepared, beside the entry file; hidden, so that no `include` finds it.
const DIRECTORY: &str = ".rsmev-change";
const INTENT: &str = "intent.json";
/// How many changes there have been: another number tells whoever was reading that one went by.
const DONE: &str = "done";
/// Directories of the registry are open to those who may read it.
const DIRECTORY_MODE: u32 = 0o755;

/// What becomes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is made, or its octets are replaced.
    Written {
        /// Its octets.
        octets: Vec<u8>,
        /// For its owner only.
        secret: bool,
    },
    /// It is taken away.
    Removed,
}

/// A change of several files, by their names relative to the directory of the entry file.
pub(crate) type Fates = BTreeMap<String, Fate>;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Intent {
    files: Vec<Planned>,
}

/// One file of an intent. Digests are hex SHA-256.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Planned {
    name: String,
    /// What is there before; nothing.
    before: Option<String>,
    /// What is there afterwards; nothing.
    after: Option<String>,
    secret: bool,
}

/// A step of a change, for those who want to see what a stop after it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// New octets of that file are beside.
    Staged(String),
    /// The intent is on disk.
    Intended,
    /// That file is what it is to be.
    Settled(String),
    /// The change is counted.
    Counted,
    /// The intent is gone.
    Ended,
}

/// Replaces, makes and removes the files, under the lock of whoever calls. `stop` is asked after each step; an error of it is the
/// machine stopping there.
pub(super) fn write(config: &Path, fates: &Fates, stop: &dyn Fn(&Step) -> io::Result<()>) -> Result<(), Failure> {
    let root = directory_of(config);
    let planned = plan(root, fates)?;
    if planned.is_empty() {
        return Ok(());
    }
    real_beside(root)?;
    let trouble = |error| Failure::system(&format!("prepare the change in {}", root.join(DIRECTORY).display()), error);
    stage(root, fates, &planned, stop).map_err(trouble)?;
    finish(root, stop)
}

/// What really changes, with what is on disk now.
fn plan(root: &Path, fates: &Fates) -> Result<Vec<Planned>, Failure> {
    let mut planned = Vec::new();
    for (name, fate) in fates {
        if !is_inside(name) {
            return Err(Failure::no(format!("{name} lies outside of the registry's directory: it is not written"))
                .hint("put the file where it belongs by hand, then give the command again"));
        }
        let before = digest(&root.join(name))?;
        let (after, secret) = match fate {
            Fate::Written { octets, secret } => (Some(hex::encode(Sha256::digest(octets))), *secret),
            Fate::Removed => (None, false),
        };
        if before != after {
            real_parents(root, name)?;
            planned.push(Planned { name: name.clone(), before, after, secret });
        }
    }
    Ok(planned)
}

/// Is the name one of a file below the registry's directory?
pub(crate) fn is_inside(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    !name.is_empty() && parts.all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// Refuses a name below a directory that is none itself: behind a symbolic link lies what is not the registry's. What is not there
/// yet is made as a directory; a file there goes away before, or making the directory fails.
fn real_parents(root: &Path, name: &str) -> Result<(), Failure> {
    for parent in Path::new(name).ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty()) {
        match fs::symlink_metadata(root.join(parent)) {
            Ok(found) if found.is_symlink() => {
                return Err(Failure::no(format!("{name} is not touched: {} is a symbolic link", parent.display()))
                    .hint("put the directory itself in its place, then give the command again"));
            }
            Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Err(Failure::system(&format!("look at {}", root.join(parent).display()), error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The same of the directory where changes are prepared.
fn real_beside(root: &Path) -> Result<(), Failure> {
    real_parents(root, &format!("{DIRECTORY}/{INTENT}"))
}

fn digest(path: &Path) -> Result<Option<String>, Failure> {
    match edge::read(path) {
        Ok(octets) => Ok(Some(hex::encode(Sha256::digest(octets)))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Failure::system(&format!("read {}", path.display()), error)),
    }
}

fn stage(root: &Path, fates: &Fates, planned: &[Planned], stop: &dyn Fn(&Step) -> io::Result<()>) -> io::Result<()> {
    let beside = root.join(DIRECTORY);
    make_directory(&beside, DIRECTORY_MODE)?;
    clear(&beside)?;
    for file in planned {
        if let (Some(after), Some(Fate::Written { octets, .. })) = (&file.after, fates.get(&file.name)) {
            put_whole(&beside.join(after), octets, SECRET, None)?;
            stop(&Step::Staged(file.name.clone()))?;
        }
    }
    sync_directory(&beside)?;
    let files = planned.iter().map(|file| Planned {
        name: file.name.clone(),
        before: file.before.clone(),
        after: file.after.clone(),
        secret: file.secret,
    });
    let intent = serde_json::to_vec_pretty(&Intent { files: files.collect() })?;
    write_whole(&beside.join(INTENT), &intent, OPEN, None)?;
    stop(&Step::Intended)
}

/// Goes through with the change that is intended.
fn finish(root: &Path, stop: &dyn Fn(&Step) -> io::Result<()>) -> Result<(), Failure> {
    real_beside(root)?;
    let beside = root.join(DIRECTORY);
    let intent = read_intent(&beside.join(INTENT))?;
    for file in &intent.files {
        settle_file(root, file)?;
        stop(&Step::Settled(file.name.clone())).map_err(|error| stopped(&error))?;
    }
    let trouble = |error| Failure::system(&format!("end the change in {}", beside.display()), error);
    let counted = count(root).saturating_add(1);
    write_whole(&beside.join(DONE), counted.to_string().as_bytes(), OPEN, None).map_err(trouble)?;
    stop(&Step::Counted).map_err(|error| stopped(&error))?;
    fs::remove_file(beside.join(INTENT)).and_then(|()| sync_directory(&beside)).map_err(trouble)?;
    stop(&Step::Ended).map_err(|error| stopped(&error))?;
    clear(&beside).map_err(trouble)
}

fn stopped(error: &io::Error) -> Failure {
    Failure::system("go on", error)
}

fn read_intent(path: &Path) -> Result<Intent, Failure> {
    let octets = edge::read(path).map_err(|error| Failure::system(&format!("read {}", path.display()), error))?;
    serde_json::from_slice(&octets).map_err(|error| {
        Failure::no(format!("{} is no intent: {error}", path.display()))
            .hint("it was not written by this program, or was changed; look at the registry's files, then move it away")
    })
}

fn settle_file(root: &Path, file: &Planned) -> Result<(), Failure> {
    let path = root.join(&file.name);
    if !is_inside(&file.name) {
        return Err(Failure::no(format!("the intent names {:?}, which is no file of the registry", file.name)));
    }
    real_parents(root, &file.name)?;
    let now = digest(&path)?;
    if now == file.after {
        return Ok(());
    }
    if now != file.before {
        return Err(Failure::no(format!(
            "{} is neither what it was before the change nor what it is to be",
            file.name
        ))
        .hint(format!("somebody changed it meanwhile: move it away and give the command again ({})", path.display())));
    }
    let trouble = |error| Failure::system(&format!("replace {}", path.display()), error);
    let Some(after) = &file.after else {
        return fs::remove_file(&path).and_then(|()| sync_directory(directory_of(&path))).map_err(trouble);
    };
    let octets = edge::read(&root.join(DIRECTORY).join(after)).map_err(trouble)?;
    if hex::encode(Sha256::digest(&octets)) != *after {
        return Err(trouble(io::Error::new(io::ErrorKind::InvalidData, "what was put beside is damaged")));
    }
    if now.is_some() {
        return replace(&path, &octets).map_err(trouble);
    }
    make_directory(directory_of(&path), DIRECTORY_MODE).map_err(trouble)?;
    write_whole(&path, &octets, if file.secret { SECRET } else { OPEN }, None).map_err(trouble)
}

/// Takes away what an earlier change left beside, but for the count.
fn clear(beside: &Path) -> io::Result<()> {
    for entry in fs::read_dir(beside)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name != DONE) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Is a change begun and not ended? When that cannot be told, nothing may be loaded.
fn is_intended(root: &Path) -> Result<bool, Failure> {
    let path = root.join(DIRECTORY).join(INTENT);
    path.try_exists().map_err(|error| Failure::system(&format!("see whether {} is there", path.display()), error))
}

fn count(root: &Path) -> u64 {
    let text = fs::read_to_string(root.join(DIRECTORY).join(DONE)).unwrap_or_default();
    text.trim().parse().unwrap_or(0)
}

/// Goes through with a change that was begun and not ended, under the lock of whoever calls.
pub(super) fn settle_held(config: &Path) -> Result<(), Failure> {
    let root = directory_of(config);
    if !is_intended(root)? {
        return Ok(());
    }
    finish(root, &|_| Ok(()))?;
    print::talk("remark: a change of the registry had been begun and not ended: it is ended now");
    Ok(())
}

/// A moment at which no change of the registry was under way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Still {
    root: PathBuf,
    changes: u64,
}

impl Still {
    /// Waits for nothing: a change that nobody works at is ended here, one that somebody does is a refusal.
    pub(crate) fn find(config: &Path) -> Result<Self, Failure> {
        let root = directory_of(config).to_owned();
        // The count first: a change that ends between the two is then told by its number.
        let changes = count(&root);
        if is_intended(&root)? {
            let trouble = |error| Failure::system(&format!("lock the directory {}", root.display()), error);
            let lock = File::open(&root).map_err(trouble)?;
            match lock.try_lock() {
                Ok(()) => settle_held(config).map_err(|failure| {
                    failure.hint(
                        "a change of the registry was begun and not ended: run `rsmev check` as the owner of its files",
                    )
                })?,
                Err(fs::TryLockError::WouldBlock) => {
                    return Err(Failure::no("another command is changing this registry").hint("try again in a moment"));
                }
                Err(fs::TryLockError::Error(error)) => return Err(trouble(error)),
            }
            return Ok(Self { changes: count(&root), root });
        }
        Ok(Self { root, changes })
    }

    /// Has no change gone by since, nor begun? What was read meanwhile is then of one registry.
    pub(crate) fn is_still(&self) -> bool {
        is_intended(&self.root).is_ok_and(|intended| !intended) && count(&self.root) == self.changes
    }
}

#[cfg(test)]
mod tests;
