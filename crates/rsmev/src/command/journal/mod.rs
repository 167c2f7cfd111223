//! `rsmev journal`: the evidence, read beside a running bus. One file a command; here is what they share.

mod audit;
mod case_file;
mod csv;
mod entry;
mod export;
mod judge;
mod keep;
mod key;
mod list;
mod pretty;
mod show;
mod signed;
mod story;
mod tell;
mod trace;
mod trail;
mod verify;
mod words;

use std::path::PathBuf;

use journal::Reader;

pub(crate) use self::csv::cell as csv_cell;
pub(crate) use self::export::Target;
pub(crate) use self::keep::{Holds, Purge, Release, SetHold};
pub(crate) use self::signed::{Head, Seal};
pub(crate) use self::words::{Case, Export, List, Show, Trace, Verify};
use crate::cli::{Journal, Places};
use crate::failure::Failure;
use crate::{print, whereabouts};

pub(crate) fn run(words: Journal) -> Result<(), Failure> {
    match words {
        Journal::List(words) => list::list(&words),
        Journal::Show(words) => show::show(&words),
        Journal::Trace(words) => trace::trace(&words),
        Journal::Export(words) => export::export(&words),
        Journal::Case(words) => case_file::write(&words),
        Journal::Verify(words) => verify::verify(&words),
        Journal::Audit { places, json } => audit::audit(&places, json),
        Journal::Rebuild { places } => rebuild(&places),
        Journal::Head(words) => signed::head(&words),
        Journal::Seal(words) => signed::seal(&words),
        Journal::Hold(words) => keep::hold(&words),
        Journal::Holds(words) => keep::holds(&words),
        Journal::Release(words) => keep::release(&words),
        Journal::Purge(words) => keep::purge(&words),
    }
}

/// Puts on record that the registry is about to be changed. A region whose bus has never run has no journal yet.
pub(crate) fn changes(places: &Places, what: &str, reason: Option<&str>) -> Result<(), Failure> {
    on_record(places, "registry", what, reason)
}

/// Puts a decision on record before it is made: what is done, to what.
pub(crate) fn on_record(
    places: &Places,
    action: &'static str,
    subject: &str,
    reason: Option<&str>,
) -> Result<(), Failure> {
    if !directory(places)?.is_dir() {
        print::talk("remark: there is no journal yet: the change is not on record in it");
        return Ok(());
    }
    let look = trail::Look {
        action,
        subject: subject.to_owned(),
        stores: std::collections::BTreeSet::new(),
        count: 1,
        reason,
        bodies: false,
        change: true,
    };
    trail::record(places, &look)
}

/// Who asks, as this machine knows him.
pub(crate) fn who() -> String {
    trail::who()
}

/// The directory of the journal that the words name.
pub(crate) fn directory(places: &Places) -> Result<PathBuf, Failure> {
    if let Some(data) = &places.data { Ok(data.clone()) } else { Ok(whereabouts::find(&places.config.config)?.journal) }
}

/// The journal that the words name.
pub(crate) fn open(places: &Places) -> Result<Reader, Failure> {
    let directory = directory(places)?;
    if !directory.is_dir() {
        let missing = format!("there is no directory {}", directory.display());
        return Err(Failure::system("find the journal", missing)
            .hint("the bus makes it when it first runs; --data DIR names another"));
    }
    Reader::open(directory).map_err(|error| Failure::journal(&error))
}

/// What was read is whole, or the answer is no.
pub(crate) fn holds(broken: usize) -> Result<(), Failure> {
    match broken {
        0 => Ok(()),
        places => Err(Failure::no(format!("{places} damaged places in the journal"))
            .hint("`rsmev journal audit` counts what is whole")),
    }
}

fn rebuild(places: &Places) -> Result<(), Failure> {
    let indexes = open(places)?.rebuild().map_err(|error| Failure::journal(&error))?;
    print::line(&format!("{indexes} indexes built anew, one for each store and month"))
}
