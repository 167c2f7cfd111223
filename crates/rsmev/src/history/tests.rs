//! The history on disk: nothing of a secret gets there, a torn line does no harm, writers do not get in each other's way.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::*;
use crate::serve;

fn region() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    stand::init(directory.path(), &stand::InitOptions::default(), &mut io::sink()).unwrap();
    let config = directory.path().join("routes.toml");
    (directory, config)
}

fn made(why: &'static str) -> Note<'static> {
    Note { event: Event::Made, who: "ivanov", why, command: "access approve" }
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// Another state of the registry on disk.
fn rename(config: &Path, number: usize) -> Registry {
    let text = fs::read_to_string(config).unwrap();
    fs::write(config, format!("{text}# {number}\n")).unwrap();
    serve::read(config, &edge::Disk).unwrap().unwrap()
}

#[test]
fn no_secret_is_kept_under_whatever_name_it_was_read() {
    let (directory, config) = region();
    // A key as a certificate file has it beside: two in one.
    let bundle = directory.path().join("certs/node/bundle.pem");
    let (certificate, key) = ("certs/node/node.pem", "certs/node/node.key.pem");
    let octets = |name: &str| fs::read(directory.path().join(name)).unwrap();
    fs::write(&bundle, [octets(certificate), octets(key)].concat()).unwrap();
    let text = fs::read_to_string(directory.path().join("routes.d/services.toml")).unwrap();
    let wsdl = text.lines().find(|line| line.starts_with("wsdl = ")).unwrap();
    let changed = text.replacen(wsdl, "wsdl = \"../certs/node/bundle.pem\"", 1);
    fs::write(directory.path().join("routes.d/services.toml"), changed).unwrap();
    let registry = serve::read(&config, &edge::Disk).unwrap().unwrap();
    let entry = note(&registry, &config, None, &made("")).unwrap().unwrap();
    assert!(entry.secrets.iter().any(|name| name == "certs/node/bundle.pem"), "{:?}", entry.secrets);
    let secrets: Vec<Vec<u8>> = entry.secrets.iter().map(|name| octets(name)).collect();
    let history = directory.path().join("data").join(DIRECTORY);
    for path in files_below(&history) {
        let kept = fs::read(&path).unwrap();
        assert!(!kept.windows(11).any(|part| part == b"PRIVATE KEY"), "{}", path.display());
        assert!(!secrets.contains(&kept), "{}", path.display());
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn a_torn_last_line_is_mended_by_the_next() {
    let (directory, config) = region();
    let history = History::of(&directory.path().join("data"));
    let first = note(&rename(&config, 1), &config, None, &made("one")).unwrap().unwrap();
    let path = directory.path().join("data").join(DIRECTORY).join(LOG);
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"number\":2,\"ti").unwrap();
    assert_eq!(history.log().unwrap().entries, [first]);
    let second = note(&rename(&config, 2), &config, None, &made("two")).unwrap().unwrap();
    assert_eq!(second.number, 2);
    assert_eq!(history.log().unwrap().entries.len(), 2);
}

#[test]
fn a_state_is_recorded_once_until_another_comes() {
    let (directory, config) = region();
    let registry = rename(&config, 1);
    assert!(note(&registry, &config, None, &made("")).unwrap().is_some());
    assert!(note(&registry, &config, None, &made("")).unwrap().is_none());
    let in_force = Note { event: Event::InForce, ..made("") };
    assert!(note(&registry, &config, None, &in_force).unwrap().is_some(), "that the bus took it is news");
    assert!(note(&registry, &config, None, &in_force).unwrap().is_none());
    let log = History::of(&directory.path().join("data")).log().unwrap();
    assert_eq!(log.entries.len(), 2);
}

#[test]
fn writers_at_once_leave_a_log_that_holds() {
    let (directory, config) = region();
    let registries: Vec<_> = (0..8).map(|number| rename(&config, number)).collect();
    std::thread::scope(|scope| {
        for registry in &registries {
            scope.spawn(|| note(registry, &config, None, &made("at once")).unwrap().unwrap());
        }
    });
    let log = History::of(&directory.path().join("data")).log().unwrap();
    assert_eq!(log.entries.iter().map(|entry| entry.number).collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
    for entry in &log.entries {
        let files = History::of(&directory.path().join("data")).files(entry, &config, Secrets::Absent).unwrap();
        assert_eq!(files.registry().unwrap().digest(), entry.state);
    }
}

#[test]
fn a_damaged_object_is_not_taken_for_what_was() {
    let (directory, config) = region();
    let registry = rename(&config, 1);
    let entry = note(&registry, &config, None, &made("")).unwrap().unwrap();
    let history = History::of(&directory.path().join("data"));
    let listed = registry.files().iter().find(|file| file.name == "routes.d/access.toml").unwrap();
    let object = history.object(&listed.sha256);
    let text = fs::read_to_string(&object).unwrap();
    fs::write(&object, text.replacen("SOCZ01641", "RPGU01641", 1)).unwrap();
    let told = history.files(&entry, &config, Secrets::Absent).unwrap().registry().unwrap_err().to_string();
    assert!(told.contains("damaged"), "{told}");
}
