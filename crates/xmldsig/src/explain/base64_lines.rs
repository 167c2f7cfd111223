//! Lines of base64 broken anew: the text of an element that is base64 from end to end, written as programs write it. White space
//! between elements and every other text stay as they are.

use super::tags::{Piece, pieces};

/// Octets from which a text is taken for base64: shorter ones are words and numbers, and nobody breaks them.
const MIN_LENGTH: usize = 40;
/// Columns after which programs break lines (MIME, PEM, old Java); `None`: never.
const COLUMNS: [Option<usize>; 4] = [None, Some(76), Some(64), Some(72)];
/// Line ends as canonical text shows them.
const ENDS: [&str; 2] = ["\n", "&#xD;\n"];

/// A way to write base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    columns: Option<usize>,
    end: &'static str,
    /// Whether the last line ends too.
    last: bool,
}

impl Layout {
    /// Every layout that is tried.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        COLUMNS.into_iter().flat_map(|columns| {
            let ends = if columns.is_some() { ENDS.as_slice() } else { ENDS.get(..1).unwrap_or_default() };
            let lasts = if columns.is_some() { [false, true].as_slice() } else { [false].as_slice() };
            ends.iter().flat_map(move |end| lasts.iter().map(move |last| Self { columns, end, last: *last }))
        })
    }

    fn write(self, base64: &str, out: &mut String) {
        let columns = self.columns.unwrap_or(base64.len()).max(1);
        let mut rest = base64;
        while let Some((line, after)) = rest.split_at_checked(columns.min(rest.len())).filter(|_| !rest.is_empty()) {
            rest = after;
            out.push_str(line);
            if self.last || !rest.is_empty() {
                out.push_str(self.end);
            }
        }
    }
}

/// With every base64 text in `layout`; `None` when nothing changes.
pub(super) fn rewrapped(text: &str, layout: Layout) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => match base64(text) {
                Some(base64) => layout.write(&base64, &mut out),
                None => out.push_str(text),
            },
            other => out.push_str(other.text()),
        }
    }
    (out != text).then_some(out)
}

/// The text without line ends and blanks, if the rest is base64.
fn base64(text: &str) -> Option<String> {
    let text = text.replace("&#xD;", "");
    let is_base64 = |octet: u8| octet.is_ascii_alphanumeric() || b"+/=".contains(&octet);
    if !text.bytes().all(|octet| octet.is_ascii_whitespace() || is_base64(octet)) {
        return None;
    }
    let joined: String = text.split_ascii_whitespace().collect();
    (joined.len() >= MIN_LENGTH && joined.len().is_multiple_of(4)).then_some(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_in_base64_only() {
        let (data, half) = ("QUJD".repeat(32), "QUJD".repeat(16));
        let text = |data: &str| {
            format!("<a>\n  <b>some words\n that are long enough to look at twice</b>\n  <c>{data}</c>\n</a>")
        };
        let lines = Layout { columns: Some(64), end: "&#xD;\n", last: true };
        let wrapped = text(&format!("{half}&#xD;\n{half}&#xD;\n"));
        assert_eq!(rewrapped(&text(&data), lines).unwrap(), wrapped);
        assert_eq!(rewrapped(&wrapped, Layout { columns: None, end: "\n", last: false }).unwrap(), text(&data));
        assert_eq!(rewrapped(&wrapped, lines), None);
        assert_eq!(rewrapped(&text("QUJD"), lines), None, "too short");
        assert_eq!(Layout::all().count(), 13);
    }
}
