//! Names: signature schemes and parameter sets, with their object identifiers. No arithmetic here.

use crate::DigestAlgorithm;
use der::asn1::ObjectIdentifier;
use std::fmt;

/// Signature schemes: which standard, which key length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// GOST R 34.10-2001, digest GOST R 34.11-94 (RFC 4491, RFC 5832).
    Gost2001,
    /// GOST R 34.10-2012 with 256-bit keys, digest Streebog-256 (RFC 7091, RFC 9215).
    Gost2012_256,
    /// GOST R 34.10-2012 with 512-bit keys, digest Streebog-512 (RFC 7091, RFC 9215).
    Gost2012_512,
}

impl Scheme {
    /// The digest this scheme signs.
    pub const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::Gost2001 => DigestAlgorithm::Gost94,
            Self::Gost2012_256 => DigestAlgorithm::Streebog256,
            Self::Gost2012_512 => DigestAlgorithm::Streebog512,
        }
    }

    /// Octets of one field element, one scalar, one private key.
    pub const fn field_bytes(self) -> usize {
        match self {
            Self::Gost2001 | Self::Gost2012_256 => 32,
            Self::Gost2012_512 => 64,
        }
    }

    /// Octets of a signature s‖r.
    pub const fn signature_bytes(self) -> usize {
        2 * self.field_bytes()
    }

    /// Object identifier of a key of this scheme.
    pub const fn key_oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::Gost2001 => "1.2.643.2.2.19",
            Self::Gost2012_256 => "1.2.643.7.1.1.1.1",
            Self::Gost2012_512 => "1.2.643.7.1.1.1.2",
        })
    }

    /// The scheme of a key with this object identifier.
    pub fn from_key_oid(oid: ObjectIdentifier) -> Option<Self> {
        [Self::Gost2001, Self::Gost2012_256, Self::Gost2012_512].into_iter().find(|scheme| scheme.key_oid() == oid)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gost2001 => "GOST R 34.10-2001",
            Self::Gost2012_256 => "GOST R 34.10-2012-256",
            Self::Gost2012_512 => "GOST R 34.10-2012-512",
        })
    }
}

/// Named elliptic curves of RFC 4357 §11.4, RFC 7836 appendix A and RFC 9215.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParameterSet {
    /// id-GostR3410-2001-CryptoPro-A-ParamSet.
    CryptoProA,
    /// id-GostR3410-2001-CryptoPro-B-ParamSet.
    CryptoProB,
    /// id-GostR3410-2001-CryptoPro-C-ParamSet.
    CryptoProC,
    /// id-GostR3410-2001-CryptoPro-XchA-ParamSet: the curve of [`Self::CryptoProA`].
    XchA,
    /// id-GostR3410-2001-CryptoPro-XchB-ParamSet: the curve of [`Self::CryptoProC`].
    XchB,
    /// id-tc26-gost-3410-2012-256-paramSetA: cofactor 4.
    Tc26_256A,
    /// id-tc26-gost-3410-2012-256-paramSetB: the curve of [`Self::CryptoProA`].
    Tc26_256B,
    /// id-tc26-gost-3410-2012-256-paramSetC: the curve of [`Self::CryptoProB`].
    Tc26_256C,
    /// id-tc26-gost-3410-2012-256-paramSetD: the curve of [`Self::CryptoProC`].
    Tc26_256D,
    /// id-tc26-gost-3410-12-512-paramSetA.
    Tc26_512A,
    /// id-tc26-gost-3410-12-512-paramSetB.
    Tc26_512B,
    /// id-tc26-gost-3410-2012-512-paramSetC: cofactor 4.
    Tc26_512C,
    /// id-GostR3410-2001-TestParamSet: the curve of the standard's first example.
    Test2001,
    /// id-tc26-gost-3410-12-512-paramSetTest: the curve of the standard's second example.
    Test2012_512,
}

impl ParameterSet {
    /// Every parameter set.
    pub const ALL: [Self; 14] = [
        Self::CryptoProA,
        Self::CryptoProB,
        Self::CryptoProC,
        Self::XchA,
        Self::XchB,
        Self::Tc26_256A,
        Self::Tc26_256B,
        Self::Tc26_256C,
        Self::Tc26_256D,
        Self::Tc26_512A,
        Self::Tc26_512B,
        Self::Tc26_512C,
        Self::Test2001,
        Self::Test2012_512,
    ];

    /// Object identifier of the set.
    pub const fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::CryptoProA => "1.2.643.2.2.35.1",
            Self::CryptoProB => "1.2.643.2.2.35.2",
            Self::CryptoProC => "1.2.643.2.2.35.3",
            Self::XchA => "1.2.643.2.2.36.0",
            Self::XchB => "1.2.643.2.2.36.1",
            Self::Tc26_256A => "1.2.643.7.1.2.1.1.1",
            Self::Tc26_256B => "1.2.643.7.1.2.1.1.2",
            Self::Tc26_256C => "1.2.643.7.1.2.1.1.3",
            Self::Tc26_256D => "1.2.643.7.1.2.1.1.4",
            Self::Tc26_512A => "1.2.643.7.1.2.1.2.1",
            Self::Tc26_512B => "1.2.643.7.1.2.1.2.2",
            Self::Tc26_512C => "1.2.643.7.1.2.1.2.3",
            Self::Test2001 => "1.2.643.2.2.35.0",
            Self::Test2012_512 => "1.2.643.7.1.2.1.2.0",
        })
    }

    /// The set with this object identifier.
    pub fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.oid() == oid)
    }

    /// The set under whose name the curve itself is known here: several names share one curve.
    pub(crate) const fn curve(self) -> Self {
        match self {
            Self::XchA | Self::Tc26_256B => Self::CryptoProA,
            Self::Tc26_256C => Self::CryptoProB,
            Self::XchB | Self::Tc26_256D => Self::CryptoProC,
            other => other,
        }
    }

    /// Whether keys of `scheme` may use this set.
    pub const fn fits(self, scheme: Scheme) -> bool {
        match self {
            Self::CryptoProA | Self::CryptoProB | Self::CryptoProC | Self::XchA | Self::XchB | Self::Test2001 => {
                matches!(scheme, Scheme::Gost2001 | Scheme::Gost2012_256)
            }
            Self::Tc26_256A | Self::Tc26_256B | Self::Tc26_256C | Self::Tc26_256D => {
                matches!(scheme, Scheme::Gost2012_256)
            }
            Self::Tc26_512A | Self::Tc26_512B | Self::Tc26_512C | Self::Test2012_512 => {
                matches!(scheme, Scheme::Gost2012_512)
            }
        }
    }
}

impl fmt::Display for ParameterSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CryptoProA => "CryptoPro-A",
            Self::CryptoProB => "CryptoPro-B",
            Self::CryptoProC => "CryptoPro-C",
            Self::XchA => "CryptoPro-XchA",
            Self::XchB => "CryptoPro-XchB",
            Self::Tc26_256A => "TC26-256-A",
            Self::Tc26_256B => "TC26-256-B",
            Self::Tc26_256C => "TC26-256-C",
            Self::Tc26_256D => "TC26-256-D",
            Self::Tc26_512A => "TC26-512-A",
            Self::Tc26_512B => "TC26-512-B",
            Self::Tc26_512C => "TC26-512-C",
            Self::Test2001 => "Test-2001",
            Self::Test2012_512 => "Test-512",
        })
    }
}
