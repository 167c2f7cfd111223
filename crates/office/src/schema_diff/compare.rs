//! Two sets side by side, and the rule of what breaks. Consumers write requests: what was accepted must stay accepted. They read answers:
//! what they may meet must stay within what they know; new elements they pass over.

use std::collections::BTreeSet;

use super::facts::{Fact, Message, Occurs, Value};
use super::{Change, Direction, Side, What};

/// Integer types, each within the next.
const INTEGERS: [&str; 5] = ["byte", "short", "int", "long", "integer"];
/// Facets that bound from below: more is narrower.
const LOWER: [&str; 3] = ["minLength", "minInclusive", "minExclusive"];
/// Facets that bound from above: less is narrower.
const UPPER: [&str; 5] = ["maxLength", "maxInclusive", "maxExclusive", "totalDigits", "fractionDigits"];

/// How what is allowed changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Less is allowed.
    Narrower,
    /// More is allowed.
    Wider,
    /// Both, or nobody knows.
    Other,
}

impl Turn {
    /// Does it break a consumer?
    fn breaks(self, direction: Direction) -> bool {
        !matches!((self, direction), (Self::Wider, Direction::Request) | (Self::Narrower, Direction::Answer))
    }
}

/// Every change.
pub(super) fn compare(old: &Side, new: &Side) -> Vec<Change> {
    let mut changes = operations(old, new);
    for message in &old.messages {
        let same = |other: &&Message| other.direction == message.direction && other.root.local == message.root.local;
        if let Some(other) = new.messages.iter().find(same) {
            messages(message, other, &mut changes);
        } else if message.direction == Direction::Unknown {
            push(&mut changes, message.direction, &message.root.local, What::Removed, true);
        }
    }
    for message in new.messages.iter().filter(|message| message.direction == Direction::Unknown) {
        let known = |other: &Message| other.direction == message.direction && other.root.local == message.root.local;
        if !old.messages.iter().any(known) {
            push(&mut changes, message.direction, &message.root.local, What::Added { required: false }, false);
        }
    }
    changes
}

fn push(changes: &mut Vec<Change>, direction: Direction, path: &str, what: What, breaking: bool) {
    changes.push(Change { direction, path: path.to_owned(), what, breaking });
}

fn operations(old: &Side, new: &Side) -> Vec<Change> {
    let mut changes = Vec::new();
    // Without a WSDL on one side there is nothing to say of operations.
    if old.wsdl.operations.is_empty() || new.wsdl.operations.is_empty() {
        return changes;
    }
    let find =
        |side: &'_ Side, name: &str| side.wsdl.operations.iter().find(|operation| operation.name == name).cloned();
    for operation in &old.wsdl.operations {
        let Some(other) = find(new, &operation.name) else {
            push(&mut changes, Direction::Request, &operation.name, What::OperationRemoved, true);
            continue;
        };
        for (direction, was, is) in [
            (Direction::Request, &operation.request, &other.request),
            (Direction::Answer, &operation.answer, &other.answer),
        ] {
            let (was, is) = (was.as_ref().map(|name| name.local.as_str()), is.as_ref().map(|name| name.local.as_str()));
            if was != is {
                let (from, to) = (was.unwrap_or_default().to_owned(), is.unwrap_or_default().to_owned());
                push(&mut changes, direction, &operation.name, What::Type { from, to }, true);
            }
        }
        let action = |action: Option<String>| action.unwrap_or_default();
        let (from, to) = (action(operation.action.clone()), action(other.action));
        if from != to {
            // The bus writes the action of the WSDL it has: consumers that call through it need not know.
            push(&mut changes, Direction::Request, &operation.name, What::Action { from, to }, false);
        }
    }
    for operation in &new.wsdl.operations {
        if find(old, &operation.name).is_none() {
            push(&mut changes, Direction::Request, &operation.name, What::OperationAdded, false);
        }
    }
    changes
}

fn messages(old: &Message, new: &Message, changes: &mut Vec<Change>) {
    let direction = old.direction;
    // What lies in an element that came or went is told with it.
    let below = |path: &str, tops: &[String]| tops.iter().any(|top| path.starts_with(&format!("{top}/")));
    let mut gone: Vec<String> = Vec::new();
    for (path, was) in &old.facts {
        if below(path, &gone) {
            continue;
        }
        if let Some(is) = new.fact(path) {
            facts(path, direction, was, is, changes);
        } else {
            push(changes, direction, path, What::Removed, true);
            gone.push(path.clone());
        }
    }
    let mut came: Vec<String> = Vec::new();
    for (path, is) in &new.facts {
        if old.fact(path).is_some() || below(path, &came) {
            continue;
        }
        let required = is.occurs.min > 0;
        push(changes, direction, path, What::Added { required }, required && direction != Direction::Answer);
        came.push(path.clone());
    }
}

fn facts(path: &str, direction: Direction, was: &Fact, is: &Fact, changes: &mut Vec<Change>) {
    let mut tell = |what: What, breaking: bool| push(changes, direction, path, what, breaking);
    if was.namespace != is.namespace {
        tell(What::Namespace { from: was.namespace.clone(), to: is.namespace.clone() }, true);
    }
    let (from, to) = (was.occurs, is.occurs);
    match (from.min > 0, to.min > 0) {
        (false, true) => tell(What::Required, Turn::Narrower.breaks(direction)),
        (true, false) => tell(What::Optional, Turn::Wider.breaks(direction)),
        _ => {}
    }
    if from.max != to.max || (from.min != to.min && from.min.min(to.min) > 0) {
        tell(What::Occurs { from, to }, occurs(from, to).breaks(direction));
    }
    if was.nillable != is.nillable {
        let turn = if is.nillable { Turn::Wider } else { Turn::Narrower };
        tell(What::Nillable { to: is.nillable }, turn.breaks(direction));
    }
    match (&was.value, &is.value) {
        (Some(was), Some(is)) => values(was, is, direction, &mut tell),
        (None, None) => {}
        (was, is) => {
            let shown =
                |value: &Option<Value>| value.as_ref().map_or("elements".to_owned(), |value| value.base.clone());
            tell(What::Type { from: shown(was), to: shown(is) }, true);
        }
    }
    if was.unfollowed != is.unfollowed {
        tell(What::Unfollowed, false);
    }
}

fn occurs(from: Occurs, to: Occurs) -> Turn {
    let greatest = |max: Option<u64>| max.unwrap_or(u64::MAX);
    let wider = to.min <= from.min && greatest(to.max) >= greatest(from.max);
    let narrower = to.min >= from.min && greatest(to.max) <= greatest(from.max);
    turn(narrower, wider)
}

fn turn(narrower: bool, wider: bool) -> Turn {
    match (narrower, wider) {
        (true, false) => Turn::Narrower,
        (false, true) => Turn::Wider,
        _ => Turn::Other,
    }
}

fn values(was: &Value, is: &Value, direction: Direction, tell: &mut dyn FnMut(What, bool)) {
    if was.base != is.base {
        let turn = turn(within(&is.base, &was.base), within(&was.base, &is.base));
        tell(What::Type { from: was.base.clone(), to: is.base.clone() }, turn.breaks(direction));
    }
    if was.enumeration != is.enumeration {
        let (old, new) = (was.enumeration.clone().unwrap_or_default(), is.enumeration.clone().unwrap_or_default());
        let (was_open, is_open) = (was.enumeration.is_none(), is.enumeration.is_none());
        let only =
            |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect::<Vec<_>>();
        let (added, removed) = (only(&new, &old), only(&old, &new));
        let narrower = was_open || (added.is_empty() && !is_open);
        let wider = is_open || (removed.is_empty() && !was_open);
        tell(What::Enumeration { added, removed, was_open, is_open }, turn(narrower, wider).breaks(direction));
    }
    if was.patterns != is.patterns {
        let turn = turn(is.patterns.is_superset(&was.patterns), is.patterns.is_subset(&was.patterns));
        let list = |patterns: &BTreeSet<String>| patterns.iter().cloned().collect();
        tell(What::Pattern { from: list(&was.patterns), to: list(&is.patterns) }, turn.breaks(direction));
    }
    let names: BTreeSet<&String> = was.facets.keys().chain(is.facets.keys()).collect();
    for name in names {
        let (from, to) = (was.facets.get(name).cloned(), is.facets.get(name).cloned());
        if from != to {
            let turn = facet(name, from.as_deref(), to.as_deref());
            tell(What::Facet { facet: name.clone(), from, to }, turn.breaks(direction));
        }
    }
}

/// Is every value of one built-in type a value of the other?
fn within(inner: &str, outer: &str) -> bool {
    let place = |name: &str| INTEGERS.iter().position(|known| *known == name);
    match (place(inner), place(outer)) {
        (Some(inner), Some(outer)) => inner <= outer,
        (Some(_), None) => matches!(outer, "decimal" | "string" | "anySimpleType" | "anyType"),
        _ => inner == outer || matches!(outer, "string" | "anySimpleType" | "anyType") && !inner.starts_with("list"),
    }
}

fn facet(name: &str, from: Option<&str>, to: Option<&str>) -> Turn {
    match (from, to) {
        (None, Some(_)) => Turn::Narrower,
        (Some(_), None) => Turn::Wider,
        (Some(from), Some(to)) => {
            let (Ok(from), Ok(to)) = (from.trim().parse::<i128>(), to.trim().parse::<i128>()) else {
                return Turn::Other;
            };
            if LOWER.contains(&name) {
                turn(to > from, to < from)
            } else if UPPER.contains(&name) {
                turn(to < from, to > from)
            } else {
                Turn::Other
            }
        }
        (None, None) => Turn::Other,
    }
}
