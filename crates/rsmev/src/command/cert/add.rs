//! `rsmev cert add`: one certificate more for a system, in force or on trial.

use std::path::{Path, PathBuf};

use domain::Mnemonic;
use domain::registry::System;
use gateway::Snapshot;
use pki::Certificate;

use super::place::{CERTIFICATES, TRIAL, beside, stem, written_as};
use super::{bus, checks, row_of, system_of};
use crate::failure::Failure;
use crate::registry_edit::text::{Change, End};
use crate::registry_edit::{Held, OPEN, Placed};
use crate::{edge, print, serve};

/// What was asked for.
pub(super) struct Words {
    pub(super) system: Mnemonic,
    pub(super) file: PathBuf,
    pub(super) trial: bool,
    pub(super) reload: bool,
}

pub(super) fn add(words: &Words, config: &Path) -> Result<(), Failure> {
    let held = Held::hold(config)?;
    let snapshot = serve::load(config)?;
    let system = system_of(&snapshot, &words.system)?;
    let certificate = checks::certificate(&words.file)?;
    if is_there(system, &certificate, words.trial) {
        print::line(&format!("{} is registered for {} already", words.file.display(), system.mnemonic))?;
        return bus::reload_or_tell(config, snapshot.registry(), words.reload);
    }
    checks::not_of_others(&snapshot, &certificate, system.mnemonic.as_str())?;
    checks::fit(&snapshot, &certificate, edge::now())?;
    if let Some(newest) = newest(system) {
        checks::tell_renamed(&newest, &certificate)?;
    }
    let (snapshot, placed) = register(&held, system, &certificate, words.trial)?;
    print::line(&checks::line(&certificate, placed.path()))?;
    print::line(&format!(
        "{} for {}: {}",
        if words.trial { "on trial" } else { "registered" },
        words.system,
        if words.trial {
            "its messages with TestMsg are taken, others are not"
        } else {
            "its messages and those of the certificates before it are taken"
        },
    ))?;
    bus::reload_or_tell(config, snapshot.registry(), words.reload)
}

/// Is it registered as asked? A certificate in force needs no trial.
fn is_there(system: &System, certificate: &Certificate, trial: bool) -> bool {
    let holds = |files: &[domain::registry::FileRef]| {
        files.iter().filter_map(|file| Certificate::from_pem(&file.octets).ok()).any(|known| known == *certificate)
    };
    holds(&system.certificates) || (trial && holds(&system.trial_certificates))
}

/// The registered certificate of a system that ends last.
pub(super) fn newest(system: &System) -> Option<Certificate> {
    let registered = system.certificates.iter().filter_map(|file| Certificate::from_pem(&file.octets).ok());
    registered.max_by_key(Certificate::not_after)
}

/// Puts the file beside the others and names it in the system's row; out of the trial list, when it stood there.
fn register(
    held: &Held,
    system: &System,
    certificate: &Certificate,
    trial: bool,
) -> Result<(Snapshot, Placed), Failure> {
    let holder = system.place.file.to_string();
    let row = row_of(system);
    let mut draft = held.edit(&holder)?;
    let written = draft.values(row, CERTIFICATES)?.first().cloned().unwrap_or_default();
    let spot = beside(held.root(), &holder, &written, &format!("{}.pem", stem(system.mnemonic.as_str(), certificate)));
    if trial {
        draft.change(row, Change::Add { key: TRIAL, value: &spot.written, end: End::Last, after: CERTIFICATES })?;
    } else {
        let value = &spot.written;
        draft.change(row, Change::Add { key: CERTIFICATES, value, end: End::Last, after: "mnemonic" })?;
        if let Some(value) = written_as(&draft.values(row, TRIAL)?, &system.trial_certificates, certificate) {
            draft.change(row, Change::Remove { key: TRIAL, value: &value })?;
        }
    }
    let placed = Placed::put(spot.path, certificate.to_pem().as_bytes(), OPEN)?;
    match draft.commit() {
        Ok(snapshot) => Ok((snapshot, placed)),
        Err(failure) => {
            placed.take_away();
            Err(failure)
        }
    }
}
