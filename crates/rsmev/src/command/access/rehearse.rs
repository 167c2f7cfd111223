//! `rsmev access rehearse`: what a registry would do to the traffic of the last days. Reads headers of the journal, decides by
//! `office::rehearsal`; nothing is changed and nobody's messages are shown.

use std::path::PathBuf;

use clap::Args;
use domain::Registry;
use jiff::Timestamp;
use office::rehearsal::{Line, Outcome, Rehearsal, Way, WayLine};
use office::traffic::day_of;
use serde::Serialize;

use crate::cli::Places;
use crate::command::journal;
use crate::edge::{self, Disk};
use crate::failure::Failure;
use crate::language::{Language, said, told};
use crate::proposal::Proposal;
use crate::span::Since;
use crate::terminal::tame;
use crate::{print, serve, traffic};

#[derive(Args, Debug)]
pub(crate) struct Rehearse {
    /// From so long ago, or from then on: 7d, 36h, a day, a moment (RFC 3339)
    #[arg(long, value_name = "TIME", default_value = "7d")]
    since: Since,
    /// The registry to decide by: its entry file, or its directory; by default the one on disk, which the running bus may not
    /// have loaded yet
    #[arg(long, value_name = "DRAFT")]
    registry: Option<PathBuf>,
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
    registry: &'a str,
    all_pass: bool,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

pub(super) fn rehearse(words: &Rehearse) -> Result<(), Failure> {
    let registry = draft(words)?;
    let reader = journal::open(&words.places)?;
    let now = words.at.unwrap_or_else(edge::now);
    let since = words.since.from(now);
    let mut rehearsal = Rehearsal::new(&registry, now);
    let read = traffic::each(&reader, since, now, |exchange| rehearsal.take(&exchange))?;
    let outcome = rehearsal.end();
    if words.json {
        let registry = registry.digest();
        print::json(&Told { since, until: now, registry, all_pass: outcome.all_pass(), outcome: &outcome })?;
    } else {
        tell(&outcome, since, registry.digest())?;
    }
    journal::holds(read.broken)?;
    verdict(&outcome)
}

/// The registry to decide by; a draft is read as it would be applied: what it leaves out is that of the registry here.
fn draft(words: &Rehearse) -> Result<Registry, Failure> {
    let config = &words.places.config.config;
    serve::must_be_there(config)?;
    let read = match &words.registry {
        None => serve::read(config, &Disk)?,
        Some(draft) => serve::read(config, &Proposal::open(draft, config)?)?,
    };
    read.map_err(Failure::registry)
}

fn tell(outcome: &Outcome, since: Timestamp, digest: &str) -> Result<(), Failure> {
    for line in &outcome.refused {
        one(line, told("были бы отклонены", "would be refused"), true)?;
    }
    for line in &outcome.lost {
        way(line)?;
    }
    for line in &outcome.moved {
        way(line)?;
    }
    for line in &outcome.passing {
        one(line, told("были отклонены, а теперь прошли бы", "were refused and would pass now"), false)?;
    }
    for line in &outcome.by_day {
        one(line, told("прошли бы сегодня, но не в свой день", "would pass today, and not on their own day"), false)?;
    }
    let (decided, day) = (outcome.decided, day_of(since));
    let (lost, passing) = (broken(outcome), outcome.passing.iter().map(|line| line.count).sum::<u64>());
    print::line(&said(
        || {
            format!(
                "решено заново: {decided} обменов с {day} по реестру {digest}; отклонено было бы {lost}, прошло бы из отклонённых {passing}"
            )
        },
        || {
            format!(
                "decided again: {decided} exchanges since {day} under registry {digest}; {lost} would be refused, {passing} that were refused would pass"
            )
        },
    ))
}

/// How many that passed would not pass.
fn broken(outcome: &Outcome) -> u64 {
    let refused = outcome.refused.iter().map(|line| line.count);
    refused.chain(outcome.lost.iter().map(|line| line.count)).sum()
}

fn one(line: &Line, told: &str, operator: bool) -> Result<(), Failure> {
    let call = &line.call;
    let (count, test) = (line.count, if line.test { " TestMsg" } else { "" });
    let what = format!("{} {} {}", call.service, call.version, call.operation);
    let what = tame(what.trim_end());
    let consumer = tame(&call.consumer);
    let reason = line.why.as_ref().map(|why| match Language::usual() {
        Language::Ru => why.sentence_ru(),
        Language::En => why.sentence_en(),
    });
    let reason = reason.map(|reason| format!(": {}", tame(&reason))).unwrap_or_default();
    print::line(&said(
        || format!("вызовы {consumer} к {what}{test}, {count}: {told}{reason}"),
        || format!("{} of {consumer} to {what}{test} {told}{reason}", calls(count)),
    ))?;
    let (first, last, same) = (day_of(line.first), day_of(line.last), line.on_their_day);
    let days = said(
        || format!("с {first} по {last}; так же и в свой день: {same}"),
        || format!("from {first} to {last}; the same on their own day: {same}"),
    );
    print::line(&format!("    {days}"))?;
    match line.why.as_ref().filter(|_| operator) {
        None => Ok(()),
        Some(why) => print::line(&format!("    {}", tame(&said(|| why.operator_step_ru(), || why.operator_step_en())))),
    }
}

fn calls(count: u64) -> String {
    if count == 1 { "1 call".to_owned() } else { format!("{count} calls") }
}

fn way(line: &WayLine) -> Result<(), Failure> {
    let (count, consumer) = (line.count, tame(&line.consumer));
    let (what, from) = (tame(&format!("{} {}", line.service, line.version)), tame(&line.from));
    let text = match &line.way {
        Way::Elsewhere(to) => {
            let to = tame(&to.join(told(" или ", " or ")));
            said(|| format!("пошли бы в {to} вместо {from}"), || format!("would go to {to} in place of {from}"))
        }
        Way::Nowhere(missing) => {
            let why = said(|| missing.sentence_ru(), || missing.sentence_en());
            said(|| format!("были бы отклонены: {}", tame(&why)), || format!("would be refused: {}", tame(&why)))
        }
    };
    print::line(&said(
        || format!("вызовы {consumer} к {what}, {count}: {text}"),
        || format!("{} of {consumer} to {what} {text}", calls(count)),
    ))?;
    match &line.way {
        Way::Elsewhere(_) => Ok(()),
        Way::Nowhere(missing) => {
            let step = said(|| missing.operator_step_ru(), || missing.operator_step_en());
            print::line(&format!("    {}", tame(&step)))
        }
    }
}

fn verdict(outcome: &Outcome) -> Result<(), Failure> {
    if outcome.left_out > 0 {
        let (left_out, most) = (outcome.left_out, Rehearsal::CALLS_MAX);
        return Err(Failure::no(said(
            || format!("не решено обменов: {left_out}: различных вызовов больше {most}"),
            || format!("{left_out} exchanges were not decided: there are more than {most} different calls"),
        ))
        .hint(told("возьмите время короче: --since 24h", "rehearse a shorter time: --since 24h")));
    }
    if outcome.all_pass() {
        return Ok(());
    }
    let broken = broken(outcome);
    Err(Failure::no(said(
        || format!("прошедших обменов, которые были бы отклонены: {broken}"),
        || format!("exchanges that passed and would be refused: {broken}"),
    ))
    .hint(told(
        "исправьте реестр до ввода в действие или предупредите потребителей",
        "mend the registry before it is put into force, or tell the consumers",
    )))
}
