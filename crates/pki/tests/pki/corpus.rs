//! Certificates out of real messages, when a directory of them is given in `RSMEV_SAMPLES`.

use std::collections::BTreeMap;

use base64ct::Encoding as _;
use pki::{Algorithm, Certificate, Error};

/// The Base64 content of the elements that carry certificates, whatever their prefix.
fn tokens(message: &str) -> Vec<Vec<u8>> {
    message
        .split('<')
        .filter_map(|piece| piece.split_once('>'))
        .filter(|(tag, _)| {
            let name = tag.split([' ', '\n', '\r', '\t']).next().unwrap_or_default();
            matches!(name.rsplit(':').next(), Some("BinarySecurityToken" | "X509Certificate")) && !name.starts_with('/')
        })
        .map(|(_, text)| {
            let text: String = text.replace("&#13;", "").replace("&#xd;", "").split_ascii_whitespace().collect();
            base64ct::Base64::decode_vec(&text).unwrap()
        })
        .collect()
}

/// Every certificate in the messages of a directory, as often as it occurs.
pub(crate) fn certificates(samples: &std::ffi::OsStr) -> Vec<Certificate> {
    let mut found = Vec::new();
    let mut messages: Vec<_> = std::fs::read_dir(samples).unwrap().map(|entry| entry.unwrap().path()).collect();
    messages.retain(|path| path.extension().is_some_and(|extension| extension == "xml"));
    for path in &messages {
        for der in tokens(&String::from_utf8_lossy(&std::fs::read(path).unwrap())) {
            let certificate =
                Certificate::from_der(&der).map_err(|error| format!("{}: {error}", path.display())).unwrap();
            assert_eq!(certificate.der(), der);
            found.push(certificate);
        }
    }
    found
}

#[test]
#[expect(clippy::print_stderr, reason = "says that it checks nothing")]
fn certificates_of_real_messages_are_read() {
    let Some(samples) = std::env::var_os("RSMEV_SAMPLES") else {
        eprintln!("skipped: RSMEV_SAMPLES is not set");
        return;
    };
    let seen: BTreeMap<_, _> = certificates(&samples).into_iter().map(|it| (*it.fingerprint(), it)).collect();
    assert!(seen.len() >= 10, "only {} certificates", seen.len());

    for certificate in seen.values() {
        for name in [certificate.subject(), certificate.issuer()] {
            assert!(name.contains("C=RU") && !name.contains('\u{fffd}'), "{name}");
            // postalAddress is no string; everything else must be readable.
            assert!(!name.replace("2.5.4.16=#", "").contains("=#"), "{name}");
        }
        assert!(certificate.not_before() < certificate.not_after());
        assert!(certificate.public_key().gost().is_some());
        // Authorities are not in the messages: nobody here issued anybody but himself.
        for other in seen.values().filter(|other| *other != certificate) {
            assert!(matches!(certificate.is_issued_by(other), Err(Error::OtherIssuer { .. })));
        }
    }
    for algorithm in [Algorithm::Gost2001, Algorithm::Gost2012_256] {
        assert!(seen.values().any(|certificate| certificate.public_key().algorithm() == algorithm), "{algorithm}");
    }
}
