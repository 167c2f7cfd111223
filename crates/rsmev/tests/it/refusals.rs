//! Every message that must be refused, tried over HTTP: its code, the node's signature, its record.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::region::Region;

/// What must be among the tries: the list of attacks may grow, not shrink.
const MUST_BE_TRIED: [&str; 19] = [
    "unsigned",
    "body-changed",
    "expired-certificate",
    "unknown-certificate",
    "no-right",
    "right-expired",
    "unknown-service",
    "malformed-xml",
    "dtd",
    "other-element-signed",
    "body-wrapped",
    "two-security-blocks",
    "foreign-sender",
    "too-large",
    "provider-down",
    "provider-late",
    "answer-unsigned",
    "answer-forged",
    "provider-fault",
];

#[test]
fn every_refusal_has_its_code_is_signed_and_is_on_record() {
    let region = Region::running();
    let tries = region.run(&["stand", "send", ".", "--refusals", "--json"]).good().json();
    let tries = tries.as_array().unwrap();
    let names: BTreeSet<&str> = tries.iter().map(|one| one["name"].as_str().unwrap()).collect();
    for name in MUST_BE_TRIED {
        assert!(names.contains(name), "{name} was not tried");
    }
    for one in tries {
        assert_eq!(one["passed"], true, "{one:#}");
        if one["name"] == "provider-fault" {
            passes_through(&region, one);
        } else {
            is_refused_on_record(&region, one);
        }
    }
    anybody_can_verify(&region, tries);
    let audit = region.audit();
    let count = |side: &str| tries.iter().filter(|one| fault(one).is_some_and(|code| code.starts_with(side))).count();
    assert_eq!(audit["refused"], count("SMEV-1"));
    assert_eq!(audit["failed"], count("SMEV-2"));
    assert_eq!((&audit["answered"], &audit["pending"]), (&1.into(), &0.into()), "the provider's own fault");
}

fn fault(one: &Value) -> Option<&str> {
    one["exchange"]["fault"].as_str()
}

/// Octets of a file that a try names.
fn file(region: &Region, one: &Value, name: &str) -> Vec<u8> {
    fs::read(region.path().join(one["exchange"][name].as_str().unwrap())).unwrap()
}

fn is_refused_on_record(region: &Region, one: &Value) {
    let code = fault(one).unwrap();
    let told = file(region, one, "answer_file");
    says_nothing_about_the_inside(region, &told);

    let records = region.records(&["--code", code, "--id", one["exchange"]["answer_message_id"].as_str().unwrap()]);
    // What got as far as the provider is kept by both agencies.
    let (kind, copies) = if code.starts_with("SMEV-2") { ("failed", 2) } else { ("refused", 1) };
    assert_eq!(records.len(), copies, "{one:#}");
    for record in &records {
        assert_eq!(record["header"]["kind"], kind, "{record:#}");
        assert_eq!(region.octets(record, "fault"), told);
        assert!(String::from_utf8_lossy(&told).contains(record["header"]["exchange"].as_str().unwrap()));
        if kind == "refused" && one["name"] != "too-large" {
            let (kept, sent) = (region.octets(record, "received"), file(region, one, "sent_file"));
            // Of a large message whose sender is not proven the beginning is kept, and the record says so.
            let shortened = record["header"]["note"].as_str().unwrap().contains("SHA-256 of all");
            assert!(if shortened { sent.starts_with(&kept) } else { sent == kept }, "{record:#}");
        }
    }
}

/// No path, key or line of code goes out (design: a sentence a person understands and the MessageId).
fn says_nothing_about_the_inside(region: &Region, told: &[u8]) {
    let told = String::from_utf8_lossy(told);
    let here = region.path().to_str().unwrap();
    for secret in [here, ".toml", ".pem", "PRIVATE", "panicked", ".rs:", "127.0.0.1"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
}

/// A fault of the provider is its answer: signed by it, delivered whole, on record as such.
fn passes_through(region: &Region, one: &Value) {
    assert_eq!(fault(one), None);
    let records = region.records(&["--kind", "answered"]);
    assert_eq!(records.len(), 2, "one a store");
    for record in &records {
        assert_eq!(record["header"]["verdict"], "answered with a fault");
        assert_eq!(region.octets(record, "forwarded"), file(region, one, "answer_file"));
    }
}

fn anybody_can_verify(region: &Region, tries: &[Value]) {
    let files = tries.iter().map(|one| one["exchange"]["answer_file"].as_str().unwrap());
    let words: Vec<&str> = ["signature", "verify", "--json"].into_iter().chain(files).collect();
    let verdicts = region.run(&words).good().json();
    for verdict in verdicts.as_array().unwrap() {
        assert_eq!(verdict["signatures"][0]["kind"], "ЭП-СМЭВ", "{verdict:#}");
        assert_eq!(verdict["signatures"][0]["covers"], serde_json::json!(["Header", "Body"]));
    }
}
