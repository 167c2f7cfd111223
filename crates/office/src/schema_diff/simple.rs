//! Simple types taken to pieces: the built-in type below, and the facets of all steps together.

use roxmltree::Node;

use super::facts::Value;
use super::symbols::{Symbols, XSD};
use crate::wsdl::qualified;

/// Steps of derivation followed at most.
const STEPS_MAX: usize = 32;
/// Facets that are kept as they are written.
const FACETS: [&str; 10] = [
    "length",
    "minLength",
    "maxLength",
    "minInclusive",
    "maxInclusive",
    "minExclusive",
    "maxExclusive",
    "totalDigits",
    "fractionDigits",
    "whiteSpace",
];

/// The value of a type by its name.
pub(super) fn named(symbols: &Symbols<'_>, scope: Node<'_, '_>, written: &str, steps: usize) -> Value {
    let name = qualified(scope, written);
    if name.namespace == XSD {
        return Value { base: name.local, ..Value::default() };
    }
    match symbols.find("simpleType", &name) {
        Some(node) if steps < STEPS_MAX => defined(symbols, node, steps + 1),
        _ => Value { base: name.local, ..Value::default() },
    }
}

/// The value of a `simpleType`.
pub(super) fn defined(symbols: &Symbols<'_>, node: Node<'_, '_>, steps: usize) -> Value {
    let part = |local: &'static str| node.children().find(|child| child.has_tag_name((XSD, local)));
    if let Some(restriction) = part("restriction") {
        return restricted(symbols, restriction, steps);
    }
    if let Some(list) = part("list") {
        let item = match list.attribute("itemType") {
            Some(item) => named(symbols, list, item, steps).base,
            None => inner(symbols, list, steps).base,
        };
        return Value { base: format!("list of {item}"), ..Value::default() };
    }
    let members = part("union").map(|union| {
        let written = union.attribute("memberTypes").unwrap_or_default().split_whitespace();
        let mut members: Vec<String> = written.map(|member| named(symbols, union, member, steps).base).collect();
        let inline = union.children().filter(|child| child.has_tag_name((XSD, "simpleType")));
        members.extend(inline.filter(|_| steps < STEPS_MAX).map(|child| defined(symbols, child, steps + 1).base));
        members.join(" or ")
    });
    Value { base: members.unwrap_or_else(|| "anySimpleType".to_owned()), ..Value::default() }
}

fn inner(symbols: &Symbols<'_>, node: Node<'_, '_>, steps: usize) -> Value {
    let found = node.children().find(|child| child.has_tag_name((XSD, "simpleType")));
    match found {
        Some(found) if steps < STEPS_MAX => defined(symbols, found, steps + 1),
        _ => Value { base: "anySimpleType".to_owned(), ..Value::default() },
    }
}

/// A restriction of a simple type, or of simple content: what is below, narrowed.
pub(super) fn restricted(symbols: &Symbols<'_>, restriction: Node<'_, '_>, steps: usize) -> Value {
    let mut value = match restriction.attribute("base") {
        Some(base) => named(symbols, restriction, base, steps),
        None => inner(symbols, restriction, steps),
    };
    let facets = || restriction.children().filter(|child| child.tag_name().namespace() == Some(XSD));
    let values = |local: &'static str| {
        facets().filter(move |facet| facet.tag_name().name() == local).filter_map(|facet| facet.attribute("value"))
    };
    if values("enumeration").next().is_some() {
        value.enumeration = Some(values("enumeration").map(str::to_owned).collect());
    }
    // Patterns of one step are alternatives, those of different steps must all fit.
    let alternatives: Vec<&str> = values("pattern").collect();
    if !alternatives.is_empty() {
        value.patterns.insert(alternatives.join("|"));
    }
    for facet in facets() {
        let name = facet.tag_name().name();
        if let (true, Some(written)) = (FACETS.contains(&name), facet.attribute("value")) {
            value.facets.insert(name.to_owned(), written.to_owned());
        }
    }
    value
}
