//! Detached signatures over files (`.sig`): nothing holds but what its signer signed.

use base64ct::{Base64, Encoding as _};
use pki::cms::{SIGNERS_MAX, SignerOutcome, sign_detached, verify_detached};

use crate::Seed;
use crate::identities::{NODE, SENDER};

/// What the sender signed.
const CONTENT: &[u8] = b"a document";
/// What nobody signed.
const OTHER: &[u8] = b"another document";

/// A signature: DER, BER, Base64 or PEM.
pub fn check(input: &[u8]) {
    for content in [CONTENT, OTHER] {
        let signers = match verify_detached(input, content) {
            Ok(signers) => signers,
            Err(error) => {
                let text = error.to_string();
                assert!(!text.is_empty() && text.len() <= 4 << 10, "{} octets of refusal", text.len());
                continue;
            }
        };
        assert!((1..=SIGNERS_MAX).contains(&signers.len()), "{} signers", signers.len());
        assert_eq!(verify_detached(input, content).unwrap(), signers, "judging is a function of the input");
        for signer in signers.iter().filter(|signer| signer.outcome == SignerOutcome::Holds) {
            let certificate = signer.certificate.as_ref().expect("who holds has a certificate");
            let key = certificate.public_key().spki_der();
            assert!(key != NODE.certificate().public_key().spki_der(), "the node signed nothing");
            assert!(
                content == CONTENT || key != SENDER.certificate().public_key().spki_der(),
                "a signature of the sender holds for what he did not sign"
            );
        }
    }
}

/// With attributes, without, in Base64.
pub fn seeds() -> Vec<Seed> {
    let time = "2026-10-01T09:00:00Z".parse().unwrap();
    let with = sign_detached(&SENDER, CONTENT, Some(time), &[3; 32]).unwrap();
    let without = sign_detached(&SENDER, CONTENT, None, &[4; 32]).unwrap();
    let base64 = Base64::encode_string(&without);
    vec![("attributes.der", with), ("plain.der", without), ("base64", base64.into_bytes())]
}
