//! `rsmev access list`: every application, where it stands, and whose answer is due.

use clap::Args;
use domain::registry::Registry;
use jiff::civil::Date;
use office::application::{Case, Number, day_of, side_label};
use office::calendar::Calendar;
use serde::Serialize;

use super::shelf::{self, Shelf, discrepancy, flawed};
use super::tell::state_told;
use super::{Look, Wanted};
use crate::failure::Failure;
use crate::language::Language;
use crate::table::Table;
use crate::{edge, print, serve};

#[derive(Args, Debug)]
pub(crate) struct List {
    /// Only those in this state
    #[arg(long, value_name = "STATE")]
    state: Option<Wanted>,
    /// Only those whose answer is overdue
    #[arg(long)]
    overdue: bool,
    #[command(flatten)]
    look: Look,
}

/// One application; the shape of `--json`.
#[derive(Debug, Serialize)]
struct Line {
    number: Number,
    state: &'static str,
    /// What case and registry do not agree in.
    left: Option<String>,
    consumer: String,
    service: String,
    version: Option<String>,
    messages: &'static str,
    until: Date,
    requested: Date,
    due: Option<Waited>,
    #[serde(skip)]
    told: String,
}

/// Whose answer is due.
#[derive(Debug, Serialize)]
pub(super) struct Waited {
    whose: String,
    day: Date,
    overdue: bool,
}

impl Waited {
    pub(super) fn of(case: &Case, calendar: &Calendar, today: Date) -> Option<Waited> {
        let due = case.due(calendar, today)?;
        Some(Waited { whose: side_label(&due.whose).to_owned(), day: due.day, overdue: due.is_overdue(today) })
    }

    /// For people.
    pub(super) fn told(&self, language: Language) -> String {
        let overdue = if self.overdue { language.of(" ПРОСРОЧЕНО", " OVERDUE") } else { "" };
        let whose = if self.whose == "operator" { language.of("оператор", "operator") } else { &self.whose };
        format!("{} {whose}{overdue}", self.day)
    }
}

impl Line {
    fn of(case: &Case, registry: &Registry, calendar: &Calendar, (today, language): (Date, Language)) -> Line {
        let asked = case.application();
        let state = case.state_on(today);
        let left = discrepancy(case, registry, today);
        Line {
            number: asked.number,
            state: state.label(),
            consumer: asked.consumer.to_string(),
            service: asked.service.to_string(),
            version: asked.version.as_ref().map(ToString::to_string),
            messages: super::tell::messages(asked.messages),
            until: asked.until,
            requested: case.history().first().map_or(today, |taken| day_of(taken.line.at)),
            due: Waited::of(case, calendar, today),
            told: state_told(state, left.as_ref().map(|(left, _)| *left), language),
            left: left.map(|(_, told)| told),
        }
    }
}

pub(super) fn list(words: &List) -> Result<(), Failure> {
    let config = &words.look.config.config;
    let snapshot = serve::load(config)?;
    let registry = snapshot.registry();
    let shelf = Shelf::open(config, registry)?;
    let calendar = shelf::calendar(config)?;
    let (today, language) = (day_of(edge::now()), Language::usual());
    let lines: Vec<Line> = shelf
        .cases()
        .filter(|case| words.state.is_none_or(|wanted| case.state_on(today) == wanted.0))
        .map(|case| Line::of(case, registry, &calendar, (today, language)))
        .filter(|line| !words.overdue || line.due.as_ref().is_some_and(|due| due.overdue))
        .collect();
    if words.look.json {
        print::json(&lines)?;
    } else {
        show(&lines, language)?;
    }
    for told in shelf.discrepancies(registry, today) {
        print::talk(&format!("remark: {told}"));
    }
    let mut flaws = shelf.flaws.values();
    match flaws.next() {
        None => Ok(()),
        Some(first) => {
            for other in flaws {
                print::talk(&format!("error: {}", flawed(other)));
            }
            Err(flawed(first))
        }
    }
}

fn show(lines: &[Line], language: Language) -> Result<(), Failure> {
    if lines.is_empty() {
        print::talk(language.of("таких заявок нет", "there is no such application"));
        return Ok(());
    }
    let mut table = Table::told([
        ("заявка", "number"),
        ("состояние", "state"),
        ("потребитель", "consumer"),
        ("сервис", "service"),
        ("до", "until"),
        ("ответ до", "answer due"),
    ]);
    for line in lines {
        let version = line.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        let test = if line.messages == "test" { language.of(" тест", " test") } else { "" };
        table.row([
            line.number.to_string(),
            line.told.clone(),
            line.consumer.clone(),
            format!("{}{version}{test}", line.service),
            line.until.to_string(),
            line.due.as_ref().map(|due| due.told(language)).unwrap_or_default(),
        ]);
    }
    table.print()
}
