//! A real PKCS#11 module: softhsm2 with RSA and ECDSA keys, where it is installed. GOST it has not.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use pki::test_ca::{CertificateRequest, TestCa};
use pki::{Algorithm, Identity, Passphrase, PrivateKey};
use token::{Error, Uri};

/// Where packages put the library.
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];
/// Tells the second process where its token is.
const DIRECTORY: &str = "RSMEV_TEST_TOKEN";
const PIN: &str = "738194";

/// The module reads its configuration from the environment, which a process cannot change safely in itself: the test
/// starts itself again with it.
#[test]
#[expect(clippy::print_stderr, reason = "says that it checks nothing")]
fn keys_of_softhsm_sign() {
    let Some(module) = MODULES.iter().map(Path::new).find(|path| path.exists()) else {
        eprintln!("skipped: softhsm2 is not installed");
        return;
    };
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        return with_token(module, &PathBuf::from(directory));
    }
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("tokens")).unwrap();
    let configuration = directory.path().join("softhsm2.conf");
    let tokens = directory.path().join("tokens");
    fs::write(&configuration, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display())).unwrap();
    let run = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).env("SOFTHSM2_CONF", &configuration).env(DIRECTORY, directory.path());
        let output = command.current_dir(directory.path()).output().unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}");
    };
    let util = Path::new("softhsm2-util");
    for label in ["node", "other"] {
        run(util, &["--init-token", "--free", "--label", label, "--so-pin", "11111111", "--pin", PIN]);
    }
    let ca = authority();
    fs::write(directory.path().join("ec.pem"), ca.identity().key().to_pkcs8_pem().unwrap()).unwrap();
    fs::write(directory.path().join("ec.crt"), ca.certificate().to_pem()).unwrap();
    let mut keys = vec![("ec.pem", "ec", "01")];
    let rsa = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.pem"];
    if Command::new("openssl").args(rsa).current_dir(directory.path()).output().is_ok_and(|o| o.status.success()) {
        keys.push(("rsa.pem", "rsa", "02"));
    }
    keys.push(("ec.pem", "twin", "03"));
    keys.push(("ec.pem", "twin", "04"));
    for (file, label, id) in keys {
        run(util, &["--import", file, "--token", "node", "--label", label, "--id", id, "--pin", PIN]);
    }
    run(&std::env::current_exe().unwrap(), &["--exact", "keys_of_softhsm_sign", "--nocapture"]);
}

fn authority() -> TestCa {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2056-01-01T00:00:00Z"));
    TestCa::create("УЦ", Algorithm::EcdsaP256Sha256, None, from, to, &[3; 64]).unwrap()
}

fn uri(module: &Path, rest: &str) -> Uri {
    Uri::parse(&format!("pkcs11:{rest}?module-path={}", module.display())).unwrap()
}

fn pin(text: &str) -> Passphrase {
    Passphrase::from_file(text.as_bytes()).unwrap()
}

fn with_token(module: &Path, directory: &Path) {
    let open = |rest: &str, with: Option<&str>| token::open(&uri(module, rest), with.map(pin).as_ref(), None);
    refusals(&open);
    let certificate = pki::Certificate::from_pem(&fs::read(directory.join("ec.crt")).unwrap()).unwrap();
    let by_id = open("token=node;id=%01", Some(PIN)).unwrap();
    assert_eq!(by_id.public_key().spki_der(), certificate.public_key().spki_der(), "read from the token");
    let given = token::open(&uri(module, "token=node;object=ec"), Some(&pin(PIN)), Some(certificate.public_key()));
    let node = Identity::new(certificate.clone(), given.unwrap()).unwrap();
    assert_eq!(node.key().whereabouts(), Some("on token «node», key «ec»"));
    assert!(matches!(node.key().to_pkcs8_pem(), Err(pki::Error::KeyElsewhere { .. })));
    many_threads(node.key());

    // A key of the token signs certificates too, like any other.
    let ca = TestCa::from_identity(node).unwrap();
    let request = CertificateRequest {
        common_name: "SOCZ01641",
        organization: "test",
        algorithm: Algorithm::EcdsaP256Sha256,
        parameter_set: None,
        not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2046-01-01T00:00:00Z".parse().unwrap(),
    };
    let issued = ca.issue(&request, &[5; 64]).unwrap();
    assert_eq!(issued.certificate().is_issued_by(&certificate), Ok(()));

    if directory.join("rsa.pem").exists() {
        let rsa = open("token=node;object=rsa", Some(PIN)).unwrap();
        let file = fs::read(directory.join("rsa.pem")).unwrap();
        let at_hand = PrivateKey::from_pem(&file, None).unwrap();
        assert_eq!(rsa.public_key().spki_der(), at_hand.public_key().spki_der());
        assert_eq!(rsa.sign(b"message", &[0; 32]), at_hand.sign(b"message", &[0; 32]), "PKCS#1 v1.5 has one signature");
        let foreign = token::open(&uri(module, "token=node;object=ec"), Some(&pin(PIN)), Some(rsa.public_key()));
        assert!(matches!(foreign, Err(Error::NoMechanism { .. } | Error::Foreign { .. })), "{foreign:?}");
    }
}

fn many_threads(key: &PrivateKey) {
    std::thread::scope(|scope| {
        for n in 0..8_u8 {
            scope.spawn(move || {
                for m in 0..8_u8 {
                    let signature = key.sign(&[n, m], &[0; 32]).unwrap();
                    assert_eq!(key.public_key().verify(&[n, m], &signature), Ok(()));
                }
            });
        }
    });
}

type Open<'a> = dyn Fn(&str, Option<&str>) -> Result<PrivateKey, Error> + 'a;

/// Before the first right PIN: login counts for the whole process.
fn refusals(open: &Open<'_>) {
    let refused = |rest: &str, with: Option<&str>| match open(rest, with) {
        Ok(key) => panic!("{rest}: {key:?}"),
        Err(error) => error,
    };
    assert_eq!(refused("token=node;object=ec", Some("000000")), Error::WrongPin);
    assert_eq!(refused("token=node;object=ec", None), Error::NoKey { logged_in: false });
    let Error::NoToken { present } = refused("token=absent;object=ec", Some(PIN)) else { panic!("found") };
    assert!(present.contains("«node»") && present.contains("«other»"), "{present}");
    assert_eq!(refused("token=node;object=absent", Some(PIN)), Error::NoKey { logged_in: true });
    assert_eq!(refused("token=node;object=twin", Some(PIN)), Error::SeveralKeys { count: 2 });
    assert_eq!(refused("token=other;object=ec", Some(PIN)), Error::NoKey { logged_in: true });
    for path in [Path::new("/nonexistent/module.so"), Path::new("/etc/hostname")] {
        let missing = token::open(&uri(path, "token=node;object=ec"), Some(&pin(PIN)), None);
        assert!(matches!(missing, Err(Error::Module { .. })), "{missing:?}");
    }
    // A library that is no PKCS#11 module.
    let libc = ["/lib/x86_64-linux-gnu/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6"];
    for path in libc.iter().map(Path::new).filter(|path| path.exists()) {
        let other = token::open(&uri(path, "token=node;object=ec"), None, None);
        assert!(matches!(other, Err(Error::Module { .. })), "{other:?}");
    }
}
