//! `rsmev tkmv`: the register of needs (ТКМВ) beside the registry: imported, listed, held against rights and traffic.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use domain::Registry;
use jiff::{SignedDuration, Timestamp};
use office::need::{self, Card, Diff, Linked, Mistake, Standing, Status};
use office::traffic::{Use, day_of};
use serde::Serialize;

use crate::cli::{Config, Places};
use crate::command::journal;
use crate::edge::{self, Disk};
use crate::failure::Failure;
use crate::language::{said, told};
use crate::registry_edit::{self, Held, OPEN};
use crate::span::Since;
use crate::table::Table;
use crate::terminal::{cell, tame};
use crate::{print, serve, traffic};

/// Widest text of a card in a table, in characters.
const INFORMATION_WIDTH: usize = 48;

#[derive(Debug, Subcommand)]
pub(crate) enum Tkmv {
    /// Take over the register of needs from a CSV file: show what changes, and store it beside the registry
    ///
    /// Semicolon, comma or tab, UTF-8 or windows-1251; columns in any order, named in Russian or English. A file with a
    /// mistake is not taken in part.
    #[command(after_help = "Example: rsmev tkmv import tkmv-2026.csv --dry-run")]
    Import {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Why; goes on record
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// Show what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        places: Places,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List the exchange cards
    #[command(after_help = "Example: rsmev tkmv list --json")]
    List {
        #[command(flatten)]
        config: Config,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Hold needs against rights and traffic: needed and not granted, granted and never used, used and failing
    #[command(after_help = "Example: rsmev tkmv report --since 7d --failed 10")]
    Report(Report),
}

#[derive(Args, Debug)]
pub(crate) struct Report {
    /// Failures of services are counted from so long ago on, or from then on: 7d, 36h, a day, a moment (RFC 3339)
    #[arg(long, value_name = "TIME", default_value = "7d")]
    since: Since,
    /// More than so many percent of a service's exchanges may not have failed
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=100))]
    failed: u64,
    /// A right is used when something passed by it within so many days
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=3660))]
    days: i64,
    /// As of this moment (RFC 3339), in place of now
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    #[command(flatten)]
    places: Places,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(words: Tkmv) -> Result<(), Failure> {
    match words {
        Tkmv::Import { file, reason, dry_run, places, json } => {
            import(&Import { file: &file, reason: reason.as_deref(), dry_run, places: &places, json })
        }
        Tkmv::List { config, json } => list(&config.config, json),
        Tkmv::Report(words) => report(&words),
    }
}

/// The register beside an entry file; `None` when nothing was imported yet.
pub(crate) fn stored(config: &Path) -> Result<Option<Vec<Card>>, Failure> {
    let path = path_of(config);
    if !path.exists() {
        return Ok(None);
    }
    let octets = read(&path)?;
    need::read(&path.display().to_string(), &octets, None).map(Some).map_err(|mistakes| {
        refuse(&mistakes).hint(told(
            "файл изменён вручную: примите реестр заново или верните прежний файл",
            "it was changed by hand: import the register again, or take the old file from a copy",
        ))
    })
}

fn path_of(config: &Path) -> PathBuf {
    config.parent().unwrap_or(Path::new("")).join(need::FILE)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    edge::read(path).map_err(|error| Failure::system(&format!("read {}", path.display()), error))
}

fn refuse(mistakes: &[Mistake]) -> Failure {
    let lines: Vec<String> = mistakes.iter().map(|mistake| tame_lines(&mistake.to_string())).collect();
    let count = mistakes.len();
    let sum = said(|| format!("ошибок в реестре: {count}"), || format!("mistakes in the register: {count}"));
    Failure::no(format!("{}\n{sum}", lines.join("\n")))
}

/// Tamed, but for the line ends that are ours.
fn tame_lines(text: &str) -> String {
    text.lines().map(tame).collect::<Vec<_>>().join("\n")
}

struct Import<'w> {
    file: &'w Path,
    reason: Option<&'w str>,
    dry_run: bool,
    places: &'w Places,
    json: bool,
}

#[derive(Serialize)]
struct Imported<'a> {
    dry_run: bool,
    cards: usize,
    #[serde(flatten)]
    diff: &'a Diff,
}

fn import(words: &Import<'_>) -> Result<(), Failure> {
    let config = &words.places.config.config;
    let _held = Held::hold(config)?;
    let registry = Registry::load(config, &Disk).map_err(Failure::registry)?;
    let cards =
        need::read(&words.file.display().to_string(), &read(words.file)?, Some(&registry)).map_err(|mistakes| {
            refuse(&mistakes).hint(told(
                "ничего не принято: исправьте файл и повторите команду",
                "nothing was taken over; mend the file and give the command again",
            ))
        })?;
    let diff = need::diff(&stored(config)?.unwrap_or_default(), &cards);
    let path = path_of(config);
    let stands = diff.is_empty() && path.exists();
    if !words.dry_run && !stands {
        let octets = need::written(&cards).map_err(|error| Failure::system("write the register", error))?;
        journal::changes(words.places, &summary(&diff), words.reason)?;
        let write = if path.exists() {
            registry_edit::replace(&path, &octets)
        } else {
            registry_edit::write_whole(&path, &octets, OPEN, None)
        };
        write.map_err(|error| Failure::system(&format!("write {}", path.display()), error))?;
    }
    if words.json {
        return print::json(&Imported { dry_run: words.dry_run, cards: cards.len(), diff: &diff });
    }
    show(&diff)?;
    let count = cards.len();
    match words.dry_run {
        _ if diff.is_empty() => print::line(told("изменений нет", "nothing to change")),
        true => print::line(told("ничего не изменено: --dry-run", "nothing was changed: --dry-run")),
        false => print::line(&said(
            || format!("карт в реестре потребностей: {count}"),
            || format!("the register of needs has {count} cards"),
        )),
    }
}

fn summary(diff: &Diff) -> String {
    let (added, removed, changed) = (diff.added.len(), diff.removed.len(), diff.changed.len());
    format!("tkmv import: {added} added, {removed} removed, {changed} changed")
}

fn show(diff: &Diff) -> Result<(), Failure> {
    let line = |sign: char, card: &Card| {
        let text = format!("{sign} {}  {}  {}  {}", card.number, card.consumer, card.service, card.information);
        print::line(&tame(&text))
    };
    diff.removed.iter().try_for_each(|card| line('-', card))?;
    diff.added.iter().try_for_each(|card| line('+', card))?;
    for changed in &diff.changed {
        print::line(&tame(&format!("~ {}", changed.number)))?;
        for (column, stood, stands) in &changed.cells {
            print::line(&format!("    {column}: {} → {}", quoted(stood), quoted(stands)))?;
        }
    }
    Ok(())
}

fn quoted(text: &str) -> String {
    tame(&format!("{text:?}"))
}

fn must_have(config: &Path) -> Result<Vec<Card>, Failure> {
    stored(config)?.ok_or_else(|| {
        let path = path_of(config);
        Failure::no(said(
            || format!("реестра потребностей нет: {}", path.display()),
            || format!("there is no register of needs: {}", path.display()),
        ))
        .hint("rsmev tkmv import FILE.csv")
    })
}

fn list(config: &Path, json: bool) -> Result<(), Failure> {
    serve::must_be_there(config)?;
    let cards = must_have(config)?;
    if json {
        return print::json(&cards);
    }
    let mut table = Table::told([
        ("карта", "card"),
        ("статус", "status"),
        ("потребитель", "consumer"),
        ("поставщик", "provider"),
        ("сервис", "service"),
        ("сведения", "information"),
    ]);
    for card in &cards {
        let status = status(card.status).to_owned();
        let information = cell(&card.information, INFORMATION_WIDTH);
        let of = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        let (provider, service) = (of(&card.provider), of(&card.service));
        table.row([card.number.clone(), status, card.consumer.clone(), provider, service, information]);
    }
    if cards.is_empty() {
        print::talk(told("в реестре нет ни одной карты", "the register has no card"));
    }
    table.print()
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Draft => told("черновик", "draft"),
        Status::Agreed => told("согласована", "agreed"),
        Status::Approved => told("утверждена", "approved"),
        Status::Superseded => told("заменена", "superseded"),
    }
}

#[derive(Serialize)]
struct Reported<'a> {
    used_since: Timestamp,
    failed_since: Timestamp,
    until: Timestamp,
    failed_percent: u64,
    cards: &'a [Linked<'a>],
}

fn report(words: &Report) -> Result<(), Failure> {
    let config = &words.places.config.config;
    serve::must_be_there(config)?;
    let registry = Registry::load(config, &Disk).map_err(Failure::registry)?;
    let cards = must_have(config)?;
    let reader = journal::open(&words.places)?;
    let now = words.at.unwrap_or_else(edge::now);
    let failed_since = words.since.from(now);
    let days = SignedDuration::from_hours(words.days.saturating_mul(24));
    let used_since = now.saturating_sub(days).unwrap_or(Timestamp::MIN);
    let mut seen = Use::new(failed_since);
    let read = traffic::each(&reader, used_since.min(failed_since), now, |exchange| seen.take(&exchange))?;
    let linked = need::link(&cards, &registry, &seen, day_of(now), words.failed);
    if words.json {
        let failed_percent = words.failed;
        print::json(&Reported { used_since, failed_since, until: now, failed_percent, cards: &linked })?;
    } else {
        tell(&linked, words.days)?;
    }
    journal::holds(read.broken)
}

fn tell(cards: &[Linked<'_>], days: i64) -> Result<(), Failure> {
    let mut served = 0;
    for linked in cards {
        let card = linked.card;
        let (health, used) = (linked.health, linked.used);
        let system = linked.systems.first().map_or("SYSTEM", String::as_str);
        let (text, next) = match linked.standing {
            Standing::NotInForce => continue,
            Standing::Served => {
                served += 1;
                continue;
            }
            Standing::NoService => (told("нужно, сервиса ещё нет", "needed, no service yet").to_owned(), None),
            Standing::NotGranted => (
                told("нужно, доступа нет", "needed, not granted").to_owned(),
                Some(format!("rsmev access request {system} {} …", card.service)),
            ),
            Standing::NeverUsed => (
                said(
                    || format!("доступ есть, за {days} дн. не использовался"),
                    || format!("granted, never used within {days} days"),
                ),
                Some(format!("rsmev access why {system} {}", card.service)),
            ),
            Standing::Failing => (
                said(
                    || format!("сбои сервиса: {} % ({} из {})", health.percent(), health.failed, health.passed),
                    || {
                        let (percent, failed, passed) = (health.percent(), health.failed, health.passed);
                        format!("the service fails: {percent} % ({failed} of {passed}); used {used} times")
                    },
                ),
                Some(format!("rsmev journal list --service {} --kind failed", card.service)),
            ),
        };
        let service = if card.service.is_empty() { "-" } else { &card.service };
        print::line(&tame(&format!("{}  {} → {service}  {text}", card.number, card.consumer)))?;
        print::line(&format!("    {}", tame(&card.information)))?;
        if let Some(next) = next {
            print::line(&format!("    → {}", tame(&next)))?;
        }
    }
    let in_force = cards.iter().filter(|linked| linked.standing != Standing::NotInForce).count();
    print::line(&said(
        || format!("действующих карт: {in_force}, без замечаний: {served}"),
        || format!("{in_force} cards in force, {served} of them served"),
    ))
}
