//! GOST R 34.11-94 and GOST R 34.11-2012 digests under one name each, whole or piecewise.
//!
//! The rounds are RustCrypto's (`gost94`, `streebog`). Octets stand in their natural order, as they go into `DigestValue`;
//! the reversal GOST R 34.10 needs is done by the signature code.

use gost94::Gost94CryptoPro;
use std::fmt;
use streebog::{Digest, Streebog256, Streebog512};

/// Digest algorithms of the SMEV signature profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    /// GOST R 34.11-94 with the CryptoPro S-box (RFC 4357 §11.2), 32 octets.
    ///
    /// The digest of the EMPTY input is `981e5f3c…`, as RFC 5831 defines the length and checksum steps; OpenSSL's gost
    /// engine says `3f25bc1f…` for it. No signed part of a message is ever empty.
    Gost94,
    /// GOST R 34.11-2012 "Streebog", 32 octets (RFC 6986).
    Streebog256,
    /// GOST R 34.11-2012 "Streebog", 64 octets (RFC 6986).
    Streebog512,
}

impl DigestAlgorithm {
    /// Length of a digest in octets.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Gost94 | Self::Streebog256 => 32,
            Self::Streebog512 => 64,
        }
    }
}

/// A digest being computed piece by piece.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Gost94(Gost94CryptoPro),
    Streebog256(Streebog256),
    Streebog512(Streebog512),
}

impl Hasher {
    /// Starts with no input.
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        Self(match algorithm {
            DigestAlgorithm::Gost94 => State::Gost94(Gost94CryptoPro::new()),
            DigestAlgorithm::Streebog256 => State::Streebog256(Streebog256::new()),
            DigestAlgorithm::Streebog512 => State::Streebog512(Streebog512::new()),
        })
    }

    /// Adds octets.
    pub fn update(&mut self, octets: &[u8]) {
        match &mut self.0 {
            State::Gost94(state) => state.update(octets),
            State::Streebog256(state) => state.update(octets),
            State::Streebog512(state) => state.update(octets),
        }
    }

    /// Ends the input and gives the digest, [`DigestAlgorithm::bytes`] octets.
    pub fn finalize(self) -> Vec<u8> {
        match self.0 {
            State::Gost94(state) => state.finalize().to_vec(),
            State::Streebog256(state) => state.finalize().to_vec(),
            State::Streebog512(state) => state.finalize().to_vec(),
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").finish_non_exhaustive()
    }
}

/// Digest of `octets` in one go.
pub fn digest(algorithm: DigestAlgorithm, octets: &[u8]) -> Vec<u8> {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(octets);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::{Digest, DigestAlgorithm, Hasher, digest};
    use DigestAlgorithm::{Gost94, Streebog256, Streebog512};

    /// RFC 6986 §10.1: the octets "01234567890123456789…012" there printed from the highest.
    const M1: &[u8] = b"012345678901234567890123456789012345678901234567890123456789012";
    /// RFC 6986 §10.2, "Се ветри, Стрибожи внуци…" in Windows-1251.
    const M2: &str = "d1e520e2e5f2f0e82c20d1f2f0e8e1eee6e820e2edf3f6e82c20e2e5fef2fa20f120eceef0ff\
                      20f1f2f0e5ebe0ece820ede020f5f0e0e1f0fbff20efebfaeafb20c8e3eef0e5e2fb";

    const M3: &[u8] = b"This is message, length=32 bytes";
    const M4: &[u8] = b"Suppose the original message has length = 50 bytes";

    /// RFC 5831 §7.3 prints digests with the test S-box only, highest octet first.
    #[test]
    fn rfc_5831_with_its_own_s_box() {
        for (message, expected) in [
            (M3, "faff37a615a816691cff3ef8b68ca247e09525f39f8119832eb81975d366c4b1"),
            (M4, "0852f5623b89dd57aeb4781fe54df14eeafbc1350613763a0d770aa657ba1a47"),
        ] {
            let mut octets = gost94::Gost94Test::digest(message);
            octets.reverse();
            assert_eq!(hex::encode(octets), expected);
        }
    }

    #[test]
    fn published_vectors() {
        let m2 = hex::decode(M2).unwrap();
        let cases: [(&str, DigestAlgorithm, &[u8], &str); 10] = [
            (
                "RFC 6986 10.1",
                Streebog512,
                M1,
                "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa\
                 00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48",
            ),
            ("RFC 6986 10.1", Streebog256, M1, "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500"),
            (
                "RFC 6986 10.2",
                Streebog512,
                &m2,
                "1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376\
                 035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28",
            ),
            ("RFC 6986 10.2", Streebog256, &m2, "9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50"),
            ("empty", Streebog256, b"", "3f539a213e97c802cc229d474c6aa32a825a360b2a933a949fd925208d9ce1bb"),
            ("abc", Gost94, b"abc", "b285056dbf18d7392d7677369524dd14747459ed8143997e163b2986f92fd42c"),
            (
                "message digest",
                Gost94,
                b"message digest",
                "bc6041dd2aa401ebfa6e9886734174febdb4729aa972d60f549ac39b29721ba0",
            ),
            (
                "RFC 5831 7.3.1 with the CryptoPro S-box",
                Gost94,
                M3,
                "2cefc2f7b7bdc514e18ea57fa74ff357e7fa17d652c75f69cb1be7893ede48eb",
            ),
            (
                "RFC 5831 7.3.2 with the CryptoPro S-box",
                Gost94,
                M4,
                "c3730c5cbccacf915ac292676f21e8bd4ef75331d9405e5f1a61dc3130a65011",
            ),
            ("the documented choice", Gost94, b"", "981e5f3ca30c841487830f84fb433e13ac1101569b9c13584ac483234cd656c0"),
        ];
        for (name, algorithm, message, expected) in cases {
            assert_eq!(hex::encode(digest(algorithm, message)), expected, "{name} {algorithm:?}");
        }
    }

    #[test]
    fn pieces_give_the_same_digest_as_the_whole() {
        let message: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for algorithm in [Gost94, Streebog256, Streebog512] {
            for step in [1, 31, 32, 33, 64, 999] {
                let mut hasher = Hasher::new(algorithm);
                message.chunks(step).for_each(|piece| hasher.update(piece));
                let digest_of_pieces = hasher.finalize();
                assert_eq!(digest_of_pieces, digest(algorithm, &message), "{algorithm:?} by {step}");
                assert_eq!(digest_of_pieces.len(), algorithm.bytes());
            }
        }
    }
}
