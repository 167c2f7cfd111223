//! Reads the splice form of a body: received + splice = forwarded.
//! The forms are written by whoever forwards; this side exists so that evidence can be read without the gateway.
//!
//! Version octet 1, then per edit: offset in the received message, octets removed there, octets inserted there (three
//! big-endian u64), the inserted octets. Edits are in ascending order and do not overlap.

use bytes::Bytes;

use crate::Error;

const VERSION: u8 = 1;

/// The message that `splice` makes of `base`.
pub(crate) fn apply(splice: &[u8], base: &[u8]) -> Result<Bytes, Error> {
    let mut out = Vec::with_capacity(base.len().saturating_add(splice.len()));
    applied(splice, base, &mut out).ok_or(Error::BadRecord { what: "a splice that does not fit its received body" })?;
    Ok(out.into())
}

fn applied(splice: &[u8], base: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (&VERSION, mut rest) = splice.split_first()? else {
        return None;
    };
    let mut kept = 0;
    while !rest.is_empty() {
        let start = number(&mut rest)?;
        let removed = number(&mut rest)?;
        let inserted = number(&mut rest)?;
        out.extend_from_slice(base.get(kept..start)?);
        out.extend_from_slice(rest.get(..inserted)?);
        rest = rest.get(inserted..)?;
        kept = start.checked_add(removed)?;
    }
    out.extend_from_slice(base.get(kept..)?);
    Some(())
}

fn number(rest: &mut &[u8]) -> Option<usize> {
    let (number, behind) = rest.split_first_chunk()?;
    *rest = behind;
    usize::try_from(u64::from_be_bytes(*number)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn splice(edits: &[(u64, u64, &[u8])]) -> Vec<u8> {
        let mut out = vec![1];
        for (start, removed, inserted) in edits {
            for number in [*start, *removed, inserted.len() as u64] {
                out.extend_from_slice(&number.to_be_bytes());
            }
            out.extend_from_slice(inserted);
        }
        out
    }

    #[test]
    fn edits_make_the_forwarded_message() {
        let base = b"<a><b/></a>";
        for (edits, expected) in [
            (vec![], &b"<a><b/></a>"[..]),
            (vec![(3, 0, &b"<h/>"[..])], b"<a><h/><b/></a>"),
            (vec![(0, 3, b"<x>"), (3, 4, b""), (7, 4, b"</x>")], b"<x></x>"),
            (vec![(11, 0, b"!")], b"<a><b/></a>!"),
        ] {
            assert_eq!(apply(&splice(&edits), base).unwrap(), expected);
        }
    }

    #[test]
    fn edits_that_do_not_fit_are_refused() {
        let base = b"0123456789";
        for bad in [
            vec![],
            vec![2],
            splice(&[(5, 3, b""), (7, 0, b"")]),
            splice(&[(11, 0, b"")]),
            splice(&[(8, 3, b"")]),
            splice(&[(u64::MAX, u64::MAX, b"")]),
            splice(&[(0, 0, b"abc")])[..26].to_vec(),
        ] {
            assert!(apply(&bad, base).is_err(), "{bad:?}");
        }
    }
}
