//! How the test CA writes certificates (RFC 5280 §4.1): fields, names, times, the signature around them.

use std::time::Duration;

use der::{
    Decode as _, Encode as _, Sequence, Tag,
    asn1::{Any, AnyRef, BitStringRef, Null, ObjectIdentifier, OctetString, UintRef, UtcTime},
    oid::AssociatedOid,
};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use x509_cert::{
    attr::AttributeTypeAndValue,
    certificate::{Rfc5280, Version},
    ext::{
        Extension,
        pkix::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier},
    },
    name::{RdnSequence, RelativeDistinguishedName},
    serial_number::SerialNumber,
    spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef},
    time::{Time, Validity},
};

use super::{CertificateRequest, Extras, extras, usual_parameter_set};
use crate::{Algorithm, Certificate, Error, PrivateKey, PublicKey};

const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// What the certificate makes of its subject.
#[derive(Clone, Copy)]
pub(super) enum Role {
    Authority,
    System,
}

impl Role {
    pub(super) fn of(
        self,
        request: &CertificateRequest<'_>,
        extras: &Extras<'_>,
        key: &PublicKey,
    ) -> Result<Subject, Error> {
        if key.algorithm() != request.algorithm {
            return Err(Error::CannotIssue { reason: "the key is of another algorithm than the request" });
        }
        let (ca, usage) = match self {
            Self::Authority => (true, KeyUsages::KeyCertSign | KeyUsages::CRLSign),
            Self::System => (false, KeyUsages::DigitalSignature | KeyUsages::NonRepudiation),
        };
        let path_len_constraint = extras.path_length.filter(|_| ca);
        let mut extensions = vec![extension(true, &BasicConstraints { ca, path_len_constraint })?];
        match extras.key_usage {
            None => extensions.push(extension(true, &KeyUsage(usage))?),
            Some([]) => (),
            Some(bits) => extensions.push(extras::key_usage(bits)?),
        }
        extensions.push(extension(false, &SubjectKeyIdentifier(key_identifier(key)?))?);
        for extra in extras.extensions {
            extensions.push(extra.encoded()?);
        }
        let validity = Validity::new(time(request.not_before)?, time(request.not_after)?);
        if request.not_after < request.not_before {
            return Err(Error::CannotIssue { reason: "the validity period ends before it begins" });
        }
        Ok(Subject {
            name: name(request.organization, request.common_name)?,
            validity,
            spki: key.spki_der().to_vec(),
            extensions,
        })
    }
}

/// Everything in a certificate that is the subject's.
pub(super) struct Subject {
    pub(super) name: Vec<u8>,
    validity: Validity<Rfc5280>,
    spki: Vec<u8>,
    pub(super) extensions: Vec<Extension>,
}

/// RFC 5280 §4.1; `x509-cert` has such a type, but lets nobody fill it in without its signature traits.
#[derive(Sequence)]
struct TbsCertificate<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial: SerialNumber<Rfc5280>,
    signature: AlgorithmIdentifierRef<'a>,
    issuer: AnyRef<'a>,
    validity: Validity<Rfc5280>,
    subject: AnyRef<'a>,
    spki: AnyRef<'a>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct Signed<'a> {
    tbs: AnyRef<'a>,
    algorithm: AlgorithmIdentifierRef<'a>,
    signature: BitStringRef<'a>,
}

impl Subject {
    pub(super) fn signed_by(
        &self,
        key: &PrivateKey,
        issuer: &[u8],
        issuer_key: OctetString,
        entropy: &[u8; 64],
    ) -> Result<Certificate, Error> {
        let signature_algorithm = signature_algorithm(key);
        let mut extensions = self.extensions.clone();
        extensions.push(authority_key(issuer_key)?);
        let tbs = TbsCertificate {
            version: Version::V3,
            serial: serial(entropy)?,
            signature: signature_algorithm,
            issuer: AnyRef::from_der(issuer).map_err(encoding)?,
            validity: self.validity,
            subject: AnyRef::from_der(&self.name).map_err(encoding)?,
            spki: AnyRef::from_der(&self.spki).map_err(encoding)?,
            extensions,
        };
        Certificate::from_der(&signed(&tbs.to_der().map_err(encoding)?, key, entropy)?)
    }
}

/// What stands beside the signatures of this key.
pub(super) fn signature_algorithm(key: &PrivateKey) -> AlgorithmIdentifierRef<'static> {
    let algorithm = key.algorithm();
    AlgorithmIdentifierRef {
        oid: algorithm.signature_oid(),
        // RFC 4055 §5 wants NULL with RSA; for the others parameters are forbidden.
        parameters: (algorithm == Algorithm::RsaSha256).then(|| Null.into()),
    }
}

/// authorityKeyIdentifier.
pub(super) fn authority_key(identifier: OctetString) -> Result<Extension, Error> {
    let value = AuthorityKeyIdentifier {
        key_identifier: Some(identifier),
        authority_cert_issuer: None,
        authority_cert_serial_number: None,
    };
    extension(false, &value)
}

/// A certificate or a revocation list: the signed part, algorithm, signature.
pub(super) fn signed(tbs: &[u8], key: &PrivateKey, entropy: &[u8; 64]) -> Result<Vec<u8>, Error> {
    let signature = certificate_signature(key.algorithm(), key.sign(tbs, &derive(b"signature", entropy))?)?;
    let signed = Signed {
        tbs: AnyRef::from_der(tbs).map_err(encoding)?,
        algorithm: signature_algorithm(key),
        signature: BitStringRef::from_bytes(&signature).map_err(encoding)?,
    };
    signed.to_der().map_err(encoding)
}

pub(super) fn generate(request: &CertificateRequest<'_>, entropy: &[u8; 64]) -> Result<PrivateKey, Error> {
    let parameters = request.parameter_set.or(usual_parameter_set(request.algorithm));
    match (request.algorithm.scheme(), parameters) {
        (Some(scheme), Some(parameters)) => PrivateKey::generate_gost(scheme, parameters, entropy),
        (None, None) if request.algorithm == Algorithm::EcdsaP256Sha256 => PrivateKey::generate_p256(),
        (None, Some(_)) => {
            Err(Error::CannotIssue { reason: "a GOST parameter set was asked for a key that is not GOST" })
        }
        (_, None) => Err(Error::CannotIssue { reason: "keys of this algorithm are not generated" }),
    }
}

/// In certificates an ECDSA signature is a SEQUENCE of two INTEGERs (RFC 3279 §2.2.3), elsewhere r‖s.
fn certificate_signature(algorithm: Algorithm, raw: Vec<u8>) -> Result<Vec<u8>, Error> {
    if algorithm != Algorithm::EcdsaP256Sha256 {
        return Ok(raw);
    }
    let (r, s) = raw.split_at(raw.len() / 2);
    let pair = [r, s].map(|half| UintRef::new(half).map_err(encoding));
    let [r, s] = pair;
    EcdsaSignature { r: r?, s: s? }.to_der().map_err(encoding)
}

#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// `C=RU, O=…, CN=…`, the order in which RFC 4514 text reads `CN=…,O=…,C=RU`.
fn name(organization: &str, common_name: &str) -> Result<Vec<u8>, Error> {
    if organization.is_empty() || common_name.is_empty() {
        return Err(Error::CannotIssue { reason: "commonName and organizationName must not be empty" });
    }
    let mut rdns = RdnSequence::default();
    for (oid, tag, value) in [
        (COUNTRY, Tag::PrintableString, "RU"),
        (ORGANIZATION, Tag::Utf8String, organization),
        (COMMON_NAME, Tag::Utf8String, common_name),
    ] {
        let mut rdn = RelativeDistinguishedName::default();
        let value = Any::new(tag, value.as_bytes()).map_err(encoding)?;
        rdn.insert(AttributeTypeAndValue { oid, value }).map_err(encoding)?;
        rdns.push(rdn);
    }
    rdns.to_der().map_err(encoding)
}

pub(super) fn extension<T: AssociatedOid + der::Encode>(critical: bool, value: &T) -> Result<Extension, Error> {
    let extn_value = value.to_der().and_then(OctetString::new).map_err(encoding)?;
    Ok(Extension { extn_id: T::OID, critical, extn_value })
}

/// RFC 7093 §2 method 1: the first 160 bits of SHA-256 over the key's BIT STRING.
pub(super) fn key_identifier(key: &PublicKey) -> Result<OctetString, Error> {
    let spki = SubjectPublicKeyInfoRef::from_der(key.spki_der()).map_err(encoding)?;
    let hash = Sha256::digest(spki.subject_public_key.raw_bytes());
    OctetString::new(hash.get(..20).unwrap_or_default()).map_err(encoding)
}

/// Through 2049 as UTCTime, later as GeneralizedTime (RFC 5280 §4.1.2.5).
pub(super) fn time(at: Timestamp) -> Result<Time, Error> {
    if at.as_second() == Timestamp::MAX.as_second() {
        return Ok(Time::INFINITY);
    }
    let seconds = u64::try_from(at.as_second())
        .map_err(|_| Error::CannotIssue { reason: "the validity period begins before 1970" })?;
    let date = der::DateTime::from_unix_duration(Duration::from_secs(seconds)).map_err(encoding)?;
    Ok(UtcTime::from_date_time(date).map_or_else(|_| Time::GeneralTime(date.into()), Time::UtcTime))
}

/// 16 octets, positive and of full length, that tell nothing about the key made from the same entropy.
fn serial(entropy: &[u8; 64]) -> Result<SerialNumber<Rfc5280>, Error> {
    let [first, rest @ ..] = derive(b"serial number", entropy);
    let mut octets = vec![(first & 0x7f) | 0x40];
    octets.extend(rest.iter().take(15));
    SerialNumber::new(&octets).map_err(encoding)
}

pub(super) fn derive(purpose: &[u8], entropy: &[u8; 64]) -> [u8; 32] {
    Sha256::new().chain_update(b"rsmev test CA: ").chain_update(purpose).chain_update(entropy).finalize().into()
}

pub(super) fn encoding(source: der::Error) -> Error {
    Error::Der { what: "new certificate", source }
}
