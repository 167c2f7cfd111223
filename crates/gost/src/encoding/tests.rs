//! Keys as CryptoPro, the gost engine and RFC 9215 write them, and as nobody should.

use super::*;
use crate::{PreparedKey, SigningKey};
use der::asn1::Any;
use proptest::prelude::*;

/// `SubjectPublicKeyInfo` of RFC 9215 appendix-style keys made with OpenSSL's gost engine.
const SPKI_TC26_A: &str = include_str!("../../tests/data/spki-tc26-256-a.hex");

fn key(scheme: Scheme, set: ParameterSet) -> SigningKey {
    SigningKey::generate(scheme, set, &[3; 64]).unwrap()
}

/// A sequence with the given elements, by hand.
fn sequence(elements: &[&[u8]]) -> Vec<u8> {
    Any::new(Tag::Sequence, elements.concat()).unwrap().to_der().unwrap()
}

fn oid(dotted: &str) -> Vec<u8> {
    ObjectIdentifier::new_unwrap(dotted).to_der().unwrap()
}

fn octet_string(octets: &[u8]) -> Vec<u8> {
    OctetStringRef::new(octets).unwrap().to_der().unwrap()
}

fn spki(algorithm: &str, parameters: &[&str], point: &[u8]) -> Vec<u8> {
    let parameters: Vec<Vec<u8>> = parameters.iter().map(|dotted| oid(dotted)).collect();
    let parameters = sequence(&parameters.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let bits = BitStringRef::from_bytes(point).unwrap().to_der().unwrap();
    sequence(&[&sequence(&[&oid(algorithm), &parameters]), &bits])
}

fn pkcs8(set: &str, private_key: &[u8], tail: &[u8]) -> Vec<u8> {
    let algorithm = sequence(&[&oid("1.2.643.7.1.1.1.1"), &sequence(&[&oid(set)])]);
    sequence(&[&[2, 1, 0], &algorithm, &octet_string(private_key), tail])
}

#[test]
fn keys_come_back_as_they_went_on_every_set() {
    for scheme in [Scheme::Gost2001, Scheme::Gost2012_256, Scheme::Gost2012_512] {
        for set in ParameterSet::ALL.into_iter().filter(|set| set.fits(scheme)) {
            let key = key(scheme, set);
            let public = PreparedKey::from_spki_der(&key.public().to_spki_der()).unwrap();
            assert_eq!((public.scheme(), public.parameter_set()), (scheme, set));
            assert_eq!(&public, key.public(), "{scheme} {set}");
            let again = SigningKey::from_pkcs8_der(&key.to_pkcs8_der()).unwrap();
            assert_eq!(again.public(), key.public(), "{scheme} {set}");
            assert_eq!(again.to_pkcs8_der(), key.to_pkcs8_der());
        }
    }
}

#[test]
fn object_identifiers_name_one_set_each() {
    for set in ParameterSet::ALL {
        assert_eq!(ParameterSet::from_oid(set.oid()), Some(set));
    }
    assert_eq!(ParameterSet::from_oid(ObjectIdentifier::new_unwrap("1.2.643.2.2.35.9")), None);
}

#[test]
fn engine_key_is_read_and_written_octet_for_octet() {
    let der = hex::decode(SPKI_TC26_A.trim()).unwrap();
    let key = PreparedKey::from_spki_der(&der).unwrap();
    assert_eq!((key.scheme(), key.parameter_set()), (Scheme::Gost2012_256, ParameterSet::Tc26_256A));
    assert_eq!(hex::encode(key.to_spki_der()), SPKI_TC26_A.trim());
}

#[test]
fn keys_on_two_names_of_one_curve_are_equal() {
    let point =
        octet_string(&read_spki(&key(Scheme::Gost2001, ParameterSet::CryptoProA).public().to_spki_der()).unwrap().key);
    let read = |algorithm, set| PreparedKey::from_spki_der(&spki(algorithm, &[set], &point)).unwrap();
    let a = read("1.2.643.7.1.1.1.1", "1.2.643.2.2.35.1");
    assert_eq!(a, read("1.2.643.7.1.1.1.1", "1.2.643.2.2.36.0"));
    assert_eq!(a, read("1.2.643.7.1.1.1.1", "1.2.643.7.1.2.1.1.2"));
    assert_ne!(a, read("1.2.643.2.2.19", "1.2.643.2.2.35.1"), "another scheme");
    assert_ne!(&a, SigningKey::generate(Scheme::Gost2012_256, ParameterSet::CryptoProA, &[4; 64]).unwrap().public());
}

#[test]
fn parameters_of_public_keys() {
    let point =
        octet_string(&read_spki(&key(Scheme::Gost2001, ParameterSet::CryptoProA).public().to_spki_der()).unwrap().key);
    let (gost2001, gost2012, gost512) = ("1.2.643.2.2.19", "1.2.643.7.1.1.1.1", "1.2.643.7.1.1.1.2");
    let a = "1.2.643.2.2.35.1";
    let does_not_fit = |scheme, parameter_set| Some(Error::ParameterSetDoesNotFit { scheme, parameter_set });
    let digest = |oid: &str, scheme| Some(Error::DigestParameterSet { oid: oid.to_owned(), scheme });
    for (algorithm, parameters, expected) in [
        (gost2001, &[a, "1.2.643.2.2.30.1"][..], None),
        (gost2001, &[a, "1.2.643.2.2.30.1", "1.2.643.2.2.31.1"], None),
        (gost2001, &[a], None),
        (gost2001, &[a, "1.2.643.2.2.30.0"], digest("1.2.643.2.2.30.0", Scheme::Gost2001)),
        (gost2012, &[a, "1.2.643.7.1.1.2.2"], None),
        (gost2012, &[a, "1.2.643.7.1.1.2.3"], digest("1.2.643.7.1.1.2.3", Scheme::Gost2012_256)),
        (gost2001, &["1.2.643.7.1.2.1.1.2"], does_not_fit(Scheme::Gost2001, ParameterSet::Tc26_256B)),
        (gost512, &[a], does_not_fit(Scheme::Gost2012_512, ParameterSet::CryptoProA)),
        (gost2012, &["1.2.643.2.2.35.9"], Some(Error::UnknownParameterSet { oid: "1.2.643.2.2.35.9".to_owned() })),
        ("1.2.840.10045.2.1", &[a], Some(Error::UnknownAlgorithm { oid: "1.2.840.10045.2.1".to_owned() })),
        (gost2012, &[], Some(Error::BadEncoding { what: "GostR3410-PublicKeyParameters" })),
    ] {
        let verdict = PreparedKey::from_spki_der(&spki(algorithm, parameters, &point)).err();
        assert_eq!(verdict, expected, "{algorithm} {parameters:?}");
    }
}

#[test]
fn malformed_public_keys_are_refused() {
    let good = key(Scheme::Gost2012_256, ParameterSet::CryptoProA).public().to_spki_der();
    let point = read_spki(&good).unwrap().key;
    let spki = |point: &[u8]| spki("1.2.643.7.1.1.1.1", &["1.2.643.2.2.35.1"], point);
    let bad = |what| Some(Error::BadEncoding { what });
    let length = |found| Some(Error::KeyLength { what: "public key", expected: 64, found });
    for (name, der, expected) in [
        ("octets behind it", [good.as_slice(), &[0]].concat(), bad("SubjectPublicKeyInfo")),
        ("cut", good[..good.len() - 1].to_vec(), bad("SubjectPublicKeyInfo")),
        ("nothing", Vec::new(), bad("SubjectPublicKeyInfo")),
        ("no OCTET STRING", spki(&point), bad("subjectPublicKey")),
        ("octets behind the OCTET STRING", spki(&[octet_string(&point), vec![0]].concat()), bad("subjectPublicKey")),
        ("a 512-bit key", spki(&octet_string(&[1; 128])), length(128)),
        ("an empty key", spki(&octet_string(&[])), length(0)),
        ("an odd key", spki(&octet_string(&point[1..])), length(63)),
    ] {
        assert_eq!(PreparedKey::from_spki_der(&der).err(), expected, "{name}");
    }
}

#[test]
fn forms_of_private_keys() {
    let set = "1.2.643.2.2.35.1";
    let key = key(Scheme::Gost2012_256, ParameterSet::CryptoProA);
    let little_endian = read_pkcs8(&key.to_pkcs8_der()).unwrap().key;
    let integer = |little_endian: &[u8]| {
        let big_endian: Vec<u8> = little_endian.iter().rev().copied().collect();
        UintRef::new(&big_endian).unwrap().to_der().unwrap()
    };
    for (name, der) in [
        ("as it is", pkcs8(set, &little_endian, &[])),
        ("in an OCTET STRING", pkcs8(set, &octet_string(&little_endian), &[])),
        ("as an INTEGER", pkcs8(set, &integer(&little_endian), &[])),
        ("with attributes", pkcs8(set, &little_endian, &[0xa0, 0])),
        ("with attributes and the public key", pkcs8(set, &little_endian, &[0xa0, 0, 0x81, 2, 0, 1])),
    ] {
        assert_eq!(SigningKey::from_pkcs8_der(&der).unwrap().public(), key.public(), "{name}");
    }
    let short = [[5; 20].as_slice(), &[0; 12]].concat();
    let from = |private_key: &[u8]| SigningKey::from_pkcs8_der(&pkcs8(set, private_key, &[]));
    assert_eq!(from(&integer(&short)).unwrap().public(), from(&short).unwrap().public(), "a short INTEGER");

    let length = |found| Some(Error::KeyLength { what: "private key", expected: 32, found });
    for (name, private_key, expected) in [
        ("too short", vec![1; 31], length(31)),
        ("masked", vec![1; 64], length(64)),
        ("of 512 bits", octet_string(&[1; 64]), length(64)),
        ("too long an INTEGER", integer(&[1; 33]), length(33)),
        ("negative", vec![2, 1, 0xff], Some(Error::BadEncoding { what: "private key" })),
        ("a SEQUENCE", vec![0x30, 0], Some(Error::BadEncoding { what: "private key" })),
        ("zero", vec![0; 32], Some(Error::PrivateKeyOutOfRange)),
        ("above q", vec![0xff; 32], Some(Error::PrivateKeyOutOfRange)),
    ] {
        assert_eq!(from(&private_key).err(), expected, "{name}");
    }
    let mut version = pkcs8(set, &little_endian, &[]);
    version[4] = 2;
    assert_eq!(SigningKey::from_pkcs8_der(&version).err(), Some(Error::BadEncoding { what: "PrivateKeyInfo version" }));
    let behind = [key.to_pkcs8_der().as_slice(), &[0]].concat();
    assert_eq!(SigningKey::from_pkcs8_der(&behind).err(), Some(Error::BadEncoding { what: "PrivateKeyInfo" }));
}

proptest! {
    #[test]
    fn damaged_structures_never_panic_nor_give_another_key_silently(
        position in 0_usize..200, value: u8, cut in 0_usize..200,
    ) {
        let key = key(Scheme::Gost2012_256, ParameterSet::CryptoProA);
        for mut der in [key.public().to_spki_der(), key.to_pkcs8_der().to_vec()] {
            let length = der.len();
            der[position % length] ^= value;
            der.truncate(length - cut % length);
            if let Ok(read) = PreparedKey::from_spki_der(&der) {
                prop_assert_eq!(PreparedKey::from_spki_der(&read.to_spki_der()), Ok(read));
            }
            drop(SigningKey::from_pkcs8_der(&der));
        }
    }
}
