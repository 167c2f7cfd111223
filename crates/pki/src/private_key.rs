//! Private keys in memory, read from PKCS#8 and used for signing. Keys on tokens will sign behind `gost::Signer`, not
//! here.

use std::fmt;

use der::{Reader as _, SliceReader, asn1::ObjectIdentifier};
use gost::Signer as _;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use x509_cert::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::{
    Algorithm, Error, PublicKey, pem,
    public_key::{EC, RSA},
};

/// A private key. GOST keys are wiped from memory on drop; `Debug` shows the algorithm only.
pub struct PrivateKey {
    secret: Secret,
    public: PublicKey,
}

enum Secret {
    Gost(gost::SigningKey),
    Rsa { pair: RsaKeyPair, pkcs8: Zeroizing<Vec<u8>> },
    EcdsaP256 { pair: EcdsaKeyPair, pkcs8: Zeroizing<Vec<u8>> },
}

impl PrivateKey {
    /// Reads the one key of a PEM file (label `PRIVATE KEY`: not encrypted, not the older forms of one algorithm each).
    pub fn from_pkcs8_pem(file: &[u8]) -> Result<Self, Error> {
        Self::from_pkcs8_der(&pem::decode(pem::PRIVATE_KEY, file)?)
    }

    /// Reads a `PrivateKeyInfo` (RFC 5208 §5). RSA and ECDSA keys must be as `ring` wants them: at least 2048 bits;
    /// with the public half.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, Error> {
        let oid = key_oid(der)?;
        let kept = || Zeroizing::new(der.to_vec());
        if gost::Scheme::from_key_oid(oid).is_some() {
            let key = gost::SigningKey::from_pkcs8_der(der)
                .map_err(|source| Error::GostKey { what: "private key", source })?;
            Self::from_gost(key)
        } else if oid == RSA {
            let pair = RsaKeyPair::from_pkcs8(der).map_err(|_| Error::UnusableKey {
                algorithm: Algorithm::RsaSha256,
                reason: "not an RSA key of 2048 bits or more",
            })?;
            Ok(Self {
                public: PublicKey::from_rsa(pair.public_key().as_ref())?,
                secret: Secret::Rsa { pair, pkcs8: kept() },
            })
        } else if oid == EC {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &SystemRandom::new()).map_err(
                |_| Error::UnusableKey {
                    algorithm: Algorithm::EcdsaP256Sha256,
                    reason: "not a P-256 key with its public half",
                },
            )?;
            Ok(Self {
                public: PublicKey::from_p256(pair.public_key().as_ref())?,
                secret: Secret::EcdsaP256 { pair, pkcs8: kept() },
            })
        } else {
            Err(Error::UnknownKeyAlgorithm { oid: oid.to_string() })
        }
    }

    /// Makes a GOST key from fresh random octets.
    pub(crate) fn generate_gost(
        scheme: gost::Scheme,
        parameters: gost::ParameterSet,
        entropy: &[u8; 64],
    ) -> Result<Self, Error> {
        let key = gost::SigningKey::generate(scheme, parameters, entropy)
            .map_err(|source| Error::GostFailed { algorithm: scheme.into(), source })?;
        Self::from_gost(key)
    }

    /// Makes a P-256 key. `ring` takes randomness from the system only.
    pub(crate) fn generate_p256() -> Result<Self, Error> {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| Error::RingFailed { algorithm: Algorithm::EcdsaP256Sha256 })?;
        Self::from_pkcs8_der(pkcs8.as_ref())
    }

    fn from_gost(key: gost::SigningKey) -> Result<Self, Error> {
        Ok(Self { public: PublicKey::from_spki_der(&key.public().to_spki_der())?, secret: Secret::Gost(key) })
    }

    /// The only signature algorithm this key is used with.
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// The public half.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `message`, which is hashed here; the signature is in the form [`PublicKey::verify`] takes. `entropy`:
    /// fresh random octets. GOST keys mix them with key and digest, so that repeated ones give nothing away; RSA needs
    /// none; for ECDSA `ring` asks the system.
    pub fn sign(&self, message: &[u8], entropy: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let algorithm = self.algorithm();
        match &self.secret {
            Secret::Gost(key) => {
                let digest = gost::digest(key.scheme().digest(), message);
                self.sign_digest(&digest, entropy)
            }
            Secret::Rsa { pair, .. } => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| Error::RingFailed { algorithm })?;
                Ok(signature)
            }
            Secret::EcdsaP256 { pair, .. } => {
                let signature =
                    pair.sign(&SystemRandom::new(), message).map_err(|_| Error::RingFailed { algorithm })?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }

    /// Signs a digest of the key's own digest algorithm, octets in natural order: GOST keys only.
    pub fn sign_digest(&self, digest: &[u8], entropy: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let algorithm = self.algorithm();
        match &self.secret {
            Secret::Gost(key) => {
                key.sign_digest(digest, entropy).map_err(|source| Error::GostFailed { algorithm, source })
            }
            Secret::Rsa { .. } | Secret::EcdsaP256 { .. } => Err(Error::NotGost { algorithm }),
        }
    }

    /// The key as PKCS#8 PEM, label `PRIVATE KEY`, not encrypted: the file's mode is its only guard.
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        match &self.secret {
            Secret::Gost(key) => pem::encode(pem::PRIVATE_KEY, &key.to_pkcs8_der()),
            Secret::Rsa { pkcs8, .. } | Secret::EcdsaP256 { pkcs8, .. } => pem::encode(pem::PRIVATE_KEY, pkcs8),
        }
    }
}

/// The algorithm named in a `PrivateKeyInfo`; the rest is left to those who know the algorithm.
fn key_oid(der: &[u8]) -> Result<ObjectIdentifier, Error> {
    let not_der = |source| Error::Der { what: "private key", source };
    let mut reader = SliceReader::new(der).map_err(not_der)?;
    let oid = reader
        .sequence(|fields| {
            fields.decode::<u8>()?;
            let oid = fields.decode::<AlgorithmIdentifierRef<'_>>()?.oid;
            while !fields.is_finished() {
                fields.tlv_bytes()?;
            }
            Ok(oid)
        })
        .map_err(not_der)?;
    match usize::try_from(reader.remaining_len()).unwrap_or(usize::MAX) {
        0 => Ok(oid),
        count => Err(Error::TrailingBytes { what: "private key", count }),
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}
