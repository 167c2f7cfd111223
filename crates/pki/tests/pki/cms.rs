//! Detached signatures against `openssl` with its GOST engine as referee, where it is installed: both ways, all algorithms.

use pki::cms::{SignerOutcome, sign_detached, verify_detached};
use pki::{Algorithm, Certificate};

use crate::openssl::{installed, openssl};
use crate::{KINDS, at, authority, request};

/// Any octets; line ends of both kinds, which text mode would change.
const CONTENT: &[u8] = b"<?xml version=\"1.0\"?>\r\n<a>\0\xff\n</a>";

#[test]
fn openssl_accepts_detached_signatures_made_here() {
    if !installed() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, octets: &[u8]| std::fs::write(directory.path().join(name), octets).unwrap();
    write("content", CONTENT);
    write("other", b"another content");
    for (n, kind) in (1..).zip(KINDS) {
        let identity = authority("CA", kind, n).issue(&request("official", kind), &[n; 64]).unwrap();
        for time in [Some(at("2026-10-01T09:00:00Z")), None] {
            write("sig", &sign_detached(&identity, CONTENT, time, &[n; 32]).unwrap());
            let verify = |content: &str| {
                let command = "cms -verify -engine gost -binary -inform DER -in sig -noverify -out verified -content";
                openssl(directory.path(), &format!("{command} {content}"))
            };
            verify("content").unwrap_or_else(|error| panic!("{kind:?} {time:?}: {error}"));
            assert!(verify("other").is_err(), "{kind:?} {time:?}");
            let pkcs7 =
                "smime -verify -engine gost -binary -inform DER -in sig -noverify -out verified -content content";
            openssl(directory.path(), pkcs7).unwrap_or_else(|error| panic!("{kind:?} {time:?}: {error}"));
        }
    }
}

#[test]
fn detached_signatures_of_openssl_are_accepted() {
    if !installed() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let read = |name: &str| std::fs::read(directory.path().join(name)).unwrap();
    std::fs::write(directory.path().join("content"), CONTENT).unwrap();
    let table = [
        (Algorithm::Gost2001, "gost2001 -pkeyopt paramset:XA", "md_gost94"),
        (Algorithm::Gost2012_256, "gost2012_256 -pkeyopt paramset:A", "md_gost12_256"),
        (Algorithm::Gost2012_512, "gost2012_512 -pkeyopt paramset:A", "md_gost12_512"),
        (Algorithm::RsaSha256, "RSA -pkeyopt rsa_keygen_bits:2048", "sha256"),
        (Algorithm::EcdsaP256Sha256, "EC -pkeyopt ec_paramgen_curve:P-256", "sha256"),
    ];
    for (algorithm, options, digest) in table {
        let run = |command: String| openssl(directory.path(), &command).unwrap();
        run(format!("genpkey -engine gost -algorithm {options} -out key"));
        run(format!("req -engine gost -x509 -new -key key -{digest} -days 30 -subj /C=RU/O=x/CN=official -out cert"));
        let certificate = Certificate::from_pem(&read("cert")).unwrap();
        for how in ["cms", "cms -noattr", "cms -keyid", "smime", "smime -noattr"] {
            let sign =
                format!("{how} -sign -engine gost -binary -in content -signer cert -inkey key -md {digest} -out sig");
            for form in ["DER", "PEM"] {
                run(format!("{sign} -outform {form}"));
                let judged = |content: &[u8]| {
                    let signers = verify_detached(&read("sig"), content).unwrap();
                    assert_eq!(signers.len(), 1, "{algorithm} {how} {form}");
                    (signers[0].outcome.clone(), signers[0].certificate.clone())
                };
                assert_eq!(
                    judged(CONTENT),
                    (SignerOutcome::Holds, Some(certificate.clone())),
                    "{algorithm} {how} {form}"
                );
                let changed =
                    if how.ends_with("-noattr") { SignerOutcome::WrongValue } else { SignerOutcome::WrongDigest };
                assert_eq!(judged(b"other").0, changed, "{algorithm} {how} {form}");
            }
        }
    }
}
