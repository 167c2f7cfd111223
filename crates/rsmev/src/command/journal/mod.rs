//! `rsmev journal`: the evidence, read beside a running bus. One file a command; here is what they share.

mod audit;
mod entry;
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
mod words;

use journal::Reader;

pub(crate) use self::keep::{Holds, Purge, Release, SetHold};
pub(crate) use self::signed::{Head, Seal};
pub(crate) use self::words::{List, Show, Trace};
use crate::cli::{Journal, Places};
use crate::failure::Failure;
use crate::{print, whereabouts};

pub(crate) fn run(words: Journal) -> Result<(), Failure> {
    match words {
        Journal::List(words) => list::list(&words),
        Journal::Show(words) => show::show(&words),
        Journal::Trace(words) => trace::trace(&words),
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

/// The journal that the words name.
fn open(places: &Places) -> Result<Reader, Failure> {
    let directory =
        if let Some(data) = &places.data { data.clone() } else { whereabouts::find(&places.config.config)?.journal };
    if !directory.is_dir() {
        let missing = format!("there is no directory {}", directory.display());
        return Err(Failure::system("find the journal", missing)
            .hint("the bus makes it when it first runs; --data DIR names another"));
    }
    Reader::open(directory).map_err(|error| Failure::journal(&error))
}

/// What was read is whole, or the answer is no.
fn holds(broken: usize) -> Result<(), Failure> {
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
