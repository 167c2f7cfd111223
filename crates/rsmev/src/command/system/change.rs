//! `rsmev system add|set|suspend|resume`: one row of the registry, changed through [`Amend`].

use domain::Mnemonic;

use super::{Add, One, Set};
use crate::amend::{Amend, Done};
use crate::command::cert::{checks, place};
use crate::edge;
use crate::failure::Failure;
use crate::language::{said, told};
use crate::names;
use crate::print;
use crate::registry_edit::text::{Change, End, Row, literal, literals};

/// Where certificates of systems lie.
const CERTIFICATES: &str = "certs/is";

pub(super) fn add(words: &Add) -> Result<(), Failure> {
    let mnemonic = Mnemonic::new(&words.system).map_err(|error| Failure::usage(error.to_string()))?;
    let amend = Amend::begin(&words.amend)?;
    let registry = amend.registry();
    if registry.system(&mnemonic).is_some() {
        return Err(Failure::no(said(
            || format!("система {mnemonic} уже есть"),
            || format!("there is a system {mnemonic} already"),
        ))
        .hint("`rsmev system set`, `rsmev cert add`"));
    }
    let participant = names::participant(registry, &words.participant)?;
    for agency in &words.agencies {
        names::participant(registry, agency)?;
    }
    let certificate = checks::certificate(&words.certificate)?;
    checks::not_of_others(amend.snapshot(), &certificate, mnemonic.as_str())?;
    checks::fit(amend.snapshot(), &certificate, edge::now())?;
    print::talk(&checks::line(&certificate, &words.certificate));
    let file = &participant.place.file;
    let name = format!("{}.pem", place::stem(mnemonic.as_str(), &certificate));
    let written = place::within(file, CERTIFICATES, &name).ok_or_else(|| elsewhere(file))?;
    let list = |values: &[String]| literals(values.iter().map(String::as_str));
    let mut row = vec![("mnemonic", literal(mnemonic.as_str())), ("participant", literal(participant.code.as_str()))];
    row.extend(words.name.as_ref().map(|name| ("name", literal(name))));
    row.push(("certificates", literals([written.as_str()])));
    row.push(("signature", literal("own")));
    row.extend((!words.codes.is_empty()).then(|| ("codes", list(&words.codes))));
    row.extend((!words.agencies.is_empty()).then(|| ("agencies", list(&words.agencies))));
    let mut draft = amend.draft(file)?;
    draft.append("system", &row)?;
    draft.with_file(&written, certificate.to_pem().into_bytes());
    let done = Done {
        what: format!("system add {mnemonic}"),
        told: said(
            || format!("система {mnemonic} зарегистрирована; прав у неё пока нет"),
            || format!("system {mnemonic} is registered; it has no rights yet"),
        ),
    };
    amend.finish(draft, &done)
}

/// A file of rows that lies outside of the registry's directory.
pub(crate) fn elsewhere(file: &str) -> Failure {
    Failure::no(format!("{file} is outside of the directory of the registry"))
        .hint(told("запишите строку и сертификат вручную", "write the row and place the certificate by hand"))
}

pub(super) fn set(words: &Set) -> Result<(), Failure> {
    let amend = Amend::begin(&words.amend)?;
    let registry = amend.registry();
    let system = names::system(registry, &words.system)?;
    for agency in &words.add_agency {
        names::participant(registry, agency)?;
    }
    let row = row(system.mnemonic.as_str());
    let mut draft = amend.draft(&system.place.file)?;
    if let Some(name) = &words.name {
        draft.change(row, Change::Set { key: "name", value: name, after: "participant" })?;
    }
    for (key, added, removed) in
        [("codes", &words.add_code, &words.remove_code), ("agencies", &words.add_agency, &words.remove_agency)]
    {
        for value in removed {
            if !draft.values(row, key)?.contains(value) {
                let text = said(
                    || format!("у системы {} нет {value} в {key}", system.mnemonic),
                    || format!("{} has no {value} in {key}", system.mnemonic),
                );
                return Err(Failure::no(text).hint(format!("`rsmev system show {}`", system.mnemonic)));
            }
            draft.change(row, Change::Remove { key, value })?;
        }
        for value in added {
            draft.change(row, Change::Add { key, value, end: End::Last, after: "signature" })?;
        }
    }
    let done = Done {
        what: format!("system set {}", system.mnemonic),
        told: said(
            || format!("система {} изменена", system.mnemonic),
            || format!("system {} is changed", system.mnemonic),
        ),
    };
    amend.finish(draft, &done)
}

pub(super) fn suspend(words: &One) -> Result<(), Failure> {
    let reason = words.amend.reason.as_deref().unwrap_or_default();
    change(words, Change::Set { key: "suspended", value: reason, after: "signature" }, "suspend", |mnemonic| {
        said(
            || format!("система {mnemonic} приостановлена: {reason}"),
            || format!("system {mnemonic} is suspended: {reason}"),
        )
    })
}

pub(super) fn resume(words: &One) -> Result<(), Failure> {
    change(words, Change::Unset { key: "suspended" }, "resume", |mnemonic| {
        said(|| format!("система {mnemonic} снова работает"), || format!("system {mnemonic} works again"))
    })
}

fn change(words: &One, change: Change<'_>, verb: &str, told: impl Fn(&str) -> String) -> Result<(), Failure> {
    let amend = Amend::begin(&words.amend)?;
    let system = names::system(amend.registry(), &words.system)?;
    let mnemonic = system.mnemonic.as_str();
    let mut draft = amend.draft(&system.place.file)?;
    draft.change(row(mnemonic), change)?;
    amend.finish(draft, &Done { what: format!("system {verb} {mnemonic}"), told: told(mnemonic) })
}

fn row(mnemonic: &str) -> Row<'_> {
    Row::Entry { table: "system", key: "mnemonic", value: mnemonic }
}
