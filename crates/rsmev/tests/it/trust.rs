//! Certificates as an operator meets them: what is wrong with one is told by `explain` before any message is refused for it, and a
//! revocation list that changes is in force without a restart.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use pki::test_ca::{CertificateRequest, Extras, TestCa, self_signed};
use pki::{Algorithm, Identity};

use crate::attacks::{Forge, authority, request};
use crate::http;
use crate::region::Region;

const KEY: Algorithm = Algorithm::Gost2012_256;

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// About now: the stand's certificates begin a day before it was made.
fn now(region: &Region) -> Timestamp {
    request(region, "", KEY).not_before + hours(24)
}

/// Registers another certificate for SOCZ in the place of its own.
fn replace(region: &Region, identity: &Identity) {
    fs::write(region.path().join("certs/is/SOCZ01641.pem"), identity.certificate().to_pem()).unwrap();
}

fn with_list(region: &Region, list: &[u8]) {
    fs::create_dir_all(region.path().join("crl")).unwrap();
    fs::write(region.path().join("crl/ca.crl"), list).unwrap();
}

/// Prepares a region around an otherwise good certificate; what is returned signs the message.
type Fixture = fn(&Region, &TestCa, &CertificateRequest<'_>) -> Identity;

/// What is wrong, the code it is refused with, and how it comes about.
fn wrongs() -> [(&'static str, &'static str, Fixture); 7] {
    [
        ("revoked", "SMEV-100007", |region, ca, usual| {
            let identity = ca.issue(usual, &[1; 64]).unwrap();
            let revoked = [(identity.certificate().serial_hex(), now(region) - hours(2), Some(1))];
            let list = ca.revocation_list(&revoked, now(region) - hours(1), Some(now(region) + hours(24)), 1, &[9; 64]);
            with_list(region, &list.unwrap());
            region.edit("routes.toml", "[trust]", "[trust]\ncrl_directory = \"crl\"");
            replace(region, &identity);
            identity
        }),
        ("expired", "SMEV-100005", |region, ca, usual| {
            let over = CertificateRequest { not_after: now(region) - hours(1), ..*usual };
            let identity = ca.issue(&over, &[2; 64]).unwrap();
            replace(region, &identity);
            identity
        }),
        ("not_yet_valid", "SMEV-100005", |region, ca, usual| {
            let early = CertificateRequest { not_before: now(region) + hours(48), ..*usual };
            let identity = ca.issue(&early, &[3; 64]).unwrap();
            replace(region, &identity);
            identity
        }),
        ("wrong_usage", "SMEV-100013", |region, ca, usual| {
            let extras = Extras { key_usage: Some(&[2]), ..Extras::default() };
            let identity = ca.issue_with(usual, &extras, &[4; 64]).unwrap();
            replace(region, &identity);
            identity
        }),
        // In perfect order, but nobody's.
        ("unregistered", "SMEV-100011", |_, ca, usual| ca.issue(usual, &[5; 64]).unwrap()),
        ("self_signed", "SMEV-100011", |region, _, usual| {
            let identity = self_signed(usual, &Extras::default(), &[6; 64]).unwrap();
            replace(region, &identity);
            identity
        }),
        ("crl_stale", "SMEV-100020", |region, ca, usual| {
            let list = ca.revocation_list(&[], now(region) - hours(48), Some(now(region) - hours(2)), 1, &[9; 64]);
            with_list(region, &list.unwrap());
            region.edit("routes.toml", "[trust]", "[trust]\ncrl_directory = \"crl\"");
            let identity = ca.issue(usual, &[7; 64]).unwrap();
            replace(region, &identity);
            identity
        }),
    ]
}

#[test]
fn each_thing_wrong_with_a_certificate_has_an_outcome_of_its_own() {
    let mut sentences = Vec::new();
    for (outcome, code, prepare) in wrongs() {
        let region = Region::written();
        let ca = authority(&region);
        let identity = prepare(&region, &ca, &request(&region, "SOCZ01641", KEY));
        let message = Forge::with(&region, "SOCZ01641", identity).signed();
        fs::write(region.path().join("message.xml"), message).unwrap();
        let ran = region.run(&["explain", "message.xml", "--service", "SID0064001", "--json"]);
        let told = &ran.json()["explanation"];
        assert_eq!((ran.code, told["code"].as_str()), (1, Some(code)), "{outcome}: {told:#}");
        assert_eq!(told["signer"]["outcome"], outcome);
        // The surface that other tools read has fewer words.
        let chain = match outcome {
            "revoked" => "revoked",
            "expired" | "not_yet_valid" => "expired",
            "crl_stale" => "unchecked",
            _ => "untrusted",
        };
        let verified = region.run(&["signature", "verify", "message.xml", "--json"]).json();
        assert_eq!(verified[0]["signatures"][0]["chain"], chain, "{outcome}");
        assert!(told["next"].as_str().is_some_and(|next| !next.is_empty()), "{outcome}");
        sentences.push(told["sentence"].as_str().unwrap().to_owned());
    }
    let told = sentences.len();
    sentences.sort();
    sentences.dedup();
    assert_eq!(sentences.len(), told, "two outcomes read alike");
}

#[test]
fn certificates_that_the_bus_refuses_are_told_before_it_does() {
    for (outcome, _, prepare) in wrongs() {
        let more_than_dates = !["expired", "not_yet_valid", "unregistered"].contains(&outcome);
        let region = Region::written();
        let ca = authority(&region);
        prepare(&region, &ca, &request(&region, "SOCZ01641", KEY));
        let checked = region.run(&["check", "--json"]).good();
        // A stale list is told as a list.
        let told = match outcome {
            "crl_stale" => checked.stderr.contains("is too old: messages of its systems are refused"),
            _ => checked.stderr.contains("remark: messages of SOCZ01641 are refused: "),
        };
        assert_eq!(told, more_than_dates, "{outcome}: {}", checked.stderr);
        assert_eq!(
            checked.json()["certificates_refused"].as_array().unwrap().is_empty(),
            !told || outcome == "crl_stale"
        );
        let board = region.run(&["cert", "list", "--json"]).json();
        let lamp = board.as_array().unwrap().iter().find(|line| line["owner"] == "SOCZ01641").unwrap()["lamp"].clone();
        assert_eq!(lamp == "refused", more_than_dates, "{outcome}: {lamp}");
    }
    // A list is demanded and there is none: every system is cut off by the reload.
    let region = Region::running();
    region.edit("routes.toml", "[trust]", "[trust]\ncrl_directory = \"crl\"\ncrl = \"always\"");
    fs::create_dir(region.path().join("crl")).unwrap();
    let checked = region.run(&["check"]).good();
    assert!(checked.stderr.contains(" more are refused: there is no revocation list of «"), "{}", checked.stderr);
    region.run(&["reload"]).good();
    let status = region.run(&["status"]).good().text();
    assert!(status.contains("SOCZ01641") && status.contains("ARE REFUSED: there is no revocation list"), "{status}");
    let board = region.run(&["cert", "list"]);
    assert!(board.code == 1 && board.text().contains("refused"), "{}", board.text());
}

#[test]
fn a_list_that_changes_is_in_force_without_a_restart_and_a_broken_one_changes_nothing() {
    let mut region = Region::without_bus();
    let ca = authority(&region);
    let list = |revoked: &[(&str, Timestamp, Option<u8>)], number: u64| {
        let (from, to) = (now(&region) - hours(1), now(&region) + hours(24));
        ca.revocation_list(revoked, from, Some(to), number, &[9; 64]).unwrap()
    };
    let forge = Forge::of(&region, "SOCZ01641");
    let serial = forge.identity().certificate().serial_hex().to_owned();
    let (good, revoking) = (list(&[], 1), list(&[(&serial, now(&region) - hours(2), None)], 2));
    with_list(&region, &good);
    region.edit("routes.toml", "[trust]", "[trust]\ncrl_directory = \"crl\"\ncrl = \"always\"");
    region.start_bus();
    let send = |region: &Region| refused_with(region, &forge.signed());
    assert_eq!(send(&region), None);
    with_list(&region, b"half a li");
    let broken = region.run(&["reload"]);
    assert_eq!(broken.code, 1, "{}", broken.text());
    assert!(broken.stderr.contains("ca.crl"), "{}", broken.stderr);
    assert_eq!(send(&region), None, "the old list stays in force");
    assert_eq!(region.run(&["check"]).code, 1);
    with_list(&region, &revoking);
    region.run(&["reload"]).good();
    assert_eq!(send(&region).as_deref(), Some("SMEV-100007"));
    let refused = &region.records(&["--code", "SMEV-100007"])[0]["header"];
    assert_eq!(refused["signer"]["outcome"], "revoked");
    assert_eq!(refused["signer"]["lists"].as_array().unwrap().len(), 1);
    let status = region.run(&["status"]).good().text();
    assert!(status.contains("1 revoked, is used until"), "{status}");
    // What was taken back stays taken back: an older list, or none, unsays nothing.
    with_list(&region, &good);
    region.run(&["reload"]).good();
    assert_eq!(send(&region).as_deref(), Some("SMEV-100007"), "an older list was put back");
    fs::remove_file(region.path().join("crl/ca.crl")).unwrap();
    region.run(&["reload"]).good();
    assert_eq!(send(&region).as_deref(), Some("SMEV-100007"), "the list was removed");
    // What is no file is not read: a device has no end, a pipe holds whoever opens it.
    std::os::unix::fs::symlink("/dev/zero", region.path().join("crl/zero.crl")).unwrap();
    let refused = region.run(&["reload"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("zero.crl: it is no regular file"), "{}", refused.stderr);
}

#[test]
fn lists_larger_than_their_bound_are_not_read() {
    let region = Region::written();
    let now = now(&region);
    let list = authority(&region).revocation_list(&[], now - hours(1), Some(now + hours(24)), 1, &[9; 64]).unwrap();
    with_list(&region, &list);
    region.edit("routes.toml", "[trust]", "[trust]\ncrl_directory = \"crl\"");
    region.edit("routes.toml", "[limits]", "[limits]\ncrl_bytes = \"4 KiB\"");
    region.run(&["check"]).good();
    fs::write(region.path().join("crl/other.crl"), vec![b'x'; 4096]).unwrap();
    let refused = region.run(&["check"]);
    assert_eq!(refused.code, 1);
    assert!(refused.text().contains("more than 4096"), "{}", refused.text());
}

/// Posts a message; the code of the fault that comes back, if one does.
fn refused_with(region: &Region, message: &str) -> Option<String> {
    let stream = http::connect(region.described.node.soap);
    let answer = http::exchange(stream, "POST", "/gateway/services/SID0064001", message.as_bytes()).unwrap();
    let text = String::from_utf8(answer.body).unwrap();
    let code = text.find("SMEV-").map(|at| text[at..].chars().take("SMEV-100000".len()).collect());
    assert_eq!(answer.status == 200, code.is_none(), "{text}");
    code
}
