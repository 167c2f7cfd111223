//! `rsmev journal`: the evidence, read beside a running bus.

use journal::{Entry, Filter, Kind, Reader, RecordId, Role};
use serde_json::{Value, json};

use crate::cli::{self, Journal, Places};
use crate::failure::Failure;
use crate::terminal::{cell, tame};
use crate::{print, whereabouts};

/// Characters of the last column of a list.
const VERDICT_WIDTH: usize = 120;

pub(crate) fn run(words: Journal) -> Result<(), Failure> {
    match words {
        Journal::List { filter, places, json } => list(&filter, &places, json),
        Journal::Show { record, raw, places, json } => show(&record, raw.as_deref(), &places, json),
        Journal::Trace { id, places, json } => trace(&id, &places, json),
        Journal::Audit { places, json } => audit(&places, json),
        Journal::Rebuild { places } => rebuild(&places),
    }
}

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

fn list(words: &cli::Filter, places: &Places, json: bool) -> Result<(), Failure> {
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

fn holds(broken: usize) -> Result<(), Failure> {
    match broken {
        0 => Ok(()),
        places => Err(Failure::no(format!("{places} damaged places in the journal"))
            .hint("`rsmev journal audit` counts what is whole")),
    }
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

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Accepted => "accepted",
        Kind::Answered => "answered",
        Kind::Failed => "failed",
        Kind::Refused => "refused",
    }
}

fn print_entry(entry: &Entry, json: bool) -> Result<(), Failure> {
    if json {
        return print::json_line(&value(entry));
    }
    let header = &entry.header;
    let word = |text: &Option<String>, width| cell(text.as_deref().unwrap_or("-"), width);
    print::line(&format!(
        "{:<24} {} {:<8} {} {:>9} -> {:<9} {:<10} {:<7} {}",
        entry.id.to_string(),
        header.time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
        kind_word(header.kind),
        header.exchange,
        word(&header.sender, 9),
        word(&header.recipient, 9),
        word(&header.service, 10),
        word(&header.status, 7),
        cell(header.code.as_deref().unwrap_or(&header.verdict), VERDICT_WIDTH),
    ))
}

fn value(entry: &Entry) -> Value {
    json!({
        "id": entry.id.to_string(),
        "digest": entry.digest.to_string(),
        "stores": entry.stores.iter().map(journal::StoreName::as_str).collect::<Vec<_>>(),
        "header": entry.header,
        "bodies": entry.bodies,
    })
}

fn show(record: &str, raw: Option<&str>, places: &Places, json: bool) -> Result<(), Failure> {
    let id: RecordId = record.parse().map_err(|error| Failure::journal(&error))?;
    let (entry, record) = open(places)?.show(&id).map_err(|error| Failure::journal(&error))?;
    let Some(word) = raw else {
        if json {
            return print::json(&value(&entry));
        }
        print_entry(&entry, false)?;
        let header =
            serde_json::to_string_pretty(&entry.header).map_err(|error| Failure::system("write JSON", error))?;
        for line in header.lines() {
            print::line(&tame(line))?;
        }
        for body in &entry.bodies {
            print::line(&format!("{}: {} octets stored", role_word(body.role), body.bytes))?;
        }
        return Ok(());
    };
    let role = match word {
        "received" => Role::Received,
        "forwarded" => Role::Forwarded,
        "fault" => Role::Fault,
        _ => return Err(Failure::usage(format!("{word:?} is no role")).hint("received, forwarded or fault")),
    };
    match record.message(role).map_err(|error| Failure::journal(&error))? {
        Some(octets) => print::octets(&octets),
        None => Err(Failure::no(format!("{id} holds no message with the role {word}"))),
    }
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Received => "received",
        Role::Forwarded => "forwarded",
        Role::Fault => "fault",
    }
}

fn trace(id: &str, places: &Places, json: bool) -> Result<(), Failure> {
    let trace = open(places)?.trace(id).map_err(|error| Failure::journal(&error))?;
    for entry in &trace.records {
        print_entry(entry, json)?;
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
        return Err(
            Failure::no(format!("no record bears {id}")).hint("`rsmev journal list --since TIME` shows what there is")
        );
    }
    holds(trace.broken.len())
}

fn audit(places: &Places, json: bool) -> Result<(), Failure> {
    let audit = open(places)?.audit().map_err(|error| Failure::journal(&error))?;
    if json {
        let stores: Vec<Value> = audit
            .stores
            .iter()
            .map(|store| {
                json!({
                    "store": store.store.as_str(), "records": store.records, "accepted": store.accepted,
                    "answered": store.answered, "failed": store.failed, "pending": store.pending,
                    "refused": store.refused, "unmatched": store.unmatched, "leftover_bytes": store.leftover_bytes,
                    "broken": store.broken.iter().map(ToString::to_string).collect::<Vec<_>>(),
                })
            })
            .collect();
        print::json(&json!({
            "holds": audit.holds(), "accepted": audit.accepted, "answered": audit.answered, "failed": audit.failed,
            "pending": audit.pending, "refused": audit.refused, "stores": stores,
        }))?;
    } else {
        print::line(&format!(
            "accepted {} = answered {} + failed {} + pending {}; refused {}",
            audit.accepted, audit.answered, audit.failed, audit.pending, audit.refused
        ))?;
        for store in &audit.stores {
            print::line(&format!(
                "{:<12} {} records: accepted {}, answered {}, failed {}, pending {}, refused {}, unmatched {}",
                store.store.as_str(),
                store.records,
                store.accepted,
                store.answered,
                store.failed,
                store.pending,
                store.refused,
                store.unmatched
            ))?;
            for error in &store.broken {
                print::line(&tame(&format!("  broken: {error}")))?;
            }
        }
    }
    if audit.holds() { Ok(()) } else { Err(Failure::no("the journal does not hold")) }
}

fn rebuild(places: &Places) -> Result<(), Failure> {
    let indexes = open(places)?.rebuild().map_err(|error| Failure::journal(&error))?;
    print::line(&format!("{indexes} indexes built anew, one for each store and month"))
}
