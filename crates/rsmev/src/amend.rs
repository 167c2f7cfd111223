//! The way in which a command changes one file of the registry: held against other commands, the change shown, the whole
//! registry checked with it, on record before it is made, the file replaced at once, the running bus told. Certificates have
//! steps of their own around the same editing, and `registry apply` replaces many files.
//!
//! What is changed is the command's business: it takes a [`Draft`], edits it and hands it to [`Amend::finish`].

use std::path::{Path, PathBuf};

use clap::Args;
use domain::Registry;
use gateway::Snapshot;
use serde::Serialize;

use crate::cli::{Config, Places};
use crate::command::{cert, journal};
use crate::failure::Failure;
use crate::language::told;
use crate::registry_edit::{Draft, Held};
use crate::{print, serve};

/// Words of every command that changes the registry.
// Other structs of words are called the same: no group of options is named after it.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub(crate) struct Words {
    /// Why; goes on record
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Let the running bus load the registry
    #[arg(long)]
    pub(crate) reload: bool,
    /// The journal's directory, when it is not the one of [journal] in the registry
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) config: Config,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl Words {
    /// The entry file.
    pub(crate) fn config(&self) -> &Path {
        &self.config.config
    }

    /// Where registry and journal are.
    pub(crate) fn places(&self) -> Places {
        Places { config: self.config.clone(), data: self.data.clone() }
    }
}

/// A change of the registry under way.
#[derive(Debug)]
pub(crate) struct Amend<'w> {
    held: Held,
    snapshot: Snapshot,
    words: &'w Words,
}

/// What a change did, for people, for machines and for the record.
#[derive(Debug, Serialize)]
pub(crate) struct Done {
    /// What was done to what, short: `participant add SOCZ`. Goes on record.
    pub(crate) what: String,
    /// The sentence for people.
    #[serde(skip)]
    pub(crate) told: String,
}

#[derive(Serialize)]
struct Outcome<'a> {
    #[serde(flatten)]
    done: &'a Done,
    dry_run: bool,
    changed: bool,
    file: &'a str,
    diff: &'a str,
    registry: &'a str,
}

impl<'w> Amend<'w> {
    /// Takes the registry; it must load as it is.
    pub(crate) fn begin(words: &'w Words) -> Result<Self, Failure> {
        let held = Held::hold(words.config())?.recording(words.data.as_deref(), words.reason.as_deref());
        let snapshot = serve::load(words.config())?;
        Ok(Self { held, snapshot, words })
    }

    /// The registry before the change.
    pub(crate) fn registry(&self) -> &Registry {
        self.snapshot.registry()
    }

    /// The registry before the change, with certificates and keys.
    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The registry as it is held.
    pub(crate) fn held(&self) -> &Held {
        &self.held
    }

    /// Takes up the file in which new rows of a table belong: where the last of its rows is, or else the last of a table akin
    /// to it, or else the entry file.
    pub(crate) fn draft_for(&self, table: &str) -> Result<Draft<'_>, Failure> {
        self.held.edit(&self.file_of(table))
    }

    /// Takes up a file by its name, as places of rows tell it.
    pub(crate) fn draft(&self, file: &str) -> Result<Draft<'_>, Failure> {
        self.held.edit(file)
    }

    fn file_of(&self, table: &str) -> String {
        let registry = self.registry();
        let participants = registry.participants().last().map(|row| &row.place);
        let services = registry.services().last().map(|row| &row.place);
        let last = match table {
            "contact" => registry.contacts().last().map(|row| &row.place).or(participants),
            "officer" => registry.officers().last().map(|row| &row.place).or(participants),
            "system" => registry.systems().last().map(|row| &row.place).or(participants),
            "service" => services,
            "route" => registry.routes().last().map(|row| &row.place).or(services),
            "cutover" => registry.cutovers().last().map(|row| &row.place).or(services),
            "maintenance" => registry.maintenance().last().map(|row| &row.place).or(services),
            "access" => registry.access_rows().last().map(|row| &row.place),
            _ => participants,
        };
        let entry =
            || self.held.config().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        last.map_or_else(entry, |place| place.file.to_string())
    }

    /// Shows the change; makes it, unless only a look was asked for.
    pub(crate) fn finish(&self, draft: Draft<'_>, done: &Done) -> Result<(), Failure> {
        let (diff, file) = (draft.diff(), draft.name().to_owned());
        let changed = draft.changed();
        if self.words.dry_run || !changed {
            let registry = draft.load()?.registry().digest().to_owned();
            return self.tell(&Outcome {
                done,
                dry_run: self.words.dry_run,
                changed,
                file: &file,
                diff: &diff,
                registry: &registry,
            });
        }
        draft.load()?;
        journal::changes(&self.words.places(), &done.what, self.words.reason.as_deref())?;
        let snapshot = draft.commit()?;
        let registry = snapshot.registry().digest();
        self.tell(&Outcome { done, dry_run: false, changed, file: &file, diff: &diff, registry })?;
        cert::reload_or_tell(self.words.config(), snapshot.registry(), self.words.reload)
    }

    fn tell(&self, outcome: &Outcome<'_>) -> Result<(), Failure> {
        if self.words.json {
            return print::json(outcome);
        }
        print::octets(outcome.diff.as_bytes())?;
        match (outcome.changed, outcome.dry_run) {
            (false, _) => print::line(told("менять нечего", "nothing to change")),
            (true, true) => print::line(told("ничего не изменено: --dry-run", "nothing was changed: --dry-run")),
            (true, false) => print::line(&outcome.done.told),
        }
    }
}
