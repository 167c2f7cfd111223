//! `rsmev cert retire`: takes a certificate of a system out of the registry. Its file stays where it is: signatures of the
//! past are read with it.

use std::path::Path;

use domain::Mnemonic;
use domain::registry::{FileRef, Signing, System};
use jiff::Timestamp;
use pki::{Certificate, Fingerprint};

use super::place::{CERTIFICATES, TRIAL};
use super::show::DIGITS_MIN;
use super::{board, bus, row_of, system_of};
use crate::failure::Failure;
use crate::registry_edit::Held;
use crate::registry_edit::text::Change;
use crate::{edge, print, serve};

/// What was asked for.
pub(super) struct Words {
    pub(super) system: Mnemonic,
    pub(super) which: String,
    pub(super) force: bool,
    pub(super) reload: bool,
}

/// A registered certificate by the list it stands in and its position there.
struct Pick {
    key: &'static str,
    at: usize,
    fingerprint: Fingerprint,
}

pub(super) fn retire(words: &Words, config: &Path) -> Result<(), Failure> {
    let held = Held::hold(config)?;
    let snapshot = serve::load(config)?;
    let system = system_of(&snapshot, &words.system)?;
    let pick = pick(system, &words.which)?;
    if pick.key == CERTIFICATES {
        let at = edge::now();
        let vouches = |certificate: &Certificate, at: Timestamp| board::judge(&snapshot, certificate, at).is_none();
        may_go(system, &pick, |certificate| vouches(certificate, at), words.force)?;
    }
    let row = row_of(system);
    let mut draft = held.edit(&system.place.file)?;
    let written = draft.values(row, pick.key)?.get(pick.at).cloned().unwrap_or_default();
    draft.change(row, Change::Remove { key: pick.key, value: &written })?;
    let snapshot = draft.commit()?;
    print::line(&format!("retired {} of {}: its messages are not taken any more", pick.fingerprint, words.system))?;
    print::talk(&format!("its file {written} stays: evidence signed with it is read with it"));
    bus::reload_or_tell(config, snapshot.registry(), words.reload)
}

/// The one certificate of a system whose fingerprint or serial number begins so.
fn pick(system: &System, which: &str) -> Result<Pick, Failure> {
    let digits = which.replace(':', "").to_ascii_lowercase();
    if digits.len() < DIGITS_MIN {
        return Err(Failure::usage(format!("{which:?} is too short: at least {DIGITS_MIN} digits name a certificate")));
    }
    let lists: [(&'static str, &[FileRef]); 2] =
        [(CERTIFICATES, &system.certificates), (TRIAL, &system.trial_certificates)];
    let mut fitting = Vec::new();
    for (key, files) in lists {
        for (at, file) in files.iter().enumerate() {
            let Ok(certificate) = Certificate::from_pem(&file.octets) else { continue };
            let fingerprint = *certificate.fingerprint();
            if fingerprint.to_string().starts_with(&digits) || certificate.serial_hex().starts_with(&digits) {
                fitting.push(Pick { key, at, fingerprint });
            }
        }
    }
    match fitting.len() {
        1 => fitting.pop().ok_or_else(|| Failure::no("no certificate")),
        0 => Err(Failure::no(format!("{} has no certificate {which}", system.mnemonic))
            .hint(format!("`rsmev cert show {}` shows those it has", system.mnemonic))),
        _ => Err(Failure::no(format!("several certificates of {} begin with {which}", system.mnemonic))
            .hint("give more digits")),
    }
}

/// The bus must not be left without the certificate it signs with, the system not without one in force.
fn may_go(system: &System, pick: &Pick, vouches: impl Fn(&Certificate) -> bool, force: bool) -> Result<(), Failure> {
    if matches!(system.signature, Signing::Hosted { .. }) && pick.at == 0 {
        return Err(Failure::no(format!("the bus signs for {} with this certificate", system.mnemonic))
            .hint("change it first: `rsmev cert rotate`"));
    }
    let mut others = system.certificates.iter().enumerate().filter(|(at, _)| *at != pick.at);
    let in_force = |file: &FileRef| Certificate::from_pem(&file.octets).is_ok_and(|certificate| vouches(&certificate));
    if force || others.any(|(_, file)| in_force(file)) {
        return Ok(());
    }
    Err(Failure::no(format!(
        "it is the last certificate of {} in force: without it all messages of the system are refused",
        system.mnemonic
    ))
    .hint("register its successor first (`rsmev cert add`), or say --force"))
}
