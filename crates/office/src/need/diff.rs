//! What an import changes in the register of needs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Card, Column};

/// Cards by what becomes of them, each in order of numbers.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// New ones.
    pub added: Vec<Card>,
    /// Those that are no longer in the file.
    pub removed: Vec<Card>,
    /// Those with another text in a column.
    pub changed: Vec<Changed>,
}

/// A card that changed.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Its number.
    pub number: String,
    /// Column, what stood there, what stands there now.
    pub cells: Vec<(&'static str, String, String)>,
}

impl Diff {
    /// Does nothing change?
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// From the one to the other; cards are the same when they have the same number.
pub fn diff(before: &[Card], after: &[Card]) -> Diff {
    let (old, new) = (by_number(before), by_number(after));
    let mut diff = Diff::default();
    for (number, card) in &new {
        match old.get(number) {
            None => diff.added.push((*card).clone()),
            Some(stood) if stood == card => {}
            Some(stood) => diff.changed.push(Changed { number: (*number).to_owned(), cells: cells(stood, card) }),
        }
    }
    diff.removed.extend(old.iter().filter(|(number, _)| !new.contains_key(*number)).map(|(_, card)| (*card).clone()));
    diff
}

fn by_number(cards: &[Card]) -> BTreeMap<&str, &Card> {
    cards.iter().map(|card| (card.number.as_str(), card)).collect()
}

fn cells(stood: &Card, stands: &Card) -> Vec<(&'static str, String, String)> {
    let both = Column::ALL.into_iter().map(|column| (column.name(), stood.cell(column), stands.cell(column)));
    both.filter(|(_, stood, stands)| stood != stands).collect()
}
