//! From AppDocument to the octets of the archive, and whether DigestValue is theirs (protocol §3.6, §10).

use std::borrow::Cow;

use base64ct::{Base64, Encoding as _};
use pki::{Algorithm, Certificate};

use super::{ArchiveState, DigestCheck};
use crate::mime;
use crate::read::AppDocument;
use crate::state::Wire;

/// The archive: in the message, in another MIME part, or not there.
pub(super) fn find<'a>(
    wire: &'a Wire,
    document: &'a AppDocument,
    sender: &Certificate,
) -> (Result<Cow<'a, [u8]>, ArchiveState>, DigestCheck) {
    let found = match (&document.base64, &document.href) {
        (Some(text), _) => Base64::decode_vec(text).map(Cow::Owned).map_err(|_| ArchiveState::NotZip),
        (None, Some(href)) => attached(wire, href),
        (None, None) => Err(ArchiveState::Absent),
    };
    let check = match (&document.digest, &found) {
        (None, _) => DigestCheck::Absent,
        (Some(_), Err(_)) => DigestCheck::NotChecked,
        (Some(digest), Ok(octets)) => check(digest, octets, sender),
    };
    (found, check)
}

/// The part that `cid:…` names. No other URI is followed.
fn attached<'a>(wire: &'a Wire, href: &str) -> Result<Cow<'a, [u8]>, ArchiveState> {
    let cid = href.strip_prefix("cid:").ok_or(ArchiveState::Absent)?;
    let decoded = percent_decoded(cid);
    let wanted = |id: &str| id == cid || Some(id) == decoded.as_deref();
    let attachment = mime::attachment(&wire.current, &wire.content_type, &wanted).ok_or(ArchiveState::Absent)?;
    if !attachment.base64 {
        return Ok(Cow::Borrowed(attachment.octets));
    }
    let text: String =
        attachment.octets.iter().filter(|octet| !octet.is_ascii_whitespace()).map(|octet| char::from(*octet)).collect();
    Base64::decode_vec(&text).map(Cow::Owned).map_err(|_| ArchiveState::NotZip)
}

/// `%41` as `A`; `None` when that gives no text.
fn percent_decoded(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(if octet == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            u8::try_from(digit()? * 16 + digit()?).ok()?
        } else {
            octet
        });
    }
    String::from_utf8(octets).ok()
}

/// The recommendations digest the base64 text in one line by GOST R 34.11-94; others take the octets, or the digest of their time.
fn check(written: &str, octets: &[u8], sender: &Certificate) -> DigestCheck {
    let Ok(expected) = Base64::decode_vec(written) else { return DigestCheck::Unreadable };
    let candidates: &[Algorithm] = match (expected.len(), sender.public_key().algorithm()) {
        (32, Algorithm::Gost2001) => &[Algorithm::Gost2001, Algorithm::Gost2012_256],
        // A sender with a key of 2012 has the digest of 2012 at hand: asked first, it is mostly the last.
        (32, _) => &[Algorithm::Gost2012_256, Algorithm::Gost2001],
        (64, _) => &[Algorithm::Gost2012_512],
        _ => return DigestCheck::Unreadable,
    };
    let text = Base64::encode_string(octets);
    let is = |octets: &[u8]| candidates.iter().any(|algorithm| xmldsig::digest(*algorithm, octets) == expected);
    if is(text.as_bytes()) {
        DigestCheck::OfBase64
    } else if is(octets) {
        DigestCheck::OfOctets
    } else {
        DigestCheck::Wrong
    }
}
