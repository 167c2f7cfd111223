//! A schema element as text of its own: namespace declarations from above brought along, locations replaced. Everything else stays
//! octet for octet, and on its line.

use std::fmt::Write as _;
use std::ops::Range;

use roxmltree::Node;

/// A change of the text.
pub(super) type Edit = (Range<usize>, String);

/// The element `schema` of `text` with `edits` (places in `text`, not overlapping), as a document.
pub(super) fn document(text: &str, schema: Node<'_, '_>, mut edits: Vec<Edit>) -> String {
    let range = schema.range();
    let behind_name = behind_name(text, range.start);
    edits.push((behind_name..behind_name, inherited(text, schema)));
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let line = text.get(..range.start).unwrap_or_default().matches('\n').count();
    let mut document = "\n".repeat(line);
    let mut copied = range.start;
    for (place, words) in edits {
        document.push_str(text.get(copied..place.start).unwrap_or_default());
        document.push_str(&words);
        copied = place.end;
    }
    document.push_str(text.get(copied..range.end).unwrap_or_default());
    document
}

/// The change that gives an element the location `url`: in place of the one it has, or as a new attribute.
pub(super) fn located(text: &str, element: Node<'_, '_>, url: &str) -> Edit {
    if let Some(written) = location(element) {
        return (written, format!("schemaLocation=\"{url}\""));
    }
    let place = behind_name(text, element.range().start);
    (place..place, format!(" schemaLocation=\"{url}\""))
}

/// The change that takes the location of an element away, if it has one.
pub(super) fn unlocated(element: Node<'_, '_>) -> Option<Edit> {
    Some((location(element)?, String::new()))
}

/// Where the attribute `schemaLocation` is written.
fn location(element: Node<'_, '_>) -> Option<Range<usize>> {
    let mut attributes = element.attributes();
    let written = attributes.find(|attribute| attribute.name() == "schemaLocation" && attribute.namespace().is_none());
    written.map(|attribute| attribute.range())
}

/// The place behind the name in the start tag at `start`.
fn behind_name(text: &str, start: usize) -> usize {
    let tag = text.get(start..).unwrap_or_default();
    start + tag.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).unwrap_or(tag.len())
}

/// Declarations in scope that the element does not write itself.
fn inherited(text: &str, element: Node<'_, '_>) -> String {
    let own = declared(text.get(element.range()).unwrap_or_default());
    let mut words = String::new();
    for namespace in element.namespaces() {
        let name = namespace.name().map_or("xmlns".to_owned(), |prefix| format!("xmlns:{prefix}"));
        if namespace.name() != Some("xml") && !own.contains(&name) {
            // Writing to a String cannot fail.
            let _ = write!(words, " {name}=\"{}\"", escaped(namespace.uri()));
        }
    }
    words
}

/// Names of the attributes in the first start tag of `text`.
fn declared(text: &str) -> Vec<String> {
    let mut names = String::new();
    let mut quote = None;
    for character in text.chars() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '>') => break,
            (None, '=') => names.push(' '),
            (None, other) => names.push(other),
        }
    }
    names.split_whitespace().map(str::to_owned).collect()
}

/// Text as the value of an attribute in double quotes.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
