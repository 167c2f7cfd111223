//! The text of one registry file and the way from an offset in it to a line and column.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Place, Problem};

/// A registry file as it was read.
#[derive(Debug)]
pub(super) struct Source {
    /// Name relative to the directory of the entry file.
    pub(super) name: Arc<str>,
    /// Its directory, relative to that of the entry file: paths in it begin there.
    pub(super) directory: PathBuf,
    /// Its text.
    pub(super) text: String,
    line_starts: Vec<usize>,
}

/// A position in a registry file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) file: Arc<str>,
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Spot {
    /// A problem at this position.
    pub(super) fn problem(&self, key: &str, what: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem {
            file: self.file.to_string(),
            line: self.line,
            column: self.column,
            key: key.to_owned(),
            what: what.into(),
            allowed: None,
            hint: hint.into(),
        }
    }

    /// The line alone.
    pub(super) fn place(&self) -> Place {
        Place { file: Arc::clone(&self.file), line: self.line }
    }
}

/// A value with the position it was read from.
#[derive(Debug, Clone)]
pub(super) struct Located<T> {
    pub(super) value: T,
    pub(super) spot: Spot,
}

impl Source {
    pub(super) fn new(name: &str, directory: PathBuf, text: String) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name: name.into(), directory, text, line_starts }
    }

    /// The position of an octet; beyond the end it is that of the end.
    pub(super) fn spot(&self, offset: usize) -> Spot {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| self.line_starts.get(index)).copied().unwrap_or_default();
        let before = self.text.get(start..offset.min(self.text.len())).unwrap_or_default();
        Spot { file: Arc::clone(&self.name), line, column: before.chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_begin_after_the_break() {
        let source = Source::new("a.toml", PathBuf::new(), "имя = 1\nx = 2\n".into());
        let at = |offset| {
            let spot = source.spot(offset);
            (spot.line, spot.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at("имя = ".len()), (1, 7));
        assert_eq!(at("имя = 1\n".len()), (2, 1));
        assert_eq!(at("имя = 1\nx = ".len()), (2, 5));
        assert_eq!(at(1000), (3, 1));
    }
}
