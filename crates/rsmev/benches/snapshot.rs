//! A region of 1,000 systems with certificates of their own: from the files on disk to a snapshot ready to work, and from the
//! word to a running bus until the registry is in force (`rsmev reload`, which answers when it is; SIGHUP does the same work).
//! `cargo bench -p rsmev --bench snapshot -- [SYSTEMS]`; best of some rounds.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to say")]

use std::fmt::Write as _;
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use domain::{Files, Registry};
use gateway::Snapshot;
use jiff::{SignedDuration, Timestamp};
use pki::test_ca::{CertificateRequest, TestCa};

const SYSTEMS: usize = 1_000;
const ROUNDS: u32 = 5;

struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        std::fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.path())).collect()
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        Ok(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path)?.permissions()))
    }
}

fn main() {
    let systems = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(SYSTEMS);
    let region = tempfile::tempdir().unwrap();
    let ports = stand::InitOptions::with_free_ports().unwrap();
    stand::init(region.path(), &ports, &mut io::sink()).unwrap();
    let made = clocked(|| more_systems(region.path(), systems));
    say(&format!("{systems} certificates made in {made:.1?}"));
    let entry = region.path().join("routes.toml");
    let load = best(|| drop(Registry::load(&entry, &Disk).unwrap()));
    let whole = best(|| {
        let registry = Registry::load(&entry, &Disk).unwrap();
        Snapshot::build(registry, pki::trust::RevocationLists::default(), &gateway::NoTokens).unwrap();
    });
    say(&format!("registry loaded from disk: {load:.1?}; with the snapshot built: {whole:.1?}"));
    reload(region.path());
}

fn more_systems(region: &Path, systems: usize) {
    let entropy = || {
        let mut octets = [0; 64];
        getrandom::fill(&mut octets).unwrap();
        octets
    };
    let not_before = now() - SignedDuration::from_hours(24);
    let not_after = not_before + SignedDuration::from_hours(24 * 365);
    let algorithm = pki::Algorithm::Gost2012_256;
    let authority = TestCa::create("CA of a bench", algorithm, None, not_before, not_after, &entropy()).unwrap();
    let mut rows = String::new();
    for number in 0..systems {
        let mnemonic = format!("MANY{number:05}");
        let request = CertificateRequest {
            common_name: &mnemonic,
            organization: &mnemonic,
            algorithm,
            parameter_set: None,
            not_before,
            not_after,
        };
        let identity = authority.issue(&request, &entropy()).unwrap();
        std::fs::write(region.join(format!("certs/is/{mnemonic}.pem")), identity.certificate().to_pem()).unwrap();
        writeln!(
            rows,
            "[[system]]\nmnemonic = \"{mnemonic}\"\nparticipant = \"SOCZ\"\nsignature = \"own\"\n\
             certificates = [\"../certs/is/{mnemonic}.pem\"]\n"
        )
        .unwrap();
    }
    std::fs::write(region.join("routes.d/many.toml"), rows).unwrap();
}

/// With a bus of its own.
fn reload(region: &Path) {
    let rsmev = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rsmev"));
        command.current_dir(region).stderr(Stdio::null());
        command
    };
    let mut bus = rsmev().arg("serve").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    io::BufReader::new(bus.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("\"ready\":true"), "{line}");
    let all = best(|| {
        let status = rsmev().arg("reload").stdout(Stdio::null()).status().unwrap();
        assert!(status.success());
    });
    let nothing = best(|| {
        let _ = rsmev().arg("--version").stdout(Stdio::null()).status().unwrap();
    });
    say(&format!(
        "rsmev reload, until the registry is in force: {all:.1?}; of that the command itself starts in {nothing:.1?}"
    ));
    bus.kill().unwrap();
    bus.wait().unwrap();
}

fn best(mut work: impl FnMut()) -> Duration {
    (0..ROUNDS).map(|_| clocked(&mut work)).min().unwrap()
}

fn clocked(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

#[expect(clippy::disallowed_methods, reason = "a bench is an edge")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn say(line: &str) {
    writeln!(io::stdout().lock(), "{line}").unwrap();
}
