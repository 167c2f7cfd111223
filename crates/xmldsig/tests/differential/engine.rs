//! OpenSSL's gost engine as referee of whole messages: digests and values that stand in a message of ours, from octets the second
//! writer made. Skips, saying so, where the engine is missing.

use std::path::Path;
use std::process::Command;

use base64ct::{Base64, Encoding as _};
use jiff::Timestamp;
use pki::test_ca::TestCa;
use pki::{Algorithm, Identity};
use xmldsig::{Actor, ToSign, digest, security_block};

use crate::referee::{Wanted, canonical};

/// Algorithm, the engine's name of its digest.
const ALGORITHMS: [(Algorithm, &str); 3] = [
    (Algorithm::Gost2001, "md_gost94"),
    (Algorithm::Gost2012_256, "md_gost12_256"),
    (Algorithm::Gost2012_512, "md_gost12_512"),
];

const BODY: &str = "<soap:Body xmlns:u='urn:u'  u:Id='x' wsu:Id=\"body\"\n><op:ask xmlns:op='urn:o' b='2' a=\"&#x9;\"><op:inn>7701&amp;<![CDATA[<]]></op:inn\n\
    ><empty/></op:ask></soap:Body>";

/// Runs the tool in `directory`; what it writes to stdout, or nothing when it fails.
fn openssl(directory: &Path, words: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("openssl").args(words).current_dir(directory).output().ok()?;
    output.status.success().then_some(output.stdout)
}

fn identity(algorithm: Algorithm) -> Identity {
    let end: Timestamp = "2036-01-01T00:00:00Z".parse().unwrap();
    TestCa::create("s", algorithm, None, Timestamp::UNIX_EPOCH, end, &[3; 64]).unwrap().identity().clone()
}

fn message(identity: &Identity) -> String {
    let frame = |header: &str| {
        format!(
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:wsu=\"http://docs.oasis-open.org/\
             wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd\"><soap:Header>{header}</soap:Header>{BODY}</soap:Envelope>"
        )
    };
    let digest = digest(identity.key().algorithm(), form(&frame(""), "<soap:Body").as_bytes());
    let references = [ToSign { id: "body", digest: &digest }];
    frame(&security_block(Actor::Sender, "token", &references, identity, &[5; 32]).unwrap())
}

/// The canonical form of the element that begins so.
fn form(text: &str, tag: &str) -> String {
    canonical(text, &Wanted { apex: text.find(tag).unwrap(), without: None, prefixes: &[] })
}

fn value(text: &str, name: &str) -> Vec<u8> {
    let (_, rest) = text.split_once(&format!("<ds:{name}>")).unwrap();
    Base64::decode_vec(rest.split_once('<').unwrap().0).unwrap()
}

#[test]
fn digests_and_values_of_our_messages_are_those_of_openssl() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    if openssl(directory, &["engine", "-t", "gost"]).is_none() {
        println!("skipped: no openssl with the gost engine on this machine");
        return;
    }
    for (algorithm, name) in ALGORITHMS {
        let identity = identity(algorithm);
        let text = message(&identity);
        let put = |name: &str, octets: &[u8]| std::fs::write(directory.join(name), octets).unwrap();
        put("certificate", identity.certificate().to_pem().as_bytes());
        put("body", form(&text, "<soap:Body").as_bytes());
        put("signed-info", form(&text, "<ds:SignedInfo").as_bytes());
        put("value", &value(&text, "SignatureValue"));
        let md = format!("-{name}");
        let digest = openssl(directory, &["dgst", "-engine", "gost", &md, "-binary", "body"]).unwrap();
        assert_eq!(digest, value(&text, "DigestValue"), "{algorithm:?}");
        let key = openssl(directory, &["x509", "-engine", "gost", "-in", "certificate", "-noout", "-pubkey"]).unwrap();
        put("key", &key);
        let verify = ["dgst", "-engine", "gost", &md, "-verify", "key", "-signature", "value", "signed-info"];
        assert!(openssl(directory, &verify).is_some(), "{algorithm:?}: the value does not hold");
        put("signed-info", form(&text, "<ds:SignedInfo").replace("#body", "#other").as_bytes());
        assert!(openssl(directory, &verify).is_none(), "{algorithm:?}: anything holds");
    }
}
