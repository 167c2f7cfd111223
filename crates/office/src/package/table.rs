//! TOML of a package, read strictly: every mistake with its file, line, what is allowed there and the next step. A key that nobody reads
//! is a mistake too.

use std::fmt::Write as _;
use std::ops::Range;

use domain::spelling::nearest;
use jiff::civil::Date;
use serde::Serialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A mistake in a file of a package, in words for its author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, in Russian.
    pub ru: String,
    /// What is wrong, in English.
    pub en: String,
}

/// A table while it is read.
pub(super) struct Table<'t> {
    text: &'t str,
    /// Its name for messages: empty for the file itself.
    name: &'static str,
    keys: &'t DeTable<'t>,
    at: Range<usize>,
    known: Vec<&'static str>,
}

/// Mistakes of one file.
pub(super) type Mistakes = Vec<Mistake>;

/// Parses a file.
pub(super) fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, Mistake> {
    DeTable::parse(text).map_err(|error| {
        let line = line_of(text, error.span().map_or(0, |span| span.start));
        let what = error.message().to_owned();
        Mistake { line, ru: format!("это не TOML: {what}"), en: format!("not TOML: {what}") }
    })
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or_default().matches('\n').count() + 1
}

impl<'t> Table<'t> {
    pub(super) fn whole(text: &'t str, document: &'t Spanned<DeTable<'t>>) -> Self {
        Self { text, name: "", keys: document.get_ref(), at: 0..0, known: Vec::new() }
    }

    fn mistake(&self, at: usize, ru: String, en: String) -> Mistake {
        Mistake { line: line_of(self.text, at), ru, en }
    }

    fn called(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    fn get(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.known.push(key);
        self.keys.get(key)
    }

    fn missing(&self, key: &str, allowed: (&str, &str)) -> Mistake {
        let key = self.called(key);
        self.mistake(
            self.at.start,
            format!("нет ключа {key}: {}", allowed.0),
            format!("the key {key} is missing: {}", allowed.1),
        )
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, key: &'static str, mistakes: &mut Mistakes) -> Option<String> {
        let allowed = ("непустая строка", "a text that is not empty");
        let found = self.optional(key, mistakes);
        if found.is_none() && !self.keys.contains_key(key) {
            mistakes.push(self.missing(key, allowed));
        }
        found
    }

    /// A text, when it is there.
    pub(super) fn optional(&mut self, key: &'static str, mistakes: &mut Mistakes) -> Option<String> {
        let value = self.get(key)?;
        let text = value.get_ref().as_str().map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() {
            self.wrong(key, value, ("непустая строка", "a text that is not empty"), mistakes);
        }
        text.map(str::to_owned)
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, allowed: (&str, &str), mistakes: &mut Mistakes) {
        let key = self.called(key);
        mistakes.push(self.mistake(
            value.span().start,
            format!("{key}: здесь должно быть: {}", allowed.0),
            format!("{key}: allowed is {}", allowed.1),
        ));
    }

    /// A text that `read` understands; `allowed` says in Russian and English what that is.
    pub(super) fn read<T>(
        &mut self,
        key: &'static str,
        allowed: (&str, &str),
        read: impl Fn(&str) -> Option<T>,
        mistakes: &mut Mistakes,
    ) -> Option<T> {
        let Some(value) = self.get(key) else {
            mistakes.push(self.missing(key, allowed));
            return None;
        };
        let found = value.get_ref().as_str().and_then(&read);
        if found.is_none() {
            self.wrong(key, value, allowed, mistakes);
        }
        found
    }

    /// One of some words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        mistakes: &mut Mistakes,
    ) -> Option<T> {
        let list: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let list = list.join(", ");
        self.read(
            key,
            (&list, &list),
            |text| words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value),
            mistakes,
        )
    }

    /// A list of texts, one at least.
    pub(super) fn list(&mut self, key: &'static str, mistakes: &mut Mistakes) -> Option<Vec<String>> {
        let allowed = ("список непустых строк, [\"…\"]", "a list of texts, [\"…\"]");
        let Some(value) = self.get(key) else {
            mistakes.push(self.missing(key, allowed));
            return None;
        };
        let texts: Option<Vec<String>> = value.get_ref().as_array().and_then(|items| {
            items
                .iter()
                .map(|item| item.get_ref().as_str().filter(|text| !text.is_empty()).map(str::to_owned))
                .collect()
        });
        let texts = texts.filter(|texts| !texts.is_empty());
        if texts.is_none() {
            self.wrong(key, value, allowed, mistakes);
        }
        texts
    }

    /// A day, when it is there.
    pub(super) fn day(&mut self, key: &'static str, mistakes: &mut Mistakes) -> Option<Date> {
        let value = self.get(key)?;
        let day = match value.get_ref() {
            DeValue::Datetime(moment) => moment.to_string().parse().ok(),
            _ => None,
        };
        if day.is_none() {
            self.wrong(key, value, ("дата, 2026-12-31", "a date, 2026-12-31"), mistakes);
        }
        day
    }

    /// A table in it, when it is there.
    fn table(&mut self, key: &'static str, mistakes: &mut Mistakes) -> Option<Table<'t>> {
        let value = self.get(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(key, value, ("таблица [ключ]", "a table"), mistakes);
            return None;
        };
        Some(Table { text: self.text, name: key, keys: table, at: value.span(), known: Vec::new() })
    }

    /// A table that must be there.
    pub(super) fn needed(
        &mut self,
        key: &'static str,
        allowed: (&str, &str),
        mistakes: &mut Mistakes,
    ) -> Option<Table<'t>> {
        if !self.keys.contains_key(key) {
            mistakes.push(self.missing(key, allowed));
        }
        self.table(key, mistakes)
    }

    /// The rows `[[key]]`.
    pub(super) fn rows(&mut self, key: &'static str, mistakes: &mut Mistakes) -> Vec<Table<'t>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let items = value.get_ref().as_array().map(|items| items.iter().collect::<Vec<_>>());
        let rows: Option<Vec<Table<'t>>> = items.and_then(|items| {
            let row = |item: &'t Spanned<DeValue<'t>>| {
                let table = item.get_ref().as_table()?;
                Some(Table { text: self.text, name: key, keys: table, at: item.span(), known: Vec::new() })
            };
            items.into_iter().map(row).collect()
        });
        rows.unwrap_or_else(|| {
            self.wrong(key, value, ("строки [[ключ]]", "rows [[key]]"), mistakes);
            Vec::new()
        })
    }

    /// That a row is not there at all.
    pub(super) fn absent(&self, key: &str, allowed: (&str, &str)) -> Mistake {
        self.missing(key, allowed)
    }

    /// Ends the reading: keys nobody asked for are mistakes.
    pub(super) fn end(self, mistakes: &mut Mistakes) {
        for (key, _) in self.keys {
            let name = key.get_ref().as_ref();
            if self.known.contains(&name) {
                continue;
            }
            let mut known = self.known.clone();
            known.sort_unstable();
            let known = known.join(", ");
            let mut ru = format!("неизвестный ключ {}; известны: {known}", self.called(name));
            let mut en = format!("unknown key {}; known are: {known}", self.called(name));
            if let Some(near) = nearest(name, self.known.iter().copied()) {
                // Writing to a String cannot fail.
                let _ = write!(ru, ". Может быть, {near}?");
                let _ = write!(en, ". Did you mean {near}?");
            }
            mistakes.push(self.mistake(key.span().start, ru, en));
        }
    }
}
