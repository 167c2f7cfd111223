//! Follows the schema of a message from its root down and writes each element under its path. Types that contain themselves are
//! followed once.

use roxmltree::Node;

use super::Direction;
use super::facts::{Fact, Message, Occurs, Value};
use super::simple;
use super::symbols::{Symbols, XSD};
use crate::wsdl::{Name, Wsdl, qualified};

/// Elements of one message that are followed.
const FACTS_MAX: usize = 20_000;
/// Levels that are followed.
const DEPTH_MAX: usize = 64;

/// The messages of a set: of each operation its request and answer, or without WSDL every global element that nothing refers to.
pub(super) fn messages(symbols: &Symbols<'_>, wsdl: &Wsdl) -> Vec<Message> {
    let both = wsdl.operations.iter().flat_map(|operation| {
        [(Direction::Request, operation.request.as_ref()), (Direction::Answer, operation.answer.as_ref())]
    });
    let mut roots: Vec<(Direction, Name)> =
        both.filter_map(|(direction, name)| Some((direction, name?.clone()))).collect();
    if wsdl.operations.is_empty() {
        let referred: Vec<Name> = symbols
            .names("element")
            .map(|(_, node)| node)
            .chain(symbols.names("complexType").map(|(_, node)| node))
            .chain(symbols.names("group").map(|(_, node)| node))
            .flat_map(|node| node.descendants().skip(1))
            .filter_map(|node| Some(qualified(node, node.attribute("ref")?)))
            .collect();
        let free = symbols.names("element").filter(|(name, _)| !referred.contains(name));
        roots.extend(free.map(|(name, _)| (Direction::Unknown, name.clone())));
    }
    roots.sort();
    roots.dedup();
    roots.into_iter().map(|(direction, root)| message(symbols, direction, root)).collect()
}

fn message(symbols: &Symbols<'_>, direction: Direction, root: Name) -> Message {
    let mut walk = Walk { symbols, facts: Vec::new(), open: Vec::new() };
    if let Some(node) = symbols.find("element", &root) {
        walk.element(node, node, &root.namespace, "", Occurs::ONCE);
    }
    Message { direction, facts: walk.facts, root }
}

struct Walk<'s, 'd> {
    symbols: &'s Symbols<'d>,
    facts: Vec<(String, Fact)>,
    /// Places of the types and groups that are being followed.
    open: Vec<(usize, *const ())>,
}

/// Tells nodes of several documents apart.
fn place(node: Node<'_, '_>) -> (usize, *const ()) {
    (node.range().start, std::ptr::from_ref(node.document()).cast())
}

impl<'d> Walk<'_, 'd> {
    fn enter(&mut self, node: Node<'_, '_>) -> bool {
        let place = place(node);
        let fits = self.open.len() < DEPTH_MAX && self.facts.len() < FACTS_MAX && !self.open.contains(&place);
        if fits {
            self.open.push(place);
        }
        fits
    }

    /// One element: `node` declares it, `particle` says how often.
    fn element(&mut self, node: Node<'d, 'd>, particle: Node<'_, '_>, namespace: &str, above: &str, outer: Occurs) {
        let local = node.attribute("name").unwrap_or_default();
        let path = if above.is_empty() { local.to_owned() } else { format!("{above}/{local}") };
        let occurs = if above.is_empty() { outer } else { outer.times(occurs(particle)) };
        let index = self.facts.len();
        let nillable = matches!(node.attribute("nillable"), Some("true" | "1"));
        let fact = Fact { namespace: namespace.to_owned(), occurs, value: None, nillable, unfollowed: false };
        if let Some((_, known)) = self.facts.iter_mut().find(|(known, _)| *known == path) {
            // The same name twice in one content: together they may stand as often as both.
            known.occurs = Occurs {
                min: known.occurs.min.saturating_add(occurs.min),
                max: known.occurs.max.zip(occurs.max).map(|(one, other)| one.saturating_add(other)),
            };
            return;
        }
        self.facts.push((path.clone(), fact));
        let inline = |local: &'static str| node.children().find(|child| child.has_tag_name((XSD, local)));
        let value = if let Some(written) = node.attribute("type") {
            self.type_named(node, written, &path)
        } else if let Some(complex) = inline("complexType") {
            self.complex(complex, &path)
        } else {
            Ok(inline("simpleType").map(|simple| simple::defined(self.symbols, simple, 0)))
        };
        if let Some((_, fact)) = self.facts.get_mut(index) {
            fact.unfollowed = value.is_err();
            fact.value = value.unwrap_or_default();
        }
    }

    fn type_named(&mut self, scope: Node<'_, '_>, written: &str, path: &str) -> Result<Option<Value>, ()> {
        match self.symbols.refers("complexType", scope, written) {
            Some(complex) => self.complex(complex, path),
            None => Ok(Some(simple::named(self.symbols, scope, written, 0))),
        }
    }

    /// Content and attributes of a complex type; its value, if it has simple content. `Err` when it was not followed.
    fn complex(&mut self, node: Node<'d, 'd>, path: &str) -> Result<Option<Value>, ()> {
        if !self.enter(node) {
            return Err(());
        }
        let mut value = None;
        for child in node.children().filter(|child| child.tag_name().namespace() == Some(XSD)) {
            match child.tag_name().name() {
                "complexContent" => {
                    let derived =
                        child.children().find(|step| matches!(step.tag_name().name(), "extension" | "restriction"));
                    if let Some(derived) = derived {
                        if let (true, Some(base)) =
                            (derived.tag_name().name() == "extension", derived.attribute("base"))
                        {
                            value = self
                                .type_named(derived, base, path)
                                .ok()
                                .flatten()
                                .filter(|value| value.base != "anyType");
                        }
                        self.content(derived, path);
                    }
                }
                "simpleContent" => {
                    let derived =
                        child.children().find(|step| matches!(step.tag_name().name(), "extension" | "restriction"));
                    if let Some(derived) = derived {
                        value = match derived
                            .attribute("base")
                            .and_then(|base| self.symbols.refers("complexType", derived, base))
                        {
                            Some(base) => self.complex(base, path).ok().flatten(),
                            None => Some(simple::restricted(self.symbols, derived, 0)),
                        };
                        self.content(derived, path);
                    }
                }
                _ => {}
            }
        }
        if matches!(node.attribute("mixed"), Some("true" | "1")) {
            value = Some(Value { base: "mixed content".to_owned(), ..Value::default() });
        }
        self.content(node, path);
        self.open.pop();
        Ok(value)
    }

    /// Groups and attributes directly in a node.
    fn content(&mut self, node: Node<'d, 'd>, path: &str) {
        for child in node.children().filter(|child| child.tag_name().namespace() == Some(XSD)) {
            match child.tag_name().name() {
                "sequence" | "all" | "choice" | "group" => self.particle(child, path, Occurs::ONCE, false),
                "attribute" => self.attribute(child, path),
                "attributeGroup" => {
                    let group =
                        child.attribute("ref").and_then(|name| self.symbols.refers("attributeGroup", child, name));
                    if let Some(group) = group.filter(|group| self.enter(*group)) {
                        self.content(group, path);
                        self.open.pop();
                    }
                }
                _ => {}
            }
        }
    }

    /// A particle; `instead`: another may stand in its place.
    fn particle(&mut self, node: Node<'d, 'd>, path: &str, outer: Occurs, instead: bool) {
        let outer = if instead { outer.optional() } else { outer };
        match node.tag_name().name() {
            "element" => {
                let global = node
                    .attribute("ref")
                    .map(|name| (qualified(node, name), self.symbols.refers("element", node, name)));
                match global {
                    Some((name, Some(global))) => self.element(global, node, &name.namespace, path, outer),
                    Some((name, None)) => self.foreign(&name, node, path, outer),
                    None => self.element(node, node, &local_namespace(node, "elementFormDefault"), path, outer),
                }
            }
            "any" => {
                let namespace = node.attribute("namespace").unwrap_or("##any");
                let name = Name { namespace: namespace.to_owned(), local: format!("any({namespace})") };
                self.foreign(&name, node, path, outer);
            }
            "group" => {
                let group = node.attribute("ref").and_then(|name| self.symbols.refers("group", node, name));
                if let Some(group) = group.filter(|group| self.enter(*group)) {
                    for child in group.children().filter(Node::is_element) {
                        self.particle(child, path, outer.times(occurs(node)), false);
                    }
                    self.open.pop();
                }
            }
            kind @ ("sequence" | "all" | "choice") => {
                let outer = outer.times(occurs(node));
                let alternatives =
                    node.children().filter(|child| child.is_element() && child.tag_name().name() != "annotation");
                let choice = kind == "choice" && alternatives.count() > 1;
                if self.open.len() < DEPTH_MAX {
                    // Nested groups without a name count as levels too.
                    self.open.push(place(node));
                    for child in node.children().filter(Node::is_element) {
                        self.particle(child, path, outer, choice);
                    }
                    self.open.pop();
                }
            }
            _ => {}
        }
    }

    /// Something whose declaration is not among the files.
    fn foreign(&mut self, name: &Name, particle: Node<'_, '_>, path: &str, outer: Occurs) {
        let occurs = outer.times(occurs(particle));
        let fact = Fact { namespace: name.namespace.clone(), occurs, value: None, nillable: false, unfollowed: false };
        let path = format!("{path}/{}", name.local);
        if !self.facts.iter().any(|(known, _)| *known == path) {
            self.facts.push((path, fact));
        }
    }

    fn attribute(&mut self, node: Node<'d, 'd>, path: &str) {
        let global = node.attribute("ref").and_then(|name| self.symbols.refers("attribute", node, name));
        let declaration = global.unwrap_or(node);
        let written = node.attribute("ref").map(|name| qualified(node, name));
        let Some(local) =
            declaration.attribute("name").map(str::to_owned).or(written.as_ref().map(|name| name.local.clone()))
        else {
            return;
        };
        let occurs = match node.attribute("use") {
            Some("required") => Occurs::ONCE,
            Some("prohibited") => return,
            _ => Occurs::ONCE.optional(),
        };
        let inline = declaration.children().find(|child| child.has_tag_name((XSD, "simpleType")));
        let value = match (declaration.attribute("type"), inline) {
            (Some(name), _) => Some(simple::named(self.symbols, declaration, name, 0)),
            (None, Some(inline)) => Some(simple::defined(self.symbols, inline, 0)),
            (None, None) => None,
        };
        let namespace = written.map_or_else(|| local_namespace(node, "attributeFormDefault"), |name| name.namespace);
        let path = format!("{path}/@{local}");
        if !self.facts.iter().any(|(known, _)| *known == path) {
            self.facts.push((path, Fact { namespace, occurs, value, nillable: false, unfollowed: false }));
        }
    }
}

/// Namespace of a local declaration.
fn local_namespace(node: Node<'_, '_>, default: &str) -> String {
    let schema = node.ancestors().find(|above| above.has_tag_name((XSD, "schema")));
    let form = node.attribute("form").or_else(|| schema?.attribute(default)).unwrap_or("unqualified");
    let target = schema.and_then(|schema| schema.attribute("targetNamespace")).unwrap_or_default();
    if form == "qualified" { target.to_owned() } else { String::new() }
}

fn occurs(particle: Node<'_, '_>) -> Occurs {
    let number = |name: &str| particle.attribute(name).and_then(|text| text.trim().parse().ok());
    let max = match particle.attribute("maxOccurs").map(str::trim) {
        Some("unbounded") => None,
        _ => Some(number("maxOccurs").unwrap_or(1)),
    };
    Occurs { min: number("minOccurs").unwrap_or(1), max }
}
