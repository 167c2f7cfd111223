//! The registry: `routes.toml`, what it includes and what it names, from a directory in memory.
//!
//! The input is one file or several: a line `%% NAME` begins the file of that name. Certificates and keys are there whatever it says.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use domain::registry::{Files, Problem, Registry};
use domain::{AccessQuestion, RouteQuestion, Trying};

use crate::Seed;

const ROOT: &str = "/region";
const ENTRY: &str = "routes.toml";
/// Longest text of one problem, in octets, for each octet of the input.
const PROBLEM_BYTES: usize = 16;

struct Memory(BTreeMap<PathBuf, Vec<u8>>);

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(self.0.keys().filter(|path| path.parent() == Some(dir)).cloned().collect())
    }

    fn mode(&self, _: &Path) -> io::Result<u32> {
        Ok(0o600)
    }
}

/// Files, the first of them `routes.toml`.
pub fn check(input: &[u8]) {
    let files = Memory(split(input));
    let entry = Path::new(ROOT).join(ENTRY);
    match (Registry::load(&entry, &files), Registry::load(&entry, &files)) {
        (Ok(registry), Ok(twin)) => {
            assert_eq!(registry.digest(), twin.digest());
            assert_eq!(registry.manifest().lines().count(), registry.files().len());
            assert!(registry.files().iter().all(|file| files.0.contains_key(&Path::new(ROOT).join(&file.name))));
            registry.remarks().iter().for_each(|problem| check_problem(problem, &files, input.len()));
            ask(&registry);
        }
        (Err(problems), Err(twins)) => {
            assert_eq!(problems, twins, "loading is a function of the files");
            assert!(!problems.is_empty(), "a registry that is not loaded has a problem");
            problems.iter().for_each(|problem| check_problem(problem, &files, input.len()));
        }
        (one, other) => panic!("loaded once {}, once {}", one.is_ok(), other.is_ok()),
    }
}

fn split(input: &[u8]) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for name in ["a.pem", "b.pem", "k.pem", "certs/c.pem"] {
        files.insert(Path::new(ROOT).join(name), name.as_bytes().to_vec());
    }
    let mut name = ENTRY.to_owned();
    let mut content = Vec::new();
    for line in input.split_inclusive(|octet| *octet == b'\n') {
        match line.strip_prefix(b"%% ") {
            Some(next) => {
                let next = String::from_utf8_lossy(next).trim().trim_matches('/').to_owned();
                files.insert(Path::new(ROOT).join(std::mem::replace(&mut name, next)), std::mem::take(&mut content));
            }
            None => content.extend_from_slice(line),
        }
    }
    files.insert(Path::new(ROOT).join(name), content);
    files
}

/// A problem points into a file that is there, and says what is wrong and what to do.
fn check_problem(problem: &Problem, files: &Memory, input: usize) {
    let Problem { file, line, column, key: _, what, allowed, hint } = problem;
    assert!(!what.is_empty() && !hint.is_empty(), "{problem:?}");
    // Words of the file itself may be told; what it never said may not.
    let said = files.0.values().any(|octets| String::from_utf8_lossy(octets).contains(ROOT));
    let told = [file, what, hint].into_iter().any(|text| text.contains(ROOT));
    assert!(said || !told, "a path of the machine: {problem:?}");
    let spoken = what.len() + hint.len() + allowed.as_ref().map_or(0, String::len);
    assert!(spoken <= (4 << 10) + PROBLEM_BYTES * input, "{spoken} octets of a problem");
    let octets = files.0.get(&Path::new(ROOT).join(file)).unwrap_or_else(|| panic!("no such file: {problem:?}"));
    let text = String::from_utf8_lossy(octets);
    let text = text.split('\n').nth(line - 1).unwrap_or_else(|| panic!("no such line: {problem:?}"));
    assert!((1..=text.chars().count() + 1).contains(column), "no such column: {problem:?}");
}

/// Every service is found by its own name, every row of access points into the registry.
fn ask(registry: &Registry) {
    for service in registry.services() {
        assert!(registry.service(&service.sid, &service.version).is_some_and(|found| found.place == service.place));
        for (recipient, oktmo) in [(None, None), (Some("SOCZ01641"), Some("63701000001"))] {
            let version = Some(service.version.as_str());
            let ask = RouteQuestion {
                sid: &service.sid,
                version,
                recipient,
                oktmo,
                service_code: Some("1"),
                consumer: recipient,
                trying: Trying::default(),
            };
            match registry.route(&ask) {
                Ok(routed) => {
                    assert_eq!((&routed.service.sid, &routed.service.version), (&service.sid, &service.version))
                }
                Err(missing) => {
                    let told = [missing.sentence_ru(), missing.sentence_en(), missing.operator_step_ru()];
                    assert!(told.iter().all(|sentence| !sentence.is_empty()));
                }
            }
        }
        for system in registry.systems() {
            let at = "2026-10-01T09:00:00Z".parse().unwrap();
            let (consumer, sid, version) = (&system.mnemonic, &service.sid, &service.version);
            let operation = Some("ask");
            let ask =
                AccessQuestion { consumer, sid, version, operation, agency: None, provider: None, test: false, at };
            if let Ok(grant) = registry.permit(&ask) {
                let row = &registry.access_rows()[grant.row()];
                assert_eq!((&row.consumer, &row.service, &row.place), (consumer, sid, grant.place()));
            }
        }
    }
    for system in registry.systems() {
        assert!(registry.participant(&system.participant).is_some());
    }
}

const REGION: &str = include_str!("routes/region.toml");

/// A whole region, one with includes, one with mistakes, one that is nothing.
pub fn seeds() -> Vec<Seed> {
    let access = REGION.find("[[access]]").expect("the region has an access matrix");
    let included =
        format!("include = [\"routes.d/*.toml\"]\n{}%% routes.d/access.toml\n{}", &REGION[..access], &REGION[access..]);
    vec![
        ("region", REGION.into()),
        ("included", included.into_bytes()),
        ("mistakes", REGION.replace("SID6400001", "SID64").replace("\"30 s\"", "30").into_bytes()),
        ("no-toml", b"[node\nid = \"64\n".to_vec()),
    ]
}
