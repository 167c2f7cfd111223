//! What a certificate says that counts for a path (RFC 5280 §4.2).

use der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CrlDistributionPoints, KeyUsage, SubjectKeyIdentifier, name::GeneralName,
};

use crate::{Certificate, Error, certificate, crl, describe, fields::Fields};

const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");

/// Extensions that may be critical: acted on here, or without effect on whether a signature counts.
const UNDERSTOOD: [&str; 14] = [
    "2.5.29.14", // subjectKeyIdentifier
    "2.5.29.15", // keyUsage
    "2.5.29.17", // subjectAltName
    "2.5.29.18", // issuerAltName
    "2.5.29.19", // basicConstraints
    "2.5.29.31", // cRLDistributionPoints
    "2.5.29.32", // certificatePolicies: none is demanded
    "2.5.29.33", // policyMappings: likewise
    "2.5.29.35", // authorityKeyIdentifier
    // extKeyUsage: the registry says for what a certificate is used; the purposes authorities wrote for SMEV differ.
    "2.5.29.37",
    "2.5.29.54", // inhibitAnyPolicy: no policy is demanded
    // Of the Russian qualified certificate, words for people: tools of the subject and of the issuer, identification.
    "1.2.643.100.111",
    "1.2.643.100.112",
    "1.2.643.100.114",
];

/// What counts of a certificate; names and identifiers as they stand in it.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) subject: Box<[u8]>,
    pub(super) issuer: Box<[u8]>,
    /// Octets of the serial number without a leading zero octet.
    pub(super) serial: Box<[u8]>,
    /// keyIdentifier of subjectKeyIdentifier and authorityKeyIdentifier: hints, nothing is refused for their sake.
    pub(super) subject_key: Option<Box<[u8]>>,
    pub(super) authority_key: Option<Box<[u8]>>,
    pub(super) is_authority: bool,
    pub(super) path_length: Option<u8>,
    usage: Option<KeyUsage>,
    /// Where its revocation list is published.
    pub(super) points: Vec<GeneralName>,
    /// The first critical extension that is not understood.
    pub(super) unknown_critical: Option<ObjectIdentifier>,
    /// nameConstraints, which are not applied here and must not be passed over.
    name_constraints: bool,
}

impl Profile {
    pub(super) fn read(certificate: &Certificate) -> Result<Self, Error> {
        let fields = Fields::read(certificate.der())?;
        let constraints: Option<BasicConstraints> = fields.extension("basicConstraints")?;
        // A wrong hint is no hint.
        let subject_key = fields.extension::<SubjectKeyIdentifier>("subjectKeyIdentifier").ok().flatten();
        let authority_key = fields.extension::<AuthorityKeyIdentifier>("authorityKeyIdentifier").ok().flatten();
        let points = fields.extension::<CrlDistributionPoints>("cRLDistributionPoints").ok().flatten();
        let critical = fields.extensions().iter().filter(|extension| extension.critical);
        Ok(Self {
            subject: fields.subject.into(),
            issuer: fields.issuer.into(),
            serial: certificate::serial_octets(fields.serial.as_bytes()).into(),
            subject_key: subject_key.map(|it| it.0.as_bytes().into()),
            authority_key: authority_key.and_then(|it| it.key_identifier).map(|it| it.as_bytes().into()),
            is_authority: constraints.as_ref().is_some_and(|it| it.ca),
            path_length: constraints.filter(|it| it.ca).and_then(|it| it.path_len_constraint),
            usage: fields.extension("keyUsage")?,
            points: crl::points(points),
            unknown_critical: critical.map(|it| it.extn_id).find(|oid| !is_understood(oid)),
            name_constraints: fields.extensions().iter().any(|extension| extension.extn_id == NAME_CONSTRAINTS),
        })
    }

    /// What the key is for, if not for signing messages. A certificate without keyUsage restricts nothing.
    pub(super) fn other_usage(&self) -> Option<String> {
        let usage = self.usage.filter(|usage| !usage.digital_signature() && !usage.non_repudiation())?;
        let names: Vec<_> =
            describe::USAGES.iter().filter(|(bit, _)| usage.0.contains(*bit)).map(|(_, name)| *name).collect();
        Some(if names.is_empty() { "nothing".to_owned() } else { names.join(", ") })
    }

    /// Whether the key may sign certificates, as far as keyUsage goes.
    pub(super) fn signs_certificates(&self) -> bool {
        self.usage.is_none_or(|usage| usage.key_cert_sign())
    }

    /// Whether the key may sign revocation lists.
    pub(super) fn signs_lists(&self) -> bool {
        self.usage.is_none_or(|usage| usage.crl_sign())
    }

    /// An extension of an authority that keeps it from being used.
    pub(super) fn hindrance(&self) -> Option<ObjectIdentifier> {
        self.unknown_critical.or(self.name_constraints.then_some(NAME_CONSTRAINTS))
    }

    /// Whether subject and issuer are one: such certificates do not count for pathLenConstraint (RFC 5280 §6.1).
    pub(super) fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }
}

fn is_understood(oid: &ObjectIdentifier) -> bool {
    let oid = oid.to_string();
    UNDERSTOOD.contains(&oid.as_str())
}
