//! `rsmev participant add|set|suspend|resume`: one row of the registry, changed through [`Amend`].

use domain::ParticipantCode;

use super::{Add, Agreement, One, Set, word};
use crate::amend::{Amend, Done};
use crate::failure::Failure;
use crate::language::said;
use crate::names;
use crate::registry_edit::text::{Change, Row, literal};

impl Agreement {
    /// As the registry writes it.
    fn toml(&self) -> Option<String> {
        let (number, date) = (self.number.as_ref()?, self.date?);
        Some(format!("{{ number = {}, date = {date} }}", literal(number)))
    }
}

pub(super) fn add(words: &Add) -> Result<(), Failure> {
    let code = ParticipantCode::new(&words.participant).map_err(|error| Failure::usage(error.to_string()))?;
    let amend = Amend::begin(&words.amend)?;
    if amend.registry().participant(&code).is_some() {
        return Err(Failure::no(said(
            || format!("участник {code} уже есть"),
            || format!("there is a participant {code} already"),
        ))
        .hint("`rsmev participant set`"));
    }
    let mut row =
        vec![("code", literal(code.as_str())), ("name", literal(&words.name)), ("kind", literal(&word(&words.kind)))];
    row.extend(words.agreement.toml().map(|agreement| ("agreement", agreement)));
    let mut draft = amend.draft_for("participant")?;
    draft.append("participant", &row)?;
    let done = Done {
        what: format!("participant add {code}"),
        told: said(
            || format!("участник {code} зарегистрирован; дальше: `rsmev system add`, `rsmev participant contact add`"),
            || format!("participant {code} is registered; next: `rsmev system add`, `rsmev participant contact add`"),
        ),
    };
    amend.finish(draft, &done)
}

pub(super) fn set(words: &Set) -> Result<(), Failure> {
    let amend = Amend::begin(&words.amend)?;
    let participant = names::participant(amend.registry(), &words.participant)?;
    let code = participant.code.as_str();
    let mut draft = amend.draft(&participant.place.file)?;
    if let Some(name) = &words.name {
        draft.change(row(code), Change::Set { key: "name", value: name, after: "code" })?;
    }
    if let Some(kind) = &words.kind {
        draft.change(row(code), Change::Set { key: "kind", value: &word(kind), after: "name" })?;
    }
    if let Some(agreement) = words.agreement.toml() {
        draft.change(row(code), Change::Put { key: "agreement", toml: &agreement, after: "kind" })?;
    }
    let done = Done {
        what: format!("participant set {code}"),
        told: said(|| format!("участник {code} изменён"), || format!("participant {code} is changed")),
    };
    amend.finish(draft, &done)
}

pub(super) fn suspend(words: &One) -> Result<(), Failure> {
    let reason = words.amend.reason.as_deref().unwrap_or_default();
    change(words, Change::Set { key: "suspended", value: reason, after: "kind" }, "suspend", |code| {
        said(
            || format!("участник {code} приостановлен: {reason}"),
            || format!("participant {code} is suspended: {reason}"),
        )
    })
}

pub(super) fn resume(words: &One) -> Result<(), Failure> {
    change(words, Change::Unset { key: "suspended" }, "resume", |code| {
        said(|| format!("участник {code} снова участвует"), || format!("participant {code} takes part again"))
    })
}

fn change(words: &One, change: Change<'_>, verb: &str, told: impl Fn(&str) -> String) -> Result<(), Failure> {
    let amend = Amend::begin(&words.amend)?;
    let participant = names::participant(amend.registry(), &words.participant)?;
    let code = participant.code.as_str();
    let mut draft = amend.draft(&participant.place.file)?;
    draft.change(row(code), change)?;
    amend.finish(draft, &Done { what: format!("participant {verb} {code}"), told: told(code) })
}

fn row(code: &str) -> Row<'_> {
    Row::Entry { table: "participant", key: "code", value: code }
}
