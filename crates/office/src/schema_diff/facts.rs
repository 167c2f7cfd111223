//! What is known of each element of a message once its schema has been followed: how often, of what type, with which bounds.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Serialize, Serializer};

use super::Direction;
use crate::wsdl::Name;

/// How often an element may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurs {
    /// At least.
    pub min: u64,
    /// At most; `None`: without bound.
    pub max: Option<u64>,
}

/// `0..1`, `1..∞`.
impl fmt::Display for Occurs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.max {
            Some(max) => write!(f, "{}..{max}", self.min),
            None => write!(f, "{}..∞", self.min),
        }
    }
}

impl Serialize for Occurs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Occurs {
    pub(super) const ONCE: Self = Self { min: 1, max: Some(1) };

    /// What two nested numbers come to.
    pub(super) fn times(self, inner: Self) -> Self {
        let max = match (self.max, inner.max) {
            (Some(0), _) | (_, Some(0)) => Some(0),
            (Some(outer), Some(inner)) => Some(outer.saturating_mul(inner)),
            _ => None,
        };
        Self { min: self.min.saturating_mul(inner.min), max }
    }

    /// The same, where something else may stand instead.
    pub(super) fn optional(self) -> Self {
        Self { min: 0, ..self }
    }
}

/// A simple value: the built-in type it comes from, and what narrows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Value {
    /// `string`, `list of int`, `union`; the local name of a type that is not known.
    pub(super) base: String,
    /// The values allowed, if they are listed.
    pub(super) enumeration: Option<BTreeSet<String>>,
    /// Patterns that all must fit.
    pub(super) patterns: BTreeSet<String>,
    /// Other facets by name.
    pub(super) facets: BTreeMap<String, String>,
}

/// One element or attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) namespace: String,
    pub(super) occurs: Occurs,
    /// Its value; `None` for elements that hold elements only.
    pub(super) value: Option<Value>,
    pub(super) nillable: bool,
    /// It was not followed further.
    pub(super) unfollowed: bool,
}

/// One message with its elements, by path, in the order of the schema.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) direction: Direction,
    pub(super) root: Name,
    pub(super) facts: Vec<(String, Fact)>,
}

impl Message {
    pub(super) fn fact(&self, path: &str) -> Option<&Fact> {
        self.facts.iter().find(|(known, _)| known == path).map(|(_, fact)| fact)
    }
}
