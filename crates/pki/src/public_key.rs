//! Public keys as they stand in certificates, and checking signatures with them.
//!
//! Signatures are in the raw form of XMLDSig: fixed-length s‖r or r‖s. Only certificates carry ECDSA signatures as
//! ASN.1.

use std::sync::Arc;

use der::{
    Decode as _, Encode as _, Reader as _, SliceReader,
    asn1::{AnyRef, BitStringRef, Null, ObjectIdentifier, UintRef},
};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::{Algorithm, Error};

pub(crate) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(crate) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(crate) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// Lengths of RSA moduli that are accepted, in bits: what `ring` verifies with.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A public key. A GOST key is checked when it is read (on its curve, in the right subgroup); others when they are
/// used. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct PublicKey {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    spki: Box<[u8]>,
    key: Key,
}

#[derive(Debug)]
enum Key {
    Gost(gost::PreparedKey),
    /// `RSAPublicKey` (RFC 8017 appendix A.1.1).
    Rsa(Box<[u8]>),
    /// Uncompressed point (RFC 5480 §2.2).
    EcdsaP256(Box<[u8]>),
}

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7; GOST: RFC 4491 §2.3, RFC 9215 §4).
    pub fn from_spki_der(spki: &[u8]) -> Result<Self, Error> {
        let fields = SubjectPublicKeyInfoRef::from_der(spki).map_err(not_der)?;
        let oid = fields.algorithm.oid;
        let octets =
            || fields.subject_public_key.as_bytes().ok_or_else(|| not_der(der::Tag::BitString.value_error().into()));
        let key = if gost::Scheme::from_key_oid(oid).is_some() {
            Key::Gost(
                gost::PreparedKey::from_spki_der(spki)
                    .map_err(|source| Error::GostKey { what: "public key", source })?,
            )
        } else if oid == RSA {
            Key::Rsa(checked_rsa(octets()?)?)
        } else if oid == EC {
            let curve = fields.algorithm.parameters.map(AnyRef::decode_as::<ObjectIdentifier>);
            Key::EcdsaP256(checked_p256(curve, octets()?)?)
        } else {
            return Err(Error::UnknownKeyAlgorithm { oid: oid.to_string() });
        };
        Ok(Self { inner: Arc::new(Inner { spki: spki.into(), key }) })
    }

    /// The `SubjectPublicKeyInfo` as it was read.
    pub fn spki_der(&self) -> &[u8] {
        &self.inner.spki
    }

    /// The only signature algorithm this key is used with.
    pub fn algorithm(&self) -> Algorithm {
        match &self.inner.key {
            Key::Gost(key) => key.scheme().into(),
            Key::Rsa(_) => Algorithm::RsaSha256,
            Key::EcdsaP256(_) => Algorithm::EcdsaP256Sha256,
        }
    }

    /// Checks `signature` over `message`, which is hashed here. GOST: s‖r, each big-endian; RSA: PKCS#1 v1.5; ECDSA:
    /// r‖s.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.check(&ECDSA_P256_SHA256_FIXED, message, signature)
    }

    /// Checks the signature of a certificate, where ECDSA is ASN.1 (RFC 5480) and the others are as above.
    pub(crate) fn verify_certificate(&self, algorithm: Algorithm, tbs: &[u8], signature: &[u8]) -> Result<(), Error> {
        if algorithm != self.algorithm() {
            return Err(Error::AlgorithmDoesNotFitKey { signature: algorithm, key: self.algorithm() });
        }
        self.check(&ECDSA_P256_SHA256_ASN1, tbs, signature)
    }

    fn check(&self, ecdsa: &'static dyn VerificationAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let (algorithm, octets): (&'static dyn VerificationAlgorithm, _) = match &self.inner.key {
            Key::Gost(key) => {
                let digest = gost::digest(key.scheme().digest(), message);
                return key.verify_digest(&digest, signature).map_err(|_| Error::WrongSignature);
            }
            Key::Rsa(octets) => (&RSA_PKCS1_2048_8192_SHA256, octets),
            Key::EcdsaP256(octets) => (ecdsa, octets),
        };
        UnparsedPublicKey::new(algorithm, octets).verify(message, signature).map_err(|_| Error::WrongSignature)
    }

    /// The key as the `gost` crate knows it, for those who have the digest already.
    pub fn gost(&self) -> Option<&gost::PreparedKey> {
        match &self.inner.key {
            Key::Gost(key) => Some(key),
            Key::Rsa(_) | Key::EcdsaP256(_) => None,
        }
    }

    /// An RSA key from its two numbers, big-endian, as tokens show them.
    pub fn from_rsa_numbers(modulus: &[u8], exponent: &[u8]) -> Result<Self, Error> {
        #[derive(der::Sequence)]
        struct RsaPublicKey<'a> {
            modulus: UintRef<'a>,
            exponent: UintRef<'a>,
        }
        let numbers = UintRef::new(modulus)
            .and_then(|modulus| RsaPublicKey { modulus, exponent: UintRef::new(exponent)? }.to_der())
            .map_err(not_der)?;
        Self::from_rsa(&numbers)
    }

    /// The `SubjectPublicKeyInfo` of an RSA key.
    pub(crate) fn from_rsa(rsa_public_key: &[u8]) -> Result<Self, Error> {
        Self::from_spki_der(&spki(RSA, &Null, rsa_public_key).map_err(not_der)?)
    }

    /// An ECDSA key from an uncompressed point on P-256 (RFC 5480 §2.2).
    pub fn from_p256(point: &[u8]) -> Result<Self, Error> {
        Self::from_spki_der(&spki(EC, &P256, point).map_err(not_der)?)
    }
}

fn spki<'a, T>(oid: ObjectIdentifier, parameters: &'a T, key: &'a [u8]) -> Result<Vec<u8>, der::Error>
where
    T: der::Encode,
{
    let parameters = parameters.to_der()?;
    SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef { oid, parameters: Some(AnyRef::from_der(&parameters)?) },
        subject_public_key: BitStringRef::from_bytes(key)?,
    }
    .to_der()
}

fn checked_rsa(octets: &[u8]) -> Result<Box<[u8]>, Error> {
    let mut reader = SliceReader::new(octets).map_err(not_der)?;
    let modulus: UintRef<'_> = reader
        .sequence(|fields| fields.decode().and_then(|modulus| fields.decode::<UintRef<'_>>().map(|_| modulus)))
        .map_err(not_der)?;
    let leading_zeros = modulus.as_bytes().first().map_or(0, |octet| octet.leading_zeros() as usize);
    if !RSA_BITS.contains(&(modulus.as_bytes().len() * 8 - leading_zeros)) {
        return Err(Error::UnusableKey {
            algorithm: Algorithm::RsaSha256,
            reason: "the modulus has not 2048 to 8192 bits",
        });
    }
    Ok(octets.into())
}

fn checked_p256(curve: Option<Result<ObjectIdentifier, der::Error>>, point: &[u8]) -> Result<Box<[u8]>, Error> {
    let refused = |reason| Err(Error::UnusableKey { algorithm: Algorithm::EcdsaP256Sha256, reason });
    match (curve, point) {
        (Some(Ok(P256)), [4, coordinates @ ..]) if coordinates.len() == 64 => Ok(point.into()),
        (Some(Ok(P256)), _) => refused("the point is not in uncompressed form"),
        _ => refused("the curve is not P-256"),
    }
}

fn not_der(source: der::Error) -> Error {
    Error::Der { what: "public key", source }
}
