//! The closed lists of algorithm names (protocol table of SMEV 2 and RFC 6931) and what each stands for. No arithmetic of signatures.

use std::fmt;

use pki::Algorithm;
use sha2::Digest as _;

/// Names of digests.
pub(crate) const DIGEST_METHODS: &[(&str, DigestAlgorithm)] = &[
    ("http://www.w3.org/2001/04/xmldsig-more#gostr3411", DigestAlgorithm::Gost94),
    ("urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr3411", DigestAlgorithm::Gost94),
    ("urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256", DigestAlgorithm::Streebog256),
    ("urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-512", DigestAlgorithm::Streebog512),
    ("http://www.w3.org/2001/04/xmlenc#sha256", DigestAlgorithm::Sha256),
];

/// Names of signature algorithms. The first name of each is the one written: for GOST R 34.10-2001 the name of the federal node.
pub(crate) const SIGNATURE_METHODS: &[(&str, Algorithm)] = &[
    ("http://www.w3.org/2001/04/xmldsig-more#gostr34102001-gostr3411", Algorithm::Gost2001),
    ("urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102001-gostr3411", Algorithm::Gost2001),
    ("urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256", Algorithm::Gost2012_256),
    ("urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-512", Algorithm::Gost2012_512),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", Algorithm::RsaSha256),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", Algorithm::EcdsaP256Sha256),
];

/// The one transform and canonicalization method that makes octets (xml-exc-c14n, without comments).
pub(crate) const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The transform that cuts the signature itself out (XMLDSig §6.6.4).
pub(crate) const ENVELOPED_SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// The transform of SMEV 3, named to tell such messages apart; never accepted.
pub(crate) const SMEV3_TRANSFORM: &str = "urn://smev-gov-ru/xmldsig/transform";

/// A digest a reference may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    /// GOST R 34.11-94 with the CryptoPro S-box, 32 octets.
    Gost94,
    /// GOST R 34.11-2012, 32 octets.
    Streebog256,
    /// GOST R 34.11-2012, 64 octets.
    Streebog512,
    /// SHA-256, 32 octets: test contours only.
    Sha256,
}

impl DigestAlgorithm {
    /// The digest that belongs to a signature algorithm.
    pub const fn of(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Gost2001 => Self::Gost94,
            Algorithm::Gost2012_256 => Self::Streebog256,
            Algorithm::Gost2012_512 => Self::Streebog512,
            Algorithm::RsaSha256 | Algorithm::EcdsaP256Sha256 => Self::Sha256,
        }
    }

    /// The name people use.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Gost94 => "GOST R 34.11-94",
            Self::Streebog256 => "GOST R 34.11-2012-256",
            Self::Streebog512 => "GOST R 34.11-2012-512",
            Self::Sha256 => "SHA-256",
        }
    }

    /// Length of a digest in octets.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Gost94 | Self::Streebog256 | Self::Sha256 => 32,
            Self::Streebog512 => 64,
        }
    }

    /// The GOST digest, if it is one.
    const fn gost(self) -> Option<gost::DigestAlgorithm> {
        match self {
            Self::Gost94 => Some(gost::DigestAlgorithm::Gost94),
            Self::Streebog256 => Some(gost::DigestAlgorithm::Streebog256),
            Self::Streebog512 => Some(gost::DigestAlgorithm::Streebog512),
            Self::Sha256 => None,
        }
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// Digest of `octets` with the digest that belongs to `algorithm`: 32 or 64 octets as they go into DigestValue.
pub fn digest(algorithm: Algorithm, octets: &[u8]) -> Vec<u8> {
    digest_with(DigestAlgorithm::of(algorithm), octets)
}

/// Digest of `octets` in one go.
pub(crate) fn digest_with(algorithm: DigestAlgorithm, octets: &[u8]) -> Vec<u8> {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(octets);
    hasher.finalize()
}

/// Any of the digests, piece by piece.
pub(crate) enum Hasher {
    Gost(gost::Hasher),
    Sha256(sha2::Sha256),
}

impl Hasher {
    pub(crate) fn new(algorithm: DigestAlgorithm) -> Self {
        match algorithm.gost() {
            Some(gost) => Self::Gost(gost::Hasher::new(gost)),
            None => Self::Sha256(sha2::Sha256::new()),
        }
    }

    pub(crate) fn update(&mut self, octets: &[u8]) {
        match self {
            Self::Gost(hasher) => hasher.update(octets),
            Self::Sha256(hasher) => hasher.update(octets),
        }
    }

    pub(crate) fn finalize(self) -> Vec<u8> {
        match self {
            Self::Gost(hasher) => hasher.finalize(),
            Self::Sha256(hasher) => hasher.finalize().to_vec(),
        }
    }
}
