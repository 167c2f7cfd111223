//! SHA-256 values as they stand in record heads, receipts and reports.
//! What is digested, and in which order, is decided in `layout`.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// A SHA-256 value; shown as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The 32 octets, in natural order.
    pub const fn octets(&self) -> &[u8; 32] {
        &self.0
    }

    /// A digest that was written down elsewhere.
    pub const fn from_octets(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// Reads what `Display` shows: 64 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut octets = [0; 32];
        hex::decode_to_slice(text, &mut octets).ok()?;
        // One digest has one spelling.
        Some(Self(octets)).filter(|digest| digest.to_string() == text)
    }

    /// The digest of the concatenation of `parts`.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
