//! What counts as the signatures of two persons, and what must not.

use jiff::ToSpan as _;
use jiff::civil::date;
use pki::Algorithm;
use pki::test_ca::{CertificateRequest, TestCa};

use super::*;

const NODE: &str = "RSMV01641";

fn now() -> Timestamp {
    "2026-11-27T09:00:00Z".parse().unwrap()
}

struct Office {
    officers: Vec<Officer>,
    keys: Vec<Identity>,
}

const PETROVA: usize = 0;
const SIDOROV: usize = 1;
/// Petrova again, by another certificate.
const PETROVA_AGAIN: usize = 2;
/// His last day was yesterday.
const RETIRED: usize = 3;
/// His certificate has ended an hour ago.
const ENDED: usize = 4;
const STRANGER: usize = 5;

fn office() -> Office {
    let from = now() - 1000.hours();
    let far = now() + 1000.hours();
    let ca = TestCa::create("УЦ", Algorithm::EcdsaP256Sha256, None, from, far, &[7; 64]).unwrap();
    let people = [
        ("Петрова А. А.", None, far),
        ("Сидоров Б. Б.", None, far),
        ("петрова  А. А.", None, far),
        ("Бывший Е. Е.", Some(date(2026, 11, 26)), far),
        ("Забывчивый Ж. Ж.", None, now() - 1.hours()),
        ("Никто", None, far),
    ];
    let mut office = Office { officers: Vec::new(), keys: Vec::new() };
    for ((name, until, not_after), seed) in people.into_iter().zip(10..) {
        let request = CertificateRequest {
            common_name: name,
            organization: "Оператор",
            algorithm: Algorithm::EcdsaP256Sha256,
            parameter_set: None,
            not_before: from,
            not_after,
        };
        let identity = ca.issue(&request, &[seed; 64]).unwrap();
        let certificate = identity.certificate().clone();
        office.officers.push(Officer { name: name.into(), side: Side::Operator, certificate, until });
        office.keys.push(identity);
    }
    office.officers.truncate(STRANGER);
    office
}

fn digest() -> String {
    "ab".repeat(32)
}

impl Office {
    fn line(&self, who: usize, protected: &str, time: Timestamp) -> String {
        let signature = Signature::make(NODE, (protected, FIRST), &self.keys[who], time, &[3; 32]).unwrap();
        serde_json::to_string(&signature).unwrap() + "\n"
    }

    fn file(&self, who: &[usize]) -> String {
        who.iter().map(|who| self.line(*who, &digest(), now())).collect()
    }

    fn judge(&self, file: &str) -> Verdict {
        judge(file, &self.officers, &asked(NODE, Some(FIRST), &digest()))
    }
}

#[test]
fn two_officers_are_enough() {
    let office = office();
    let verdict = office.judge(&office.file(&[PETROVA, SIDOROV]));
    assert!(verdict.is_enough(), "{verdict:?}");
    assert_eq!(verdict.signed, ["Петрова А. А.", "Сидоров Б. Б."]);
}

#[test]
fn one_signature_is_not_enough() {
    let office = office();
    assert!(!office.judge(&office.file(&[PETROVA])).is_enough());
    assert!(!office.judge("").is_enough());
}

#[test]
fn the_same_officer_twice_is_one_person() {
    let office = office();
    for twice in [[PETROVA, PETROVA], [PETROVA, PETROVA_AGAIN]] {
        let verdict = office.judge(&office.file(&twice));
        assert!(!verdict.is_enough(), "{verdict:?}");
        assert!(matches!(verdict.rejected[..], [Rejected::Twice { line: 2, .. }]), "{verdict:?}");
    }
}

#[test]
fn a_signature_over_another_digest_does_not_count() {
    let office = office();
    let other = "cd".repeat(32);
    let honest = office.line(SIDOROV, &other, now());
    let verdict = office.judge(&(office.file(&[PETROVA]) + &honest));
    assert_eq!(verdict.rejected, [Rejected::Other { line: 2, protected: other.clone() }]);
    // Nor does one whose digest was written over.
    let forged = honest.replace(&other, &digest());
    let verdict = office.judge(&(office.file(&[PETROVA]) + &forged));
    assert!(matches!(verdict.rejected[..], [Rejected::Wrong { line: 2, .. }]), "{verdict:?}");
    // Nor one for another node.
    let verdict =
        judge(&office.file(&[PETROVA, SIDOROV]), &office.officers, &asked("RSMV02642", Some(FIRST), &digest()));
    assert_eq!((verdict.signed.len(), verdict.rejected.len()), (0, 2));
}

#[test]
fn an_officer_out_of_date_does_not_count() {
    let office = office();
    for gone in [RETIRED, ENDED] {
        let verdict = office.judge(&office.file(&[PETROVA, gone]));
        assert!(matches!(verdict.rejected[..], [Rejected::OutOfDate { line: 2, .. }]), "{verdict:?}");
    }
}

#[test]
fn a_backdated_signature_counts_for_what_is_in_force_already_only() {
    let office = office();
    let earlier = now() - 48.hours();
    let file = office.line(PETROVA, &digest(), earlier) + &office.line(RETIRED, &digest(), earlier);
    assert!(!office.judge(&file).is_enough());
    let verdict = judge(&file, &office.officers, &asked(NODE, None, &digest()));
    assert!(verdict.is_enough(), "{verdict:?}");
    let file = office.line(PETROVA, &digest(), now()) + &office.line(SIDOROV, &digest(), now() + 2.hours());
    assert!(matches!(office.judge(&file).rejected[..], [Rejected::Future { line: 2, .. }]));
}

#[test]
fn an_unknown_certificate_does_not_count() {
    let office = office();
    let verdict = office.judge(&office.file(&[PETROVA, STRANGER]));
    assert!(matches!(verdict.rejected[..], [Rejected::Unknown { line: 2, .. }]), "{verdict:?}");
    // Nor does a stranger's signature under an officer's fingerprint.
    let (own, sidorov) = (office.line(STRANGER, &digest(), now()), office.officers[SIDOROV].certificate.fingerprint());
    let fingerprint = office.keys[STRANGER].certificate().fingerprint().to_string();
    let forged = own.replace(&fingerprint, &sidorov.to_string());
    let verdict = office.judge(&(office.file(&[PETROVA]) + &forged));
    assert!(matches!(verdict.rejected[..], [Rejected::Wrong { line: 2, .. }]), "{verdict:?}");
}

#[test]
fn what_is_no_signature_is_named_and_harms_nobody() {
    let office = office();
    let verdict = office.judge(&format!("hello\n\n{}{{}}\n", office.file(&[PETROVA, SIDOROV])));
    assert!(verdict.is_enough());
    assert_eq!(verdict.rejected, [Rejected::NoSignature { line: 1 }, Rejected::NoSignature { line: 5 }]);
}

fn asked<'a>(node: &'a str, after: Option<&'a str>, protected: &'a str) -> Asked<'a> {
    Asked { node, protected, after, now: now() }
}

#[test]
fn signatures_of_the_past_do_not_bring_back_what_was_taken_away() {
    let office = office();
    let file = office.file(&[PETROVA, SIDOROV]);
    assert!(office.judge(&file).is_enough());
    let now_in_force = "ab".repeat(32);
    let verdict = judge(&file, &office.officers, &asked(NODE, Some(&now_in_force), &digest()));
    assert!(!verdict.is_enough());
    assert!(matches!(verdict.rejected[..], [Rejected::Stale { line: 1, .. }, Rejected::Stale { line: 2, .. }]));
    let rewritten = file.replace("\"after\":\"none\"", &format!("\"after\":\"{now_in_force}\""));
    assert_ne!(rewritten, file);
    let verdict = judge(&rewritten, &office.officers, &asked(NODE, Some(&now_in_force), &digest()));
    assert!(matches!(verdict.rejected[..], [Rejected::Wrong { line: 1, .. }, Rejected::Wrong { line: 2, .. }]));
}
