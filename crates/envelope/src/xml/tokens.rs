//! The pull reader itself.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::events::Event;

use super::names::{is_ncname, is_space, referenced, split};
use super::namespaces::{Namespaces, Ns};
use super::tag::Attributes;
use super::{Bounds, position};
use crate::Error;

/// A start tag. Its attributes are asked of the reader until the next token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) namespace: Ns,
    pub(crate) local: &'a str,
    pub(crate) prefix: &'a str,
    /// From `<` to after `>`.
    pub(crate) tag: Range<usize>,
    /// Written as `<a/>`; its `End` comes nevertheless.
    pub(crate) empty: bool,
}

impl Element<'_> {
    pub(crate) fn is(&self, namespace: Ns, local: &str) -> bool {
        self.namespace == namespace && self.local == local
    }
}

/// What the message is made of, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    Start(Element<'a>),
    /// Span of the end tag; empty, behind the start tag, for `<a/>`.
    End(Range<usize>),
    /// Characters as written, without references; line ends are not normalised.
    Text(&'a str),
    /// What a reference stands for.
    Reference(char),
    /// Inside of a CDATA section.
    Cdata(&'a str),
    /// Comment or processing instruction.
    Remark,
    /// The root has ended and nothing but remarks followed.
    Finished,
}

/// What becomes of processing instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instructions {
    Allowed,
    Refused,
}

#[derive(Debug)]
struct Attribute<'a> {
    namespace: Ns,
    local: &'a str,
    value: Cow<'a, str>,
}

/// The reader. Offsets count from the start of the source.
pub(crate) struct Tokens<'a> {
    reader: Reader<&'a [u8]>,
    source: &'a str,
    bounds: Bounds,
    namespaces: Namespaces<'a>,
    attributes: Vec<Attribute<'a>>,
    names_seen: Vec<(Ns, &'a str)>,
    depth: usize,
    /// Elements, remarks, CDATA sections and runs of text.
    nodes: usize,
    /// The token before was text or a reference.
    in_text: bool,
    instructions: Instructions,
    ids: usize,
    run: usize,
    at: usize,
    root_seen: bool,
    end_of_empty: bool,
}

impl<'a> Tokens<'a> {
    /// Reads `source`, which starts after any byte-order mark and holds no forbidden characters.
    pub(crate) fn new(source: &'a str, bounds: Bounds) -> Self {
        let mut reader = Reader::from_reader(source.as_bytes());
        let config = reader.config_mut();
        config.check_comments = true;
        config.check_end_names = true;
        config.allow_unmatched_ends = false;
        config.allow_dangling_amp = false;
        Self {
            reader,
            source,
            bounds,
            namespaces: Namespaces::new(),
            attributes: Vec::new(),
            names_seen: Vec::new(),
            depth: 0,
            nodes: 0,
            in_text: false,
            instructions: Instructions::Allowed,
            ids: 0,
            run: 0,
            at: 0,
            root_seen: false,
            end_of_empty: false,
        }
    }

    /// What becomes of processing instructions from here on; allowed at first.
    pub(crate) fn set_instructions(&mut self, instructions: Instructions) {
        self.instructions = instructions;
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// The value of an attribute of the element started last.
    pub(crate) fn attribute(&self, namespace: Ns, local: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|one| one.namespace == namespace && one.local == local);
        found.map(|one| one.value.as_ref())
    }

    /// Values of the attributes of the element started last that some reader takes for its id, whatever their namespace.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().filter(|one| is_id(one.local)).map(|one| one.value.as_ref())
    }

    /// `wanted`, or `wanted-1` and so on: a prefix that stands for nothing at the element started last.
    pub(crate) fn free_prefix(&self, wanted: &str) -> String {
        let mut free = wanted.to_owned();
        let mut number = 0_usize;
        while self.namespaces.resolve(&free).is_some() {
            number += 1;
            free = format!("{wanted}-{number}");
        }
        free
    }

    /// A prefix that stands for `namespace` at the element started last.
    pub(crate) fn prefix_of(&self, namespace: Ns) -> Option<&'a str> {
        self.namespaces.prefix_of(namespace)
    }

    /// The text of a namespace name.
    pub(crate) fn name(&self, namespace: Ns) -> &str {
        self.namespaces.name(namespace)
    }

    /// The line of the token read last.
    pub(crate) fn line(&self) -> usize {
        position(self.source, self.at).0
    }

    /// The next token.
    pub(crate) fn next(&mut self) -> Result<Token<'a>, Error> {
        if std::mem::take(&mut self.end_of_empty) {
            self.close();
            let at = self.offset();
            return Ok(Token::End(at..at));
        }
        self.at = self.offset();
        let event = self.reader.read_event().map_err(|error| self.refused(&error))?;
        let span = self.at..self.offset();
        self.count_node(&event)?;
        match event {
            Event::Start(_) => self.start(span, false).map(Token::Start),
            Event::Empty(_) => self.start(span, true).map(Token::Start),
            Event::End(_) => {
                self.close();
                Ok(Token::End(span))
            }
            Event::Text(_) => self.text(span),
            Event::GeneralRef(_) => self.reference(&span),
            Event::CData(_) => self.cdata(&span),
            Event::Comment(_) => Ok(Token::Remark),
            Event::PI(_) => self.instruction(&span),
            Event::Decl(_) => self.declaration(&span),
            Event::DocType(_) => Err(Error::DoctypeForbidden),
            Event::Eof if self.depth > 0 => Err(self.malformed("the message ends before its elements do")),
            Event::Eof if !self.root_seen => Err(self.malformed("there is no root element")),
            Event::Eof => Ok(Token::Finished),
        }
    }

    /// Whatever makes a node of its own in a tree costs whoever builds one; text and references between two tags are one node.
    fn count_node(&mut self, event: &Event<'_>) -> Result<(), Error> {
        let is_text = matches!(event, Event::Text(_) | Event::GeneralRef(_));
        let continued = is_text && self.in_text;
        self.in_text = is_text;
        if continued || matches!(event, Event::End(_) | Event::Eof | Event::Decl(_)) {
            return Ok(());
        }
        self.nodes += 1;
        self.limit("elements", self.nodes, self.bounds.elements)
    }

    fn start(&mut self, tag: Range<usize>, empty: bool) -> Result<Element<'a>, Error> {
        if self.depth == 0 && self.root_seen {
            return Err(self.malformed("a second root element"));
        }
        self.root_seen = true;
        self.run = 0;
        self.depth += 1;
        self.limit("depth", self.depth, self.bounds.depth)?;

        let source = self.source;
        let cut = if empty { 2 } else { 1 };
        let inside = source.get(tag.start + 1..tag.end - cut).unwrap_or_default();
        let name_end = inside.find(is_space).unwrap_or(inside.len());
        let (name, rest) = inside.split_at(name_end);
        self.limit("name_bytes", name.len(), self.bounds.name_bytes)?;
        let (prefix, local) = split(name).ok_or_else(|| self.malformed("an element's name is not an XML name"))?;
        self.namespaces.open();
        self.read_attributes(rest)?;
        let namespace =
            self.namespaces.resolve(prefix).ok_or_else(|| self.malformed("an element's prefix is not declared"))?;
        self.end_of_empty = empty;
        Ok(Element { namespace, local, prefix, tag, empty })
    }

    /// Declarations first, then the names of the attributes, then that no name stands twice.
    fn read_attributes(&mut self, rest: &'a str) -> Result<(), Error> {
        self.attributes.clear();
        self.names_seen.clear();
        let mut reader = Attributes::new(rest);
        let mut prefixes = Vec::new();
        let mut count = 0;
        while let Some(one) = reader.next().map_err(|what| self.malformed(what))? {
            count += 1;
            self.limit("attributes_per_element", count, self.bounds.attributes_per_element)?;
            self.limit("name_bytes", one.prefix.len() + one.local.len() + 1, self.bounds.name_bytes)?;
            self.limit("attribute_value_bytes", one.written, self.bounds.attribute_value_bytes)?;
            let declares = match (one.prefix, one.local) {
                ("", "xmlns") => Some(""),
                ("xmlns", prefix) => Some(prefix),
                _ => None,
            };
            if let Some(prefix) = declares {
                self.names_seen.push((Ns::XMLNS, prefix));
                self.namespaces.declare(prefix, one.value).map_err(|what| self.malformed(what))?;
                self.limit("namespaces_in_scope", self.namespaces.count(), self.bounds.namespaces_in_scope)?;
                continue;
            }
            if is_id(one.local) {
                self.ids += 1;
                self.limit("ids", self.ids, self.bounds.ids)?;
            }
            prefixes.push(one.prefix);
            self.attributes.push(Attribute { namespace: Ns::NONE, local: one.local, value: one.value });
        }
        for (attribute, prefix) in self.attributes.iter_mut().zip(prefixes) {
            if !prefix.is_empty() {
                attribute.namespace = match self.namespaces.resolve(prefix) {
                    Some(namespace) => namespace,
                    None => return Err(malformed(self.source, self.at, "an attribute's prefix is not declared")),
                };
            }
            self.names_seen.push((attribute.namespace, attribute.local));
        }
        self.names_seen.sort_unstable();
        if self.names_seen.windows(2).any(|two| matches!(two, [first, second] if first == second)) {
            return Err(self.malformed("an attribute stands twice"));
        }
        Ok(())
    }

    fn close(&mut self) {
        self.run = 0;
        self.depth = self.depth.saturating_sub(1);
        self.namespaces.close();
    }

    fn text(&mut self, span: Range<usize>) -> Result<Token<'a>, Error> {
        let text = self.source.get(span).unwrap_or_default();
        if self.depth == 0 && !text.chars().all(is_space) {
            return Err(self.malformed("text outside the root element"));
        }
        if text.contains("]]>") {
            return Err(self.malformed("]]> in text"));
        }
        self.grow_run(text.len())?;
        Ok(Token::Text(text))
    }

    fn reference(&mut self, span: &Range<usize>) -> Result<Token<'a>, Error> {
        let inside = self.source.get(span.start + 1..span.end - 1).unwrap_or_default();
        if self.depth == 0 {
            return Err(self.malformed("text outside the root element"));
        }
        self.grow_run(span.len())?;
        let letter = referenced(inside);
        letter
            .map(Token::Reference)
            .ok_or_else(|| self.malformed("a reference to an unknown entity or forbidden character"))
    }

    fn cdata(&mut self, span: &Range<usize>) -> Result<Token<'a>, Error> {
        if self.depth == 0 {
            return Err(self.malformed("text outside the root element"));
        }
        self.grow_run(span.len())?;
        let inside = self.source.get(span.start + "<![CDATA[".len()..span.end - "]]>".len());
        Ok(Token::Cdata(inside.unwrap_or_default()))
    }

    fn instruction(&mut self, span: &Range<usize>) -> Result<Token<'a>, Error> {
        if self.instructions == Instructions::Refused {
            return Err(self.malformed("a processing instruction where none may stand"));
        }
        let inside = self.source.get(span.start + 2..span.end - 2).unwrap_or_default();
        let target = inside.split(is_space).next().unwrap_or_default();
        if !is_ncname(target) {
            return Err(self.malformed("a processing instruction's target is not an XML name"));
        }
        if target.eq_ignore_ascii_case("xml") {
            return Err(self.malformed("an XML declaration that is not at the start, or not in lower case"));
        }
        Ok(Token::Remark)
    }

    /// `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`, at the very start only.
    fn declaration(&mut self, span: &Range<usize>) -> Result<Token<'a>, Error> {
        if span.start != 0 {
            return Err(self.malformed("an XML declaration that is not at the start"));
        }
        let mut reader =
            Attributes::new(self.source.get(span.start + "<?xml".len()..span.end - "?>".len()).unwrap_or_default());
        let mut allowed = ["version", "encoding", "standalone"].iter();
        let mut version = false;
        while let Some(one) = reader.next().map_err(|what| self.malformed(what))? {
            if !one.prefix.is_empty() || !allowed.any(|&name| name == one.local) {
                return Err(self.malformed("the XML declaration is not one of XML 1.0"));
            }
            match (one.local, one.value.as_ref()) {
                ("version", "1.0") => version = true,
                ("version", _) => return Err(self.malformed("the version of XML is not 1.0")),
                ("encoding", name) if !name.eq_ignore_ascii_case("utf-8") => {
                    return Err(Error::NotUtf8 { what: "the XML declaration names another encoding" });
                }
                ("standalone", value) if !matches!(value, "yes" | "no") => {
                    return Err(self.malformed("the XML declaration is not one of XML 1.0"));
                }
                _ => {}
            }
        }
        if !version {
            return Err(self.malformed("the XML declaration has no version"));
        }
        Ok(Token::Remark)
    }

    fn grow_run(&mut self, octets: usize) -> Result<(), Error> {
        self.run += octets;
        self.limit("text_bytes", self.run, self.bounds.text_bytes)
    }

    fn limit(&self, name: &'static str, value: usize, max: usize) -> Result<(), Error> {
        if value > max {
            return Err(Error::Limit { name, max, line: self.line() });
        }
        Ok(())
    }

    fn offset(&self) -> usize {
        // The source is a slice in memory, so the offset fits.
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn malformed(&self, what: &str) -> Error {
        malformed(self.source, self.at, what)
    }

    fn refused(&self, error: &quick_xml::Error) -> Error {
        let what = match error {
            quick_xml::Error::Syntax(SyntaxError::UnclosedDoctype)
            | quick_xml::Error::IllFormed(IllFormedError::MissingDoctypeName) => return Error::DoctypeForbidden,
            quick_xml::Error::IllFormed(IllFormedError::MismatchedEndTag { .. }) => {
                "an end tag does not match its start tag"
            }
            quick_xml::Error::IllFormed(IllFormedError::UnmatchedEndTag(_)) => "an end tag without a start tag",
            quick_xml::Error::IllFormed(IllFormedError::DoubleHyphenInComment) => "-- inside a comment",
            quick_xml::Error::IllFormed(IllFormedError::UnclosedReference) => "a reference has no end",
            quick_xml::Error::Syntax(_) => "markup has no end or is unknown",
            _ => "not well-formed",
        };
        let at = usize::try_from(self.reader.error_position()).unwrap_or(self.at);
        malformed(self.source, at, what)
    }
}

fn is_id(local: &str) -> bool {
    matches!(local, "Id" | "ID" | "id")
}

fn malformed(source: &str, at: usize, what: &str) -> Error {
    let (line, column) = position(source, at);
    Error::Malformed { what: what.to_owned(), line, column }
}
