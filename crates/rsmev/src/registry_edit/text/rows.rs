//! Whole rows of a table: found, appended, removed. What changes inside of a row is in the parent.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::{Obstacle, Row, break_length_before, checked, line_break, line_end, line_start, next_line};

/// A row that was found: its keys, and how to find it again among values.
pub(super) struct Spot<'t, 'i> {
    pub(super) table: &'t DeTable<'i>,
    name: String,
    /// Which of the rows; `None` for a table that stands once.
    index: Option<usize>,
    /// Where its header begins.
    start: usize,
    /// Where its header ends.
    end: usize,
}

impl<'t, 'i> Spot<'t, 'i> {
    pub(super) fn of(text: &str, document: &'t DeTable<'i>, row: Row<'_>) -> Option<Self> {
        let name = match row {
            Row::Table(name) => {
                let found = document.get(name)?;
                let Range { start, end } = found.span();
                return Some(Self {
                    table: found.get_ref().as_table()?,
                    name: name.to_owned(),
                    index: None,
                    start,
                    end,
                });
            }
            Row::Entry { table, .. } | Row::At { table, .. } => table,
        };
        let fits = |found: &DeTable<'_>, start| match row {
            Row::Table(_) => false,
            Row::Entry { key, value, .. } => {
                found.get(key).and_then(|found| found.get_ref().as_str()).is_some_and(|found| found == value)
            }
            Row::At { line, .. } => line_of(text, start) == line,
        };
        let rows = document.get(name)?.get_ref().as_array()?;
        rows.iter().enumerate().find_map(|(index, found)| {
            let table = found.get_ref().as_table()?;
            let Range { start, end } = found.span();
            fits(table, start).then(|| Self { table, name: name.to_owned(), index: Some(index), start, end })
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

/// The text with one row more; values are TOML. It stands below the last row of its table, behind what is remarked on that
/// row; where rows of several tables take turns, or there is none of its table yet, at the end.
pub(crate) fn append(text: &str, table: &str, pairs: &[(&str, String)]) -> Result<String, Obstacle> {
    let document = DeTable::parse(text).map_err(|_| Obstacle::NotToml)?;
    let break_ = line_break(text);
    let lines: Vec<_> = pairs.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let row = format!("[[{table}]]{break_}{}", lines.join(break_));
    let changed = if text.trim().is_empty() {
        format!("{row}{break_}{text}")
    } else {
        let place = below(text, document.get_ref(), table).unwrap_or_else(|| end_of_content(text));
        let (before, behind) = text.split_at_checked(place).ok_or(Obstacle::Layout)?;
        // A blank line around it, unless rows here stand close.
        let close = !blank(lines_from(behind).nth(1).unwrap_or_default());
        format!("{before}{break_}{}{row}{behind}", if close { "" } else { break_ })
    };
    checked(text, changed, |values| {
        let row =
            pairs.iter().map(|(key, value)| Some(((*key).to_owned(), super::value(value)?))).collect::<Option<_>>()?;
        let rows = values.entry(table).or_insert_with(|| toml::Value::Array(Vec::new()));
        rows.as_array_mut()?.push(toml::Value::Table(row));
        Some(())
    })
}

/// Behind the last row of a table whose rows stand together.
fn below(text: &str, document: &DeTable<'_>, table: &str) -> Option<usize> {
    let rows = document.get(table)?.get_ref().as_array()?;
    let (first, last) = (rows.first()?.span().start, rows.last()?);
    let between = |at: usize| first < at && at < last.span().start;
    let mut others = document.iter().filter(|(name, _)| name.get_ref().as_ref() != table);
    if others.any(|(_, value)| heads(value).any(between)) {
        return None;
    }
    Some(remarks_below(text, end_of_row(last)))
}

/// Where a table, or each row of it, begins.
fn heads<'v>(value: &'v toml::Spanned<DeValue<'_>>) -> impl Iterator<Item = usize> + 'v {
    let rows = value.get_ref().as_array().into_iter().flat_map(|rows| rows.iter()).map(|row| row.span().start);
    value.get_ref().as_table().map(|_| value.span().start).into_iter().chain(rows)
}

/// The end of the last line in which something stands.
fn end_of_content(text: &str) -> usize {
    line_end(text, text.trim_end().len())
}

/// The end of the lines of comment right below a row: they are remarks on it, unless the next row begins right below them.
fn remarks_below(text: &str, row: usize) -> usize {
    let mut end = line_end(text, row);
    let mut next = next_line(text, end);
    while let Some(line) = text.get(next..).and_then(|rest| lines_from(rest).next()) {
        if !line.trim_start().starts_with('#') {
            return if blank(line) { end } else { line_end(text, row) };
        }
        end = line_end(text, next);
        next = next_line(text, end);
        if next >= text.len() {
            break;
        }
    }
    end
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
    let range = range_of(text, spot.start, spot.end.max(end_of(spot.table)));
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

/// What goes with a row: the comment right above it, the remarks right below it, and the blank lines on one side of it, so
/// that those on the other keep its neighbours apart.
fn range_of(text: &str, header: usize, end: usize) -> Range<usize> {
    let mut start = line_start(text, header);
    while start > 0 {
        let above = line_start(text, start - 1);
        if !text.get(above..start).unwrap_or_default().trim_start().starts_with('#') {
            break;
        }
        start = above;
    }
    // The comment that begins a file is about the file.
    if start == 0 {
        start = line_start(text, header);
    }
    let own_end = remarks_below(text, end);
    let behind = next_line(text, own_end);
    let (before_blank, behind_blank) = (blank_above(text, start), blank_below(text, behind));
    let count = |range: Range<usize>| text.get(range).unwrap_or_default().matches('\n').count();
    let last = behind_blank == text.len();
    if before_blank > 0 && (last || count(before_blank..start) < count(behind..behind_blank)) {
        // A file that ends without a line break ends so afterwards.
        let unbroken = own_end == text.len();
        let from = if unbroken { before_blank - break_length_before(text, before_blank) } else { before_blank };
        return from..behind;
    }
    start..if last { behind } else { behind_blank }
}

/// Where the blank lines above a line begin.
fn blank_above(text: &str, mut start: usize) -> usize {
    while start > 0 {
        let above = line_start(text, start - 1);
        if !blank(text.get(above..start).unwrap_or_default()) {
            break;
        }
        start = above;
    }
    start
}

/// Where the blank lines from a line on end.
fn blank_below(text: &str, mut start: usize) -> usize {
    while start < text.len() && blank(text.get(start..next_line(text, start)).unwrap_or_default()) {
        start = next_line(text, start);
    }
    start
}

fn blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn lines_from(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
}

/// Behind the last value of a row, or its header where it has none.
fn end_of_row(row: &toml::Spanned<DeValue<'_>>) -> usize {
    row.span().end.max(end_of_value(row))
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

#[cfg(test)]
mod tests;
