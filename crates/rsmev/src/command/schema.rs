//! `rsmev schema diff`: what changed between two versions of a service's schemas, what of it breaks, and whom.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use domain::Registry;
use office::schema_diff::{Change, Difference, What, compare};
use serde::Serialize;

use super::service::{folder, users};
use crate::cli::Config;
use crate::failure::Failure;
use crate::language::{Language, said, told};
use crate::terminal::tame;
use crate::{edge, names, print, serve};

#[derive(Debug, Subcommand)]
pub(crate) enum Schema {
    /// Compare two versions of schemas: two folders or files, or SID and two versions of the registry
    ///
    /// Exit code 1 when something breaks consumers.
    #[command(
        after_help = "Example: rsmev schema diff SID0064001 1.00 2.00\nExample: rsmev schema diff old/service.wsdl new/service.wsdl"
    )]
    Diff(Words),
}

/// Words of `schema diff`.
#[derive(Args, Debug)]
pub(crate) struct Words {
    /// OLD NEW, or SID OLD NEW
    #[arg(value_name = "OLD NEW | SID V1 V2", num_args = 2..=3, required = true)]
    what: Vec<String>,
    #[command(flatten)]
    config: Config,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    difference: &'a Difference,
    /// Systems with a right to the old version; absent when files were compared.
    consumers: Option<&'a [String]>,
}

pub(crate) fn run(words: Schema) -> Result<(), Failure> {
    let Schema::Diff(words) = words;
    let (old, new, consumers) = match &words.what[..] {
        [old, new] => (PathBuf::from(old), PathBuf::from(new), None),
        [sid, old, new] => registered(&words.config.config, sid, old, new)?,
        _ => {
            return Err(Failure::usage(told(
                "нужны две папки, два файла или SID и две версии",
                "two folders or files are needed, or SID and two versions",
            )));
        }
    };
    let (old, new) = (folder::schemas(&old)?, folder::schemas(&new)?);
    let difference = compare(&borrowed(&old), &borrowed(&new)).map_err(|error| Failure::no(error.to_string()))?;
    if words.json {
        print::json(&Shown { difference: &difference, consumers: consumers.as_deref() })?;
    } else {
        show(&difference, consumers.as_deref(), Language::usual())?;
    }
    match difference.changes.iter().filter(|change| change.breaking).count() {
        0 => Ok(()),
        some => {
            let all = difference.changes.len();
            Err(Failure::no(said(
                || format!("изменений, ломающих потребителей: {some} из {all}"),
                || format!("{some} of {all} changes break consumers"),
            ))
            .hint(told(
                "дайте новой версии свой номер и держите обе рядом: rsmev service add",
                "give the new version a number of its own and let both run side by side: rsmev service add",
            )))
        }
    }
}

fn borrowed(set: &BTreeMap<String, Vec<u8>>) -> Vec<(&str, &[u8])> {
    set.iter().map(|(name, octets)| (name.as_str(), octets.as_slice())).collect()
}

/// Both packages of a service, and who has a right to the older version.
fn registered(
    config: &Path,
    sid: &str,
    old: &str,
    new: &str,
) -> Result<(PathBuf, PathBuf, Option<Vec<String>>), Failure> {
    let snapshot = serve::load(config)?;
    let registry: &Registry = snapshot.registry();
    let (old, new) = (names::service(registry, sid, Some(old))?, names::service(registry, sid, Some(new))?);
    let consumers = users::consumers(registry, old, edge::now()).iter().map(ToString::to_string).collect();
    Ok((folder::of(config, old)?, folder::of(config, new)?, Some(consumers)))
}

fn show(difference: &Difference, consumers: Option<&[String]>, language: Language) -> Result<(), Failure> {
    for change in &difference.changes {
        let mark = if change.breaking { language.of("ЛОМАЕТ", "BREAKS") } else { "" };
        let message = match change.direction {
            office::schema_diff::Direction::Request => language.of("запрос", "request"),
            office::schema_diff::Direction::Answer => language.of("ответ", "answer"),
            office::schema_diff::Direction::Unknown => "–",
        };
        print::line(&format!(
            "{mark:<6}  {message:<7}  {}: {}",
            tame(&change.path),
            tame(&sentence(change, language))
        ))?;
    }
    if difference.changes.is_empty() {
        print::line(language.of("отличий нет", "no differences"))?;
    }
    if let Some(consumers) = consumers.filter(|_| difference.breaking) {
        let list = if consumers.is_empty() { "–".to_owned() } else { consumers.join(", ") };
        print::line(&format!("{}: {list}", language.of("касается потребителей", "consumers concerned")))?;
    }
    Ok(())
}

fn sentence(change: &Change, language: Language) -> String {
    let listed = |values: &[String]| if values.is_empty() { "–".to_owned() } else { values.join(", ") };
    let from_to = |ru: &str, en: &str, from: &str, to: &str| format!("{}: {from} → {to}", language.of(ru, en));
    match &change.what {
        What::OperationAdded => language.of("новая операция", "a new operation").to_owned(),
        What::OperationRemoved => language.of("операции больше нет", "the operation is gone").to_owned(),
        What::Action { from, to } => from_to("SOAPAction", "SOAPAction", from, to),
        What::Added { required: true } => language.of("добавлен, обязателен", "added, required").to_owned(),
        What::Added { required: false } => language.of("добавлен, не обязателен", "added, optional").to_owned(),
        What::Removed => language.of("удалён", "removed").to_owned(),
        What::Required => language.of("стал обязательным", "is required now").to_owned(),
        What::Optional => language.of("стал необязательным", "is optional now").to_owned(),
        What::Occurs { from, to } => from_to("число повторений", "occurrences", &from.to_string(), &to.to_string()),
        What::Namespace { from, to } => from_to("пространство имён", "namespace", from, to),
        What::Type { from, to } => from_to("тип", "type", from, to),
        What::Enumeration { added, removed, was_open, is_open } => match (was_open, is_open) {
            (true, _) => {
                format!("{}: {}", language.of("теперь только значения", "only these values now"), listed(added))
            }
            (_, true) => language.of("список значений снят", "any value is allowed now").to_owned(),
            _ => {
                format!("{}: +{} −{}", language.of("список значений", "list of values"), listed(added), listed(removed))
            }
        },
        What::Pattern { from, to } => from_to("шаблон", "pattern", &listed(from), &listed(to)),
        What::Facet { facet, from, to } => {
            let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
            from_to(facet, facet, &shown(from), &shown(to))
        }
        What::Nillable { to: true } => language.of("допускает xsi:nil", "xsi:nil is allowed now").to_owned(),
        What::Nillable { to: false } => {
            language.of("не допускает xsi:nil", "xsi:nil is not allowed any more").to_owned()
        }
        What::Unfollowed => language.of("глубже не сравнивалось", "was not compared further down").to_owned(),
    }
}
