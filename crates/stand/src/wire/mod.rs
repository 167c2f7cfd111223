//! Messages of the stand: composing and signing what systems send, reading and judging what they get, HTTP on loopback.

pub(crate) mod archive;
pub(crate) mod compose;
pub(crate) mod content;
pub(crate) mod http;
pub(crate) mod judge;
pub(crate) mod sign;
mod xml;

/// SHA-256 in hex: the form in which Body octets are compared along the way.
pub(crate) fn sha256_hex(octets: &[u8]) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(octets))
}
