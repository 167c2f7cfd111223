//! Exclusive canonicalization written a second time, from the two recommendations alone: a stream of events in, octets out, no tree.
//!
//! xml-exc-c14n §3 and xml-c14n §2.3, without comments. Shares nothing with libxml2: not the parser, not the idea of a node.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// What is canonicalized: elements by the offset of their start tag.
pub(crate) struct Wanted<'a> {
    pub(crate) apex: usize,
    /// Left out with all it contains.
    pub(crate) without: Option<usize>,
    /// InclusiveNamespaces PrefixList; `#default` is the default namespace.
    pub(crate) prefixes: &'a [String],
}

/// Prefix to namespace name; the empty name for no namespace.
type Bindings = BTreeMap<String, String>;

/// An element that is open.
struct Open {
    name: String,
    /// Namespaces in scope.
    scope: Bindings,
    /// What output ancestors and the element itself have said of each prefix.
    rendered: Bindings,
    /// Whether its tags are written.
    written: bool,
}

/// The canonical form of a part of `text`, which must be well-formed.
pub(crate) fn canonical(text: &str, wanted: &Wanted<'_>) -> String {
    let mut reader = Reader::from_str(text);
    let mut out = String::new();
    let mut open: Vec<Open> = Vec::new();
    // How many elements were open when the apex began, and when the part left out began.
    let (mut inside, mut outside): (Option<usize>, Option<usize>) = (None, None);
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap();
        let event = reader.read_event().unwrap();
        let visible = inside.is_some() && outside.is_none();
        match event {
            Event::Start(_) | Event::Empty(_) => {
                let (start, empty) = match &event {
                    Event::Start(start) => (start, false),
                    Event::Empty(start) => (start, true),
                    _ => unreachable!(),
                };
                if at == wanted.apex {
                    inside = Some(open.len());
                }
                if wanted.without == Some(at) {
                    outside = Some(open.len());
                }
                let written = inside.is_some() && outside.is_none();
                let element = begin(start, open.last(), written, wanted.prefixes, &mut out);
                open.push(element);
                if empty {
                    end(&mut open, &mut inside, &mut outside, &mut out);
                }
            }
            Event::End(_) => end(&mut open, &mut inside, &mut outside, &mut out),
            Event::Text(text) if visible => escape_text(&line_ends(utf8(&text)), &mut out),
            Event::CData(text) if visible => escape_text(&line_ends(utf8(&text)), &mut out),
            Event::GeneralRef(reference) if visible => escape_text(&resolved(utf8(&reference)), &mut out),
            Event::PI(instruction) if visible => {
                let content = line_ends(utf8(&instruction));
                let (target, data) = content.split_once([' ', '\t', '\n']).unwrap_or((&content, ""));
                let data = data.trim_start_matches([' ', '\t', '\n']);
                let gap = if data.is_empty() { "" } else { " " };
                out.push_str(&format!("<?{target}{gap}{data}?>"));
            }
            Event::Eof => return out,
            _ => {}
        }
    }
}

fn end(open: &mut Vec<Open>, inside: &mut Option<usize>, outside: &mut Option<usize>, out: &mut String) {
    let element = open.pop().unwrap();
    if element.written {
        out.push_str(&format!("</{}>", element.name));
    }
    let depth = Some(open.len());
    if *inside == depth {
        *inside = None;
    }
    if *outside == depth {
        *outside = None;
    }
}

/// Reads a start tag and, when it is visible, writes it.
fn begin(start: &BytesStart<'_>, parent: Option<&Open>, written: bool, listed: &[String], out: &mut String) -> Open {
    let name = utf8(start.name().0).to_owned();
    let mut scope = parent.map(|parent| parent.scope.clone()).unwrap_or_default();
    let mut rendered = parent.map(|parent| parent.rendered.clone()).unwrap_or_default();
    let mut attributes = Vec::new();
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.unwrap();
        let (key, value) = (utf8(attribute.key.0), attribute_value(utf8(&attribute.value)));
        match (key, key.strip_prefix("xmlns:")) {
            ("xmlns", _) => drop(scope.insert(String::new(), value)),
            (_, Some(prefix)) => drop(scope.insert(prefix.to_owned(), value)),
            _ => attributes.push((key.to_owned(), value)),
        }
    }
    if written {
        let used: Vec<String> = std::iter::once(prefix_of(&name))
            .chain(attributes.iter().map(|(key, _)| prefix_of(key)).filter(|prefix| !prefix.is_empty()))
            .filter(|prefix| *prefix != "xml")
            .map(str::to_owned)
            .collect();
        let listed = listed.iter().map(|prefix| if prefix == "#default" { "" } else { prefix }.to_owned());
        // Of the listed ones whatever is in scope, of the others what is visibly used here.
        let shown: Vec<String> = listed.filter(|prefix| scope.contains_key(prefix)).chain(used).collect();
        let mut declared = Bindings::new();
        for prefix in shown {
            let value = scope.get(&prefix).cloned().unwrap_or_default();
            // To be without default namespace is worth saying only below somebody who has one.
            let said = rendered.get(&prefix).map_or("", String::as_str);
            if said != value {
                rendered.insert(prefix.clone(), value.clone());
                declared.insert(prefix, value);
            }
        }
        write_tag(&name, &declared, attributes, &scope, out);
    }
    Open { name, scope, rendered, written }
}

fn write_tag(
    name: &str,
    declared: &Bindings,
    mut attributes: Vec<(String, String)>,
    scope: &Bindings,
    out: &mut String,
) {
    out.push_str(&format!("<{name}"));
    for (prefix, value) in declared {
        let colon = if prefix.is_empty() { "" } else { ":" };
        out.push_str(&format!(" xmlns{colon}{prefix}=\""));
        escape_attribute(value, out);
        out.push('"');
    }
    // By namespace name, then local name; without prefix: no namespace.
    attributes.sort_by_key(|(key, _)| match key.split_once(':') {
        None => (String::new(), key.clone()),
        Some(("xml", local)) => ("http://www.w3.org/XML/1998/namespace".to_owned(), local.to_owned()),
        Some((prefix, local)) => (scope[prefix].clone(), local.to_owned()),
    });
    for (key, value) in attributes {
        out.push_str(&format!(" {key}=\""));
        escape_attribute(&value, out);
        out.push('"');
    }
    out.push('>');
}

fn prefix_of(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn utf8(octets: &[u8]) -> &str {
    std::str::from_utf8(octets).unwrap()
}

/// XML 1.0 §2.11.
fn line_ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// XML 1.0 §3.3.3: white space becomes blanks, references stay what they mean.
fn attribute_value(raw: &str) -> String {
    let mut value = String::new();
    let mut rest = line_ends(raw).replace(['\n', '\t'], " ");
    while let Some((before, after)) = rest.split_once('&') {
        value.push_str(before);
        let (name, after) = after.split_once(';').unwrap();
        value.push_str(&resolved(name));
        rest = after.to_owned();
    }
    value + &rest
}

/// What a reference stands for, without `&` and `;`.
fn resolved(name: &str) -> String {
    let number = |digits: &str, radix| char::from_u32(u32::from_str_radix(digits, radix).unwrap()).unwrap().to_string();
    match (name, name.strip_prefix("#x"), name.strip_prefix('#')) {
        (_, Some(digits), _) => number(digits, 16),
        (_, _, Some(digits)) => number(digits, 10),
        ("lt", ..) => "<".to_owned(),
        ("gt", ..) => ">".to_owned(),
        ("amp", ..) => "&".to_owned(),
        ("quot", ..) => "\"".to_owned(),
        ("apos", ..) => "'".to_owned(),
        _ => panic!("an entity of its own: {name}"),
    }
}

fn escape_text(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            letter => out.push(letter),
        }
    }
}

fn escape_attribute(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            letter => out.push(letter),
        }
    }
}
