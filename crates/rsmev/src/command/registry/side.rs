//! One side of a comparison: a recorded state, the disk, or a draft.

use std::path::Path;

use domain::Registry;
use office::history::{Entry, Unfound, short};

use crate::edge::Disk;
use crate::failure::Failure;
use crate::history::{History, Secrets};
use crate::proposal::Proposal;
use crate::serve;

/// The word for the registry as its files are now.
pub(super) const DISK: &str = "disk";

/// A registry to compare, and what people call it.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) registry: Registry,
    pub(super) name: String,
}

impl Side {
    /// What a word names: `disk`, a draft, or a recorded state.
    pub(super) fn named(word: &str, history: &History, config: &Path) -> Result<Self, Failure> {
        let path = Path::new(word);
        if word == DISK {
            Self::disk(config)
        } else if path.exists() {
            Self::draft(path, config)
        } else {
            Self::recorded(&find(history, word)?, history, config)
        }
    }

    /// The registry's files as they are now.
    pub(super) fn disk(config: &Path) -> Result<Self, Failure> {
        let registry = serve::read(config, &Disk)?.map_err(Failure::registry)?;
        let name = format!("{} ({DISK})", short(registry.digest()));
        Ok(Self { registry, name })
    }

    /// A draft, as it would be here.
    fn draft(path: &Path, config: &Path) -> Result<Self, Failure> {
        let registry = serve::read(config, &Proposal::open(path, config)?)?.map_err(Failure::registry)?;
        let name = format!("{} ({})", short(registry.digest()), path.display());
        Ok(Self { registry, name })
    }

    /// A recorded state.
    pub(super) fn recorded(entry: &Entry, history: &History, config: &Path) -> Result<Self, Failure> {
        let registry = history.files(entry, config, Secrets::Absent)?.registry()?;
        Ok(Self { registry, name: format!("{} ({})", short(&entry.state), entry.time) })
    }

    /// The state that was recorded last.
    pub(super) fn last(history: &History, config: &Path) -> Result<Self, Failure> {
        let log = history.log()?;
        let last = log.last().ok_or_else(nothing)?;
        Self::recorded(last, history, config)
    }
}

/// The recorded state that a word names.
pub(crate) fn find(history: &History, word: &str) -> Result<Entry, Failure> {
    let log = history.log()?;
    log.find(word).cloned().map_err(|unfound| {
        if log.entries.is_empty() {
            return nothing();
        }
        let told = format!("{word:?}: {unfound}");
        let failure = match unfound {
            Unfound::NoName | Unfound::NoMoment => Failure::usage(told),
            Unfound::Nothing | Unfound::Several | Unfound::TooEarly { .. } => Failure::no(told),
        };
        failure.hint("`rsmev registry history` lists the states; disk is the registry as it is now")
    })
}

fn nothing() -> Failure {
    Failure::no("no state is recorded yet")
        .hint("the bus records the one it starts with, commands those they make; --data DIR names another journal")
}
