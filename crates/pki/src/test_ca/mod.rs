//! A certification authority for test contours and the stand: certificates nobody outside trusts.
//!
//! Keeps no register of what it issued: revocation lists hold what they are told to. It also makes, when asked, what no
//! honest authority would: certificates and lists for trying out the guards of [`crate::trust`]. RSA keys are not
//! generated, but an RSA key made elsewhere can be certified and can even be the authority's.

mod encode;
mod extras;
mod revocation;

use gost::ParameterSet;
use jiff::Timestamp;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use self::encode::{Role, generate, key_identifier};
pub use self::extras::{ExtraExtension, Extras};
pub use self::revocation::{ListRequest, RevokedEntry};
use crate::{Algorithm, Certificate, Error, Identity, PrivateKey, PublicKey, fields::Fields};

/// A certification authority: self-signed, or signed by another.
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
        Self::create_with(request, &Extras::default(), key, entropy)
    }

    /// As [`Self::create_with_key`], with other extensions than usual.
    pub fn create_with(
        request: &CertificateRequest<'_>,
        extras: &Extras<'_>,
        key: PrivateKey,
        entropy: &[u8; 64],
    ) -> Result<Self, Error> {
        let certificate = self_signed_certificate(Role::Authority, request, extras, &key, entropy)?;
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
        self.issue_with(request, &Extras::default(), entropy)
    }

    /// As [`Self::issue`], with other extensions than usual.
    pub fn issue_with(
        &self,
        request: &CertificateRequest<'_>,
        extras: &Extras<'_>,
        entropy: &[u8; 64],
    ) -> Result<Identity, Error> {
        let key = generate(request, entropy)?;
        Identity::new(self.certify_with(request, extras, key.public_key(), entropy)?, key)
    }

    /// Makes a key and a certificate for an authority below this one.
    pub fn intermediate(
        &self,
        request: &CertificateRequest<'_>,
        path_length: Option<u8>,
        entropy: &[u8; 64],
    ) -> Result<Self, Error> {
        let extras = Extras { authority: true, path_length, ..Extras::default() };
        Self::from_identity(self.issue_with(request, &extras, entropy)?)
    }

    /// Makes a certificate for a key made elsewhere; `parameter_set` of the request is not looked at.
    pub fn certify(
        &self,
        request: &CertificateRequest<'_>,
        key: &PublicKey,
        entropy: &[u8; 64],
    ) -> Result<Certificate, Error> {
        self.certify_with(request, &Extras::default(), key, entropy)
    }

    /// As [`Self::certify`], with other extensions than usual.
    pub fn certify_with(
        &self,
        request: &CertificateRequest<'_>,
        extras: &Extras<'_>,
        key: &PublicKey,
        entropy: &[u8; 64],
    ) -> Result<Certificate, Error> {
        let own = Fields::read(self.certificate().der())?;
        let role = if extras.authority { Role::Authority } else { Role::System };
        let subject = role.of(request, extras, key)?;
        subject.signed_by(self.identity.key(), own.subject, self.key_identifier(&own)?, entropy)
    }

    /// Makes a revocation list of `(serial number as in Certificate::serial_hex, since when, reasonCode)`; codes are
    /// those of RFC 5280 §5.3.1. The list is DER.
    pub fn revocation_list(
        &self,
        revoked: &[(&str, Timestamp, Option<u8>)],
        this_update: Timestamp,
        next_update: Option<Timestamp>,
        number: u64,
        entropy: &[u8; 64],
    ) -> Result<Vec<u8>, Error> {
        let entries: Vec<_> = revoked
            .iter()
            .map(|&(serial_hex, since, reason)| RevokedEntry { serial_hex, since, reason, extensions: &[] })
            .collect();
        let request =
            ListRequest { entries: &entries, this_update, next_update, number: Some(number), ..ListRequest::default() };
        self.revocation_list_with(&request, entropy)
    }

    /// As [`Self::revocation_list`], with other extensions than usual.
    pub fn revocation_list_with(&self, request: &ListRequest<'_>, entropy: &[u8; 64]) -> Result<Vec<u8>, Error> {
        let own = Fields::read(self.certificate().der())?;
        request.signed_by(self.identity.key(), own.subject, self.key_identifier(&own)?, entropy)
    }

    /// How certificates and lists of this authority name its key.
    fn key_identifier(&self, own: &Fields<'_>) -> Result<der::asn1::OctetString, Error> {
        match own.extension::<SubjectKeyIdentifier>("subjectKeyIdentifier")? {
            Some(stated) => Ok(stated.0),
            None => key_identifier(self.certificate().public_key()),
        }
    }
}

/// Makes a key and a certificate that is signed by that very key: what an impostor has.
pub fn self_signed(
    request: &CertificateRequest<'_>,
    extras: &Extras<'_>,
    entropy: &[u8; 64],
) -> Result<Identity, Error> {
    let key = generate(request, entropy)?;
    let role = if extras.authority { Role::Authority } else { Role::System };
    Identity::new(self_signed_certificate(role, request, extras, &key, entropy)?, key)
}

fn self_signed_certificate(
    role: Role,
    request: &CertificateRequest<'_>,
    extras: &Extras<'_>,
    key: &PrivateKey,
    entropy: &[u8; 64],
) -> Result<Certificate, Error> {
    let subject = role.of(request, extras, key.public_key())?;
    subject.signed_by(key, &subject.name, key_identifier(key.public_key())?, entropy)
}

#[cfg(test)]
mod tests {
    use x509_cert::ext::{
        Extension,
        pkix::{BasicConstraints, KeyUsage, KeyUsages},
    };

    use super::{encode::extension, *};

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
            let mut subject = Role::Authority.of(&request, &Extras::default(), key.public_key()).unwrap();
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
