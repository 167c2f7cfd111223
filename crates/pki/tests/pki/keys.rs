//! Signing, checking signatures, and keys that must not be used.

use pki::{Algorithm, Error, Identity, PrivateKey, PublicKey};

use crate::{KINDS, authority, request};

#[test]
fn signatures_verify_in_their_xmldsig_form() {
    for (n, kind) in (1..).zip(KINDS) {
        let identity = authority("УЦ", kind, n).identity().clone();
        let key = PrivateKey::from_pkcs8_pem(identity.key().to_pkcs8_pem().unwrap().as_bytes()).unwrap();
        let public = PublicKey::from_spki_der(key.public_key().spki_der()).unwrap();
        let signature = key.sign(b"message", &[7; 32]).unwrap();

        let length = kind.0.scheme().map_or(64, gost::Scheme::signature_bytes);
        assert_eq!(signature.len(), length, "{kind:?}");
        assert_eq!(key.algorithm(), kind.0);
        assert_eq!(public.verify(b"message", &signature), Ok(()), "{kind:?}");
        assert_eq!(identity.certificate().public_key().verify(b"message", &signature), Ok(()), "{kind:?}");

        if let Some(scheme) = kind.0.scheme() {
            let digest = gost::digest(scheme.digest(), b"message");
            let of_digest = key.sign_digest(&digest, &[7; 32]).unwrap();
            assert_eq!(public.verify(b"message", &of_digest), Ok(()), "{kind:?}");
            assert!(matches!(key.sign_digest(&digest[1..], &[7; 32]), Err(Error::GostFailed { .. })));
        } else {
            assert_eq!(key.sign_digest(&[0; 32], &[7; 32]), Err(Error::NotGost { algorithm: kind.0 }));
        }
    }
}

#[test]
fn altered_signatures_are_refused() {
    for (n, kind) in (1..).zip(KINDS) {
        let identity = authority("УЦ", kind, n).identity().clone();
        let public = identity.certificate().public_key();
        let good = identity.key().sign(b"message", &[7; 32]).unwrap();
        let (first, second) = good.split_at(good.len() / 2);
        let reversed: Vec<u8> = good.iter().rev().copied().collect();
        let table = [
            ("empty", vec![]),
            ("one octet short", good[1..].to_vec()),
            ("leading zero", [&[0], good.as_slice()].concat()),
            ("trailing octet", [good.as_slice(), &[0]].concat()),
            ("halves swapped", [second, first].concat()),
            ("reversed", reversed),
            ("zeros", vec![0; good.len()]),
            ("ones", vec![0xff; good.len()]),
            ("one bit", good.iter().enumerate().map(|(i, octet)| octet ^ u8::from(i == 40)).collect()),
        ];
        for (what, signature) in table {
            assert_eq!(public.verify(b"message", &signature), Err(Error::WrongSignature), "{kind:?}: {what}");
        }
        assert_eq!(public.verify(b"messagf", &good), Err(Error::WrongSignature), "{kind:?}: another message");
    }
}

#[test]
fn key_of_another_certificate_is_refused() {
    let ca = authority("УЦ", KINDS[0], 1);
    for (n, kind) in (1..).zip(KINDS) {
        let owner = ca.issue(&request("owner", kind), &[n; 64]).unwrap();
        let certificate = owner.certificate().clone();
        for (m, other) in (50..).zip(KINDS) {
            let key = authority("other", other, m).identity().key().to_pkcs8_pem().unwrap();
            let key = PrivateKey::from_pkcs8_pem(key.as_bytes()).unwrap();
            let refused = Identity::new(certificate.clone(), key).unwrap_err();
            assert_eq!(
                refused,
                Error::KeyDoesNotFit { subject: certificate.subject().into(), certificate: kind.0, key: other.0 }
            );
        }
        let own = PrivateKey::from_pkcs8_pem(owner.key().to_pkcs8_pem().unwrap().as_bytes()).unwrap();
        assert!(Identity::new(certificate, own).is_ok());
    }
}

#[test]
fn debug_never_shows_a_private_key() {
    for (n, kind) in (1..).zip(KINDS) {
        let ca = authority("УЦ", kind, n);
        assert_eq!(format!("{:?}", ca.identity().key()), format!("PrivateKey {{ algorithm: {:?}, .. }}", kind.0));
        let holders = [format!("{:?}", ca.identity()), format!("{ca:?}"), format!("{ca:#?}")];
        let pem = ca.identity().key().to_pkcs8_pem().unwrap();
        let secret_lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with('-')).collect();
        for text in holders {
            assert!(secret_lines.iter().all(|line| !text.contains(line)), "{text}");
            assert!(
                text.contains(&format!("PrivateKey {{ algorithm: {:?}, .. }}", kind.0)) || text.contains('\n'),
                "{text}"
            );
            assert!(text.len() < 500, "more than names: {text}");
        }
    }
}

#[test]
fn unusable_private_keys_are_refused() {
    let pem = authority("УЦ", KINDS[2], 1).identity().key().to_pkcs8_pem().unwrap();
    let good = der_of(&pem);
    assert!(PrivateKey::from_pkcs8_der(&good).is_ok());
    for length in 0..good.len() {
        assert!(PrivateKey::from_pkcs8_der(&good[..length]).is_err(), "{length} octets");
    }
    let behind = PrivateKey::from_pkcs8_der(&[good.as_slice(), b"\0"].concat());
    assert_eq!(behind.unwrap_err(), Error::TrailingBytes { what: "private key", count: 1 });
    let ed25519 = hex::decode(format!("302e020100300506032b657004220420{}", "07".repeat(32))).unwrap();
    assert_eq!(
        PrivateKey::from_pkcs8_der(&ed25519).unwrap_err(),
        Error::UnknownKeyAlgorithm { oid: "1.3.101.112".into() }
    );
    let zero_p256 = hex::decode(format!(
        "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420{}",
        "00".repeat(32)
    ));
    let refused = PrivateKey::from_pkcs8_der(&zero_p256.unwrap()).unwrap_err();
    assert!(matches!(refused, Error::UnusableKey { algorithm: Algorithm::EcdsaP256Sha256, .. }), "{refused}");
}

#[test]
fn weak_or_unknown_public_keys_are_refused() {
    let rsa = |modulus_octets: usize| {
        let tlv = |tag: u8, content: &[u8]| {
            let length = match u16::try_from(content.len()).unwrap().to_be_bytes() {
                [0, low @ ..0x80] => vec![low],
                [0, low] => vec![0x81, low],
                [high, low] => vec![0x82, high, low],
            };
            [&[tag], length.as_slice(), content].concat()
        };
        let modulus = [&[0, 0x80], vec![1; modulus_octets - 1].as_slice()].concat();
        let key = tlv(0x30, &[tlv(2, &modulus).as_slice(), &[2, 3, 1, 0, 1]].concat());
        let bits = tlv(3, &[&[0], key.as_slice()].concat());
        tlv(0x30, &[hex::decode("300d06092a864886f70d0101010500").unwrap(), bits].concat())
    };
    let ec = |curve: &str, point: &str| hex::decode(format!("{curve}{point}")).unwrap();
    assert!(PublicKey::from_spki_der(&rsa(256)).is_ok());
    let table = [
        ("RSA of 1024 bits", rsa(128), Some(Algorithm::RsaSha256)),
        ("RSA of 2040 bits", rsa(255), Some(Algorithm::RsaSha256)),
        ("RSA of 8200 bits", rsa(1025), Some(Algorithm::RsaSha256)),
        (
            "curve secp256k1",
            ec("3056301006072a8648ce3d020106052b8104000a034200", &format!("04{}", "01".repeat(64))),
            Some(Algorithm::EcdsaP256Sha256),
        ),
        (
            "compressed point",
            ec("3039301306072a8648ce3d020106082a8648ce3d030107032200", &format!("02{}", "01".repeat(32))),
            Some(Algorithm::EcdsaP256Sha256),
        ),
        ("Ed25519", ec("302a300506032b6570032100", &"01".repeat(32)), None),
    ];
    for (what, spki, known) in table {
        match (PublicKey::from_spki_der(&spki).unwrap_err(), known) {
            (Error::UnusableKey { algorithm, .. }, Some(known)) if algorithm == known => {}
            (Error::UnknownKeyAlgorithm { .. }, None) => {}
            (other, _) => panic!("{what}: {other}"),
        }
    }
}

fn der_of(pem: &str) -> Vec<u8> {
    use base64ct::Encoding as _;
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    base64ct::Base64::decode_vec(&body).unwrap()
}
