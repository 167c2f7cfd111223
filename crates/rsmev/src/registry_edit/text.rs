//! One change in the text of a TOML file: only the octets concerned are touched, comments, layout and line ends of all the
//! rest stay as a person wrote them. Text in, text out; no disk, no knowledge of what the keys mean.
//!
//! The place is found by the parser's spans and the new text is spliced in. Whether the result says what was meant is not
//! left to the splicing: it is parsed again and compared with the same change made to the values.

mod rows;

use std::fmt::Write as _;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use rows::Spot;
pub(crate) use rows::{append, remove};

/// A table of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row<'a> {
    /// `[name]`.
    Table(&'a str),
    /// The `[[table]]` in which `key` is `value`.
    Entry {
        /// Name of the table.
        table: &'a str,
        /// The key that tells its rows apart.
        key: &'a str,
        /// Its value in the row meant.
        value: &'a str,
    },
    /// The `[[table]]` that begins in that line, as the registry names the places of its rows.
    At {
        /// Name of the table.
        table: &'a str,
        /// Its line, counted from 1.
        line: usize,
    },
}

/// What is to change in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change<'a> {
    /// The key gets that value; a new key stands below the key `after`.
    Set { key: &'a str, value: &'a str, after: &'a str },
    /// The key gets a value that is TOML already: a day, a number, `true`, a table in one line.
    Put { key: &'a str, toml: &'a str, after: &'a str },
    /// The key goes away, if it is there.
    Unset { key: &'a str },
    /// The list gets one more value, unless it holds it; a new list stands below the key `after`.
    Add { key: &'a str, value: &'a str, end: End, after: &'a str },
    /// The list loses a value, if it holds it. A list left empty goes away with its key.
    Remove { key: &'a str, value: &'a str },
}

/// At which end of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Before all others.
    First,
    /// Behind all others.
    Last,
}

/// Why a text was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// The file is no TOML.
    NotToml,
    /// There is no such row.
    NoRow,
    /// It is written in a way that is not edited safely: dotted keys, comments inside what would go, values of other types.
    Layout,
}

impl Obstacle {
    /// For people, behind the name of the file and key.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Obstacle::NotToml => "the file is not TOML",
            Obstacle::NoRow => "there is no such row",
            Obstacle::Layout => "it is written in a way that this command does not edit: change it by hand",
        }
    }
}

/// The text with the change made.
pub(crate) fn change(text: &str, row: Row<'_>, change: Change<'_>) -> Result<String, Obstacle> {
    let document = DeTable::parse(text).map_err(|_| Obstacle::NotToml)?;
    let spot = Spot::of(text, document.get_ref(), row).ok_or(Obstacle::NoRow)?;
    let edits = edits(text, spot.table, change)?;
    let changed = spliced(text, edits).ok_or(Obstacle::Layout)?;
    checked(text, changed, |values| change_values(spot.values(values)?, change))
}

/// The changed text, when it says what was meant and nothing else.
fn checked(
    before: &str,
    changed: String,
    meant: impl FnOnce(&mut toml::Table) -> Option<()>,
) -> Result<String, Obstacle> {
    let mut expected: toml::Table = before.parse().map_err(|_| Obstacle::NotToml)?;
    meant(&mut expected).ok_or(Obstacle::Layout)?;
    match changed.parse::<toml::Table>() {
        Ok(found) if found == expected => Ok(changed),
        _ => Err(Obstacle::Layout),
    }
}

/// The values of a key: those of a list, or the one string; none when the key is not there.
pub(crate) fn values(text: &str, row: Row<'_>, key: &str) -> Result<Vec<String>, Obstacle> {
    let document = DeTable::parse(text).map_err(|_| Obstacle::NotToml)?;
    let table = Spot::of(text, document.get_ref(), row).ok_or(Obstacle::NoRow)?.table;
    let Some(value) = table.get(key) else { return Ok(Vec::new()) };
    let text = |value: &DeValue<'_>| value.as_str().map(str::to_owned).ok_or(Obstacle::Layout);
    match value.get_ref() {
        DeValue::Array(list) => list.iter().map(|item| text(item.get_ref())).collect(),
        single => Ok(vec![text(single)?]),
    }
}

/// The value of a key as it is written, to stand in another row of the same file; `None` when the key is not there.
pub(crate) fn written(text: &str, row: Row<'_>, key: &str) -> Result<Option<String>, Obstacle> {
    let document = DeTable::parse(text).map_err(|_| Obstacle::NotToml)?;
    let table = Spot::of(text, document.get_ref(), row).ok_or(Obstacle::NoRow)?.table;
    let Some(value) = table.get(key) else { return Ok(None) };
    let raw = text.get(value.span()).map(str::to_owned).ok_or(Obstacle::Layout)?;
    // A table under a header of its own is no value of one line.
    let alone: toml::Table = format!("value = {raw}").parse().map_err(|_| Obstacle::Layout)?;
    if alone.len() == 1 { Ok(Some(raw)) } else { Err(Obstacle::Layout) }
}

/// A range of the text and what takes its place.
type Edit = (Range<usize>, String);

fn edits(text: &str, table: &DeTable<'_>, change: Change<'_>) -> Result<Vec<Edit>, Obstacle> {
    match change {
        Change::Set { key, value, after } => put(text, table, key, &literal(value), after),
        Change::Put { key, toml, after } => put(text, table, key, toml, after),
        Change::Unset { key } => match table.get_key_value(key) {
            Some((name, value)) => Ok(vec![(key_range(text, name.span().start..value.span().end)?, String::new())]),
            None => Ok(Vec::new()),
        },
        Change::Add { key, value, end, after } => {
            let Some(list) = table.get(key) else {
                return new_key(text, table, key, &format!("[{}]", literal(value)), after);
            };
            let list = List::of(list).ok_or(Obstacle::Layout)?;
            if list.values.iter().any(|known| known == value) {
                return Ok(Vec::new());
            }
            list.add(text, &literal(value), end).ok_or(Obstacle::Layout)
        }
        Change::Remove { key, value } => {
            let Some(found) = table.get(key) else { return Ok(Vec::new()) };
            let list = List::of(found).ok_or(Obstacle::Layout)?;
            match list.values.iter().position(|known| known == value) {
                None => Ok(Vec::new()),
                Some(_) if list.values.len() == 1 => edits(text, table, Change::Unset { key }),
                Some(at) => list.remove(text, at).ok_or(Obstacle::Layout),
            }
        }
    }
}

/// The value of a key in place of the old one, or with its key below another.
fn put(text: &str, table: &DeTable<'_>, key: &str, value: &str, after: &str) -> Result<Vec<Edit>, Obstacle> {
    match table.get(key).map(toml::Spanned::span) {
        Some(old) => Ok(vec![(old, value.to_owned())]),
        None => new_key(text, table, key, value, after),
    }
}

/// A key with its value in a line of its own below another, or behind it where rows stand in one line.
fn new_key(text: &str, table: &DeTable<'_>, key: &str, value: &str, after: &str) -> Result<Vec<Edit>, Obstacle> {
    let (name, anchor) = table.get_key_value(after).ok_or(Obstacle::Layout)?;
    let end = anchor.span().end;
    if !ends_line(text, end) {
        return Ok(vec![(end..end, format!(", {key} = {value}"))]);
    }
    let indent = blank_before(text, name.span().start).ok_or(Obstacle::Layout)?;
    let at = line_end(text, end);
    Ok(vec![(at..at, format!("{}{indent}{key} = {value}", line_break(text)))])
}

/// What goes when a key goes: its line, or its part of a line together with one comma.
fn key_range(text: &str, pair: Range<usize>) -> Result<Range<usize>, Obstacle> {
    if ends_line(text, pair.end) && blank_before(text, pair.start).is_some() {
        let (start, end) = (line_start(text, pair.start), line_end(text, pair.end));
        // With the line break before it: the last line of a file may have none behind it.
        let before = text.get(..start).unwrap_or_default();
        let break_before = before.strip_suffix('\n').map(|rest| rest.strip_suffix('\r').unwrap_or(rest).len());
        return Ok(match break_before {
            Some(from) => from..end,
            None => start..next_line(text, end),
        });
    }
    let before = text.get(..pair.start).unwrap_or_default().trim_end_matches([' ', '\t']);
    if let Some(rest) = before.strip_suffix(',') {
        return Ok(rest.len()..pair.end);
    }
    let behind = text.get(pair.end..).unwrap_or_default();
    let rest = behind.trim_start_matches([' ', '\t']).strip_prefix(',').ok_or(Obstacle::Layout)?;
    Ok(pair.start..text.len() - rest.trim_start_matches([' ', '\t']).len())
}

/// A list of strings with the places of its values.
struct List {
    span: Range<usize>,
    values: Vec<String>,
    spans: Vec<Range<usize>>,
}

impl List {
    fn of(value: &toml::Spanned<DeValue<'_>>) -> Option<List> {
        let items = value.get_ref().as_array()?;
        let values = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect::<Option<_>>()?;
        Some(List { span: value.span(), values, spans: items.iter().map(toml::Spanned::span).collect() })
    }

    fn add(&self, text: &str, value: &str, end: End) -> Option<Vec<Edit>> {
        let open = self.span.start + 1;
        let (Some(first), Some(last)) = (self.spans.first(), self.spans.last()) else {
            return Some(vec![(open..open, value.to_owned())]);
        };
        let line_by_line = text.get(open..first.start)?.contains('\n');
        let indent = blank_before(text, first.start).filter(|_| line_by_line);
        match (end, indent) {
            (End::First, Some(indent)) => Some(vec![(open..open, format!("{}{indent}{value},", line_break(text)))]),
            (End::First, None) => Some(vec![(first.start..first.start, format!("{value}, "))]),
            (End::Last, None) => Some(match comma_after(text, last.end, self.span.end) {
                Some(comma) => vec![(comma..comma, format!(" {value},"))],
                None => vec![(last.end..last.end, format!(", {value}"))],
            }),
            (End::Last, Some(indent)) => {
                let comma = comma_after(text, last.end, self.span.end);
                // Behind what is remarked on the last value, but inside the brackets.
                let at = line_end(text, comma.unwrap_or(last.end)).min(self.span.end.saturating_sub(1));
                let line = format!("{}{indent}{value}", line_break(text));
                Some(match comma {
                    Some(_) => vec![(at..at, format!("{line},"))],
                    None => vec![(last.end..last.end, ",".to_owned()), (at..at, line)],
                })
            }
        }
    }

    fn remove(&self, text: &str, at: usize) -> Option<Vec<Edit>> {
        let own = self.spans.get(at)?.clone();
        let comma = comma_after(text, own.end, self.span.end);
        let behind = comma.unwrap_or(own.end);
        if blank_before(text, own.start).is_some() && ends_line(text, behind) && line_end(text, behind) < self.span.end
        {
            let start = line_start(text, own.start);
            let mut edits =
                vec![(start.saturating_sub(break_length_before(text, start))..line_end(text, behind), String::new())];
            if comma.is_none()
                && let Some(before) = at.checked_sub(1).and_then(|at| self.spans.get(at))
                && let Some(comma) = comma_after(text, before.end, own.start)
            {
                edits.insert(0, (comma - 1..comma, String::new()));
            }
            return Some(edits);
        }
        let range = match (self.spans.get(at + 1), at.checked_sub(1).and_then(|at| self.spans.get(at))) {
            (Some(next), _) => own.start..next.start,
            (None, Some(before)) => before.end..own.end,
            (None, None) => return None,
        };
        let gone = text.get(range.clone())?;
        let value = text.get(own)?;
        // What is remarked in between would be lost.
        (!gone.replacen(value, "", 1).contains('#')).then(|| vec![(range, String::new())])
    }
}

/// A value that is TOML already; one and no more.
fn value(toml: &str) -> Option<toml::Value> {
    let mut read: toml::Table = format!("value = {toml}").parse().ok()?;
    read.remove("value").filter(|_| read.is_empty())
}

/// The same change made to values.
fn change_values(table: &mut toml::Table, change: Change<'_>) -> Option<()> {
    let string = |value: &str| toml::Value::String(value.to_owned());
    match change {
        Change::Set { key, value, .. } => drop(table.insert(key.to_owned(), string(value))),
        Change::Put { key, toml, .. } => {
            drop(table.insert(key.to_owned(), value(toml)?));
        }
        Change::Unset { key } => drop(table.remove(key)),
        Change::Add { key, value, end, .. } => {
            let list = table.entry(key).or_insert_with(|| toml::Value::Array(Vec::new())).as_array_mut()?;
            if !list.contains(&string(value)) {
                list.insert(if end == End::First { 0 } else { list.len() }, string(value));
            }
        }
        Change::Remove { key, value } => {
            if let Some(list) = table.get_mut(key) {
                let list = list.as_array_mut()?;
                list.retain(|known| *known != string(value));
                if list.is_empty() {
                    table.remove(key);
                }
            }
        }
    }
    Some(())
}

fn spliced(text: &str, mut edits: Vec<Edit>) -> Option<String> {
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(text.len() + 64);
    let mut copied = 0;
    for (range, inserted) in edits {
        out.push_str(text.get(copied..range.start)?);
        out.push_str(&inserted);
        copied = range.end;
    }
    out.push_str(text.get(copied..)?);
    Some(out)
}

/// A basic string (TOML 1.0, Strings).
pub(crate) fn literal(value: &str) -> String {
    let mut text = String::from("\"");
    for character in value.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            control if control.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\u{:04X}", u32::from(control));
            }
            other => text.push(other),
        }
    }
    text + "\""
}

/// A list of basic strings in one line.
pub(crate) fn literals<'v>(values: impl IntoIterator<Item = &'v str>) -> String {
    let values: Vec<_> = values.into_iter().map(literal).collect();
    format!("[{}]", values.join(", "))
}

/// Behind the comma that follows a value, over blanks, line breaks and comments; `None` before `end` comes first.
fn comma_after(text: &str, from: usize, end: usize) -> Option<usize> {
    let mut comment = false;
    for (at, character) in text.get(from..end)?.char_indices() {
        match character {
            '\n' => comment = false,
            '#' => comment = true,
            ',' if !comment => return Some(from + at + 1),
            blank if comment || blank.is_whitespace() => {}
            _ => return None,
        }
    }
    None
}

fn line_break(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
}

/// Where the line break of the line begins, or the end of the text.
fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    at + if line.len() < rest.len() { line.strip_suffix('\r').unwrap_or(line).len() } else { line.len() }
}

fn next_line(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |found| at + found + 1)
}

fn break_length_before(text: &str, start: usize) -> usize {
    let before = text.get(..start).unwrap_or_default();
    if before.ends_with("\r\n") { 2 } else { usize::from(before.ends_with('\n')) }
}

/// Nothing but blanks and a comment stands in the rest of the line.
fn ends_line(text: &str, at: usize) -> bool {
    let rest = text.get(at..line_end(text, at)).unwrap_or_default().trim();
    rest.is_empty() || rest.starts_with('#')
}

/// The blanks before, when nothing else stands there in the line.
fn blank_before(text: &str, at: usize) -> Option<&str> {
    text.get(line_start(text, at)..at).filter(|before| before.trim().is_empty())
}

#[cfg(test)]
mod tests;
