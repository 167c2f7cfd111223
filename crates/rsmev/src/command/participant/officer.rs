//! `rsmev participant officer`: whose signatures stand under decisions about access and under states of the registry.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pki::Certificate;
use pki::trust::Objection;

use super::{AddOfficer, view};
use crate::amend::{self, Amend, Done};
use crate::command::cert::{board, checks, place};
use crate::command::system::elsewhere;
use crate::failure::Failure;
use crate::language::{said, told};
use crate::registry_edit::directory_of;
use crate::registry_edit::text::{Change, Row, literal};
use crate::terminal::tame;
use crate::{edge, names, print, serve};

/// Where certificates of officers lie.
const CERTIFICATES: &str = "certs/officers";
/// The word for the operator's side.
const OPERATOR: &str = "operator";
/// Where decisions signed by officers lie, beside the entry file.
const DECISIONS: [&str; 2] = ["applications", "approvals"];

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
    let has_signed = fingerprint.as_deref().map_or(Ok(false), |one| has_signed(words.config(), one))?;
    let mut draft = amend.draft(&officer.place.file)?;
    let row = Row::At { table: "officer", line: officer.place.line };
    let told = if has_signed {
        let today = edge::day_of(edge::now());
        // Whose last day has been stays as it is: nobody is brought back into office by this.
        let until = officer.until.map_or(today, |until| until.min(today));
        draft.change(row, Change::Put { key: "until", toml: &until.to_string(), after: "certificate" })?;
        said(
            || format!("под решениями стоят подписи {name}: строка остаётся, последний день полномочий — {until}"),
            || format!("decisions bear signatures of {name}: the row stays, the last day in office is {until}"),
        )
    } else {
        draft.remove(row)?;
        said(
            || format!("{name} больше не подписывает решений; файл сертификата остаётся"),
            || format!("{name} signs decisions no more; the certificate's file stays"),
        )
    };
    amend.finish(draft, &Done { what: format!("participant officer remove {}", fingerprint.unwrap_or_default()), told })
}

/// Is there a case or an approval with a line that bears a signature of that certificate? Without the officer's row it could not be
/// checked any more.
fn has_signed(config: &Path, fingerprint: &str) -> Result<bool, Failure> {
    for directory in DECISIONS {
        let directory = directory_of(config).join(directory);
        let unread = |path: &Path, error| Failure::system(&format!("read {}", path.display()), error);
        for path in listed(&directory).map_err(|error| unread(&directory, error))? {
            let octets = edge::read(&path).map_err(|error| unread(&path, error))?;
            if octets.windows(fingerprint.len()).any(|part| part == fingerprint.as_bytes()) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Files of lines in a directory; none when it is not there.
fn listed(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    Ok(paths.into_iter().filter(|path| path.extension().is_some_and(|found| found == "jsonl")).collect())
}
