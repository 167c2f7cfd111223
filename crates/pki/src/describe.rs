//! A certificate taken apart for people: each field of the names on its own, the key, what it may be used for, where its
//! revocation list lies. For reading only: nothing here is trusted or compared by the bus.

use der::{Decode as _, Encode as _, Tagged as _, oid::AssociatedOid};
use jiff::Timestamp;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CrlDistributionPoints, ExtendedKeyUsage, KeyUsage, KeyUsages,
    SubjectKeyIdentifier,
    name::{DistributionPointName, GeneralName},
};
use x509_cert::name::Name;

use crate::{Algorithm, Certificate, Error, Fingerprint, fields::Fields, name};

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The subject, field by field, in the order of the certificate.
    pub subject: Vec<NameField>,
    /// The issuer likewise.
    pub issuer: Vec<NameField>,
    /// Serial number in hexadecimal digits, see [`Certificate::serial_hex`].
    pub serial: String,
    /// SHA-256 of the DER.
    pub fingerprint: Fingerprint,
    /// First second of validity.
    pub not_before: Timestamp,
    /// Last second of validity.
    pub not_after: Timestamp,
    /// Algorithm of the subject's key.
    pub key_algorithm: Algorithm,
    /// GOST parameter set of the key, as people call it.
    pub parameter_set: Option<String>,
    /// Algorithm the issuer signed with; its OID when unknown.
    pub signature_algorithm: String,
    /// keyUsage (RFC 5280 §4.2.1.3); `None` when the extension is absent.
    pub key_usage: Option<Vec<&'static str>>,
    /// extKeyUsage: names, or OIDs of those without one.
    pub extended_key_usage: Vec<String>,
    /// May it issue certificates (basicConstraints)?
    pub is_authority: bool,
    /// How many authorities may stand below it.
    pub path_length: Option<u8>,
    /// subjectKeyIdentifier, hexadecimal.
    pub subject_key_id: Option<String>,
    /// keyIdentifier of authorityKeyIdentifier, hexadecimal.
    pub authority_key_id: Option<String>,
    /// Addresses of revocation lists (CRLDistributionPoints).
    pub crl_points: Vec<String>,
    /// Extensions that are there and could not be read.
    pub unreadable: Vec<&'static str>,
}

/// One attribute of a distinguished name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameField {
    /// Its type, dotted.
    pub oid: String,
    /// Short name (`CN`, `OGRN`), where it has one.
    pub short: Option<&'static str>,
    /// What it is called in Russian, where known.
    pub title_ru: Option<&'static str>,
    /// Its text; control characters are replaced. What is no string stands as `#` and hexadecimal DER.
    pub value: String,
}

impl NameField {
    /// Short name or, failing that, the OID.
    pub fn label(&self) -> &str {
        self.short.unwrap_or(&self.oid)
    }
}

/// Russian names of attributes, those of the qualified certificate among them (order of the ФСБ № 795).
const TITLES: [(&str, &str); 17] = [
    ("2.5.4.3", "общее имя"),
    ("2.5.4.4", "фамилия"),
    ("2.5.4.6", "страна"),
    ("2.5.4.7", "населённый пункт"),
    ("2.5.4.8", "регион"),
    ("2.5.4.9", "адрес"),
    ("2.5.4.10", "организация"),
    ("2.5.4.11", "подразделение"),
    ("2.5.4.12", "должность"),
    ("2.5.4.42", "имя и отчество"),
    ("1.2.840.113549.1.9.1", "электронная почта"),
    ("1.2.840.113549.1.9.2", "неструктурированное имя"),
    ("1.2.643.3.131.1.1", "ИНН"),
    ("1.2.643.100.1", "ОГРН"),
    ("1.2.643.100.3", "СНИЛС"),
    ("1.2.643.100.4", "ИНН ЮЛ"),
    ("1.2.643.100.5", "ОГРНИП"),
];

/// Names of keyUsage bits in the order of the standard.
pub(crate) const USAGES: [(KeyUsages, &str); 9] = [
    (KeyUsages::DigitalSignature, "digitalSignature"),
    (KeyUsages::NonRepudiation, "nonRepudiation"),
    (KeyUsages::KeyEncipherment, "keyEncipherment"),
    (KeyUsages::DataEncipherment, "dataEncipherment"),
    (KeyUsages::KeyAgreement, "keyAgreement"),
    (KeyUsages::KeyCertSign, "keyCertSign"),
    (KeyUsages::CRLSign, "cRLSign"),
    (KeyUsages::EncipherOnly, "encipherOnly"),
    (KeyUsages::DecipherOnly, "decipherOnly"),
];

/// Purposes of extKeyUsage (RFC 5280 §4.2.1.12).
const PURPOSES: [(&str, &str); 6] = [
    ("1.3.6.1.5.5.7.3.1", "serverAuth"),
    ("1.3.6.1.5.5.7.3.2", "clientAuth"),
    ("1.3.6.1.5.5.7.3.3", "codeSigning"),
    ("1.3.6.1.5.5.7.3.4", "emailProtection"),
    ("1.3.6.1.5.5.7.3.8", "timeStamping"),
    ("1.3.6.1.5.5.7.3.9", "OCSPSigning"),
];

impl Certificate {
    /// Takes it apart for people.
    pub fn describe(&self) -> Result<Description, Error> {
        let fields = Fields::read(self.der())?;
        let mut unreadable = Vec::new();
        let usage: Option<KeyUsage> = extension(&fields, "keyUsage", &mut unreadable);
        let extended: Option<ExtendedKeyUsage> = extension(&fields, "extKeyUsage", &mut unreadable);
        let constraints: Option<BasicConstraints> = extension(&fields, "basicConstraints", &mut unreadable);
        let own: Option<SubjectKeyIdentifier> = extension(&fields, "subjectKeyIdentifier", &mut unreadable);
        let theirs: Option<AuthorityKeyIdentifier> = extension(&fields, "authorityKeyIdentifier", &mut unreadable);
        let points: Option<CrlDistributionPoints> = extension(&fields, "CRLDistributionPoints", &mut unreadable);
        let key = self.public_key();
        Ok(Description {
            subject: name_fields("subject name", fields.subject)?,
            issuer: name_fields("issuer name", fields.issuer)?,
            serial: self.serial_hex().to_owned(),
            fingerprint: *self.fingerprint(),
            not_before: self.not_before(),
            not_after: self.not_after(),
            key_algorithm: key.algorithm(),
            parameter_set: key.gost().map(|key| key.parameter_set().to_string()),
            signature_algorithm: fields.signature_algorithm().map_or_else(
                |error| error.to_string(),
                |oid| {
                    Algorithm::from_signature_oid(oid).map_or_else(|| oid.to_string(), |known| known.label().to_owned())
                },
            ),
            key_usage: usage
                .map(|usage| USAGES.iter().filter(|(bit, _)| usage.0.contains(*bit)).map(|(_, word)| *word).collect()),
            extended_key_usage: extended.into_iter().flat_map(|usage| usage.0).map(|oid| purpose(&oid)).collect(),
            is_authority: constraints.as_ref().is_some_and(|it| it.ca),
            path_length: constraints.and_then(|it| it.path_len_constraint),
            subject_key_id: own.map(|id| hex::encode(id.0.as_bytes())),
            authority_key_id: theirs.and_then(|id| id.key_identifier).map(|id| hex::encode(id.as_bytes())),
            crl_points: points.map(|points| addresses(&points)).unwrap_or_default(),
            unreadable,
        })
    }
}

/// An extension; one that could not be read is noted, and then as good as absent.
fn extension<T>(fields: &Fields<'_>, what: &'static str, unreadable: &mut Vec<&'static str>) -> Option<T>
where
    T: AssociatedOid + for<'v> der::Decode<'v, Error = der::Error>,
{
    fields.extension(what).unwrap_or_else(|_| {
        unreadable.push(what);
        None
    })
}

fn purpose(oid: &der::asn1::ObjectIdentifier) -> String {
    let oid = oid.to_string();
    PURPOSES.iter().find(|(known, _)| *known == oid).map_or(oid, |(_, word)| (*word).to_owned())
}

fn addresses(points: &CrlDistributionPoints) -> Vec<String> {
    let names = points.0.iter().filter_map(|point| match &point.distribution_point {
        Some(DistributionPointName::FullName(names)) => Some(names),
        _ => None,
    });
    names
        .flatten()
        .filter_map(|name| match name {
            GeneralName::UniformResourceIdentifier(address) => Some(name::printable(address.as_str())),
            _ => None,
        })
        .collect()
}

fn name_fields(what: &'static str, der: &[u8]) -> Result<Vec<NameField>, Error> {
    let refused = |source| Error::Der { what, source };
    let name = Name::from_der(der).map_err(refused)?;
    let mut fields = Vec::new();
    for attribute in name.iter_rdn().flat_map(x509_cert::name::RelativeDistinguishedName::iter) {
        let oid = attribute.oid.to_string();
        let value = match name::decode(attribute.value.tag(), attribute.value.value()) {
            Some(text) => name::printable(&text),
            None => format!("#{}", hex::encode(attribute.value.to_der().map_err(refused)?)),
        };
        fields.push(NameField {
            short: name::short(&oid),
            title_ru: TITLES.iter().find(|(known, _)| *known == oid).map(|(_, title)| *title),
            oid,
            value,
        });
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_ca::{CertificateRequest, TestCa};

    #[test]
    fn a_certificate_is_told_field_by_field() {
        let (algorithm, from) = (Algorithm::Gost2012_256, Timestamp::UNIX_EPOCH);
        let ca = TestCa::create("Учебный УЦ", algorithm, None, from, Timestamp::MAX, &[1; 64]).unwrap();
        let request = CertificateRequest {
            common_name: "SOCZ01641",
            organization: "Министерство\u{7}",
            algorithm,
            parameter_set: None,
            not_before: from,
            not_after: Timestamp::MAX,
        };
        let issued = ca.issue(&request, &[2; 64]).unwrap();
        let told = issued.certificate().describe().unwrap();
        let subject: Vec<_> = told.subject.iter().map(|field| (field.label(), field.value.as_str())).collect();
        assert_eq!(subject, [("C", "RU"), ("O", "Министерство\u{fffd}"), ("CN", "SOCZ01641")]);
        assert_eq!(told.subject[2].title_ru, Some("общее имя"));
        assert_eq!(told.parameter_set.as_deref(), Some("CryptoPro-A"));
        assert_eq!(told.signature_algorithm, "GOST R 34.10-2012-256");
        assert_eq!(told.key_usage, Some(vec!["digitalSignature", "nonRepudiation"]));
        assert!(!told.is_authority && told.unreadable.is_empty() && told.crl_points.is_empty());
        let authority = ca.certificate().describe().unwrap();
        assert!(authority.is_authority);
        assert_eq!(told.authority_key_id, authority.subject_key_id);
        assert_eq!(told.issuer, authority.subject);
    }

    #[test]
    fn every_name_of_the_russian_qualified_certificate_has_its_title() {
        for (oid, short, title) in [
            ("1.2.643.100.1", "OGRN", "ОГРН"),
            ("1.2.643.100.3", "SNILS", "СНИЛС"),
            ("1.2.643.3.131.1.1", "INN", "ИНН"),
            ("1.2.643.100.4", "INNLE", "ИНН ЮЛ"),
            ("1.2.643.100.5", "OGRNIP", "ОГРНИП"),
        ] {
            assert_eq!(name::short(oid), Some(short));
            assert_eq!(TITLES.iter().find(|(known, _)| *known == oid).map(|(_, title)| *title), Some(title));
        }
    }
}
