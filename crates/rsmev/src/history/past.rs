//! A recorded state as files: what the loader of the registry reads in place of the disk. Octets are checked against the
//! digests of the state's manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use domain::registry::AbsentFile;
use domain::{Files, Registry};
use office::history::{Entry, manifest, short};
use sha2::{Digest as _, Sha256};

use super::{History, STATES};
use crate::edge::{self, Disk};
use crate::failure::Failure;
use crate::registry_edit::directory_of;

/// Whence the octets of secrets come, which are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// From nowhere: the state is looked at only.
    Absent,
    /// From the disk, where they must be what they were.
    OfDisk,
}

/// The files of one recorded state, under the directory that its registry lies in.
#[derive(Debug)]
pub(crate) struct PastFiles {
    history: History,
    state: String,
    config: PathBuf,
    /// Digests by path.
    listed: BTreeMap<PathBuf, String>,
    hidden: BTreeSet<PathBuf>,
    secrets: Secrets,
}

impl History {
    /// The files of a state. `config` is the entry file of today's registry: paths are told as if the state lay there.
    pub(crate) fn files(&self, entry: &Entry, config: &Path, secrets: Secrets) -> Result<PastFiles, Failure> {
        let path = self.directory().join(STATES).join(&entry.state);
        let octets = edge::read(&path).map_err(|error| Failure::system(&format!("read {}", path.display()), error))?;
        let damaged = || damaged(&entry.state, &path.display().to_string());
        let text = String::from_utf8(octets).map_err(|_| damaged())?;
        let listed = manifest(&text, &entry.state).ok_or_else(damaged)?;
        let root = config.parent().unwrap_or(Path::new(""));
        Ok(PastFiles {
            history: self.clone(),
            state: entry.state.clone(),
            config: root.join(&entry.entry),
            listed: listed.into_iter().map(|file| (root.join(file.name), file.sha256)).collect(),
            hidden: entry.secrets.iter().map(|name| root.join(name)).collect(),
            secrets,
        })
    }
}

impl PastFiles {
    /// The registry of the state, proved to be the one that was recorded.
    pub(crate) fn registry(&self) -> Result<Registry, Failure> {
        let registry = Registry::load(&self.config, self).map_err(|problems| {
            let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
            Failure::no(format!("the recorded state {} does not load:\n{}", short(&self.state), told.join("\n")))
                .hint("an object is missing or damaged, or this program no longer reads what was written then")
        })?;
        if registry.digest() != self.state {
            return Err(damaged(&self.state, "what it is made of"));
        }
        Ok(registry)
    }

    /// Names of keys that are not on the disk, or not as they were.
    pub(crate) fn missing_keys(&self) -> Vec<PathBuf> {
        let keys = self.listed.iter().filter(|(path, _)| self.hidden.contains(*path));
        let gone = keys.filter(|(path, sha256)| {
            Disk.read(path).map_or(true, |octets| hex::encode(Sha256::digest(&octets)) != **sha256)
        });
        gone.map(|(path, _)| path.clone()).collect()
    }
}

fn damaged(state: &str, what: &str) -> Failure {
    Failure::no(format!("the record of the state {} is damaged: {what}", short(state)))
        .hint("take the file from a copy of the journal's directory; objects are named by their SHA-256")
}

impl Files for PastFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if self.hidden.contains(path) {
            // With absent secrets this is asked for a file that was named as something else, too.
            return if self.secrets == Secrets::OfDisk {
                Disk.read(path)
            } else {
                Err(io::Error::other("it held a secret and was not kept"))
            };
        }
        let sha256 = self.listed.get(path).ok_or(io::ErrorKind::NotFound)?;
        let octets = edge::read(&self.history.object(sha256))?;
        if hex::encode(Sha256::digest(&octets)) != *sha256 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the recorded octets are damaged"));
        }
        Ok(octets)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let here = |path: &&PathBuf| directory_of(path) == dir;
        Ok(self.listed.keys().filter(here).cloned().collect())
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        if self.secrets == Secrets::OfDisk { Disk.mode(path) } else { Ok(0o600) }
    }

    fn absent(&self, path: &Path) -> Option<AbsentFile> {
        if self.secrets == Secrets::OfDisk || !self.hidden.contains(path) {
            return None;
        }
        Some(AbsentFile { bytes: 0, sha256: self.listed.get(path).cloned().unwrap_or_default() })
    }
}
