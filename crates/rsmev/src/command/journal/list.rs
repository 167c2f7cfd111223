//! `rsmev journal list`: the records that pass a filter, as a stream.

use journal::{Filter, Kind};

use super::entry::print_entry;
use super::{holds, open};
use crate::cli::{self, Places};
use crate::failure::Failure;
use crate::print;
use crate::terminal::tame;

pub(super) fn list(words: &cli::Filter, places: &Places, json: bool) -> Result<(), Failure> {
    let filter = filter(words)?;
    let mut broken = 0;
    for entry in open(places)?.list(&filter).map_err(|error| Failure::journal(&error))? {
        match entry {
            Ok(entry) => print_entry(&entry, json)?,
            Err(error) => {
                broken += 1;
                print::talk(&tame(&format!("broken: {error}")));
            }
        }
    }
    holds(broken)
}

fn filter(words: &cli::Filter) -> Result<Filter, Failure> {
    let store = words.store.as_deref().map(journal::StoreName::new).transpose();
    Ok(Filter {
        store: store.map_err(|error| Failure::journal(&error))?,
        since: words.since,
        until: words.until,
        sender: words.sender.clone(),
        recipient: words.recipient.clone(),
        service: words.service.clone(),
        kind: words.kind.as_deref().map(kind).transpose()?,
        code: words.code.clone(),
        id: words.id.clone(),
    })
}

fn kind(word: &str) -> Result<Kind, Failure> {
    match word {
        "accepted" => Ok(Kind::Accepted),
        "answered" => Ok(Kind::Answered),
        "failed" => Ok(Kind::Failed),
        "refused" => Ok(Kind::Refused),
        _ => Err(Failure::usage(format!("{word:?} is not a step")).hint("accepted, answered, failed or refused")),
    }
}
