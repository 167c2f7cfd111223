//! Whether it was DigestValue that changed, and not the part: SignedInfo as it would be with the digests of the parts as they stand.

use base64ct::{Base64, Encoding as _};

use super::tags::{Piece, Tag, pieces, split};

/// Canonical SignedInfo with another digest in the DigestValue of each reference (by number) that has one.
pub(super) fn with_digests(signed_info: &str, digests: &[Option<&[u8]>]) -> Option<String> {
    let mut out = String::with_capacity(signed_info.len());
    let mut digests = digests.iter();
    let mut instead: Option<&[u8]> = None;
    for piece in pieces(signed_info) {
        match (piece, instead) {
            (Piece::Start(start), _) => {
                out.push_str(start);
                let is_value = Tag::read(start).is_some_and(|tag| split(tag.name).1 == "DigestValue");
                instead = if is_value { digests.next().copied().flatten() } else { None };
                // Here and not in place of its text: the text may be missing altogether.
                out.extend(instead.map(Base64::encode_string));
            }
            (Piece::Text(_), Some(_)) => {}
            (Piece::End(end), _) => {
                instead = None;
                out.push_str(end);
            }
            (other, _) => out.push_str(other.text()),
        }
    }
    (out != signed_info).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_digests_that_are_given_change() {
        let text = "<d:S><d:DigestValue>AA==</d:DigestValue><d:DigestValue>BB==</d:DigestValue><d:x>c</d:x></d:S>";
        assert_eq!(with_digests(text, &[None, Some(&[0])]).unwrap(), text.replace("BB==", "AA=="));
        assert_eq!(with_digests(text, &[]), None);
        assert_eq!(with_digests(&text.replace("BB==", ""), &[None, Some(&[0])]).unwrap(), text.replace("BB==", "AA=="));
    }
}
