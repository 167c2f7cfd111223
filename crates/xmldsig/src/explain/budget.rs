//! How much an explanation may cost. Counted in octets taken up by canonicalization, digests and edits, and in checks of a value.

/// What an explanation may do at most; what is left untried is said with [`super::Cause::NotAllTried`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Signatures that are looked at.
    pub signatures: usize,
    /// Octets that are canonicalized, edited or digested, all trials together.
    pub octets: usize,
    /// Checks of a signature value.
    pub values: usize,
}

impl Budget {
    /// For the owner of the machine: a message of the largest size is tried in every way but the widest guesses.
    pub const GENEROUS: Self = Self { signatures: 64, octets: 4 << 30, values: 4096 };
    /// For strangers: about a second of one processor.
    pub const TIGHT: Self = Self { signatures: 8, octets: 24 << 20, values: 256 };
}

/// What is left.
#[derive(Debug)]
pub(super) struct Purse {
    octets: usize,
    values: usize,
    empty: bool,
    spared: bool,
}

impl Purse {
    pub(super) fn new(budget: Budget) -> Self {
        Self { octets: budget.octets, values: budget.values, empty: false, spared: false }
    }

    /// Takes octets; `false` when there are not so many left.
    pub(super) fn octets(&mut self, octets: usize) -> bool {
        let left = self.octets.checked_sub(octets);
        self.octets = left.unwrap_or(0);
        self.empty |= left.is_none();
        left.is_some()
    }

    /// Takes one check of a value over so many octets.
    pub(super) fn value(&mut self, octets: usize) -> bool {
        let left = self.values.checked_sub(1);
        self.values = left.unwrap_or(0);
        self.empty |= left.is_none();
        left.is_some() && self.octets(octets)
    }

    /// Whether so many octets are a small share of what is left: guesses in great number must not starve what comes after them.
    pub(super) fn spares(&mut self, octets: usize) -> bool {
        let spares = octets <= self.octets / 4;
        self.spared |= !spares;
        spares
    }

    /// Whether something was left untried.
    pub(super) fn was_short(&self) -> bool {
        self.empty || self.spared
    }

    /// Whether something was asked for in vain.
    pub(super) fn is_empty(&self) -> bool {
        self.empty
    }
}
