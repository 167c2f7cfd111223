//! Signatures of officers under rights and keys, on disk: `approvals/DIGEST.jsonl` beside the entry file. When there are enough of
//! them says [`office::approval`]; here is what bus and `check` ask before a registry is put in force.

use std::io;
use std::path::{Path, PathBuf};

use domain::Registry;
use jiff::Timestamp;
use office::approval::{self, Asked, FIRST, PERSONS, Verdict, judge, officers};
use office::history::short;

use crate::failure::Failure;
use crate::history::{History, Secrets};
use crate::registry_edit::directory_of;
use crate::terminal::tame;
use crate::{edge, print};

/// Directory of the signatures, beside the entry file.
const DIRECTORY: &str = "approvals";

/// What the history says was in force last; nothing where no bus has run.
pub(crate) fn last_in_force(journal: &Path, config: &Path) -> Result<Option<Registry>, Failure> {
    let history = History::of(journal);
    let log = history.log()?;
    let entry = log.in_force().cloned();
    entry.map(|entry| history.files(&entry, config, Secrets::Absent)?.registry()).transpose()
}

/// The same for a command: a history that cannot be read stops nobody. Without it the officers of the registry itself are believed.
pub(crate) fn last_in_force_or_tell(journal: &Path, config: &Path) -> Option<Registry> {
    last_in_force(journal, config).unwrap_or_else(|failure| {
        print::talk(&format!("remark: {UNREADABLE}: {failure}"));
        None
    })
}

/// Why officers of the state before cannot be asked.
const UNREADABLE: &str = "the state that was in force last cannot be read; whether its officers agree is not asked";

/// What a signature is to follow: the rights and keys in force.
pub(crate) fn follows(before: Option<&Registry>) -> String {
    before.map_or_else(|| FIRST.to_owned(), Registry::protected_digest)
}

/// Has anybody ever signed here? Then a start without its history is no first start.
fn were_signed(config: &Path) -> bool {
    let directory = directory_of(config).join(DIRECTORY);
    std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some())
}

/// What was in force last, for a start. Where officers have signed, it must be known: without it one person could switch their rule
/// off.
pub(crate) fn before_start(new: &Registry, journal: &Path, config: &Path) -> Result<Option<Registry>, Failure> {
    let hint = "bring the history (_registry in the journal's directory) back; if this is a new region, take the directory \
                approvals away";
    match last_in_force(journal, config) {
        Ok(None) if !new.approval().two_persons && were_signed(config) => {
            let what =
                "two persons have signed states of this registry, and the history that tells the last one is not here";
            Err(Failure::no(what).hint(hint))
        }
        Ok(before) => Ok(before),
        Err(failure) if were_signed(config) => Err(Failure::no(format!("{UNREADABLE}: {failure}")).hint(hint)),
        Err(failure) => {
            tracing::warn!(%failure, "{UNREADABLE}");
            Ok(None)
        }
    }
}

/// Where the signatures over a digest lie.
pub(crate) fn file(config: &Path, protected: &str) -> PathBuf {
    directory_of(config).join(DIRECTORY).join(format!("{protected}.jsonl"))
}

/// The signatures over a digest; none where there is no file.
pub(crate) fn read(config: &Path, protected: &str) -> Result<String, Failure> {
    let path = file(config, protected);
    match edge::read(&path) {
        Ok(octets) => Ok(String::from_utf8_lossy(&octets).into_owned()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(String::new())
        }
        Err(error) => Err(Failure::system(&format!("read {}", path.display()), error)),
    }
}

/// Refuses a registry whose rights and keys the officers have not signed, where they must: its own, when it says so itself, and
/// those before, when it switches the rule off or changes who may sign.
pub(crate) fn check(new: &Registry, before: Option<&Registry>, config: &Path, now: Timestamp) -> Result<(), Failure> {
    let wanted = approval::wanted(before, new);
    if !wanted.own && !wanted.before {
        return Ok(());
    }
    let (protected, after) = (new.protected_digest(), follows(before));
    let text = read(config, &protected)?;
    let asked = Asked {
        node: new.node().mnemonic.as_str(),
        protected: &protected,
        after: Some(after.as_str()).filter(|after| *after != protected),
        now,
    };
    if wanted.own {
        let verdict = judge(&text, &officers(new), &asked);
        enough(&verdict, &protected, "officers")?;
    }
    match before.filter(|_| wanted.before) {
        None => Ok(()),
        Some(before) => {
            let verdict = judge(&text, &officers(before), &asked);
            let who = "officers of the registry in force, whose rule or whose officers it changes,";
            enough(&verdict, &protected, who)
        }
    }
}

fn enough(verdict: &Verdict, protected: &str, who: &str) -> Result<(), Failure> {
    if verdict.is_enough() {
        return Ok(());
    }
    let signed = if verdict.signed.is_empty() { "nobody".to_owned() } else { tame(&verdict.signed.join(", ")) };
    let mut what = format!(
        "rights and keys {} are not approved: {PERSONS} {who} must sign; signed by: {signed}",
        short(protected)
    );
    for rejected in &verdict.rejected {
        what = format!("{what}\n  {}", tame(&rejected.to_string()));
    }
    Err(Failure::no(what)
        .hint("each officer signs: rsmev registry sign --certificate C --key K (a draft: registry sign DRAFT)"))
}

/// Tells whoever has made a registry that the bus will not take it yet.
pub(crate) fn remark(new: &Registry, config: &Path, journal: &Path) {
    let before = last_in_force_or_tell(journal, config);
    if let Err(failure) = check(new, before.as_ref(), config, edge::now()) {
        print::talk(&format!("remark: the bus does not take this registry yet: {failure}"));
    }
}
