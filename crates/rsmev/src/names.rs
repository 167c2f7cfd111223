//! Names that people give on the command line, looked up in the registry. One that is not there suggests the one that may
//! have been meant, and says which command lists them.

use domain::registry::{Contact, Officer, Participant, Service, System};
use domain::{Registry, spelling};

use crate::failure::Failure;
use crate::language::{self, said};
use crate::terminal::tame;

/// What a name stands for, in both languages: as it reads behind "no …" and "нет …".
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// Genitive: `системы`.
    pub(crate) ru: &'static str,
    /// `system`.
    pub(crate) en: &'static str,
    /// The command that lists such names.
    pub(crate) list: &'static str,
}

const PARTICIPANT: Kind = Kind { ru: "участника", en: "participant", list: "rsmev participant list" };
const SYSTEM: Kind = Kind { ru: "системы", en: "system", list: "rsmev system list" };
const SERVICE: Kind = Kind { ru: "сервиса", en: "service", list: "rsmev service list" };
const VERSION: Kind = Kind { ru: "версии", en: "version", list: "rsmev service list" };
const CONTACT: Kind = Kind { ru: "контакта", en: "contact", list: "rsmev participant show" };
const OFFICER: Kind =
    Kind { ru: "должностного лица", en: "officer", list: "rsmev participant officer list" };

/// The one of `all` that has exactly that name; otherwise the answer is no, with the nearest name as a hint.
pub(crate) fn known<'a, T>(kind: Kind, name: &str, all: impl IntoIterator<Item = (&'a str, T)>) -> Result<T, Failure> {
    let mut others = Vec::new();
    for (known, value) in all {
        if known == name {
            return Ok(value);
        }
        others.push(known);
    }
    Err(unknown(kind, name, others))
}

/// There is nothing of that name.
pub(crate) fn unknown<'a>(kind: Kind, name: &str, all: impl IntoIterator<Item = &'a str>) -> Failure {
    let text = said(|| format!("нет {} {name}", kind.ru), || format!("there is no {} {name}", kind.en));
    let all: Vec<&str> = all.into_iter().collect();
    // Half a name is a slip too, when only one begins so.
    let mut begun = all.iter().copied().filter(|known| known.to_lowercase().starts_with(&name.to_lowercase()));
    let only = begun.next().filter(|_| !name.is_empty() && begun.next().is_none());
    Failure::no(text).hint(match spelling::nearest(name, all.iter().copied()).or(only) {
        Some(near) => said(|| format!("может быть, {}?", tame(near)), || format!("did you mean {}?", tame(near))),
        None => format!("`{}` {}", kind.list, language::told("покажет все", "lists them")),
    })
}

/// The participant of that code.
pub(crate) fn participant<'r>(registry: &'r Registry, code: &str) -> Result<&'r Participant, Failure> {
    known(PARTICIPANT, code, registry.participants().iter().map(|row| (row.code.as_str(), row)))
}

/// The system of that mnemonic.
pub(crate) fn system<'r>(registry: &'r Registry, mnemonic: &str) -> Result<&'r System, Failure> {
    known(SYSTEM, mnemonic, registry.systems().iter().map(|row| (row.mnemonic.as_str(), row)))
}

/// All versions of a service, in file order; at least one.
pub(crate) fn versions<'r>(registry: &'r Registry, sid: &str) -> Result<Vec<&'r Service>, Failure> {
    let found: Vec<_> = registry.services().iter().filter(|row| row.sid.as_str() == sid).collect();
    if found.is_empty() {
        return Err(unknown(SERVICE, sid, registry.services().iter().map(|row| row.sid.as_str())));
    }
    Ok(found)
}

/// One version of a service; without a version the only one.
pub(crate) fn service<'r>(registry: &'r Registry, sid: &str, version: Option<&str>) -> Result<&'r Service, Failure> {
    let versions = versions(registry, sid)?;
    match (version, versions.as_slice()) {
        (Some(version), _) => known(VERSION, version, versions.iter().map(|row| (row.version.as_str(), *row))),
        (None, [only]) => Ok(only),
        (None, several) => {
            let names: Vec<_> = several.iter().map(|row| row.version.as_str()).collect();
            let names = names.join(", ");
            Err(Failure::usage(said(
                || format!("у сервиса {sid} несколько версий: {names}"),
                || format!("service {sid} has several versions: {names}"),
            ))
            .hint(language::told("назовите версию", "name the version")))
        }
    }
}

/// A contact of a participant, by name.
pub(crate) fn contact<'r>(registry: &'r Registry, participant: &str, name: &str) -> Result<&'r Contact, Failure> {
    let all = registry.contacts().iter().filter(|row| row.participant.as_str() == participant);
    known(CONTACT, name, all.map(|row| (row.name.as_str(), row)))
}

/// An officer, by name.
pub(crate) fn officer<'r>(registry: &'r Registry, name: &str) -> Result<&'r Officer, Failure> {
    known(OFFICER, name, registry.officers().iter().map(|row| (row.name.as_str(), row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_suggests_the_name_and_a_stranger_the_list() {
        let all = || [("SOCZ01641", 1), ("ADMS01641", 2)];
        assert_eq!(known(SYSTEM, "ADMS01641", all()).unwrap(), 2);
        for (name, hint) in [
            ("SOCZ0161", "SOCZ01641?"),
            ("adms01641", "ADMS01641?"),
            ("Adm", "ADMS01641?"),
            ("MVD", "`rsmev system list`"),
        ] {
            let told = known(SYSTEM, name, all()).unwrap_err().to_string();
            assert!(told.contains(name) && told.contains(hint), "{told}");
        }
    }
}
