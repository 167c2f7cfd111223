//! The command `rsmev access rehearse` over a journal of made-up exchanges, from start to end of the process: durable records in
//! two stores each, in the region that `rsmev stand init` writes. Beside it the report over the same journal, and what the
//! process needed of memory. `cargo bench -p rsmev --bench rehearse -- [EXCHANGES]`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to say")]

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use journal::{Body, Form, Header, Journal, Kind, Options, Record, Role, StoreName};
use uuid::Uuid;

const EXCHANGES: u64 = 100_000;
/// Calls that are made one after the other: consumer, service, operation, address, stores.
const CALLS: [(&str, &str, &str, &str, [&str; 2]); 4] = [
    ("SOCZ01641", "SID0064001", "getRecord", "http://127.0.0.1:9100/ZAGS01641/SID0064001", ["SOCZ", "ZAGS"]),
    ("MFCS01641", "SID0064001", "getRecord", "http://127.0.0.1:9100/ZAGS01641/SID0064001", ["MFCS", "ZAGS"]),
    ("MFCS01641", "SID0064002", "GetBenefits", "http://127.0.0.1:9100/SOCZ01641/SID0064002", ["MFCS", "SOCZ"]),
    ("RPGU01641", "SID0064002", "GetBenefits", "http://127.0.0.1:9100/SOCZ01641/SID0064002", ["RPGU", "SOCZ"]),
];

fn main() {
    let exchanges = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(EXCHANGES);
    let region = tempfile::tempdir().unwrap();
    stand::init(region.path(), &stand::InitOptions::default(), &mut io::sink()).unwrap();
    let made = clocked(|| fill(region.path(), exchanges));
    say(&format!("{exchanges} exchanges, {} records written in {made:.1?}", exchanges * 4));
    for words in
        [&["access", "rehearse", "--since", "7d", "--json"][..], &["access", "review"], &["report", "--since", "2d"]]
    {
        let mut peak = 0;
        let took = clocked(|| peak = run(region.path(), words));
        say(&format!("rsmev {}: {took:.2?}, {peak} KiB resident at most", words.join(" ")));
    }
}

/// Exchanges of the last three days, in order of time, as many at once as a busy bus has.
fn fill(region: &Path, exchanges: u64) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let journal = Journal::open(Options::new(region.join("data"))).unwrap();
    let beginning = now() - SignedDuration::from_hours(72);
    let step = SignedDuration::from_hours(71).as_micros() / i128::from(exchanges);
    runtime.block_on(async {
        let mut numbers = 0..exchanges;
        loop {
            let group: Vec<_> = numbers.by_ref().take(256).collect();
            if group.is_empty() {
                break;
            }
            let tasks: Vec<_> = group
                .into_iter()
                .map(|number| {
                    let at = beginning + SignedDuration::from_micros(i64::try_from(step * i128::from(number)).unwrap());
                    tokio::spawn(exchange(journal.clone(), number, at))
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        }
    });
    journal.close();
}

async fn exchange(journal: Journal, number: u64, at: Timestamp) {
    let call = CALLS.get(usize::try_from(number).unwrap() % CALLS.len()).unwrap();
    let (consumer, service, operation, endpoint, stores) = call;
    let stores = stores.map(|name| StoreName::new(name).unwrap());
    let header = |kind, at| {
        let mut header = Header::new(Uuid::from_u64_pair(64, number), kind, at);
        (header.received, header.sent) = (Some(at), Some(at));
        (header.service, header.service_version) = (Some((*service).to_owned()), Some("1.00".to_owned()));
        header.operation = Some((*operation).to_owned());
        "198b7f57b4d7127b84a43ccbace6c57d59ee77dc73d3cc380758b7d0593a4ed0".clone_into(&mut header.registry);
        header.certificate = Some(header.registry.clone());
        header.signature = Some(header.registry.clone());
        "accepted".clone_into(&mut header.verdict);
        header
    };
    let mut begun = header(Kind::Accepted, at);
    (begun.sender, begun.endpoint) = (Some((*consumer).to_owned()), Some((*endpoint).to_owned()));
    begun.grant = Some("routes.d/access.toml:41 заявка 7 от 2026-10-28".to_owned());
    let mut ended = header(Kind::Answered, at + SignedDuration::from_millis(40));
    ended.recipient = Some((*consumer).to_owned());
    for header in [begun, ended] {
        let octets = vec![b'x'; 512].into();
        let record = Record { header, bodies: vec![Body { role: Role::Received, form: Form::Whole, octets }] };
        let _ = journal.append(&stores, &record).await.unwrap();
    }
}

/// Runs the command; the most memory it had, in KiB, as the system counts it.
fn run(region: &Path, words: &[&str]) -> u64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rsmev"));
    let mut child = command.args(words).current_dir(region).stdout(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{words:?}: {status}");
            return peak;
        }
        std::thread::yield_now();
    }
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
