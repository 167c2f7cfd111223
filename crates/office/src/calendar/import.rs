//! Reading a calendar that somebody else wrote: the yearly rows of data.gov.ru, or `date,kind`.
//!
//! UTF-8 or windows-1251, comma or semicolon. Every mistake is told with file, line and what is allowed; a file with one
//! is not taken in part.

use std::fmt;

use jiff::civil::Date;

use super::{Calendar, Day, YEARS};
use crate::sheet::decoded;

/// The largest file read, in octets: a hundred years are less.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;
/// Problems told of one file.
const PROBLEMS_MAX: usize = 20;
/// Columns of a yearly row: year, months, and behind them totals that are not all read.
const MONTHS: usize = 12;
const COLUMNS_MAX: usize = 18;

const MONTH_NAMES: [&str; MONTHS] = [
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
];

/// A calendar that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its years.
    pub calendar: Calendar,
    /// What a person should look at: sums of the file that do not agree with its days.
    pub remarks: Vec<Problem>,
}

/// A mistake in the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problem {
    /// Name of the file.
    pub file: String,
    /// Line, counted from 1.
    pub line: u64,
    /// What is wrong.
    pub what: String,
    /// What would be accepted.
    pub allowed: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}\n  allowed: {}", self.file, self.line, self.what, self.allowed)
    }
}

/// What is wrong, and what would be accepted.
type Mistake = (String, &'static str);

const YEARLY: &str = "a row a year: the year, then the days off of the 12 months (\"1,2,3\"), `*` behind a short day, `+` \
                      behind a day off that was moved";
const PLAIN: &str = "date,kind: 2026-01-09,holiday (or working, or short)";
const DAYS: &str = "numbers of days of that month, each once, with `*` (short) or `+` (moved), separated by commas";
const YEAR: &str = "a year from 1990 to 2100";

pub(super) fn import(file: &str, octets: &[u8]) -> Result<Imported, Vec<Problem>> {
    let problem =
        |line: u64, (what, allowed): Mistake| Problem { file: file.to_owned(), line, what, allowed: allowed.into() };
    if octets.len() > FILE_BYTES_MAX {
        return Err(vec![problem(1, (format!("the file has {} octets", octets.len()), "1 MiB at most"))]);
    }
    let text = decoded(octets);
    let mut imported = Imported { calendar: Calendar::default(), remarks: Vec::new() };
    let mut problems = Vec::new();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut header = true;
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                problems.push(problem(line, ("this is no CSV".to_owned(), YEARLY)));
                break;
            }
        };
        let line = record.position().map_or(1, csv::Position::line);
        let read = match record.get(0) {
            Some("") if record.len() == 1 => Ok(None),
            Some(first) if header && names_columns(first) => check_header(&record).map(|()| None),
            Some(first) if first.contains('-') => plain(&record, &mut imported.calendar).map(|()| None),
            _ => yearly(&record, &mut imported.calendar),
        };
        header = false;
        match read {
            Ok(Some(remark)) => imported.remarks.push(problem(line, remark)),
            Ok(None) => {}
            Err(mistake) => problems.push(problem(line, mistake)),
        }
        if problems.len() >= PROBLEMS_MAX {
            break;
        }
    }
    if problems.is_empty() && imported.calendar.years().next().is_none() {
        problems.push(problem(1, ("there is no year in it".to_owned(), YEARLY)));
    }
    if problems.is_empty() { Ok(imported) } else { Err(problems) }
}

/// What stands between the columns: a semicolon when the first line has one outside of quotes.
fn delimiter(text: &str) -> u8 {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    // What stands at even places of the pieces between quotation marks is outside of them.
    let semicolon = line.split('"').step_by(2).any(|outside| outside.contains(';'));
    if semicolon { b';' } else { b',' }
}

/// Does the row name columns instead of days?
fn names_columns(first: &str) -> bool {
    first.eq_ignore_ascii_case("date") || first.to_lowercase().starts_with("год")
}

fn check_header(record: &csv::StringRecord) -> Result<(), Mistake> {
    if record.get(0).is_some_and(|first| first.eq_ignore_ascii_case("date")) {
        return match record.get(1) {
            Some(kind) if kind.eq_ignore_ascii_case("kind") && record.len() == 2 => Ok(()),
            _ => Err(("the columns are not date and kind".to_owned(), PLAIN)),
        };
    }
    for (name, at) in MONTH_NAMES.iter().zip(1..) {
        let column = record.get(at).unwrap_or_default();
        if column.to_lowercase() != *name {
            return Err((format!("column {} is {column:?}, not {name}", at + 1), YEARLY));
        }
    }
    Ok(())
}

fn plain(record: &csv::StringRecord, calendar: &mut Calendar) -> Result<(), Mistake> {
    let cell = |at: usize| record.get(at).unwrap_or_default();
    if record.len() != 2 {
        return Err((format!("{} columns", record.len()), PLAIN));
    }
    let date: Date = cell(0).parse().map_err(|_| (format!("{:?} is no day", cell(0)), PLAIN))?;
    let day =
        Day::read(cell(1)).ok_or_else(|| (format!("{:?} is no kind of day", cell(1)), "holiday, working or short"))?;
    if !YEARS.contains(&date.year()) {
        return Err((format!("{} is no year", date.year()), YEAR));
    }
    calendar.set(date, day);
    Ok(())
}

/// A row of data.gov.ru; gives a remark when its sum of working days is another.
fn yearly(record: &csv::StringRecord, calendar: &mut Calendar) -> Result<Option<Mistake>, Mistake> {
    let first = record.get(0).unwrap_or_default();
    let year: i16 = first.parse().map_err(|_| (format!("{first:?} is neither a year nor a day"), YEARLY))?;
    if !YEARS.contains(&year) {
        return Err((format!("{year} is no year"), YEAR));
    }
    if !(MONTHS + 1..=COLUMNS_MAX).contains(&record.len()) {
        return Err((format!("{} columns", record.len()), YEARLY));
    }
    if calendar.knows(year) {
        return Err((format!("the year {year} stands here a second time"), "each year once"));
    }
    let mut worked = 0usize;
    for (name, month) in MONTH_NAMES.iter().zip(1i8..) {
        let cell = record.get(usize::from(month.unsigned_abs())).unwrap_or_default();
        for (date, day) in month_of(year, month, cell).map_err(|what| (format!("{name}: {what}"), DAYS))? {
            worked += usize::from(day.is_working());
            calendar.set(date, day);
        }
    }
    let told = record.get(MONTHS + 1).filter(|told| !told.is_empty());
    let differs = told.filter(|told| told.parse() != Ok(worked));
    Ok(differs.map(|told| {
        let what = format!("{year}: {worked} days are worked by its months, {told} by its sum");
        (what, "a sum that agrees with the months; the months are what was taken")
    }))
}

/// Every day of a month.
fn month_of(year: i16, month: i8, cell: &str) -> Result<Vec<(Date, Day)>, String> {
    let first = Date::new(year, month, 1).map_err(|error| error.to_string())?;
    let mut days: Vec<(Date, Day)> = first
        .series(jiff::Span::new().days(1))
        .take_while(|date| date.month() == month)
        .map(|date| (date, Day::Working))
        .collect();
    let mut named = std::collections::BTreeSet::new();
    for token in cell.split(',').map(str::trim) {
        let (figures, day) = match token.strip_suffix('*') {
            Some(figures) => (figures, Day::Short),
            None => (token.strip_suffix('+').unwrap_or(token), Day::Holiday),
        };
        let number: usize = figures.parse().map_err(|_| format!("{token:?} is no day"))?;
        let slot = number.checked_sub(1).and_then(|at| days.get_mut(at));
        let slot = slot.ok_or_else(|| format!("there is no day {number}"))?;
        if !named.insert(number) {
            return Err(format!("day {number} stands here twice"));
        }
        slot.1 = day;
    }
    if days.iter().all(|(_, day)| day.is_working()) {
        return Err("no day is off".to_owned());
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const HEADER: &str = "Год/Месяц,Январь,Февраль,Март,Апрель,Май,Июнь,Июль,Август,Сентябрь,Октябрь,Ноябрь,Декабрь,\
                          Всего рабочих дней,Всего праздничных и выходных дней\n";
    const ROW_2018: &str = "2018,\"1,2,3,4,5,6,7,8,13,14,20,21,27,28\",\"3,4,10,11,17,18,22*,23,24,25\",\
        \"3,4,7*,8,9+,10,11,17,18,24,25,31\",\"1,7,8,14,15,21,22,28*,29,30+\",\"1,2+,5,6,8*,9,12,13,19,20,26,27\",\
        \"2,3,9*,10,11+,12,16,17,23,24,30\",\"1,7,8,14,15,21,22,28,29\",\"4,5,11,12,18,19,25,26\",\
        \"1,2,8,9,15,16,22,23,29,30\",\"6,7,13,14,20,21,27,28\",\"3,4,5+,10,11,17,18,24,25\",\
        \"1,2,8,9,15,16,22,23,29*,30,31+\",247,118\n";

    fn read(text: &str) -> Imported {
        Calendar::import("days.csv", text.as_bytes()).unwrap()
    }

    fn told(text: &str) -> String {
        let problems = Calendar::import("days.csv", text.as_bytes()).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_yearly_row_tells_days_off_short_days_and_moved_days() {
        let read = read(&format!("{HEADER}{ROW_2018}"));
        assert_eq!(read.remarks, []);
        let day = |month, number| read.calendar.day(date(2018, month, number));
        assert_eq!((day(3, 9), day(3, 7), day(4, 30)), (Day::Holiday, Day::Short, Day::Holiday));
        assert_eq!(
            (day(4, 28), day(12, 29), day(1, 9)),
            (Day::Short, Day::Short, Day::Working),
            "Saturdays that were worked"
        );
        assert_eq!(read.calendar.working_days_after(date(2018, 4, 27), 2), date(2018, 5, 3));
    }

    #[test]
    fn encodings_and_separators_of_spreadsheets_are_read() {
        let text = format!("{HEADER}{ROW_2018}");
        let plain = read(&text);
        let (cp1251, _, lost) = encoding_rs::WINDOWS_1251.encode(&text);
        assert!(!lost);
        assert_eq!(Calendar::import("days.csv", &cp1251).unwrap(), plain);
        let semicolons: String = text.split('"').enumerate().fold(String::new(), |joined, (at, piece)| {
            joined + &if at % 2 == 0 { piece.replace(',', ";") } else { piece.to_owned() }
        });
        assert_eq!(read(&semicolons), plain);
        assert_eq!(read(&format!("\u{feff}{}", text.replace('\n', "\r\n"))), plain);
    }

    #[test]
    fn a_sum_that_does_not_agree_is_remarked_on() {
        let read = read(&format!("{HEADER}{}", ROW_2018.replace(",247,", ",248,")));
        assert!(read.remarks[0].to_string().starts_with("days.csv:2: 2018: 247 days are worked"), "{:?}", read.remarks);
    }

    #[test]
    fn each_mistake_is_told_with_file_line_and_what_is_allowed() {
        for (text, what) in [
            (
                format!("{HEADER}{}", ROW_2018.replace("29*", "32*")),
                "days.csv:2: декабрь: there is no day 32\n  allowed: numbers of days",
            ),
            (format!("{HEADER}{}", ROW_2018.replace("29*", "30")), "days.csv:2: декабрь: day 30 stands here twice"),
            (format!("{HEADER}{}", ROW_2018.replace("29*", "x")), "days.csv:2: декабрь: \"x\" is no day"),
            (format!("{HEADER}{ROW_2018}{ROW_2018}"), "days.csv:3: the year 2018 stands here a second time"),
            (format!("{HEADER}{}", ROW_2018.replace('"', "")), "days.csv:2: 127 columns"),
            (HEADER.replace("Март", "Май") + ROW_2018, "days.csv:1: column 4 is \"Май\", not март"),
            (HEADER.to_owned(), "there is no year in it"),
            (String::new(), "days.csv:1: there is no year in it"),
            (
                "date,kind\n2026-13-01,holiday\n".to_owned(),
                "days.csv:2: \"2026-13-01\" is no day\n  allowed: date,kind",
            ),
            (
                "2026-01-09,off\n".to_owned(),
                "days.csv:1: \"off\" is no kind of day\n  allowed: holiday, working or short",
            ),
            ("2026-01-09\n".to_owned(), "days.csv:1: 1 columns"),
            ("1026-01-09,short\n".to_owned(), "1026 is no year\n  allowed: a year from 1990 to 2100"),
            ("tomorrow,short\n".to_owned(), "\"tomorrow\" is neither a year nor a day"),
        ] {
            assert!(told(&text).contains(what), "{what}\n{}", told(&text));
        }
        let octets = vec![b'1'; FILE_BYTES_MAX + 1];
        assert!(Calendar::import("days.csv", &octets).unwrap_err()[0].to_string().contains("1 MiB at most"));
    }
}
