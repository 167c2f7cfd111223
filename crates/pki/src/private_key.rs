//! Private keys: those in memory, read from PKCS#8, and those that sign elsewhere behind [`RemoteKey`]. The device
//! itself is not known here.

use std::{fmt, sync::Arc};

use der::{Reader as _, SliceReader, asn1::ObjectIdentifier};
use gost::Signer as _;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use x509_cert::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::{
    Algorithm, Error, Passphrase, PublicKey, RemoteKey, encrypted, pem,
    public_key::{EC, RSA},
};

/// A private key. `Debug` shows the algorithm only.
///
/// On drop, GOST keys and the PKCS#8 octets kept of the others are wiped, as is all that reading them needed. What
/// `ring` holds of RSA and ECDSA keys (test contours only) is its own and is not wiped: `ring` offers no way to.
/// Neither are registers, the stack below the arithmetic, or what the system has swapped out.
pub struct PrivateKey {
    secret: Secret,
    public: PublicKey,
}

enum Secret {
    Gost(gost::SigningKey),
    Rsa { pair: RsaKeyPair, pkcs8: Zeroizing<Vec<u8>> },
    EcdsaP256 { pair: EcdsaKeyPair, pkcs8: Zeroizing<Vec<u8>> },
    Remote(Arc<dyn RemoteKey>),
    Absent,
}

/// Where a key is that is not to be had.
const NOWHERE: &str = "nowhere: the key belongs to a state of the past";

impl PrivateKey {
    /// Reads the one key of a PEM file (label `PRIVATE KEY`: not encrypted, not the older forms of one algorithm each).
    pub fn from_pkcs8_pem(file: &[u8]) -> Result<Self, Error> {
        Self::from_pkcs8_der(&pem::decode(pem::PRIVATE_KEY, file)?)
    }

    /// Reads the one key of a PEM file: label `PRIVATE KEY`, or with a passphrase `ENCRYPTED PRIVATE KEY` (RFC 5958 §3,
    /// PBES2 of RFC 8018 with PBKDF2 and AES-CBC). Which of the two it is must be as expected: a passphrase for a key
    /// that lies open is refused too.
    pub fn from_pem(file: &[u8], passphrase: Option<&Passphrase>) -> Result<Self, Error> {
        let Some(passphrase) = passphrase else {
            return Self::from_pkcs8_pem(file);
        };
        if !Self::is_encrypted(file) && pem::has(pem::PRIVATE_KEY, file) {
            return Err(Error::NotEncrypted);
        }
        let encrypted = pem::decode(pem::ENCRYPTED_PRIVATE_KEY, file)?;
        let key_info = encrypted::decrypt(&encrypted, passphrase)?;
        // Octets that are no structure at all come from a wrong passphrase whose padding happened to fit.
        key_oid(&key_info).map_err(|_| Error::WrongPassphrase)?;
        Self::from_pkcs8_der(&key_info)
    }

    /// Whether the file holds an encrypted key, as far as its label says.
    pub fn is_encrypted(file: &[u8]) -> bool {
        pem::has(pem::ENCRYPTED_PRIVATE_KEY, file)
    }

    /// A key that signs elsewhere; `public` is its public half, with which every signature is checked before it is
    /// released. Refused when the two are of different algorithms; whether they belong together,
    /// [`Identity::new`](crate::Identity::new) finds out.
    pub fn remote(key: Arc<dyn RemoteKey>, public: PublicKey) -> Result<Self, Error> {
        let (signature, own) = (key.algorithm(), public.algorithm());
        if signature != own {
            return Err(Error::AlgorithmDoesNotFitKey { signature, key: own });
        }
        Ok(Self { secret: Secret::Remote(key), public })
    }

    /// A key that is not to be had any more: every signature fails. See [`Identity::without_key`](crate::Identity::without_key).
    pub(crate) fn absent(public: PublicKey) -> Self {
        Self { secret: Secret::Absent, public }
    }

    /// Where the key is, when it is not in this process.
    pub fn whereabouts(&self) -> Option<&str> {
        match &self.secret {
            Secret::Remote(key) => Some(key.whereabouts()),
            Secret::Absent => Some(NOWHERE),
            Secret::Gost(_) | Secret::Rsa { .. } | Secret::EcdsaP256 { .. } => None,
        }
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

    /// Makes a key. GOST keys come from `entropy`, 64 fresh random octets, on the curves that agencies have (RFC 4357
    /// CryptoPro-A, for 512 bits TC26 A); for ECDSA `ring` asks the system; RSA keys are made elsewhere.
    pub fn generate(algorithm: Algorithm, entropy: &[u8; 64]) -> Result<Self, Error> {
        match algorithm {
            Algorithm::Gost2001 => Self::generate_gost(gost::Scheme::Gost2001, gost::ParameterSet::CryptoProA, entropy),
            Algorithm::Gost2012_256 => {
                Self::generate_gost(gost::Scheme::Gost2012_256, gost::ParameterSet::CryptoProA, entropy)
            }
            Algorithm::Gost2012_512 => {
                Self::generate_gost(gost::Scheme::Gost2012_512, gost::ParameterSet::Tc26_512A, entropy)
            }
            Algorithm::EcdsaP256Sha256 => Self::generate_p256(),
            Algorithm::RsaSha256 => {
                Err(Error::UnusableKey { algorithm, reason: "RSA keys are not made here; use openssl genpkey" })
            }
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
            Secret::Remote(key) => {
                let signature = key.sign(message, entropy)?;
                self.public.verify(message, &signature).map_err(|_| Self::wrong(&**key))?;
                Ok(signature)
            }
            Secret::Absent => Err(Self::nowhere()),
        }
    }

    /// Signs a digest of the key's own digest algorithm, octets in natural order: GOST keys only.
    pub fn sign_digest(&self, digest: &[u8], entropy: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let algorithm = self.algorithm();
        match &self.secret {
            Secret::Gost(key) => {
                key.sign_digest(digest, entropy).map_err(|source| Error::GostFailed { algorithm, source })
            }
            Secret::Remote(key) => {
                let public = self.public.gost().ok_or(Error::NotGost { algorithm })?;
                let signature = key.sign_digest(digest, entropy)?;
                public.verify_digest(digest, &signature).map_err(|_| Self::wrong(&**key))?;
                Ok(signature)
            }
            Secret::Absent => Err(Self::nowhere()),
            Secret::Rsa { .. } | Secret::EcdsaP256 { .. } => Err(Error::NotGost { algorithm }),
        }
    }

    fn nowhere() -> Error {
        Error::KeyElsewhere { whereabouts: NOWHERE.to_owned() }
    }

    fn wrong(key: &dyn RemoteKey) -> Error {
        Error::RemoteWrong { algorithm: key.algorithm(), whereabouts: key.whereabouts().to_owned() }
    }

    /// The key as PKCS#8 PEM, label `PRIVATE KEY`, not encrypted: the file's mode is its only guard. A key on a token
    /// cannot be written.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, Error> {
        Ok(pem::encode(pem::PRIVATE_KEY, &self.to_pkcs8_der()?))
    }

    /// The key as PKCS#8 PEM, label `ENCRYPTED PRIVATE KEY`: PBES2 with 600 000 rounds of PBKDF2-HMAC-SHA256 and
    /// AES-256-CBC, which OpenSSL reads. `entropy`: 32 fresh random octets.
    pub fn to_encrypted_pem(&self, passphrase: &Passphrase, entropy: &[u8; 32]) -> Result<Zeroizing<String>, Error> {
        let encrypted = encrypted::encrypt(&self.to_pkcs8_der()?, passphrase, entropy)?;
        Ok(pem::encode(pem::ENCRYPTED_PRIVATE_KEY, &encrypted))
    }

    fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        match &self.secret {
            Secret::Gost(key) => Ok(key.to_pkcs8_der()),
            Secret::Rsa { pkcs8, .. } | Secret::EcdsaP256 { pkcs8, .. } => Ok(pkcs8.clone()),
            Secret::Absent => Err(Self::nowhere()),
            Secret::Remote(key) => Err(Error::KeyElsewhere { whereabouts: key.whereabouts().to_owned() }),
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
