//! Detached signatures made and attacked here; those of others are in the integration tests.

use base64ct::{Base64, Encoding as _};
use der::asn1::ObjectIdentifier;
use gost::ParameterSet;
use jiff::Timestamp;

use super::read::{CONTENT_TYPE, CONTEXT_0, DATA, MESSAGE_DIGEST, OCTET_STRING, SEQUENCE, SET, SIGNING_TIME};
use super::write::{attribute, attributes, element, oid, signed};
use super::{SIGNATURE_OCTETS_MAX, SIGNERS_MAX, SignerOutcome, digest, sign_detached, verify_detached};
use crate::test_ca::{CertificateRequest, TestCa};
use crate::{Algorithm, Error, Identity};

const CONTENT: &[u8] = b"<AppliedDocuments/>";
const ENTROPY: [u8; 32] = [5; 32];

fn time() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

fn somebody(algorithm: Algorithm, seed: u8) -> Identity {
    let set = (algorithm == Algorithm::Gost2001).then_some(ParameterSet::XchA);
    let request = CertificateRequest {
        common_name: "Official",
        organization: "Agency",
        algorithm,
        parameter_set: set,
        not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2036-01-01T00:00:00Z".parse().unwrap(),
    };
    let ca = TestCa::create("CA", algorithm, set, request.not_before, request.not_after, &[seed; 64]).unwrap();
    ca.issue(&request, &[seed.wrapping_add(100); 64]).unwrap()
}

fn official() -> Identity {
    somebody(Algorithm::Gost2012_256, 1)
}

/// The outcome for the only signer.
fn outcome(signature: &[u8], content: &[u8]) -> SignerOutcome {
    match verify_detached(signature, content).unwrap().as_slice() {
        [one] => one.outcome.clone(),
        other => panic!("{other:?}"),
    }
}

fn refusal(signature: &[u8]) -> &'static str {
    match verify_detached(signature, CONTENT) {
        Err(Error::SignedData { what }) => what,
        other => panic!("{other:?}"),
    }
}

fn replaced(octets: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = octets.windows(from.len()).rposition(|window| window == from).unwrap();
    [&octets[..at], to, &octets[at + from.len()..]].concat()
}

#[test]
fn whoever_signs_is_found_again() {
    for algorithm in [Algorithm::Gost2001, Algorithm::Gost2012_256, Algorithm::Gost2012_512, Algorithm::EcdsaP256Sha256]
    {
        let identity = somebody(algorithm, 3);
        for signing_time in [Some(time()), None] {
            let signature = sign_detached(&identity, CONTENT, signing_time, &ENTROPY).unwrap();
            let [signer] = <[_; 1]>::try_from(verify_detached(&signature, CONTENT).unwrap()).unwrap();
            assert_eq!(signer.outcome, SignerOutcome::Holds, "{algorithm} {signing_time:?}");
            assert_eq!(signer.certificate.as_ref(), Some(identity.certificate()));
            assert_eq!(signer.signing_time, signing_time);
            let changed = if signing_time.is_some() { SignerOutcome::WrongDigest } else { SignerOutcome::WrongValue };
            assert_eq!(outcome(&signature, b"<AppliedDocuments>"), changed, "{algorithm} {signing_time:?}");
        }
    }
}

#[test]
fn base64_and_pem_are_read() {
    let signature = sign_detached(&official(), CONTENT, Some(time()), &ENTROPY).unwrap();
    let line = Base64::encode_string(&signature);
    let lines = line.as_bytes().chunks(64).map(|line| format!("{}\r\n", str::from_utf8(line).unwrap()));
    let lines: String = lines.collect();
    for file in [line, format!("\u{feff}{lines}"), format!("-----BEGIN CMS-----\r\n{lines}-----END CMS-----\r\n")] {
        assert_eq!(outcome(file.as_bytes(), CONTENT), SignerOutcome::Holds, "{file}");
    }
    assert_eq!(refusal("кот".as_bytes()), "it is neither DER nor Base64 nor PEM");
}

/// s‖r, each big-endian, is what CryptoPro and the gost engine write and check: no other order is tried.
#[test]
fn signature_octets_in_another_order() {
    let signature = sign_detached(&official(), CONTENT, Some(time()), &ENTROPY).unwrap();
    let value = &signature[signature.len() - 64..];
    let swapped = [&value[32..], &value[..32]].concat();
    let reversed: Vec<u8> = value.iter().rev().copied().collect();
    let both: Vec<u8> = swapped.iter().rev().copied().collect();
    for other in [swapped, reversed, both, vec![0; 64], vec![0xff; 64]] {
        assert_eq!(outcome(&replaced(&signature, value, &other), CONTENT), SignerOutcome::WrongValue);
    }
}

#[test]
fn signed_attributes_that_prove_nothing() {
    let identity = official();
    let digest = digest(Algorithm::Gost2012_256, CONTENT);
    let data = attribute(CONTENT_TYPE, &oid(DATA).unwrap()).unwrap();
    let other = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
    let other = attribute(CONTENT_TYPE, &oid(other).unwrap()).unwrap();
    let value = element(OCTET_STRING, &digest);
    let message = attribute(MESSAGE_DIGEST, &value).unwrap();
    let foreign = attribute(MESSAGE_DIGEST, &element(OCTET_STRING, &[7; 32])).unwrap();
    let two_values = attribute(MESSAGE_DIGEST, &[value.clone(), element(OCTET_STRING, &[7; 32])].concat()).unwrap();
    let no_octets = attribute(MESSAGE_DIGEST, &element(SEQUENCE, &digest[..0])).unwrap();
    let bare = element(SEQUENCE, &oid(SIGNING_TIME).unwrap());
    let bad = |what| SignerOutcome::BadAttributes { what };
    let twice = bad("an attribute stands twice or has not one value");
    for (name, all, expected) in [
        ("as they should be", vec![&data, &message], SignerOutcome::Holds),
        ("not in the order of DER", vec![&message, &data], SignerOutcome::Holds),
        ("no messageDigest", vec![&data], bad("messageDigest is missing")),
        ("no contentType", vec![&message], bad("contentType is missing")),
        ("another contentType", vec![&other, &message], bad("contentType is not plain data")),
        ("digest of something else", vec![&data, &foreign], SignerOutcome::WrongDigest),
        ("two digests, one right", vec![&data, &message, &foreign], twice.clone()),
        ("two values, one right", vec![&data, &two_values], twice),
        ("no octets", vec![&data, &no_octets], bad("messageDigest is not an OCTET STRING")),
        ("no values", vec![&data, &message, &bare], bad("an attribute is not built as RFC 5652 says")),
        ("none at all", vec![], bad("contentType is missing")),
    ] {
        let all = all.into_iter().flatten().copied().collect::<Vec<_>>();
        let signature = signed(&identity, CONTENT, Some(&all), &ENTROPY).unwrap();
        assert_eq!(outcome(&signature, CONTENT), expected, "{name}");
    }
}

/// The attributes are what is signed: taken from one signature they do not fit another, and taken away they are missed.
#[test]
fn attributes_moved_or_removed() {
    let identity = official();
    let digest = digest(Algorithm::Gost2012_256, CONTENT);
    let all = attributes(time(), &digest).unwrap();
    let signature = signed(&identity, CONTENT, Some(&all), &ENTROPY).unwrap();
    let later = attributes("2027-10-01T09:00:00Z".parse().unwrap(), &digest).unwrap();
    assert_eq!(outcome(&replaced(&signature, &all, &later), CONTENT), SignerOutcome::WrongValue);
    let without = sign_detached(&identity, b"another content", None, &ENTROPY).unwrap();
    let (end, own) = (&without[without.len() - 64..], &signature[signature.len() - 64..]);
    assert_eq!(outcome(&replaced(&without, end, own), CONTENT), SignerOutcome::WrongValue);
}

#[test]
fn certificate_of_somebody_else() {
    let (one, other) = (official(), somebody(Algorithm::Gost2012_256, 2));
    let signature = sign_detached(&one, CONTENT, Some(time()), &ENTROPY).unwrap();
    let signer_of = |identity: &Identity| {
        let signature = sign_detached(identity, CONTENT, Some(time()), &ENTROPY).unwrap();
        let [.., bag, signer] = super::read::parts(&signature);
        (bag, signer)
    };
    let ((own_bag, own), (foreign_bag, foreign)) = (signer_of(&one), signer_of(&other));
    assert_eq!(signature, put_together(&own_bag, &[&own]));
    let unnamed = put_together(&foreign_bag, &[&own]);
    assert_eq!(outcome(&unnamed, CONTENT), SignerOutcome::NoCertificate);
    let empty = put_together(&element(CONTEXT_0, &[]), &[&own]);
    assert_eq!(outcome(&empty, CONTENT), SignerOutcome::NoCertificate);

    // Each of two signers is judged by himself.
    let bag = element(CONTEXT_0, &[one.certificate().der(), other.certificate().der()].concat());
    let end = foreign.len() - 1;
    let spoiled = [&foreign[..end], &[foreign[end] ^ 1]].concat();
    let both = verify_detached(&put_together(&bag, &[&own, &spoiled]), CONTENT).unwrap();
    let outcomes: Vec<_> = both.iter().map(|signer| signer.outcome.clone()).collect();
    assert_eq!(outcomes, [SignerOutcome::Holds, SignerOutcome::WrongValue]);

    let crowd = vec![&own[..]; SIGNERS_MAX + 1];
    assert_eq!(refusal(&put_together(&own_bag, &crowd)), "more people signed it than are looked at");
    assert_eq!(refusal(&put_together(&own_bag, &[])), "nobody signed it");
}

/// SignedData of a bag and signers.
fn put_together(bag: &[u8], signers: &[&[u8]]) -> Vec<u8> {
    assemble(&element(SEQUENCE, &oid(DATA).unwrap()), bag, signers)
}

fn assemble(content: &[u8], bag: &[u8], signers: &[&[u8]]) -> Vec<u8> {
    let algorithm =
        element(SEQUENCE, &[oid(ObjectIdentifier::new_unwrap("1.2.643.7.1.1.2.2")).unwrap(), vec![5, 0]].concat());
    let data = [&[2, 1, 1], &element(SET, &algorithm)[..], content, bag, &element(SET, &signers.concat())].concat();
    let info = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
    element(SEQUENCE, &[oid(info).unwrap(), element(CONTEXT_0, &element(SEQUENCE, &data))].concat())
}

#[test]
fn what_is_no_detached_signature() {
    let identity = official();
    let signature = sign_detached(&identity, CONTENT, Some(time()), &ENTROPY).unwrap();
    let [.., bag, signer] = super::read::parts(&signature);
    let content = element(CONTEXT_0, &element(OCTET_STRING, CONTENT));
    let attached = assemble(&element(SEQUENCE, &[oid(DATA).unwrap(), content].concat()), &bag, &[&signer]);
    assert_eq!(refusal(&attached), "it holds its content itself: a detached signature is wanted");
    let other = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
    let stamp = assemble(&element(SEQUENCE, &oid(other).unwrap()), &bag, &[&signer]);
    assert_eq!(refusal(&stamp), "what it signs is not plain data");
    assert_eq!(refusal(&[&signature[..], &[5, 0]].concat()), "octets follow the end of it");
    assert_eq!(refusal(&vec![0x30; SIGNATURE_OCTETS_MAX + 1]), "it is too large");
    assert_eq!(refusal(&element(SEQUENCE, &[5, 0].repeat(65))), "it has more elements than any signature has");
    assert_eq!(refusal(&element(SEQUENCE, &oid(DATA).unwrap())), "it is not SignedData");
    for end in [1, 2, 40, signature.len() - 1] {
        assert!(verify_detached(&signature[..end], CONTENT).is_err(), "cut at {end}");
    }
    assert!(verify_detached(identity.certificate().der(), CONTENT).is_err());
    assert!(verify_detached(&[], CONTENT).is_err());
}

/// A method outside the closed list, or of another key, is told as such.
#[test]
fn algorithms_that_do_not_fit() {
    let signature = sign_detached(&official(), CONTENT, Some(time()), &ENTROPY).unwrap();
    let encoded = |text| oid(ObjectIdentifier::new_unwrap(text)).unwrap();
    let (own_digest, own_key) = (encoded("1.2.643.7.1.1.2.2"), encoded("1.2.643.7.1.1.1.1"));
    let swap = |own: &[u8], text| outcome(&replaced(&signature, own, &encoded(text)), CONTENT);
    let unknown = |oid: &str| SignerOutcome::UnknownAlgorithm { oid: oid.to_owned() };
    assert_eq!(swap(&own_digest, "1.2.643.7.1.1.2.3"), SignerOutcome::AlgorithmDoesNotFitKey);
    assert_eq!(swap(&own_digest, "1.2.643.7.1.1.2.9"), unknown("1.2.643.7.1.1.2.9"));
    assert_eq!(swap(&own_key, "1.2.643.7.1.1.1.2"), SignerOutcome::AlgorithmDoesNotFitKey);
    assert_eq!(swap(&own_key, "1.2.643.7.1.1.3.2"), SignerOutcome::Holds);
    assert_eq!(swap(&own_key, "1.2.643.7.1.1.1.9"), unknown("1.2.643.7.1.1.1.9"));
}

/// BouncyCastle writes the outer layers so.
#[test]
fn indefinite_lengths_are_read() {
    let signature = sign_detached(&official(), CONTENT, Some(time()), &ENTROPY).unwrap();
    let [version, digests, content, bag, signer] = super::read::parts(&signature);
    let open = |tag: u8, inside: &[u8]| [&[tag, 0x80], inside, &[0, 0]].concat();
    let bag = open(CONTEXT_0, &bag[4..]);
    let signers = element(SET, &signer);
    let data = open(SEQUENCE, &[version, digests, open(SEQUENCE, &content[2..]), bag, signers].concat());
    let info = oid(ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2")).unwrap();
    let whole = open(SEQUENCE, &[info, open(CONTEXT_0, &data)].concat());
    assert_eq!(outcome(&whole, CONTENT), SignerOutcome::Holds);
    for end in 0..whole.len() {
        assert!(verify_detached(&whole[..end], CONTENT).is_err(), "cut at {end}");
    }
    let deep = [[0x30, 0x80].repeat(100_000), [0, 0].repeat(100_000)].concat();
    assert_eq!(refusal(&deep), "its indefinite lengths are nested too deeply or misplaced");
    assert!(verify_detached(&[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], CONTENT).is_err());
}
