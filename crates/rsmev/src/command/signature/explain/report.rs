//! The explanation as a person reads it, in his language.

use std::path::PathBuf;

use super::{Answer, Difference, Reference, Sentence, Signature, Told};
use crate::failure::Failure;
use crate::language::Language;
use crate::print;
use crate::terminal::{cell, tame};

/// Longest value of others that is shown, in characters.
const WIDTH: usize = 200;

/// The fixed words of a report.
struct Labels {
    other: &'static str,
    line: &'static str,
    certificate: &'static str,
    until: &'static str,
    no_certificate: &'static str,
    reference: &'static str,
    expected: &'static str,
    found: &'static str,
    not_made: &'static str,
    value: &'static str,
    holds: &'static str,
    broken: &'static str,
    cause: &'static str,
    remark: &'static str,
    remedy: &'static str,
    difference: &'static str,
    now: &'static str,
    signed: &'static str,
    files: &'static str,
}

const RU: Labels = Labels {
    other: "иная подпись",
    line: "строка",
    certificate: "сертификат",
    until: "действует до",
    no_certificate: "не найден",
    reference: "подписан",
    expected: "дайджест в сообщении",
    found: "дайджест вычисленный",
    not_made: "не вычислен",
    value: "значение",
    holds: "сходится",
    broken: "не сходится",
    cause: "причина",
    remark: "замечание",
    remedy: "что делать",
    difference: "отличие",
    now: "сейчас",
    signed: "подписано",
    files: "записаны",
};

const EN: Labels = Labels {
    other: "another signature",
    line: "line",
    certificate: "certificate",
    until: "valid until",
    no_certificate: "not found",
    reference: "signed part",
    expected: "digest in the message",
    found: "digest computed",
    not_made: "not made",
    value: "value",
    holds: "holds",
    broken: "does not hold",
    cause: "cause",
    remark: "remark",
    remedy: "what to do",
    difference: "difference",
    now: "now",
    signed: "as signed",
    files: "written",
};

/// One line: how it ended.
fn verdict(answer: &Answer, language: Language) -> String {
    let file = &answer.file;
    match (language, answer.holds, answer.signatures.len()) {
        (Language::Ru, true, _) => format!("{file}: подписи верны"),
        (Language::Ru, false, 0) => format!("{file}: подписи нет или сообщение не читается"),
        (Language::Ru, false, _) => format!("{file}: не все подписи подтверждены"),
        (Language::En, true, _) => format!("{file}: the signatures hold"),
        (Language::En, false, 0) => format!("{file}: no signature, or no message that can be read"),
        (Language::En, false, _) => format!("{file}: not every signature holds"),
    }
}

/// One line for stderr: how many causes there are.
pub(super) fn count(answer: &Answer, language: Language) -> String {
    let told = answer.signatures.iter().flat_map(|signature| &signature.findings).chain(&answer.findings);
    let causes = told.filter(|told| !told.remark).count();
    match (language, causes) {
        (Language::Ru, _) => format!("найдено причин: {causes}"),
        (Language::En, 1) => "1 cause found".to_owned(),
        (Language::En, _) => format!("{causes} causes found"),
    }
}

/// The whole report on stdout.
pub(super) fn show(answer: &Answer, language: Language, written: Option<&[PathBuf]>) -> Result<(), Failure> {
    let labels = match language {
        Language::Ru => RU,
        Language::En => EN,
    };
    let mut lines = vec![verdict(answer, language)];
    for told in &answer.findings {
        of_finding(&labels, language, told, &mut lines);
    }
    for signature in &answer.signatures {
        lines.push(String::new());
        of_signature(&labels, language, signature, &mut lines);
    }
    if let Some(written) = written {
        lines.push(String::new());
        lines.extend(written.iter().map(|path| row(labels.files, &path.display().to_string())));
    }
    lines.iter().try_for_each(|line| print::line(line))
}

fn row(label: &str, text: &str) -> String {
    let padding = " ".repeat(23_usize.saturating_sub(label.chars().count()));
    format!("  {label}{padding}{}", cell(text, WIDTH))
}

/// A sentence of ours is shown whole.
fn sentence(label: &str, text: &str) -> String {
    let padding = " ".repeat(23_usize.saturating_sub(label.chars().count()));
    format!("  {label}{padding}{}", tame(text))
}

fn of_signature(labels: &Labels, language: Language, signature: &Signature, lines: &mut Vec<String>) {
    let actor = signature.actor.as_deref().map(|actor| format!(", actor {}", cell(actor, WIDTH))).unwrap_or_default();
    lines.push(format!(
        "{}, {} {}{actor}, {}",
        if signature.kind == "other" { labels.other } else { signature.kind },
        labels.line,
        signature.line,
        cell(&signature.algorithm, WIDTH)
    ));
    lines.push(match &signature.certificate {
        Some(certificate) => {
            row(labels.certificate, &format!("{} {}; {}", labels.until, certificate.not_after, certificate.subject))
        }
        None => row(labels.certificate, labels.no_certificate),
    });
    for reference in &signature.references {
        of_reference(labels, reference, lines);
    }
    lines.push(row(labels.value, if signature.value == "ok" { labels.holds } else { labels.broken }));
    for told in &signature.findings {
        of_finding(labels, language, told, lines);
    }
}

fn of_reference(labels: &Labels, reference: &Reference, lines: &mut Vec<String>) {
    let part = reference.part.as_deref().unwrap_or("?");
    let held = if reference.digest == "ok" { labels.holds } else { labels.broken };
    lines.push(row(labels.reference, &format!("{part} ({}), {}: {held}", reference.uri, reference.algorithm)));
    if reference.digest != "ok" {
        lines.push(row(labels.expected, &reference.expected));
        lines.push(row(labels.found, reference.found.as_deref().unwrap_or(labels.not_made)));
    }
}

fn of_finding(labels: &Labels, language: Language, told: &Told, lines: &mut Vec<String>) {
    let Sentence { cause, remedy } = match language {
        Language::Ru => &told.ru,
        Language::En => &told.en,
    };
    lines.push(sentence(if told.remark { labels.remark } else { labels.cause }, cause));
    lines.push(sentence(labels.remedy, remedy));
    if let Some(Difference { line, element, message, signed }) = &told.difference {
        lines.push(row(labels.difference, &format!("{} {line}, {element}", labels.line)));
        // A line end is what most often makes the difference: shown, not hidden behind an escape.
        let shown = |text: &str| format!("…{}…", text.replace('\n', "⏎").replace('\t', "⇥"));
        lines.push(row(labels.now, &shown(message)));
        lines.push(row(labels.signed, &shown(signed)));
    }
}
