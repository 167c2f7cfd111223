//! Another implementation of the signatures talks with the running bus: Python, canonical forms by lxml, GOST by gostcrypto
//! (`tests/referee`). What it signs the bus takes, what the bus signs it accepts, and neither takes what was changed on the way.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::http;
use crate::message::{body_range, unsigned};
use crate::region::{Ran, Region};

/// Consumer and provider sign with GOST R 34.10-2012-256: gostcrypto knows no older one.
const SERVICE: &str = "SID0064003";
const CONSUMER: &str = "RPGU01641";
const PROVIDER: &str = "ADMS01641";

/// An interpreter that has what the script needs.
struct Referee {
    python: String,
    script: PathBuf,
}

impl Referee {
    /// `None`, with a word on stderr, when no interpreter has lxml and gostcrypto.
    fn find() -> Option<Referee> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/referee/smev_referee.py");
        let named = std::env::var("RSMEV_PYTHON").ok();
        let interpreters = named.into_iter().chain(["python3".to_owned(), "/usr/bin/python3".to_owned()]);
        let found = interpreters
            .map(|python| Referee { python, script: script.clone() })
            .find(|referee| referee.command(&["check"]).output().is_ok_and(|output| output.status.success()));
        if found.is_none() {
            let _ = writeln!(std::io::stderr(), "skipped: no python3 with lxml and gostcrypto; cargo xtask setup");
        }
        found
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(&self.script).args(words).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    /// Runs a command of the script on a message.
    fn ask(&self, words: &[&str], message: &[u8]) -> Ran {
        let mut command = self.command(words);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(message).unwrap();
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Signs for a system of the region.
    fn sign(&self, region: &Region, system: &str, message: &str) -> String {
        let system = region.described.system(system).unwrap();
        let at = |path: &Path| region.path().join(path).to_str().unwrap().to_owned();
        let (key, certificate) = (at(&system.key), at(&system.certificate));
        let signed = self.ask(&["sign", "--key", &key, "--certificate", &certificate], message.as_bytes()).good();
        String::from_utf8(signed.stdout).unwrap()
    }

    /// Whether every signature of a message holds by the certificates of these systems and the node; what it says of each.
    fn judge(&self, region: &Region, systems: &[&str], message: &[u8]) -> (bool, Value) {
        let mut certificates = vec![region.described.node.certificate.clone()];
        certificates.extend(systems.iter().map(|name| region.described.system(name).unwrap().certificate.clone()));
        let mut words = vec!["verify".to_owned()];
        for certificate in certificates {
            words.extend(["--certificate".to_owned(), region.path().join(certificate).to_str().unwrap().to_owned()]);
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ran = self.ask(&words, message);
        assert!(ran.code <= 1, "{}", ran.stderr);
        (ran.code == 0, ran.json())
    }
}

fn post(region: &Region, message: &[u8]) -> http::Answer {
    let path = format!("/gateway/services/{SERVICE}");
    http::exchange(http::connect(region.described.node.soap), "POST", &path, message).unwrap()
}

/// One sign of the Body's text becomes another.
fn flipped(message: &[u8]) -> Vec<u8> {
    let body = body_range(message);
    let text = message[body.clone()].windows(2).rposition(|two| two[0].is_ascii_alphanumeric() && two[1] == b'<');
    let mut changed = message.to_vec();
    changed[body.start + text.unwrap()] ^= 1;
    changed
}

fn verdict(actor: &str, covers: &[&str], certificate: &str) -> Value {
    let certificate = format!("{certificate}.pem");
    json!({ "actor": actor, "covers": covers, "digests": true, "value": true, "certificate": certificate, "holds": true })
}

#[test]
fn messages_of_another_implementation_pass_and_the_answers_hold_there() {
    let Some(referee) = Referee::find() else { return };
    let region = Region::running();
    let draft = unsigned(&std::fs::read_to_string(region.control_example(SERVICE)).unwrap());
    let signed = referee.sign(&region, CONSUMER, &draft);

    let answer = post(&region, signed.as_bytes());
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let of_answer = json!([verdict("recipient", &["Body", "Header"], "node"), verdict("smev", &["Body"], PROVIDER)]);
    assert_eq!(referee.judge(&region, &[PROVIDER], &answer.body), (true, of_answer));

    // What the provider got: the signature of the consumer as it was, that of the node beside it.
    let record = region.records(&["--kind", "accepted"]).remove(0);
    let forwarded = region.octets(&record, "forwarded");
    let of_request = json!([verdict("recipient", &["Body", "Header"], "node"), verdict("smev", &["Body"], CONSUMER)]);
    assert_eq!(referee.judge(&region, &[CONSUMER], &forwarded), (true, of_request));

    // An answer changed on its way, and one by a certificate nobody knows.
    let (holds, said) = referee.judge(&region, &[PROVIDER], &flipped(&answer.body));
    assert!(!holds && said[0]["digests"] == false && said[0]["value"] == true, "{said:#}");
    let (holds, said) = referee.judge(&region, &[CONSUMER], &answer.body);
    assert!(!holds && said[1]["value"] == true && said[1]["certificate"].is_null(), "{said:#}");
}

#[test]
fn an_octet_changed_after_signing_is_refused_by_both() {
    let Some(referee) = Referee::find() else { return };
    let region = Region::running();
    let draft = unsigned(&std::fs::read_to_string(region.control_example(SERVICE)).unwrap());
    let changed = flipped(referee.sign(&region, CONSUMER, &draft).as_bytes());
    assert!(!referee.judge(&region, &[CONSUMER], &changed).0);
    let refusal = post(&region, &changed);
    assert_eq!(refusal.status, 500);
    assert!(
        String::from_utf8_lossy(&refusal.body).contains("SMEV-100003"),
        "{}",
        String::from_utf8_lossy(&refusal.body)
    );
    // The refusal itself is signed by the node, and holds.
    let (holds, said) = referee.judge(&region, &[], &refusal.body);
    assert!(holds, "{said:#}");
}
