//! What the bus changed in a message, as byte spans: received + splice = forwarded.
//!
//! The journal keeps a splice instead of a second copy of the message. A splice knows nothing of XML.

use std::ops::Range;

use bytes::{Buf, Bytes};

/// First octet of the journal's form.
const FORM: u8 = 1;

/// One change: `removed` octets of the received message give way to `inserted` ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Span in the received HTTP body; empty for a pure insertion.
    pub removed: Range<usize>,
    /// What stands there in the forwarded body; empty for a pure removal.
    pub inserted: Bytes,
}

/// Ordered, disjoint changes that turn the received HTTP body into the forwarded one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Splice {
    edits: Vec<Edit>,
}

impl Splice {
    /// Puts the edits in order; `None` when two of them claim the same octets.
    pub(crate) fn of(mut edits: Vec<Edit>) -> Option<Self> {
        edits.sort_by_key(|edit| (edit.removed.start, edit.removed.end));
        let well_formed = edits.iter().all(|edit| edit.removed.start <= edit.removed.end);
        let disjoint = edits.windows(2).all(|two| match two {
            [first, second] => first.removed.end <= second.removed.start,
            _ => true,
        });
        (well_formed && disjoint).then_some(Self { edits })
    }

    /// The one edit between two messages that begin and end alike.
    pub(crate) fn between(received: &[u8], forwarded: &Bytes) -> Self {
        let start = received.iter().zip(forwarded.iter()).take_while(|(one, other)| one == other).count();
        let rest = received.len().min(forwarded.len()) - start;
        let backwards = received.iter().rev().zip(forwarded.iter().rev());
        let end = backwards.take(rest).take_while(|(one, other)| one == other).count();
        if start == received.len() && received.len() == forwarded.len() {
            return Self::default();
        }
        let inserted = forwarded.slice(start..forwarded.len() - end);
        Self { edits: vec![Edit { removed: start..received.len() - end, inserted }] }
    }

    /// The changes in the order of the message.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// The forwarded body made from `received`; `None` when `received` is too short to be the message this splice was made for.
    pub fn apply(&self, received: &[u8]) -> Option<Vec<u8>> {
        let grown: usize = self.edits.iter().map(|edit| edit.inserted.len()).sum();
        let mut forwarded = Vec::with_capacity(received.len().saturating_add(grown));
        let mut at = 0;
        for edit in &self.edits {
            forwarded.extend_from_slice(received.get(at..edit.removed.start)?);
            forwarded.extend_from_slice(&edit.inserted);
            at = edit.removed.end;
        }
        forwarded.extend_from_slice(received.get(at..)?);
        Some(forwarded)
    }

    /// The journal's form: see [`Splice::from_octets`].
    pub fn to_octets(&self) -> Bytes {
        let mut octets = vec![FORM];
        for edit in &self.edits {
            for number in [edit.removed.start, edit.removed.len(), edit.inserted.len()] {
                // Offsets are within a message in memory: they fit.
                octets.extend_from_slice(&u64::try_from(number).unwrap_or(u64::MAX).to_be_bytes());
            }
            octets.extend_from_slice(&edit.inserted);
        }
        octets.into()
    }

    /// Reads the journal's form: octet 1 (its version), then for every edit start, removed length, inserted length (each a
    /// big-endian u64) and the inserted octets. `None` when damaged or of another version.
    pub fn from_octets(octets: &Bytes) -> Option<Self> {
        let mut rest = octets.clone();
        if rest.try_get_u8() != Ok(FORM) {
            return None;
        }
        let mut edits = Vec::new();
        while rest.has_remaining() {
            let start = usize::try_from(rest.try_get_u64().ok()?).ok()?;
            let removed = usize::try_from(rest.try_get_u64().ok()?).ok()?;
            let inserted = usize::try_from(rest.try_get_u64().ok()?).ok()?;
            if inserted > rest.remaining() {
                return None;
            }
            edits.push(Edit { removed: start..start.checked_add(removed)?, inserted: rest.split_to(inserted) });
        }
        Self::of(edits)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn edit(removed: Range<usize>, inserted: &'static str) -> Edit {
        Edit { removed, inserted: Bytes::from_static(inserted.as_bytes()) }
    }

    #[test]
    fn edits_apply_in_order_whatever_order_they_came_in() {
        let splice = Splice::of(vec![edit(4..6, ""), edit(0..0, "A"), edit(4..4, "B"), edit(8..8, "C")]).unwrap();
        assert_eq!(splice.apply(b"01234567").unwrap(), b"A0123B67C");
        assert_eq!(Splice::from_octets(&splice.to_octets()), Some(splice.clone()));
        assert_eq!(splice.apply(b"0123"), None, "another message");
    }

    #[test]
    fn overlapping_edits_are_no_splice() {
        assert_eq!(Splice::of(vec![edit(0..4, ""), edit(3..5, "")]), None);
    }

    #[test]
    fn a_damaged_journal_form_is_not_read() {
        let octets = Splice::of(vec![edit(1..2, "abc")]).unwrap().to_octets();
        for end in 2..octets.len() {
            assert_eq!(Splice::from_octets(&octets.slice(..end)), None, "cut at {end}");
        }
        assert_eq!(Splice::from_octets(&Bytes::new()), None);
        assert_eq!(Splice::from_octets(&Bytes::from_static(&[2])), None, "another version");
        let mut huge = vec![FORM];
        huge.extend_from_slice(&[0xFF; 24]);
        assert_eq!(Splice::from_octets(&huge.into()), None);
    }

    proptest! {
        #[test]
        fn the_difference_between_two_messages_applies(head in "[ab]{0,9}", one in "[ab]{0,9}", two in "[ab]{0,9}", tail in "[ab]{0,9}") {
            let (received, forwarded) = (format!("{head}{one}{tail}"), Bytes::from(format!("{head}{two}{tail}")));
            let splice = Splice::between(received.as_bytes(), &forwarded);
            prop_assert_eq!(splice.apply(received.as_bytes()).unwrap(), forwarded.to_vec());
            prop_assert_eq!(Splice::from_octets(&splice.to_octets()), Some(splice));
        }
    }
}
