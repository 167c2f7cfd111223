//! What differs between two states of the registry by meaning: rights and keys first, then everything else. In which file a row
//! stands, in which order and with which comments, is no difference; that is told by a comparison of the texts.

mod facts;

use std::collections::BTreeSet;

use domain::Registry;
use serde::Serialize;

use self::facts::Facts;

/// What a change is about, in the order in which people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// A right to ask a service.
    Access,
    /// A certificate: who may speak as whom, whom the bus believes.
    Certificate,
    /// Who may sign decisions, and how many must.
    Approval,
    /// A participant or system that takes no part for the time being.
    Suspension,
    /// A participant.
    Participant,
    /// A contact of a participant.
    Contact,
    /// An information system.
    System,
    /// A version of a service.
    Service,
    /// A route.
    Route,
    /// The version that a consumer means when it names none.
    Cutover,
    /// An announced window.
    Maintenance,
    /// A table that stands once: node, listen, journal, trust, federal, limits.
    Setting,
}

impl Section {
    /// Is it a matter of rights and keys?
    pub fn is_right(self) -> bool {
        matches!(self, Self::Access | Self::Certificate | Self::Approval | Self::Suspension)
    }
}

/// What happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is otherwise.
    Changed,
}

/// One value, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its key in the registry.
    pub name: &'static str,
    /// As it was.
    pub before: Option<String>,
    /// As it is.
    pub after: Option<String>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is about.
    pub section: Section,
    /// Which one.
    pub name: String,
    /// What happened to it.
    pub what: What,
    /// The values that differ; of something new or gone, all it says.
    pub fields: Vec<Field>,
}

/// Every difference, rights and keys first.
pub fn between(before: &Registry, after: &Registry) -> Vec<Change> {
    compare(&facts::of(before), &facts::of(after))
}

/// All of a registry, as if nothing had been before.
pub fn whole(registry: &Registry) -> Vec<Change> {
    compare(&Facts::default(), &facts::of(registry))
}

fn compare(before: &Facts, after: &Facts) -> Vec<Change> {
    let none = Vec::new();
    let mut changes = Vec::new();
    let keys: BTreeSet<_> = before.0.keys().chain(after.0.keys()).collect();
    for key in keys {
        let (old, new) = (before.0.get(key), after.0.get(key));
        let what = match (old, new) {
            (None, _) => What::Added,
            (_, None) => What::Removed,
            _ => What::Changed,
        };
        let fields = fields(old.unwrap_or(&none), new.unwrap_or(&none));
        if what != What::Changed || !fields.is_empty() {
            changes.push(Change { section: key.0, name: key.1.clone(), what, fields });
        }
    }
    changes
}

/// Those that differ, in the order in which the rows tell them.
fn fields(old: &[(&'static str, String)], new: &[(&'static str, String)]) -> Vec<Field> {
    let value = |values: &[(&'static str, String)], name: &str| {
        values.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
    };
    let gone = old.iter().filter(|(name, _)| value(new, name).is_none());
    let names = new.iter().chain(gone).map(|(name, _)| *name);
    let fields = names.map(|name| Field { name, before: value(old, name), after: value(new, name) });
    fields.filter(|field| field.before != field.after).collect()
}
