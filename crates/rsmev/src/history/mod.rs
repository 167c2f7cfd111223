//! What the registry has been, on disk: under the journal's directory `_registry/` with `objects/` (files by their digest, never
//! those of secrets), `states/` (manifests) and `log.jsonl` (who, when, why; see [`office::history`]).
//!
//! Written by every command that changes the registry and by the bus when it puts one in force. Reading takes no lock.

mod past;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use domain::Registry;
use jiff::Timestamp;
use office::history::{Entry, Event, Log};
use sha2::{Digest as _, Sha256};

use crate::edge;
use crate::failure::Failure;
use crate::registry_edit::{self, SECRET};

pub(crate) use past::Secrets;

/// Its directory in the journal's.
const DIRECTORY: &str = "_registry";
/// Directories of the history are their owner's alone.
const DIRECTORY_MODE: u32 = 0o700;
/// Files by their digest.
const OBJECTS: &str = "objects";
/// Manifests by the digest of the state.
const STATES: &str = "states";
/// Who, when, why.
const LOG: &str = "log.jsonl";
/// Longest text of an entry, in characters.
const TEXT_CHARS: usize = 1000;
/// Words of a command that are recorded.
const COMMAND_WORDS: usize = 5;
/// What every private key in PEM bears in its first line; such a file is not kept, whatever the registry names it for.
const KEY_MARK: &[u8] = b"PRIVATE KEY-----";

/// What is written about a state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note<'a> {
    /// What happened to it.
    pub(crate) event: Event,
    /// Who did it.
    pub(crate) who: &'a str,
    /// Why.
    pub(crate) why: &'a str,
    /// By what command.
    pub(crate) command: &'a str,
}

/// The states recorded under one journal.
#[derive(Clone, Debug)]
pub(crate) struct History {
    journal: PathBuf,
}

/// Records the registry as it is now; see [`History::record`]. `data` is the journal's directory when it is not the registry's.
pub(crate) fn note(
    registry: &Registry,
    config: &Path,
    data: Option<&Path>,
    note: &Note<'_>,
) -> Result<Option<Entry>, Failure> {
    History::of(data.unwrap_or(&registry.journal().directory)).record(registry, config, note, edge::now())
}

impl History {
    /// That of a journal's directory; nothing is made or read yet.
    pub(crate) fn of(journal: &Path) -> Self {
        Self { journal: journal.to_owned() }
    }

    fn directory(&self) -> PathBuf {
        self.journal.join(DIRECTORY)
    }

    fn object(&self, sha256: &str) -> PathBuf {
        self.directory().join(OBJECTS).join(sha256)
    }

    /// The log, its chain checked; an empty one where nothing was recorded.
    pub(crate) fn log(&self) -> Result<Log, Failure> {
        let path = self.directory().join(LOG);
        match edge::read(&path) {
            Ok(octets) => self.checked(&octets),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.checked(&[]),
            Err(error) => Err(Failure::system(&format!("read {}", path.display()), error)),
        }
    }

    fn checked(&self, octets: &[u8]) -> Result<Log, Failure> {
        Log::read(octets).map_err(|problem| {
            Failure::no(format!("{}: {problem}", self.directory().join(LOG).display())).hint(
                "compare it with a copy; to begin a new history, move the directory away, it is evidence of what was done",
            )
        })
    }

    /// Records a state, unless it is what the log says already: of the bus, that it is in force; of others, that it was made
    /// last. When this returns, it is durable. Gives the entry that was written.
    pub(crate) fn record(
        &self,
        registry: &Registry,
        config: &Path,
        note: &Note<'_>,
        at: Timestamp,
    ) -> Result<Option<Entry>, Failure> {
        self.write(registry, config, note, at, || self.open_log())
    }

    fn write(
        &self,
        registry: &Registry,
        config: &Path,
        note: &Note<'_>,
        at: Timestamp,
        open: impl Fn() -> io::Result<File>,
    ) -> Result<Option<Entry>, Failure> {
        let trouble = |error: io::Error| {
            Failure::system(&format!("record the registry in {}", self.directory().display()), error)
        };
        for directory in [self.directory(), self.directory().join(OBJECTS), self.directory().join(STATES)] {
            registry_edit::make_directory(&directory, DIRECTORY_MODE).map_err(trouble)?;
        }
        let mut file = open().map_err(trouble)?;
        // Held until the file is closed: the number and digest of the line before must not be another's meanwhile.
        file.lock().map_err(trouble)?;
        let mut octets = Vec::new();
        file.read_to_end(&mut octets).map_err(trouble)?;
        let log = self.checked(&octets)?;
        let known = match note.event {
            Event::InForce => log.in_force(),
            Event::Found | Event::Made => log.last(),
        };
        if known.is_some_and(|known| known.state == registry.digest()) {
            return Ok(None);
        }
        let secrets = self.keep(registry).map_err(trouble)?;
        let entry = Entry {
            number: log.next_number(),
            time: at,
            event: note.event,
            state: registry.digest().to_owned(),
            protected: registry.protected_digest(),
            who: cut(note.who),
            why: cut(note.why),
            command: cut(note.command),
            entry: config.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            secrets,
            previous: log.last_line,
        };
        let line = entry.line().map_err(|error| trouble(error.into()))? + "\n";
        let whole = u64::try_from(log.whole).unwrap_or(u64::MAX);
        // What a crash left of a line goes; nobody was told that it is on record.
        file.set_len(whole)
            .and_then(|()| file.seek(SeekFrom::Start(whole)))
            .and_then(|_| file.write_all(line.as_bytes()))
            .and_then(|()| file.sync_data())
            .map_err(trouble)?;
        Ok(Some(entry))
    }

    /// The log, open for reading and writing; an empty one is made where there is none.
    fn open_log(&self) -> io::Result<File> {
        let path = self.directory().join(LOG);
        let open = || OpenOptions::new().read(true).write(true).open(&path);
        match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Two that make it at once could otherwise lock two files.
                let directory = File::open(self.directory())?;
                directory.lock()?;
                if !path.exists() {
                    registry_edit::write_whole(&path, b"", SECRET, None)?;
                }
                open()
            }
            opened => opened,
        }
    }

    /// Keeps the files of a state, durably, and gives the names of those that are secrets.
    fn keep(&self, registry: &Registry) -> io::Result<Vec<String>> {
        let mut secrets: Vec<String> = registry.secrets().map(str::to_owned).collect();
        let mut kept = Vec::new();
        for (name, octets) in registry.contents() {
            if octets.windows(KEY_MARK.len()).any(|part| part == KEY_MARK) {
                secrets.push(name.to_owned());
                continue;
            }
            kept.push(name);
            let object = self.object(&hex::encode(Sha256::digest(octets)));
            if fs::metadata(&object).is_ok_and(|there| there.len() == octets.len() as u64) {
                continue;
            }
            registry_edit::put_whole(&object, octets, SECRET, None)?;
        }
        // Those that hold the same octets as a secret are left out under their other names, too.
        let listed = registry.files().iter().map(|file| file.name.as_str());
        let left_out = listed.filter(|name| !kept.contains(name)).map(str::to_owned);
        secrets.extend(left_out);
        secrets.sort();
        secrets.dedup();
        registry_edit::sync_directory(&self.directory().join(OBJECTS))?;
        let state = self.directory().join(STATES).join(registry.digest());
        registry_edit::write_whole(&state, registry.manifest().as_bytes(), SECRET, None)?;
        Ok(secrets)
    }
}

/// The command this process was given, without its options: those may name places of secrets.
pub(crate) fn command_given() -> String {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    words.take_while(|word| !word.starts_with('-')).take(COMMAND_WORDS).collect::<Vec<_>>().join(" ")
}

/// A text as it is recorded: whole or cut, with the cut shown.
fn cut(text: &str) -> String {
    if text.chars().count() <= TEXT_CHARS {
        return text.to_owned();
    }
    text.chars().take(TEXT_CHARS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests;
