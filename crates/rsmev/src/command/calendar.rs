//! `rsmev calendar`: the production calendar beside the registry, `calendar.csv`. What it means is `office::calendar`'s
//! business; due dates of open applications are computed from it each time they are asked for.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use jiff::civil::Date;
use office::application::day_of;
use office::calendar::{self, Calendar as Days, Day};
use serde::Serialize;

use super::access::{CALENDAR, stored_calendar};
use super::journal;
use crate::cli::{Config, Places};
use crate::failure::Failure;
use crate::registry_edit::{Held, OPEN, write_whole};
use crate::terminal::tame;
use crate::{edge, print};

#[derive(Debug, Subcommand)]
pub(crate) enum Calendar {
    /// Take over a production calendar: years that the file names replace those known, the others stay
    ///
    /// The file is that of data.gov.ru (a row a year, 12 columns with the days off, `*` a short day, `+` a day off that was
    /// moved), or `date,kind` with kind holiday, working or short. UTF-8 or windows-1251, comma or semicolon.
    #[command(after_help = "Example: rsmev calendar import calendar-2027.csv --dry-run")]
    Import {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Show what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
        /// Why, for the record
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        places: Places,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the days of a year that are moved or short
    #[command(after_help = "Example: rsmev calendar show 2027")]
    Show {
        /// The year; by default this one
        #[arg(value_name = "YEAR")]
        year: Option<i16>,
        #[command(flatten)]
        config: Config,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// A year; the shape of `--json`.
#[derive(Serialize)]
struct Shown {
    year: i16,
    /// Was it imported? Otherwise it is what the law says by itself.
    imported: bool,
    working_days: usize,
    moved: Vec<Moved>,
}

#[derive(Serialize)]
struct Moved {
    date: Date,
    kind: Day,
}

impl Shown {
    fn of(calendar: &Days, year: i16) -> Result<Shown, Failure> {
        let first = Date::new(year, 1, 1).map_err(|error| Failure::usage(error.to_string()))?;
        let days = first.series(jiff::Span::new().days(1)).take_while(|day| day.year() == year);
        Ok(Shown {
            year,
            imported: calendar.knows(year),
            working_days: days.filter(|day| calendar.is_working(*day)).count(),
            moved: calendar.moved(year).map(|(date, kind)| Moved { date, kind }).collect(),
        })
    }

    fn line(&self) -> String {
        let source =
            if self.imported { "imported" } else { "Saturdays, Sundays and holidays of the law, nothing moved" };
        format!("{}: {} working days ({source})", self.year, self.working_days)
    }
}

pub(crate) fn run(words: Calendar) -> Result<(), Failure> {
    match words {
        Calendar::Import { file, dry_run, reason, places, json } => {
            import(&file, dry_run, &places, reason.as_deref(), json)
        }
        Calendar::Show { year, config, json } => show(year, &config.config, json),
    }
}

fn import(file: &Path, dry_run: bool, places: &Places, reason: Option<&str>, json: bool) -> Result<(), Failure> {
    let config = places.config.config.as_path();
    let held = Held::hold(config)?;
    let octets = edge::read_at_most(file, calendar::FILE_BYTES_MAX as u64)
        .map_err(|error| Failure::system(&format!("read {}", file.display()), error))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let imported = Days::import(&name, &octets).map_err(|problems| {
        let list: Vec<String> = problems.iter().map(|problem| told(&problem.to_string())).collect();
        Failure::no(list.join("\n")).hint("nothing was taken over; correct the file and give the command again")
    })?;
    for remark in &imported.remarks {
        print::talk(&format!("remark: {}", told(&remark.to_string())));
    }
    let years: Vec<i16> = imported.calendar.years().collect();
    let whole = stored_calendar(config)?.with(imported.calendar);
    if !dry_run {
        let listed: Vec<_> = years.iter().map(ToString::to_string).collect();
        journal::changes(places, &format!("calendar import {}", listed.join(" ")), reason)?;
        let path = held.root().join(CALENDAR);
        write_whole(&path, whole.to_csv().as_bytes(), OPEN, None)
            .map_err(|error| Failure::system(&format!("write {}", path.display()), error))?;
    }
    let years = years.into_iter().map(|year| Shown::of(&whole, year)).collect::<Result<Vec<_>, _>>()?;
    if json {
        return print::json(&years);
    }
    for year in &years {
        print::line(&year.line())?;
    }
    if dry_run { print::line("nothing was changed: --dry-run") } else { Ok(()) }
}

/// Words of the file, fit for the terminal; what is allowed stays on a line of its own.
fn told(text: &str) -> String {
    text.lines().map(tame).collect::<Vec<_>>().join("\n")
}

fn show(year: Option<i16>, config: &Path, json: bool) -> Result<(), Failure> {
    let year = year.unwrap_or_else(|| day_of(edge::now()).year());
    if !calendar::YEARS.contains(&year) {
        return Err(Failure::usage(format!("{year} is no year")).hint("from 1990 to 2100"));
    }
    let year = Shown::of(&stored_calendar(config)?, year)?;
    if json {
        return print::json(&year);
    }
    print::line(&year.line())?;
    for moved in &year.moved {
        print::line(&format!("{}  {}", moved.date, moved.kind.label()))?;
    }
    Ok(())
}
