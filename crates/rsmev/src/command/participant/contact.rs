//! `rsmev participant contact`: who is rung, and who stands in. Names are personal: the record of a change tells whose contact,
//! not who.

use super::{AddContact, word};
use crate::amend::{self, Amend, Done};
use crate::failure::Failure;
use crate::language::said;
use crate::names;
use crate::registry_edit::text::{Row, literal};

pub(super) fn add(words: &AddContact) -> Result<(), Failure> {
    let amend = Amend::begin(&words.amend)?;
    let registry = amend.registry();
    let participant = names::participant(registry, &words.participant)?;
    let code = participant.code.as_str();
    if names::contact(registry, code, &words.name).is_ok() {
        return Err(Failure::no(said(
            || format!("у участника {code} уже есть контакт {}", words.name),
            || format!("{code} has a contact {} already", words.name),
        ))
        .hint("`rsmev participant contact remove`"));
    }
    if let Some(substitute) = &words.substitute {
        names::contact(registry, code, substitute)?;
    }
    let mut row =
        vec![("participant", literal(code)), ("name", literal(&words.name)), ("role", literal(&word(&words.role)))];
    row.extend(words.phone.as_ref().map(|phone| ("phone", literal(phone))));
    row.extend(words.email.as_ref().map(|email| ("email", literal(email))));
    row.extend(words.until.map(|until| ("until", until.to_string())));
    row.extend(words.substitute.as_ref().map(|substitute| ("substitute", literal(substitute))));
    let mut draft = amend.draft_for("contact")?;
    draft.append("contact", &row)?;
    let done = Done {
        what: format!("participant contact add {code}"),
        told: said(
            || format!("контакт участника {code} записан: {}", words.name),
            || format!("a contact of {code} is registered: {}", words.name),
        ),
    };
    amend.finish(draft, &done)
}

pub(super) fn remove(participant: &str, name: &str, words: &amend::Words) -> Result<(), Failure> {
    let amend = Amend::begin(words)?;
    let registry = amend.registry();
    let participant = names::participant(registry, participant)?;
    let code = participant.code.as_str();
    let contact = names::contact(registry, code, name)?;
    let mut draft = amend.draft(&contact.place.file)?;
    draft.remove(Row::At { table: "contact", line: contact.place.line })?;
    let done = Done {
        what: format!("participant contact remove {code}"),
        told: said(
            || format!("контакт участника {code} убран: {name}"),
            || format!("a contact of {code} is removed: {name}"),
        ),
    };
    amend.finish(draft, &done)
}
