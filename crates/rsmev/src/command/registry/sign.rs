//! `registry sign`: an officer of the operator signs rights and keys of a state, after he is shown what he signs.

use std::path::Path;

use domain::Registry;
use office::application::Officer;
use office::approval::{Asked, PERSONS, Signature, is_in_office, judge, officers};
use office::difference::{between, whole};
use office::history::short;
use pki::{Certificate, Identity};

use super::side::Side;
use super::{Sign, diff};
use crate::approvals;
use crate::command::{journal, key, signature};
use crate::failure::Failure;
use crate::history::{History, Secrets};
use crate::language::Language;
use crate::registry_edit::{self, Held, OPEN};
use crate::terminal::tame;
use crate::{edge, print};

pub(super) fn sign(asked: &Sign) -> Result<(), Failure> {
    let config = asked.places.config.config.as_path();
    let directory = journal::directory(&asked.places)?;
    let history = History::of(&directory);
    let side = match &asked.state {
        Some(word) => Side::named(word, &history, config)?,
        None => Side::disk(config)?,
    };
    let identity = identity(asked)?;
    let protected = side.registry.protected_digest();
    let officer = officer(&side.registry, &directory, config, identity.certificate())?;
    let name = tame(&officer.name);
    show(&side, &history, config, &protected, asked.lang.unwrap_or_else(Language::usual))?;
    if asked.dry_run {
        return print::line("nothing was signed: --dry-run");
    }
    let held = Held::hold(config)?;
    let text = approvals::read(config, &protected)?;
    let node = side.registry.node().mnemonic.as_str();
    let now = edge::now();
    let after = approvals::follows(approvals::last_in_force_or_tell(&directory, config).as_ref());
    let signature = Signature::make(node, (&protected, &after), &identity, now, &edge::random())
        .map_err(|error| Failure::no(format!("{}: {error}", asked.key.display())))?;
    let wanted = Asked { node, protected: &protected, after: Some(&after), now };
    // A line that only says it is his and does not hold keeps nobody from signing.
    let own = judge(&text, &[officer], &wanted);
    if !own.signed.is_empty() {
        return Err(Failure::no(format!("{name} has signed rights and keys {} already", short(&protected)))
            .hint("another officer of the operator must sign, too"));
    }
    let line = serde_json::to_string(&signature).map_err(|error| Failure::system("write the signature", error))?;
    let whole = if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" } + &line + "\n";
    journal::changes(&asked.places, &format!("registry sign {protected}"), asked.reason.as_deref())?;
    write(&held, &protected, &whole)?;
    let verdict = judge(&whole, &officers(&side.registry), &wanted);
    let signed = verdict.signed.len().min(PERSONS);
    print::line(&format!("{name} has signed rights and keys {}: {signed} of {PERSONS}", short(&protected)))
}

fn identity(asked: &Sign) -> Result<Identity, Failure> {
    let bad = |path: &Path, error: pki::Error| Failure::no(format!("{}: {error}", path.display()));
    let certificate =
        Certificate::from_pem(&signature::read(&asked.certificate)?).map_err(|error| bad(&asked.certificate, error))?;
    let key = key::of_file(&asked.key, asked.key_passphrase_file.as_deref(), "--key-passphrase-file")?;
    Identity::new(certificate, key).map_err(|error| bad(&asked.key, error))
}

/// The officer of that certificate, in the state signed or in the one in force: who goes signs himself out.
fn officer(registry: &Registry, journal: &Path, config: &Path, certificate: &Certificate) -> Result<Officer, Failure> {
    let before = approvals::last_in_force_or_tell(journal, config);
    let all = officers(registry).into_iter().chain(before.iter().flat_map(officers));
    let found = all.into_iter().find(|officer| officer.certificate.der() == certificate.der());
    let Some(officer) = found else {
        let fingerprint = certificate.fingerprint().to_string();
        return Err(Failure::no(format!("{} is the certificate of no officer of the operator", short(&fingerprint)))
            .hint("officers stand in rows [[officer]] with side = \"operator\"; a production contour takes GOST keys only"));
    };
    if is_in_office(&officer, edge::now()) {
        return Ok(officer);
    }
    Err(Failure::no(format!("{} is not in office any more, or the certificate is not in force", tame(&officer.name)))
        .hint("see until of the row [[officer]] and the dates of the certificate: rsmev cert show FILE"))
}

/// What is signed: all that differs from the state signed last.
fn show(side: &Side, history: &History, config: &Path, protected: &str, language: Language) -> Result<(), Failure> {
    let log = history.log()?;
    let signed = log
        .entries
        .iter()
        .rev()
        .find(|entry| entry.protected != protected && approvals::file(config, &entry.protected).is_file());
    let last = signed.map(|entry| history.files(entry, config, Secrets::Absent)?.registry()).transpose()?;
    match &last {
        None => {
            print::line(language.of(
                "Подписанного состояния ещё нет: подписывается всё.",
                "No state is signed yet: all of it is signed.",
            ))?;
            diff::tell(&whole(&side.registry), &[], language)?;
        }
        Some(last) => diff::tell(&between(last, &side.registry), &[], language)?,
    }
    print::line(&format!("{} {protected}", language.of("права и ключи", "rights and keys")))
}

fn write(held: &Held, protected: &str, text: &str) -> Result<(), Failure> {
    let path = approvals::file(held.config(), protected);
    let trouble = |error| Failure::system(&format!("write {}", path.display()), error);
    registry_edit::make_directory(registry_edit::directory_of(&path), 0o755).map_err(trouble)?;
    registry_edit::write_whole(&path, text.as_bytes(), OPEN, None).map_err(trouble)
}
