//! `rsmev registry diff`: what differs between two states, by meaning or line by line.

use std::collections::{BTreeMap, BTreeSet};

use domain::Registry;
use office::difference::{Change, between};
use serde_json::json;
use similar::TextDiff;

use super::side::Side;
use super::{Diff, words};
use crate::command::journal;
use crate::failure::Failure;
use crate::history::History;
use crate::language::Language;
use crate::print;
use crate::terminal::tame;

/// Lines shown around a changed one.
const CONTEXT: usize = 2;

pub(super) fn diff(asked: &Diff) -> Result<(), Failure> {
    let config = asked.places.config.config.as_path();
    let history = History::of(&journal::directory(&asked.places)?);
    let before = match &asked.before {
        Some(word) => Side::named(word, &history, config)?,
        None => Side::last(&history, config)?,
    };
    let after = match &asked.after {
        Some(word) => Side::named(word, &history, config)?,
        None => Side::disk(config)?,
    };
    if asked.text {
        print::talk(&format!("from {} to {}", tame(&before.name), tame(&after.name)));
        return texts(&before.registry, &after.registry);
    }
    let changes = between(&before.registry, &after.registry);
    let keys = changed_secrets(&before.registry, &after.registry);
    if asked.json {
        let (before, after) = (before.registry.digest(), after.registry.digest());
        return print::json(&json!({ "from": before, "to": after, "changes": changes, "secrets_changed": keys }));
    }
    print::talk(&format!("from {} to {}", tame(&before.name), tame(&after.name)));
    tell(&changes, &keys, asked.lang.unwrap_or_else(Language::usual))?;
    if changes.is_empty() && keys.is_empty() && before.registry.digest() != after.registry.digest() {
        print::talk("remark: comments, order or other texts differ: --text shows them");
    }
    Ok(())
}

/// A difference as people read it: rights and keys first.
pub(super) fn tell(changes: &[Change], keys: &[String], language: Language) -> Result<(), Failure> {
    if changes.is_empty() && keys.is_empty() {
        return print::line(language.of("По смыслу ничего не изменилось.", "Nothing differs by meaning."));
    }
    let (rights, rest): (Vec<_>, Vec<_>) = changes.iter().partition(|change| change.section.is_right());
    if !rights.is_empty() || !keys.is_empty() {
        print::line(language.of("Права и ключи", "Rights and keys"))?;
        rights.iter().try_for_each(|change| print::line(&words::change(change, language)))?;
        for name in keys {
            let what = language.of("файл ключа стал другим", "key file is another");
            print::line(&format!("  ~ {what}: {}", tame(name)))?;
        }
    }
    if !rest.is_empty() {
        print::line(language.of("Остальное", "Everything else"))?;
        rest.iter().try_for_each(|change| print::line(&words::change(change, language)))?;
    }
    Ok(())
}

/// Names of key files whose octets are others.
pub(super) fn changed_secrets(before: &Registry, after: &Registry) -> Vec<String> {
    let digests = |registry: &Registry| -> BTreeMap<String, String> {
        let secrets: BTreeSet<_> = registry.secrets().collect();
        let listed = registry.files().iter().filter(|file| secrets.contains(file.name.as_str()));
        listed.map(|file| (file.name.clone(), file.sha256.clone())).collect()
    };
    let (before, after) = (digests(before), digests(after));
    let other = |(name, sha256): (&String, &String)| {
        before.get(name).is_some_and(|before| before != sha256).then(|| name.clone())
    };
    after.iter().filter_map(other).collect()
}

/// The texts of all files but those of secrets.
pub(super) fn texts(before: &Registry, after: &Registry) -> Result<(), Failure> {
    let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) = (before.contents().collect(), after.contents().collect());
    let names: BTreeSet<_> = old.keys().chain(new.keys()).copied().collect();
    for name in names {
        let (left, right) = (old.get(name).copied(), new.get(name).copied());
        if left == right {
            continue;
        }
        let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
        let shown = tame(name);
        match (std::str::from_utf8(left), std::str::from_utf8(right)) {
            (Ok(left), Ok(right)) => {
                let diff = TextDiff::from_lines(left, right);
                let text = diff.unified_diff().context_radius(CONTEXT).header(&shown, &shown).to_string();
                text.lines().try_for_each(|line| print::line(&tame(line)))?;
            }
            _ => print::line(&format!("{shown} differs and is no text"))?,
        }
    }
    changed_secrets(before, after)
        .iter()
        .try_for_each(|name| print::line(&format!("{} differs and holds a key: it is not shown", tame(name))))
}
