//! Certificates and keys against `openssl` with its GOST engine as referee, where it is installed.

use std::{path::Path, process::Command};

use pki::{
    Algorithm, Certificate, Identity, PrivateKey,
    test_ca::{CertificateRequest, TestCa},
};

use crate::{KINDS, authority, request};

/// Whether the tool (and its GOST engine) can be used; says so when not.
#[expect(clippy::print_stderr, reason = "says that it checks nothing")]
pub(crate) fn installed() -> bool {
    let installed =
        Command::new("openssl").args(["engine", "gost"]).output().is_ok_and(|output| output.status.success());
    if !installed {
        eprintln!("skipped: openssl with the gost engine is not installed");
    }
    installed
}

/// Runs the tool in `directory`; gives its output, or what it complains about.
pub(crate) fn openssl(directory: &Path, command: &str) -> Result<String, String> {
    let output = Command::new("openssl").args(command.split(' ')).current_dir(directory).output().unwrap();
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr) + &text(&output.stdout)) }
}

#[test]
fn openssl_accepts_what_the_test_ca_issues() {
    if !installed() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    let at = 1_790_000_000;
    for (n, kind) in (1..).zip(KINDS) {
        let ca = authority("Тестовый УЦ", kind, n);
        write("ca.pem", &ca.certificate().to_pem());
        write("other.pem", &authority("Тестовый УЦ", kind, n + 100).certificate().to_pem());
        for (m, leaf) in (50..).zip(KINDS) {
            let identity = ca.issue(&request("SOCZ01641", leaf), &[m; 64]).unwrap();
            write("leaf.pem", &identity.certificate().to_pem());
            write("leaf.key", &identity.key().to_pkcs8_pem().unwrap());
            let accepted = openssl(
                directory.path(),
                &format!("verify -engine gost -attime {at} -x509_strict -CAfile ca.pem leaf.pem"),
            );
            assert_eq!(accepted.as_deref(), Ok("leaf.pem: OK\n"), "{leaf:?} by {kind:?}");
            let refused =
                openssl(directory.path(), &format!("verify -engine gost -attime {at} -CAfile other.pem leaf.pem"));
            assert!(refused.is_err(), "{leaf:?} by {kind:?}");
            let of_key = openssl(directory.path(), "pkey -engine gost -in leaf.key -pubout");
            let of_certificate = openssl(directory.path(), "x509 -engine gost -in leaf.pem -noout -pubkey");
            assert_eq!(of_key, of_certificate, "{leaf:?}");
        }
    }
    let text = openssl(directory.path(), "x509 -in leaf.pem -noout -text").unwrap();
    for part in [
        "CA:FALSE",
        "Digital Signature, Non Repudiation",
        "Subject Key Identifier",
        "Authority Key Identifier",
        "Version: 3",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

#[test]
fn certificates_and_keys_made_by_openssl_are_read() {
    if !installed() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let table = [
        (Algorithm::Gost2001, "gost2001 -pkeyopt paramset:XA", "md_gost94"),
        (Algorithm::Gost2001, "gost2001 -pkeyopt paramset:A", "md_gost94"),
        (Algorithm::Gost2012_256, "gost2012_256 -pkeyopt paramset:A", "md_gost12_256"),
        (Algorithm::Gost2012_256, "gost2012_256 -pkeyopt paramset:TCA", "md_gost12_256"),
        (Algorithm::Gost2012_512, "gost2012_512 -pkeyopt paramset:A", "md_gost12_512"),
        (Algorithm::RsaSha256, "RSA -pkeyopt rsa_keygen_bits:2048", "sha256"),
        (Algorithm::EcdsaP256Sha256, "EC -pkeyopt ec_paramgen_curve:P-256", "sha256"),
    ];
    for (algorithm, options, digest) in table {
        openssl(directory.path(), &format!("genpkey -engine gost -algorithm {options} -out ca.key")).unwrap();
        openssl(
            directory.path(),
            &format!("req -engine gost -x509 -new -key ca.key -{digest} -days 30 -subj /C=RU/O=x/CN=ca -out ca.pem"),
        )
        .unwrap();
        let read = |name: &str| std::fs::read(directory.path().join(name)).unwrap();
        let certificate = Certificate::from_pem(&read("ca.pem")).unwrap();
        let key = PrivateKey::from_pkcs8_pem(&read("ca.key")).unwrap();
        assert_eq!(certificate.subject(), "CN=ca,O=x,C=RU");
        assert_eq!(certificate.public_key().algorithm(), algorithm, "{options}");
        assert_eq!(certificate.is_issued_by(&certificate), Ok(()), "{options}");

        // Such a key works as an authority of ours, RSA included.
        let identity = Identity::new(certificate, key).unwrap();
        let signature = identity.key().sign(b"message", &[1; 32]).unwrap();
        assert_eq!(identity.certificate().public_key().verify(b"message", &signature), Ok(()), "{options}");
        let pem = identity.key().to_pkcs8_pem().unwrap();
        let ca = TestCa::from_identity(identity).unwrap();
        let issued = ca.issue(&request("x", KINDS[0]), &[3; 64]).unwrap();
        std::fs::write(directory.path().join("leaf.pem"), issued.certificate().to_pem()).unwrap();
        let accepted = openssl(directory.path(), "verify -engine gost -no_check_time -CAfile ca.pem leaf.pem");
        assert_eq!(accepted.as_deref(), Ok("leaf.pem: OK\n"), "{options}");

        // And a certificate of ours fits a key made there.
        let key = PrivateKey::from_pkcs8_pem(pem.as_bytes()).unwrap();
        let request = CertificateRequest { algorithm, ..request("y", KINDS[0]) };
        let certified = ca.certify(&request, key.public_key(), &[4; 64]).unwrap();
        assert!(Identity::new(certified, key).is_ok(), "{options}");
    }
}
