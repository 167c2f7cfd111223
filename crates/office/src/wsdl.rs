//! What a WSDL 1.1 says of a service: operations with the elements of their Bodies, SOAPAction, address. Its schemas are read by
//! `xmldsig::schema` and `schema_diff`.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
const SOAP: &str = "http://schemas.xmlsoap.org/wsdl/soap/";

/// Why a WSDL was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not well-formed XML, or with a document type declaration.
    #[error("{file}:{line}: not acceptable XML: {what}")]
    Xml {
        /// The file.
        file: String,
        /// Its line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// The root is not `wsdl:definitions`.
    #[error("{file}:1: the root is not definitions of WSDL 1.1")]
    NotWsdl {
        /// The file.
        file: String,
    },
}

/// An element's name: namespace (empty for none) and local name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The namespace.
    pub namespace: String,
    /// The local name.
    pub local: String,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// As the portType calls it.
    pub name: String,
    /// File and line where.
    pub place: (String, usize),
    /// The element in the Body of its request; what the bus knows the operation by.
    pub request: Option<Name>,
    /// The element in the Body of its answer.
    pub answer: Option<Name>,
    /// SOAPAction of the binding.
    pub action: Option<String>,
    /// Whether a SOAP binding has it.
    pub bound: bool,
}

/// A service as its WSDL files describe it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wsdl {
    /// Its operations, in the order of the files.
    pub operations: Vec<Operation>,
    /// Addresses of its ports.
    pub addresses: Vec<String>,
}

/// A file: its name and octets.
pub type File<'a> = (&'a str, &'a [u8]);

impl Wsdl {
    /// Reads the WSDL files of one service.
    pub fn read(files: &[File<'_>]) -> Result<Self, Unreadable> {
        let mut texts = Vec::new();
        for (name, octets) in files {
            let text = std::str::from_utf8(octets).map_err(|_| Unreadable::Xml {
                file: (*name).to_owned(),
                line: 1,
                what: "not UTF-8".to_owned(),
            })?;
            texts.push((*name, text.strip_prefix('\u{feff}').unwrap_or(text)));
        }
        let mut documents = Vec::new();
        for (name, text) in &texts {
            let document = Document::parse(text).map_err(|error| Unreadable::Xml {
                file: (*name).to_owned(),
                line: error.pos().row as usize,
                what: error.to_string(),
            })?;
            if !document.root_element().has_tag_name((WSDL, "definitions")) {
                return Err(Unreadable::NotWsdl { file: (*name).to_owned() });
            }
            documents.push((*name, document));
        }
        Ok(Self::of(&documents))
    }

    fn of(documents: &[(&str, Document<'_>)]) -> Self {
        let roots = || documents.iter().map(|(name, document)| (*name, document.root_element()));
        let top = |local: &'static str| {
            roots().flat_map(move |(file, root)| {
                root.children().filter(move |node| node.has_tag_name((WSDL, local))).map(move |node| (file, root, node))
            })
        };
        let messages: BTreeMap<&str, Node<'_, '_>> =
            top("message").filter_map(|(_, _, message)| Some((message.attribute("name")?, message))).collect();
        let mut bound: BTreeMap<&str, Bound> = BTreeMap::new();
        for (_, root, binding) in top("binding") {
            let Some(soap) = binding.children().find(|node| node.has_tag_name((SOAP, "binding"))) else { continue };
            let style = soap.attribute("style").unwrap_or("document");
            for operation in binding.children().filter(|node| node.has_tag_name((WSDL, "operation"))) {
                let Some(name) = operation.attribute("name") else { continue };
                let soap = operation.children().find(|node| node.has_tag_name((SOAP, "operation")));
                let style = soap.and_then(|soap| soap.attribute("style")).unwrap_or(style);
                let body = operation.descendants().find(|node| node.has_tag_name((SOAP, "body")));
                let target = root.attribute("targetNamespace").unwrap_or_default();
                let namespace = body.and_then(|body| body.attribute("namespace")).unwrap_or(target).to_owned();
                let action = soap.and_then(|soap| soap.attribute("soapAction")).map(str::to_owned);
                bound.insert(name, Bound { rpc: (style == "rpc").then_some(namespace), action });
            }
        }
        let operations = top("portType").flat_map(|(file, _, port)| {
            port.children()
                .filter(|node| node.has_tag_name((WSDL, "operation")))
                .filter_map(move |node| Some((file, node, node.attribute("name")?)))
        });
        let operations = operations.map(|(file, node, name)| {
            let binding = bound.get(name);
            let line = node.document().text_pos_at(node.range().start).row as usize;
            Operation {
                name: name.to_owned(),
                place: (file.to_owned(), line),
                request: body(node, "input", name, binding, &messages),
                answer: body(node, "output", &format!("{name}Response"), binding, &messages),
                action: binding.and_then(|binding| binding.action.clone()),
                bound: binding.is_some(),
            }
        });
        let operations = operations.collect();
        let ports = top("service")
            .flat_map(|(_, _, service)| service.descendants().filter(|node| node.has_tag_name((SOAP, "address"))));
        let addresses = ports.filter_map(|node| node.attribute("location").map(str::to_owned)).collect();
        Self { operations, addresses }
    }

    /// The operation whose request has this element in its Body, by its local name.
    pub fn operation(&self, local: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.request.as_ref().is_some_and(|name| name.local == local))
    }
}

/// What a binding says of an operation: the namespace of its wrapper where the style is rpc.
struct Bound {
    rpc: Option<String>,
    action: Option<String>,
}

/// The element in the Body.
fn body(
    operation: Node<'_, '_>,
    direction: &str,
    wrapper: &str,
    bound: Option<&Bound>,
    messages: &BTreeMap<&str, Node<'_, '_>>,
) -> Option<Name> {
    let io = operation.children().find(|node| node.has_tag_name((WSDL, direction)))?;
    if let Some(namespace) = bound.and_then(|bound| bound.rpc.clone()) {
        return Some(Name { namespace, local: wrapper.to_owned() });
    }
    let message = io.attribute("message")?;
    let message = messages.get(message.rsplit(':').next().unwrap_or(message))?;
    let part = message.children().find(|node| node.has_tag_name((WSDL, "part")) && node.has_attribute("element"))?;
    Some(qualified(part, part.attribute("element")?))
}

/// A name with a prefix, in the scope of a node.
pub(crate) fn qualified(scope: Node<'_, '_>, written: &str) -> Name {
    let (prefix, local) = match written.trim().split_once(':') {
        Some((prefix, local)) => (Some(prefix), local),
        None => (None, written.trim()),
    };
    let namespace = scope.lookup_namespace_uri(prefix).unwrap_or_default().to_owned();
    Name { namespace, local: local.to_owned() }
}
