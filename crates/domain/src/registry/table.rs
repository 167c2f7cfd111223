//! One TOML table while it is being read: what was asked of it, what was wrong, and which keys nobody asked for.
//!
//! Reading goes on after a mistake, so that the operator sees all of them at once.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::Problem;
use super::kind::Kind;
use super::source::{Located, Source, Spot};
use crate::spelling::nearest;

/// A table of a registry file.
pub(super) struct Table<'s> {
    source: &'s Source,
    path: String,
    header: Spot,
    entries: &'s DeTable<'s>,
    asked: Vec<&'static str>,
    missing: Vec<(&'static str, Problem)>,
    problems: Vec<Problem>,
}

impl<'s> Table<'s> {
    /// The table of a whole file.
    pub(super) fn of_file(source: &'s Source, entries: &'s DeTable<'s>) -> Self {
        Self::new(source, String::new(), &(0..0), entries)
    }

    fn new(source: &'s Source, path: String, span: &Range<usize>, entries: &'s DeTable<'s>) -> Self {
        Self {
            source,
            path,
            header: source.spot(span.start),
            entries,
            asked: Vec::new(),
            missing: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Where the table begins.
    pub(super) fn header(&self) -> &Spot {
        &self.header
    }

    /// The file the table stands in.
    pub(super) fn source(&self) -> &'s Source {
        self.source
    }

    /// The key's full name, e.g. `route.tls.ca`.
    pub(super) fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Adds a problem found by the reader of this table.
    pub(super) fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// A value that must be there.
    pub(super) fn need<K: Kind>(&mut self, key: &'static str, kind: &K) -> Option<Located<K::Out>> {
        if !self.has(key) {
            self.miss(key, &kind.allowed());
        }
        self.may(key, kind)
    }

    /// A value that may be missing.
    pub(super) fn may<K: Kind>(&mut self, key: &'static str, kind: &K) -> Option<Located<K::Out>> {
        let (span, value) = self.find(key)?;
        self.value(key, span.start, value, kind)
    }

    /// The values of an array that may be missing.
    pub(super) fn list<K: Kind>(&mut self, key: &'static str, kind: &K) -> Vec<Located<K::Out>> {
        let Some((span, value)) = self.find(key) else {
            return Vec::new();
        };
        let Some(items) = value.as_array() else {
            let problem = self.source.spot(span.start).problem(
                &self.key(key),
                format!("is of type {}, not a list", value.type_str()),
                "write it in square brackets",
            );
            self.problems.push(problem.allowing(format!("a list of: {}", kind.allowed())));
            return Vec::new();
        };
        let read = items.iter().filter_map(|item| self.value(key, item.span().start, item.get_ref(), kind));
        read.collect()
    }

    /// The values of an array that must be there and hold something.
    pub(super) fn need_list<K: Kind>(&mut self, key: &'static str, kind: &K) -> Vec<Located<K::Out>> {
        let allowed = format!("a list of: {}", kind.allowed());
        match self.find(key) {
            None => self.miss(key, &allowed),
            Some((span, value)) if value.as_array().is_some_and(|items| items.is_empty()) => {
                let problem = self.source.spot(span.start).problem(&self.key(key), "is empty", "name at least one");
                self.problems.push(problem.allowing(allowed));
            }
            Some(_) => {}
        }
        self.list(key, kind)
    }

    /// A table within the table.
    pub(super) fn table(&mut self, key: &'static str) -> Option<Table<'s>> {
        let (span, value) = self.find(key)?;
        if let Some(entries) = value.as_table() {
            return Some(Table::new(self.source, self.key(key), &span, entries));
        }
        let spot = self.source.spot(span.start);
        let what = format!("is of type {}, not a table", value.type_str());
        self.problems.push(spot.problem(&self.key(key), what, format!("write it as [{}], once", self.key(key))));
        None
    }

    /// A table that must be there.
    pub(super) fn need_table(&mut self, key: &'static str) -> Option<Table<'s>> {
        if !self.has(key) {
            let problem = self.header.problem(&self.key(key), "is missing", format!("add a table [{key}]"));
            self.missing.push((key, problem));
        }
        self.table(key)
    }

    /// The rows `[[key]]`.
    pub(super) fn rows(&mut self, key: &'static str) -> Vec<Table<'s>> {
        let Some((span, value)) = self.find(key) else {
            return Vec::new();
        };
        let rows = value.as_array().map(|items| {
            items
                .iter()
                .map(|item| item.get_ref().as_table().map(|entries| (item.span(), entries)))
                .collect::<Option<Vec<_>>>()
        });
        if let Some(Some(rows)) = rows {
            return rows
                .into_iter()
                .map(|(span, entries)| Table::new(self.source, self.key(key), &span, entries))
                .collect();
        }
        let spot = self.source.spot(span.start);
        let key = self.key(key);
        self.problems.push(spot.problem(&key, "must be rows", format!("write each row under a line [[{key}]]")));
        Vec::new()
    }

    /// Is the key written here?
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name.get_ref() == key)
    }

    /// The text of a key, whatever it is worth.
    pub(super) fn text(&self, key: &str) -> Option<&'s str> {
        self.entries.iter().find(|(name, _)| name.get_ref() == key)?.1.get_ref().as_str()
    }

    /// A key that must not stand here, with the reason.
    pub(super) fn forbid(&mut self, key: &'static str, what: &str, hint: &str) {
        if let Some((span, _)) = self.find(key) {
            self.problems.push(self.source.spot(span.start).problem(&self.key(key), what, hint));
        }
    }

    /// Hands over the problems, those of keys that nobody asked for among them. A key that is missing because it was
    /// misspelt is told once.
    pub(super) fn end(mut self, problems: &mut Vec<Problem>) {
        for (name, value) in self.entries.iter().filter(|(name, _)| !self.asked.contains(&name.get_ref().as_ref())) {
            // A key can stand once, but rows may be meant even where other rows of that name are spelt well.
            let rows = matches!(value.get_ref(), DeValue::Array(_));
            let free = self.asked.iter().copied().filter(|key| rows || !self.has(key));
            let meant = nearest(name.get_ref(), free);
            let hint = meant.map_or_else(
                || "take it out: it would have no effect".to_owned(),
                |meant| format!("did you mean {meant}?"),
            );
            self.missing.retain(|(key, _)| Some(*key) != meant);
            let spot = self.source.spot(name.span().start);
            let problem = spot.problem(&self.key(name.get_ref()), "is not a known key", hint);
            self.problems.push(problem.allowing(self.asked.join(", ")));
        }
        problems.extend(self.missing.into_iter().map(|(_, problem)| problem));
        problems.append(&mut self.problems);
    }

    fn find(&mut self, key: &'static str) -> Option<(Range<usize>, &'s DeValue<'s>)> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        let (_, value) = self.entries.iter().find(|(name, _)| name.get_ref() == key)?;
        Some((value.span(), value.get_ref()))
    }

    fn value<K: Kind>(&mut self, key: &str, at: usize, value: &DeValue<'_>, kind: &K) -> Option<Located<K::Out>> {
        let spot = self.source.spot(at);
        match kind.read(value) {
            Ok(value) => Some(Located { value, spot }),
            Err(complaint) => {
                let problem = spot.problem(&self.key(key), complaint.what, complaint.hint);
                self.problems.push(problem.allowing(kind.allowed()));
                None
            }
        }
    }

    fn miss(&mut self, key: &'static str, allowed: &str) {
        let problem = self.header.problem(&self.key(key), "is missing", format!("add a line: {key} = …"));
        self.missing.push((key, problem.allowing(allowed)));
    }
}
