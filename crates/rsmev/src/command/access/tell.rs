//! Words that several verbs share: names as they were given, states and events in both languages.

use domain::registry::{Messages, Registry, Side};
use domain::{Mnemonic, Sid, spelling};
use office::application::{Application, Event, NotFit, State, side_label};

use super::shelf::Left;
use crate::failure::Failure;
use crate::language::{Language, said};
use crate::names;

/// The system of that name.
pub(super) fn consumer(text: &str, registry: &Registry) -> Result<Mnemonic, Failure> {
    Ok(names::system(registry, text)?.mnemonic.clone())
}

/// The service of that name.
pub(super) fn service(text: &str, registry: &Registry) -> Result<Sid, Failure> {
    let versions = names::versions(registry, text)?;
    let sid = versions.first().map(|service| service.sid.clone());
    sid.ok_or_else(|| Failure::no(text))
}

fn meant(near: &str) -> String {
    said(|| format!("может быть, {near}?"), || format!("did you mean {near}?"))
}

/// Why an application is not taken; a mistyped operation or version is told with the near one.
pub(super) fn unfit(unfit: &NotFit, asked: &Application, registry: &Registry) -> Failure {
    let known: Vec<&str> =
        registry.service_versions(&asked.service).flat_map(|service| &service.operations).map(String::as_str).collect();
    let mut mistyped = asked.operations.iter().filter(|operation| !known.contains(&operation.as_str()));
    let near = mistyped.find_map(|operation| spelling::nearest(operation, known.iter().copied()));
    match near {
        Some(near) if unfit.what.contains("operation") => Failure::no(&*unfit.what).hint(meant(near)),
        _ => Failure::no(&*unfit.what).hint(&*unfit.hint),
    }
}

/// The name of a state.
pub(super) fn state(state: State, language: Language) -> &'static str {
    let english = match state {
        State::ConsentAsked => "awaits the owner's consent",
        State::Consented => "the owner agreed",
        other => other.label(),
    };
    language.of(state.label_ru(), english)
}

/// The state as lists tell it: in English the word that `--state` takes. What is left to be done belongs to it.
pub(super) fn state_told(of: State, left: Option<Left>, language: Language) -> String {
    let name = language.of(state(of, language), of.label());
    match left {
        Some(Left::RowMissing) => format!("{name}, {}", language.of("строки нет", "row missing")),
        Some(Left::InForce) => format!("{name}, {}", language.of("строка ДЕЙСТВУЕТ", "row STILL IN FORCE")),
        Some(Left::RowStillThere) => format!("{name}, {}", language.of("строка осталась", "row still there")),
        Some(Left::TakenOut) => format!("{name}, {}", language.of("строка изъята вручную", "row taken out by hand")),
        Some(Left::Unsaid) | None => name.to_owned(),
    }
}

/// The name of an event.
pub(super) fn event(event: &Event, language: Language) -> &'static str {
    match event {
        Event::Request(_) => language.of("заявка", "application"),
        Event::Consent => language.of("согласие владельца", "owner's consent"),
        Event::Refusal { .. } => language.of("отказ", "refusal"),
        Event::Grant { persons: 1 } => language.of("предоставление", "grant"),
        Event::Grant { .. } => language.of("предоставление (одна из двух подписей)", "grant (one of two signatures)"),
        Event::Entered { .. } => language.of("строка внесена в матрицу", "row entered in the matrix"),
        Event::Revoke { persons: 1, .. } => language.of("отзыв доступа", "revocation"),
        Event::Revoke { .. } => {
            language.of("отзыв доступа (одна из двух подписей)", "revocation (one of two signatures)")
        }
        Event::Expire => language.of("истечение срока", "end of its time"),
        Event::Removed { .. } => language.of("строка изъята из матрицы", "row removed from the matrix"),
        Event::Withdrawal { .. } => language.of("заявка отозвана", "withdrawal"),
    }
}

/// Whose officer it is.
pub(super) fn side(side: &Side, language: Language) -> String {
    match side {
        Side::Operator => language.of("оператор", "operator").to_owned(),
        Side::Owner(_) => side_label(side).to_owned(),
    }
}

/// Which messages, as it is written.
pub(super) fn messages(messages: Messages) -> &'static str {
    match messages {
        Messages::All => "all",
        Messages::Test => "test",
    }
}

/// Which messages, for people.
pub(super) fn messages_told(messages: Messages, language: Language) -> &'static str {
    match messages {
        Messages::All => language.of("все", "all"),
        Messages::Test => language.of("только тестовые", "test only"),
    }
}
