//! Secret numbers out of a key: candidates for the nonce k of a signature and for a new private key.
//!
//! A candidate is the beginning of HMAC-Streebog-512 (RFC 7836 §4.1.2) over everything that makes its use unique and a
//! counter. For a nonce the HMAC key is the private key and the message holds digest AND fresh entropy: with a broken
//! random source it is RFC 6979's deterministic nonce in spirit, with a good one a fault on the digest cannot be
//! repeated against the same nonce. Which candidate fits the curve is decided in `arithmetic`.

use crate::{ParameterSet, Scheme};
use hmac::{Hmac, KeyInit, Mac};
use streebog::Streebog512;
use zeroize::Zeroizing;

/// What the number is for: keeps the two uses apart.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// The k of one signature.
    Nonce,
    /// A new private key.
    PrivateKey,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Nonce => b"rsmev GOST R 34.10 signature nonce",
            Self::PrivateKey => b"rsmev GOST R 34.10 private key generation",
        }
    }
}

/// An endless row of candidates.
pub(crate) struct Candidates {
    mac: Hmac<Streebog512>,
    counter: u32,
}

impl Candidates {
    /// `key`: what must stay secret. `parts`: what makes this use unique.
    pub(crate) fn new(purpose: Purpose, scheme: Scheme, set: ParameterSet, key: &[u8], parts: &[&[u8]]) -> Self {
        let mut mac = keyed(key);
        let (scheme, set) = (scheme.key_oid(), set.oid());
        for part in [purpose.label(), scheme.as_bytes(), set.as_bytes()].iter().chain(parts) {
            // Lengths first: no two lists of parts give the same octets.
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        Self { mac, counter: 0 }
    }

    /// Writes the next candidate: 32 or 64 octets, for more HMAC has not got.
    pub(crate) fn next(&mut self, candidate: &mut [u8]) {
        let mut mac = self.mac.clone();
        mac.update(&self.counter.to_be_bytes());
        self.counter = self.counter.wrapping_add(1);
        let octets = Zeroizing::new(<[u8; 64]>::from(mac.finalize().into_bytes()));
        candidate.iter_mut().zip(octets.iter()).for_each(|(to, from)| *to = *from);
    }
}

#[expect(clippy::expect_used, reason = "HMAC (RFC 2104) takes a key of any length; the Result is the trait's")]
fn keyed(key: &[u8]) -> Hmac<Streebog512> {
    Hmac::new_from_slice(key).expect("HMAC takes any key")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(purpose: Purpose, set: ParameterSet, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        let mut candidate = vec![0; 64];
        Candidates::new(purpose, Scheme::Gost2012_256, set, key, parts).next(&mut candidate);
        candidate
    }

    #[test]
    fn hmac_is_that_of_rfc_7836() {
        let key: Vec<u8> = (0..32).collect();
        let mut mac = keyed(&key);
        mac.update(&hex::decode("0126bdb87800af214341456563780100").unwrap());
        assert_eq!(
            hex::encode(mac.finalize().into_bytes()),
            "a59bab22ecae19c65fbde6e5f4e9f5d8549d31f037f9df9b905500e171923a77\
             3d5f1530f2ed7e964cb2eedc29e9ad2f3afe93b2814f79f5000ffc0366c251e6"
        );
    }

    #[test]
    fn every_input_changes_the_candidate() {
        let set = ParameterSet::CryptoProA;
        let reference = first(Purpose::Nonce, set, b"key", &[b"digest", b"entropy"]);
        assert_eq!(reference, first(Purpose::Nonce, set, b"key", &[b"digest", b"entropy"]));
        for (what, other) in [
            ("purpose", first(Purpose::PrivateKey, set, b"key", &[b"digest", b"entropy"])),
            ("set", first(Purpose::Nonce, ParameterSet::XchA, b"key", &[b"digest", b"entropy"])),
            ("key", first(Purpose::Nonce, set, b"kez", &[b"digest", b"entropy"])),
            ("digest", first(Purpose::Nonce, set, b"key", &[b"digesu", b"entropy"])),
            ("entropy", first(Purpose::Nonce, set, b"key", &[b"digest", b"entropz"])),
            ("border of the parts", first(Purpose::Nonce, set, b"key", &[b"digeste", b"ntropy"])),
        ] {
            assert_ne!(reference, other, "{what}");
        }
    }

    #[test]
    fn candidates_do_not_repeat() {
        let mut candidates =
            Candidates::new(Purpose::Nonce, Scheme::Gost2012_512, ParameterSet::Tc26_512A, b"key", &[b"digest"]);
        let mut row = [[0; 64]; 4];
        for candidate in &mut row {
            candidates.next(candidate);
        }
        assert!(row.iter().enumerate().all(|(i, a)| row.iter().skip(i + 1).all(|b| a != b)));
    }
}
