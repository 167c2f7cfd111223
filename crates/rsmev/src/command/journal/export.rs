//! `rsmev journal export`: the records that pass a filter, as JSON Lines or CSV, for auditors and their tools.
//!
//! It streams, beside a writing bus. A damaged place is told and passed over, and the answer is then no.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use journal::{Entry, Filter, Reader, Record};
use serde_json::{Value, json};

use super::entry::value;
use super::trail::{self, Look};
use super::words::{self, Export, Format};
use super::{csv, holds, key, list, open};
use crate::edge;
use crate::failure::Failure;
use crate::print;
use crate::terminal::tame;

/// Records between two words about the progress.
const PROGRESS_EVERY: u64 = 5000;

pub(super) fn export(words: &Export) -> Result<(), Failure> {
    if words.bodies && words.format == Format::Csv {
        return Err(Failure::usage("messages do not go into a table").hint("--format jsonl --bodies"));
    }
    let reason = if words.bodies { Some(trail::reason(words.reason.as_deref())?) } else { words.reason.as_deref() };
    let mut filter = list::filter(&words.filter)?;
    let reader = open(&words.places)?;
    if let Some(name) = &filter.store {
        list::must_be_there(&reader, name)?;
    }
    if let Some(asked) = &words.filter.key {
        filter.keys = key::asked(asked, &words.places.config.config)?;
    }
    // What comes in from now on belongs to the next export: the trail tells how many records this one has.
    let now = edge::now();
    filter.until = Some(filter.until.map_or(now, |until| until.min(now)));
    let target = Target::open(words.out.as_deref(), words.force)?;
    let (stores, count) = met(&reader, &filter)?;
    let subject = told(&words.filter);
    let look = Look { action: "export", subject, stores, count, reason, bodies: words.bodies, change: false };
    trail::record(&words.places, &look)?;
    let broken = write(words, &reader, &filter, target, count)?;
    holds(broken)
}

/// Which stores it concerns, and how many records.
fn met(reader: &Reader, filter: &Filter) -> Result<(BTreeSet<journal::StoreName>, u64), Failure> {
    let (mut stores, mut count) = (BTreeSet::new(), 0_u64);
    for entry in reader.list(filter).map_err(|error| Failure::journal(&error))?.flatten() {
        count = count.saturating_add(1);
        stores.insert(entry.id.store);
    }
    Ok((stores, count))
}

/// The filter for the trail: what may be personal stands as its digest.
fn told(words: &words::Filter) -> String {
    let plain = [
        ("store", words.store.clone()),
        ("since", words.since.map(|time| time.to_string())),
        ("until", words.until.map(|time| time.to_string())),
        ("sender", words.sender.clone()),
        ("recipient", words.recipient.clone()),
        ("service", words.service.clone()),
        ("operation", words.operation.clone()),
        ("status", words.status.clone()),
        ("kind", words.kind.clone()),
        ("code", words.code.clone()),
    ];
    let ids = [
        ("id", &words.id),
        ("message-id", &words.message_id),
        ("request-id-ref", &words.request_id_ref),
        ("origin-request-id-ref", &words.origin_request_id_ref),
        ("case", &words.case),
        ("service-code", &words.service_code),
        ("key", &words.key),
    ];
    let plain = plain.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    let ids = ids.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", trail::subject(value.as_ref()?))));
    let all: Vec<String> = plain.chain(ids).collect();
    if all.is_empty() { "everything".to_owned() } else { all.join(" ") }
}

fn write(words: &Export, reader: &Reader, filter: &Filter, mut target: Target, count: u64) -> Result<usize, Failure> {
    let failed = |error: journal::Error| Failure::journal(&error);
    if words.format == Format::Csv {
        target.write(csv::heading(words.bom).as_bytes())?;
    }
    let mut progress = Progress { done: 0, count, shown: io::stderr().is_terminal() };
    let mut broken = 0;
    let mut line = |target: &mut Target, item: Result<String, journal::Error>| -> Result<(), Failure> {
        match item {
            Ok(line) => {
                target.write(line.as_bytes())?;
                progress.step();
            }
            Err(error) => {
                broken += 1;
                print::talk(&tame(&format!("broken: {error}")));
            }
        }
        Ok(())
    };
    if words.bodies {
        for item in reader.list_whole(filter).map_err(failed)? {
            line(&mut target, item.map(|(entry, record)| with_bodies(&entry, &record)))?;
        }
    } else {
        for item in reader.list(filter).map_err(failed)? {
            let text = item.map(|entry| match words.format {
                Format::Csv => csv::row(&entry),
                Format::Jsonl => format!("{}\n", value(&entry)),
            });
            line(&mut target, text)?;
        }
    }
    target.finish()?;
    progress.end();
    Ok(broken)
}

fn with_bodies(entry: &Entry, record: &Record) -> String {
    let mut line = value(entry);
    let bodies: Vec<Value> = record
        .bodies
        .iter()
        .map(|body| {
            json!({
                "role": body.role, "form": body.form, "bytes": body.octets.len(),
                "base64": Base64::encode_string(&body.octets),
            })
        })
        .collect();
    if let Some(fields) = line.as_object_mut() {
        fields.insert("bodies".to_owned(), json!(bodies));
    }
    format!("{line}\n")
}

/// Where it goes. A file appears under its name when it is whole.
pub(crate) enum Target {
    Stdout(Vec<u8>),
    File { draft: PathBuf, path: PathBuf, file: BufWriter<File> },
}

impl Target {
    pub(crate) fn open(path: Option<&Path>, force: bool) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::Stdout(Vec::new())) };
        if path.exists() && !force {
            return Err(Failure::usage(format!("{} is there already", path.display()))
                .hint("another name, or --force to write over it"));
        }
        let mut draft = path.as_os_str().to_owned();
        draft.push(".draft");
        let draft = PathBuf::from(draft);
        // It may hold personal data.
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft);
        let file = file.map_err(|error| Failure::system(&format!("write {}", draft.display()), error))?;
        Ok(Self::File { draft, path: path.to_owned(), file: BufWriter::new(file) })
    }

    pub(crate) fn write(&mut self, octets: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Stdout(waiting) => {
                waiting.extend_from_slice(octets);
                if waiting.len() < 64 << 10 { Ok(()) } else { print::octets(&std::mem::take(waiting)) }
            }
            Self::File { file, draft, .. } => {
                file.write_all(octets).map_err(|error| Failure::system(&format!("write {}", draft.display()), error))
            }
        }
    }

    pub(crate) fn finish(self) -> Result<(), Failure> {
        let (draft, path, file) = match self {
            Self::Stdout(waiting) => return print::octets(&waiting),
            Self::File { draft, path, file } => (draft, path, file),
        };
        let whole = file.into_inner().map_err(io::IntoInnerError::into_error);
        whole
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&draft, &path))
            .map_err(|error| Failure::system(&format!("write {}", path.display()), error))
    }
}

/// How far it is, for whoever waits at a terminal.
struct Progress {
    done: u64,
    count: u64,
    shown: bool,
}

impl Progress {
    fn step(&mut self) {
        self.done = self.done.saturating_add(1);
        if self.shown && self.done.is_multiple_of(PROGRESS_EVERY) {
            let _ = write!(io::stderr().lock(), "\r{} of {} records", self.done, self.count);
        }
    }

    fn end(&self) {
        if self.shown {
            print::talk(&format!("\r{} of {} records", self.done, self.count));
        }
    }
}
