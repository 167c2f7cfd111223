//! Certificates of the region's own test CA, as an agency might bring them: good ones and bad ones.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use pki::test_ca::{CertificateRequest, TestCa};
use pki::{Algorithm, Certificate, Identity, PrivateKey};

use crate::keys::secret;
use crate::region::Region;

/// What a certificate is to be.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) common_name: &'a str,
    pub(crate) organization: &'a str,
    pub(crate) algorithm: Algorithm,
    /// Days of validity, counted from now.
    pub(crate) days: (i64, i64),
    /// Issued by the CA of the region, or by one nobody knows.
    pub(crate) known_authority: bool,
}

impl Default for Wanted<'_> {
    fn default() -> Self {
        Wanted {
            common_name: "SOCZ01641",
            organization: "Министерство социальной защиты населения",
            algorithm: Algorithm::Gost2012_256,
            days: (-1, 400),
            known_authority: true,
        }
    }
}

/// Certificate and key in `certs/made`; their names.
pub(crate) fn issue(region: &Region, wanted: &Wanted<'_>) -> [String; 2] {
    let now = Timestamp::from_second(i64::try_from(seconds()).unwrap()).unwrap();
    let day = |days: i64| now.checked_add(SignedDuration::from_hours(days * 24)).unwrap();
    let read = |file: &str| fs::read(region.path().join(file)).unwrap();
    let ca = if wanted.known_authority {
        let certificate = Certificate::from_pem(&read("certs/ca/test-ca.pem")).unwrap();
        let key = PrivateKey::from_pkcs8_pem(&read("certs/ca/test-ca.key.pem")).unwrap();
        TestCa::from_identity(Identity::new(certificate, key).unwrap()).unwrap()
    } else {
        TestCa::create("Чужой УЦ", Algorithm::Gost2012_256, None, day(-10), day(3000), &entropy()).unwrap()
    };
    let request = CertificateRequest {
        common_name: wanted.common_name,
        organization: wanted.organization,
        algorithm: wanted.algorithm,
        parameter_set: None,
        not_before: day(wanted.days.0),
        not_after: day(wanted.days.1),
    };
    let made = ca.issue(&request, &entropy()).unwrap();
    let folder = region.path().join("certs/made");
    fs::create_dir_all(&folder).unwrap();
    let name = made.certificate().fingerprint().to_string()[..12].to_owned();
    let files = ["pem", "key.pem"].map(|ending| format!("certs/made/{name}.{ending}"));
    fs::write(region.path().join(&files[0]), made.certificate().to_pem()).unwrap();
    secret(&region.path().join(&files[1]), made.key().to_pkcs8_pem().unwrap().as_bytes());
    files
}

/// Seconds since 1970 by the system's clock, as the program under test reads it.
fn seconds() -> u64 {
    let made = tempfile::NamedTempFile::new().unwrap();
    let time = made.as_file().metadata().unwrap().modified().unwrap();
    time.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

fn entropy() -> [u8; 64] {
    let mut octets = [0; 64];
    getrandom::fill(&mut octets).unwrap();
    octets
}
