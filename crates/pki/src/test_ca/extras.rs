//! What a certificate or a revocation list can be given beyond the usual.

use der::asn1::{ObjectIdentifier, OctetString};
use x509_cert::ext::Extension;

use super::encode::encoding;
use crate::Error;

/// How a certificate differs from the usual one. The default: not at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras<'a> {
    /// Bits of keyUsage by their numbers in RFC 5280 §4.2.1.3 (0 digitalSignature, 1 nonRepudiation, 5 keyCertSign,
    /// 6 cRLSign); `None`: as usual; none in the list: no such extension.
    pub key_usage: Option<&'a [u8]>,
    /// Further extensions, in this order.
    pub extensions: &'a [ExtraExtension<'a>],
    /// The subject is an authority (basicConstraints); those of [`super::TestCa::create`] always are.
    pub authority: bool,
    /// How many authorities may stand below it; for authorities only.
    pub path_length: Option<u8>,
}

/// An extension as it is to be written.
#[derive(Debug, Clone, Copy)]
pub struct ExtraExtension<'a> {
    /// Dotted object identifier.
    pub oid: &'a str,
    /// Whether it is marked critical.
    pub critical: bool,
    /// DER of its value.
    pub value: &'a [u8],
}

impl ExtraExtension<'_> {
    pub(super) fn encoded(&self) -> Result<Extension, Error> {
        let extn_id = ObjectIdentifier::new(self.oid)
            .map_err(|_| Error::CannotIssue { reason: "an extension's object identifier is none" })?;
        Ok(Extension { extn_id, critical: self.critical, extn_value: OctetString::new(self.value).map_err(encoding)? })
    }
}

/// keyUsage with the bits of these numbers.
pub(super) fn key_usage(bits: &[u8]) -> Result<Extension, Error> {
    let mut octets = [0u8; 2];
    for &bit in bits {
        match octets.get_mut(usize::from(bit / 8)) {
            Some(octet) if bit <= 8 => *octet |= 0x80 >> (bit % 8),
            _ => return Err(Error::CannotIssue { reason: "keyUsage has bits 0 to 8" }),
        }
    }
    // DER (X.690 §11.2.2): no trailing zero bits.
    let [first, second] = octets;
    let value = match (first.trailing_zeros(), second.trailing_zeros()) {
        (unused, 8) => vec![3, 2, u8::try_from(unused).unwrap_or_default() & 7, first],
        (_, unused) => vec![3, 3, u8::try_from(unused).unwrap_or_default(), first, second],
    };
    ExtraExtension { oid: "2.5.29.15", critical: true, value: &value }.encoded()
}
