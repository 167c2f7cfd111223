//! The bus with keys that do not lie open: encrypted at rest, and on a token of softhsm2 where it is installed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use pki::test_ca::{CertificateRequest, TestCa};
use pki::{Algorithm, Certificate, Identity, PrivateKey};

use crate::region::{Ran, Region, rsmev};

const NODE_KEY: &str = "key = \"certs/node/node.key.pem\"";
/// Where packages put the library of softhsm2.
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];
const PIN: &str = "738194";

pub(crate) fn secret(path: &Path, octets: &[u8]) {
    fs::write(path, octets).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

/// The lines for the registry that `key encrypt` prints.
fn lines_for_registry(ran: &Ran) -> String {
    let lines = ran.stderr.lines().filter(|line| line.starts_with("key"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The region's key file encrypted with the passphrase of `secrets/node.pass`, and the registry told so.
pub(crate) fn encrypt(region: &Region) {
    fs::create_dir(region.path().join("secrets")).unwrap();
    secret(&region.path().join("secrets/node.pass"), b"correct horse battery\n");
    let words = ["key", "encrypt", "certs/node/node.key.pem", "--passphrase-file", "secrets/node.pass"];
    region.run(&words).good();
    region.edit("routes.toml", NODE_KEY, &format!("{NODE_KEY}\nkey_passphrase_file = \"secrets/node.pass\""));
}

/// One exchange through the bus, judged by the stand: the provider has checked the node's signature.
fn one_message_passes(region: &Region) {
    let sent = region.run(&["stand", "send", ".", "--kind", "region", "--json"]).good().json();
    assert!(sent.as_array().is_some_and(|exchanges| !exchanges.is_empty()), "{sent}");
    assert_eq!(region.audit()["failed"], 0);
}

#[test]
fn a_live_key_is_encrypted_by_the_lines_that_the_command_prints() {
    let region = Region::running();
    secret(&region.path().join("node.pass"), b"correct horse battery\n");
    let words = ["key", "encrypt", "certs/node/node.key.pem", "--passphrase-file", "node.pass", "--out", "closed.pem"];
    let lines = lines_for_registry(&region.run(&words).good());
    assert_eq!(lines.lines().count(), 2, "{lines}");
    region.edit("routes.toml", NODE_KEY, &lines);
    fs::remove_file(region.path().join("certs/node/node.key.pem")).unwrap();
    region.run(&["check"]).good();
    region.run(&["reload"]).good();
    one_message_passes(&region);
    // In its own place: nothing loads before the line is there.
    let region = Region::written();
    secret(&region.path().join("node.pass"), b"correct horse battery\n");
    let ran = region.run(&words[..5]).good();
    does_not_start(&region, &["the key is encrypted", "key_passphrase_file"]);
    assert!(ran.stderr.contains("neither starts nor reloads") && !ran.stderr.contains("horse"), "{}", ran.stderr);
    region.edit("routes.toml", NODE_KEY, &format!("{NODE_KEY}\n{}", lines_for_registry(&ran)));
    region.run(&["check"]).good();
}

#[test]
fn the_bus_runs_with_encrypted_keys() {
    let mut region = Region::without_bus();
    encrypt(&region);
    let shown =
        region.run(&["key", "show", "certs/node/node.key.pem", "--passphrase-file", "secrets/node.pass", "--json"]);
    let shown = shown.good().json();
    assert_eq!((&shown["encrypted"], &shown["mode"]), (&true.into(), &"0600".into()));
    let file = fs::read_to_string(region.path().join("certs/node/node.key.pem")).unwrap();
    assert!(file.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    region.start_bus();
    one_message_passes(&region);
    // What the operator publishes as the state of the registry helps nobody to guess the passphrase.
    let check = region.run(&["check", "--json"]).good().json();
    assert!(check.to_string().contains("node.key.pem") && !check.to_string().contains("node.pass"), "{check}");
}

#[test]
fn hosted_keys_may_be_encrypted_too() {
    let mut region = Region::without_bus();
    secret(&region.path().join("hosted.pass"), "пароль\n".as_bytes());
    // A copy: the stand reads the key too.
    let (open, closed) = ("certs/is/ARHV01641.key.pem", "certs/is/ARHV01641.closed.pem");
    region.run(&["key", "encrypt", open, "--passphrase-file", "hosted.pass", "--out", closed]).good();
    let lines = format!("key = \"../{closed}\"\nkey_passphrase_file = \"../hosted.pass\"");
    region.edit("routes.d/participants.toml", &format!("key = \"../{open}\""), &lines);
    region.start_bus();
    let sent = region.run(&["stand", "send", ".", "--kind", "hosted", "--json"]).good().json();
    assert!(sent.as_array().is_some_and(|exchanges| !exchanges.is_empty()), "{sent}");
}

/// `serve` must end at once with all of `said`, and tell no secret.
fn does_not_start(region: &Region, said: &[&str]) {
    for command in ["serve", "check"] {
        let ran = with_softhsm(region, region.command(&[command]));
        assert_eq!(ran.code, 1, "{command}: {}{}", ran.text(), ran.stderr);
        let all = ran.text() + &ran.stderr;
        for part in said {
            assert!(all.contains(part), "{command}: no {part:?} in {all}");
        }
        for secret in ["correct horse", PIN, "999999"] {
            assert!(!all.contains(secret), "{command}: {all}");
        }
    }
}

#[test]
fn a_bus_whose_key_file_is_not_safe_or_does_not_open_does_not_start() {
    let region = Region::written();
    let path = |name: &str| region.path().join(name);
    let chmod = |name: &str, mode: u32| fs::set_permissions(path(name), Permissions::from_mode(mode)).unwrap();
    for mode in [0o644, 0o640, 0o660] {
        chmod("certs/node/node.key.pem", mode);
        let mode = format!("certs/node/node.key.pem is open to others than its owner: mode 0{mode:o}");
        does_not_start(&region, &["routes.toml:12:7: node.key: ", &mode, "hint: chmod 600 certs/node/node.key.pem"]);
    }
    chmod("certs/node/node.key.pem", 0o600);

    encrypt(&region);
    chmod("secrets/node.pass", 0o604);
    does_not_start(&region, &["node.key_passphrase_file: secrets/node.pass is open to others", "mode 0604"]);
    chmod("secrets/node.pass", 0o600);
    secret(&path("secrets/node.pass"), b"999999\n");
    does_not_start(&region, &["node.key.pem: the passphrase does not open the key"]);
    secret(&path("secrets/node.pass"), b"\n");
    does_not_start(&region, &["secrets/node.pass: no usable passphrase"]);

    let line = "key_passphrase_file = \"secrets/node.pass\"";
    region.edit("routes.toml", line, "");
    does_not_start(&region, &["the key is encrypted", "key_passphrase_file"]);
    region.edit("routes.toml", NODE_KEY, &format!("key = \"certs/next/node.key.pem\"\n{line}"));
    secret(&path("secrets/node.pass"), b"correct horse battery\n");
    does_not_start(&region, &["certs/next/node.key.pem: the key is not encrypted, but a passphrase is given"]);
}

#[test]
fn a_key_command_never_prints_or_loses_a_key() {
    let region = Region::written();
    secret(&region.path().join("pass"), b"correct horse battery\n");
    let made =
        region.run(&["key", "new", "made.pem", "--algorithm", "gost2012-512", "--passphrase-file", "pass"]).good();
    let mode_of = |name: &str| fs::metadata(region.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode_of("made.pem"), 0o600);
    let again = region.run(&["key", "new", "made.pem"]);
    assert_eq!(again.code, 1, "an existing file is not overwritten");
    let copied =
        region.run(&["key", "encrypt", "certs/node/node.key.pem", "--passphrase-file", "pass", "--out", "copy.pem"]);
    assert_eq!(mode_of("copy.pem"), 0o600);
    let open = fs::read_to_string(region.path().join("certs/node/node.key.pem")).unwrap();
    assert!(open.starts_with("-----BEGIN PRIVATE KEY-----"), "with --out the old file stays");
    let secret_line = open.lines().nth(1).unwrap();

    secret(&region.path().join("new"), b"another one\n");
    let words = ["key", "encrypt", "copy.pem", "--passphrase-file", "new"];
    assert_eq!(region.run(&words).code, 1, "the old passphrase is asked for");
    let wrong = region.run(&[&words[..], &["--old-passphrase-file", "new"]].concat());
    assert_eq!(wrong.code, 1, "{}", wrong.stderr);
    region.run(&[&words[..], &["--old-passphrase-file", "pass"]].concat()).good();
    let shown =
        region.run(&["key", "show", "copy.pem", "--passphrase-file", "new", "--certificate", "certs/node/node.pem"]);
    for ran in [made, again, copied.good(), wrong, shown.good()] {
        let all = ran.text() + &ran.stderr;
        assert!(!all.contains(secret_line) && !all.contains("correct horse") && !all.contains("another one"), "{all}");
    }
}

/// A token with the node's key, where softhsm2 is installed.
struct Token {
    module: &'static str,
}

impl Token {
    #[expect(clippy::print_stderr, reason = "says that it checks nothing")]
    fn installed() -> Option<Token> {
        let module = MODULES.into_iter().find(|path| Path::new(path).exists());
        if module.is_none() {
            eprintln!("skipped: softhsm2 is not installed");
        }
        Some(Token { module: module? })
    }

    /// Puts the key onto a new token «node» in the directory of the region.
    fn with_key(region: &Region, key: &PrivateKey) {
        let file = region.path().join("for-token.pem");
        secret(&file, key.to_pkcs8_pem().unwrap().as_bytes());
        fs::create_dir(region.path().join("tokens")).unwrap();
        let configuration =
            format!("directories.tokendir = {}\nlog.level = ERROR\n", region.path().join("tokens").display());
        fs::write(conf(region), configuration).unwrap();
        let util = |words: &[&str]| {
            let mut command = Command::new("softhsm2-util");
            command.args(words);
            with_softhsm(region, command).good();
        };
        util(&["--init-token", "--free", "--label", "node", "--so-pin", "11111111", "--pin", PIN]);
        let file = file.to_str().unwrap();
        util(&["--import", file, "--token", "node", "--label", "sign", "--id", "01", "--pin", PIN]);
        fs::remove_file(file).unwrap();
    }

    fn uri(&self, rest: &str) -> String {
        format!("pkcs11:{rest}?module-path={}&pin-source=file:node.pin", self.module)
    }
}

fn conf(region: &Region) -> PathBuf {
    region.path().join("softhsm2.conf")
}

fn with_softhsm(region: &Region, mut command: Command) -> Ran {
    Ran::of(command.env("SOFTHSM2_CONF", conf(region)).output().unwrap())
}

/// A node certificate for an ECDSA key, from the authority of the region.
fn new_node(region: &Region) -> Identity {
    let read = |name: &str| fs::read(region.path().join(name)).unwrap();
    let authority = Certificate::from_pem(&read("certs/ca/test-ca.pem")).unwrap();
    let key = PrivateKey::from_pem(&read("certs/ca/test-ca.key.pem"), None).unwrap();
    let authority = TestCa::from_identity(Identity::new(authority, key).unwrap()).unwrap();
    let request = CertificateRequest {
        common_name: "ЭП-РСМЭВ, регион 64",
        organization: "Региональная СМЭВ (учебный регион)",
        algorithm: Algorithm::EcdsaP256Sha256,
        parameter_set: None,
        not_before: "2020-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2049-01-01T00:00:00Z".parse().unwrap(),
    };
    authority.issue(&request, &[9; 64]).unwrap()
}

#[test]
fn the_bus_signs_with_a_key_on_a_token() {
    let Some(token) = Token::installed() else { return };
    let mut region = Region::prepared();
    let node = new_node(&region);
    fs::write(region.path().join("certs/node/node.pem"), node.certificate().to_pem()).unwrap();
    fs::remove_file(region.path().join("certs/node/node.key.pem")).unwrap();
    Token::with_key(&region, node.key());
    secret(&region.path().join("node.pin"), format!("{PIN}\n").as_bytes());
    region.edit("routes.toml", NODE_KEY, &format!("key = \"{}\"", token.uri("token=node;object=sign")));
    region.edit("routes.toml", "algorithms = \"gost\"", "algorithms = \"gost-and-test\"");

    let shown =
        region.command(&["key", "show", &token.uri("token=node;id=%01"), "--certificate", "certs/node/node.pem"]);
    let shown = with_softhsm(&region, shown).good().text();
    assert!(shown.contains("on token «node»") && shown.contains("belongs to:"), "{shown}");

    region.start_agencies();
    let mut serve = rsmev();
    serve.arg("serve").current_dir(region.path()).env("SOFTHSM2_CONF", conf(&region));
    region.start_bus_by(&mut serve);
    // The stand knows GOST only and says so in a signed fault: the way goes to its end, and what the token has signed,
    // request and answer, is judged here.
    let sent = region.run(&["stand", "send", ".", "--kind", "region", "--json"]).json();
    let exchange = &sent[0];
    assert!(exchange["fault_text"].as_str().is_some_and(|text| text.contains("ecdsa-sha256")), "{exchange}");
    for file in ["received_file", "answer_file"] {
        let file = exchange[file].as_str().unwrap();
        let verdict = with_softhsm(&region, region.command(&["signature", "verify", file, "--json"])).good().json();
        let signatures = verdict["signatures"].as_array().or(verdict[0]["signatures"].as_array()).unwrap();
        assert!(signatures.iter().any(|signature| signature.to_string().contains("ECDSA-P256-SHA256")), "{verdict}");
    }
    let audit = region.audit();
    assert_eq!((&audit["failed"], &audit["refused"]), (&0.into(), &0.into()), "{audit}");
    assert_eq!(audit["answered"], audit["accepted"]);
}

#[test]
fn a_bus_whose_token_does_not_serve_does_not_start() {
    let Some(token) = Token::installed() else { return };
    let region = Region::written();
    let node = new_node(&region);
    fs::write(region.path().join("certs/node/node.pem"), node.certificate().to_pem()).unwrap();
    Token::with_key(&region, node.key());
    region.edit("routes.toml", "algorithms = \"gost\"", "algorithms = \"gost-and-test\"");
    secret(&region.path().join("node.pin"), PIN.as_bytes());
    let mut now = NODE_KEY.to_owned();
    let mut key = |uri: String| {
        let next = format!("key = \"{uri}\"");
        region.edit("routes.toml", &now, &next);
        now = next;
    };
    let good = token.uri("token=node;object=sign");
    key(good.replace(token.module, "/nonexistent/libtoken.so"));
    does_not_start(&region, &["the PKCS#11 module /nonexistent/libtoken.so cannot be loaded", "hint: module-path"]);
    key(token.uri("token=absent;object=sign"));
    does_not_start(&region, &["no such token; present: «node»"]);
    key(token.uri("token=node;object=absent"));
    does_not_start(&region, &["the token has no such private key"]);
    key(good.replace("&pin-source=file:node.pin", ""));
    does_not_start(&region, &["the token has no such private key", "pin-source"]);
    key(good.replace("pin-source=file:node.pin", &format!("pin-value={PIN}")));
    does_not_start(&region, &["routes.toml:12:7: node.key: holds the PIN itself"]);
    key(good);
    fs::set_permissions(region.path().join("node.pin"), Permissions::from_mode(0o644)).unwrap();
    does_not_start(&region, &["node.pin is open to others than its owner: mode 0644"]);
    secret(&region.path().join("node.pin"), b"999999\n");
    does_not_start(&region, &["the token refuses the PIN", "a few wrong PINs lock the token"]);
    secret(&region.path().join("node.pin"), PIN.as_bytes());
    let other = new_node(&region);
    fs::write(region.path().join("certs/node/node.pem"), other.certificate().to_pem()).unwrap();
    does_not_start(&region, &["no signature of the token verifies", "whether certificate and key belong together"]);
}
