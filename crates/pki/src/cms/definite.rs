//! From BER to DER as far as lengths go: BouncyCastle writes the outer layers of a signature with indefinite lengths (X.690 §8.1.3.6).
//!
//! Elements of definite length, certificates and attributes among them, are copied as they are.

use super::unusable;
use crate::Error;

/// The deepest nesting of indefinite lengths: ContentInfo, SignedData and the sets in it.
const DEPTH_MAX: usize = 8;
/// The end of an element without length.
const END: [u8; 2] = [0, 0];

/// The same element with definite lengths; octets behind it are kept.
pub(super) fn lengths(octets: &[u8]) -> Result<Vec<u8>, Error> {
    let mut rest = octets;
    let mut out = Vec::with_capacity(octets.len());
    element(&mut rest, &mut out, 0)?;
    out.extend_from_slice(rest);
    Ok(out)
}

fn element(rest: &mut &[u8], out: &mut Vec<u8>, depth: usize) -> Result<(), Error> {
    const CUT: &str = "it ends before its elements do";
    let whole = *rest;
    let (&tag, after) = whole.split_first().ok_or(unusable(CUT))?;
    if tag & 0x1f == 0x1f {
        return Err(unusable("it has tags that no signature has"));
    }
    let (&first, mut content) = after.split_first().ok_or(unusable(CUT))?;
    if first != 0x80 {
        let mut length = usize::from(first);
        if first > 0x80 {
            let (octets, behind) = content.split_at_checked(usize::from(first & 0x7f)).ok_or(unusable(CUT))?;
            let number = |all: usize, octet: &u8| all.checked_mul(256).map(|all| all | usize::from(*octet));
            length = octets.iter().try_fold(0, number).ok_or(unusable(CUT))?;
            content = behind;
        }
        let behind = content.get(length..).ok_or(unusable(CUT))?;
        out.extend_from_slice(whole.get(..whole.len() - behind.len()).unwrap_or_default());
        *rest = behind;
        return Ok(());
    }
    if depth == DEPTH_MAX || tag & 0x20 == 0 {
        return Err(unusable("its indefinite lengths are nested too deeply or misplaced"));
    }
    let mut inside = Vec::new();
    while !content.starts_with(&END) {
        element(&mut content, &mut inside, depth + 1)?;
    }
    *rest = content.get(END.len()..).unwrap_or_default();
    super::write::put(out, tag, &inside);
    Ok(())
}
