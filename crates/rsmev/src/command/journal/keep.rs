//! `rsmev journal hold`, `holds`, `release`, `purge`: how long evidence is kept, what stops its end, and its end.

use std::sync::Arc;

use clap::Args;
use domain::Registry;
use domain::registry::Keep;
use journal::keeping::{Due, Hold};
use journal::{Class, Month, StoreName};
use serde_json::{Value, json};

use super::trail::{self, Look};
use crate::cli::Places;
use crate::failure::Failure;
use crate::node_certificates::NodeCertificates;
use crate::notary::NodeNotary;
use crate::terminal::tame;
use crate::{edge, print, serve};

/// Words of `journal hold`.
#[derive(Args, Debug)]
pub(crate) struct SetHold {
    /// Only the stores of this participant; by default all
    #[arg(long, value_name = "CODE")]
    agency: Option<StoreName>,
    /// From this month on, as 2026-11
    #[arg(long, value_name = "MONTH")]
    from: Option<Month>,
    /// Up to this month
    #[arg(long, value_name = "MONTH")]
    to: Option<Month>,
    /// Why: the document of the court or of the auditor
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    places: Places,
}

/// Words of `journal holds`.
#[derive(Args, Debug)]
pub(crate) struct Holds {
    #[command(flatten)]
    places: Places,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Words of `journal release`.
#[derive(Args, Debug)]
pub(crate) struct Release {
    /// Number of the hold, as `holds` tells it
    #[arg(value_name = "NUMBER")]
    id: u32,
    /// Why it may be lifted
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    places: Places,
}

/// Words of `journal purge`.
#[derive(Args, Debug)]
pub(crate) struct Purge {
    /// Only tell what would be removed
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    places: Places,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[expect(clippy::needless_pass_by_value, reason = "taken as map_err hands it over")]
fn failed(error: journal::Error) -> Failure {
    Failure::journal(&error)
}

/// Sets a legal hold.
pub(super) fn hold(words: &SetHold) -> Result<(), Failure> {
    if let (Some(from), Some(to)) = (words.from, words.to)
        && from > to
    {
        return Err(Failure::usage(format!("--from {from} is after --to {to}")));
    }
    if words.agency.as_ref().is_some_and(|agency| agency.class() != Class::Exchange) {
        return Err(Failure::usage("--agency is the code of a participant, without a class")
            .hint("a hold covers all classes of its stores"));
    }
    let reason = trail::reason(Some(&words.reason))?;
    let hold = Hold {
        id: 0,
        agency: words.agency.as_ref().map(|agency| agency.agency().to_owned()),
        from: words.from.map(|month| month.to_string()),
        to: words.to.map(|month| month.to_string()),
        reason: words.reason.clone(),
        who: trail::who(),
        since: edge::now(),
        lifted: None,
    };
    let reader = super::open(&words.places)?;
    let there = reader.stores().map_err(failed)?;
    if let Some(agency) = &words.agency
        && !there.iter().any(|store| store.agency() == agency.agency())
    {
        let mut names: Vec<&str> = there.iter().map(StoreName::agency).collect();
        names.dedup();
        return Err(Failure::usage(format!("no store of {agency} is here: the hold would cover nothing"))
            .hint(format!("stores are here of: {}", names.join(", "))));
    }
    let covers = line(&hold);
    let covers = covers.split_once(": ").map_or("", |(_, covers)| covers).split(';').next().unwrap_or_default();
    trail(&words.places, "hold", format!("hold of {covers}"), words.agency.iter().cloned(), reason)?;
    let id = reader.hold(hold.clone()).map_err(failed)?;
    print::line(&tame(&line(&Hold { id, ..hold })))
}

fn line(hold: &Hold) -> String {
    let (agency, from, to) = (
        hold.agency.as_deref().unwrap_or("all stores"),
        hold.from.as_deref().unwrap_or("the beginning"),
        hold.to.as_deref().unwrap_or("the end"),
    );
    let since = hold.since.strftime("%Y-%m-%d");
    format!("hold {}: {agency}, {from} to {to}; {} ({}, {since})", hold.id, hold.reason, hold.who)
}

/// Lists the holds that stand.
pub(super) fn holds(words: &Holds) -> Result<(), Failure> {
    let mut holds = super::open(&words.places)?.holds().map_err(failed)?;
    holds.retain(|hold| hold.lifted.is_none());
    if words.json {
        return print::json(&json!(holds));
    }
    if holds.is_empty() {
        return print::line("no holds");
    }
    holds.iter().try_for_each(|hold| print::line(&tame(&line(hold))))
}

/// Lifts a hold.
pub(super) fn release(words: &Release) -> Result<(), Failure> {
    let reason = trail::reason(Some(&words.reason))?;
    let reader = super::open(&words.places)?;
    let standing = reader.holds().map_err(failed)?;
    if standing.iter().any(|hold| hold.id == words.id && hold.lifted.is_none()) {
        trail(&words.places, "release", format!("hold {}", words.id), None, reason)?;
    }
    match reader.release(words.id, edge::now()).map_err(failed)? {
        Some(hold) => print::line(&tame(&format!("lifted {}; reason: {}", line(&hold), words.reason))),
        None => Err(Failure::no(format!("there is no hold {}", words.id)).hint("`rsmev journal holds` lists them")),
    }
}

/// What was done to the keeping of evidence is on record beside who looked at it.
fn trail(
    places: &Places,
    action: &'static str,
    subject: String,
    stores: impl IntoIterator<Item = StoreName>,
    reason: &str,
) -> Result<(), Failure> {
    let stores = stores.into_iter().collect();
    let look = Look { action, subject, stores, count: 0, reason: Some(reason), bodies: false, change: true };
    trail::record(places, &look)
}

/// The months that records of a store are kept.
fn term(registry: &Registry, store: &StoreName) -> u32 {
    let own = registry.participants().iter().find(|participant| participant.code.as_str() == store.agency());
    let Keep { exchange, application, audit } =
        own.and_then(|participant| participant.keep).unwrap_or(registry.journal().keep);
    match store.class() {
        Class::Exchange => exchange,
        Class::Application => application,
        Class::Audit => audit,
    }
}

/// Removes, or tells, the months whose term is over.
pub(super) fn purge(words: &Purge) -> Result<(), Failure> {
    let snapshot = Arc::new(serve::load(&words.places.config.config)?);
    let registry = snapshot.registry();
    let reader = super::open(&words.places)?;
    let now = edge::now();
    let due = reader.due(now, |store| term(registry, store)).map_err(failed)?;
    let (notary, judge) = (NodeNotary(Arc::clone(&snapshot)), NodeCertificates::of(registry)?);
    // On record before anything goes; and told when all of it is done, so that a reader who leaves stops nothing.
    let going: Vec<&Due> = due.iter().filter(|due| due.obstacle.is_none()).collect();
    if !words.dry_run && !going.is_empty() {
        let stores = going.iter().map(|due| due.store.clone()).collect();
        let (count, subject) = (going.len() as u64, "months whose term is over".to_owned());
        let look = Look { action: "purge", subject, stores, count, reason: None, bodies: false, change: true };
        trail::record(&words.places, &look)?;
    }
    let (mut told, mut lines, mut kept) = (Vec::new(), Vec::new(), 0_usize);
    for month in &due {
        let term = term(registry, &month.store);
        let outcome = match &month.obstacle {
            Some(obstacle) => Err(obstacle.to_string()),
            None if words.dry_run => Ok("would be removed"),
            None => reader
                .purge((&month.store, month.month), term, now, &notary, &judge)
                .map(|_| "removed; the signed report stays in its place")
                .map_err(|error| error.to_string()),
        };
        kept += usize::from(outcome.is_err());
        let what = outcome.as_ref().map_or_else(|why| format!("KEPT: {why}"), |what| (*what).to_owned());
        lines.push(tame(&format!(
            "{:<24} {:>8} MiB, term {term} months: {what}",
            format!("{}/{}", month.store, month.month),
            month.bytes >> 20
        )));
        told.push(value(month, term, &outcome, words.dry_run));
    }
    if words.json {
        print::json(&Value::Array(told))?;
    } else if due.is_empty() {
        print::line("no month's term is over")?;
    } else {
        lines.iter().try_for_each(|line| print::line(line))?;
    }
    if kept == 0 || words.dry_run {
        return Ok(());
    }
    Err(Failure::no(format!("{kept} months are kept although their term is over"))
        .hint("`rsmev journal holds` and `rsmev journal verify` tell more"))
}

fn value(due: &Due, term: u32, outcome: &Result<&str, String>, dry_run: bool) -> Value {
    json!({
        "store": due.store.as_str(), "month": due.month.to_string(), "bytes": due.bytes, "term_months": term,
        "removed": outcome.is_ok() && !dry_run, "kept": outcome.as_ref().err(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_is_told_in_one_line_with_its_reason() {
        let hold = Hold {
            id: 3,
            agency: Some("SOCZ".to_owned()),
            from: None,
            to: Some("2026-11".to_owned()),
            reason: "запрос суда".to_owned(),
            who: "ivanov".to_owned(),
            since: "2027-01-01T10:00:00Z".parse().unwrap(),
            lifted: None,
        };
        assert_eq!(line(&hold), "hold 3: SOCZ, the beginning to 2026-11; запрос суда (ivanov, 2027-01-01)");
    }
}
