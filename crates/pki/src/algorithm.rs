//! The signature algorithms the bus knows. Names and their OIDs only, no arithmetic.

use std::fmt;

use der::asn1::ObjectIdentifier;

/// A signature algorithm together with the digest it is always used with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// GOST R 34.10-2001 over GOST R 34.11-94 (RFC 4491).
    Gost2001,
    /// GOST R 34.10-2012, 256-bit keys, over GOST R 34.11-2012 (RFC 9215).
    Gost2012_256,
    /// GOST R 34.10-2012, 512-bit keys, over GOST R 34.11-2012 (RFC 9215).
    Gost2012_512,
    /// RSA PKCS#1 v1.5 over SHA-256 (RFC 8017 §8.2): test contours only.
    RsaSha256,
    /// ECDSA on P-256 over SHA-256: test contours only.
    EcdsaP256Sha256,
}

impl Algorithm {
    /// Every algorithm, in the order the documentation lists them.
    pub const ALL: [Self; 5] =
        [Self::Gost2001, Self::Gost2012_256, Self::Gost2012_512, Self::RsaSha256, Self::EcdsaP256Sha256];

    /// Whether it is a national (GOST) algorithm: the only kind a production contour accepts.
    pub fn is_gost(self) -> bool {
        self.scheme().is_some()
    }

    /// The scheme of the `gost` crate, for GOST algorithms.
    pub fn scheme(self) -> Option<gost::Scheme> {
        match self {
            Self::Gost2001 => Some(gost::Scheme::Gost2001),
            Self::Gost2012_256 => Some(gost::Scheme::Gost2012_256),
            Self::Gost2012_512 => Some(gost::Scheme::Gost2012_512),
            Self::RsaSha256 | Self::EcdsaP256Sha256 => None,
        }
    }

    /// The name people use, as shown in reports and logs.
    pub fn label(self) -> &'static str {
        match self {
            Self::Gost2001 => "GOST R 34.10-2001",
            Self::Gost2012_256 => "GOST R 34.10-2012-256",
            Self::Gost2012_512 => "GOST R 34.10-2012-512",
            Self::RsaSha256 => "RSA-SHA256",
            Self::EcdsaP256Sha256 => "ECDSA-P256-SHA256",
        }
    }

    /// The identifier that stands beside a certificate's signature (RFC 4491 §2.2, RFC 9215 §3, RFC 4055 §5, RFC 5758
    /// §3.2).
    pub(crate) const fn signature_oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::Gost2001 => "1.2.643.2.2.3",
            Self::Gost2012_256 => "1.2.643.7.1.1.3.2",
            Self::Gost2012_512 => "1.2.643.7.1.1.3.3",
            Self::RsaSha256 => "1.2.840.113549.1.1.11",
            Self::EcdsaP256Sha256 => "1.2.840.10045.4.3.2",
        })
    }

    /// The algorithm behind such an identifier.
    pub(crate) fn from_signature_oid(oid: ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.signature_oid() == oid)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl From<gost::Scheme> for Algorithm {
    fn from(scheme: gost::Scheme) -> Self {
        match scheme {
            gost::Scheme::Gost2001 => Self::Gost2001,
            gost::Scheme::Gost2012_256 => Self::Gost2012_256,
            gost::Scheme::Gost2012_512 => Self::Gost2012_512,
        }
    }
}
