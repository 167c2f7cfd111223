//! Rows of the matrix against the applications they name. A row gives its right whatever became of the application: one that
//! came back with an old registry, or was written by hand, must be told. Nothing is taken out here.

use domain::registry::AccessRow;
use jiff::civil::Date;

use super::{Case, Number, Row, State};
use crate::need::in_force;

/// What is known of an application.
#[derive(Debug, Clone, Copy)]
pub enum Known<'c> {
    /// Its case.
    Case(&'c Case),
    /// There is a case file, and it cannot be read.
    Unreadable,
    /// There is no case file.
    NoFile,
}

/// Why an application does not stand behind a row that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// It gives no right: it is not granted, or no longer.
    State(State),
    /// It has no case file.
    NoFile,
    /// Its case file cannot be read: nobody can tell.
    Unreadable,
    /// It is for another system or service; told with both.
    Other(String),
    /// The row says something else than the application.
    Differs,
}

/// A row of the matrix that the application it names does not stand behind.
#[derive(Debug, Clone)]
pub struct Unbacked<'r> {
    /// The row.
    pub row: &'r AccessRow,
    /// The application it names.
    pub number: Number,
    /// What is wrong.
    pub lack: Lack,
    /// Does the row give a right on the day that was asked about?
    pub in_force: bool,
}

impl<'r> Unbacked<'r> {
    /// Looks at a row on a day; none when its application stands behind it, or when it names none by a number.
    pub fn find<'c>(row: &'r AccessRow, known: impl FnOnce(Number) -> Known<'c>, day: Date) -> Option<Unbacked<'r>> {
        let number: Number = row.application.as_ref()?.parse().ok()?;
        let in_force = in_force(row, day);
        let lack = match known(number) {
            Known::NoFile => Lack::NoFile,
            Known::Unreadable => Lack::Unreadable,
            Known::Case(case) => lack(row, case, day, in_force)?,
        };
        Some(Unbacked { row, number, lack, in_force })
    }

    /// Is the row there without any right behind it: to be taken out, with nothing to decide?
    pub fn is_stray(&self) -> bool {
        matches!(self.lack, Lack::State(_) | Lack::NoFile)
    }

    /// What there is to say, in English.
    pub fn told_en(&self) -> String {
        let (number, place) = (self.number, &self.row.place);
        let there = if self.in_force { "STILL IN FORCE" } else { "still there" };
        match &self.lack {
            Lack::State(state) => format!("{number} is {}, and its row {place} is {there}", state.label()),
            Lack::NoFile => format!("{number}: its case file is missing, and its row {place} is {there}"),
            Lack::Unreadable => format!("{number}: its case file cannot be read, and its row {place} is {there}"),
            Lack::Other(asked) => format!("{place}: application {number} is for {asked}"),
            Lack::Differs => format!("{place}: the row does not say what application {number} does"),
        }
    }

    /// The same in Russian.
    pub fn told_ru(&self) -> String {
        let (number, place) = (self.number, &self.row.place);
        let there = if self.in_force { "ВСЁ ЕЩЁ ДЕЙСТВУЕТ" } else { "осталась" };
        match &self.lack {
            Lack::State(state) => format!("{number}: {}, а строка {place} {there}", state.label_ru()),
            Lack::NoFile => format!("{number}: файла заявки нет, а строка {place} {there}"),
            Lack::Unreadable => format!("{number}: файл заявки не читается, а строка {place} {there}"),
            Lack::Other(asked) => format!("{place}: заявка {number} подана на другое: {asked}"),
            Lack::Differs => format!("{place}: в строке не то, что в заявке {number}"),
        }
    }

    /// The next command.
    pub fn next(&self) -> String {
        let verb = match &self.lack {
            Lack::State(State::Expired) => "expire",
            Lack::State(_) | Lack::NoFile => "revoke",
            Lack::Unreadable | Lack::Other(_) | Lack::Differs => "show",
        };
        format!("rsmev access {verb} {}", self.number)
    }
}

fn lack(row: &AccessRow, case: &Case, day: Date, in_force: bool) -> Option<Lack> {
    let (asked, state) = (case.application(), case.state_on(day));
    // A granted right whose days are over ends by itself: its row may stay until somebody notes it.
    let ends_by_itself = matches!(case.row(), Row::Due | Row::Entered) && !in_force;
    if state != State::Granted && !ends_by_itself {
        return Some(Lack::State(state));
    }
    if asked.consumer != row.consumer || asked.service != row.service {
        return Some(Lack::Other(format!("{} and {}", asked.consumer, asked.service)));
    }
    let differs = row.version != asked.version
        || row.operations != asked.operations
        || row.messages != asked.messages
        || row.until.is_none_or(|until| until > asked.until);
    differs.then_some(Lack::Differs)
}
