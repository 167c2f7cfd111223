//! ASN.1 of GOST keys: `SubjectPublicKeyInfo` (RFC 4491 §2.3, RFC 9215 §4) and PKCS#8 `PrivateKeyInfo` (RFC 5208).
//!
//! Reads what CryptoPro and OpenSSL's gost engine write; writes what RFC 9215 says. Points are not checked here.

use crate::{Error, ParameterSet, Scheme};
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Decode, Encode, Reader, Sequence, SliceReader, Tag, Tagged};
use zeroize::Zeroizing;

const CRYPTO_PRO_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.643.2.2.30.1");
const STREEBOG_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.643.7.1.1.2.2");
const STREEBOG_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.643.7.1.1.2.3");

#[derive(Sequence)]
struct AlgorithmIdentifier<'a> {
    algorithm: ObjectIdentifier,
    parameters: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
struct SubjectPublicKeyInfo<'a> {
    algorithm: AlgorithmIdentifier<'a>,
    subject_public_key: BitStringRef<'a>,
}

/// `GostR3410-PublicKeyParameters`: publicKeyParamSet, digestParamSet, encryptionParamSet. The third field (RFC 4491 only) names a cipher and does not matter here.
#[derive(Sequence)]
struct PublicKeyParameters {
    public_key: ObjectIdentifier,
    digest: Option<ObjectIdentifier>,
    encryption: Option<ObjectIdentifier>,
}

#[derive(Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: AlgorithmIdentifier<'a>,
    private_key: &'a OctetStringRef,
}

/// A key's algorithm and its octets as they stood in the structure.
pub(crate) struct Encoded<K> {
    pub(crate) scheme: Scheme,
    pub(crate) parameter_set: ParameterSet,
    pub(crate) key: K,
}

/// Reads a `SubjectPublicKeyInfo`; the key is X‖Y, each little-endian.
pub(crate) fn read_spki(der: &[u8]) -> Result<Encoded<Vec<u8>>, Error> {
    let info = SubjectPublicKeyInfo::from_der(der).map_err(bad("SubjectPublicKeyInfo"))?;
    let (scheme, parameter_set) = read_algorithm(&info.algorithm)?;
    let bits = info.subject_public_key.as_bytes().ok_or(Error::BadEncoding { what: "subjectPublicKey" })?;
    let key = <&OctetStringRef>::from_der(bits).map_err(bad("subjectPublicKey"))?;
    Ok(Encoded { scheme, parameter_set, key: key.as_bytes().to_vec() })
}

/// Writes a `SubjectPublicKeyInfo`.
pub(crate) fn write_spki(scheme: Scheme, set: ParameterSet, key: &[u8]) -> Result<Vec<u8>, Error> {
    let what = "SubjectPublicKeyInfo";
    let parameters = parameters(scheme, set).to_der().map_err(bad(what))?;
    let octets = OctetStringRef::new(key).and_then(|octets| octets.to_der()).map_err(bad(what))?;
    SubjectPublicKeyInfo {
        algorithm: algorithm(scheme, &parameters).map_err(bad(what))?,
        subject_public_key: BitStringRef::from_bytes(&octets).map_err(bad(what))?,
    }
    .to_der()
    .map_err(bad(what))
}

/// Reads a PKCS#8 `PrivateKeyInfo`; the key is little-endian. Attributes and a public key behind it are passed over.
pub(crate) fn read_pkcs8(der: &[u8]) -> Result<Encoded<Zeroizing<Vec<u8>>>, Error> {
    let what = "PrivateKeyInfo";
    let mut reader = SliceReader::new(der).map_err(bad(what))?;
    let info: PrivateKeyInfo<'_> = reader
        .sequence(|fields| {
            let info = PrivateKeyInfo {
                version: fields.decode()?,
                algorithm: fields.decode()?,
                private_key: fields.decode()?,
            };
            while !fields.is_finished() {
                fields.decode::<AnyRef<'_>>()?;
            }
            Ok::<_, der::Error>(info)
        })
        .map_err(bad(what))?;
    reader.finish().map_err(bad(what))?;
    if info.version > 1 {
        return Err(Error::BadEncoding { what: "PrivateKeyInfo version" });
    }
    let (scheme, parameter_set) = read_algorithm(&info.algorithm)?;
    let key = read_private_key(info.private_key.as_bytes(), scheme.field_bytes())?;
    Ok(Encoded { scheme, parameter_set, key })
}

/// The three forms in use: the octets themselves (RFC 9215, the gost engine), an OCTET STRING around them (the engine's
/// `LEGACY_PK_WRAP`, CryptoPro), an INTEGER (older engines), which alone is big-endian.
fn read_private_key(octets: &[u8], expected: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
    let what = "private key";
    if octets.len() == expected {
        return Ok(Zeroizing::new(octets.to_vec()));
    }
    let inner = AnyRef::from_der(octets).map_err(|_| Error::KeyLength { what, expected, found: octets.len() })?;
    let key: Zeroizing<Vec<u8>> = match inner.tag() {
        Tag::OctetString => Zeroizing::new(inner.value().to_vec()),
        Tag::Integer => {
            let number = inner.decode_as::<UintRef<'_>>().map_err(bad(what))?;
            let missing = expected.saturating_sub(number.as_bytes().len());
            Zeroizing::new(number.as_bytes().iter().rev().copied().chain(std::iter::repeat_n(0, missing)).collect())
        }
        _ => return Err(Error::BadEncoding { what }),
    };
    if key.len() != expected {
        return Err(Error::KeyLength { what, expected, found: key.len() });
    }
    Ok(key)
}

/// Writes a PKCS#8 `PrivateKeyInfo` with the octets themselves.
pub(crate) fn write_pkcs8(scheme: Scheme, set: ParameterSet, key: &[u8]) -> Result<Zeroizing<Vec<u8>>, der::Error> {
    let parameters = parameters(scheme, set).to_der()?;
    PrivateKeyInfo { version: 0, algorithm: algorithm(scheme, &parameters)?, private_key: OctetStringRef::new(key)? }
        .to_der()
        .map(Zeroizing::new)
}

fn algorithm(scheme: Scheme, parameters: &[u8]) -> der::Result<AlgorithmIdentifier<'_>> {
    Ok(AlgorithmIdentifier { algorithm: scheme.key_oid(), parameters: Some(AnyRef::from_der(parameters)?) })
}

/// RFC 4491 §2.3.2 demands `digestParamSet` for 2001 keys, RFC 9215 §4.2 for the CryptoPro sets, and has it left out for
/// the TC26 sets.
fn parameters(scheme: Scheme, set: ParameterSet) -> PublicKeyParameters {
    use ParameterSet::{CryptoProA, CryptoProB, CryptoProC, Test2001, XchA, XchB};
    let digest = match (scheme, set) {
        (Scheme::Gost2001, _) => Some(CRYPTO_PRO_DIGEST),
        (_, CryptoProA | CryptoProB | CryptoProC | XchA | XchB | Test2001) => Some(STREEBOG_256),
        _ => None,
    };
    PublicKeyParameters { public_key: set.oid(), digest, encryption: None }
}

/// A missing `digestParamSet` is taken for the scheme's only digest; a present one must name it. (2001 keys with the
/// test S-box of RFC 4357 would need another GOST R 34.11-94: refused rather than verified wrongly.)
fn read_algorithm(algorithm: &AlgorithmIdentifier<'_>) -> Result<(Scheme, ParameterSet), Error> {
    let scheme = Scheme::from_key_oid(algorithm.algorithm)
        .ok_or_else(|| Error::UnknownAlgorithm { oid: algorithm.algorithm.to_string() })?;
    let what = "GostR3410-PublicKeyParameters";
    let parameters: PublicKeyParameters =
        algorithm.parameters.ok_or(Error::BadEncoding { what })?.decode_as().map_err(bad(what))?;
    let oid = parameters.public_key;
    let set = ParameterSet::from_oid(oid).ok_or_else(|| Error::UnknownParameterSet { oid: oid.to_string() })?;
    if !set.fits(scheme) {
        return Err(Error::ParameterSetDoesNotFit { scheme, parameter_set: set });
    }
    let digest = match scheme {
        Scheme::Gost2001 => CRYPTO_PRO_DIGEST,
        Scheme::Gost2012_256 => STREEBOG_256,
        Scheme::Gost2012_512 => STREEBOG_512,
    };
    match parameters.digest {
        Some(oid) if oid != digest => Err(Error::DigestParameterSet { oid: oid.to_string(), scheme }),
        _ => Ok((scheme, set)),
    }
}

fn bad(what: &'static str) -> impl Fn(der::Error) -> Error {
    move |_| Error::BadEncoding { what }
}

#[cfg(test)]
mod tests;
