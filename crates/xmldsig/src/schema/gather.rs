//! Which files a set of schemas is made of, and the documents libxml2 gets for them. Every location is resolved here, to one of the
//! files or to a refusal; what libxml2 reads names nothing but addresses made up here.
//!
//! All schemas of one namespace are put behind one address (a document that includes them), because libxml2 takes a second import of a
//! namespace for a repetition and skips it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use roxmltree::{Document, Node, ParsingOptions};

use super::place::{Location, resolve};
use super::rewrite::{self, Edit, escaped};
use super::{SchemaFile, SchemaProblem, Trouble, bounds};
use crate::Error;
use crate::tree::Tree;

/// The namespace of XML schemas.
pub(super) const XSD: &str = "http://www.w3.org/2001/XMLSchema";
/// The namespace of WSDL 1.1.
const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
/// Beginning of the addresses made up here.
const SCHEME: &str = "rsmev-schema:";

/// A document offered to libxml2.
pub(super) struct Offered {
    /// Its made-up address.
    pub(super) url: String,
    /// Name of the file it comes from; empty for what was made here.
    pub(super) file: String,
    pub(super) text: String,
}

/// All documents of a set.
pub(super) struct Gathered {
    /// The one to begin with.
    pub(super) main: String,
    pub(super) documents: Vec<Offered>,
    /// Names of the files, those of the library aside.
    pub(super) files: Vec<String>,
}

/// One file, read.
struct Slot<'a> {
    name: &'a str,
    text: &'a str,
    library: bool,
    read: Result<Document<'a>, (Trouble, u32)>,
}

/// What one import or include comes to.
enum Link {
    /// This file.
    Include(usize),
    /// This namespace, with everything known of it.
    Import(String),
    /// Known to libxml2 by itself.
    Known,
}

/// A schema of a file: the file, which of its schemas.
type Unit = (usize, usize);

struct Gatherer<'a> {
    slots: Vec<Slot<'a>>,
    reached: Vec<usize>,
    /// Files that are imported or asked for, not only included.
    top: BTreeSet<usize>,
    queue: VecDeque<usize>,
    /// By unit and place of the element.
    links: BTreeMap<(Unit, usize), Link>,
    problems: Vec<SchemaProblem>,
}

/// Gathers what `entries` come to.
pub(super) fn gather(
    entries: &[&str],
    files: &[SchemaFile<'_>],
    library: &[SchemaFile<'_>],
) -> Result<Gathered, Vec<SchemaProblem>> {
    if files.len().saturating_add(library.len()) > bounds::FILES_MAX {
        let what = Trouble::TooLarge { what: "files with schemas", max: bounds::FILES_MAX as u64 };
        return Err(vec![SchemaProblem { file: String::new(), line: 1, what }]);
    }
    let mut octets = 0;
    let marked = files.iter().map(|file| (file, false)).chain(library.iter().map(|file| (file, true)));
    let slots = marked.map(|(file, library)| read(*file, library, &mut octets)).collect();
    let mut gatherer = Gatherer {
        slots,
        reached: Vec::new(),
        top: BTreeSet::new(),
        queue: VecDeque::new(),
        links: BTreeMap::new(),
        problems: Vec::new(),
    };
    for entry in entries {
        match gatherer.by_name(entry, false) {
            Some(slot) => gatherer.want(slot, true),
            None => gatherer.problems.push(SchemaProblem { file: (*entry).to_owned(), line: 1, what: Trouble::Absent }),
        }
    }
    gatherer.follow();
    gatherer.complete();
    gatherer.finish()
}

/// Reads a file twice: as libxml2 will, which refuses type declarations and deep nesting, and as it is searched here.
fn read<'a>(file: SchemaFile<'a>, library: bool, octets: &mut usize) -> Slot<'a> {
    let text = std::str::from_utf8(file.octets).unwrap_or_default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut read = || {
        bounds::count_octets(octets, file.octets.len()).map_err(|trouble| (trouble, 1))?;
        Tree::parse(file.octets).map_err(|error| {
            let line = if let Error::Malformed { line } = error { line } else { 1 };
            (Trouble::Unreadable(error.to_string()), line)
        })?;
        let options = ParsingOptions { nodes_limit: bounds::NODES_MAX, ..ParsingOptions::default() };
        Document::parse_with_options(text, options)
            .map_err(|error| (Trouble::Unreadable(error.to_string()), error.pos().row))
    };
    Slot { name: file.name, text, library, read: read() }
}

/// The schemas of a file.
fn schemas<'a, 'd>(document: &'d Document<'a>) -> Vec<Node<'d, 'a>> {
    let root = document.root_element();
    if root.has_tag_name((XSD, "schema")) {
        return vec![root];
    }
    let types =
        root.children().filter(|node| root.has_tag_name((WSDL, "definitions")) && node.has_tag_name((WSDL, "types")));
    types.flat_map(|types| types.children()).filter(|node| node.has_tag_name((XSD, "schema"))).collect()
}

fn namespace_of(schema: Node<'_, '_>) -> String {
    schema.attribute("targetNamespace").unwrap_or_default().trim().to_owned()
}

impl Slot<'_> {
    fn schemas(&self) -> Vec<Node<'_, '_>> {
        self.read.as_ref().map(schemas).unwrap_or_default()
    }

    fn has_namespace(&self, namespace: &str) -> bool {
        self.schemas().into_iter().any(|schema| namespace_of(schema) == namespace)
    }

    /// Line of a place in the text, from 1.
    fn line(&self, at: usize) -> u32 {
        let before = self.text.get(..at).unwrap_or_default().matches('\n').count();
        u32::try_from(before.saturating_add(1)).unwrap_or(u32::MAX)
    }

    fn problem(&self, at: usize, what: Trouble) -> SchemaProblem {
        SchemaProblem { file: self.name.to_owned(), line: self.line(at), what }
    }
}

impl Gatherer<'_> {
    fn by_name(&self, name: &str, library: bool) -> Option<usize> {
        self.slots.iter().position(|slot| slot.name == name && slot.library == library)
    }

    fn by_namespace(&self, namespace: &str, library: bool) -> Option<usize> {
        self.slots.iter().position(|slot| slot.library == library && slot.has_namespace(namespace))
    }

    fn want(&mut self, slot: usize, top: bool) {
        if top {
            self.top.insert(slot);
        }
        if !self.reached.contains(&slot) {
            self.reached.push(slot);
            self.queue.push_back(slot);
        }
    }

    /// The file that a location written in `from` means. Of an import the namespace is known, and may find it as well.
    fn find(&self, from: &Slot<'_>, location: &str, namespace: Option<&str>) -> Result<usize, Trouble> {
        let by_namespace = |library: bool| self.by_namespace(namespace?, library);
        match resolve(from.name, location) {
            Location::Inside(name) => self
                .by_name(&name, from.library)
                .or_else(|| by_namespace(true))
                .ok_or_else(|| Trouble::Missing(location.to_owned())),
            Location::Network(name) => {
                let called = |slot: &Slot<'_>| slot.name.rsplit('/').next() == Some(name.as_str());
                let fits = |slot: &Slot<'_>| namespace.is_none_or(|namespace| slot.has_namespace(namespace));
                let found = self.slots.iter().position(|slot| called(slot) && fits(slot));
                found
                    .or_else(|| by_namespace(false))
                    .or_else(|| by_namespace(true))
                    .ok_or_else(|| Trouble::Outside(location.to_owned()))
            }
            Location::Outside => Err(Trouble::Outside(location.to_owned())),
        }
    }

    /// Goes from file to file until all that is wanted is there.
    fn follow(&mut self) {
        while let Some(index) = self.queue.pop_front() {
            let mut links = Vec::new();
            let mut wanted = Vec::new();
            let mut problems = Vec::new();
            let Some(slot) = self.slots.get(index) else { continue };
            match &slot.read {
                Err((trouble, line)) => {
                    problems.push(SchemaProblem { file: slot.name.to_owned(), line: *line, what: trouble.clone() });
                }
                Ok(document) => {
                    self.look_at_root(slot, document.root_element(), &mut wanted, &mut problems);
                    for (number, schema) in schemas(document).into_iter().enumerate() {
                        problems.extend(bounds::check_nodes(schema).map(|(trouble, at)| slot.problem(at, trouble)));
                        for element in schema.children().filter(|node| node.tag_name().namespace() == Some(XSD)) {
                            let at = element.range().start;
                            match self.link(slot, element, &mut wanted) {
                                Ok(Some(link)) => links.push((((index, number), at), link)),
                                Ok(None) => {}
                                Err(trouble) => problems.push(slot.problem(at, trouble)),
                            }
                        }
                    }
                }
            }
            self.links.extend(links);
            self.problems.extend(problems);
            for (slot, top) in wanted {
                self.want(slot, top);
            }
        }
    }

    /// A root must be a schema or a WSDL; what a WSDL imports is wanted too.
    fn look_at_root(
        &self,
        slot: &Slot<'_>,
        root: Node<'_, '_>,
        wanted: &mut Vec<(usize, bool)>,
        problems: &mut Vec<SchemaProblem>,
    ) {
        if root.has_tag_name((XSD, "schema")) {
            return;
        }
        if !root.has_tag_name((WSDL, "definitions")) {
            problems.push(slot.problem(root.range().start, Trouble::NotASchema(root.tag_name().name().to_owned())));
            return;
        }
        for import in root.children().filter(|node| node.has_tag_name((WSDL, "import"))) {
            let location = import.attribute("location").unwrap_or_default();
            match self.find(slot, location, import.attribute("namespace")) {
                Ok(found) => wanted.push((found, true)),
                Err(trouble) => problems.push(slot.problem(import.range().start, trouble)),
            }
        }
    }

    /// What an element of a schema links to, when it is an import or include.
    fn link(
        &self,
        slot: &Slot<'_>,
        element: Node<'_, '_>,
        wanted: &mut Vec<(usize, bool)>,
    ) -> Result<Option<Link>, Trouble> {
        let location = element.attribute("schemaLocation");
        match element.tag_name().name() {
            "include" | "redefine" => {
                let found = self.find(slot, location.ok_or(Trouble::NoLocation)?, None)?;
                wanted.push((found, false));
                Ok(Some(Link::Include(found)))
            }
            "import" => {
                let namespace = element.attribute("namespace").unwrap_or_default().trim().to_owned();
                if namespace == XSD {
                    return Ok(Some(Link::Known));
                }
                if let Some(location) = location {
                    wanted.push((self.find(slot, location, Some(&namespace))?, true));
                }
                Ok(Some(Link::Import(namespace)))
            }
            _ => Ok(None),
        }
    }

    /// Finds what is imported by namespace alone, and lets the library stand in for namespaces that nothing else has.
    fn complete(&mut self) {
        let asked: Vec<String> = self
            .links
            .values()
            .filter_map(|link| if let Link::Import(namespace) = link { Some(namespace.clone()) } else { None })
            .collect();
        for namespace in asked {
            let there =
                self.top.iter().filter_map(|slot| self.slots.get(*slot)).any(|slot| slot.has_namespace(&namespace));
            if let Some(found) = self.by_namespace(&namespace, false).filter(|_| !there) {
                self.want(found, true);
            }
        }
        let before = self.links.len();
        self.follow();
        if self.links.len() != before {
            return self.complete();
        }
        let library: Vec<usize> = (0..self.slots.len())
            .filter(|index| {
                self.slots.get(*index).is_some_and(|slot| {
                    let namespaces: Vec<String> = slot.schemas().into_iter().map(namespace_of).collect();
                    let open = |namespace: &String| {
                        !self
                            .reached
                            .iter()
                            .filter_map(|slot| self.slots.get(*slot))
                            .any(|slot| slot.has_namespace(namespace))
                    };
                    slot.library && namespaces.iter().all(open)
                })
            })
            .collect();
        for slot in library {
            self.want(slot, true);
        }
        self.follow();
    }

    /// The documents, or every problem.
    fn finish(self) -> Result<Gathered, Vec<SchemaProblem>> {
        let reached: Vec<(usize, &Slot<'_>)> =
            self.reached.iter().filter_map(|index| Some((*index, self.slots.get(*index)?))).collect();
        let units: Vec<(&str, Node<'_, '_>)> =
            reached.iter().flat_map(|(_, slot)| slot.schemas().into_iter().map(|schema| (slot.name, schema))).collect();
        let mut problems = self.problems;
        if problems.is_empty() {
            problems.extend(bounds::check_groups(&units).err());
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut namespaces: BTreeMap<String, Vec<Unit>> = BTreeMap::new();
        for (index, slot) in reached.iter().filter(|(index, _)| self.top.contains(index)) {
            for (number, schema) in slot.schemas().into_iter().enumerate() {
                namespaces.entry(namespace_of(schema)).or_default().push((*index, number));
            }
        }
        let order: Vec<&String> = namespaces.keys().collect();
        let gate = |namespace: &str| {
            order.iter().position(|known| *known == namespace).map(|number| format!("{SCHEME}namespace-{number}"))
        };
        let mut documents = gates(&namespaces, &gate);
        for (index, slot) in &reached {
            for (number, schema) in slot.schemas().into_iter().enumerate() {
                let edits = schema.children().filter_map(|element| {
                    edit(slot.text, element, self.links.get(&((*index, number), element.range().start))?, &gate)
                });
                documents.push(Offered {
                    url: address((*index, number)),
                    file: slot.name.to_owned(),
                    text: rewrite::document(slot.text, schema, edits.collect()),
                });
            }
        }
        let files = reached.iter().filter(|(_, slot)| !slot.library).map(|(_, slot)| slot.name.to_owned()).collect();
        Ok(Gathered { main: format!("{SCHEME}all"), documents, files })
    }
}

/// The document of everything, and one for each namespace.
fn gates(namespaces: &BTreeMap<String, Vec<Unit>>, gate: &dyn Fn(&str) -> Option<String>) -> Vec<Offered> {
    let mut all = format!("<schema xmlns=\"{XSD}\" targetNamespace=\"urn:rsmev:all\">");
    let mut documents = Vec::new();
    for (namespace, units) in namespaces {
        let Some(url) = gate(namespace) else { continue };
        let (named, target) = if namespace.is_empty() {
            (String::new(), String::new())
        } else {
            let namespace = escaped(namespace);
            (format!(" namespace=\"{namespace}\""), format!(" targetNamespace=\"{namespace}\""))
        };
        let _ = write!(all, "<import{named} schemaLocation=\"{url}\"/>");
        let mut text = format!("<schema xmlns=\"{XSD}\"{target}>");
        for unit in units {
            let _ = write!(text, "<include schemaLocation=\"{}\"/>", address(*unit));
        }
        text.push_str("</schema>");
        documents.push(Offered { url, file: String::new(), text });
    }
    all.push_str("</schema>");
    documents.push(Offered { url: format!("{SCHEME}all"), file: String::new(), text: all });
    documents
}

fn edit(text: &str, element: Node<'_, '_>, link: &Link, gate: &dyn Fn(&str) -> Option<String>) -> Option<Edit> {
    match link {
        Link::Include(slot) => Some(rewrite::located(text, element, &address((*slot, 0)))),
        Link::Import(namespace) => match gate(namespace) {
            Some(url) => Some(rewrite::located(text, element, &url)),
            None => rewrite::unlocated(element),
        },
        Link::Known => rewrite::unlocated(element),
    }
}

fn address((slot, number): Unit) -> String {
    format!("{SCHEME}file-{slot}-{number}")
}
