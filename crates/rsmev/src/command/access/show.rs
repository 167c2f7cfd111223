//! `rsmev access show`: one application with everything that happened to it.

use jiff::civil::Date;
use office::application::{Case, Decision, Number, day_of};
use serde::Serialize;
use serde_json::{Value, json};

use super::decide::is_decision;
use super::list::Waited;
use super::shelf::{self, Shelf, discrepancy, flawed, rows_of};
use super::{Look, tell};
use crate::failure::Failure;
use crate::language::Language;
use crate::terminal::tame;
use crate::{edge, print, serve};

/// One event; part of the shape of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct Happened {
    event: &'static str,
    at: jiff::Timestamp,
    by: String,
    officer: Option<String>,
    side: Option<String>,
    reason: Option<String>,
    sha256: String,
}

impl Happened {
    pub(super) fn of(taken: &Decision) -> Happened {
        let officer = taken.officer.as_ref();
        Happened {
            event: taken.line.event.label(),
            at: taken.line.at,
            by: taken.line.by.clone(),
            officer: officer.map(|officer| officer.name.clone()),
            side: officer.map(|officer| office::application::side_label(&officer.side).to_owned()),
            reason: taken.line.event.reason().map(str::to_owned),
            sha256: taken.digest.to_string(),
        }
    }
}

pub(super) fn show(number: Number, look: &Look) -> Result<(), Failure> {
    let config = &look.config.config;
    let snapshot = serve::load(config)?;
    let registry = snapshot.registry();
    let shelf = Shelf::open(config, registry)?;
    if let Some(flaw) = shelf.flaws.get(&number) {
        return Err(flawed(flaw));
    }
    let case = shelf.case(number)?;
    let today = day_of(edge::now());
    let due = Waited::of(case, &shelf::calendar(config)?, today);
    let left = discrepancy(case, registry, today).map(|(_, told)| told);
    let row = rows_of(registry, number).next().map(|row| row.place.to_string());
    if look.json {
        return print::json(&whole(case, today, (due, left, row)));
    }
    let language = Language::usual();
    let asked = case.application();
    let state = tell::state(case.state_on(today), language);
    print::line(&format!("{} {number}: {state}", language.of("Заявка", "Application")))?;
    let version = asked.version.as_ref().map_or_else(String::new, |version| format!(" {version}"));
    let operations =
        if asked.operations.is_empty() { language.of("все", "all").to_owned() } else { asked.operations.join(", ") };
    let none = || language.of("нет", "none").to_owned();
    for (name, value) in [
        (language.of("потребитель", "consumer"), asked.consumer.to_string()),
        (language.of("сервис", "service"), format!("{}{version}", asked.service)),
        (language.of("операции", "operations"), operations),
        (language.of("сообщения", "messages"), tell::messages_told(asked.messages, language).to_owned()),
        (language.of("цель", "purpose"), asked.purpose.clone()),
        (language.of("основание", "ground"), asked.ground.clone()),
        (language.of("запросов в день", "requests a day"), asked.volume.to_string()),
        (language.of("последний день", "last day"), asked.until.to_string()),
        (language.of("контакт", "contact"), asked.contact.clone().unwrap_or_else(none)),
        (language.of("согласие", "consent of"), asked.consent_of.as_ref().map_or_else(none, ToString::to_string)),
        (language.of("строка матрицы", "row"), row.unwrap_or_else(none)),
        (language.of("ответ до", "answer due"), due.map_or_else(none, |due| due.told(language))),
    ] {
        print::line(&format!("  {name:<16} {}", tame(&value)))?;
    }
    print::line(language.of("История", "History"))?;
    for taken in case.history() {
        print::line(&format!("  {}", happened(taken, language)))?;
    }
    if let Some(left) = left {
        print::talk(&format!("remark: {left}"));
    }
    Ok(())
}

/// One line about an event.
pub(super) fn happened(taken: &Decision, language: Language) -> String {
    let at = taken.line.at.strftime("%Y-%m-%dT%H:%M:%SZ");
    let who = match &taken.officer {
        Some(officer) => format!("{} ({})", officer.name, tell::side(&officer.side, language)),
        None => taken.line.by.clone(),
    };
    let reason = taken.line.event.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
    tame(&format!("{at}  {}, {who}{reason}", tell::event(&taken.line.event, language)))
}

fn whole(case: &Case, today: Date, (due, left, row): (Option<Waited>, Option<String>, Option<String>)) -> Value {
    json!({
        "application": case.application(),
        "state": case.state_on(today).label(),
        "row": row,
        "left": left,
        "due": due,
        "history": case.history().iter().map(Happened::of).collect::<Vec<_>>(),
    })
}

/// What was decided about an application, the last first.
pub(super) fn decisions(case: &Case) -> impl Iterator<Item = &Decision> {
    case.history().iter().rev().filter(|taken| is_decision(&taken.line.event))
}
