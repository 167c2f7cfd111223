//! `rsmev participant officer`: whose signatures stand under decisions about access and under states of the registry.

use std::path::Path;

use pki::Certificate;
use pki::trust::Objection;

use super::{AddOfficer, view};
use crate::amend::{self, Amend, Done};
use crate::command::cert::{board, checks, place};
use crate::command::system::elsewhere;
use crate::failure::Failure;
use crate::language::{said, told};
use crate::registry_edit::text::{Row, literal};
use crate::terminal::tame;
use crate::{edge, names, print, serve};

/// Where certificates of officers lie.
const CERTIFICATES: &str = "certs/officers";
/// The word for the operator's side.
const OPERATOR: &str = "operator";

pub(super) fn list(config: &Path, json: bool) -> Result<(), Failure> {
    let snapshot = serve::load(config)?;
    let officers = view::officers(snapshot.registry(), edge::day_of(edge::now()), |_| true);
    if json {
        return print::json(&officers);
    }
    if officers.is_empty() {
        print::talk(told("должностных лиц нет", "there is no officer"));
    }
    view::officers_table(&officers).print()
}

pub(super) fn add(words: &AddOfficer) -> Result<(), Failure> {
    let amend = Amend::begin(&words.amend)?;
    let registry = amend.registry();
    let side = if words.side == OPERATOR { OPERATOR } else { names::participant(registry, &words.side)?.code.as_str() };
    if names::officer(registry, &words.name).is_ok() {
        return Err(Failure::no(said(
            || format!("должностное лицо {} уже есть", words.name),
            || format!("there is an officer {} already", words.name),
        ))
        .hint("`rsmev participant officer remove`"));
    }
    let certificate = checks::certificate(&words.certificate)?;
    // A person is no system: whoever signs messages must not be able to sign decisions.
    checks::not_of_others(amend.snapshot(), &certificate, "")?;
    match board::judge(amend.snapshot(), &certificate, edge::now()) {
        None => {}
        Some(objection @ (Objection::Expired { .. } | Objection::Revoked { .. })) => {
            return Err(Failure::no(tame(&objection.to_string()))
                .hint(told("нужен действующий сертификат", "bring a certificate that is in force")));
        }
        Some(objection) => print::talk(&format!("{}: {}", told("замечание", "remark"), tame(&objection.to_string()))),
    }
    print::talk(&checks::line(&certificate, &words.certificate));
    let mut draft = amend.draft_for("officer")?;
    let name = format!("{}.pem", place::stem(side, &certificate));
    let written = place::within(draft.name(), CERTIFICATES, &name).ok_or_else(|| elsewhere(draft.name()))?;
    let mut row = vec![("name", literal(&words.name)), ("side", literal(side)), ("certificate", literal(&written))];
    row.extend(words.until.map(|until| ("until", until.to_string())));
    draft.append("officer", &row)?;
    draft.with_file(&written, certificate.to_pem().into_bytes());
    let done = Done {
        what: format!("participant officer add {side} {}", certificate.fingerprint()),
        told: said(
            || format!("{} подписывает решения за {side}", words.name),
            || format!("{} signs decisions for {side}", words.name),
        ),
    };
    amend.finish(draft, &done)
}

pub(super) fn remove(name: &str, words: &amend::Words) -> Result<(), Failure> {
    let amend = Amend::begin(words)?;
    let officer = names::officer(amend.registry(), name)?;
    let fingerprint = Certificate::from_pem(&officer.certificate.octets).ok().map(|one| one.fingerprint().to_string());
    let mut draft = amend.draft(&officer.place.file)?;
    draft.remove(Row::At { table: "officer", line: officer.place.line })?;
    let done = Done {
        what: format!("participant officer remove {}", fingerprint.unwrap_or_default()),
        told: said(
            || format!("{name} больше не подписывает решений; файл сертификата остаётся"),
            || format!("{name} signs decisions no more; the certificate's file stays"),
        ),
    };
    amend.finish(draft, &done)
}
