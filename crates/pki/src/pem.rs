//! PEM as operators have it (RFC 7468, lax form): any line length and line end, text around the block.

use base64ct::{Base64, Encoding as _};
use zeroize::Zeroizing;

use crate::{Error, error::PemProblem};

pub(crate) const CERTIFICATE: &str = "CERTIFICATE";
pub(crate) const PRIVATE_KEY: &str = "PRIVATE KEY";
pub(crate) const ENCRYPTED_PRIVATE_KEY: &str = "ENCRYPTED PRIVATE KEY";
/// What OpenSSL calls keys that are not PKCS#8: `openssl ecparam -genkey`, `openssl rsa -traditional`.
const OLDER_KEYS: [&str; 2] = ["EC PRIVATE KEY", "RSA PRIVATE KEY"];

/// Octets that make a line of 64 characters.
const LINE_OCTETS: usize = 48;

/// The content of the only block with this label. Wiped on drop, as it may be a key.
pub(crate) fn decode(label: &'static str, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let refused = |problem| Error::Pem { label, problem };
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));

    let Some((_, rest)) = split_once(file, begin.as_bytes()) else {
        return Err(refused(match file.first() {
            Some(0x30) => PemProblem::LooksLikeDer,
            _ if has(ENCRYPTED_PRIVATE_KEY, file) => PemProblem::Encrypted,
            _ if label == PRIVATE_KEY && OLDER_KEYS.iter().any(|older| has(older, file)) => PemProblem::OlderForm,
            _ => PemProblem::Missing,
        }));
    };
    let (body, after) = split_once(rest, end.as_bytes()).ok_or(refused(PemProblem::Unterminated))?;
    if split_once(after, begin.as_bytes()).is_some() {
        return Err(refused(PemProblem::Several));
    }

    let mut text = Zeroizing::new(Vec::with_capacity(body.len()));
    text.extend(body.iter().filter(|octet| !octet.is_ascii_whitespace()));
    let mut octets = Zeroizing::new(vec![0; text.len()]);
    let length = Base64::decode(text.as_slice(), &mut octets).map_err(|_| refused(PemProblem::Base64))?.len();
    octets.truncate(length);
    Ok(octets)
}

/// Whether the file has a block with this label. Tells the forms of a key apart; a damaged block counts.
pub(crate) fn has(label: &str, file: &[u8]) -> bool {
    split_once(file, format!("-----BEGIN {label}-----").as_bytes()).is_some()
}

/// One block with lines of 64 characters. Wiped on drop, as it may be a key.
pub(crate) fn encode(label: &str, octets: &[u8]) -> Zeroizing<String> {
    let lines = octets.len().div_ceil(LINE_OCTETS);
    // Never grown, so that no half-written copy of a key is left behind on the heap.
    let mut text = Zeroizing::new(String::with_capacity(lines * 65 + 2 * (label.len() + 20)));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    let mut line = Zeroizing::new([0; 64]);
    for chunk in octets.chunks(LINE_OCTETS) {
        text.push_str(Base64::encode(chunk, line.as_mut_slice()).unwrap_or_default());
        text.push('\n');
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

fn split_once<'a>(haystack: &'a [u8], needle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = haystack.windows(needle.len()).position(|window| window == needle)?;
    let (before, rest) = haystack.split_at_checked(at)?;
    Some((before, rest.get(needle.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_operators_paste() {
        let octets: Vec<u8> = (0..100).collect();
        let written = encode(CERTIFICATE, &octets);
        assert!(written.lines().all(|line| line.len() <= 64));
        let one_line: String = {
            let body: String = written.lines().filter(|line| !line.starts_with('-')).collect();
            format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----")
        };
        let mut cp1251_preamble = b"Bag Attributes: \xcf\xf0\xe8\r\n".to_vec();
        cp1251_preamble.extend(written.as_bytes());
        let table: [(&str, Vec<u8>); 6] = [
            ("as written", written.as_bytes().to_vec()),
            ("CRLF", written.replace('\n', "\r\n").into_bytes()),
            ("one long line", one_line.into_bytes()),
            ("BOM", [b"\xef\xbb\xbf", written.as_bytes()].concat()),
            ("text in front, not UTF-8", cp1251_preamble),
            ("another kind behind", [written.as_bytes(), encode(PRIVATE_KEY, b"x").as_bytes()].concat()),
        ];
        for (name, file) in table {
            assert_eq!(decode(CERTIFICATE, &file).as_deref(), Ok(&octets), "{name}");
        }
    }

    #[test]
    fn refuses_what_is_not_one_block() {
        let one = encode(CERTIFICATE, &[1; 60]);
        let table = [
            ("nothing", Vec::new(), PemProblem::Missing),
            ("other label", encode(PRIVATE_KEY, b"x").as_bytes().to_vec(), PemProblem::Missing),
            ("DER", vec![0x30, 0x82, 1, 1], PemProblem::LooksLikeDer),
            ("two", [one.as_bytes(), one.as_bytes()].concat(), PemProblem::Several),
            ("cut", one.as_bytes()[..60].to_vec(), PemProblem::Unterminated),
            ("not Base64", one.replace("AQEB", "AQ*B").into_bytes(), PemProblem::Base64),
            ("encrypted key", encode("ENCRYPTED PRIVATE KEY", b"x").as_bytes().to_vec(), PemProblem::Encrypted),
        ];
        for (name, file, problem) in table {
            assert_eq!(decode(CERTIFICATE, &file).unwrap_err(), Error::Pem { label: CERTIFICATE, problem }, "{name}");
        }
        for older in OLDER_KEYS {
            let refused = Error::Pem { label: PRIVATE_KEY, problem: PemProblem::OlderForm };
            assert_eq!(decode(PRIVATE_KEY, encode(older, b"x").as_bytes()).unwrap_err(), refused, "{older}");
        }
    }
}
