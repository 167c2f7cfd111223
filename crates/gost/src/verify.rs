//! Public keys and verification.

use crate::arithmetic::{self, PublicPoint};
use crate::encoding::{self, Encoded};
use crate::{Error, ParameterSet, Scheme};
use std::fmt;
use std::sync::Arc;

/// A checked public key: coordinates in range, on its curve, in the subgroup of prime order.
///
/// A clone is the same key, not a copy: keep one per registered sender. From its third verification on a key carries
/// tables (25 KB for 256 bits, 100 KB for 512) that cut the time of verifying by more than half.
///
/// Two keys are equal when they are the same point of the same curve under the same scheme: CryptoPro-A, XchA and
/// TC26-256-B name one curve.
#[derive(Clone)]
pub struct PreparedKey {
    inner: Arc<Inner>,
}

struct Inner {
    scheme: Scheme,
    parameter_set: ParameterSet,
    /// X‖Y, each little-endian.
    octets: Vec<u8>,
    spki: Vec<u8>,
    point: Box<dyn PublicPoint>,
}

impl PreparedKey {
    /// Reads a `SubjectPublicKeyInfo` (RFC 4491 §2.3.2, RFC 9215 §4) and checks the point.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, Error> {
        let Encoded { scheme, parameter_set, key } = encoding::read_spki(der)?;
        Self::from_octets(scheme, parameter_set, key)
    }

    /// `octets`: X‖Y, each little-endian. The set fits the scheme already.
    pub(crate) fn from_octets(scheme: Scheme, parameter_set: ParameterSet, octets: Vec<u8>) -> Result<Self, Error> {
        let point = arithmetic::of(parameter_set).admit(&octets)?;
        let spki = encoding::write_spki(scheme, parameter_set, &octets)?;
        Ok(Self { inner: Arc::new(Inner { scheme, parameter_set, octets, spki, point }) })
    }

    /// The key as a `SubjectPublicKeyInfo`, as RFC 9215 (RFC 4491 for 2001) writes it: optional parameters of the one it
    /// was read from are not kept.
    pub fn to_spki_der(&self) -> Vec<u8> {
        self.inner.spki.clone()
    }

    /// Signature scheme of the key.
    pub fn scheme(&self) -> Scheme {
        self.inner.scheme
    }

    /// Curve of the key, by the name it came with.
    pub fn parameter_set(&self) -> ParameterSet {
        self.inner.parameter_set
    }

    /// Verifies `signature` (s‖r, each big-endian) over a digest in natural octet order (RFC 7091 §6.2).
    ///
    /// The time depends on the inputs, all of which are public.
    pub fn verify_digest(&self, digest: &[u8], signature: &[u8]) -> Result<(), Error> {
        let scheme = self.scheme();
        check_digest_length(scheme, digest)?;
        if signature.len() != scheme.signature_bytes() {
            return Err(Error::SignatureLength { expected: scheme.signature_bytes(), found: signature.len() });
        }
        self.inner.point.verify(digest, signature)
    }

    fn identity(&self) -> (Scheme, ParameterSet, &[u8]) {
        (self.inner.scheme, self.inner.parameter_set.curve(), &self.inner.octets)
    }
}

pub(crate) fn check_digest_length(scheme: Scheme, digest: &[u8]) -> Result<(), Error> {
    let expected = scheme.digest().bytes();
    if digest.len() == expected { Ok(()) } else { Err(Error::DigestLength { expected, found: digest.len() }) }
}

impl PartialEq for PreparedKey {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for PreparedKey {}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedKey")
            .field("scheme", &self.inner.scheme)
            .field("parameter_set", &self.inner.parameter_set)
            .finish_non_exhaustive()
    }
}
