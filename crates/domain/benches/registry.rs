//! A large region in memory: how long it takes to load, and what a decision about a right and about a way costs.
//!
//! 1,000 systems of 200 participants, 500 services of two versions, 50,000 rights, spread over files as `routes.d` has them.
//! `cargo bench -p domain`; each figure is the best of some rounds, for other work on the machine only makes it worse.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to say")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::{AccessQuestion, Files, Mnemonic, Registry, RouteQuestion, Sid, Trying, Version};
use jiff::Timestamp;

const PARTICIPANTS: usize = 200;
const SYSTEMS: usize = 1_000;
const SERVICES: usize = 500;
const GRANTS: usize = 50_000;
const ENTRY: &str = "/region/routes.toml";

/// Files in memory.
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

fn participant(at: usize) -> String {
    format!("P{at:03}")
}

fn system(at: usize) -> String {
    format!("IS{at:04}641")
}

fn sid(at: usize) -> String {
    format!("SID64{at:05}")
}

fn region() -> Memory {
    let mut files = BTreeMap::new();
    let mut put = |name: &str, octets: Vec<u8>| {
        files.insert(Path::new("/region").join(name), octets);
    };
    let entry = "include = [\"routes.d/*.toml\"]\n[node]\nid = \"64\"\nmnemonic = \"RSMV01641\"\nname = \"Узел\"\n\
        certificate = \"certs/node.pem\"\nkey = \"certs/node.key.pem\"\ncontour = \"test\"\nalgorithms = \"gost\"\n\
        [listen]\nsoap = \"127.0.0.1:8080\"\nadmin = \"127.0.0.1:8081\"\npublic_url = \"http://127.0.0.1:8080/\"\n\
        [journal]\ndirectory = \"data\"\n";
    put("routes.toml", entry.into());
    put("certs/node.pem", b"node".to_vec());
    put("certs/node.key.pem", b"key".to_vec());
    let mut text = String::new();
    for at in 0..PARTICIPANTS {
        let code = participant(at);
        writeln!(text, "[[participant]]\ncode = \"{code}\"\nname = \"Орган {at}\"\nkind = \"regional\"\n").unwrap();
    }
    for at in 0..SYSTEMS {
        let (mnemonic, owner) = (system(at), participant(at % PARTICIPANTS));
        put(&format!("certs/{mnemonic}.pem"), mnemonic.clone().into_bytes());
        writeln!(
            text,
            "[[system]]\nmnemonic = \"{mnemonic}\"\nparticipant = \"{owner}\"\ncertificates = [\"../certs/{mnemonic}.pem\"]\n\
             codes = [\"{at:06}\"]\nsignature = \"own\"\n"
        )
        .unwrap();
    }
    put("routes.d/participants.toml", text.into_bytes());
    put("routes.d/services.toml", services().into_bytes());
    let mut text = String::new();
    for at in 0..GRANTS {
        // Each system has its fifty services.
        let (consumer, service) = (system(at % SYSTEMS), sid((at / SYSTEMS * 7 + at) % SERVICES));
        writeln!(
            text,
            "[[access]]\nconsumer = \"{consumer}\"\nservice = \"{service}\"\nversion = \"2.00\"\noperations = [\"query\"]\n\
             from = 2026-01-15\nuntil = 2027-12-31\nground = \"заявка {at} от 2026-01-12\"\napplication = \"2026-{at}\"\n"
        )
        .unwrap();
    }
    put("routes.d/access.toml", text.into_bytes());
    Memory(files)
}

fn services() -> String {
    let mut text = String::new();
    for at in 0..SERVICES {
        let (sid, owner, provider) = (sid(at), participant(at % PARTICIPANTS), system(at % PARTICIPANTS));
        for (version, default) in [("1.00", false), ("2.00", true)] {
            writeln!(
                text,
                "[[service]]\nsid = \"{sid}\"\nversion = \"{version}\"\nname = \"Сервис {at}\"\nowner = \"{owner}\"\n\
                 provider = \"{provider}\"\naccess = \"by_consent\"\ndefault = {default}\noperations = [\"query\", \"ping\"]\n"
            )
            .unwrap();
        }
        writeln!(text, "[[route]]\nservice = \"{sid}\"\nto = \"http://10.0.0.1:8080/{sid}\"\n").unwrap();
        writeln!(text, "[[route]]\nservice = \"{sid}\"\noktmo = \"63\"\nto = \"http://10.0.0.2:8080/{sid}\"\n")
            .unwrap();
    }
    text
}

fn main() {
    let files = region();
    let octets: usize = files
        .0
        .iter()
        .filter(|(path, _)| path.extension().is_some_and(|it| it == "toml"))
        .map(|(_, it)| it.len())
        .sum();
    let load = best(7, || {
        black_box(Registry::load(Path::new(ENTRY), &files).unwrap());
    });
    let registry = Registry::load(Path::new(ENTRY), &files).unwrap();
    say(&format!(
        "load: {load:.0?} for {} participants, {} systems, {} versions, {} routes, {} rights in {} KiB of TOML",
        registry.participants().len(),
        registry.systems().len(),
        registry.services().len(),
        registry.routes().len(),
        registry.access_rows().len(),
        octets >> 10,
    ));
    let at: Timestamp = "2026-11-27T09:00:00Z".parse().unwrap();
    let over: Timestamp = "2028-11-27T09:00:00Z".parse().unwrap();
    let version = Version::new("2.00").unwrap();
    let asked: Vec<(Mnemonic, Sid)> =
        registry.access_rows().iter().map(|row| (row.consumer.clone(), row.service.clone())).collect();
    let permit = |at: Timestamp, operation: &str| {
        let all = best(7, || {
            for (consumer, sid) in &asked {
                let ask = AccessQuestion {
                    consumer,
                    sid,
                    version: &version,
                    operation: Some(operation),
                    agency: None,
                    provider: None,
                    test: false,
                    at,
                };
                let _ = black_box(registry.permit(&ask));
            }
        });
        each(all, asked.len())
    };
    say(&format!(
        "permit: {} ns granted, {} ns expired, {} ns another operation",
        permit(at, "query"),
        permit(over, "query"),
        permit(at, "drop")
    ));
    let route = best(7, || {
        for (_, sid) in &asked {
            let ask = RouteQuestion {
                sid,
                version: Some("2.00"),
                recipient: None,
                oktmo: Some("63701000"),
                service_code: None,
                consumer: None,
                trying: Trying::default(),
            };
            let _ = black_box(registry.route(&ask).unwrap());
        }
    });
    say(&format!("route: {} ns", each(route, asked.len())));
}

fn best(rounds: u32, mut work: impl FnMut()) -> Duration {
    let timed = (0..rounds).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed()
    });
    timed.min().unwrap()
}

fn each(all: Duration, count: usize) -> u128 {
    all.as_nanos() / u128::try_from(count).unwrap()
}

fn say(line: &str) {
    writeln!(io::stdout().lock(), "{line}").unwrap();
}
