//! Global names of a set of schemas: elements, attributes, types, groups, by namespace and local name.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use crate::wsdl::{File, Name, Unreadable, qualified};

/// The namespace of XML schemas.
pub(super) const XSD: &str = "http://www.w3.org/2001/XMLSchema";
/// Kinds of global names.
const KINDS: [&str; 6] = ["element", "attribute", "complexType", "simpleType", "group", "attributeGroup"];

/// The text of each file.
pub(crate) fn texts<'a>(files: &[File<'a>]) -> Result<Vec<(String, &'a str)>, Unreadable> {
    let text = |(name, octets): &File<'a>| match std::str::from_utf8(octets) {
        Ok(text) => Ok(((*name).to_owned(), text.strip_prefix('\u{feff}').unwrap_or(text))),
        Err(_) => Err(Unreadable::Xml { file: (*name).to_owned(), line: 1, what: "not UTF-8".to_owned() }),
    };
    files.iter().map(text).collect()
}

/// Each file parsed. Document type declarations are refused by the parser.
pub(crate) fn documents<'a>(texts: &'a [(String, &'a str)]) -> Result<Vec<Document<'a>>, Unreadable> {
    let parse = |(name, text): &'a (String, &'a str)| {
        Document::parse(text).map_err(|error| Unreadable::Xml {
            file: name.clone(),
            line: error.pos().row as usize,
            what: error.to_string(),
        })
    };
    texts.iter().map(parse).collect()
}

/// The names of a set.
pub(crate) struct Symbols<'d> {
    by_kind: BTreeMap<&'static str, BTreeMap<Name, Node<'d, 'd>>>,
}

impl<'d> Symbols<'d> {
    pub(crate) fn of(documents: &'d [Document<'d>]) -> Self {
        let mut by_kind: BTreeMap<&'static str, BTreeMap<Name, Node<'d, 'd>>> = BTreeMap::new();
        let schemas = documents
            .iter()
            .flat_map(|document| document.descendants().filter(|node| node.has_tag_name((XSD, "schema"))));
        for schema in schemas {
            let namespace = schema.attribute("targetNamespace").unwrap_or_default();
            // Children of a redefinition stand for what they redefine.
            let redefined =
                schema.children().filter(|node| node.has_tag_name((XSD, "redefine"))).flat_map(|node| node.children());
            for node in schema.children().chain(redefined) {
                let kind = KINDS.into_iter().find(|kind| node.has_tag_name((XSD, *kind)));
                if let (Some(kind), Some(local)) = (kind, node.attribute("name")) {
                    let name = Name { namespace: namespace.to_owned(), local: local.to_owned() };
                    by_kind.entry(kind).or_default().insert(name, node);
                }
            }
        }
        Self { by_kind }
    }

    /// The names of a kind.
    pub(super) fn names(&self, kind: &str) -> impl Iterator<Item = (&Name, Node<'d, 'd>)> {
        self.by_kind.get(kind).into_iter().flatten().map(|(name, node)| (name, *node))
    }

    /// A global name.
    pub(crate) fn find(&self, kind: &str, name: &Name) -> Option<Node<'d, 'd>> {
        let names = self.by_kind.get(kind)?;
        names.get(name).copied().or_else(|| {
            // A schema without a namespace takes that of the one that includes it.
            names.get(&Name { namespace: String::new(), local: name.local.clone() }).copied()
        })
    }

    /// What a reference in the scope of a node means.
    pub(super) fn refers(&self, kind: &str, scope: Node<'_, '_>, written: &str) -> Option<Node<'d, 'd>> {
        self.find(kind, &qualified(scope, written))
    }
}
