//! A certification authority for test contours and the stand: certificates nobody outside trusts.
//!
//! Makes no revocation lists and keeps no register of what it issued. RSA keys are not generated, but an RSA key made
//! elsewhere can be certified and can even be the authority's.

use std::time::Duration;

use der::{
    Decode as _, Encode as _, Sequence, Tag,
    asn1::{Any, AnyRef, BitStringRef, Null, ObjectIdentifier, OctetString, UintRef, UtcTime},
    oid::AssociatedOid,
};
use gost::ParameterSet;
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

use crate::{Algorithm, Certificate, Error, Identity, PrivateKey, PublicKey, fields::Fields};

const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// A self-signed certification authority.
#[derive(Debug, Clone)]
pub struct TestCa {
    identity: Identity,
}

/// What a certificate is asked for. The country is always RU.
#[derive(Debug, Clone, Copy)]
pub struct CertificateRequest<'a> {
    /// commonName of the subject.
    pub common_name: &'a str,
    /// organizationName of the subject.
    pub organization: &'a str,
    /// Algorithm of the subject's key.
    pub algorithm: Algorithm,
    /// GOST parameter set of the subject's key; `None`: [`usual_parameter_set`].
    pub parameter_set: Option<ParameterSet>,
    /// First second of validity; fractions are cut off.
    pub not_before: Timestamp,
    /// Last second of validity, may lie in the past; [`Timestamp::MAX`] for no end.
    pub not_after: Timestamp,
}

/// The parameter set the messages seen in the wild use most; for 512-bit keys set A of RFC 9215.
pub fn usual_parameter_set(algorithm: Algorithm) -> Option<ParameterSet> {
    match algorithm {
        Algorithm::Gost2001 => Some(ParameterSet::XchA),
        Algorithm::Gost2012_256 => Some(ParameterSet::CryptoProA),
        Algorithm::Gost2012_512 => Some(ParameterSet::Tc26_512A),
        Algorithm::RsaSha256 | Algorithm::EcdsaP256Sha256 => None,
    }
}

impl TestCa {
    /// Makes a key and a self-signed certificate whose commonName and organizationName are `name`.
    ///
    /// `entropy` must be fresh random octets: the key comes from them. (ECDSA keys come from the system's randomness.)
    pub fn create(
        name: &str,
        algorithm: Algorithm,
        parameter_set: Option<ParameterSet>,
        not_before: Timestamp,
        not_after: Timestamp,
        entropy: &[u8; 64],
    ) -> Result<Self, Error> {
        let request = CertificateRequest {
            common_name: name,
            organization: name,
            algorithm,
            parameter_set,
            not_before,
            not_after,
        };
        let key = generate(&request, entropy)?;
        Self::create_with_key(&request, key, entropy)
    }

    /// As [`Self::create`], with a key made elsewhere.
    pub fn create_with_key(
        request: &CertificateRequest<'_>,
        key: PrivateKey,
        entropy: &[u8; 64],
    ) -> Result<Self, Error> {
        let identifier = key_identifier(key.public_key())?;
        let subject = Role::Authority.of(request, key.public_key(), identifier.clone())?;
        let certificate = subject.signed_by(&key, &subject.name.clone(), identifier, entropy)?;
        Ok(Self { identity: Identity::new(certificate, key)? })
    }

    /// Takes up an authority made earlier.
    pub fn from_identity(identity: Identity) -> Result<Self, Error> {
        if Fields::read(identity.certificate().der())?.is_authority()? {
            return Ok(Self { identity });
        }
        Err(Error::NotAnAuthority { subject: identity.certificate().subject().to_owned() })
    }

    /// The authority's certificate and key, to be stored.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The authority's certificate.
    pub fn certificate(&self) -> &Certificate {
        self.identity.certificate()
    }

    /// Makes a key and a certificate for signing messages with it. `entropy`: fresh random octets for each certificate,
    /// see [`Self::create`].
    pub fn issue(&self, request: &CertificateRequest<'_>, entropy: &[u8; 64]) -> Result<Identity, Error> {
        let key = generate(request, entropy)?;
        Identity::new(self.certify(request, key.public_key(), entropy)?, key)
    }

    /// Makes a certificate for a key made elsewhere; `parameter_set` of the request is not looked at.
    pub fn certify(
        &self,
        request: &CertificateRequest<'_>,
        key: &PublicKey,
        entropy: &[u8; 64],
    ) -> Result<Certificate, Error> {
        let own = Fields::read(self.certificate().der())?;
        let identifier = match own.extension::<SubjectKeyIdentifier>("subjectKeyIdentifier")? {
            Some(stated) => stated.0,
            None => key_identifier(self.certificate().public_key())?,
        };
        let subject = Role::System.of(request, key, key_identifier(key)?)?;
        subject.signed_by(self.identity.key(), own.subject, identifier, entropy)
    }
}

/// What the certificate makes of its subject.
#[derive(Clone, Copy)]
enum Role {
    Authority,
    System,
}

impl Role {
    fn of(self, request: &CertificateRequest<'_>, key: &PublicKey, identifier: OctetString) -> Result<Subject, Error> {
        if key.algorithm() != request.algorithm {
            return Err(Error::CannotIssue { reason: "the key is of another algorithm than the request" });
        }
        let (ca, usage) = match self {
            Self::Authority => (true, KeyUsages::KeyCertSign | KeyUsages::CRLSign),
            Self::System => (false, KeyUsages::DigitalSignature | KeyUsages::NonRepudiation),
        };
        let extensions = vec![
            extension(true, &BasicConstraints { ca, path_len_constraint: None })?,
            extension(true, &KeyUsage(usage))?,
            extension(false, &SubjectKeyIdentifier(identifier))?,
        ];
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
struct Subject {
    name: Vec<u8>,
    validity: Validity<Rfc5280>,
    spki: Vec<u8>,
    extensions: Vec<Extension>,
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
    fn signed_by(
        &self,
        key: &PrivateKey,
        issuer: &[u8],
        issuer_key: OctetString,
        entropy: &[u8; 64],
    ) -> Result<Certificate, Error> {
        let algorithm = key.algorithm();
        let signature_algorithm = AlgorithmIdentifierRef {
            oid: algorithm.signature_oid(),
            // RFC 4055 §5 wants NULL with RSA; for the others parameters are forbidden.
            parameters: (algorithm == Algorithm::RsaSha256).then(|| Null.into()),
        };
        let authority = AuthorityKeyIdentifier {
            key_identifier: Some(issuer_key),
            authority_cert_issuer: None,
            authority_cert_serial_number: None,
        };
        let mut extensions = self.extensions.clone();
        extensions.push(extension(false, &authority)?);
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
        let tbs = tbs.to_der().map_err(encoding)?;
        let signature = certificate_signature(algorithm, key.sign(&tbs, &derive(b"signature", entropy))?)?;
        let signed = Signed {
            tbs: AnyRef::from_der(&tbs).map_err(encoding)?,
            algorithm: signature_algorithm,
            signature: BitStringRef::from_bytes(&signature).map_err(encoding)?,
        };
        Certificate::from_der(&signed.to_der().map_err(encoding)?)
    }
}

fn generate(request: &CertificateRequest<'_>, entropy: &[u8; 64]) -> Result<PrivateKey, Error> {
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

fn extension<T: AssociatedOid + der::Encode>(critical: bool, value: &T) -> Result<Extension, Error> {
    let extn_value = value.to_der().and_then(OctetString::new).map_err(encoding)?;
    Ok(Extension { extn_id: T::OID, critical, extn_value })
}

/// RFC 7093 §2 method 1: the first 160 bits of SHA-256 over the key's BIT STRING.
fn key_identifier(key: &PublicKey) -> Result<OctetString, Error> {
    let spki = SubjectPublicKeyInfoRef::from_der(key.spki_der()).map_err(encoding)?;
    let hash = Sha256::digest(spki.subject_public_key.raw_bytes());
    OctetString::new(hash.get(..20).unwrap_or_default()).map_err(encoding)
}

/// Through 2049 as UTCTime, later as GeneralizedTime (RFC 5280 §4.1.2.5).
fn time(at: Timestamp) -> Result<Time, Error> {
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

fn derive(purpose: &[u8], entropy: &[u8; 64]) -> [u8; 32] {
    Sha256::new().chain_update(b"rsmev test CA: ").chain_update(purpose).chain_update(entropy).finalize().into()
}

fn encoding(source: der::Error) -> Error {
    Error::Der { what: "new certificate", source }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut Vec<Extension>);

    #[test]
    fn certificate_without_the_clear_right_to_issue_is_refused() {
        let (algorithm, from, to) = (Algorithm::EcdsaP256Sha256, Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let good = TestCa::create("CA", algorithm, None, from, to, &[1; 64]).unwrap();
        let request = CertificateRequest {
            common_name: "CA",
            organization: "CA",
            algorithm,
            parameter_set: None,
            not_before: from,
            not_after: to,
        };
        let key = good.identity().key();
        let identifier = key_identifier(key.public_key()).unwrap();
        let self_signed = |change: &dyn Fn(&mut Vec<Extension>)| {
            let mut subject = Role::Authority.of(&request, key.public_key(), identifier.clone()).unwrap();
            change(&mut subject.extensions);
            let name = subject.name.clone();
            subject.signed_by(key, &name, identifier.clone(), &[1; 64]).unwrap()
        };
        let constraints = |ca| extension(true, &BasicConstraints { ca, path_len_constraint: None }).unwrap();

        let same = self_signed(&|_| ());
        assert_eq!(same.is_issued_by(&same), Ok(()));
        let twice = self_signed(&|extensions| extensions.insert(0, constraints(false)));
        assert!(matches!(twice.is_issued_by(&twice), Err(Error::Der { what: "basicConstraints", .. })));
        let not_an_authority = Err(Error::NotAnAuthority { subject: "CN=CA,O=CA,C=RU".into() });
        let table: [(&str, Change); 3] = [
            ("no extensions", Vec::clear),
            ("no basicConstraints", |extensions| drop(extensions.remove(0))),
            ("keyUsage without keyCertSign", |extensions| {
                extensions[1] = extension(true, &KeyUsage(KeyUsages::CRLSign.into())).unwrap();
            }),
        ];
        for (what, change) in table {
            let certificate = self_signed(&change);
            assert_eq!(certificate.is_issued_by(&certificate), not_an_authority, "{what}");
        }
    }
}
