//! `rsmev journal trace`: everything on record about an identifier, as a story or record by record.

use std::path::Path;
use std::time::Duration;

use domain::{Registry, Sid, Version};

use super::entry::Lines;
use super::story::Story;
use super::trail::{self, Look};
use super::words::Trace;
use super::{holds, key, open, tell};
use crate::edge::{self, Disk};
use crate::failure::Failure;
use crate::language::Language;
use crate::print;
use crate::terminal::tame;

/// How long an answer may take where the registry does not tell: the greatest deadline it allows.
const LONGEST_DEADLINE: Duration = Duration::from_secs(3600);
/// Time for the end of an exchange to be written after its deadline.
const SETTLING: Duration = Duration::from_secs(30);

pub(super) fn trace(words: &Trace) -> Result<(), Failure> {
    let config = &words.places.config.config;
    let reader = open(&words.places)?;
    let (asked, trace) = match (&words.id, &words.key) {
        (Some(id), _) => (id.clone(), reader.trace(id)),
        // The value may be personal: it is not repeated.
        (None, Some(key)) => {
            let name = key.split('=').next().unwrap_or_default();
            (format!("--key {name}"), reader.trace_keys(&key::asked(key, config)?))
        }
        (None, None) => return Err(Failure::usage("neither an id nor --key is given")),
    };
    let trace = trace.map_err(|error| Failure::journal(&error))?;
    let look = Look {
        action: "trace",
        subject: if words.key.is_some() { asked.clone() } else { trail::subject(&asked) },
        stores: trace.records.iter().map(|entry| entry.id.store.clone()).collect(),
        count: trace.records.len() as u64,
        reason: None,
        bodies: false,
        change: false,
    };
    trail::record(&words.places, &look)?;
    if !trace.records.is_empty() && words.records {
        let mut lines = Lines::new(words.json);
        trace.records.iter().try_for_each(|entry| lines.print(entry))?;
    } else if !trace.records.is_empty() {
        let registry = registry(config);
        let story = Story::of(&asked, &trace, edge::now(), &|sid, version| deadline(registry.as_ref(), sid, version));
        if words.json {
            print::json(&tell::both(&story))?;
        } else {
            tell::tell(&story, Language::usual())?;
        }
    }
    for error in &trace.broken {
        print::talk(&tame(&format!("broken: {error}")));
    }
    if trace.unproven_left_out > 0 {
        print::talk(&format!(
            "{} refused messages of unproven senders that quote this id are left out",
            trace.unproven_left_out
        ));
    }
    if !trace.complete {
        print::talk("the search was stopped at its bound: there may be more records; trace by a narrower id");
    }
    if trace.records.is_empty() {
        return Err(Failure::no(format!("no record bears {asked}"))
            .hint("`rsmev journal list --since TIME` shows what there is"));
    }
    holds(trace.broken.len())
}

/// A trace works without a registry that loads; it knows deadlines a little worse then.
fn registry(config: &Path) -> Option<Registry> {
    Registry::load(config, &Disk).ok()
}

fn deadline(registry: Option<&Registry>, sid: Option<&str>, version: Option<&str>) -> Duration {
    let known = || {
        let registry = registry?;
        let (sid, version) = (Sid::new(sid?).ok()?, Version::new(version?).ok()?);
        let service = registry.services().iter().find(|service| service.sid == sid && service.version == version)?;
        Some(service.answer_deadline(registry.limits()).saturating_add(SETTLING))
    };
    known().unwrap_or(LONGEST_DEADLINE)
}
