//! How a decision is made: the registry held, the case read, the line judged before anything is written; on record, then into
//! the case file, then into the registry; last the case notes that the registry has it.
//!
//! Whenever the machine stops in between, case and registry tell what is left to be done; the same command completes it,
//! without a second signature. What is decided, and by whom, is the verbs' business.

use jiff::Timestamp;
use jiff::civil::Date;
use office::application::{Case, Number, Refusal, Row, Rules, Step, day_of};
use serde::Serialize;

use super::row;
use super::shelf::{Shelf, discrepancy, rows_of};
use crate::amend::{self, Amend, Done};
use crate::command::journal;
use crate::failure::Failure;
use crate::language::{Language, said, told};
use crate::terminal::tame;
use crate::{edge, print, serve};

/// The registry held, with its cases.
pub(super) struct Desk<'w> {
    pub(super) amend: Amend<'w>,
    pub(super) shelf: Shelf,
    pub(super) words: &'w amend::Words,
    pub(super) now: Timestamp,
    pub(super) today: Date,
    pub(super) by: String,
}

/// What a decision did that is in the case only; the shape of `--json`.
#[derive(Serialize)]
struct Outcome<'a> {
    number: Number,
    event: &'a str,
    state: &'a str,
    sha256: String,
    dry_run: bool,
}

impl<'w> Desk<'w> {
    /// Takes registry and cases; tells what others have left undone.
    pub(super) fn open(words: &'w amend::Words) -> Result<Self, Failure> {
        let amend = Amend::begin(words)?;
        let shelf = Shelf::open(words.config(), amend.registry())?;
        let now = edge::now();
        // Whole seconds: nobody decides faster, and people read them.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let desk = Self { amend, shelf, words, now, today: day_of(now), by: journal::who() };
        for remark in desk.shelf.discrepancies(desk.amend.registry(), desk.today) {
            print::talk(&format!("remark: {remark}"));
        }
        Ok(desk)
    }

    /// How many officers of the operator decide.
    pub(super) fn persons(&self) -> u8 {
        if self.amend.registry().approval().two_persons { 2 } else { 1 }
    }

    /// By what new lines are judged.
    pub(super) fn rules(&self) -> Rules<'_> {
        Rules { officers: &self.shelf.officers, persons: Some(self.persons()) }
    }

    /// The reason, which must be given.
    pub(super) fn reason(&self) -> Result<&'w str, Failure> {
        let given = self.words.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
        given.ok_or_else(|| {
            Failure::usage(told("нужна причина; она остаётся в записи", "a reason is needed; it goes on record"))
                .hint("--reason \"…\"")
        })
    }

    /// The case with one line more.
    pub(super) fn appended(&self, case: &Case, text: &str) -> Result<Case, Failure> {
        let mut after = case.clone();
        after.append(text, self.rules()).map_err(|refusal| refused(case.number(), &refusal))?;
        Ok(after)
    }

    /// Ends a decision that the registry has no part in.
    pub(super) fn conclude(&self, action: &'static str, case: &Case, sentence: &str) -> Result<(), Failure> {
        let last = case.last();
        if !self.words.dry_run {
            self.decide(action, case)?;
        }
        if self.words.json {
            return print::json(&Outcome {
                number: case.number(),
                event: last.line.event.label(),
                state: case.state_on(self.today).label(),
                sha256: last.digest.to_string(),
                dry_run: self.words.dry_run,
            });
        }
        print::line(sentence)?;
        if self.words.dry_run {
            print::line(told("ничего не изменено: --dry-run", "nothing was changed: --dry-run"))
        } else {
            Ok(())
        }
    }

    /// Ends a decision that the registry has a part in: the row comes or goes.
    pub(super) fn carry_out(&self, action: &'static str, case: &Case) -> Result<(), Failure> {
        self.change_registry(action, case, true)
    }

    /// Completes what was interrupted; nothing is decided by it.
    pub(super) fn complete(&self, action: &'static str, case: &Case) -> Result<(), Failure> {
        self.change_registry(action, case, false)
    }

    /// Takes out rows that no application stands behind; nothing is decided by it, and the case says already all there is to say.
    pub(super) fn clear(&self, action: &'static str, number: Number) -> Result<(), Failure> {
        let told = said(
            || format!("{number}: строка, за которой нет доступа по заявке, изъята из матрицы"),
            || format!("{number}: the row, which the application did not stand behind, is out of the matrix"),
        );
        self.amend.finish(row::removed(&self.amend, number)?, &Done { what: format!("{action} {number}"), told })
    }

    /// On record, then into the case file.
    fn decide(&self, action: &'static str, case: &Case) -> Result<(), Failure> {
        let subject = format!("{} {}", case.number(), case.last().digest);
        journal::on_record(&self.words.places(), action, &subject, self.words.reason.as_deref())?;
        self.shelf.keep(case)
    }

    fn change_registry(&self, action: &'static str, case: &Case, decided: bool) -> Result<(), Failure> {
        let (number, registry) = (case.number(), self.amend.registry());
        let here = rows_of(registry, number).next().is_some();
        if here == (case.row() == Row::Due) {
            // The registry is as it should be already: only the case is to say so.
            if self.words.dry_run {
                return print::line(told("ничего не изменено: --dry-run", "nothing was changed: --dry-run"));
            }
            if decided {
                self.decide(action, case)?;
            }
            self.note(case)?;
            return print::line(&said(
                || format!("{number}: реестр соответствует заявке"),
                || format!("{number}: the registry is as the application says"),
            ));
        }
        let (draft, sentence) = if case.row() == Row::Due {
            let Step::Granted(granted) = case.step(self.today) else {
                return Err(Failure::no(format!("{number} gives no right any more"))
                    .hint(format!("`rsmev access expire {number}` closes it")));
            };
            (
                row::entered(&self.amend, granted)?,
                said(
                    || format!("{number}: доступ предоставлен, строка внесена в матрицу"),
                    || format!("{number}: granted, the row is in the matrix"),
                ),
            )
        } else {
            (
                row::removed(&self.amend, number)?,
                said(
                    || format!("{number}: доступа больше нет, строка изъята из матрицы"),
                    || format!("{number}: the row is out of the matrix"),
                ),
            )
        };
        // Checked before anything is written: a decision that the registry cannot take is none.
        draft.load()?;
        if decided && !self.words.dry_run {
            self.decide(action, case)?;
        }
        let done = Done { what: format!("{action} {number}"), told: sentence };
        let finished = self.amend.finish(draft, &done);
        if !self.words.dry_run {
            self.note(case)?;
        }
        finished
    }

    /// Notes in the case what the registry on disk says now; leaves it as it is when that is not what it should be.
    fn note(&self, case: &Case) -> Result<(), Failure> {
        let snapshot = serve::load(self.words.config())?;
        let registry = snapshot.registry();
        let here = rows_of(registry, case.number()).next().is_some();
        let line = match (case.row(), here) {
            (Row::Due, true) => case.entered(&self.by, self.now, registry.digest()),
            (Row::Leaving, false) => case.removed(&self.by, self.now, registry.digest()),
            _ => {
                if let Some((_, remark)) = discrepancy(case, registry, self.today) {
                    print::talk(&format!("remark: {remark}"));
                }
                return Ok(());
            }
        };
        let noted = self.appended(case, &line.unsigned())?;
        self.shelf.keep(&noted)
    }
}

/// A line that the case does not take.
pub(super) fn refused(number: Number, refusal: &Refusal) -> Failure {
    let failure =
        Failure::no(tame(&said(|| format!("{number}: {}", refusal.sentence_ru()), || format!("{number}: {refusal}"))));
    match if Language::usual() == Language::Ru { refusal.hint_ru() } else { refusal.hint() } {
        Some(hint) => failure.hint(hint.replace("NUMBER", &number.to_string())),
        None => failure,
    }
}
