//! `rsmev access review`: what about rights should be looked at, each with the next command. Decides nothing itself.

use clap::Args;
use domain::Registry;
use jiff::{SignedDuration, Timestamp};
use office::need::{self, Card};
use office::review::{Finding, Horizon};
use office::traffic::{Use, day_of};
use serde::Serialize;

use super::shelf::Shelf;
use crate::cli::Places;
use crate::command::{journal, tkmv};
use crate::edge::{self, Disk};
use crate::failure::Failure;
use crate::language::{Language, said, told};
use crate::terminal::tame;
use crate::{print, serve, traffic};

#[derive(Args, Debug)]
pub(crate) struct Review {
    /// A right is unused when nothing passed by it for so many days
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=3660))]
    days: i64,
    /// A right ends soon when it ends within so many days
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(i64).range(0..=3660))]
    soon: i64,
    /// As of this moment (RFC 3339), in place of now
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    #[command(flatten)]
    places: Places,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Told<'a> {
    since: Timestamp,
    until: Timestamp,
    findings: &'a [Finding],
}

pub(super) fn review(words: &Review) -> Result<(), Failure> {
    let config = &words.places.config.config;
    serve::must_be_there(config)?;
    let registry = Registry::load(config, &Disk).map_err(Failure::registry)?;
    let cards: Vec<Card> = tkmv::stored(config)?.unwrap_or_default();
    let shelf = Shelf::open(config, &registry)?;
    let reader = journal::open(&words.places)?;
    let now = words.at.unwrap_or_else(edge::now);
    let days = |days: i64| SignedDuration::from_hours(days.saturating_mul(24));
    let since = now.saturating_sub(days(words.days)).unwrap_or(Timestamp::MIN);
    let mut seen = Use::new(since);
    let read = traffic::each(&reader, since, now, |exchange| seen.take(&exchange))?;
    let linked = need::link(&cards, &registry, &seen, day_of(now), 100);
    let horizon = Horizon { at: now, unused_days: words.days, soon_days: words.soon };
    let rows = registry.access_rows().iter();
    let unbacked: Vec<_> = rows.filter_map(|row| shelf.unbacked(row, day_of(now))).collect();
    let findings = office::review::review(&registry, &seen, &linked, &unbacked, horizon);
    tell_gaps(&seen, since);
    if words.json {
        print::json(&Told { since, until: now, findings: &findings })?;
    } else {
        tell(&findings)?;
    }
    journal::holds(read.broken)
}

/// Where the journal says less than was asked of it.
fn tell_gaps(seen: &Use, since: Timestamp) {
    match seen.oldest {
        None => print::talk(&said(
            || "замечание: за это время в журнале нет ни одного обмена".into(),
            || "remark: the journal has no exchange of this time".into(),
        )),
        Some(oldest) if day_of(oldest) > day_of(since) => {
            let oldest = day_of(oldest);
            print::talk(&said(
                || format!("замечание: первый обмен в журнале за это время — {oldest}"),
                || format!("remark: the first exchange of this time in the journal is of {oldest}"),
            ));
        }
        Some(_) => {}
    }
    if seen.left_out > 0 {
        print::talk(&format!(
            "remark: {} exchanges are of more than {} different calls and were not looked at: what is told as unused may be used",
            seen.left_out,
            Use::CALLS_MAX
        ));
    }
}

fn tell(findings: &[Finding]) -> Result<(), Failure> {
    if findings.is_empty() {
        return print::line(told("замечаний нет", "nothing to look at"));
    }
    let mut last = None;
    for finding in findings {
        if last != Some(finding.kind) {
            if last.is_some() {
                print::line("")?;
            }
            let count = findings.iter().filter(|other| other.kind == finding.kind).count();
            print::line(&format!("{} ({count})", told(finding.kind.heading_ru(), finding.kind.heading_en())))?;
            last = Some(finding.kind);
        }
        let place = finding.place.as_ref().map(|place| format!("  {place}")).unwrap_or_default();
        print::line(&format!("  {}{}", tame(&finding.subject), tame(&place)))?;
        let text = match Language::usual() {
            Language::Ru => &finding.told_ru,
            Language::En => &finding.told_en,
        };
        print::line(&format!("      {}", tame(text)))?;
        print::line(&format!("      → {}", tame(&finding.next)))?;
    }
    Ok(())
}
