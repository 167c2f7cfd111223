//! The tree over the frames of a month, as in RFC 6962 §2.1: what a signed root says of how many frames, the proof that a
//! frame is among them, and the proof that an earlier root was over a beginning of the same frames.
//!
//! A leaf is the digest of a frame. Pure: where leaves come from and who signs roots is decided elsewhere.

use crate::Digest;

/// Leads the octets of a leaf, and of a node: neither can pass for the other (RFC 6962 §2.1).
const LEAF: &[u8] = &[0];
const NODE: &[u8] = &[1];

/// The roots of the whole trees that a list of leaves falls into, largest first: all that is needed to go on.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Frontier {
    leaves: u64,
    peaks: Vec<Digest>,
}

impl Frontier {
    /// Takes the next leaf in.
    pub(crate) fn push(&mut self, leaf: &Digest) {
        let mut node = leaf_digest(leaf);
        // Every full tree at the end is joined with an equal one, as ones are carried in a binary sum.
        for _ in 0..self.leaves.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = join(&left, &node);
            }
        }
        self.peaks.push(node);
        self.leaves = self.leaves.saturating_add(1);
    }

    /// How many leaves it has.
    pub(crate) fn leaves(&self) -> u64 {
        self.leaves
    }

    /// The root over all of them; for none, the digest of nothing.
    pub(crate) fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Digest::of([]) };
        peaks.fold(*last, |right, left| join(left, &right))
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.leaves.to_be_bytes());
        self.peaks.iter().for_each(|peak| out.extend_from_slice(peak.octets()));
    }

    /// `None` for anything that [`Frontier::encode`] does not write.
    pub(crate) fn decode(octets: &[u8]) -> Option<Self> {
        let (leaves, peaks) = octets.split_first_chunk()?;
        let leaves = u64::from_be_bytes(*leaves);
        let (peaks, rest) = peaks.as_chunks::<32>();
        let whole = rest.is_empty() && peaks.len() == usize::try_from(leaves.count_ones()).ok()?;
        whole.then(|| Self { leaves, peaks: peaks.iter().copied().map(Digest::from_octets).collect() })
    }
}

impl FromIterator<Digest> for Frontier {
    fn from_iter<T: IntoIterator<Item = Digest>>(leaves: T) -> Self {
        let mut frontier = Self::default();
        leaves.into_iter().for_each(|leaf| frontier.push(&leaf));
        frontier
    }
}

fn leaf_digest(leaf: &Digest) -> Digest {
    Digest::of([LEAF, leaf.octets()])
}

fn join(left: &Digest, right: &Digest) -> Digest {
    Digest::of([NODE, left.octets(), right.octets()])
}

/// The root over these leaves.
pub(crate) fn root(leaves: &[Digest]) -> Digest {
    leaves.iter().copied().collect::<Frontier>().root()
}

/// Where a tree of so many leaves (two at least) is parted: the largest power of two below.
fn parting(leaves: usize) -> usize {
    leaves.next_power_of_two() >> 1
}

/// The path from leaf `index` to the root, from below (RFC 6962 §2.1.1); `None` when there is no such leaf.
pub fn inclusion(leaves: &[Digest], index: usize) -> Option<Vec<Digest>> {
    if leaves.len() < 2 {
        return (index < leaves.len()).then(Vec::new);
    }
    let (left, right) = leaves.split_at_checked(parting(leaves.len()))?;
    let (mut path, sibling) = match index.checked_sub(left.len()) {
        None => (inclusion(left, index)?, root(right)),
        Some(index) => (inclusion(right, index)?, root(left)),
    };
    path.push(sibling);
    Some(path)
}

/// A whole tree, for many paths out of it.
pub(crate) struct Levels(Vec<Vec<Digest>>);

impl Levels {
    pub(crate) fn of(leaves: &[Digest]) -> Self {
        let mut levels = vec![leaves.iter().map(leaf_digest).collect::<Vec<_>>()];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            // What has no sibling goes up as it is.
            let join = |pair: &[Digest]| match pair {
                [left, right] => join(left, right),
                alone => alone.first().copied().unwrap_or_default(),
            };
            let above = below.chunks(2).map(join).collect();
            levels.push(above);
        }
        Self(levels)
    }

    /// What [`inclusion`] returns for these leaves.
    pub(crate) fn path(&self, index: usize) -> Option<Vec<Digest>> {
        let leaves = self.0.first().map_or(0, Vec::len);
        let sibling = |(height, level): (usize, &Vec<Digest>)| level.get((index >> height) ^ 1).copied();
        (index < leaves).then(|| self.0.iter().enumerate().filter_map(sibling).collect())
    }
}

/// The root that the path leads to from the leaf, in a tree of so many leaves; `None` when the path does not fit them.
pub fn root_from_inclusion(leaf: &Digest, index: u64, leaves: u64, path: &[Digest]) -> Option<Digest> {
    if index >= leaves {
        return None;
    }
    let (mut place, mut last) = (index, leaves.checked_sub(1)?);
    let mut node = leaf_digest(leaf);
    for sibling in path {
        if last == 0 {
            return None;
        }
        if place & 1 == 1 || place == last {
            node = join(sibling, &node);
            // Levels at which this node has no sibling are passed over.
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            node = join(&node, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    (last == 0).then_some(node)
}

/// The proof that a tree over the first `before` leaves is a beginning of the tree over all (RFC 6962 §2.1.2); `None` when
/// there are fewer leaves.
pub fn consistency(leaves: &[Digest], before: usize) -> Option<Vec<Digest>> {
    fn part(leaves: &[Digest], before: usize, whole: bool) -> Option<Vec<Digest>> {
        if before == leaves.len() {
            return Some(if whole { Vec::new() } else { vec![root(leaves)] });
        }
        let (left, right) = leaves.split_at_checked(parting(leaves.len()))?;
        let (mut path, sibling) = match before.checked_sub(left.len()).filter(|more| *more > 0) {
            None => (part(left, before, whole)?, root(right)),
            Some(more) => (part(right, more, false)?, root(left)),
        };
        path.push(sibling);
        Some(path)
    }
    if before > leaves.len() {
        return None;
    }
    if before == 0 { Some(Vec::new()) } else { part(leaves, before, true) }
}

/// Whether the proof shows that `old`, over `before` leaves, is a beginning of `new`, over `leaves` (RFC 9162 §2.1.4.2).
pub fn is_consistent(old: &Digest, before: u64, new: &Digest, leaves: u64, proof: &[Digest]) -> bool {
    if before == leaves {
        return proof.is_empty() && old == new;
    }
    if before == 0 || before > leaves {
        // Nothing is a beginning of everything.
        return before == 0 && proof.is_empty() && *old == Digest::of([]);
    }
    let mut rest = proof.iter();
    let first = if before.is_power_of_two() { Some(old) } else { rest.next() };
    let Some(first) = first else { return false };
    let (mut place, mut last) = (before.saturating_sub(1), leaves.saturating_sub(1));
    while place & 1 == 1 {
        (place, last) = (place >> 1, last >> 1);
    }
    let (mut from, mut to) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            (from, to) = (join(sibling, &from), join(sibling, &to));
            while place & 1 == 0 && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            to = join(&to, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && from == *old && to == *new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u32) -> Vec<Digest> {
        (0..count).map(|number| Digest::of([&number.to_le_bytes()[..]])).collect()
    }

    /// RFC 6962 §2.1, the definition by itself.
    fn defined(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => Digest::of([]),
            [leaf] => leaf_digest(leaf),
            _ => {
                let (left, right) = leaves.split_at(parting(leaves.len()));
                join(&defined(left), &defined(right))
            }
        }
    }

    #[test]
    fn the_root_is_that_of_the_definition_and_a_frontier_goes_on() {
        for count in 0..70 {
            let leaves = leaves(count);
            let frontier: Frontier = leaves.iter().copied().collect();
            assert_eq!((frontier.root(), frontier.leaves()), (defined(&leaves), u64::from(count)), "{count}");
            let mut octets = Vec::new();
            frontier.encode(&mut octets);
            assert_eq!(Frontier::decode(&octets), Some(frontier));
            assert_eq!(Frontier::decode(&octets[..octets.len() - 1]), None);
        }
    }

    #[test]
    fn every_leaf_is_proved_and_no_other_in_its_place() {
        for count in 1..40 {
            let leaves = leaves(count);
            let (root, size) = (root(&leaves), u64::from(count));
            let levels = Levels::of(&leaves);
            for (index, leaf) in leaves.iter().enumerate() {
                let path = inclusion(&leaves, index).unwrap();
                assert_eq!(levels.path(index).as_ref(), Some(&path), "{index} of {count}");
                let at = index as u64;
                assert_eq!(root_from_inclusion(leaf, at, size, &path), Some(root), "{index} of {count}");
                let other = Digest::of([&b"other"[..]]);
                assert_ne!(root_from_inclusion(&other, at, size, &path), Some(root));
                for wrong in (0..size).filter(|wrong| *wrong != at) {
                    assert_ne!(
                        root_from_inclusion(leaf, wrong, size, &path),
                        Some(root),
                        "{index} as {wrong} of {count}"
                    );
                }
                let longer = [path.as_slice(), &[other]].concat();
                assert_eq!(root_from_inclusion(leaf, at, size, &longer), None);
            }
            assert_eq!((inclusion(&leaves, leaves.len()), levels.path(leaves.len())), (None, None));
        }
    }

    #[test]
    fn a_beginning_is_proved_and_another_past_is_not() {
        for count in 1..40_u32 {
            let leaves = leaves(count);
            let (new, size) = (root(&leaves), u64::from(count));
            for before in 0..=leaves.len() {
                let proof = consistency(&leaves, before).unwrap();
                let old = root(&leaves[..before]);
                assert!(is_consistent(&old, before as u64, &new, size, &proof), "{before} of {count}");
                let mut past = leaves[..before].to_vec();
                if let Some(changed) = past.last_mut() {
                    *changed = Digest::of([&b"changed"[..]]);
                    assert!(!is_consistent(&root(&past), before as u64, &new, size, &proof), "{before} of {count}");
                }
            }
            assert_eq!(consistency(&leaves, leaves.len() + 1), None);
        }
    }
}
