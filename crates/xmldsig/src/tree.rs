//! The parsed tree of a message and a read-only way through it. Knows XML and nothing of SOAP or signatures.
//!
//! After parsing no node is added, moved or removed; an [`Element`] therefore stays valid as long as its [`Tree`], and two of them are equal
//! exactly when they are the same node. Names and attribute values are compared in the expanded form, never by prefix.

use std::ffi::{CStr, c_void};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use crate::library::Library;
use crate::{Error, ffi};

/// What canonical forms may write of namespace names, in octets: so many times the message …
const NAMESPACE_NAMES_RATIO: usize = 16;
/// … and so much in any case. A long name, declared once and used by every sibling, would otherwise make gigabytes of kilobytes.
const NAMESPACE_NAMES_MIN: usize = 1 << 20;

/// Deepest nesting accepted, in elements: canonicalization recurses once a level.
const MAX_DEPTH: usize = 256;
/// From this length on, in octets, libxml2 has to be told that a text may be that long. Its own limits hold below.
const LONG_TEXT: usize = 10_000_000;
/// The namespace of the prefix `xml`.
const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The namespace of wsu:Id (WSS 1.0 §4).
pub(crate) const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

/// A parsed document. Neither `Send` nor `Sync`: it stays on the thread that parsed it.
pub(crate) struct Tree {
    document: NonNull<ffi::xmlDoc>,
    /// Attributes that look like ids, in document order.
    ids: Vec<NonNull<ffi::xmlAttr>>,
}

impl Drop for Tree {
    fn drop(&mut self) {
        // SAFETY: made by the parser, owned by nobody else.
        unsafe { ffi::xmlFreeDoc(self.document.as_ptr()) }
    }
}

/// A parser context, freed at the end of parsing.
struct Parser(NonNull<ffi::xmlParserCtxt>);

impl Drop for Parser {
    fn drop(&mut self) {
        // SAFETY: made by `xmlNewParserCtxt`; the document it made is owned by the `Tree`.
        unsafe { ffi::xmlFreeParserCtxt(self.0.as_ptr()) }
    }
}

/// Stops at `<!DOCTYPE`, before anything of it is read.
unsafe extern "C" fn refuse_doctype(context: *mut c_void, _name: *const u8, _public: *const u8, _system: *const u8) {
    let parser: ffi::xmlParserCtxtPtr = context.cast();
    // SAFETY: libxml2 hands over the context that `Tree::parse` set up, whose `_private` is the flag on its stack.
    unsafe {
        if let Some(seen) = (*parser)._private.cast::<bool>().as_mut() {
            *seen = true;
        }
        ffi::xmlStopParser(parser);
    }
}

impl Tree {
    /// Parses UTF-8 without DTD, entities of its own, network, or deep nesting.
    pub(crate) fn parse(octets: &[u8]) -> Result<Self, Error> {
        Library::get()?;
        check_encoding(octets)?;
        let length = i32::try_from(octets.len()).map_err(|_| Error::Malformed { line: 1 })?;
        let mut doctype = false;
        // SAFETY: a null context is refused; it and its `sax` are valid until `parser` is dropped; `octets` and `doctype` outlive the parse.
        let (parser, document) = unsafe {
            let parser =
                NonNull::new(ffi::xmlNewParserCtxt()).ok_or(Error::Internal { what: "making an XML parser" })?;
            let parser = Parser(parser);
            let context = parser.0.as_ptr();
            (*context)._private = (&raw mut doctype).cast();
            (*(*context).sax).internalSubset = Some(refuse_doctype);
            let long = if octets.len() >= LONG_TEXT { ffi::XML_PARSE_HUGE } else { 0 };
            let options = ffi::XML_PARSE_NONET
                | ffi::XML_PARSE_NOERROR
                | ffi::XML_PARSE_NOWARNING
                | ffi::XML_PARSE_COMPACT
                | long;
            let document = ffi::xmlCtxtReadMemory(
                context,
                octets.as_ptr().cast(),
                length,
                ptr::null(),
                c"UTF-8".as_ptr(),
                options.cast_signed(),
            );
            (parser, NonNull::new(document))
        };
        let tree = document.map(|document| Self { document, ids: Vec::new() });
        if doctype {
            return Err(Error::DoctypeForbidden);
        }
        // SAFETY: the context is alive.
        let line = unsafe { (*parser.0.as_ptr()).lastError.line };
        let mut tree = tree.ok_or(Error::Malformed { line: u32::try_from(line).unwrap_or(1).max(1) })?;
        tree.survey(octets.len())?;
        Ok(tree)
    }

    /// The document, for libxml2 and libxmlsec1. They may register ids in it and change nothing else.
    pub(crate) fn as_ptr(&self) -> *mut ffi::xmlDoc {
        self.document.as_ptr()
    }

    /// The root element.
    pub(crate) fn root(&self) -> Result<Element<'_>, Error> {
        // SAFETY: the document is alive; an element of it lives as long.
        let root = unsafe { ffi::xmlDocGetRootElement(self.document.as_ptr()) };
        Element::new(root).ok_or(Error::Malformed { line: 1 })
    }

    /// Every element, in document order.
    pub(crate) fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        let root = self.root().ok();
        std::iter::successors(root, move |element| element.following(root))
    }

    /// The elements that carry `id` in a known spelling, in document order.
    pub(crate) fn bearers<'d>(&'d self, id: &str) -> impl Iterator<Item = Element<'d>> {
        self.ids
            .iter()
            .map(|pointer| Attribute { pointer: *pointer, tree: PhantomData })
            .filter(move |attribute| attribute.is_id() && attribute.value() == Some(id))
            .filter_map(Attribute::element)
    }

    /// One pass over the tree: refuses what the parser lets through, and notes attributes that look like ids. `octets`: of the message.
    fn survey(&mut self, octets: usize) -> Result<(), Error> {
        let mut ids = Vec::new();
        let mut names_left = octets.saturating_mul(NAMESPACE_NAMES_RATIO).max(NAMESPACE_NAMES_MIN);
        // SAFETY: the document is alive.
        let document = unsafe { self.document.as_ref() };
        // SAFETY: `version` is null or a string of the document.
        if !document.intSubset.is_null() || unsafe { text(document.version) } != "1.0" {
            return Err(Error::Malformed { line: 1 });
        }
        let root = self.root()?;
        let (mut element, mut depth) = (root, 1_usize);
        loop {
            if depth > MAX_DEPTH {
                return Err(Error::Malformed { line: element.line() });
            }
            names_left = names_left
                .checked_sub(element.namespace_names_written())
                .ok_or(Error::CanonicalFormTooLarge { line: element.line() })?;
            for attribute in element.attributes().filter(|attribute| attribute.local().eq_ignore_ascii_case("id")) {
                attribute.value().ok_or(Error::Malformed { line: element.line() })?;
                ids.push(attribute.pointer);
            }
            if let Some(child) = element.children().next() {
                (element, depth) = (child, depth + 1);
                continue;
            }
            while element != root && element.next_sibling().is_none() {
                // An element other than the root has an element above it.
                (element, depth) = (element.parent().ok_or(Error::Malformed { line: 1 })?, depth - 1);
            }
            match element.next_sibling() {
                Some(next) if element != root => element = next,
                _ => break,
            }
        }
        self.ids = ids;
        Ok(())
    }

    /// The one element that carries `id`. Any attribute named id, in whatever case and namespace, with or without blanks around the
    /// value, makes a second bearer and thereby a refusal; the bearer itself must carry it in a known spelling.
    pub(crate) fn by_id(&self, id: &str) -> Result<Target<'_>, Error> {
        let mut bearer: Option<Element<'_>> = None;
        let mut known = None;
        for attribute in self.ids.iter().map(|pointer| Attribute { pointer: *pointer, tree: PhantomData }) {
            if attribute.value().map(str::trim_ascii) != Some(id) {
                continue;
            }
            let element = attribute.element().ok_or(Error::Internal { what: "an attribute without element" })?;
            if bearer.is_some_and(|other| other != element) {
                return Err(Error::DuplicateId { id: id.to_owned() });
            }
            bearer = Some(element);
            if attribute.is_id() && attribute.value() == Some(id) {
                known = Some(attribute);
            }
        }
        match (bearer, known) {
            (Some(element), Some(attribute)) => Ok(Target { element, attribute }),
            _ => Err(Error::UnresolvedReference { id: id.to_owned() }),
        }
    }

    /// Makes libxml2 resolve `id` to `target`, and makes sure that it does.
    pub(crate) fn bind_id(&self, id: &str, target: Target<'_>) -> Result<(), Error> {
        let name = std::ffi::CString::new(id).map_err(|_| Error::UnresolvedReference { id: id.to_owned() })?;
        // SAFETY: document and attribute are alive and belong together; registering an id moves no node.
        let resolved = unsafe {
            if ffi::xmlGetID(self.as_ptr(), name.as_ptr().cast()).is_null() {
                ffi::xmlAddID(ptr::null_mut(), self.as_ptr(), name.as_ptr().cast(), target.attribute.pointer.as_ptr());
            }
            let attribute = ffi::xmlGetID(self.as_ptr(), name.as_ptr().cast());
            if attribute.is_null() { ptr::null_mut() } else { (*attribute).parent }
        };
        if Element::new(resolved) == Some(target.element) {
            Ok(())
        } else {
            Err(Error::DuplicateId { id: id.to_owned() })
        }
    }
}

/// The XML declaration may name UTF-8 only: libxml2 is told to read UTF-8 whatever it says, and another reader might obey it.
fn check_encoding(octets: &[u8]) -> Result<(), Error> {
    const MALFORMED: Error = Error::Malformed { line: 1 };
    let text = std::str::from_utf8(octets).map_err(|_| MALFORMED)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(rest) = text.strip_prefix("<?xml").filter(|rest| rest.starts_with([' ', '\t', '\r', '\n'])) else {
        return Ok(());
    };
    let (declaration, _) = rest.split_once("?>").ok_or(MALFORMED)?;
    let Some((_, encoding)) = declaration.split_once("encoding") else {
        return Ok(());
    };
    let encoding = encoding.trim_start().strip_prefix('=').ok_or(MALFORMED)?.trim_start();
    let quote = encoding.chars().next().filter(|quote| matches!(quote, '"' | '\'')).ok_or(MALFORMED)?;
    let name = encoding.split(quote).nth(1).ok_or(MALFORMED)?;
    if name.eq_ignore_ascii_case("utf-8") { Ok(()) } else { Err(MALFORMED) }
}

/// A string of libxml2; empty for null.
///
/// # Safety
/// `pointer` is null or a string that lives for `'a`.
unsafe fn text<'a>(pointer: *const u8) -> &'a str {
    if pointer.is_null() {
        return "";
    }
    // SAFETY: by the contract of this function. The document was read from UTF-8, so nothing is lost to the default.
    unsafe { CStr::from_ptr(pointer.cast()) }.to_str().unwrap_or_default()
}

/// An element found by its id, and the attribute that says so.
#[derive(Clone, Copy)]
pub(crate) struct Target<'d> {
    pub(crate) element: Element<'d>,
    attribute: Attribute<'d>,
}

/// An element of a tree. Equality is identity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'d> {
    node: NonNull<ffi::xmlNode>,
    tree: PhantomData<&'d Tree>,
}

/// What an element contains.
pub(crate) enum Node<'d> {
    Element(Element<'d>),
    Text(&'d str),
    /// Comment, processing instruction, CDATA section.
    Other,
}

/// An attribute; namespace declarations are none.
#[derive(Clone, Copy)]
pub(crate) struct Attribute<'d> {
    pointer: NonNull<ffi::xmlAttr>,
    tree: PhantomData<&'d Tree>,
}

impl<'d> Element<'d> {
    /// `node` must belong to the tree of lifetime `'d`, or be null.
    pub(crate) fn new(node: *mut ffi::xmlNode) -> Option<Self> {
        let node = NonNull::new(node)?;
        // SAFETY: every caller passes a node reached from a live tree.
        let kind = unsafe { node.as_ref() }.type_;
        (kind == ffi::XML_ELEMENT_NODE).then_some(Self { node, tree: PhantomData })
    }

    fn get(self) -> &'d ffi::xmlNode {
        // SAFETY: the node lives as long as the tree it was reached from, for which `'d` stands, and is not changed.
        unsafe { self.node.as_ref() }
    }

    /// The node, for libxml2 and libxmlsec1.
    pub(crate) fn as_ptr(self) -> *mut ffi::xmlNode {
        self.node.as_ptr()
    }

    pub(crate) fn line(self) -> u32 {
        u32::from(self.get().line)
    }

    pub(crate) fn local(self) -> &'d str {
        // SAFETY: a string of the tree.
        unsafe { text(self.get().name) }
    }

    pub(crate) fn namespace(self) -> &'d str {
        // SAFETY: null, or a namespace of the tree with a string of the tree.
        unsafe { self.get().ns.as_ref().map_or("", |namespace| text(namespace.href)) }
    }

    /// The prefix of the name; empty without one.
    pub(crate) fn prefix(self) -> &'d str {
        // SAFETY: null, or a namespace of the tree with a string of the tree.
        unsafe { self.get().ns.as_ref().map_or("", |namespace| text(namespace.prefix)) }
    }

    /// Whether a declaration of `prefix` is in scope.
    pub(crate) fn has_prefix(self, prefix: &str) -> bool {
        // SAFETY: null, or declarations of the tree; `next` of one is null or a declaration of the tree, its prefix a string of the tree.
        let declares = |element: Self| unsafe {
            let first = element.get().nsDef.as_ref();
            std::iter::successors(first, |declaration| declaration.next.as_ref())
                .any(|declaration| text(declaration.prefix) == prefix)
        };
        prefix == "xml" || self.ancestors().any(declares)
    }

    pub(crate) fn is(self, namespace: &str, local: &str) -> bool {
        self.local() == local && self.namespace() == namespace
    }

    /// `{namespace}local`.
    pub(crate) fn expanded_name(self) -> String {
        format!("{{{}}}{}", self.namespace(), self.local())
    }

    /// Octets of namespace names that the exclusive canonical form writes at this element, at most: a name is written again wherever its
    /// prefix comes into use, however far above it was declared (Exclusive C14N §3).
    fn namespace_names_written(self) -> usize {
        let above = self.parent().map_or(ptr::null_mut(), |parent| parent.get().ns);
        let own = self.get().ns;
        let mut written = if own == above { 0 } else { self.namespace().len() };
        let mut before = own;
        for attribute in self.attributes() {
            let its = attribute.get().ns;
            if its != own && its != before && its != above {
                written += attribute.namespace().len();
            }
            before = its;
        }
        written
    }

    pub(crate) fn parent(self) -> Option<Self> {
        Self::new(self.get().parent)
    }

    /// The element and those above it.
    pub(crate) fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |element| element.parent())
    }

    /// Everything directly inside.
    pub(crate) fn nodes(self) -> impl Iterator<Item = Node<'d>> + use<'d> {
        // SAFETY: null, or nodes of the tree; `next` of one is null or a node of the tree.
        let step = |node: *mut ffi::xmlNode| unsafe { node.as_ref() };
        std::iter::successors(step(self.get().children), move |node| step(node.next)).map(|node| {
            match Self::new(ptr::from_ref(node).cast_mut()) {
                Some(element) => Node::Element(element),
                // SAFETY: the content of a text node is a string of the tree.
                None if node.type_ == ffi::XML_TEXT_NODE => Node::Text(unsafe { text(node.content) }),
                None => Node::Other,
            }
        })
    }

    /// The elements directly inside.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> + use<'d> {
        self.nodes().filter_map(|node| if let Node::Element(element) = node { Some(element) } else { None })
    }

    fn next_sibling(self) -> Option<Self> {
        // SAFETY: null, or a node of the tree.
        let step = |node: *mut ffi::xmlNode| unsafe { node.as_ref() };
        std::iter::successors(step(self.get().next), move |node| step(node.next))
            .find_map(|node| Self::new(ptr::from_ref(node).cast_mut()))
    }

    /// The element after this one in document order, under `root`.
    fn following(self, root: Option<Self>) -> Option<Self> {
        self.children()
            .next()
            .or_else(|| self.ancestors().take_while(|ancestor| Some(*ancestor) != root).find_map(Element::next_sibling))
    }

    /// The element and every element inside of it, in document order.
    pub(crate) fn with_descendants(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), move |element| element.following(Some(self)))
    }

    pub(crate) fn attributes(self) -> impl Iterator<Item = Attribute<'d>> + use<'d> {
        // SAFETY: null, or an attribute of the tree.
        let next = |attribute: &Attribute<'d>| NonNull::new(unsafe { attribute.pointer.as_ref() }.next);
        let wrap = |pointer| Attribute { pointer, tree: PhantomData };
        std::iter::successors(NonNull::new(self.get().properties).map(wrap), move |attribute| next(attribute).map(wrap))
    }

    /// The value of an attribute by its expanded name; the empty namespace is none.
    pub(crate) fn attribute(self, namespace: &str, local: &str) -> Option<&'d str> {
        self.attributes().find(|attribute| attribute.local() == local && attribute.namespace() == namespace)?.value()
    }

    /// The text, if the element contains nothing else: no elements, comments, processing instructions, CDATA sections.
    pub(crate) fn only_text(self) -> Option<&'d str> {
        let mut nodes = self.nodes();
        match (nodes.next(), nodes.next()) {
            (None, _) => Some(""),
            (Some(Node::Text(text)), None) => Some(text),
            _ => None,
        }
    }
}

impl<'d> Attribute<'d> {
    fn get(self) -> &'d ffi::xmlAttr {
        // SAFETY: as for elements.
        unsafe { self.pointer.as_ref() }
    }

    fn element(self) -> Option<Element<'d>> {
        Element::new(self.get().parent)
    }

    pub(crate) fn local(self) -> &'d str {
        // SAFETY: a string of the tree.
        unsafe { text(self.get().name) }
    }

    pub(crate) fn namespace(self) -> &'d str {
        // SAFETY: null, or a namespace of the tree with a string of the tree.
        unsafe { self.get().ns.as_ref().map_or("", |namespace| text(namespace.href)) }
    }

    /// The prefix of the name; empty without one.
    pub(crate) fn prefix(self) -> &'d str {
        // SAFETY: null, or a namespace of the tree with a string of the tree.
        unsafe { self.get().ns.as_ref().map_or("", |namespace| text(namespace.prefix)) }
    }

    /// The value; `None` if libxml2 keeps it as more than one text, which it does for entity references only.
    pub(crate) fn value(self) -> Option<&'d str> {
        // SAFETY: null, or a node of the tree whose content, for a text, is a string of the tree.
        unsafe {
            let Some(node) = self.get().children.as_ref() else {
                return Some("");
            };
            (node.type_ == ffi::XML_TEXT_NODE && node.next.is_null()).then(|| text(node.content))
        }
    }

    /// Whether it is an id in one of the spellings in use: wsu:Id, xml:id, or Id, ID, id without namespace.
    fn is_id(self) -> bool {
        matches!((self.namespace(), self.local()), (WSU, "Id") | (XML, "id") | ("", "Id" | "ID" | "id"))
    }
}
