//! Reading certificates, who issued them, finding them again.

use jiff::Timestamp;
use pki::{Algorithm, Certificate, Directory, Error, Fingerprint, PrivateKey, Validity, test_ca::TestCa};

use crate::{KINDS, at, authority, request, somebody};

/// Made with `openssl req -x509 -newkey rsa:2048`: the test CA makes no RSA keys.
const RSA_SELF_SIGNED: &[u8] = include_bytes!("rsa-self-signed.pem");

/// Replaces the first (or every) occurrence of `from`.
fn patched(der: &[u8], from: &[u8], to: &[u8], places: usize) -> Vec<u8> {
    let mut patched = der.to_vec();
    let mut left = places;
    for start in 0..der.len() - from.len() {
        if left > 0 && der[start..].starts_with(from) {
            patched.splice(start..start + from.len(), to.iter().copied());
            left -= 1;
        }
    }
    assert_eq!(left, 0, "the certificate has no such place");
    patched
}

/// The same from the end.
fn patched_last(der: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = (0..=der.len() - from.len()).rev().find(|&start| der[start..].starts_with(from)).unwrap();
    [&der[..at], to, &der[at + from.len()..]].concat()
}

#[test]
fn what_the_test_ca_issues_can_be_read_back() {
    for (n, kind) in (1..).zip(KINDS) {
        let ca = authority("Тестовый УЦ", kind, n);
        let identity = ca.issue(&request("SOCZ, отдел №1", kind), &[100 + n; 64]).unwrap();
        let certificate = identity.certificate();

        assert_eq!(certificate.subject(), "CN=SOCZ\\, отдел №1,O=Управление социальной защиты,C=RU");
        assert_eq!(certificate.common_name(), Some("SOCZ, отдел №1"));
        assert_eq!(certificate.issuer(), "CN=Тестовый УЦ,O=Тестовый УЦ,C=RU");
        assert_eq!(certificate.issuer(), ca.certificate().subject());
        assert_eq!(certificate.not_before(), at("2026-01-01T00:00:00Z"));
        assert_eq!(certificate.not_after(), at("2046-01-01T00:00:00Z"));
        assert_eq!(certificate.public_key().algorithm(), kind.0);
        assert_eq!(certificate.public_key().gost().map(gost::PreparedKey::scheme), kind.0.scheme());
        assert_eq!(certificate.serial_hex().len(), 32);
        assert_eq!(certificate.fingerprint(), &Fingerprint::of(certificate.der()));
        assert_eq!(Certificate::from_pem(certificate.to_pem().as_bytes()).as_ref(), Ok(certificate));

        assert_eq!(certificate.is_issued_by(ca.certificate()), Ok(()), "{kind:?}");
        assert_eq!(ca.certificate().is_issued_by(ca.certificate()), Ok(()), "{kind:?}");
        assert_eq!(ca.certificate().is_issued_by(certificate), Err(other_issuer(ca.certificate(), certificate)));
    }
}

#[test]
fn an_rsa_authority_is_recognised() {
    let certificate = Certificate::from_pem(RSA_SELF_SIGNED).unwrap();
    assert_eq!(certificate.public_key().algorithm(), Algorithm::RsaSha256);
    assert_eq!(certificate.is_issued_by(&certificate), Ok(()));
    let signature_changed =
        patched_last(certificate.der(), &certificate.der()[certificate.der().len() - 4..], &[1, 2, 3, 4]);
    let forged = Certificate::from_der(&signature_changed).unwrap();
    assert_eq!(forged.is_issued_by(&certificate), Err(Error::WrongSignature));
}

fn other_issuer(certificate: &Certificate, asked: &Certificate) -> Error {
    Error::OtherIssuer { named: certificate.issuer().into(), asked: asked.subject().into() }
}

#[test]
fn certificates_of_other_authorities_are_refused() {
    let ca = authority("УЦ", KINDS[0], 1);
    let of_ca = ca.issue(&request("x", KINDS[5]), &[9; 64]).unwrap();
    let table = [
        (
            "another name, same key",
            authority("УЦ2", KINDS[0], 1),
            other_issuer(of_ca.certificate(), authority("УЦ2", KINDS[0], 1).certificate()),
        ),
        ("same name, another key", authority("УЦ", KINDS[0], 2), Error::WrongSignature),
        (
            "same name, another algorithm",
            authority("УЦ", KINDS[2], 1),
            Error::AlgorithmDoesNotFitKey { signature: Algorithm::Gost2001, key: Algorithm::Gost2012_256 },
        ),
    ];
    for (what, asked, error) in table {
        assert_eq!(of_ca.certificate().is_issued_by(asked.certificate()), Err(error), "{what}");
    }
}

#[test]
fn system_certificate_used_as_authority_is_refused() {
    let ca = authority("УЦ", KINDS[0], 1);
    let thief = ca.issue(&request("a", KINDS[0]), &[2; 64]).unwrap();
    assert!(matches!(TestCa::from_identity(thief.clone()), Err(Error::NotAnAuthority { .. })));

    // The owner of an ordinary certificate issues certificates with its key and name.
    let key = PrivateKey::from_pkcs8_pem(thief.key().to_pkcs8_pem().unwrap().as_bytes()).unwrap();
    let forging = TestCa::create_with_key(&request("a", KINDS[0]), key, &[3; 64]).unwrap();
    let forged = forging.issue(&request("somebody else", KINDS[0]), &[4; 64]).unwrap();

    let refused = forged.certificate().is_issued_by(thief.certificate());
    assert_eq!(refused, Err(Error::NotAnAuthority { subject: thief.certificate().subject().into() }));
}

#[test]
fn tampered_certificate_is_refused() {
    let ca = authority("УЦ", KINDS[0], 1);
    let der = ca.issue(&request("x", KINDS[0]), &[2; 64]).unwrap().certificate().der().to_vec();
    let mut read = 0;
    for place in 0..der.len() {
        let mut tampered = der.clone();
        tampered[place] ^= 1;
        if let Ok(certificate) = Certificate::from_der(&tampered) {
            read += 1;
            assert!(certificate.is_issued_by(ca.certificate()).is_err(), "octet {place} may be changed");
        }
    }
    assert!(read > 100, "only {read} of {} changes got as far as the signature", der.len());
}

#[test]
fn signature_algorithm_swapped_outside_the_signed_part_is_refused() {
    let ca = authority("УЦ", KINDS[2], 1);
    let identity = ca.issue(&request("x", KINDS[2]), &[2; 64]).unwrap();
    let (gost_256, gost_512) =
        (hex::decode("06082a85030701010302").unwrap(), hex::decode("06082a85030701010303").unwrap());
    let unknown = hex::decode("06082a85030701010309").unwrap();
    let der = identity.certificate().der();
    let table = [
        ("outside only", patched_last(der, &gost_256, &gost_512), Error::SignatureAlgorithmsDiffer),
        ("inside only", patched(der, &gost_256, &gost_512, 1), Error::SignatureAlgorithmsDiffer),
        (
            "both",
            patched(der, &gost_256, &gost_512, 2),
            Error::AlgorithmDoesNotFitKey { signature: Algorithm::Gost2012_512, key: Algorithm::Gost2012_256 },
        ),
        (
            "unknown",
            patched(der, &gost_256, &unknown, 2),
            Error::UnknownSignatureAlgorithm { oid: "1.2.643.7.1.1.3.9".into() },
        ),
    ];
    for (what, der, error) in table {
        assert_eq!(Certificate::from_der(&der).unwrap().is_issued_by(ca.certificate()), Err(error), "{what}");
    }
}

#[test]
fn truncated_certificate_is_refused() {
    let certificate = somebody(1);
    let der = certificate.certificate().der();
    for length in 0..der.len() {
        assert!(Certificate::from_der(&der[..length]).is_err(), "{length} of {} octets", der.len());
    }
}

#[test]
fn certificate_with_octets_behind_it_is_refused() {
    let certificate = somebody(1);
    for (count, behind) in
        [(1, &b"\0"[..]), (2, b"\r\n"), (certificate.certificate().der().len(), certificate.certificate().der())]
    {
        let der = [certificate.certificate().der(), behind].concat();
        assert_eq!(Certificate::from_der(&der), Err(Error::TrailingBytes { what: "certificate", count }));
    }
}

#[test]
fn other_encoding_of_the_same_certificate_is_refused() {
    let certificate = somebody(1);
    let der = certificate.certificate().der();
    let longer_length = [&[0x30, 0x83, 0], &der[2..]].concat();
    assert!(matches!(Certificate::from_der(&longer_length), Err(Error::Der { .. })));
    let indefinite = [&[0x30, 0x80], &der[4..], &[0, 0]].concat();
    assert!(matches!(Certificate::from_der(&indefinite), Err(Error::Der { .. })));
}

#[test]
fn public_key_off_its_curve_is_refused() {
    let certificate = somebody(1);
    let point = hex::decode("03430004").unwrap();
    let der = certificate.certificate().der();
    let at = (0..der.len()).find(|&start| der[start..].starts_with(&point)).unwrap() + 20;
    let mut tampered = der.to_vec();
    tampered[at] ^= 0x40;
    assert_eq!(
        Certificate::from_der(&tampered),
        Err(Error::GostKey { what: "public key", source: gost::Error::PointNotOnCurve }),
        "a point chosen by an attacker"
    );
}

#[test]
fn validity_includes_both_ends() {
    let ca = authority("УЦ", KINDS[5], 1);
    let dates = |from: &str, to: &str| {
        let request =
            pki::test_ca::CertificateRequest { not_before: at(from), not_after: at(to), ..request("x", KINDS[5]) };
        ca.issue(&request, &[2; 64]).unwrap().certificate().clone()
    };
    let expired = dates("2011-06-29T07:37:00Z", "2012-06-29T07:46:00Z");
    let table = [
        ("2011-06-29T07:36:59.999Z", Validity::NotYetValid),
        ("2011-06-29T07:37:00Z", Validity::Valid),
        ("2012-06-29T07:46:00Z", Validity::Valid),
        ("2012-06-29T07:46:00.999Z", Validity::Valid),
        ("2012-06-29T07:46:01Z", Validity::Expired),
        ("1969-12-31T23:59:59.5Z", Validity::NotYetValid),
    ];
    for (moment, validity) in table {
        assert_eq!(expired.validity_at(at(moment)), validity, "{moment}");
    }

    // UTCTime ends with 2049, GeneralizedTime follows (RFC 5280 §4.1.2.5).
    let long = dates("2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z");
    assert_eq!((long.not_before(), long.not_after()), (at("2049-12-31T23:59:59Z"), at("2050-01-01T00:00:00Z")));
    for field in [&b"\x17\x0d491231235959Z"[..], b"\x18\x0f20500101000000Z"] {
        assert!(long.der().windows(field.len()).any(|window| window == field));
    }
}

#[test]
fn certificate_without_end_of_validity_is_read() {
    let ca = authority("УЦ", KINDS[5], 1);
    let request = pki::test_ca::CertificateRequest { not_after: Timestamp::MAX, ..request("x", KINDS[5]) };
    let identity = ca.issue(&request, &[2; 64]).unwrap();
    let text = b"99991231235959Z";
    assert!(identity.certificate().der().windows(text.len()).any(|window| window == text));
    assert_eq!(identity.certificate().not_after(), Timestamp::MAX);
    assert_eq!(identity.certificate().validity_at(Timestamp::MAX), Validity::Valid);
}

#[test]
fn requests_that_make_no_certificate() {
    let ca = authority("УЦ", KINDS[5], 1);
    let good = request("x", KINDS[5]);
    let table = [
        pki::test_ca::CertificateRequest { common_name: "", ..good },
        pki::test_ca::CertificateRequest { organization: "", ..good },
        pki::test_ca::CertificateRequest { not_after: at("2025-12-31T23:59:59Z"), ..good },
        pki::test_ca::CertificateRequest { not_before: at("1969-12-31T23:59:59Z"), ..good },
        pki::test_ca::CertificateRequest { algorithm: Algorithm::RsaSha256, ..good },
        pki::test_ca::CertificateRequest { parameter_set: Some(gost::ParameterSet::XchA), ..good },
    ];
    for request in table {
        assert!(matches!(ca.issue(&request, &[2; 64]), Err(Error::CannotIssue { .. })), "{request:?}");
    }
    let misfit = request("x", (Algorithm::Gost2012_512, Some(gost::ParameterSet::CryptoProA)));
    assert!(matches!(ca.issue(&misfit, &[2; 64]), Err(Error::GostFailed { .. })));
}

#[test]
fn directory_finds_by_exact_der_only() {
    let (first, second) = (somebody(1), somebody(2));
    let mut directory = Directory::new();
    directory.insert(first.certificate().clone(), "first").unwrap();
    assert_eq!(directory.find(second.certificate().der()), None);
    directory.insert(second.certificate().clone(), "second").unwrap();

    assert_eq!(directory.find(first.certificate().der()), Some((first.certificate(), &"first")));
    assert_eq!(directory.find(second.certificate().der()), Some((second.certificate(), &"second")));
    assert_eq!(directory.iter().map(|(_, name)| *name).collect::<Vec<_>>(), ["first", "second"]);

    // A renewed certificate of the same name and key is another certificate.
    let mut look_alike = first.certificate().der().to_vec();
    *look_alike.last_mut().unwrap() ^= 1;
    assert_eq!(directory.find(&look_alike), None);
    assert_eq!(directory.find(&[first.certificate().der(), b"\0"].concat()), None);
    assert_eq!(directory.find(b""), None);
}

#[test]
fn duplicate_registration_is_refused() {
    let certificate = somebody(1).certificate().clone();
    let mut directory = Directory::new();
    directory.insert(certificate.clone(), "owner").unwrap();
    let again = Certificate::from_pem(certificate.to_pem().as_bytes()).unwrap();
    let error = Error::Duplicate { subject: certificate.subject().into(), fingerprint: *certificate.fingerprint() };
    assert_eq!(directory.insert(again, "somebody else"), Err(error));
    assert_eq!(directory.find(certificate.der()), Some((&certificate, &"owner")));
}
