//! Secrets named in the registry: where keys may be, who may read their files, what the digest says of them.

use std::io;
use std::path::{Path, PathBuf};

use domain::registry::{Files, KeyRef, KeySource, Problem, Registry, Signing};

use crate::broken::Case;
use crate::demo::{ENTRY, Memory};

const NODE_KEY: &str = r#"key = "certs/node/node.key.pem""#;
const TOKEN: &str = "pkcs11:token=node;object=sign?module-path=/usr/lib/librtpkcs11ecp.so";

/// Mistakes with keys; they are told with those of `broken`.
pub(crate) const CASES: &[Case] = &[
    Case {
        mistake: "a PIN in the registry",
        file: "routes.toml",
        from: NODE_KEY,
        to: r#"key = "pkcs11:token=node;object=sign?module-path=/usr/lib/librtpkcs11ecp.so&pin-value=73191""#,
        said: r"routes.toml:10:7: node.key: holds the PIN itself, where many can read it
  allowed: a path relative to the directory of this file, or pkcs11:token=…;object=…?module-path=/…&pin-source=file:…
  hint: write the PIN into a file with mode 0600 and name it: pin-source=file:…",
    },
    Case {
        mistake: "a token URI without the library",
        file: "routes.toml",
        from: NODE_KEY,
        to: r#"key = "pkcs11:token=node;object=sign""#,
        said: r"routes.toml:10:7: node.key: module-path is missing or not an absolute path
  allowed: a path relative to the directory of this file, or pkcs11:token=…;object=…?module-path=/…&pin-source=file:…
  hint: add module-path=/…, the PKCS#11 library of the token's maker",
    },
    Case {
        mistake: "a PIN file that is not there",
        file: "routes.toml",
        from: NODE_KEY,
        to: r#"key = "pkcs11:token=node;object=sign?module-path=/usr/lib/librtpkcs11ecp.so&pin-source=file:certs/node/node.pim""#,
        said: r"routes.toml:10:7: node.key: cannot read certs/node/node.pim: no such file
  hint: did you mean certs/node/node.pem?",
    },
    Case {
        mistake: "a passphrase beside a key on a token",
        file: "routes.toml",
        from: NODE_KEY,
        to: r#"key = "pkcs11:token=node;object=sign?module-path=/usr/lib/librtpkcs11ecp.so"
key_passphrase_file = "certs/node/node.pass""#,
        said: r"routes.toml:11:23: node.key_passphrase_file: stands beside a key on a token
  hint: take it out; the PIN's file is named in the URI: pin-source=file:…",
    },
    Case {
        mistake: "a passphrase file that is not there",
        file: "routes.toml",
        from: NODE_KEY,
        to: r#"key = "certs/node/node.key.pem"
key_passphrase_file = "secrets/node.pass""#,
        said: r"routes.toml:11:23: node.key_passphrase_file: cannot read secrets/node.pass: no such file
  hint: paths are relative to the directory of the file they are written in",
    },
    Case {
        mistake: "a passphrase for the key of a system that signs itself",
        file: "routes.toml",
        from: r#"certificates = ["certs/is/zags.pem"]"#,
        to: r#"certificates = ["certs/is/zags.pem"]
key_passphrase_file = "zags.pass""#,
        said: r#"routes.toml:77:23: system.key_passphrase_file: stands beside signature = "own"
  hint: take it out, or write signature = "hosted" if the bus is to sign for the system"#,
    },
    Case {
        mistake: "a token where TLS wants a file",
        file: "routes.toml",
        from: r#"key = "certs/node/tls.key.pem""#,
        to: r#"key = "pkcs11:token=node;object=tls?module-path=/usr/lib/librtpkcs11ecp.so""#,
        said: r"routes.toml:29:79: federal.tls.key: names a key on a token, which is not taken for TLS
  hint: name a file with a key in PEM",
    },
];

const SERVICE: &str = r#"answer_deadline = "30 s""#;

/// Mistakes with business keys.
pub(crate) const KEY_CASES: &[Case] = &[
    Case {
        mistake: "a personal key, and nothing to hide its values with",
        file: "routes.toml",
        from: SERVICE,
        to: r#"keys = [{ name = "снилс", path = "//Snils", personal = true }]"#,
        said: r#"routes.toml:108:56: service.keys.personal: the value is personal, and there is no key to hide it with
  hint: openssl rand -hex 32 > subject.key, chmod 600, and in [journal]: subject_key = "subject.key""#,
    },
    Case {
        mistake: "a key for personal values that can be guessed",
        file: "routes.toml",
        from: r#"directory = "data""#,
        to: r#"directory = "data"
subject_key = "certs/is/fns.pem""#,
        said: r"routes.toml:21:15: journal.subject_key: certs/is/fns.pem holds 26 octets: too few, values could be found by trying
  allowed: at least 32 random octets
  hint: openssl rand -hex 32 writes a new one",
    },
    Case {
        mistake: "a path with a condition, a name with a blank, a misspelt word",
        file: "routes.toml",
        from: SERVICE,
        to: r#"keys = [{ name = "номер дела", path = "//Case[1]", persnal = true }]"#,
        said: r#"routes.toml:108:18: service.keys.name: "номер дела" is no name of a key
  allowed: a name of 1 to 40 characters without = and blanks
  hint: write one short word, such as "снилс"
routes.toml:108:39: service.keys.path: "Case[1]" is no step of a path
  allowed: AppData/Name/…, or //Name/… for anywhere below AppData; a step is Name, {namespace}Name or *, the last may be @name
  hint: conditions in brackets are not known; a key takes all elements of the path
routes.toml:108:52: service.keys.persnal: is not a known key
  allowed: name, path, personal
  hint: did you mean personal?"#,
    },
    Case {
        mistake: "two keys of one name",
        file: "routes.toml",
        from: SERVICE,
        to: r#"keys = [{ name = "a", path = "//a" }, { name = "a", path = "AppData/b" }]"#,
        said: r#"routes.toml:108:48: service.keys.name: "a" stands twice in this service
  hint: give each key a name of its own"#,
    },
    Case {
        mistake: "keys that are no rows",
        file: "routes.toml",
        from: SERVICE,
        to: r#"keys = ["//a"]"#,
        said: r"routes.toml:108:8: service.keys: must be rows
  hint: write each row under a line [[service.keys]]",
    },
];

/// A region one of whose files has another mode.
struct Loose<'m> {
    memory: &'m Memory,
    name: &'static str,
    mode: u32,
}

impl Files for Loose<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.memory.read(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        self.memory.list(dir)
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        Ok(if path.ends_with(self.name) { self.mode } else { 0o600 })
    }
}

/// The demo region with an encrypted node key, and with a PIN for the hosted system's key on a token.
fn guarded() -> Memory {
    let mut region = Memory::demo()
        .edited("routes.toml", NODE_KEY, &format!("{NODE_KEY}\nkey_passphrase_file = \"certs/node/node.pass\""))
        .edited(
            "routes.toml",
            r#"key = "certs/is/adms.key.pem""#,
            &format!("key = \"{TOKEN}&pin-source=file:certs/is/adms.pin\""),
        );
    region.0.remove(Path::new("/region/certs/is/adms.key.pem"));
    for (name, octets) in [("certs/node/node.pass", "correct horse\n"), ("certs/is/adms.pin", "73191\n")] {
        region.0.insert(Path::new("/region").join(name), octets.as_bytes().to_vec());
    }
    region
}

fn load(memory: &Memory, name: &'static str, mode: u32) -> Result<Registry, Vec<Problem>> {
    Registry::load(Path::new(ENTRY), &Loose { memory, name, mode })
}

#[test]
fn secrets_that_others_may_read_or_write_are_refused() {
    let region = guarded();
    let places = [
        ("certs/node/node.key.pem", "routes.toml:10:7: node.key: "),
        ("certs/node/node.pass", "routes.toml:11:23: node.key_passphrase_file: "),
        ("certs/is/adms.pin", "routes.toml:85:7: system.key: "),
        ("certs/node/tls.key.pem", "routes.toml:30:79: federal.tls.key: "),
    ];
    for (name, place) in places {
        for mode in [0o644, 0o640, 0o620, 0o604, 0o602, 0o601, 0o777, 0o10_0644] {
            let problems: Vec<_> =
                load(&region, name, mode).unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>();
            let mode = mode & 0o7777;
            let said = format!(
                "{place}{name} is open to others than its owner: mode {mode:04o}\n  allowed: mode 0600 or 0400\n  \
                 hint: chmod 600 /region/{name}"
            );
            assert_eq!(problems, [said]);
        }
        for mode in [0o600, 0o400, 0o700, 0o10_0600] {
            assert!(load(&region, name, mode).is_ok(), "{name} {mode:o}");
        }
    }
    assert!(load(&region, "certs/node/node.pem", 0o644).is_ok(), "a certificate is no secret");
}

#[test]
fn a_key_of_the_listener_is_guarded_too() {
    let listen = "admin = \"127.0.0.1:8081\"";
    let tls = "tls = { certificate = \"certs/node/tls.pem\", key = \"certs/node/soap.key.pem\" }";
    let mut region = Memory::demo().edited("routes.toml", listen, &format!("{listen}\n{tls}"));
    region.0.insert("/region/certs/node/soap.key.pem".into(), b"key".to_vec());
    assert!(load(&region, "certs/node/soap.key.pem", 0o600).is_ok());
    let problems = load(&region, "certs/node/soap.key.pem", 0o644).unwrap_err();
    assert_eq!(problems.first().map(|problem| problem.key.as_str()), Some("listen.tls.key"));
}

#[test]
fn keys_are_found_in_files_and_on_tokens() {
    let registry = guarded().loaded();
    let KeyRef { source: KeySource::File(file), passphrase: Some(passphrase) } = &registry.node().key else {
        panic!("{:?}", registry.node().key)
    };
    assert_eq!(file.octets(), b"octets of certs/node/node.key.pem");
    assert_eq!(passphrase.octets(), b"correct horse\n");
    let hosted = registry.systems().iter().find_map(|system| match &system.signature {
        Signing::Hosted { key, .. } => Some(key),
        Signing::Own => None,
    });
    let Some(KeyRef { source: KeySource::Token { uri, pin: Some(pin) }, passphrase: None }) = hosted else {
        panic!("{hosted:?}")
    };
    assert_eq!((uri.token(), uri.object()), (Some("node"), Some("sign")));
    assert_eq!((pin.path.as_path(), pin.octets()), (Path::new("/region/certs/is/adms.pin"), b"73191\n".as_slice()));
    assert_eq!(registry.node().key.to_string(), "/region/certs/node/node.key.pem");
}

#[test]
fn pin_files_are_found_beside_the_file_that_names_them_or_at_an_absolute_path() {
    for source in ["file:/etc/rsmev/pin", "file:///etc/rsmev/pin"] {
        let mut region =
            Memory::demo().edited("routes.toml", NODE_KEY, &format!("key = \"{TOKEN}&pin-source={source}\""));
        region.0.insert("/etc/rsmev/pin".into(), b"1".to_vec());
        let registry = region.loaded();
        let KeySource::Token { pin: Some(pin), .. } = &registry.node().key.source else { panic!("{source}") };
        assert_eq!(pin.path, Path::new("/etc/rsmev/pin"), "{source}");
    }
}

/// SHA-256 of a PIN is the PIN: ten thousand guesses.
#[test]
fn the_manifest_gives_no_digest_of_a_passphrase_or_pin() {
    let region = guarded();
    let registry = region.loaded();
    assert!(registry.manifest().contains("certs/node/node.key.pem"));
    for hidden in ["node.pass", "adms.pin"] {
        assert!(!registry.manifest().contains(hidden), "{}", registry.manifest());
        assert!(registry.files().iter().all(|file| !file.name.contains(hidden)));
    }
    let mut other_pin = region.clone();
    other_pin.0.insert("/region/certs/is/adms.pin".into(), b"00000".to_vec());
    assert_eq!(other_pin.loaded().digest(), registry.digest());
    let mut other_key = region;
    other_key.0.insert("/region/certs/node/node.key.pem".into(), b"another key".to_vec());
    assert_ne!(other_key.loaded().digest(), registry.digest());
}

#[test]
fn a_file_that_is_certificate_and_key_is_listed_once() {
    let region = Memory::demo().edited("routes.toml", NODE_KEY, r#"key = "certs/node/node.pem""#);
    let registry = region.loaded();
    assert_eq!(registry.manifest().matches("certs/node/node.pem").count(), 1);
}

#[test]
fn debug_output_shows_no_octet_of_a_secret() {
    let shown = format!("{:?}", guarded().loaded());
    for secret in ["correct horse", "73191", "octets of certs/node/node.key.pem"] {
        let octets = format!("{:?}", secret.as_bytes());
        assert!(!shown.contains(secret) && !shown.contains(octets.trim_matches(['[', ']'])), "{secret}");
    }
    assert!(shown.contains("SecretFile(/region/certs/node/node.pass)"));
}
