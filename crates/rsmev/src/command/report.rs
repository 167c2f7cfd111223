//! `rsmev report`: figures of a closed period for the operator: by agency, service or consumer. The same journal and registry
//! give the same octets, whenever it is asked.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use domain::{Mnemonic, Registry, Sid, Version};
use jiff::Timestamp;
use jiff::civil::Date;
use office::figures::{By, Figures, Row};
use office::traffic::{Exchange, day_of};
use serde::Serialize;

use crate::cli::Places;
use crate::command::journal::{self, Target, csv_cell};
use crate::edge::{self, Disk};
use crate::failure::Failure;
use crate::language::{said, told};
use crate::span::{CalendarMonth, Since, midnight};
use crate::terminal::tame;
use crate::{print, serve, traffic};

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// A table for spreadsheets (RFC 4180, UTF-8)
    Csv,
    /// For programs
    Json,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Groups {
    /// The agency that asks, and on whose behalf
    Agency,
    /// The service and its version
    Service,
    /// The system that asks
    Consumer,
}

#[derive(Args, Debug)]
pub(crate) struct Words {
    /// The last whole days: so many (7d), or from that day on (2026-11-20); today is not among them
    #[arg(long, value_name = "DAYS", default_value = "7d", conflicts_with = "month")]
    since: Since,
    /// A month (2026-11)
    #[arg(long, value_name = "YYYY-MM")]
    month: Option<CalendarMonth>,
    /// Today so far, too: its figures still change
    #[arg(long, conflicts_with = "month")]
    with_today: bool,
    /// What a line is about
    #[arg(long, value_enum, value_name = "WHAT", default_value = "agency")]
    by: Groups,
    /// Form of the report
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "table")]
    format: Format,
    /// Write to this file, which appears when it is whole; otherwise to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
    /// As of this moment (RFC 3339), in place of now
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    #[command(flatten)]
    places: Places,
    /// Print JSON: the same as --format json
    #[arg(long)]
    json: bool,
}

/// Days of a report, the last one included.
#[derive(Clone, Copy, Debug, Serialize)]
struct Period {
    from: Date,
    until: Date,
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    period: Period,
    by: &'a str,
    rows: &'a [Row],
    total: &'a Row,
}

pub(crate) fn run(words: &Words) -> Result<(), Failure> {
    let config = &words.places.config.config;
    serve::must_be_there(config)?;
    let registry = Registry::load(config, &Disk).map_err(Failure::registry)?;
    let reader = journal::open(&words.places)?;
    let now = words.at.unwrap_or_else(edge::now);
    let period = period(words, now)?;
    let mut target = Target::open(words.out.as_deref(), words.force)?;
    let (by, name) = match words.by {
        Groups::Agency => (By::Agency, "agency"),
        Groups::Service => (By::Service, "service"),
        Groups::Consumer => (By::Consumer, "consumer"),
    };
    let mut figures = Figures::new(by);
    let (since, until) = (midnight(period.from), midnight(period.until.tomorrow().unwrap_or(Date::MAX)));
    let read = traffic::each(&reader, since, until, |exchange| {
        figures.take(&exchange, agency_of(&registry, &exchange), deadline_of(&registry, &exchange));
    })?;
    let (rows, total) = figures.rows();
    let format = if words.json { Format::Json } else { words.format };
    let text = match format {
        Format::Table => table(period, words.by, &rows, &total),
        Format::Csv => csv(period, name, &rows, &total),
        Format::Json => {
            let told = Told { period, by: name, rows: &rows, total: &total };
            let json = serde_json::to_string_pretty(&told).map_err(|error| Failure::system("write JSON", error))?;
            json + "\n"
        }
    };
    target.write(text.as_bytes())?;
    target.finish()?;
    if total.pending > 0 {
        let pending = total.pending;
        print::talk(&said(
            || format!("замечание: обменов без окончания: {pending}"),
            || format!("remark: exchanges without an end on record: {pending}"),
        ));
    }
    journal::holds(read.broken)
}

/// Whole days, unless today was asked for: what a report says of them does not change any more.
fn period(words: &Words, now: Timestamp) -> Result<Period, Failure> {
    let today = day_of(now);
    let yesterday = today.yesterday().unwrap_or(Date::MIN);
    let (from, until) = if let Some(month) = words.month {
        let (first, next) = month.days();
        (first, next.yesterday().unwrap_or(next).min(yesterday))
    } else {
        let from = words.since.whole_days(now).ok_or_else(|| {
            Failure::usage(told("отчёт составляется за целые дни", "a report is of whole days"))
                .hint("--since 7d, --since 2026-11-20 or --month 2026-11")
        })?;
        (from, if words.with_today { today } else { yesterday })
    };
    if from > until {
        return Err(Failure::usage(said(
            || format!("с {from} не прошло ни одного целого дня"),
            || format!("no whole day has passed since {from}"),
        ))
        .hint(told("сегодняшний день входит только с --with-today", "today is among them only with --with-today")));
    }
    Ok(Period { from, until })
}

fn agency_of<'r>(registry: &'r Registry, exchange: &Exchange) -> Option<&'r str> {
    let mnemonic = Mnemonic::new(exchange.consumer.as_deref()?).ok()?;
    registry.system(&mnemonic).map(|system| system.participant.as_str())
}

fn deadline_of(registry: &Registry, exchange: &Exchange) -> Duration {
    let named = |exchange: &Exchange| {
        let sid = Sid::new(exchange.service.as_deref()?).ok()?;
        let version = Version::new(exchange.version.as_deref()?).ok()?;
        Some(registry.service(&sid, &version)?.answer_deadline(registry.limits()))
    };
    named(exchange).unwrap_or(Duration::from_millis(registry.limits().answer_deadline_ms))
}

const COLUMNS: [&str; 15] = [
    "from",
    "until",
    "exchanges",
    "answered",
    "provider_faults",
    "failed",
    "refused",
    "pending",
    "overdue",
    "p50_ms",
    "p95_ms",
    "p99_ms",
    "request_bytes",
    "answer_bytes",
    "faults",
];

fn csv(period: Period, by: &str, rows: &[Row], total: &Row) -> String {
    let part = if by == "service" { "version" } else { "on_behalf_of" };
    let mut text = format!("{by},{part},{}\r\n", COLUMNS.join(","));
    let total = Row { group: "total".to_owned(), ..total.clone() };
    for row in rows.iter().chain([&total]) {
        let mut cells = vec![row.group.clone(), row.part.clone(), period.from.to_string(), period.until.to_string()];
        let counts = [row.exchanges, row.answered, row.provider_faults, row.failed, row.refused, row.pending];
        cells.extend(counts.map(|count| count.to_string()));
        cells.push(row.overdue.to_string());
        cells
            .extend([row.p50_ms, row.p95_ms, row.p99_ms].map(|time| time.map(|it| it.to_string()).unwrap_or_default()));
        cells.extend([row.request_bytes, row.answer_bytes].map(|bytes| bytes.to_string()));
        cells.push(faults(row));
        text += &(cells.iter().map(|text| csv_cell(text)).collect::<Vec<_>>().join(",") + "\r\n");
    }
    text
}

fn faults(row: &Row) -> String {
    row.faults.iter().map(|(code, count)| format!("{code}={count}")).collect::<Vec<_>>().join(" ")
}

/// Plain columns: what is written to a file must not depend on a terminal.
fn table(period: Period, by: Groups, rows: &[Row], total: &Row) -> String {
    let head = match by {
        Groups::Agency => told("ведомство", "agency"),
        Groups::Service => told("сервис", "service"),
        Groups::Consumer => told("потребитель", "consumer"),
    };
    let heads = [
        head,
        told("обменов", "exchanges"),
        told("отвечено", "answered"),
        told("с ошибкой", "with fault"),
        told("не исполнено", "failed"),
        told("отклонено", "refused"),
        told("не окончено", "pending"),
        told("просрочено", "overdue"),
        "p50",
        "p95",
        "p99",
        told("запросы, КиБ", "requests, KiB"),
        told("ответы, КиБ", "answers, KiB"),
        told("коды", "codes"),
    ];
    let mut lines: Vec<Vec<String>> = vec![heads.map(str::to_owned).to_vec()];
    lines.extend(rows.iter().map(|row| cells(&format!("{} {}", row.group, row.part), row)));
    lines.push(cells(told("всего", "total"), total));
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let days = said(
        || format!("с {} по {} включительно, время в миллисекундах\n", period.from, period.until),
        || format!("from {} to {}, both included; times in milliseconds\n", period.from, period.until),
    );
    let mut text = days;
    for line in &lines {
        let shown = line.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            13 => cell.clone(),
            _ => format!("{cell:>width$}"),
        });
        text += &(shown.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n");
    }
    text
}

fn cells(group: &str, row: &Row) -> Vec<String> {
    let counts = [row.exchanges, row.answered, row.provider_faults, row.failed, row.refused, row.pending, row.overdue];
    let times = [row.p50_ms, row.p95_ms, row.p99_ms];
    let mut cells = vec![tame(group.trim_end())];
    cells.extend(counts.map(|count| count.to_string()));
    cells.extend(times.map(|time| time.map_or_else(|| "-".to_owned(), |time| time.to_string())));
    cells.extend([row.request_bytes, row.answer_bytes].map(|bytes| bytes.div_ceil(1024).to_string()));
    cells.push(faults(row));
    cells
}
