//! Private keys and signing.

use crate::arithmetic::{self, PrivateScalar};
use crate::encoding::{self, Encoded};
use crate::nonce::{Candidates, Purpose};
use crate::verify::check_digest_length;
use crate::{Error, ParameterSet, PreparedKey, Scheme};
use std::fmt;
use zeroize::Zeroizing;

/// Makes signatures: a key in memory, or a token later.
pub trait Signer: Send + Sync {
    /// Scheme of the signatures made.
    fn scheme(&self) -> Scheme;

    /// Signs a digest in natural octet order; gives s‖r, each big-endian. `entropy` must be fresh random octets: the
    /// signature stays safe when they are not, but then says by its sameness that the same digest was signed again.
    fn sign_digest(&self, digest: &[u8], entropy: &[u8; 32]) -> Result<Vec<u8>, Error>;
}

/// A private key in memory, wiped on drop.
///
/// Signing runs in constant time by RustCrypto's construction; that was not measured, and this is not a certified СКЗИ.
pub struct SigningKey {
    secret: Box<dyn PrivateScalar>,
    public: PreparedKey,
}

impl SigningKey {
    /// Makes a key from 64 fresh random octets.
    pub fn generate(scheme: Scheme, parameter_set: ParameterSet, entropy: &[u8; 64]) -> Result<Self, Error> {
        if !parameter_set.fits(scheme) {
            return Err(Error::ParameterSetDoesNotFit { scheme, parameter_set });
        }
        let mut candidates = Candidates::new(Purpose::PrivateKey, scheme, parameter_set, entropy, &[]);
        let secret = arithmetic::of(parameter_set).choose(&mut |candidate| candidates.next(candidate));
        Self::with_public(scheme, parameter_set, secret)
    }

    /// Reads a PKCS#8 `PrivateKeyInfo` (RFC 5208): the little-endian key as it is, in a further OCTET STRING, or as an
    /// INTEGER. The masked forms of the gost engine are not read.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Error> {
        let Encoded { scheme, parameter_set, key } = encoding::read_pkcs8(der)?;
        Self::with_public(scheme, parameter_set, arithmetic::of(parameter_set).private(&key)?)
    }

    fn with_public(scheme: Scheme, set: ParameterSet, secret: Box<dyn PrivateScalar>) -> Result<Self, Error> {
        let public = PreparedKey::from_octets(scheme, set, secret.public())?;
        Ok(Self { secret, public })
    }

    /// The key as PKCS#8, in the form RFC 9215 and the gost engine use.
    #[expect(clippy::expect_used, reason = "der refuses lengths of 2^28 octets and more only: this is below 200")]
    pub fn to_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        encoding::write_pkcs8(self.public.scheme(), self.public.parameter_set(), &self.secret.octets())
            .expect("a short structure of fixed shape")
    }

    /// The public half.
    pub fn public(&self) -> &PreparedKey {
        &self.public
    }
}

impl Signer for SigningKey {
    fn scheme(&self) -> Scheme {
        self.public.scheme()
    }

    fn sign_digest(&self, digest: &[u8], entropy: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let (scheme, set) = (self.public.scheme(), self.public.parameter_set());
        check_digest_length(scheme, digest)?;
        let mut candidates =
            Candidates::new(Purpose::Nonce, scheme, set, &self.secret.octets(), &[digest, entropy.as_slice()]);
        let signature = self
            .secret
            .sign(digest, &mut |candidate| candidates.next(candidate))
            .ok_or(Error::DigestLength { expected: scheme.digest().bytes(), found: digest.len() })?;
        // A signature computed wrongly (a flipped bit, a fault attack) may give the key away: it never leaves.
        self.public.verify_digest(digest, &signature).map_err(|_| Error::SelfCheckFailed)?;
        Ok(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(entropy: u8) -> SigningKey {
        SigningKey::generate(Scheme::Gost2012_256, ParameterSet::CryptoProA, &[entropy; 64]).unwrap()
    }

    #[test]
    fn signatures_verify_on_every_scheme_and_set() {
        for scheme in [Scheme::Gost2001, Scheme::Gost2012_256, Scheme::Gost2012_512] {
            for set in ParameterSet::ALL.into_iter().filter(|set| set.fits(scheme)) {
                let key = SigningKey::generate(scheme, set, &[1; 64]).unwrap();
                let digest = crate::digest(scheme.digest(), b"body");
                for _ in 0..4 {
                    let signature = key.sign_digest(&digest, &[2; 32]).unwrap();
                    assert_eq!(signature.len(), scheme.signature_bytes());
                    assert_eq!(key.public().verify_digest(&digest, &signature), Ok(()), "{scheme} {set}");
                    assert_eq!(key.sign_digest(&digest, &[2; 32]).unwrap(), signature, "{scheme} {set}");
                }
            }
        }
    }

    /// r is the x of k·G: equal r would mean equal nonces, and two such signatures give the key away.
    #[test]
    fn nonces_differ_by_key_digest_and_entropy() {
        let nonce = |key: &SigningKey, digest: u8, entropy: u8| {
            key.sign_digest(&[digest; 32], &[entropy; 32]).unwrap().split_off(32)
        };
        let reference = nonce(&key(1), 1, 1);
        for (what, other) in [
            ("key", nonce(&key(2), 1, 1)),
            ("digest, with a broken random source", nonce(&key(1), 2, 1)),
            ("entropy", nonce(&key(1), 1, 2)),
        ] {
            assert_ne!(reference, other, "{what}");
        }
    }

    #[test]
    fn lengths_and_foreign_keys_are_refused() {
        let (key, digest) = (key(1), [5; 32]);
        let signature = key.sign_digest(&digest, &[0; 32]).unwrap();
        for found in [0, 31, 33, 64] {
            let wrong = Err(Error::DigestLength { expected: 32, found });
            assert_eq!(key.public().verify_digest(&vec![5; found], &signature), wrong);
            assert_eq!(key.sign_digest(&vec![5; found], &[0; 32]).map(drop), wrong);
        }
        for found in [0, 1, 63, 65, 128] {
            let wrong = Err(Error::SignatureLength { expected: 64, found });
            assert_eq!(key.public().verify_digest(&digest, &vec![1; found]), wrong);
        }
        let (s, r) = signature.split_at(32);
        let swapped = [r, s].concat();
        let reversed: Vec<u8> = signature.iter().rev().copied().collect();
        for other in [swapped, reversed] {
            assert!(key.public().verify_digest(&digest, &other).is_err());
        }
        let foreign = super::tests::key(2);
        assert_eq!(foreign.public().verify_digest(&digest, &signature), Err(Error::WrongSignature));
    }

    #[test]
    fn parameter_sets_of_another_length_make_no_key() {
        let verdict = SigningKey::generate(Scheme::Gost2012_512, ParameterSet::CryptoProA, &[1; 64]);
        let (scheme, parameter_set) = (Scheme::Gost2012_512, ParameterSet::CryptoProA);
        assert_eq!(verdict.err(), Some(Error::ParameterSetDoesNotFit { scheme, parameter_set }));
    }

    /// A fault in the private key's memory or in the arithmetic shows as a signature of some other key.
    #[test]
    fn faulty_signature_is_not_released() {
        let faulty = SigningKey { secret: key(1).secret, public: key(2).public };
        assert_eq!(faulty.sign_digest(&[5; 32], &[0; 32]), Err(Error::SelfCheckFailed));
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let shown = format!("{:?}", key(1));
        let public = "PreparedKey { scheme: Gost2012_256, parameter_set: CryptoProA, .. }";
        assert_eq!(shown, format!("SigningKey {{ public: {public}, .. }}"));
    }
}
