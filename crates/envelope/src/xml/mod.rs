//! A strict, namespace-aware pull reader over quick-xml: one pass, no tree, no copies, every limit of the registry enforced.
//!
//! quick-xml is lenient where XML is not: names, attribute syntax, entities, text outside the root, `]]>`, declarations in the middle.
//! What it lets through and a conforming parser would read differently, or refuse, is refused here. Namespaces are resolved here too.
//! This module knows nothing of SOAP.

mod names;
mod namespaces;
mod tag;
#[cfg(test)]
mod tests;
mod tokens;

pub(crate) use names::{forbidden_octet, is_space};
pub(crate) use namespaces::Ns;
pub(crate) use tokens::{Element, Instructions, Token, Tokens};

/// The limits that reading obeys: those of the registry, or none for octets that were bounded before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) header_bytes: usize,
    pub(crate) depth: usize,
    pub(crate) elements: usize,
    pub(crate) attributes_per_element: usize,
    pub(crate) namespaces_in_scope: usize,
    pub(crate) name_bytes: usize,
    pub(crate) attribute_value_bytes: usize,
    pub(crate) text_bytes: usize,
    pub(crate) field_bytes: usize,
    pub(crate) security_blocks: usize,
    pub(crate) ids: usize,
}

impl Bounds {
    pub(crate) fn of(limits: &domain::Limits) -> Self {
        Self {
            header_bytes: limits.header_bytes,
            depth: limits.depth,
            elements: limits.elements,
            attributes_per_element: limits.attributes_per_element,
            namespaces_in_scope: limits.namespaces_in_scope,
            name_bytes: limits.name_bytes,
            attribute_value_bytes: limits.attribute_value_bytes,
            text_bytes: limits.text_bytes,
            field_bytes: limits.field_bytes,
            security_blocks: limits.security_blocks,
            ids: limits.ids,
        }
    }

    /// For canonical octets of a message that was read under limits: they repeat declarations and may exceed them harmlessly.
    pub(crate) const NONE: Self = Self {
        header_bytes: usize::MAX,
        depth: usize::MAX,
        elements: usize::MAX,
        attributes_per_element: usize::MAX,
        namespaces_in_scope: usize::MAX,
        name_bytes: usize::MAX,
        attribute_value_bytes: usize::MAX,
        text_bytes: usize::MAX,
        field_bytes: usize::MAX,
        security_blocks: usize::MAX,
        ids: usize::MAX,
    };
}

/// Line and column, both from 1, the column in bytes.
pub(crate) fn position(source: &str, at: usize) -> (usize, usize) {
    let before = source.as_bytes().get(..at).unwrap_or(source.as_bytes());
    let line_start = before.iter().rposition(|&octet| octet == b'\n').map_or(0, |newline| newline + 1);
    let lines = before.split(|&octet| octet == b'\n').count();
    (lines, 1 + before.len() - line_start)
}
