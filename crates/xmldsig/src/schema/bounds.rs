//! What schemas may cost: sizes, counts, and how much the groups come to once each reference stands for its content. libxml2 writes
//! groups out, so that thirty short lines could fill the memory.

use std::collections::BTreeMap;

use roxmltree::Node;

use super::gather::XSD;
use super::{SchemaProblem, Trouble};

/// Octets of all files together.
const OCTETS_MAX: usize = 16 << 20;
/// Files of one set of schemas.
pub(super) const FILES_MAX: usize = 256;
/// Nodes of one file.
pub(super) const NODES_MAX: u32 = 500_000;
/// The largest minOccurs or maxOccurs that is a number.
const OCCURS_MAX: u64 = 1_000_000;
/// Characters of one pattern.
const PATTERN_MAX: usize = 4_096;
/// Particles and attributes, groups written out.
const PARTICLES_MAX: u64 = 200_000;

/// The octets of a file, counted into `total`.
pub(super) fn count_octets(total: &mut usize, octets: usize) -> Result<(), Trouble> {
    *total = total.saturating_add(octets);
    if *total > OCTETS_MAX {
        return Err(Trouble::TooLarge { what: "octets of all schemas", max: OCTETS_MAX as u64 });
    }
    Ok(())
}

/// What every node of a schema must keep to.
pub(super) fn check_nodes(schema: Node<'_, '_>) -> Option<(Trouble, usize)> {
    for node in schema.descendants().filter(Node::is_element) {
        let at = node.range().start;
        for name in ["minOccurs", "maxOccurs"] {
            let number = node.attribute(name).map(str::trim).filter(|value| value.bytes().all(|b| b.is_ascii_digit()));
            if number
                .is_some_and(|number| number.parse::<u64>().map_or(!number.is_empty(), |number| number > OCCURS_MAX))
            {
                return Some((Trouble::TooLarge { what: "a number of occurrences", max: OCCURS_MAX }, at));
            }
        }
        let pattern = (node.tag_name().name() == "pattern").then(|| node.attribute("value")).flatten();
        if pattern.is_some_and(|pattern| pattern.chars().count() > PATTERN_MAX) {
            return Some((Trouble::TooLarge { what: "characters of a pattern", max: PATTERN_MAX as u64 }, at));
        }
    }
    None
}

/// Kind, namespace and name of a group of elements or attributes.
type Name<'a> = (&'a str, &'a str, &'a str);

/// Refuses groups that come to too much. `schemas`: file, first line and root of each.
pub(super) fn check_groups(schemas: &[(&str, Node<'_, '_>)]) -> Result<(), SchemaProblem> {
    let mut groups: BTreeMap<Name<'_>, Node<'_, '_>> = BTreeMap::new();
    for (_, schema) in schemas {
        let namespace = schema.attribute("targetNamespace").unwrap_or_default();
        for group in schema.children().filter(|node| is_group(*node)) {
            if let Some(name) = group.attribute("name") {
                groups.insert((group.tag_name().name(), namespace, name), group);
            }
        }
    }
    let mut known = BTreeMap::new();
    let mut total = 0_u64;
    for (file, schema) in schemas {
        total = total.saturating_add(weight(*schema, &groups, &mut known, 0));
        if total > PARTICLES_MAX {
            let what = Trouble::TooLarge { what: "elements and attributes, groups written out", max: PARTICLES_MAX };
            return Err(SchemaProblem { file: (*file).to_owned(), line: 1, what });
        }
    }
    Ok(())
}

fn is_group(node: Node<'_, '_>) -> bool {
    node.tag_name().namespace() == Some(XSD) && matches!(node.tag_name().name(), "group" | "attributeGroup")
}

/// Elements inside of `node`, references to groups written out. A group inside of itself counts once: libxml2 refuses it.
fn weight<'a, 'd>(
    node: Node<'a, 'd>,
    groups: &BTreeMap<Name<'a>, Node<'a, 'd>>,
    known: &mut BTreeMap<Name<'a>, u64>,
    depth: usize,
) -> u64 {
    // Deeper than any honest chain of groups, and far from the end of the stack.
    if depth > 200 {
        return PARTICLES_MAX;
    }
    let mut sum = 0_u64;
    for inner in node.descendants().filter(Node::is_element) {
        sum = sum.saturating_add(1);
        let Some(reference) = inner.attribute("ref").filter(|_| is_group(inner)) else { continue };
        let (prefix, local) = reference.trim().split_once(':').unwrap_or(("", reference.trim()));
        let prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
        let bound = inner.lookup_namespace_uri(prefix).unwrap_or_default();
        // A schema without a namespace takes that of the one that includes it: any group of that name will do.
        let found = groups
            .get_key_value(&(inner.tag_name().name(), bound, local))
            .or_else(|| groups.iter().find(|((kind, _, name), _)| *kind == inner.tag_name().name() && *name == local));
        let Some((name, group)) = found else { continue };
        let written_out = if let Some(weight) = known.get(name) {
            *weight
        } else {
            known.insert(*name, 0);
            let weight = weight(*group, groups, known, depth + 1);
            known.insert(*name, weight);
            weight
        };
        sum = sum.saturating_add(written_out);
    }
    sum
}
