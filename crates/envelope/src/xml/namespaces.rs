//! Namespaces in scope: which name a prefix stands for at this element.
//!
//! Names are compared after attribute-value normalisation, as a conforming parser does, and interned, so that comparing two of
//! them is comparing two numbers. Look-up time does not grow with the number of declarations in scope.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::{Revision, uri};

/// An interned namespace name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ns(u32);

impl Ns {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const SOAP11: Self = Self(1);
    pub(crate) const SOAP12: Self = Self(2);
    pub(crate) const WSSE: Self = Self(3);
    pub(crate) const WSU: Self = Self(4);
    pub(crate) const XML: Self = Self(5);
    pub(crate) const XMLNS: Self = Self(6);
    pub(crate) const XSI: Self = Self(7);
    const REV110801: Self = Self(8);
    const REV111111: Self = Self(9);
    const REV120315: Self = Self(10);

    /// The SMEV revision of this namespace.
    pub(crate) fn revision(self) -> Option<Revision> {
        match self {
            Self::REV110801 => Some(Revision::Rev110801),
            Self::REV111111 => Some(Revision::Rev111111),
            Self::REV120315 => Some(Revision::Rev120315),
            _ => None,
        }
    }
}

/// The names that the constants of [`Ns`] number, in their order.
const KNOWN: [&str; 11] = [
    "",
    uri::SOAP11,
    uri::SOAP12,
    uri::WSSE,
    uri::WSU,
    uri::XML,
    uri::XMLNS,
    uri::XSI,
    Revision::Rev110801.namespace(),
    Revision::Rev111111.namespace(),
    Revision::Rev120315.namespace(),
];

#[derive(Debug)]
struct Binding<'a> {
    prefix: &'a str,
    namespace: Ns,
    /// What the prefix stood for outside this element.
    outer: Option<Ns>,
}

/// The declarations in scope.
#[derive(Debug)]
pub(crate) struct Namespaces<'a> {
    names: Vec<Cow<'a, str>>,
    numbers: HashMap<Cow<'a, str>, Ns>,
    in_scope: HashMap<&'a str, Ns>,
    bindings: Vec<Binding<'a>>,
    /// Per open element: how many bindings stood before it.
    marks: Vec<usize>,
}

impl<'a> Namespaces<'a> {
    pub(crate) fn new() -> Self {
        let names: Vec<Cow<'a, str>> = KNOWN.iter().map(|&name| Cow::Borrowed(name)).collect();
        Self {
            names,
            numbers: HashMap::new(),
            in_scope: HashMap::from([("xml", Ns::XML), ("", Ns::NONE)]),
            bindings: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// An element begins; its declarations follow.
    pub(crate) fn open(&mut self) {
        self.marks.push(self.bindings.len());
    }

    /// The element opened last ends; its declarations go out of scope.
    pub(crate) fn close(&mut self) {
        let mark = self.marks.pop().unwrap_or(0);
        while self.bindings.len() > mark {
            let Some(binding) = self.bindings.pop() else { return };
            match binding.outer {
                Some(outer) => self.in_scope.insert(binding.prefix, outer),
                None => self.in_scope.remove(binding.prefix),
            };
        }
    }

    /// Takes `xmlns:prefix="name"` (`xmlns="name"` with an empty prefix) of the element opened last; says what is wrong with it.
    pub(crate) fn declare(&mut self, prefix: &'a str, name: Cow<'a, str>) -> Result<(), &'static str> {
        let namespace = self.number(name);
        match (prefix, namespace) {
            ("xml", Ns::XML) => return Ok(()),
            ("xml", _) => return Err("the prefix xml may not be bound to another namespace"),
            ("xmlns", _) => return Err("the prefix xmlns may not be declared"),
            (_, Ns::XML | Ns::XMLNS) => return Err("this namespace may not be bound to another prefix"),
            ("", _) => {}
            (_, Ns::NONE) => return Err("a prefix may not be bound to an empty namespace name"),
            _ => {}
        }
        let outer = self.in_scope.insert(prefix, namespace);
        self.bindings.push(Binding { prefix, namespace, outer });
        Ok(())
    }

    /// How many declarations are in scope, shadowed and repeated ones too: canonicalisation walks through all of them.
    pub(crate) fn count(&self) -> usize {
        self.bindings.len()
    }

    /// What `prefix` stands for here; `None` when it is not declared.
    pub(crate) fn resolve(&self, prefix: &str) -> Option<Ns> {
        self.in_scope.get(prefix).copied()
    }

    /// A declared, not shadowed, non-empty prefix for `namespace`.
    pub(crate) fn prefix_of(&self, namespace: Ns) -> Option<&'a str> {
        let found = self.bindings.iter().rev().find(|binding| {
            binding.namespace == namespace
                && !binding.prefix.is_empty()
                && self.resolve(binding.prefix) == Some(namespace)
        });
        found.map(|binding| binding.prefix)
    }

    /// The text of an interned name.
    pub(crate) fn name(&self, namespace: Ns) -> &str {
        usize::try_from(namespace.0).ok().and_then(|at| self.names.get(at)).map_or("", |name| name)
    }

    fn number(&mut self, name: Cow<'a, str>) -> Ns {
        if let Some(known) = KNOWN.iter().zip(0..).find_map(|(known, number)| (*known == name).then_some(Ns(number))) {
            return known;
        }
        if let Some(&known) = self.numbers.get(&name) {
            return known;
        }
        // A message has far fewer than 2^32 octets, let alone names; the limit on its size sees to that.
        let fresh = Ns(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.names.push(name.clone());
        self.numbers.insert(name, fresh);
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_end_with_their_element() {
        let mut scope = Namespaces::new();
        scope.open();
        scope.declare("s", uri::SOAP11.into()).unwrap();
        scope.open();
        scope.declare("s", uri::WSU.into()).unwrap();
        scope.declare("", "urn:a".into()).unwrap();
        assert_eq!(scope.resolve("s"), Some(Ns::WSU));
        assert_eq!(scope.name(scope.resolve("").unwrap()), "urn:a");
        assert_eq!(scope.prefix_of(Ns::SOAP11), None, "shadowed");
        scope.close();
        assert_eq!(scope.resolve("s"), Some(Ns::SOAP11));
        assert_eq!(scope.resolve(""), Some(Ns::NONE));
        assert_eq!(scope.prefix_of(Ns::SOAP11), Some("s"));
        scope.close();
        assert_eq!(scope.resolve("s"), None);
    }

    #[test]
    fn reserved_declarations_are_refused() {
        let mut scope = Namespaces::new();
        scope.open();
        for (prefix, name, allowed) in [
            ("xml", uri::XML, true),
            ("xml", "urn:a", false),
            ("xmlns", "urn:a", false),
            ("a", uri::XML, false),
            ("a", uri::XMLNS, false),
            ("", uri::XML, false),
            ("a", "", false),
            ("", "", true),
        ] {
            assert_eq!(scope.declare(prefix, name.into()).is_ok(), allowed, "{prefix:?} {name:?}");
        }
    }
}
