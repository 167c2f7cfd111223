//! Whole rows of a table: found, appended, removed. What changes inside of a row is in the parent.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::{Obstacle, Row, checked, line_break, line_end, line_start, next_line};

/// A row that was found: its keys, and how to find it again among values.
pub(super) struct Spot<'t, 'i> {
    pub(super) table: &'t DeTable<'i>,
    name: String,
    /// Which of the rows; `None` for a table that stands once.
    index: Option<usize>,
    /// Where its header begins.
    start: usize,
}

impl<'t, 'i> Spot<'t, 'i> {
    pub(super) fn of(text: &str, document: &'t DeTable<'i>, row: Row<'_>) -> Option<Self> {
        let (name, fits): (&str, Box<dyn Fn(&DeTable<'_>, usize) -> bool + '_>) = match row {
            Row::Table(name) => {
                let found = document.get(name)?;
                let start = found.span().start;
                return Some(Self { table: found.get_ref().as_table()?, name: name.to_owned(), index: None, start });
            }
            Row::Entry { table, key, value } => {
                (table, Box::new(move |row, _| row.get(key).and_then(|found| found.get_ref().as_str()) == Some(value)))
            }
            Row::At { table, line } => (table, Box::new(move |_, start| line_of(text, start) == line)),
        };
        let rows = document.get(name)?.get_ref().as_array()?;
        rows.iter().enumerate().find_map(|(index, found)| {
            let table = found.get_ref().as_table()?;
            let start = found.span().start;
            fits(table, start).then(|| Self { table, name: name.to_owned(), index: Some(index), start })
        })
    }

    /// The same row among values.
    pub(super) fn values<'v>(&self, document: &'v mut toml::Table) -> Option<&'v mut toml::Table> {
        let found = document.get_mut(&self.name)?;
        match self.index {
            None => found.as_table_mut(),
            Some(index) => found.as_array_mut()?.get_mut(index)?.as_table_mut(),
        }
    }
}

/// The text with one row more, below the last of its table or at the end; values are TOML.
pub(crate) fn append(text: &str, table: &str, pairs: &[(&str, String)]) -> Result<String, Obstacle> {
    let document = DeTable::parse(text).map_err(|_| Obstacle::NotToml)?;
    let last = document.get_ref().get(table).and_then(|rows| rows.get_ref().as_array()?.last());
    let end = last.and_then(|row| Some(end_of(row.get_ref().as_table()?)));
    let break_ = line_break(text);
    let lines: Vec<_> = pairs.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let row = format!("[[{table}]]{break_}{}", lines.join(break_));
    let changed = match end {
        Some(end) => {
            let (before, behind) = text.split_at_checked(line_end(text, end)).ok_or(Obstacle::Layout)?;
            format!("{before}{break_}{break_}{row}{}{behind}", if behind.is_empty() { break_ } else { "" })
        }
        None if text.trim().is_empty() => format!("{text}{row}{break_}"),
        None => format!("{}{break_}{break_}{row}{break_}", text.trim_end_matches(['\r', '\n'])),
    };
    checked(text, changed, |values| {
        let row: toml::Table = lines.join("\n").parse().ok()?;
        let rows = values.entry(table).or_insert_with(|| toml::Value::Array(Vec::new()));
        rows.as_array_mut()?.push(toml::Value::Table(row));
        Some(())
    })
}

/// The text without a row, its remarks, and the comment that stands right above it.
pub(crate) fn remove(text: &str, row: Row<'_>) -> Result<String, Obstacle> {
    let document = DeTable::parse(text).map_err(|_| Obstacle::NotToml)?;
    let spot = Spot::of(text, document.get_ref(), row).ok_or(Obstacle::NoRow)?;
    let index = spot.index.ok_or(Obstacle::Layout)?;
    let header = text.get(line_start(text, spot.start)..).unwrap_or_default();
    if !header.trim_start().starts_with("[[") {
        return Err(Obstacle::Layout);
    }
    let range = range_of(text, spot.start, end_of(spot.table));
    let mut changed = text.to_owned();
    changed.replace_range(range, "");
    checked(text, changed, |values| {
        let rows = values.get_mut(&spot.name)?.as_array_mut()?;
        rows.remove(index);
        if rows.is_empty() {
            values.remove(&spot.name);
        }
        Some(())
    })
}

/// The lines of a row with the comment right above it and the blank lines behind it.
fn range_of(text: &str, header: usize, end: usize) -> Range<usize> {
    let mut start = line_start(text, header);
    loop {
        let above = line_start(text, start.saturating_sub(1));
        let line = text.get(above..start).unwrap_or_default().trim();
        if start == 0 || !line.starts_with('#') {
            break;
        }
        start = above;
    }
    // The comment that begins a file is about the file.
    if start == 0 {
        start = line_start(text, header);
    }
    let mut behind = next_line(text, end.max(header));
    while text.get(behind..next_line(text, behind)).is_some_and(|line| !line.is_empty() && line.trim().is_empty()) {
        behind = next_line(text, behind);
    }
    start..behind
}

/// Behind the last value of a table, those of tables in it included.
fn end_of(table: &DeTable<'_>) -> usize {
    table.iter().map(|(key, value)| key.span().end.max(end_of_value(value))).max().unwrap_or_default()
}

fn end_of_value(value: &toml::Spanned<DeValue<'_>>) -> usize {
    let inner = match value.get_ref() {
        DeValue::Table(table) => end_of(table),
        DeValue::Array(list) => list.iter().map(end_of_value).max().unwrap_or_default(),
        _ => 0,
    };
    inner.max(value.span().end)
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or_default().matches('\n').count() + 1
}
