//! Reading a register of needs that somebody else wrote: comma, semicolon or tab, UTF-8 or windows-1251, columns in any order,
//! their names in Russian or English.
//!
//! Every mistake is told, with line, column and what is allowed; a file with one is not taken in part.

use std::collections::HashMap;
use std::fmt;

use domain::spelling::nearest;
use domain::{Registry, Sid};
use jiff::civil::Date;
use serde::Serialize;

use super::{Card, Column, Status};
use crate::sheet::decoded;

/// The largest file read, in octets.
pub const FILE_BYTES_MAX: usize = 16 << 20;
/// Mistakes told of one file; more would not be read.
const MISTAKES_MAX: usize = 100;
/// Longest text of a cell, in characters.
const CELL_CHARS_MAX: usize = 2000;

/// A mistake in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct Mistake {
    /// Name of the file.
    pub file: String,
    /// Line, counted from 1.
    pub line: u64,
    /// Name of the column as the file calls it; empty: the whole line.
    pub column: String,
    /// What is wrong.
    pub what: String,
    /// What would be accepted.
    pub allowed: String,
    /// The next step, where there is a better one than to write what is accepted.
    pub hint: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = if self.column.is_empty() { String::new() } else { format!(" {}:", self.column) };
        write!(f, "{}:{}:{column} {}\n  allowed: {}", self.file, self.line, self.what, self.allowed)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\n  hint: {hint}"))
    }
}

/// What is wrong with a cell, what would be accepted, the next step.
type Complaint = (String, String, Option<String>);

/// Reads the cards of a file. Names are looked up in the registry, but for cards that others have taken the place of; without a
/// registry they are taken as they are, as from a file that this module has written.
///
/// # Errors
/// Every mistake of the file, a hundred at most.
pub fn read(file: &str, octets: &[u8], registry: Option<&Registry>) -> Result<Vec<Card>, Vec<Mistake>> {
    let mistake = |line: u64, column: &str, (what, allowed, hint): Complaint| Mistake {
        file: file.to_owned(),
        line,
        column: column.to_owned(),
        what,
        allowed,
        hint,
    };
    if octets.len() > FILE_BYTES_MAX {
        let what = format!("the file has {} octets", octets.len());
        return Err(vec![mistake(1, "", (what, "16 MiB at most".to_owned(), None))]);
    }
    let text = decoded(octets);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut lines = reader.records();
    let Some(Ok(heading)) = lines.next() else {
        let allowed = format!("a first line of names of columns: {}", names_of(&Column::ALL));
        return Err(vec![mistake(1, "", ("the file is empty".to_owned(), allowed, None))]);
    };
    let heading = Heading::of(&heading).map_err(|complaint| vec![mistake(1, "", complaint)])?;
    let mut mistakes = Vec::new();
    let mut cards = Vec::new();
    let mut seen: HashMap<String, u64> = HashMap::new();
    let mut count = Lines { text: &text, offset: 0, line: 1 };
    for record in lines {
        let Ok(record) = record else {
            mistakes.push(mistake(count.line, "", ("this is no CSV".to_owned(), "a line a card".to_owned(), None)));
            break;
        };
        let line = count.line_of(&record);
        if record.iter().all(str::is_empty) {
            continue;
        }
        let row = Row { heading: &heading, record: &record, registry };
        match row.card() {
            Ok(card) => {
                if let Some(first) = seen.insert(card.number.clone(), line) {
                    let what = format!("card {:?} stands in line {first} already", card.number);
                    let complaint = (what, "each number once".to_owned(), None);
                    mistakes.push(mistake(line, heading.called(Column::Number), complaint));
                }
                cards.push(card);
            }
            Err(complaints) => mistakes.extend(
                complaints.into_iter().map(|(column, complaint)| mistake(line, heading.called(column), complaint)),
            ),
        }
        if mistakes.len() >= MISTAKES_MAX {
            mistakes.truncate(MISTAKES_MAX);
            break;
        }
    }
    if mistakes.is_empty() { Ok(cards) } else { Err(mistakes) }
}

/// What stands between the columns: what makes the most known names of the first line.
fn delimiter(text: &str) -> u8 {
    let line = text.lines().next().unwrap_or_default();
    let known = |sign: u8| {
        line.split(char::from(sign)).filter(|name| Column::named(name.trim().trim_matches('"')).is_some()).count()
    };
    [b';', b'\t', b','].into_iter().max_by_key(|sign| known(*sign)).unwrap_or(b',')
}

fn names_of(columns: &[Column]) -> String {
    let both = |column: &Column| match column.names().iter().find(|name| !name.is_ascii()) {
        Some(russian) => format!("{} ({russian})", column.name()),
        None => column.name().to_owned(),
    };
    columns.iter().map(both).collect::<Vec<_>>().join(", ")
}

/// Lines of the text, counted as its records come: empty ones, too, which the reader of CSV passes over.
struct Lines<'t> {
    text: &'t str,
    offset: usize,
    line: u64,
}

impl Lines<'_> {
    fn line_of(&mut self, record: &csv::StringRecord) -> u64 {
        let start = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(self.offset);
        let skipped = |rest: &str| rest.len().saturating_sub(rest.trim_start_matches(['\r', '\n']).len());
        let begin = start.saturating_add(self.text.get(start..).map_or(0, skipped));
        let breaks = self.text.get(self.offset..begin).map_or(0, |between| between.matches('\n').count());
        self.line = self.line.saturating_add(breaks as u64);
        self.offset = begin;
        self.line
    }
}

/// Where the columns stand, and what the file calls them.
struct Heading(HashMap<u8, (usize, String)>);

impl Heading {
    fn of(record: &csv::StringRecord) -> Result<Self, Complaint> {
        let mut places = HashMap::new();
        for (place, name) in record.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let Some(column) = Column::named(name) else {
                let known = Column::ALL.iter().flat_map(|column| column.names().iter().copied());
                let hint = nearest(name, known).map(|known| format!("did you mean {known:?}?"));
                return Err((format!("{name:?} is no column of a card"), names_of(&Column::ALL), hint));
            };
            if places.insert(column as u8, (place, name.to_owned())).is_some() {
                return Err((format!("column {name:?} stands twice"), "each column once".to_owned(), None));
            }
        }
        match Column::NEEDED.into_iter().find(|column| !places.contains_key(&(*column as u8))) {
            Some(missing) => {
                let what = format!("there is no column {:?}", missing.name());
                Err((what, format!("at least: {}", names_of(&Column::NEEDED)), None))
            }
            None => Ok(Self(places)),
        }
    }

    fn called(&self, column: Column) -> &str {
        self.0.get(&(column as u8)).map_or(column.name(), |(_, name)| name)
    }
}

/// A line with all that is needed to read it.
struct Row<'a> {
    heading: &'a Heading,
    record: &'a csv::StringRecord,
    registry: Option<&'a Registry>,
}

impl Row<'_> {
    fn text(&self, column: Column) -> &str {
        self.heading.0.get(&(column as u8)).and_then(|(place, _)| self.record.get(*place)).unwrap_or_default()
    }

    /// The card, or all that is wrong with it.
    fn card(&self) -> Result<Card, Vec<(Column, Complaint)>> {
        let mut complaints = Vec::new();
        for column in Column::ALL {
            complaints.extend(unfit(self.text(column)).map(|complaint| (column, complaint)));
        }
        for column in [Column::Number, Column::Consumer, Column::Information] {
            if self.text(column).is_empty() {
                complaints.push((column, ("is empty".to_owned(), "a text".to_owned(), None)));
            }
        }
        let (status, date) = (status(self.text(Column::Status)), date(self.text(Column::Date)));
        complaints.extend(status.as_ref().err().map(|complaint| (Column::Status, complaint.clone())));
        complaints.extend(date.as_ref().err().map(|complaint| (Column::Date, complaint.clone())));
        if status != Ok(Status::Superseded) {
            complaints.extend(self.strangers());
        }
        let (Ok(status), Ok(date), true) = (status, date, complaints.is_empty()) else {
            return Err(complaints);
        };
        let text = |column| self.text(column).to_owned();
        Ok(Card {
            number: text(Column::Number),
            service_code: text(Column::ServiceCode),
            service_name: text(Column::ServiceName),
            consumer: text(Column::Consumer),
            information: text(Column::Information),
            provider: text(Column::Provider),
            service: text(Column::Service),
            status,
            ground: text(Column::Ground),
            date,
        })
    }

    /// Names that the registry does not know.
    fn strangers(&self) -> Vec<(Column, Complaint)> {
        let Some(registry) = self.registry else { return Vec::new() };
        let mut found = Vec::new();
        for column in [Column::Consumer, Column::Provider] {
            found.extend(unknown_party(registry, self.text(column)).map(|complaint| (column, complaint)));
        }
        found.extend(
            unknown_service(registry, self.text(Column::Service)).map(|complaint| (Column::Service, complaint)),
        );
        found
    }
}

/// Is it a text that can be shown and stored?
fn unfit(text: &str) -> Option<Complaint> {
    let allowed = || format!("{CELL_CHARS_MAX} characters at most, no control characters");
    if text.chars().count() > CELL_CHARS_MAX {
        return Some((format!("has {} characters", text.chars().count()), allowed(), None));
    }
    let control = text.chars().find(|sign| sign.is_control() && !matches!(sign, '\n' | '\r' | '\t'));
    control.map(|sign| (format!("has the control character U+{:04X}", u32::from(sign)), allowed(), None))
}

fn status(text: &str) -> Result<Status, Complaint> {
    let word = text.to_lowercase();
    let found = Status::WORDS.iter().find(|(_, words)| words.contains(&word.as_str()));
    found.map(|(status, _)| *status).ok_or_else(|| {
        let allowed =
            Status::WORDS.iter().filter_map(|(status, words)| Some(format!("{} ({})", status.word(), words.get(1)?)));
        let words = Status::WORDS.iter().flat_map(|(_, words)| words.iter().copied());
        let hint = nearest(text, words).map(|word| format!("did you mean {word:?}?"));
        (format!("{text:?} is no status"), allowed.collect::<Vec<_>>().join(", "), hint)
    })
}

/// `2026-11-27` or `27.11.2026`.
fn date(text: &str) -> Result<Option<Date>, Complaint> {
    if text.is_empty() {
        return Ok(None);
    }
    let russian = || Date::strptime("%d.%m.%Y", text);
    text.parse::<Date>()
        .or_else(|_| russian())
        .map(Some)
        .map_err(|_| (format!("{text:?} is no date"), "a day such as 2026-11-27 or 27.11.2026".to_owned(), None))
}

fn unknown_party(registry: &Registry, name: &str) -> Option<Complaint> {
    let participants = || registry.participants().iter().map(|participant| participant.code.as_str());
    let systems = || registry.systems().iter().map(|system| system.mnemonic.as_str());
    if name.is_empty() || participants().chain(systems()).any(|known| known == name) {
        return None;
    }
    let hint = nearest(name, participants().chain(systems())).map_or_else(
        || "`rsmev participant list` and `rsmev system list` name them".to_owned(),
        |known| format!("did you mean {known}?"),
    );
    let allowed = "code of a registered participant, or mnemonic of a registered system".to_owned();
    Some((format!("{name:?} is not registered"), allowed, Some(hint)))
}

fn unknown_service(registry: &Registry, name: &str) -> Option<Complaint> {
    let known = || registry.services().iter().map(|service| service.sid.as_str());
    if name.is_empty() || known().any(|known| known == name) {
        return None;
    }
    let hint = nearest(name, known()).map_or_else(
        || "leave the cell empty until the service is registered; `rsmev service list` names those that are".to_owned(),
        |known| format!("did you mean {known}?"),
    );
    let what = if Sid::new(name).is_ok() { "is not registered" } else { "is not a service identifier" };
    Some((
        format!("{name:?} {what}"),
        "SID of a registered service, such as SID0003245, or nothing".to_owned(),
        Some(hint),
    ))
}
