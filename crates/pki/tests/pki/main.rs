//! Certificates, keys and the test CA as other crates see them.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failure here is a failed test")]

mod certificates;
mod cms;
mod corpus;
mod encrypted;
mod holds;
mod keys;
mod openssl;
mod referee;
mod revocation;
mod trust;
mod zoo;

use gost::ParameterSet;
use jiff::Timestamp;
use pki::{
    Algorithm, Identity,
    test_ca::{CertificateRequest, TestCa},
};

/// Every kind of key the test CA makes.
const KINDS: [(Algorithm, Option<ParameterSet>); 6] = [
    (Algorithm::Gost2001, None),
    (Algorithm::Gost2001, Some(ParameterSet::CryptoProA)),
    (Algorithm::Gost2012_256, None),
    (Algorithm::Gost2012_256, Some(ParameterSet::Tc26_256A)),
    (Algorithm::Gost2012_512, None),
    (Algorithm::EcdsaP256Sha256, None),
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn request(common_name: &str, (algorithm, parameter_set): (Algorithm, Option<ParameterSet>)) -> CertificateRequest<'_> {
    CertificateRequest {
        common_name,
        organization: "Управление социальной защиты",
        algorithm,
        parameter_set,
        not_before: at("2026-01-01T00:00:00Z"),
        not_after: at("2046-01-01T00:00:00Z"),
    }
}

/// `seed` makes different keys and serial numbers.
fn authority(name: &str, (algorithm, parameter_set): (Algorithm, Option<ParameterSet>), seed: u8) -> TestCa {
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2056-01-01T00:00:00Z"));
    TestCa::create(name, algorithm, parameter_set, from, to, &[seed; 64]).unwrap()
}

/// Somebody with the cheapest kind of key.
fn somebody(seed: u8) -> Identity {
    authority("CA", KINDS[0], 200).issue(&request("somebody", KINDS[0]), &[seed; 64]).unwrap()
}
