//! The registry replaced as a whole: by a draft (`registry apply`) or by what it was (`registry rollback`). Checked like `check`
//! does, shown, on record before it is made, made so that a stop at any moment leaves the old or the new one.

use std::path::{Path, PathBuf};

use domain::{Files, Registry};
use gateway::Snapshot;
use office::difference::between;
use office::history::{Entry, Log, short};
use office::traffic::day_of;
use serde_json::json;

use super::side::find;
use super::{Apply, Rollback, diff};
use crate::amend::Words;
use crate::approvals;
use crate::command::{access, cert, journal};
use crate::edge::{self, Disk};
use crate::failure::Failure;
use crate::history::{History, Secrets};
use crate::language::Language;
use crate::print;
use crate::proposal::Proposal;
use crate::registry_edit::Held;
use crate::registry_edit::whole::{Fate, Fates, is_inside};
use crate::serve;
use crate::terminal::tame;

/// `registry apply`.
pub(super) fn apply(asked: &Apply) -> Result<(), Failure> {
    let words = &asked.words;
    let held = hold(words)?;
    let proposal = Proposal::open(&asked.draft, words.config())?;
    let snapshot = serve::load_from(words.config(), &proposal)?;
    // A link is no file of the draft: to read it is the refusal.
    let secret = |path: &Path| !matches!(proposal.holds(path), Ok(None));
    let fates = fates(words.config(), snapshot.registry(), &proposal, secret)?;
    let what = format!("registry apply {}", asked.draft.display());
    Replacement { held, words, language: asked.lang, what, snapshot, fates }.make()
}

/// `registry rollback`.
pub(super) fn rollback(asked: &Rollback) -> Result<(), Failure> {
    let words = &asked.words;
    let held = hold(words)?;
    let history = History::of(&journal::directory(&words.places())?);
    let entry = match &asked.state {
        Some(word) => find(&history, word)?,
        None => before(&history.log()?, words.config())?,
    };
    if Some(entry.entry.as_str()) != words.config().file_name().and_then(|name| name.to_str()) {
        return Err(Failure::no(format!("the entry file of that state is {}", tame(&entry.entry)))
            .hint(format!("name it: --config {}", words.config().with_file_name(&entry.entry).display())));
    }
    let past = history.files(&entry, words.config(), Secrets::OfDisk)?;
    keys_are_there(&entry, &past.missing_keys())?;
    past.registry()?;
    let snapshot = serve::load_from(words.config(), &past)?;
    let fates = fates(words.config(), snapshot.registry(), &past, |_| false)?;
    let what = format!("registry rollback {}", short(&entry.state));
    Replacement { held, words, language: asked.lang, what, snapshot, fates }.make()
}

fn hold(words: &Words) -> Result<Held, Failure> {
    if words.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) && !words.dry_run {
        return Err(Failure::usage("the whole registry is replaced for a reason, which goes on record")
            .hint("--reason \"order 17 of 2026-11-20\", or --dry-run to look only"));
    }
    Ok(Held::hold(words.config())?.recording(words.data.as_deref(), words.reason.as_deref()))
}

/// The state to go back to when none is named: the last recorded one that is not what is on disk.
fn before(log: &Log, config: &Path) -> Result<Entry, Failure> {
    let now = serve::read(config, &Disk)?.ok();
    let other = |entry: &&Entry| now.as_ref().is_none_or(|now| now.digest() != entry.state);
    let found = log.entries.iter().rev().find(other).cloned();
    found.ok_or_else(|| Failure::no("no other state than the one on disk is recorded").hint("`rsmev registry history`"))
}

/// Keys are not recorded: the state comes back only where those it worked with still are.
fn keys_are_there(entry: &Entry, missing: &[PathBuf]) -> Result<(), Failure> {
    if missing.is_empty() {
        return Ok(());
    }
    let named: Vec<_> = missing.iter().map(|path| tame(&path.display().to_string())).collect();
    let what = format!("keys of the state {} are gone or are others now: {}", short(&entry.state), named.join(", "));
    Err(Failure::no(what)
        .hint("put them back from where keys are kept (mode 0600), or make the change anew by commands"))
}

/// What becomes of each file, for `registry` to be what lies on disk. `brings` says of a file of secrets whether it is brought
/// along; those that are not stay as they are.
fn fates(
    config: &Path,
    registry: &Registry,
    files: &dyn Files,
    brings: impl Fn(&Path) -> bool,
) -> Result<Fates, Failure> {
    let root = config.parent().unwrap_or(Path::new(""));
    let mut fates = Fates::new();
    for (name, octets) in registry.contents() {
        if is_inside(name) {
            fates.insert(name.to_owned(), Fate::Written { octets: octets.to_vec(), secret: false });
        } else if Disk.read(&root.join(name)).map_or(true, |there| there != octets) {
            return Err(Failure::no(format!("{} lies outside of the registry's directory and is another", tame(name)))
                .hint("put the file there by hand first: only files below the entry file are written"));
        }
    }
    let listed = registry.files().iter().map(|file| file.name.as_str());
    let secrets: std::collections::BTreeSet<_> = listed.chain(registry.secrets()).collect();
    for name in secrets.into_iter().filter(|name| is_inside(name)) {
        let path = root.join(name);
        if !fates.contains_key(name) && brings(&path) {
            let octets =
                files.read(&path).map_err(|error| Failure::system(&format!("read {}", path.display()), error))?;
            fates.insert(name.to_owned(), Fate::Written { octets, secret: true });
        }
    }
    fates.extend(registry.strays(&Disk).into_iter().map(|name| (name, Fate::Removed)));
    Ok(fates)
}

/// One registry in place of another.
struct Replacement<'w> {
    held: Held,
    words: &'w Words,
    language: Option<Language>,
    /// What is done, for the record.
    what: String,
    snapshot: Snapshot,
    fates: Fates,
}

impl Replacement<'_> {
    fn make(self) -> Result<(), Failure> {
        let (words, config, new) = (self.words, self.words.config(), self.snapshot.registry());
        // One that does not load can be replaced, too: that is when it is needed most.
        let old = serve::read(config, &Disk)?;
        let changed = old.as_ref().map_or(true, |old| old.digest() != new.digest());
        self.tell(old.as_ref().ok(), changed)?;
        let before = approvals::last_in_force_or_tell(&journal::directory(&words.places())?, config);
        let approved = approvals::check(new, before.as_ref(), config, edge::now());
        if !changed {
            return Ok(());
        }
        approved?;
        if words.dry_run {
            return Ok(());
        }
        journal::changes(&words.places(), &self.what, words.reason.as_deref())?;
        self.held.record_found();
        self.held.write_all(&self.fates)?;
        let made = serve::load(config)?;
        if made.registry().digest() != new.digest() {
            return Err(Failure::no(
                "the registry was changed by somebody else at this moment: it is not the one shown",
            )
            .hint("`rsmev registry diff` tells what differs"));
        }
        self.held.record_made(made.registry());
        // A state of the past may bring rows back whose applications give no right any more.
        for told in access::remarks(config, made.registry(), day_of(edge::now())) {
            print::talk(&format!("remark: {told}"));
        }
        if !words.json {
            let (ru, en) = ("реестр теперь", "the registry is now");
            let language = self.language.unwrap_or_else(Language::usual);
            print::line(&format!("{} {}", language.of(ru, en), short(new.digest())))?;
        }
        cert::reload_or_tell(config, made.registry(), words.reload)
    }

    fn tell(&self, old: Option<&Registry>, changed: bool) -> Result<(), Failure> {
        let new = self.snapshot.registry();
        let differences = old.map(|old| between(old, new)).unwrap_or_default();
        let keys = old.map(|old| diff::changed_secrets(old, new)).unwrap_or_default();
        if self.words.json {
            return print::json(&json!({
                "what": self.what, "dry_run": self.words.dry_run, "changed": changed,
                "from": old.map(Registry::digest), "to": new.digest(), "changes": differences, "secrets_changed": keys,
            }));
        }
        let language = self.language.unwrap_or_else(Language::usual);
        match old {
            None => print::talk("remark: the registry on disk does not load: what differs by meaning cannot be told"),
            Some(_) if changed => diff::tell(&differences, &keys, language)?,
            Some(_) => {}
        }
        match (changed, self.words.dry_run) {
            (false, _) => print::line(language.of("менять нечего", "nothing to change")),
            (true, true) => print::line(language.of("ничего не изменено: --dry-run", "nothing was changed: --dry-run")),
            (true, false) => Ok(()),
        }
    }
}
