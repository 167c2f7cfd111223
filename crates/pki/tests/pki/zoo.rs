//! What the tests of trust are built from: authorities and systems with the cheapest keys, and what can be odd in them.

use jiff::Timestamp;
use pki::{
    Certificate, Identity, PrivateKey,
    test_ca::{CertificateRequest, ExtraExtension, Extras, TestCa},
    trust::{Authorities, CrlNeed, CrlPolicy, Judgement, Trust},
};

use crate::{KINDS, at, request};

pub(crate) const NOW: &str = "2030-06-01T12:00:00Z";

pub(crate) fn now() -> Timestamp {
    at(NOW)
}

/// A request with the cheapest kind of key: P-256 from the system's randomness, so two of a name have different keys.
pub(crate) fn cheap(name: &str) -> CertificateRequest<'_> {
    request(name, KINDS[5])
}

pub(crate) fn dated<'a>(name: &'a str, from: &str, to: &str) -> CertificateRequest<'a> {
    CertificateRequest { not_before: at(from), not_after: at(to), ..cheap(name) }
}

/// A root of this name.
pub(crate) fn root(name: &str) -> TestCa {
    let request = cheap(name);
    TestCa::create(name, request.algorithm, None, request.not_before, request.not_after, &[1; 64]).unwrap()
}

/// Every certificate gets its own serial number.
pub(crate) fn entropy() -> [u8; 64] {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let mut octets = [7; 64];
    octets[..8].copy_from_slice(&NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_be_bytes());
    octets
}

pub(crate) fn below(ca: &TestCa, name: &str) -> TestCa {
    ca.intermediate(&cheap(name), None, &entropy()).unwrap()
}

pub(crate) fn leaf(ca: &TestCa) -> Certificate {
    ca.issue(&cheap("SOCZ01641"), &entropy()).unwrap().certificate().clone()
}

pub(crate) fn leaf_with(ca: &TestCa, extras: &Extras<'_>) -> Certificate {
    ca.issue_with(&cheap("SOCZ01641"), extras, &entropy()).unwrap().certificate().clone()
}

/// A certificate for the name and key of a root, issued by another authority.
pub(crate) fn cross(issuer: &TestCa, of: &TestCa) -> Certificate {
    let name = of.certificate().common_name().unwrap();
    let request = CertificateRequest { organization: name, ..cheap(name) };
    let extras = Extras { authority: true, ..Extras::default() };
    issuer.certify_with(&request, &extras, of.certificate().public_key(), &entropy()).unwrap()
}

/// Somebody who issues with the key and under the name of this certificate, whatever it says he may do.
pub(crate) fn usurper(owner: &Identity) -> TestCa {
    let key = PrivateKey::from_pkcs8_pem(owner.key().to_pkcs8_pem().unwrap().as_bytes()).unwrap();
    let name = owner.certificate().common_name().unwrap().to_owned();
    TestCa::create_with_key(&cheap(&name), key, &entropy()).unwrap()
}

pub(crate) fn critical(oid: &'static str) -> [ExtraExtension<'static>; 1] {
    [ExtraExtension { oid, critical: true, value: &[0x30, 0] }]
}

pub(crate) fn certificates(authorities: &[&TestCa]) -> Vec<Certificate> {
    authorities.iter().map(|ca| ca.certificate().clone()).collect()
}

pub(crate) fn trust(anchors: &[&TestCa], intermediates: &[&TestCa]) -> Trust {
    trust_in(certificates(anchors), certificates(intermediates))
}

/// Without revocation lists.
pub(crate) fn trust_in(anchors: Vec<Certificate>, intermediates: Vec<Certificate>) -> Trust {
    Trust {
        authorities: Authorities::new(anchors, intermediates).unwrap(),
        policy: CrlPolicy { need: CrlNeed::Never, ..CrlPolicy::default() },
        ..Trust::default()
    }
}

/// The names in the path of a verdict.
pub(crate) fn names(judgement: &Judgement) -> Vec<&str> {
    judgement.path.iter().filter_map(Certificate::common_name).collect()
}
