//! What `security_block` writes, `verify` and `inspect` accept.

use pki::{Algorithm, Identity};
use xmldsig::{Actor, Algorithms, Document, Error, Kind, Outcome, Part, Policy, ToSign, digest, security_block};

use crate::forge::{edit, identity, sender, signed, trust_in, verify_with};

const COVER: &[Part] = &[Part::Header, Part::Body];
const POLICY: Policy = Policy { actor: Actor::Recipient, cover: COVER, algorithms: Algorithms::GostAndTest };

/// The message of `sender`, passed on by a node: a second Security block in front of all others.
fn passed_on(node: &Identity) -> String {
    let message = signed();
    let document = Document::parse(message.as_bytes()).unwrap();
    let algorithm = node.key().algorithm();
    let header = digest(algorithm, &document.canonical(&Part::Header).unwrap());
    let body = digest(algorithm, &document.canonical(&Part::Body).unwrap());
    let references = [ToSign { id: "header", digest: &header }, ToSign { id: "body", digest: &body }];
    let block = security_block(Actor::Recipient, "node-token", &references, node, &[3; 32]).unwrap();
    edit(&message, "<soap:Header>", &format!("<soap:Header>{block}"))
}

#[test]
fn written_block_verifies_for_every_algorithm() {
    for algorithm in [Algorithm::Gost2001, Algorithm::Gost2012_256, Algorithm::Gost2012_512, Algorithm::EcdsaP256Sha256]
    {
        let node = identity(algorithm, 7);
        let message = passed_on(&node);
        let document = Document::parse(message.as_bytes()).unwrap();
        let verified = document.verify(&POLICY, &trust_in(&node)).unwrap();
        assert_eq!(verified.algorithm, algorithm);
        assert_eq!(verified.covered.iter().map(|covered| covered.part.clone()).collect::<Vec<_>>(), COVER);
        for covered in &verified.covered {
            assert_eq!(covered.octets, document.canonical(&covered.part).unwrap());
            assert_eq!(covered.digest, digest(algorithm, &covered.octets));
            assert!(covered.plain);
        }
        // The second opinion, from a canonical form made apart from libxmlsec1; and the sender's signature is as good as before.
        let found = document.inspect();
        assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), [Kind::NodeSignature, Kind::SystemSignature]);
        for one in found {
            assert_eq!((one.digests, one.value), (Outcome::Ok, Outcome::Ok), "{:?}", one.problem);
            assert!(one.problem.is_none());
        }
        assert!(crate::forge::verify(&message).is_ok());
    }
}

/// What is written is what canonicalization gives back: signing needs no tree, and another implementation sees the same octets.
#[test]
fn written_signed_info_is_canonical() {
    let message = passed_on(sender());
    let only = edit(&message, "<ds:Signature><ds:SignedInfo>", "<ds:Signature><ds:SignedInfoOfSender>");
    let only = only.replace("</ds:SignedInfo><ds:SignatureValue>", "</ds:SignedInfoOfSender><ds:SignatureValue>");
    let only = only.replacen("</ds:SignedInfoOfSender>", "</ds:SignedInfo>", 1);
    let canonical = Document::parse(only.as_bytes())
        .unwrap()
        .canonical(&Part::Other("{http://www.w3.org/2000/09/xmldsig#}SignedInfo".to_owned()))
        .unwrap();
    let written = &message[message.find("<ds:SignedInfo ").unwrap()..];
    let written = &written[..written.find("</ds:SignedInfo>").unwrap() + "</ds:SignedInfo>".len()];
    assert_eq!(String::from_utf8(canonical).unwrap(), written);
}

#[test]
fn written_block_stands_alone() {
    let references = [ToSign { id: "body", digest: &[0; 32] }];
    let block = security_block(Actor::Sender, "t", &references, sender(), &[3; 32]).unwrap();
    let envelope = format!(
        "<e:Envelope xmlns:e=\"{}\"><e:Header>{block}</e:Header><e:Body Id=\"body\"/></e:Envelope>",
        crate::forge::SOAP
    );
    let answer = verify_with(&envelope, &Policy { actor: Actor::Sender, cover: &[Part::Body], ..POLICY }, sender());
    assert!(matches!(answer, Err(Error::WrongDigest { part: Part::Body })), "{answer:?}");
}

#[test]
fn nothing_unfit_is_written() {
    let good = ToSign { id: "body", digest: &[0; 32] };
    let write =
        |token: &str, references: &[ToSign<'_>]| security_block(Actor::Sender, token, references, sender(), &[3; 32]);
    assert!(write("t", &[good]).is_ok());
    for id in ["", "a b", "a\"b", "<", "&amp;", "тело", &"x".repeat(300)] {
        assert!(write(id, &[good]).is_err(), "token {id}");
        assert!(write("t", &[ToSign { id, ..good }]).is_err(), "reference {id}");
    }
    for digest in [&[][..], &[0; 31], &[0; 64]] {
        assert!(write("t", &[ToSign { digest, ..good }]).is_err(), "{} octets", digest.len());
    }
    assert!(write("t", &[]).is_err());
}

/// Signing never repeats itself by accident: the signature depends on the entropy, the rest of the block does not.
#[test]
fn entropy_goes_into_the_signature_alone() {
    let references = [ToSign { id: "body", digest: &[0; 32] }];
    let write = |entropy: u8| security_block(Actor::Sender, "t", &references, sender(), &[entropy; 32]).unwrap();
    let (one, other) = (write(1), write(2));
    assert_ne!(one, other);
    assert_eq!(one, write(1));
    let before = |block: &str| block.split("<ds:SignatureValue>").next().unwrap().to_owned();
    assert_eq!(before(&one), before(&other));
}

/// One document, both actors, in any order and repeatedly.
#[test]
fn both_actors_of_one_document() {
    let node = identity(Algorithm::Gost2012_256, 8);
    let message = passed_on(&node);
    let document = Document::parse(message.as_bytes()).unwrap();
    let of_sender = Policy { actor: Actor::Sender, cover: &[Part::Body], algorithms: Algorithms::Gost };
    for _ in 0..2 {
        assert!(document.verify(&POLICY, &trust_in(&node)).is_ok());
        assert!(document.verify(&of_sender, &trust_in(sender())).is_ok());
    }
}

/// ЭП-СП: enveloped in AppData, its certificate in X509Data, `Id` without namespace.
#[test]
fn official_signature_is_inspected_by_itself() {
    let message = crate::forge::official();
    let document = Document::parse(message.as_bytes()).unwrap();
    let found = document.inspect();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kind, found[0].covers.as_slice()), (Kind::OfficialSignature, &["AppData".to_owned()][..]));
    assert_eq!((found[0].digests, found[0].value), (Outcome::Ok, Outcome::Ok), "{:?}", found[0].problem);
    assert_eq!(found[0].certificate.as_ref().unwrap().der(), sender().certificate().der());
    for (from, to, digests, value) in [
        (">text<", ">other<", Outcome::Bad, Outcome::Ok),
        ("<ds:Reference ", "\n<ds:Reference ", Outcome::Ok, Outcome::Bad),
        ("#data", "", Outcome::Bad, Outcome::Bad),
    ] {
        let changed = edit(&message, from, to);
        let found = Document::parse(changed.as_bytes()).unwrap().inspect();
        assert_eq!((found[0].digests, found[0].value), (digests, value), "{to}");
        assert!(found[0].problem.is_some());
    }
}
