//! Tables for people: columns that line up whatever the letters, folded into the width of the terminal; one line a row, and
//! nothing cut off, when nobody reads along. What strangers wrote in a cell cannot steer the terminal.
//!
//! Programs read `--json`, not these.

use comfy_table::{Cell, CellAlignment, ContentArrangement};

use crate::failure::Failure;
use crate::terminal::{self, tame};
use crate::{language, print};

/// A table that is being filled.
#[derive(Debug)]
pub(crate) struct Table {
    inner: comfy_table::Table,
    right: Vec<usize>,
}

impl Table {
    /// An empty table with the heads of its columns.
    pub(crate) fn new<const N: usize>(heads: [&str; N]) -> Self {
        let mut inner = comfy_table::Table::new();
        inner.set_header(heads.map(tame).map(Cell::new));
        Self { inner, right: Vec::new() }
    }

    /// The same with heads in the language of the command, each Russian and English.
    pub(crate) fn told<const N: usize>(heads: [(&str, &str); N]) -> Self {
        Self::new(heads.map(|(ru, en)| language::told(ru, en)))
    }

    /// Figures in that column, counted from 0, end under each other.
    pub(crate) fn right(mut self, column: usize) -> Self {
        self.right.push(column);
        self
    }

    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.inner.add_row(cells.into_iter().map(|cell| Cell::new_owned(tame(&cell))));
    }

    /// Has it no row?
    pub(crate) fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// Prints it as wide as the terminal allows; an empty table prints nothing: say why in talk.
    pub(crate) fn print(self) -> Result<(), Failure> {
        if self.is_empty() {
            return Ok(());
        }
        print::line(&self.text(terminal::width()))
    }

    fn text(mut self, width: Option<usize>) -> String {
        if let Some(width) = width {
            self.inner.set_width(u16::try_from(width).unwrap_or(u16::MAX));
            self.inner.set_content_arrangement(ContentArrangement::Dynamic);
        }
        self.inner.load_style(comfy_table::presets::NOTHING);
        let last = self.inner.column_count().saturating_sub(1);
        for (at, column) in self.inner.column_iter_mut().enumerate() {
            column.set_padding((0, if at == last { 0 } else { 2 }));
            if self.right.contains(&at) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        self.inner.trim_fmt()
    }
}

/// The word by which JSON knows a value, for a cell.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["code", "days", "name"]).right(1);
        table.row(["SOCZ".to_owned(), "7".to_owned(), "Министерство социальной защиты".to_owned()]);
        table.row(["Ю".to_owned(), "120".to_owned(), "\u{1b}[2J".to_owned()]);
        table
    }

    #[test]
    fn one_line_a_row_where_nobody_reads_along() {
        assert_eq!(
            table().text(None),
            "code  days  name\nSOCZ     7  Министерство социальной защиты\nЮ      120  \\u001b[2J"
        );
    }

    #[test]
    fn the_width_of_the_terminal_is_kept_and_nothing_is_lost() {
        let text = table().text(Some(30));
        assert!(text.lines().all(|line| line.chars().count() <= 30), "{text}");
        for word in ["SOCZ", "Министерство", "социальной", "защиты", "120"] {
            assert!(text.contains(word), "{text}");
        }
    }
}
