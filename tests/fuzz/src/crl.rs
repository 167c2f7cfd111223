//! Revocation lists, DER or PEM: files that come from outside. No list but those the authority signed may decide anything.

use std::sync::LazyLock;
use std::time::Duration;

use jiff::Timestamp;
use pki::test_ca::{CertificateRequest, TestCa};
use pki::trust::{Authorities, CrlNeed, CrlPolicy, RevocationList, RevocationLists, Trust};
use pki::{Algorithm, Certificate};

use crate::Seed;

struct Region {
    authority: TestCa,
    good: Certificate,
    revoked: Certificate,
    /// The list the authority made, and what of it is signed.
    list: Vec<u8>,
    signed: Vec<u8>,
}

static REGION: LazyLock<Region> = LazyLock::new(|| {
    let end: Timestamp = "2090-01-01T00:00:00Z".parse().unwrap();
    let algorithm = Algorithm::Gost2012_256;
    let authority = TestCa::create("ca", algorithm, None, Timestamp::UNIX_EPOCH, end, &[1; 64]).unwrap();
    let issue = |common_name, number| {
        let (organization, parameter_set, not_before) = ("o", None, Timestamp::UNIX_EPOCH);
        let request =
            CertificateRequest { common_name, organization, algorithm, parameter_set, not_before, not_after: end };
        authority.issue(&request, &[number; 64]).unwrap().certificate().clone()
    };
    let (good, revoked) = (issue("good", 2), issue("revoked", 3));
    let entries = [(revoked.serial_hex(), now(), Some(1)), ("7f01", now(), None)];
    let next = now() + Duration::from_hours(24);
    let list = authority.revocation_list(&entries, now() - Duration::from_hours(1), Some(next), 7, &[4; 64]).unwrap();
    let signed = first_element(content(&list)).to_vec();
    Region { authority, good, revoked, list, signed }
});

fn now() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

/// The content of a DER element.
fn content(der: &[u8]) -> &[u8] {
    &der[header(der)..]
}

/// The first element of a content.
fn first_element(content: &[u8]) -> &[u8] {
    let header = header(content);
    let length = match content[1] {
        short @ 0..0x80 => usize::from(short),
        long => {
            content[2..2 + usize::from(long & 0x7F)].iter().fold(0, |length, octet| length << 8 | usize::from(*octet))
        }
    };
    &content[..header + length]
}

fn header(der: &[u8]) -> usize {
    if der[1] < 0x80 { 2 } else { 2 + usize::from(der[1] & 0x7F) }
}

/// A file.
pub fn check(input: &[u8]) {
    let list = match RevocationList::from_file(input) {
        Ok(list) => list,
        Err(error) => {
            let text = error.to_string();
            assert!(!text.is_empty() && text.len() <= 4 << 10, "{} octets of refusal", text.len());
            return;
        }
    };
    assert!(list.len() <= input.len(), "more entries than octets");
    assert!(!list.issuer().chars().any(char::is_control), "safe for one line of a log: {:?}", list.issuer());
    assert!(list.number_hex().unwrap_or_default().bytes().all(|digit| digit.is_ascii_hexdigit()));
    let authentic = input.windows(REGION.signed.len()).any(|window| window == REGION.signed);
    for need in [CrlNeed::Always, CrlNeed::WhenPresent] {
        let policy = CrlPolicy { need, grace: Duration::ZERO, age_limit: None };
        let authorities = Authorities::new(vec![REGION.authority.certificate().clone()], Vec::new()).unwrap();
        let trust = Trust { authorities, lists: RevocationLists::new(vec![list.clone()]), policy };
        for at in [now(), now() + Duration::from_hours(48)] {
            let good = trust.judge(&REGION.good, at);
            assert!(good.holds.contains(&at));
            assert!(good.lists.is_empty() || authentic || input.starts_with(b"-----"), "a list nobody signed is used");
            if need == CrlNeed::Always {
                assert!(good.objection.is_some() || authentic || input.starts_with(b"-----"), "without a list");
                let revoked = trust.judge(&REGION.revoked, at);
                assert!(revoked.objection.is_some(), "a revoked certificate passes");
            }
        }
    }
}

/// The list of the authority, and an empty one by somebody of the same name.
pub fn seeds() -> Vec<Seed> {
    let end = "2090-01-01T00:00:00Z".parse().unwrap();
    let stranger = TestCa::create("ca", Algorithm::Gost2012_256, None, Timestamp::UNIX_EPOCH, end, &[9; 64]).unwrap();
    let empty = stranger.revocation_list(&[], now(), None, 8, &[5; 64]).unwrap();
    vec![("list.der", REGION.list.clone()), ("empty.der", empty)]
}
