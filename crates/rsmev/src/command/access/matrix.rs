//! `rsmev access matrix`: the whole matrix: a table for the terminal; consumers against services for spreadsheets or as a page.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use domain::registry::{AccessRow, Messages, Registry};
use domain::{Mnemonic, Sid};
use jiff::civil::Date;
use office::application::day_of;
use serde::Serialize;

use super::{Form, Look, page};
use crate::failure::Failure;
use crate::language::Language;
use crate::registry_edit::{OPEN, write_whole};
use crate::table::Table;
use crate::{edge, print, serve};

#[derive(Args, Debug)]
pub(crate) struct Matrix {
    /// In which form
    #[arg(long, value_name = "FORM", default_value = "table")]
    format: Form,
    /// Write it into this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    look: Look,
}

/// The matrix as it is shown.
pub(super) struct Grid<'r> {
    pub(super) registry: &'r Registry,
    pub(super) consumers: Vec<&'r Mnemonic>,
    pub(super) services: Vec<&'r Sid>,
    pub(super) today: Date,
}

/// One row; the shape of `--json`.
#[derive(Serialize)]
struct Right<'r> {
    consumer: &'r Mnemonic,
    service: &'r Sid,
    version: Option<&'r domain::Version>,
    operations: &'r [String],
    from: Option<Date>,
    until: Option<Date>,
    messages: Messages,
    over: bool,
    ground: &'r str,
    application: Option<&'r str>,
    row: String,
}

impl<'r> Grid<'r> {
    fn of(registry: &'r Registry, today: Date) -> Grid<'r> {
        let consumers: BTreeSet<_> = registry.access_rows().iter().map(|row| &row.consumer).collect();
        let services: BTreeSet<_> = registry.services().iter().map(|service| &service.sid).collect();
        Grid { registry, consumers: consumers.into_iter().collect(), services: services.into_iter().collect(), today }
    }

    /// The rights of a consumer to a service.
    pub(super) fn rights(&self, consumer: &Mnemonic, service: &Sid) -> impl Iterator<Item = &'r AccessRow> {
        let rows = self.registry.access_rows().iter();
        rows.filter(move |row| row.consumer == *consumer && row.service == *service)
    }

    pub(super) fn is_over(&self, row: &AccessRow) -> bool {
        row.until.is_some_and(|until| self.today > until)
    }

    /// What a right says, in a few words.
    pub(super) fn right(&self, row: &AccessRow, language: Language) -> String {
        let mut words = Vec::new();
        words.extend(row.version.as_ref().map(ToString::to_string));
        words.push(row.until.map_or_else(|| language.of("без срока", "no end").to_owned(), |until| until.to_string()));
        if self.is_over(row) {
            words.push(language.of("истёк", "over").to_owned());
        }
        if row.messages == Messages::Test {
            words.push(language.of("тест", "test").to_owned());
        }
        if !row.operations.is_empty() {
            words.push(row.operations.join("+"));
        }
        words.join(" ")
    }

    fn cell(&self, consumer: &Mnemonic, service: &Sid, language: Language) -> String {
        self.rights(consumer, service).map(|row| self.right(row, language)).collect::<Vec<_>>().join("; ")
    }
}

pub(super) fn matrix(words: &Matrix) -> Result<(), Failure> {
    let snapshot = serve::load(&words.look.config.config)?;
    let now = edge::now();
    let grid = Grid::of(snapshot.registry(), day_of(now));
    let language = Language::usual();
    if words.look.json {
        let rights: Vec<Right<'_>> = grid.registry.access_rows().iter().map(|row| right(&grid, row)).collect();
        return print::json(&rights);
    }
    let text = match words.format {
        Form::Table if words.out.is_some() => {
            return Err(Failure::usage("a table is for the terminal").hint("--format csv or html goes into a file"));
        }
        Form::Table => return table(&grid, language),
        Form::Csv => csv(&grid, language)?,
        Form::Html => page::page(&grid, language, now),
    };
    match &words.out {
        None => print::octets(text.as_bytes()),
        Some(file) => {
            write_whole(file, text.as_bytes(), OPEN, None)
                .map_err(|error| Failure::system(&format!("write {}", file.display()), error))?;
            print::talk(&format!("{}: {} rights", file.display(), grid.registry.access_rows().len()));
            Ok(())
        }
    }
}

fn right<'r>(grid: &Grid<'r>, row: &'r AccessRow) -> Right<'r> {
    Right {
        consumer: &row.consumer,
        service: &row.service,
        version: row.version.as_ref(),
        operations: &row.operations,
        from: row.from,
        until: row.until,
        messages: row.messages,
        over: grid.is_over(row),
        ground: &row.ground,
        application: row.application.as_deref(),
        row: row.place.to_string(),
    }
}

/// For the terminal: a right a line, for hundreds of services do not fit beside each other.
fn table(grid: &Grid<'_>, language: Language) -> Result<(), Failure> {
    let mut table = Table::told([
        ("потребитель", "consumer"),
        ("сервис", "service"),
        ("доступ", "right"),
        ("заявка", "application"),
        ("строка", "row"),
    ]);
    for (consumer, service) in grid.consumers.iter().flat_map(|one| grid.services.iter().map(move |sid| (one, sid))) {
        for row in grid.rights(consumer, service) {
            let application = row.application.as_deref().unwrap_or("-").to_owned();
            let right = grid.right(row, language);
            table.row([consumer.to_string(), service.to_string(), right, application, row.place.to_string()]);
        }
    }
    table.print()
}

fn heads(grid: &Grid<'_>, language: Language) -> Vec<String> {
    let first = language.of("потребитель", "consumer").to_owned();
    std::iter::once(first).chain(grid.services.iter().map(ToString::to_string)).collect()
}

/// For spreadsheets: RFC 4180 with the mark by which they know UTF-8.
fn csv(grid: &Grid<'_>, language: Language) -> Result<String, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::system("write CSV", error);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(heads(grid, language)).map_err(|error| failed(&error))?;
    for consumer in &grid.consumers {
        let cells = grid.services.iter().map(|service| grid.cell(consumer, service, language));
        let cells = std::iter::once(consumer.to_string()).chain(cells).map(|text| plain(&text));
        writer.write_record(cells).map_err(|error| failed(&error))?;
    }
    let octets = writer.into_inner().map_err(|error| failed(&error))?;
    Ok(format!("\u{feff}{}", String::from_utf8_lossy(&octets)))
}

/// No formula: a cell that a spreadsheet would compute gets an apostrophe before it.
fn plain(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula { format!("'{text}") } else { text.to_owned() }
}
