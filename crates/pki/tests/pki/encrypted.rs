//! Keys encrypted at rest and keys that sign elsewhere; the encrypted form with `openssl` as referee, where installed.

use std::{path::Path, process::Command, sync::Arc};

use pki::{Algorithm, EncryptionProblem, Error, Identity, Passphrase, PemProblem, PrivateKey, RemoteKey};

use crate::{KINDS, authority};

fn passphrase(text: &str) -> Passphrase {
    Passphrase::from_file(text.as_bytes()).unwrap()
}

#[test]
fn every_kind_of_key_survives_encryption() {
    for (n, kind) in (1..).zip(KINDS) {
        let ca = authority("УЦ", kind, n);
        let pem = ca.identity().key().to_encrypted_pem(&passphrase("пароль"), &[n; 32]).unwrap();
        assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
        assert!(PrivateKey::is_encrypted(pem.as_bytes()));
        let key = PrivateKey::from_pem(pem.as_bytes(), Some(&passphrase("пароль"))).unwrap();
        assert!(Identity::new(ca.certificate().clone(), key).is_ok(), "{kind:?}");
    }
}

#[test]
fn key_and_passphrase_must_be_what_is_expected() {
    let ca = authority("УЦ", KINDS[0], 1);
    let open = ca.identity().key().to_pkcs8_pem().unwrap();
    let closed = ca.identity().key().to_encrypted_pem(&passphrase("right"), &[3; 32]).unwrap();
    let read = |file: &str, with: Option<&str>| {
        PrivateKey::from_pem(file.as_bytes(), with.map(passphrase).as_ref()).map(|key| key.algorithm())
    };
    assert_eq!(read(&open, None), Ok(Algorithm::Gost2001));
    assert_eq!(read(&closed, Some("right\n")), Ok(Algorithm::Gost2001));
    assert_eq!(read(&closed, Some("wrong")), Err(Error::WrongPassphrase));
    assert_eq!(read(&open, Some("right")), Err(Error::NotEncrypted));
    assert_eq!(read(&closed, None), Err(Error::Pem { label: "PRIVATE KEY", problem: PemProblem::Encrypted }));
    let neither = Err(Error::Pem { label: "ENCRYPTED PRIVATE KEY", problem: PemProblem::Missing });
    assert_eq!(read("no key", Some("right")), neither);
}

/// With a wrong passphrase the padding fits once in 256 times: what comes out then must not show as another error.
#[test]
fn a_wrong_passphrase_looks_the_same_when_the_padding_fits_by_chance() {
    // Cheap to open, so that many can be tried.
    let Some(file) = cheap_key() else { return };
    for n in 0..600 {
        let refused = PrivateKey::from_pem(file.as_bytes(), Some(&passphrase(&format!("guess {n}"))));
        assert_eq!(refused.err(), Some(Error::WrongPassphrase), "guess {n}");
    }
}

fn cheap_key() -> Option<String> {
    if !installed("EC") {
        return None;
    }
    let directory = tempfile::tempdir().unwrap();
    openssl(directory.path(), "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out open.pem").unwrap();
    openssl(directory.path(), "pkcs8 -topk8 -in open.pem -v2 aes-256-cbc -iter 1000 -passout pass:secret -out key.pem")
        .unwrap();
    Some(std::fs::read_to_string(directory.path().join("key.pem")).unwrap())
}

/// Whether openssl can make such keys; says so when not.
#[expect(clippy::print_stderr, reason = "says that it checks nothing")]
fn installed(family: &str) -> bool {
    let run = |arguments: &[&str]| Command::new("openssl").args(arguments).output().is_ok_and(|o| o.status.success());
    let installed = if family.starts_with("gost") { run(&["engine", "gost"]) } else { run(&["version"]) };
    if !installed {
        eprintln!("skipped: openssl for {family} keys is not installed");
    }
    installed
}

fn openssl(directory: &Path, command: &str) -> Result<String, String> {
    let output = Command::new("openssl").args(command.split(' ')).current_dir(directory).output().unwrap();
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr) + &text(&output.stdout)) }
}

const MADE_BY_OPENSSL: [(Algorithm, &str); 5] = [
    (Algorithm::Gost2001, "gost2001 -pkeyopt paramset:A"),
    (Algorithm::Gost2012_256, "gost2012_256 -pkeyopt paramset:A"),
    (Algorithm::Gost2012_512, "gost2012_512 -pkeyopt paramset:A"),
    (Algorithm::RsaSha256, "RSA -pkeyopt rsa_keygen_bits:2048"),
    (Algorithm::EcdsaP256Sha256, "EC -pkeyopt ec_paramgen_curve:P-256"),
];

#[test]
fn what_openssl_encrypts_is_read_and_what_is_written_here_openssl_reads() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    std::fs::write(path.join("pass"), "correct horse\nbattery").unwrap();
    let read = |name: &str| std::fs::read(path.join(name)).unwrap();
    for (algorithm, options) in MADE_BY_OPENSSL {
        let gost = options.starts_with("gost");
        if !installed(options) {
            continue;
        }
        let engine = if gost { " -engine gost" } else { "" };
        openssl(path, &format!("genpkey{engine} -algorithm {options} -out open.pem")).unwrap();
        let open = PrivateKey::from_pem(&read("open.pem"), None).unwrap();
        for how in [
            "pkcs8 -topk8 -v2 aes-256-cbc -in open.pem",
            "pkcs8 -topk8 -v2 aes-192-cbc -v2prf hmacWithSHA512 -iter 1000 -in open.pem",
            "pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA384 -iter 100000 -in open.pem",
            "pkey -aes256 -in open.pem",
        ] {
            openssl(path, &format!("{how}{engine} -passout file:pass -out closed.pem")).unwrap();
            let closed = PrivateKey::from_pem(&read("closed.pem"), Some(&passphrase("correct horse"))).unwrap();
            assert_eq!(closed.algorithm(), algorithm);
            assert_eq!(closed.public_key().spki_der(), open.public_key().spki_der(), "{options}, {how}");
        }
        let ours = open.to_encrypted_pem(&passphrase("correct horse"), &[5; 32]).unwrap();
        std::fs::write(path.join("ours.pem"), ours.as_bytes()).unwrap();
        let expected = openssl(path, &format!("pkey{engine} -in open.pem -pubout"));
        let there = openssl(path, &format!("pkey{engine} -in ours.pem -passin file:pass -pubout"));
        assert!(there.is_ok(), "{options}: {there:?}");
        assert_eq!(there, expected, "{options}");
        assert!(openssl(path, &format!("pkey{engine} -in ours.pem -passin pass:wrong -pubout")).is_err());
    }
}

#[test]
fn other_encryptions_of_openssl_are_refused_by_name() {
    if !installed("EC") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    openssl(path, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out open.pem").unwrap();
    for (how, expected) in [
        ("-v2 aes-256-cbc -iter 500", "500 iterations"),
        ("-v2 aes-256-cbc -v2prf hmacWithSHA1", "1.2.840.113549.2.7"),
        ("-v2 des3", "1.2.840.113549.3.7"),
        ("-v1 PBE-SHA1-3DES", "1.2.840.113549.1.12.1.3"),
        ("-scrypt", "1.3.6.1.4.1.11591.4.11"),
    ] {
        openssl(path, &format!("pkcs8 -topk8 {how} -in open.pem -passout pass:x -out closed.pem")).unwrap();
        let file = std::fs::read(path.join("closed.pem")).unwrap();
        let refused = PrivateKey::from_pem(&file, Some(&passphrase("x"))).unwrap_err();
        assert!(refused.to_string().contains(expected), "{how}: {refused}");
        assert!(matches!(
            refused,
            Error::UnusableEncryption {
                problem: EncryptionProblem::Scheme { .. }
                    | EncryptionProblem::Derivation { .. }
                    | EncryptionProblem::Iterations { .. }
            }
        ));
    }
}

/// A token that can be made to lie.
#[derive(Debug)]
struct Elsewhere {
    key: PrivateKey,
    honest: bool,
}

impl RemoteKey for Elsewhere {
    fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    fn whereabouts(&self) -> &'static str {
        "on token «test»"
    }

    fn sign(&self, message: &[u8], entropy: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let mut signature = self.key.sign(message, entropy)?;
        signature[0] ^= u8::from(!self.honest);
        Ok(signature)
    }

    fn sign_digest(&self, digest: &[u8], entropy: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let mut signature = self.key.sign_digest(digest, entropy)?;
        signature[0] ^= u8::from(!self.honest);
        Ok(signature)
    }
}

fn elsewhere(kind: (Algorithm, Option<gost::ParameterSet>), entropy: u8, honest: bool) -> (Identity, Elsewhere) {
    let ca = authority("УЦ", kind, entropy);
    let pem = ca.identity().key().to_pkcs8_pem().unwrap();
    (ca.identity().clone(), Elsewhere { key: PrivateKey::from_pkcs8_pem(pem.as_bytes()).unwrap(), honest })
}

#[test]
fn a_key_elsewhere_signs_like_one_at_hand() {
    for (n, kind) in (1..).zip(KINDS) {
        let (own, remote) = elsewhere(kind, n, true);
        let certificate = own.certificate().clone();
        let key = PrivateKey::remote(Arc::new(remote), certificate.public_key().clone()).unwrap();
        let identity = Identity::new(certificate, key).unwrap();
        let signature = identity.key().sign(b"message", &[1; 32]).unwrap();
        assert_eq!(own.certificate().public_key().verify(b"message", &signature), Ok(()));
        if let Some(scheme) = kind.0.scheme() {
            let digest = gost::digest(scheme.digest(), b"message");
            let signature = identity.key().sign_digest(&digest, &[1; 32]).unwrap();
            assert_eq!(own.certificate().public_key().verify(b"message", &signature), Ok(()));
        }
        assert_eq!(identity.key().whereabouts(), Some("on token «test»"));
        assert!(matches!(identity.key().to_pkcs8_pem(), Err(Error::KeyElsewhere { .. })));
        assert!(matches!(identity.key().to_encrypted_pem(&passphrase("x"), &[0; 32]), Err(Error::KeyElsewhere { .. })));
    }
}

#[test]
fn a_wrong_signature_of_a_token_is_not_released() {
    for (n, kind) in (1..).zip(KINDS) {
        let (own, remote) = elsewhere(kind, n, false);
        let key = PrivateKey::remote(Arc::new(remote), own.certificate().public_key().clone()).unwrap();
        let wrong = Error::RemoteWrong { algorithm: kind.0, whereabouts: "on token «test»".to_owned() };
        assert_eq!(key.sign(b"message", &[1; 32]), Err(wrong.clone()));
        if kind.0.is_gost() {
            let digest = gost::digest(kind.0.scheme().unwrap().digest(), b"message");
            assert_eq!(key.sign_digest(&digest, &[1; 32]), Err(wrong.clone()));
        }
        assert_eq!(Identity::new(own.certificate().clone(), key).err(), Some(wrong));
    }
}

#[test]
fn a_token_with_another_algorithm_than_its_certificate_is_refused() {
    let (_, remote) = elsewhere(KINDS[0], 1, true);
    let (other, _) = elsewhere(KINDS[2], 2, true);
    let refused = PrivateKey::remote(Arc::new(remote), other.certificate().public_key().clone());
    assert!(matches!(refused, Err(Error::AlgorithmDoesNotFitKey { .. })));
}
