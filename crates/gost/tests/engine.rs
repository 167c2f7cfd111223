//! OpenSSL's gost engine as referee: keys, digests and signatures go both ways. Skips, saying so, where the `openssl`
//! command or the engine is missing. The machine's own openssl.cnf is neither read nor changed.
#![expect(clippy::unwrap_used, reason = "a step of a test that fails is the test failing")]

use gost::{DigestAlgorithm, ParameterSet, PreparedKey, Scheme, Signer, SigningKey, digest};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const CONFIGURATION: &str = "openssl_conf = openssl_def
[openssl_def]
engines = engines
[engines]
gost = gost
[gost]
engine_id = gost
default_algorithms = ALL
";

/// Scheme, set, the engine's names of both. (It has no name for the 512-bit test set.)
const KEYS: [(Scheme, ParameterSet, &str, &str); 19] = [
    (Scheme::Gost2001, ParameterSet::Test2001, "gost2001", "0"),
    (Scheme::Gost2001, ParameterSet::CryptoProA, "gost2001", "A"),
    (Scheme::Gost2001, ParameterSet::CryptoProB, "gost2001", "B"),
    (Scheme::Gost2001, ParameterSet::CryptoProC, "gost2001", "C"),
    (Scheme::Gost2001, ParameterSet::XchA, "gost2001", "XA"),
    (Scheme::Gost2001, ParameterSet::XchB, "gost2001", "XB"),
    (Scheme::Gost2012_256, ParameterSet::Test2001, "gost2012_256", "0"),
    (Scheme::Gost2012_256, ParameterSet::CryptoProA, "gost2012_256", "A"),
    (Scheme::Gost2012_256, ParameterSet::CryptoProB, "gost2012_256", "B"),
    (Scheme::Gost2012_256, ParameterSet::CryptoProC, "gost2012_256", "C"),
    (Scheme::Gost2012_256, ParameterSet::XchA, "gost2012_256", "XA"),
    (Scheme::Gost2012_256, ParameterSet::XchB, "gost2012_256", "XB"),
    (Scheme::Gost2012_256, ParameterSet::Tc26_256A, "gost2012_256", "TCA"),
    (Scheme::Gost2012_256, ParameterSet::Tc26_256B, "gost2012_256", "TCB"),
    (Scheme::Gost2012_256, ParameterSet::Tc26_256C, "gost2012_256", "TCC"),
    (Scheme::Gost2012_256, ParameterSet::Tc26_256D, "gost2012_256", "TCD"),
    (Scheme::Gost2012_512, ParameterSet::Tc26_512A, "gost2012_512", "A"),
    (Scheme::Gost2012_512, ParameterSet::Tc26_512B, "gost2012_512", "B"),
    (Scheme::Gost2012_512, ParameterSet::Tc26_512C, "gost2012_512", "C"),
];

struct Engine {
    directory: TempDir,
}

impl Engine {
    /// `None`, with a word on stderr, when there is no engine.
    #[expect(clippy::print_stderr, reason = "a skipped test must say so")]
    fn find() -> Option<Self> {
        let engine = Self { directory: tempfile::tempdir().unwrap() };
        std::fs::write(engine.path("openssl.cnf"), CONFIGURATION).unwrap();
        let found = engine.command(&["engine", "-t", "gost"]).output();
        let works = found.is_ok_and(|found| String::from_utf8_lossy(&found.stdout).contains("[ available ]"));
        if !works {
            eprintln!("skipped: no openssl command with the gost engine on this machine");
        }
        works.then_some(engine)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(self.directory.path()).env("OPENSSL_CONF", self.path("openssl.cnf"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must succeed; gives the file it wrote to "out".
    fn make(&self, arguments: &[&str]) -> Vec<u8> {
        let run = self.run(&[arguments, &["-out", "out"]].concat());
        assert!(run.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
        std::fs::read(self.path("out")).unwrap()
    }

    fn write(&self, name: &str, octets: &[u8]) {
        std::fs::write(Path::new(&self.path(name)), octets).unwrap();
    }

    fn verifies(&self, public: &[u8], digest: &[u8], signature: &[u8]) -> bool {
        self.write("public", public);
        self.write("digest", digest);
        self.write("signature", signature);
        let verify = ["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "public"];
        self.run(&[verify.as_slice(), &["-in", "digest", "-sigfile", "signature"]].concat()).status.success()
    }
}

#[test]
fn keys_and_signatures_of_the_engine_are_accepted() {
    let Some(engine) = Engine::find() else { return };
    for (scheme, set, algorithm, name) in KEYS {
        let parameter_set = format!("paramset:{name}");
        let der = engine.make(&["genpkey", "-algorithm", algorithm, "-pkeyopt", &parameter_set, "-outform", "DER"]);
        engine.write("private", &der);
        let key = SigningKey::from_pkcs8_der(&der).unwrap();
        assert_eq!((key.public().scheme(), key.public().parameter_set()), (scheme, set));

        let spki = engine.make(&["pkey", "-inform", "DER", "-in", "private", "-pubout", "-outform", "DER"]);
        let public = PreparedKey::from_spki_der(&spki).unwrap();
        assert_eq!(&public, key.public(), "{scheme} {set}");

        for round in 0..4_u8 {
            let digest = digest(scheme.digest(), &[round]);
            engine.write("digest", &digest);
            let signature = engine.make(&["pkeyutl", "-sign", "-keyform", "DER", "-inkey", "private", "-in", "digest"]);
            assert_eq!(public.verify_digest(&digest, &signature), Ok(()), "{scheme} {set} round {round}");
        }
    }
}

#[test]
fn wrapped_private_key_of_the_engine_is_read() {
    let Some(engine) = Engine::find() else { return };
    let plain = engine.make(&["genpkey", "-algorithm", "gost2012_256", "-pkeyopt", "paramset:A", "-outform", "DER"]);
    engine.write("private", &plain);
    let mut wrap = engine.command(&["pkey", "-inform", "DER", "-in", "private", "-outform", "DER", "-out", "wrapped"]);
    assert!(wrap.env("GOST_PK_FORMAT", "LEGACY_PK_WRAP").status().unwrap().success());
    let wrapped = std::fs::read(engine.path("wrapped")).unwrap();
    assert_ne!(plain, wrapped, "the engine ignored GOST_PK_FORMAT");
    let key = SigningKey::from_pkcs8_der(&wrapped).unwrap();
    assert_eq!(key.public(), SigningKey::from_pkcs8_der(&plain).unwrap().public());
}

#[test]
fn keys_and_signatures_of_ours_are_accepted_by_the_engine() {
    let Some(engine) = Engine::find() else { return };
    for (scheme, set, _, _) in KEYS {
        let key = SigningKey::generate(scheme, set, &[8; 64]).unwrap();
        engine.write("private", &key.to_pkcs8_der());
        let spki = engine.make(&["pkey", "-inform", "DER", "-in", "private", "-pubout", "-outform", "DER"]);
        assert_eq!(&PreparedKey::from_spki_der(&spki).unwrap(), key.public(), "{scheme} {set}");

        for round in 0..4_u8 {
            let digest = digest(scheme.digest(), &[round]);
            let mut signature = key.sign_digest(&digest, &[round; 32]).unwrap();
            assert!(engine.verifies(&key.public().to_spki_der(), &digest, &signature), "{scheme} {set} round {round}");
            signature[5] ^= 1;
            assert!(!engine.verifies(&key.public().to_spki_der(), &digest, &signature), "{scheme} {set} damaged");
        }
    }
}

#[test]
fn digests_are_the_engines() {
    let Some(engine) = Engine::find() else { return };
    let octets: Vec<u8> = (0..=255).cycle().take(9000).collect();
    for (algorithm, name) in [
        (DigestAlgorithm::Gost94, "-md_gost94"),
        (DigestAlgorithm::Streebog256, "-md_gost12_256"),
        (DigestAlgorithm::Streebog512, "-md_gost12_512"),
    ] {
        for length in [1, 31, 32, 33, 63, 64, 65, 127, 128, 1000, 8192, 9000] {
            engine.write("message", &octets[..length]);
            let run = engine.run(&["dgst", name, "-binary", "message"]);
            assert_eq!(run.stdout, digest(algorithm, &octets[..length]), "{name} of {length} octets");
        }
    }
}
