//! Durable records per second, with the latency of `append`, on the disk below the temporary directory.
//!
//! `cargo bench -p journal` or `cargo bench -p journal -- SECONDS [STORES PRODUCERS]`. `TMPDIR` chooses the disk. Beside the
//! journal runs the bound: the same octets written and synced one by one by a single thread. The resident memory is
//! that of the whole process so far; for one case alone name it.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use journal::{Body, Form, Header, Journal, Kind, Options, Reader, Record, Role, StoreName};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const BODY_BYTES: usize = 16 << 10;

fn main() -> Outcome<()> {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let seconds = numbers.first().copied().unwrap_or(3);
    let cases = match numbers.get(1..) {
        Some([stores, producers]) => vec![(*stores, *producers)],
        _ => vec![(1, 1), (1, 8), (1, 64), (2, 64), (10, 64)],
    };
    let duration = Duration::from_secs(u64::try_from(seconds)?);
    let mut out = std::io::stdout().lock();
    writeln!(out, "records of {BODY_BYTES} octets, {seconds} s each; latencies in ms")?;
    let (rate, p50, p99) = raw(duration)?;
    writeln!(out, "write + fdatasync, 1 thread:          {rate:>8.0} /s   p50 {p50:.2}  p99 {p99:.2}")?;
    for (stores, producers) in cases {
        let measured = append(duration, stores, producers)?;
        let Measured { rate, p50, p99, resident_mib, audit } = measured;
        writeln!(
            out,
            "{stores:>2} store(s), {producers:>2} producers, durable: {rate:>8.0} /s   p50 {p50:.2}  p99 {p99:.2}  RSS {resident_mib} MiB  {audit}"
        )?;
    }
    Ok(())
}

struct Measured {
    rate: f64,
    p50: f64,
    p99: f64,
    resident_mib: u64,
    audit: String,
}

/// Producers write to one store each, spread over so many stores.
fn append(duration: Duration, stores: usize, producers: usize) -> Outcome<Measured> {
    let directory = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let journal = Journal::open(Options::new(directory.path()))?;
    let begin = Instant::now();
    let mut latencies = runtime.block_on(async {
        let tasks: Vec<_> = (0..producers)
            .map(|producer| tokio::spawn(produce(journal.clone(), producer % stores, begin, duration)))
            .collect();
        let mut latencies = Vec::new();
        for task in tasks {
            latencies.extend(task.await??);
        }
        Outcome::Ok(latencies)
    })?;
    let rate = count(latencies.len()) / begin.elapsed().as_secs_f64();
    let resident_mib = resident_mib();
    journal.close();
    let (p50, p99) = (percentile(&mut latencies, 50), percentile(&mut latencies, 99));
    Ok(Measured { rate, p50, p99, resident_mib, audit: audit(directory.path())? })
}

async fn produce(journal: Journal, store: usize, begin: Instant, duration: Duration) -> Outcome<Vec<Duration>> {
    let stores = [StoreName::new(&format!("S{store}"))?];
    let octets = Bytes::from(vec![b'x'; BODY_BYTES]);
    let mut latencies = Vec::new();
    while begin.elapsed() < duration {
        let mut header = Header::new(Uuid::new_v4(), Kind::Accepted, Timestamp::UNIX_EPOCH);
        header.message_id = Some(Uuid::new_v4());
        header.sender = Some("SOCZ01641".to_owned());
        header.service = Some("SID0003245".to_owned());
        "accepted".clone_into(&mut header.verdict);
        let body = Body { role: Role::Received, form: Form::Whole, octets: octets.clone() };
        let record = Record { header, bodies: vec![body] };
        let started = Instant::now();
        let receipt = journal.append(&stores, &record).await?;
        latencies.push(started.elapsed());
        drop(receipt);
    }
    Ok(latencies)
}

fn raw(duration: Duration) -> Outcome<(f64, f64, f64)> {
    let mut file = tempfile::tempfile()?;
    let octets = vec![b'x'; BODY_BYTES];
    let begin = Instant::now();
    let mut latencies = Vec::new();
    while begin.elapsed() < duration {
        let started = Instant::now();
        file.write_all(&octets)?;
        File::sync_data(&file)?;
        latencies.push(started.elapsed());
    }
    let rate = count(latencies.len()) / begin.elapsed().as_secs_f64();
    Ok((rate, percentile(&mut latencies, 50), percentile(&mut latencies, 99)))
}

fn audit(directory: &Path) -> Outcome<String> {
    let begin = Instant::now();
    let audit = Reader::open(directory)?.audit()?;
    let verdict = if audit.holds() { "holds" } else { "DOES NOT HOLD" };
    let rate = count(usize::try_from(audit.accepted)?) / begin.elapsed().as_secs_f64();
    Ok(format!("audit {verdict}, {rate:.0} /s"))
}

/// In milliseconds.
fn percentile(latencies: &mut [Duration], percent: usize) -> f64 {
    latencies.sort_unstable();
    let place = latencies.len().saturating_sub(1).saturating_mul(percent) / 100;
    latencies.get(place).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)).and_then(|number| number.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}
