//! Where an element stands in the text of a message. Only for text that libxml2 has read as well-formed.

use std::ops::Range;

/// The octets of the element of this number (from 0, in document order), from `<` to the `>` of its end tag.
pub(super) fn element(text: &str, number: usize) -> Option<Range<usize>> {
    let (mut at, mut seen, mut depth) = (0, 0_usize, 0_usize);
    let mut found: Option<(usize, usize)> = None;
    while let Some(open) = text.get(at..)?.find('<').map(|found| at + found) {
        let rest = text.get(open..)?;
        let length = length(rest)?;
        at = open + length;
        if rest.starts_with("<!") || rest.starts_with("<?") {
            continue;
        }
        if rest.starts_with("</") {
            depth = depth.checked_sub(1)?;
        } else {
            if seen == number {
                found = Some((open, depth));
            }
            seen += 1;
            depth += usize::from(!rest.get(..length)?.ends_with("/>"));
        }
        if let Some((start, level)) = found
            && level == depth
        {
            return Some(start..at);
        }
    }
    None
}

/// Length of the markup that `text` begins with.
fn length(text: &str) -> Option<usize> {
    let through = |end: &str| text.find(end).map(|at| at + end.len());
    if text.starts_with("<!--") {
        return text.get(4..)?.find("-->").map(|at| at + 7);
    }
    if text.starts_with("<![CDATA[") {
        return through("]]>");
    }
    if text.starts_with("<?") {
        return through("?>");
    }
    let mut quote = None;
    for (at, octet) in text.bytes().enumerate() {
        match (quote, octet) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(octet),
            (Some(open), octet) if open == octet => quote = None,
            _ => {}
        }
    }
    None
}

/// The XML declaration of a message, without its line end.
pub(super) fn declaration(text: &str) -> Option<&str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.starts_with("<?xml ").then(|| text.get(..text.find("?>")? + 2)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_their_number() {
        let text = "<?xml version='1.0'?><!-- <x> --><a b='>'><c/><![CDATA[<d>]]><e f=\"/>\">t<g></g></e ></a>";
        let found: Vec<_> = (0..5).map(|number| element(text, number).map(|span| &text[span])).collect();
        let expected = [
            Some("<a b='>'><c/><![CDATA[<d>]]><e f=\"/>\">t<g></g></e ></a>"),
            Some("<c/>"),
            Some("<e f=\"/>\">t<g></g></e >"),
            Some("<g></g>"),
            None,
        ];
        assert_eq!(found, expected);
        assert_eq!(declaration(text), Some("<?xml version='1.0'?>"));
        assert_eq!(declaration("<a/>"), None);
    }
}
