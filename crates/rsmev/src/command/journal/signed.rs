//! `rsmev journal head` and `seal`: what the node has signed for, on paper and for witnesses; months closed for good.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use http::Method;
use journal::{Checkpoint, Journal, Month, Options, Reader, StoreName};
use serde_json::{Value, json};

use crate::cli::Places;
use crate::command::admin;
use crate::failure::Failure;
use crate::notary::NodeNotary;
use crate::terminal::tame;
use crate::{edge, print, serve};

/// Words of `journal head`.
#[derive(Args, Debug)]
pub(crate) struct Head {
    /// Only this store
    #[arg(long, value_name = "STORE")]
    store: Option<StoreName>,
    /// Write the last checkpoint of every month into FILE, for another node or agency to keep
    #[arg(long, value_name = "FILE")]
    witness: Option<PathBuf>,
    #[command(flatten)]
    places: Places,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Words of `journal seal`.
#[derive(Args, Debug)]
pub(crate) struct Seal {
    #[command(flatten)]
    places: Places,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the last checkpoint of every month, to be kept on paper: whoever has it can show later that the journal was changed.
pub(super) fn head(words: &Head) -> Result<(), Failure> {
    // A running bus first signs what has come since; without one the last word stands already.
    if words.places.data.is_none() {
        let _ = admin::ask(&words.places.config.config, Method::POST, "/journal/checkpoint");
    }
    let reader = super::open(&words.places)?;
    let mut last = Vec::new();
    for store in reader.stores().map_err(|error| Failure::journal(&error))? {
        if words.store.as_ref().is_some_and(|only| *only != store) {
            continue;
        }
        for month in reader.months(&store).map_err(|error| Failure::journal(&error))? {
            last.extend(latest(&reader, &store, month)?);
        }
    }
    if last.is_empty() {
        return Err(Failure::no("nothing has been signed yet").hint("a running bus signs every hour and when it stops"));
    }
    if let Some(file) = &words.witness {
        let texts: Vec<String> = last.iter().map(ToString::to_string).collect();
        fs::write(file, texts.join("\n"))
            .map_err(|error| Failure::system("write the witness file", format!("{}: {error}", file.display())))?;
        print::talk(&format!("{} checkpoints in {}; give it to somebody else to keep", last.len(), file.display()));
    }
    if words.json {
        return print::json(&Value::Array(last.iter().map(value).collect()));
    }
    last.iter().try_for_each(on_paper)
}

fn latest(reader: &Reader, store: &StoreName, month: Month) -> Result<Option<Checkpoint>, Failure> {
    let checkpoints = reader.checkpoints(store, month).map_err(|error| Failure::journal(&error))?;
    Ok(checkpoints.into_iter().next_back())
}

fn value(checkpoint: &Checkpoint) -> Value {
    let (head, signed) = (&checkpoint.head, &checkpoint.signed);
    json!({
        "store": head.store.as_str(), "month": head.month.to_string(), "entries": head.entries,
        "root": head.root.to_string(), "last": head.last.to_string(), "time": signed.time, "node": signed.node,
        "certificate": signed.certificate.to_string(), "algorithm": signed.algorithm, "text": checkpoint.to_string(),
    })
}

/// In groups of four, as people compare long numbers.
fn on_paper(checkpoint: &Checkpoint) -> Result<(), Failure> {
    let (head, signed) = (&checkpoint.head, &checkpoint.signed);
    print::line(&tame(&format!(
        "{}/{}  {} entries, signed {} by {}",
        head.store,
        head.month,
        head.entries,
        signed.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        signed.node
    )))?;
    let root: Vec<char> = head.root.to_string().chars().collect();
    let groups: Vec<String> = root.chunks(4).map(|group| group.iter().collect()).collect();
    groups.chunks(8).try_for_each(|line| print::line(&format!("    {}", line.join(" "))))
}

/// Seals the months that are over: by the running bus, or here when none runs.
pub(super) fn seal(words: &Seal) -> Result<(), Failure> {
    let config = &words.places.config.config;
    let told = match admin::ask(config, Method::POST, "/journal/seal") {
        Ok((_, told)) if words.places.data.is_none() => told,
        _ => seal_here(words)?,
    };
    let months = told.pointer("/months").and_then(Value::as_array).cloned().unwrap_or_default();
    if words.json {
        print::json(&told)?;
    } else if months.is_empty() {
        print::line("every month that is over is sealed")?;
    } else {
        for month in &months {
            let at = |path: &str| tame(&admin::text(month, path));
            let what = match month.pointer("/problem") {
                Some(_) => format!("NOT SEALED: {}", at("/problem")),
                None => format!("sealed, {} records", at("/records")),
            };
            print::line(&format!("{:<24} {what}", at("/month")))?;
        }
    }
    match months.iter().filter(|month| month.pointer("/problem").is_some()).count() {
        0 => Ok(()),
        bad => Err(Failure::no(format!("{bad} months could not be sealed"))
            .hint("`rsmev journal verify` says what was done to them")),
    }
}

fn seal_here(words: &Seal) -> Result<Value, Failure> {
    let failed = |error: journal::Error| Failure::journal(&error);
    let snapshot = Arc::new(serve::load(&words.places.config.config)?);
    let usual = || snapshot.registry().journal().directory.clone();
    let directory = words.places.data.clone().unwrap_or_else(usual);
    let notary = NodeNotary(Arc::clone(&snapshot));
    let journal = Journal::open(Options::new(&directory)).map_err(failed)?;
    let now = edge::now();
    let mut months = Vec::new();
    for (store, month) in Month::of(now).and_then(|present| journal.unsealed_before(present)).map_err(failed)? {
        let name = format!("{store}/{month}");
        months.push(match journal.seal(&store, month, now, &notary) {
            Ok(seal) => json!({ "month": name, "records": seal.records }),
            Err(error) => json!({ "month": name, "problem": error.to_string() }),
        });
    }
    journal.close();
    Ok(json!({ "months": months }))
}
