//! Durable records per second with the latency of `append`, octets on disk for octets on the wire, opening, reading and finding
//! afterwards; beside a plain append log and beside sled as primary record, in the same run.
//!
//! `cargo bench -p journal -- [SECONDS]` for rates, `-- alone SECONDS STORES PRODUCERS` for the journal by itself and its memory,
//! `-- reopen GIB` for a large store. `TMPDIR` chooses the
//! disk. Messages are made up (`soap.rs`); RSS is that of the whole process so far.

mod rivals;
mod soap;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use journal::{Filter, Journal, Options, Reader, Record, StoreName};
use uuid::Uuid;

use crate::rivals::Rival;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Octets received of a usual and of a large message.
const USUAL: usize = 12 << 10;
const LARGE: usize = 1 << 20;
/// Messages made up before the clock runs.
const STOCK: u64 = 2000;

/// Messages made up, with what is asked of each beside the clock.
type Stock = Arc<Vec<Arc<Made>>>;

struct Made {
    record: Record,
    /// The octets of its bodies, one behind the other: what a rival keeps.
    octets: Bytes,
    /// Octets of its two messages on the wire.
    wire: u64,
}

impl Made {
    fn stock(count: u64, octets: usize) -> Stock {
        let made = |number| {
            let record = soap::record(number, octets);
            let bodies: Vec<u8> = record.bodies.iter().flat_map(|body| body.octets.iter().copied()).collect();
            Arc::new(Self { octets: bodies.into(), wire: soap::wire_octets(&record), record })
        };
        Arc::new((0..count).map(made).collect())
    }
}

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let numbers: Vec<u64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if words.iter().any(|word| word == "reopen") {
        return reopen(numbers.first().copied().unwrap_or(2));
    }
    if let (true, [seconds, stores, producers, ..]) = (words.iter().any(|word| word == "alone"), numbers.as_slice()) {
        let stock = Made::stock(STOCK, USUAL);
        let before = resident_mib();
        let (stores, producers) = (usize::try_from(*stores)?, usize::try_from(*producers)?);
        let measured = journal(&stock, stores, producers, Duration::from_secs(*seconds))?;
        say(&measured.line("journal", None))?;
        return say(&format!("RSS {} MiB, {before} of them the messages made up before", resident_mib()));
    }
    rates(Duration::from_secs(numbers.first().copied().unwrap_or(3)))
}

fn say(line: &str) -> Outcome<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

/// One round of measuring.
struct Measured {
    rate: f64,
    p50: f64,
    p99: f64,
    disk: u64,
    wire: u64,
    stored: u64,
}

impl Measured {
    fn line(&self, name: &str, bound: Option<f64>) -> String {
        let Self { rate, p50, p99, disk, wire, stored } = self;
        let part = bound.map_or_else(String::new, |bound| format!("  {:.2} of the plain log", rate / bound));
        format!(
            "{name:<34} {rate:>8.0} /s  p50 {p50:>6.2} ms  p99 {p99:>7.2} ms  disk/wire {:.3}  disk/bodies {:.3}{part}",
            ratio(*disk, *wire),
            ratio(*disk, *stored),
        )
    }
}

fn rates(duration: Duration) -> Outcome<()> {
    let usual = Made::stock(STOCK, USUAL);
    let large = Made::stock(40, LARGE);
    for (stock, stores, producers) in
        [(&usual, 1, 1), (&usual, 1, 8), (&usual, 1, 64), (&usual, 10, 64), (&usual, 50, 64), (&large, 1, 8)]
    {
        let octets = stock.iter().map(|made| made.wire).sum::<u64>() / stock.len() as u64;
        say(&format!(
            "-- {octets} octets on the wire a record, {stores} stores, {producers} producers, {} s each",
            duration.as_secs()
        ))?;
        let plain = rival(Rival::append_log, stock, producers, duration)?;
        say(&plain.line("plain append log, one file", None))?;
        say(&journal(stock, stores, producers, duration)?.line("journal", Some(plain.rate)))?;
        say(&rival(Rival::sled, stock, producers, duration)?.line("sled as primary record, one", Some(plain.rate)))?;
    }
    say(&format!("RSS {} MiB, threads and caches of every round included", resident_mib()))
}

fn runtime() -> Outcome<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

/// Producers write to one store each, spread over so many stores.
fn journal(stock: &Stock, stores: usize, producers: usize, duration: Duration) -> Outcome<Measured> {
    let directory = tempfile::tempdir()?;
    let journal = Journal::open(Options::new(directory.path()))?;
    let (own, begin) = (journal.clone(), Instant::now());
    let appended = run(stock, producers, begin, duration, move |producer, made| {
        let journal = own.clone();
        async move {
            let store = StoreName::new(&format!("S{}", producer % stores))?;
            // Every record is an exchange of its own.
            let mut record = made.record.clone();
            record.header.exchange = Uuid::new_v4();
            drop(journal.append(&[store], &record).await?);
            Outcome::Ok(())
        }
    });
    journal.close();
    let measured = appended?.measured(directory.path())?;
    if !Reader::open(directory.path())?.audit()?.holds() {
        return Err("the audit does not hold".into());
    }
    Ok(measured)
}

fn rival<F>(start: F, stock: &Stock, producers: usize, duration: Duration) -> Outcome<Measured>
where
    F: Fn(&Path) -> std::io::Result<(Rival, std::thread::JoinHandle<std::io::Result<()>>)>,
{
    let directory = tempfile::tempdir()?;
    let (rival, thread) = start(directory.path())?;
    let (own, begin) = (rival.clone(), Instant::now());
    let appended = run(stock, producers, begin, duration, move |_, made| {
        let rival = own.clone();
        let octets = made.octets.clone();
        async move { Outcome::Ok(rival.append(octets).await?) }
    });
    drop(rival);
    let ended = thread.join().map_err(|_| "the rival panicked")?;
    ended?;
    appended?.measured(directory.path())
}

/// What producers have done.
struct Appended {
    latencies: Vec<Duration>,
    seconds: f64,
    wire: u64,
    stored: u64,
}

impl Appended {
    fn measured(mut self, directory: &Path) -> Outcome<Measured> {
        self.latencies.sort_unstable();
        let at = |percent: usize| {
            let place = self.latencies.len().saturating_sub(1).saturating_mul(percent) / 100;
            self.latencies.get(place).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
        };
        let (p50, p99) = (at(50), at(99));
        let rate = count(self.latencies.len()) / self.seconds;
        Ok(Measured { rate, p50, p99, disk: octets_below(directory)?, wire: self.wire, stored: self.stored })
    }
}

fn run<F, T>(stock: &Stock, producers: usize, begin: Instant, duration: Duration, append: F) -> Outcome<Appended>
where
    F: Fn(usize, Arc<Made>) -> T + Clone + Send + Sync + 'static,
    T: Future<Output = Outcome<()>> + Send + 'static,
{
    let runtime = runtime()?;
    let produced = runtime.block_on(async {
        let tasks: Vec<_> = (0..producers)
            .map(|producer| tokio::spawn(produce(Arc::clone(stock), producer, begin, duration, append.clone())))
            .collect();
        let mut all = Appended { latencies: Vec::new(), seconds: 0.0, wire: 0, stored: 0 };
        for task in tasks {
            let one = task.await??;
            all.latencies.extend(one.latencies);
            all.wire = all.wire.saturating_add(one.wire);
            all.stored = all.stored.saturating_add(one.stored);
        }
        Outcome::Ok(all)
    })?;
    Ok(Appended { seconds: begin.elapsed().as_secs_f64(), ..produced })
}

async fn produce<F, T>(
    stock: Stock,
    producer: usize,
    begin: Instant,
    duration: Duration,
    append: F,
) -> Outcome<Appended>
where
    F: Fn(usize, Arc<Made>) -> T,
    T: Future<Output = Outcome<()>>,
{
    let mut done = Appended { latencies: Vec::new(), seconds: 0.0, wire: 0, stored: 0 };
    let mut at = producer.saturating_mul(31);
    while begin.elapsed() < duration {
        let Some(made) = stock.get(at % stock.len()) else { break };
        at = at.saturating_add(1);
        let started = Instant::now();
        append(producer, Arc::clone(made)).await?;
        done.latencies.push(started.elapsed());
        done.wire = done.wire.saturating_add(made.wire);
        done.stored = done.stored.saturating_add(made.octets.len() as u64);
    }
    Ok(done)
}

/// A store of so many GiB on the wire: opening it again, reading all of it, finding in it.
fn reopen(gib: u64) -> Outcome<()> {
    let directory = tempfile::tempdir()?;
    let store = StoreName::new("SOCZ")?;
    let runtime = runtime()?;
    let append = |journal: &Journal, wire: u64| {
        runtime.block_on(async {
            let mut tasks = tokio::task::JoinSet::new();
            for producer in 0..16_u64 {
                let (journal, store) = (journal.clone(), store.clone());
                tasks.spawn(async move {
                    let (mut done, mut number, mut ids) = (0_u64, producer, Vec::new());
                    loop {
                        let record = soap::record(number, USUAL);
                        done = done.saturating_add(soap::wire_octets(&record));
                        number = number.saturating_add(16);
                        ids.push(record.header.exchange);
                        drop(journal.append(std::slice::from_ref(&store), &record).await?);
                        if done >= wire / 16 {
                            break Outcome::Ok(ids);
                        }
                    }
                });
            }
            let mut ids = Vec::new();
            while let Some(one) = tasks.join_next().await {
                ids.extend(one??);
            }
            Outcome::Ok(ids)
        })
    };
    let begun = Instant::now();
    let journal = Journal::open(Options::new(directory.path()))?;
    let ids = append(&journal, gib << 30)?;
    journal.close();
    let disk = octets_below(directory.path())?;
    say(&format!(
        "{} records, {gib} GiB on the wire, {} MiB on disk, written in {:.1} s",
        ids.len(),
        disk >> 20,
        begun.elapsed().as_secs_f64()
    ))?;
    let begun = Instant::now();
    let journal = Journal::open(Options::new(directory.path()))?;
    append(&journal, 1)?;
    say(&format!("opened again, first record durable: {:.3} s", begun.elapsed().as_secs_f64()))?;
    let month = *Reader::open(directory.path())?.months(&store)?.last().ok_or("no month")?;
    let begun = Instant::now();
    let wanted: Vec<&Uuid> = ids.iter().step_by((ids.len() / 2000).max(1)).collect();
    for id in &wanted {
        if journal.find(&store, month, &id.to_string())?.len() != 1 {
            return Err("a record is not found".into());
        }
    }
    say(&format!("found by id in the index: {:.0} /s", count(wanted.len()) / begun.elapsed().as_secs_f64()))?;
    journal.close();
    let reader = Reader::open(directory.path())?;
    let begun = Instant::now();
    let listed = reader.list(&Filter::default())?.flatten().count();
    say(&format!("listed without index: {:.0} /s", count(listed) / begun.elapsed().as_secs_f64()))?;
    let begun = Instant::now();
    let good = reader.audit()?.holds();
    let seconds = begun.elapsed().as_secs_f64();
    say(&format!("every octet checked: {:.0} /s, holds: {good}; RSS {} MiB", count(listed) / seconds, resident_mib()))?;
    let begun = Instant::now();
    let rebuilt = reader.rebuild()?;
    say(&format!("{rebuilt} index built anew: {:.0} records/s", count(listed) / begun.elapsed().as_secs_f64()))
}

fn octets_below(directory: &Path) -> Outcome<u64> {
    let mut octets = 0_u64;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let own = if entry.file_type()?.is_dir() { octets_below(&entry.path())? } else { entry.metadata()?.len() };
        octets = octets.saturating_add(own);
    }
    Ok(octets)
}

fn ratio(part: u64, whole: u64) -> f64 {
    count(usize::try_from(part >> 10).unwrap_or_default()) / count(usize::try_from(whole >> 10).unwrap_or_default())
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

fn resident_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)).and_then(|number| number.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}
