//! Differences in words: who wins and loses what, in Russian or English.

use office::difference::{Change, Field, Section, What};

use crate::language::Language;
use crate::terminal::tame;

/// Longest value shown, in characters.
const VALUE_CHARS: usize = 120;

/// One change as a line.
pub(super) fn change(change: &Change, language: Language) -> String {
    let sign = match change.what {
        What::Added => '+',
        What::Removed => '-',
        What::Changed => '~',
    };
    let (ru, en) = verb(change.section, change.what);
    let values: Vec<_> = change.fields.iter().map(|field| value(field, change.what)).collect();
    let values = if values.is_empty() { String::new() } else { format!(": {}", values.join("; ")) };
    format!("  {sign} {}: {}{values}", language.of(ru, en), tame(&change.name))
}

fn value(field: &Field, what: What) -> String {
    let shown = |text: &Option<String>| text.as_ref().map_or_else(|| "–".to_owned(), |text| cut(text));
    match what {
        What::Added => format!("{} {}", field.name, shown(&field.after)),
        What::Removed => format!("{} {}", field.name, shown(&field.before)),
        What::Changed => format!("{} {} → {}", field.name, shown(&field.before), shown(&field.after)),
    }
}

fn cut(text: &str) -> String {
    crate::terminal::cell(text, VALUE_CHARS)
}

/// What happened to what.
fn verb(section: Section, what: What) -> (&'static str, &'static str) {
    match (section, what) {
        (Section::Access, What::Added) => ("получает право", "wins the right"),
        (Section::Access, What::Removed) => ("теряет право", "loses the right"),
        (Section::Access, What::Changed) => ("право меняется", "the right changes"),
        (Section::Certificate, What::Added) => ("сертификат принимается", "certificate taken"),
        (Section::Certificate, What::Removed) => ("сертификат больше не принимается", "certificate no longer taken"),
        (Section::Certificate, What::Changed) => ("роль сертификата меняется", "certificate in another part"),
        (Section::Suspension, What::Added) => ("приостановлен", "suspended"),
        (Section::Suspension, What::Removed) => ("возобновлён", "resumed"),
        (Section::Suspension, What::Changed) => ("остаётся приостановлен", "stays suspended"),
        (section, What::Added) => noun(section, ("добавлено", "added")),
        (section, What::Removed) => noun(section, ("убрано", "removed")),
        (section, What::Changed) => noun(section, ("изменено", "changed")),
    }
}

/// The rest: the section says what, the sign says how.
fn noun(section: Section, how: (&'static str, &'static str)) -> (&'static str, &'static str) {
    match section {
        Section::Approval => ("подписание решений", "approval"),
        Section::Participant => ("участник", "participant"),
        Section::Contact => ("контакт", "contact"),
        Section::System => ("информационная система", "system"),
        Section::Service => ("сервис", "service"),
        Section::Route => ("маршрут", "route"),
        Section::Cutover => ("версия потребителя", "version of a consumer"),
        Section::Maintenance => ("работы", "maintenance"),
        Section::Setting => ("настройки", "settings"),
        Section::Access | Section::Certificate | Section::Suspension => how,
    }
}
