//! The case files of a registry: `applications/YEAR-N.jsonl` beside the entry file. Read whole and checked line by line;
//! written whole by the registry's own writer.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use domain::Registry;
use domain::registry::AccessRow;
use jiff::civil::Date;
use office::application::{Case, FILE_BYTES_MAX, Flaw, Known, Number, Officer, Row, State, Unbacked};
use office::calendar::Calendar;
use pki::Certificate;

use crate::edge;
use crate::failure::Failure;
use crate::language::{Language, said};
use crate::registry_edit::{OPEN, write_whole};
use crate::terminal::tame;

/// Directory of the case files, beside the entry file.
const DIRECTORY: &str = "applications";
/// The calendar, beside the entry file.
pub(crate) const CALENDAR: &str = "calendar.csv";

/// All cases.
#[derive(Debug)]
pub(super) struct Shelf {
    directory: PathBuf,
    pub(super) officers: Vec<Officer>,
    cases: BTreeMap<Number, Case>,
    /// Files that are not as they were written.
    pub(super) flaws: BTreeMap<Number, Flaw>,
}

/// The directory that an entry file lies in.
pub(super) fn root(config: &Path) -> &Path {
    config.parent().unwrap_or(Path::new(""))
}

impl Shelf {
    /// Reads every case file there is.
    pub(super) fn open(config: &Path, registry: &Registry) -> Result<Shelf, Failure> {
        let directory = root(config).join(DIRECTORY);
        let officers = officers(registry)?;
        let mut shelf = Shelf { directory, officers, cases: BTreeMap::new(), flaws: BTreeMap::new() };
        let unread = |error| Failure::system(&format!("read {}", shelf.directory.display()), error);
        let listed = match std::fs::read_dir(&shelf.directory) {
            Ok(listed) => listed,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(shelf),
            Err(error) => return Err(unread(error)),
        };
        let mut numbers = Vec::new();
        for entry in listed {
            let name = entry.map_err(unread)?.file_name();
            numbers.extend(name.to_str().and_then(Number::of_file));
        }
        for number in numbers {
            let path = shelf.path(number);
            let read = octets(&path).map_err(|error| Flaw::unread(number, &error.to_string()));
            match read.and_then(|octets| Case::read(number, &octets, &shelf.officers)) {
                Ok(case) => drop(shelf.cases.insert(number, case)),
                Err(flaw) => drop(shelf.flaws.insert(number, flaw)),
            }
        }
        Ok(shelf)
    }

    fn path(&self, number: Number) -> PathBuf {
        self.directory.join(number.file_name())
    }

    /// All that could be read, by number.
    pub(super) fn cases(&self) -> impl Iterator<Item = &Case> {
        self.cases.values()
    }

    /// Every number that is taken.
    pub(super) fn numbers(&self) -> impl Iterator<Item = Number> {
        self.cases.keys().chain(self.flaws.keys()).copied()
    }

    /// The case of that number.
    pub(super) fn case(&self, number: Number) -> Result<&Case, Failure> {
        if let Some(flaw) = self.flaws.get(&number) {
            return Err(flawed(flaw));
        }
        self.cases.get(&number).ok_or_else(|| {
            Failure::no(format!("there is no application {number}")).hint("`rsmev access list` names them")
        })
    }

    /// Writes a case; what it held before is in it. One that has just begun held nothing: it takes nobody's place.
    pub(super) fn keep(&self, case: &Case) -> Result<(), Failure> {
        let path = self.path(case.number());
        // The registry is held: no other command makes the file in between.
        if case.history().len() == 1 && std::fs::symlink_metadata(&path).is_ok() {
            return Err(Failure::no(format!(
                "{} is there already; a new application does not replace it",
                path.display()
            ))
            .hint("`rsmev access list` tells what it is"));
        }
        let written = std::fs::create_dir_all(&self.directory)
            .and_then(|()| write_whole(&path, case.text().as_bytes(), OPEN, None));
        written.map_err(|error| Failure::system(&format!("write {}", path.display()), error))
    }

    /// What is known of an application.
    pub(super) fn known(&self, number: Number) -> Known<'_> {
        match self.cases.get(&number) {
            Some(case) => Known::Case(case),
            None if self.flaws.contains_key(&number) => Known::Unreadable,
            None => Known::NoFile,
        }
    }

    /// What is wrong with a row, by the application it names.
    pub(super) fn unbacked<'r>(&self, row: &'r AccessRow, day: Date) -> Option<Unbacked<'r>> {
        Unbacked::find(row, |number| self.known(number), day)
    }

    /// Does the matrix hold a row of that number with no right behind it, that no command was about to take out?
    pub(super) fn has_stray(&self, registry: &Registry, number: Number) -> bool {
        let backed = match self.known(number) {
            Known::Case(case) => !matches!(case.row(), Row::None | Row::Removed),
            Known::Unreadable => true,
            Known::NoFile => false,
        };
        !backed && rows_of(registry, number).next().is_some()
    }

    /// What a person must look at: cases and rows that do not agree.
    pub(super) fn discrepancies(&self, registry: &Registry, today: Date) -> Vec<String> {
        let by_row = |left: Left| matches!(left, Left::InForce | Left::RowStillThere);
        let cases = self.cases.values().filter_map(|case| discrepancy(case, registry, today));
        let cases = cases.filter(|(left, _)| !by_row(*left)).map(|(_, told)| told);
        let rows = registry.access_rows().iter().filter_map(|row| self.unbacked(row, today));
        cases.chain(rows.map(|unbacked| remark(&unbacked))).chain(self.by_one_person(registry, today)).collect()
    }

    /// Rights that one person gave where two are asked for now: given before, or written by one who could.
    fn by_one_person(&self, registry: &Registry, today: Date) -> impl Iterator<Item = String> {
        let two = registry.approval().two_persons;
        let alone = move |case: &&Case| two && case.state_on(today) == State::Granted && case.grants().len() < 2;
        self.cases
            .values()
            .filter(alone)
            .map(|case| format!("{} was granted by one officer; two decide here now", case.number()))
    }
}

/// What `check` remarks on: whatever is not as it should be between cases and registry.
pub(crate) fn remarks(config: &Path, registry: &Registry, today: Date) -> Vec<String> {
    match Shelf::open(config, registry) {
        Err(failure) => vec![failure.to_string()],
        Ok(shelf) => {
            let flaws = shelf.flaws.values().map(|flaw| flawed(flaw).to_string());
            flaws.chain(shelf.discrepancies(registry, today)).collect()
        }
    }
}

/// What is told about a row, with the next command.
pub(super) fn remark(unbacked: &Unbacked<'_>) -> String {
    let told = said(|| unbacked.told_ru(), || unbacked.told_en());
    tame(&format!("{told}: {}", unbacked.next()))
}

/// What is left to be done, or was done by hand, between a case and the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Granted, and the row is missing: the command was interrupted.
    RowMissing,
    /// There is no right, and the row still gives it: it came back, or the command was interrupted.
    InForce,
    /// The same with a row whose own days are over.
    RowStillThere,
    /// The row is as it should be, only the case does not say so yet.
    Unsaid,
    /// The row was taken out by hand.
    TakenOut,
}

/// Whether case and registry agree about the row; if not, what is told about it.
pub(super) fn discrepancy(case: &Case, registry: &Registry, day: Date) -> Option<(Left, String)> {
    let number = case.number();
    let row = rows_of(registry, number).next();
    let unbacked = rows_of(registry, number).filter_map(|row| Unbacked::find(row, |_| Known::Case(case), day));
    if let Some(stray) = unbacked.filter(Unbacked::is_stray).max_by_key(|stray| stray.in_force) {
        let left = if stray.in_force { Left::InForce } else { Left::RowStillThere };
        return Some((left, remark(&stray)));
    }
    match (case.row(), row) {
        (Row::Due, None) => Some((
            Left::RowMissing,
            format!("{number} is granted, its row is missing: `rsmev access approve {number}` completes it"),
        )),
        (Row::Due, Some(_)) => Some((
            Left::Unsaid,
            format!("{number}: its row is entered but not noted: `rsmev access approve {number}` completes it"),
        )),
        (Row::Leaving, None) => {
            let word = if case.has_expired() { "expire" } else { "revoke" };
            let told =
                format!("{number}: its row is removed but not noted: `rsmev access {word} {number}` completes it");
            Some((Left::Unsaid, told))
        }
        (Row::Entered, None) => {
            Some((Left::TakenOut, format!("{number} is granted, its row was taken out of the registry by hand")))
        }
        (Row::Entered | Row::Leaving, Some(_)) | (Row::None | Row::Removed, _) => None,
    }
}

/// The rows of the matrix that name an application.
pub(super) fn rows_of(registry: &Registry, number: Number) -> impl Iterator<Item = &AccessRow> {
    registry
        .access_rows()
        .iter()
        .filter(move |row| row.application.as_ref().is_some_and(|named| named.parse::<Number>() == Ok(number)))
}

/// A file that was tampered with.
pub(super) fn flawed(flaw: &Flaw) -> Failure {
    let russian = || format!("{DIRECTORY}/{}:{}: {}", flaw.file, flaw.line, flaw.refusal.sentence_ru());
    // What is wrong with a line may quote it.
    let failure = Failure::no(tame(&said(russian, || format!("{DIRECTORY}/{flaw}"))));
    match if Language::usual() == Language::Ru { flaw.refusal.hint_ru() } else { flaw.refusal.hint() } {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// What a case file holds. Nothing but a regular file is opened: a pipe would be waited for without end.
fn octets(path: &Path) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    edge::read_at_most(path, FILE_BYTES_MAX as u64)
}

/// The registered officers with their certificates.
fn officers(registry: &Registry) -> Result<Vec<Officer>, Failure> {
    let read = |officer: &domain::registry::Officer| {
        let certificate = Certificate::from_pem(&officer.certificate.octets).map_err(|error| {
            Failure::no(format!("{}: the certificate of {}: {error}", officer.place, officer.name))
                .hint("the file must hold one X.509 certificate, PEM")
        })?;
        let (name, side) = (officer.name.clone(), officer.side.clone());
        Ok(Officer { name, side, certificate, until: officer.until })
    };
    registry.officers().iter().map(read).collect()
}

/// The calendar that due dates are counted by.
pub(crate) fn calendar(config: &Path) -> Result<Calendar, Failure> {
    let path = root(config).join(CALENDAR);
    let octets = match edge::read_at_most(&path, office::calendar::FILE_BYTES_MAX as u64) {
        Ok(octets) => octets,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Calendar::default()),
        Err(error) => return Err(Failure::system(&format!("read {}", path.display()), error)),
    };
    let imported = Calendar::import(CALENDAR, &octets).map_err(|problems| {
        let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Failure::no(list.join("\n")).hint("import the calendar anew: `rsmev calendar import FILE`")
    })?;
    Ok(imported.calendar)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGUN: &str = concat!(
        "{\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\",",
        "\"at\":\"2026-11-27T09:00:00Z\",\"by\":\"ivanov\",\"event\":{\"request\":{\"number\":\"2026-17\",",
        "\"consumer\":\"SOCZ01641\",\"service\":\"SID0003245\",\"purpose\":\"p\",\"ground\":\"g\",\"volume\":1,",
        "\"until\":\"2027-12-31\",\"messages\":\"all\"}}}\n"
    );

    #[test]
    fn a_new_case_is_never_written_over_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let case = Case::read("2026-17".parse().unwrap(), BEGUN.as_bytes(), &[]).unwrap();
        let shelf = Shelf {
            directory: directory.path().to_owned(),
            officers: Vec::new(),
            cases: BTreeMap::new(),
            flaws: BTreeMap::new(),
        };
        shelf.keep(&case).unwrap();
        let path = shelf.path(case.number());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), BEGUN);
        std::fs::write(&path, "another's").unwrap();
        assert!(shelf.keep(&case).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "another's");
    }

    #[test]
    fn only_a_regular_file_is_opened_and_none_that_is_too_large() {
        let directory = tempfile::tempdir().unwrap();
        let (pipe, large) = (directory.path().join("pipe"), directory.path().join("large"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        std::fs::File::create(&large).unwrap().set_len(6_000_000).unwrap();
        for path in [directory.path(), &pipe, &large] {
            assert!(octets(path).is_err(), "{}", path.display());
        }
    }
}
