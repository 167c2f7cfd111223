//! Certificates, DER or PEM: octets of the security token, read before anything is trusted.

use pki::{Certificate, PublicKey};

use crate::Seed;
use crate::identities::{NODE, SENDER};

/// DER, or PEM when it begins like that.
pub fn check(input: &[u8]) {
    let read = if input.starts_with(b"-----") { Certificate::from_pem(input) } else { Certificate::from_der(input) };
    let certificate = match read {
        Ok(certificate) => certificate,
        Err(error) => {
            let text = error.to_string();
            assert!(!text.is_empty() && text.len() <= 4 << 10, "{} octets of refusal", text.len());
            return;
        }
    };
    assert!(input.starts_with(b"-----") || certificate.der() == input, "kept as it came");
    let again = Certificate::from_pem(certificate.to_pem().as_bytes()).expect("what is written as PEM is read");
    assert_eq!(again, certificate);
    assert_eq!(again.fingerprint(), certificate.fingerprint());
    for name in [certificate.subject(), certificate.issuer()].into_iter().chain(certificate.common_name()) {
        assert!(!name.chars().any(char::is_control), "safe for one line of a log: {name:?}");
        assert!(name.len() <= 8 * input.len());
    }
    assert!(certificate.serial_hex().bytes().all(|digit| digit.is_ascii_hexdigit()));
    let key = certificate.public_key();
    let again = PublicKey::from_spki_der(key.spki_der()).expect("a key that was read is read again");
    assert_eq!(again.algorithm(), key.algorithm());
    assert!(key.verify(b"message", &[1; 64]).is_err(), "nobody signed this");
    // A changed certificate is not issued by anybody.
    if certificate != *SENDER.certificate() && certificate != *NODE.certificate() {
        assert!(certificate.is_issued_by(SENDER.certificate()).is_err());
        assert!(certificate.is_issued_by(NODE.certificate()).is_err());
    }
}

/// The two that are known here.
pub fn seeds() -> Vec<Seed> {
    vec![("sender.der", SENDER.certificate().der().to_vec()), ("node.pem", NODE.certificate().to_pem().into_bytes())]
}
