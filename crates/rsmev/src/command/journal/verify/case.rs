//! A case file, checked by itself: that it is whole, that each record is what its head says, that the node signed for it, and that the
//! signatures of the messages hold.

use std::collections::BTreeSet;
use std::path::Path;

use domain::Limits;
use journal::proof::{Cover, Lifted};
use journal::{Digest, Kind, RecordId, Role};
use serde::Serialize;
use serde_json::json;
use xmldsig::Document;

use super::NAME_THE_NODE;
use crate::case::{Case, Files, Piece, REPORT, archive, role_word};
use crate::command::signature::{MessageFile, Trust, judge};
use crate::failure::Failure;
use crate::language::Language;
use crate::node_certificates::{Anybody, NodeCertificates};
use crate::print;
use crate::terminal::tame;

/// What was found about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Holds,
    Fails,
    /// It cannot be said from what is here; whoever asks must not take it for a yes.
    CannotBeSaid,
    /// Nothing that has to hold.
    Noted,
}

#[derive(Debug, Serialize)]
struct Row {
    state: State,
    ru: String,
    en: String,
}

/// The table while it grows.
#[derive(Debug, Default)]
struct Table(Vec<Row>);

impl Table {
    fn add(&mut self, state: State, ru: impl Into<String>, en: impl Into<String>) {
        self.0.push(Row { state, ru: ru.into(), en: en.into() });
    }

    fn has(&self, state: State) -> bool {
        self.0.iter().any(|row| row.state == state)
    }
}

pub(super) fn verify(
    path: &Path,
    octets: &[u8],
    known: &NodeCertificates,
    language: Language,
    json: bool,
) -> Result<(), Failure> {
    let files = archive::read(octets).map_err(|why| Failure::no(tame(&format!("{}: {why}", path.display()))))?;
    let mut table = Table::default();
    examine(&files, known, &mut table);
    let holds = !table.has(State::Fails) && !table.has(State::CannotBeSaid);
    if json {
        print::json(&json!({"file": path.display().to_string(), "holds": holds, "findings": table.0}))?;
    } else {
        for row in &table.0 {
            let word = match row.state {
                State::Holds => language.of("верно      ", "holds      "),
                State::Fails => language.of("НЕ ВЕРНО   ", "FAILS      "),
                State::CannotBeSaid => language.of("не сказать ", "cannot say "),
                State::Noted => language.of("к сведению ", "noted      "),
            };
            print::line(&format!("{word} {}", tame(language.of(&row.ru, &row.en))))?;
        }
    }
    if holds && !json {
        print::line(language.of("итог: всё верно", "in all: everything holds"))?;
    }
    if table.has(State::Fails) {
        return Err(Failure::no(format!("{} does not hold", path.display())));
    }
    if !holds {
        let failure = Failure::no("nothing is wrong, but not everything can be said");
        return Err(if known.is_empty() { failure.hint(NAME_THE_NODE) } else { failure });
    }
    Ok(())
}

fn examine(files: &Files, known: &NodeCertificates, table: &mut Table) {
    let unlisted = Case::unlisted(files);
    if unlisted.is_empty() {
        table.add(
            State::Holds,
            format!("состав: {} файлов, суммы сходятся с описью", files.len()),
            format!("contents: {} files, their digests are those of the manifest", files.len()),
        );
    } else {
        let names = unlisted.join(", ");
        table.add(
            State::Fails,
            format!("состав: не сходятся с описью: {names}"),
            format!("contents: not as the manifest lists them: {names}"),
        );
    }
    let case = match Case::read(files) {
        Ok(case) => case,
        Err(why) => {
            return table.add(
                State::Fails,
                format!("дело не читается: {why}"),
                format!("the case cannot be read: {why}"),
            );
        }
    };
    derived(&case, files, table);
    if !case.made.complete {
        table.add(
            State::CannotBeSaid,
            "полнота: при составлении поиск был остановлен или часть журнала не читалась",
            "completeness: when it was made the search was stopped, or a part of the journal could not be read",
        );
    }
    if case.pieces.is_empty() {
        table.add(State::Fails, "в деле нет записей", "the case has no records");
    }
    let mut covers: Vec<&Cover> = Vec::new();
    for piece in &case.pieces {
        record(piece, table);
        if let Some((_, cover)) = &piece.proof
            && !covers.contains(&cover)
        {
            covers.push(cover);
        }
    }
    for cover in covers {
        signed(cover, &case, known, table);
    }
    registry(&case, table);
}

/// What follows from the evidence is what this program makes of it.
fn derived(case: &Case, files: &Files, table: &mut Table) {
    let again = case.files();
    let names: BTreeSet<&String> = again.keys().chain(files.keys()).collect();
    let differing: Vec<&str> =
        names.into_iter().filter(|name| again.get(*name) != files.get(*name)).map(String::as_str).collect();
    let other_program = case.made.program != env!("CARGO_PKG_VERSION");
    let wording = differing.iter().all(|name| matches!(*name, REPORT | crate::case::MANIFEST));
    if differing.is_empty() {
        table.add(
            State::Holds,
            "отчёт и собранные сообщения следуют из доказательств",
            "the report and the messages put together follow from the evidence",
        );
    } else if other_program && wording {
        let program = &case.made.program;
        table.add(
            State::Noted,
            format!("отчёт составлен другой версией программы ({program}) и с доказательствами не сравнивался"),
            format!("the report was worded by another version of the program ({program}) and not compared"),
        );
    } else {
        let names = differing.join(", ");
        table.add(
            State::Fails,
            format!("не следует из доказательств: {names}"),
            format!("does not follow from the evidence: {names}"),
        );
    }
}

/// One record: its digests, its path, the signatures of its messages. What holds of it is told in one row.
fn record(piece: &Piece, table: &mut Table) {
    let id = &piece.id;
    let lifted = match piece.lifted() {
        Ok(lifted) => lifted,
        Err(why) => {
            return table.add(
                State::Fails,
                format!("запись {id}: октеты не те, что записаны: {why}"),
                format!("record {id}: these are not the octets on record: {why}"),
            );
        }
    };
    let mut good = (vec!["октеты те, что записаны".to_owned()], vec!["its octets are those on record".to_owned()]);
    match &piece.proof {
        None => table.add(
            State::CannotBeSaid,
            format!("запись {id}: ещё не под подписью узла"),
            format!("record {id}: not yet under the node's signature"),
        ),
        Some((proof, cover)) => match proof.leads(&lifted, cover) {
            Ok(()) => {
                let (number, all) = (proof.index.saturating_add(1), proof.entries);
                good.0.push(format!("{number}-я из {all} под подписанным корнем"));
                good.1.push(format!("number {number} of {all} under the signed root"));
            }
            Err(why) => table.add(
                State::Fails,
                format!("запись {id}: путь не ведёт к подписанному корню: {why}"),
                format!("record {id}: the path does not lead to the signed root: {why}"),
            ),
        },
    }
    let mut signed = 0_usize;
    for body in &lifted.record.bodies {
        if messages(id, &lifted, body.role, table) {
            signed = signed.saturating_add(1);
        }
    }
    if signed > 0 {
        good.0.push(format!("подписи XML сообщений верны ({signed})"));
        good.1.push(format!("the XML signatures of its messages hold ({signed})"));
    }
    table.add(
        State::Holds,
        format!("запись {id}: {}", good.0.join("; ")),
        format!("record {id}: {}", good.1.join("; ")),
    );
}

/// The signatures of one message, as `signature verify --no-trust` judges them; whether they hold.
fn messages(id: &RecordId, lifted: &Lifted, role: Role, table: &mut Table) -> bool {
    let (ru, en) = match role {
        Role::Received => ("полученное сообщение", "the message received"),
        Role::Forwarded => ("отправленное сообщение", "the message sent"),
        Role::Fault => ("отказ шины", "the bus's fault"),
    };
    let octets = match lifted.record.message(role) {
        Ok(Some(octets)) => octets,
        Ok(None) => return false,
        Err(why) => {
            table.add(
                State::Fails,
                format!("запись {id}: {ru} не собирается: {why}"),
                format!("record {id}: {en} cannot be put together: {why}"),
            );
            return false;
        }
    };
    let soap = MessageFile::of(octets.clone(), None).soap(&Limits::default()).unwrap_or_else(|_| octets.to_vec());
    let judgement = judge(role_word(role), &soap, &Trust::Anybody);
    let kind = lifted.entry.header.kind;
    if judgement.holds() {
        // What a fault ended may have come from another than the record's sender.
        let told = role == Role::Received && matches!(kind, Kind::Accepted | Kind::Answered);
        let named = lifted.entry.header.certificate.as_deref().filter(|_| told);
        let by_named = named.is_none_or(|named| signers(&soap).any(|signer| signer == named));
        if !by_named {
            table.add(
                State::Fails,
                format!("запись {id}: {ru} подписано не тем сертификатом, который стоит в записи"),
                format!("record {id}: {en} is signed by another certificate than the record bears"),
            );
        }
        return by_named;
    }
    let why = judgement.why();
    // What the bus itself refused or did not take for an answer is kept as it was; for a hosted system the bus signs.
    let unsigned = role == Role::Received && judgement.signatures.is_empty();
    if unsigned || (role == Role::Received && matches!(kind, Kind::Refused | Kind::Failed)) {
        table.add(State::Noted, format!("запись {id}: {ru}: {why}"), format!("record {id}: {en}: {why}"));
    } else {
        table.add(
            State::Fails,
            format!("запись {id}: {ru}: подписи XML не верны: {why}"),
            format!("record {id}: {en}: its XML signatures do not hold: {why}"),
        );
    }
    false
}

/// Fingerprints of the certificates in a message.
fn signers(soap: &[u8]) -> impl Iterator<Item = String> {
    let found = Document::parse(soap).map(|document| document.inspect()).unwrap_or_default();
    found.into_iter().filter_map(|inspection| Some(inspection.certificate?.fingerprint().to_string()))
}

/// The node's signature under a checkpoint or seal, and whose it is.
fn signed(cover: &Cover, case: &Case, known: &NodeCertificates, table: &mut Table) {
    let (head, signed) = (cover.head(), cover.signed());
    let (ru, en) = match cover {
        Cover::Checkpoint(_) => ("контрольная точка", "the checkpoint"),
        Cover::Seal(_) => ("печать", "the seal"),
    };
    let place = format!("{}/{} {}", head.store, head.month, signed.time.strftime("%Y-%m-%dT%H:%M:%SZ"));
    let sha256 = &signed.certificate;
    let beside = case.nodes.iter().find(|der| Digest::of([der.as_ref()]) == *sha256).map(|der| der.to_vec());
    let Some(certificate) = journal::Judge::certificate(known, sha256).or(beside) else {
        return table.add(
            State::CannotBeSaid,
            format!("{ru} {place}: нет сертификата {sha256}"),
            format!("{en} {place}: the certificate {sha256} is not here"),
        );
    };
    match cover.check(&certificate, &Anybody) {
        Err(why) => {
            return table.add(
                State::Fails,
                format!("{ru} {place}: подпись не верна: {why}"),
                format!("{en} {place}: its signature does not hold: {why}"),
            );
        }
        Ok(()) => table.add(
            State::Holds,
            format!("{ru} {place}: подпись верна ({})", signed.algorithm),
            format!("{en} {place}: its signature holds ({})", signed.algorithm),
        ),
    }
    if known.contain(sha256) {
        table.add(
            State::Holds,
            format!("{ru} {place}: подписал узел {}, чей сертификат назван", signed.node),
            format!("{en} {place}: signed by the node {} whose certificate was named", signed.node),
        );
    } else if known.is_empty() {
        table.add(
            State::CannotBeSaid,
            format!("{ru} {place}: чей сертификат {sha256}, по делу судить нельзя"),
            format!("{en} {place}: whose certificate {sha256} is, a case file cannot say"),
        );
    } else {
        table.add(
            State::Fails,
            format!("{ru} {place}: сертификат {sha256} — не тот, что назван сертификатом узла"),
            format!("{en} {place}: the certificate {sha256} is not the one named as the node's"),
        );
    }
}

/// The registry's manifest is the one that records name.
fn registry(case: &Case, table: &mut Table) {
    let Some(manifest) = &case.registry else { return };
    let digest = Digest::of([manifest.as_ref()]).to_string();
    let decided = case.pieces.iter().filter_map(|piece| piece.lifted().ok());
    if decided.into_iter().any(|lifted| lifted.entry.header.registry == digest) {
        table.add(
            State::Holds,
            "опись реестра та, чья сумма стоит в записях",
            "the registry's manifest is the one whose digest the records bear",
        );
    } else {
        table.add(
            State::Fails,
            "опись реестра — не та, чья сумма стоит в записях",
            "the registry's manifest is not one whose digest a record bears",
        );
    }
}

#[cfg(test)]
mod tests;
