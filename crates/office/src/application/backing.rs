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

#[cfg(test)]
mod tests {
    use domain::registry::{Messages, Place};
    use domain::{Mnemonic, Sid, Version};
    use jiff::civil::date;

    use super::*;
    use crate::application::{Application, Rules};

    const DAY: Date = date(2026, 11, 27);

    fn row(application: Option<&str>) -> AccessRow {
        AccessRow {
            consumer: Mnemonic::new("SOCZ01641").unwrap(),
            service: Sid::new("SID0003245").unwrap(),
            version: None,
            operations: Vec::new(),
            from: None,
            until: Some(date(2026, 12, 31)),
            ground: "о".into(),
            application: application.map(str::to_owned),
            messages: Messages::All,
            place: Place { file: "access.toml".into(), line: 7 },
        }
    }

    fn asked() -> Application {
        let AccessRow { consumer, service, version, operations, messages, ground, .. } = row(None);
        let (number, until) = ("2026-17".parse().unwrap(), date(2026, 12, 31));
        let (purpose, contact, consent_of) = ("п".into(), None, None);
        Application {
            number,
            consumer,
            service,
            version,
            operations,
            purpose,
            ground,
            volume: 1,
            until,
            messages,
            contact,
            consent_of,
            participant: None,
        }
    }

    #[test]
    fn a_row_without_a_grant_behind_it_is_told_with_the_command_that_takes_it_out() {
        let at = "2026-11-26T09:00:00Z".parse().unwrap();
        let text = Case::request(asked(), "ivanov", at).unsigned();
        let case = Case::begin(asked().number, &text, Rules { officers: &[], persons: Some(1) }).unwrap();
        let named = row(Some("2026-17"));
        let (open, over) = (Known::Case(&case), date(2027, 1, 1));
        for (known, day, lack, in_force, next) in [
            (open, DAY, Lack::State(State::Submitted), true, "rsmev access revoke 2026-17"),
            (open, over, Lack::State(State::Expired), false, "rsmev access expire 2026-17"),
            (Known::NoFile, DAY, Lack::NoFile, true, "rsmev access revoke 2026-17"),
            (Known::Unreadable, DAY, Lack::Unreadable, true, "rsmev access show 2026-17"),
        ] {
            let found = Unbacked::find(&named, |_| known, day).unwrap();
            assert_eq!((&found.lack, found.in_force, found.next().as_str()), (&lack, in_force, next));
            assert_eq!(found.told_en().contains("its row access.toml:7 is STILL IN FORCE"), in_force);
            assert_eq!(
                found.is_stray(),
                lack != Lack::Unreadable,
                "nothing is taken out on a file that cannot be read"
            );
        }
        for other in [None, Some("17"), Some("приказ 17 от 2019 года")] {
            assert!(Unbacked::find(&row(other), |_| Known::NoFile, DAY).is_none(), "{other:?}");
        }
    }

    #[test]
    fn what_is_wider_or_longer_than_a_row_is_not_given_by_it() {
        type Change = fn(&mut Application, &mut AccessRow);
        let version = || Some(Version::new("1.00").unwrap());
        let changes: [(bool, Change); 9] = [
            (true, |_, _| ()),
            (true, |asked, _| asked.messages = Messages::Test),
            (true, |asked, row| (asked.operations, row.until) = (vec!["a".into()], None)),
            (false, |asked, _| asked.until = date(2027, 1, 1)),
            (false, |_, row| row.messages = Messages::Test),
            (false, |_, row| row.operations = vec!["a".into()]),
            (false, |_, row| row.from = Some(date(2026, 11, 28))),
            (false, |asked, _| asked.consumer = Mnemonic::new("ZAGS01641").unwrap()),
            (false, |asked, _| asked.service = Sid::new("SID0003564").unwrap()),
        ];
        for (number, (given, change)) in changes.into_iter().enumerate() {
            let (mut asked, mut row) = (asked(), row(None));
            change(&mut asked, &mut row);
            assert_eq!(asked.is_given_by(&row, DAY), given, "{number}");
        }
        let (mut asked, mut row) = (asked(), row(None));
        row.version = version();
        assert!(!asked.is_given_by(&row, DAY));
        asked.version = version();
        assert!(asked.is_given_by(&row, DAY));
    }
}
