//! The forms in which tokens take what is to be signed and give the signature back.
//!
//! RFC 4491 and PKCS#11 count the octets of GOST numbers from opposite ends, and makers disagree on which half of a
//! signature comes first. All of it is tried, at the opening of a key, against the public key.

use pki::Algorithm;
use ring::digest::{SHA256, digest};

/// A PKCS#11 mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// `CKM_SHA256_RSA_PKCS`: the token hashes.
    Sha256RsaPkcs,
    /// `CKM_RSA_PKCS` over a `DigestInfo`.
    RsaPkcs,
    /// `CKM_ECDSA` over a digest.
    Ecdsa,
    /// A GOST mechanism by its number.
    Gost(u32),
}

/// `CKM_GOSTR3410` (PKCS#11 2.40): over a digest of 32 octets, for keys of 2001 and of 2012-256.
pub(crate) const GOSTR3410: u32 = 0x1201;
/// `CKM_GOSTR3410_WITH_GOSTR3411` (PKCS#11 2.40): GOST R 34.11-94 in the token.
const GOSTR3410_WITH_GOSTR3411: u32 = 0x1202;
/// `CKM_GOSTR3410_512` of the Russian extensions (TC 26), as Rutoken and JaCarta have it: over a digest of 64 octets.
pub(crate) const GOSTR3410_512: u32 = 0xD432_1006;
/// `CKM_GOSTR3410_WITH_GOSTR3411_12_256` of the same: the token hashes.
pub(crate) const GOSTR3410_WITH_12_256: u32 = 0xD432_1008;
/// `CKM_GOSTR3410_WITH_GOSTR3411_12_512` of the same.
pub(crate) const GOSTR3410_WITH_12_512: u32 = 0xD432_1009;

/// What is handed to the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// The message itself.
    Message,
    /// Its digest in natural octet order.
    Digest,
    /// Its digest from the other end.
    ReversedDigest,
    /// Its SHA-256 digest in a `DigestInfo` (RFC 8017 §9.2).
    DigestInfo,
}

/// A mechanism with the input it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) mechanism: Mechanism,
    pub(crate) input: Input,
}

/// How the octets of a signature lie against the form of XMLDSig.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The same.
    AsIs,
    /// The halves exchanged: r‖s for s‖r.
    Swapped,
    /// All octets from the other end, which exchanges the halves too.
    Reversed,
    /// Each half from the other end.
    HalvesReversed,
}

impl Order {
    pub(crate) const ALL: [Self; 4] = [Self::AsIs, Self::Swapped, Self::Reversed, Self::HalvesReversed];

    /// Between the token's form and that of XMLDSig, either way: every order undoes itself.
    pub(crate) fn apply(self, signature: &[u8]) -> Vec<u8> {
        let (first, second) = signature.split_at(signature.len() / 2);
        match self {
            Self::AsIs => signature.to_vec(),
            Self::Swapped => [second, first].concat(),
            Self::Reversed => signature.iter().rev().copied().collect(),
            Self::HalvesReversed => first.iter().rev().chain(second.iter().rev()).copied().collect(),
        }
    }
}

/// The ways of an algorithm, the best first: those that take a digest do not move messages over the wire of a token.
pub(crate) fn ways(algorithm: Algorithm) -> Vec<Way> {
    let way = |mechanism, input| Way { mechanism, input };
    let gost = |digests, messages| {
        vec![
            way(Mechanism::Gost(digests), Input::Digest),
            way(Mechanism::Gost(digests), Input::ReversedDigest),
            way(Mechanism::Gost(messages), Input::Message),
        ]
    };
    match algorithm {
        Algorithm::Gost2001 => gost(GOSTR3410, GOSTR3410_WITH_GOSTR3411),
        Algorithm::Gost2012_256 => gost(GOSTR3410, GOSTR3410_WITH_12_256),
        Algorithm::Gost2012_512 => gost(GOSTR3410_512, GOSTR3410_WITH_12_512),
        Algorithm::RsaSha256 => {
            vec![way(Mechanism::Sha256RsaPkcs, Input::Message), way(Mechanism::RsaPkcs, Input::DigestInfo)]
        }
        Algorithm::EcdsaP256Sha256 => vec![way(Mechanism::Ecdsa, Input::Digest)],
    }
}

impl Way {
    /// What the token gets of a message.
    pub(crate) fn input_of(self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        match self.input {
            Input::Message => message.to_vec(),
            Input::Digest | Input::ReversedDigest => self.input_of_digest(&digest_of(algorithm, message)),
            Input::DigestInfo => [DIGEST_INFO.as_slice(), digest(&SHA256, message).as_ref()].concat(),
        }
    }

    /// Whether a digest is enough.
    pub(crate) fn takes_digests(self) -> bool {
        matches!(self.input, Input::Digest | Input::ReversedDigest)
    }

    /// What the token gets of a digest in natural order.
    pub(crate) fn input_of_digest(self, digest: &[u8]) -> Vec<u8> {
        if self.input == Input::ReversedDigest { digest.iter().rev().copied().collect() } else { digest.to_vec() }
    }
}

fn digest_of(algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
    match algorithm.scheme() {
        Some(scheme) => gost::digest(scheme.digest(), message),
        None => digest(&SHA256, message).as_ref().to_vec(),
    }
}

/// DER of `DigestInfo` for SHA-256 up to the digest (RFC 8017 §9.2, note 1).
const DIGEST_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_is_different_and_undoes_itself() {
        let signature = [1, 2, 3, 4, 5, 6];
        let table = [
            (Order::AsIs, [1, 2, 3, 4, 5, 6]),
            (Order::Swapped, [4, 5, 6, 1, 2, 3]),
            (Order::Reversed, [6, 5, 4, 3, 2, 1]),
            (Order::HalvesReversed, [3, 2, 1, 6, 5, 4]),
        ];
        assert_eq!(table.map(|(order, _)| order), Order::ALL);
        for (order, expected) in table {
            assert_eq!(order.apply(&signature), expected, "{order:?}");
            assert_eq!(order.apply(&order.apply(&signature)), signature, "{order:?}");
        }
    }
}
