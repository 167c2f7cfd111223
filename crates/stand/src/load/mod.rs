//! Measures the bus: exchanges a second, latency, CPU, beside the raw cryptography of the same run. Loopback only, bounded
//! in count and time, stops by itself.

mod plain_proxy;
mod processor;
mod raw;
mod run;
mod stock;

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::region::{Service, System};
use crate::roster::Roster;
use crate::{Error, Kind};

use plain_proxy::PlainProxyRun;
use run::{Bounds, Keys, Plan, Tally, Target};
use stock::Stock;

pub use plain_proxy::PlainProxy;
pub use raw::Raw;

/// Longest run.
const DURATION_MAX: Duration = Duration::from_secs(3600);
/// Most exchanges of one run.
const COUNT_MAX: u64 = 10_000_000;
/// Length of a run when neither count nor duration is given.
const DURATION_USUAL: Duration = Duration::from_secs(10);
/// Most requests under way at once.
const WORKERS_MAX: usize = 1024;
/// Most octets that the messages made before the run may take.
const STOCK_BYTES_MAX: usize = 1 << 30;

/// How to load the bus.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// `region` (agency to agency, both 2012-256), `federal-sync` or `hosted`.
    pub kind: Kind,
    /// Requests under way at once, at most 1024.
    pub workers: usize,
    /// Stops after so many exchanges, at most 10 million.
    pub count: Option<u64>,
    /// Stops after this time, at most an hour; 10 s when neither is given.
    pub duration: Option<Duration>,
    /// Size of the Body element, of request and answer.
    pub body_bytes: usize,
    /// Distinct signed messages made before the run; sent in turn.
    pub distinct: usize,
    /// Process of the bus on this machine: its CPU time is measured.
    pub bus_pid: Option<u32>,
    /// File that gets the `MessageId`s of every answered exchange (request, answer), a line each, appended before the
    /// next is sent.
    pub acks: Option<PathBuf>,
    /// Checks both signatures of every n-th answer; 0: of none.
    pub verify_every: u64,
    /// Where the bus is, when not where `region.json` says.
    pub bus: Option<SocketAddr>,
    /// Also measures nginx as a plain proxy to the same provider, when it is installed (`region` only).
    pub plain_proxy: bool,
    /// The sender takes up its next key in the middle (`region` and `federal-sync`).
    pub switch_key: Option<SwitchKey>,
    /// Stops as soon as this file is there.
    pub stop_when: Option<PathBuf>,
}

/// When a sender takes up its next key ([`crate::System::next`]); there is no way back within a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwitchKey {
    /// After so many of a hundred exchanges, or of the time, whichever comes first.
    AfterPercent(u8),
    /// As soon as the file is there: whoever changes the registry says when.
    WhenFile(PathBuf),
}

impl Default for LoadOptions {
    fn default() -> LoadOptions {
        LoadOptions {
            kind: Kind::Region,
            workers: 8,
            count: None,
            duration: None,
            body_bytes: 8 * 1024,
            distinct: 1000,
            bus_pid: None,
            acks: None,
            verify_every: 200,
            bus: None,
            plain_proxy: false,
            switch_key: None,
            stop_when: None,
        }
    }
}

/// What a run came to.
#[derive(Debug, Clone, Serialize)]
pub struct LoadReport {
    /// Kind of exchange.
    pub kind: Kind,
    /// Requests under way at once.
    pub workers: usize,
    /// Size of the Body element sent.
    pub body_bytes: usize,
    /// Good answers.
    pub exchanges: u64,
    /// No answer, a fault, or an answer whose signatures do not hold.
    pub errors: u64,
    /// The first few distinct errors, as text.
    pub error_samples: Vec<String>,
    /// Length of the run.
    pub seconds: f64,
    /// Good answers a second.
    pub exchanges_per_second: f64,
    /// Half of the good answers came within this time.
    pub p50_milliseconds: f64,
    /// 99 of 100 came within this time.
    pub p99_milliseconds: f64,
    /// The slowest good answer.
    pub max_milliseconds: f64,
    /// Answers whose signatures were checked by the client.
    pub verified: u64,
    /// Good answers to messages signed with the sender's next key, when it was to be taken up.
    pub exchanges_with_next_key: Option<u64>,
    /// CPU of the bus, when `bus_pid` was given.
    pub bus: Option<Cost>,
    /// The cryptography alone, measured in this process in the same run.
    pub raw: Raw,
    /// nginx on the same way, when asked for and installed.
    pub plain_proxy: Option<PlainProxy>,
}

/// CPU time of the bus.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Cost {
    /// User and system time of the process over the run, a good exchange, in microseconds.
    pub cpu_microseconds_per_exchange: f64,
    /// User and system time of the process over the run, in seconds.
    pub cpu_seconds: f64,
    /// `cpu_microseconds_per_exchange` divided by [`Raw::sum_microseconds`].
    pub times_raw: f64,
}

/// Loads the bus and stops by itself.
pub async fn load(directory: &Path, options: &LoadOptions, say: &mut (dyn Write + Send)) -> Result<LoadReport, Error> {
    let roster = Roster::load(directory)?;
    let (from, service) = parties(&roster, options.kind)?;
    let distinct = options.distinct.clamp(1, (STOCK_BYTES_MAX / options.body_bytes.max(1)).max(1));
    writeln!(say, "making {distinct} messages with a Body of {} bytes", options.body_bytes).map_err(Error::Say)?;
    let stock = Arc::new(Stock::make(&roster, from, service, options.body_bytes, distinct)?);
    let keys = match options.switch_key.clone() {
        None => Keys::Own,
        Some(switch) if stock.has_next() => Keys::Switch(switch),
        Some(_) => {
            return Err(Error::Options { what: "the sender of this kind has no next key of its own to take up" });
        }
    };
    let prefix = match options.bus {
        Some(bus) => format!("http://{bus}/gateway/services"),
        None => roster.region.node.services_url.clone(),
    };
    let target = Target {
        url: format!("{prefix}/{}", service.sid),
        soap_action: service.soap_action.clone(),
        token: from.token.clone(),
        nodes: roster.nodes.clone(),
        providers: roster.certificates_of(&service.provider)?,
        verify_every: options.verify_every,
    };
    let bounds = bounds(options);
    let plan = Plan { stock: Arc::clone(&stock), keys, stop_when: options.stop_when.clone() };
    let acks = options.acks.as_deref().map(open_acks).transpose()?;
    let before = options.bus_pid.map(processor::seconds).transpose()?;
    writeln!(say, "{} workers send to {}", bounds.workers, target.url).map_err(Error::Say)?;
    let tally = run::run(target, plan, bounds, acks).await?;
    let after = options.bus_pid.and_then(|pid| processor::seconds(pid).ok());
    let raw = raw::measure(roster.identity("SOCZ01641")?, options.body_bytes)?;
    let proxied = if options.plain_proxy && options.kind == Kind::Region {
        plain_proxy::measure(&PlainProxyRun { directory, roster: &roster, service, stock: &stock, bounds }).await?
    } else {
        None
    };
    let spent = before.zip(after).map(|(before, after)| after - before);
    Ok(report(options, bounds, tally, raw, spent, proxied))
}

/// Puts the figures together; `spent` is the bus's CPU time in seconds.
fn report(
    options: &LoadOptions,
    bounds: Bounds,
    tally: Tally,
    raw: Raw,
    spent: Option<f64>,
    plain_proxy: Option<PlainProxy>,
) -> LoadReport {
    let good = tally.good();
    // A bus that was killed and started anew is another process: no figure is better than a wrong one.
    let spent = spent.filter(|spent| *spent >= 0.0 && good > 0);
    LoadReport {
        kind: options.kind,
        workers: bounds.workers,
        body_bytes: options.body_bytes,
        exchanges: good,
        errors: tally.errors,
        seconds: tally.seconds,
        exchanges_per_second: tally.per_second(),
        p50_milliseconds: tally.percentile(50),
        p99_milliseconds: tally.percentile(99),
        max_milliseconds: tally.percentile(100),
        verified: tally.verified,
        exchanges_with_next_key: options.switch_key.as_ref().map(|_| tally.with_next_key),
        bus: spent.map(|cpu_seconds| {
            let each = cpu_seconds * 1e6 / run::float(good);
            Cost { cpu_microseconds_per_exchange: each, cpu_seconds, times_raw: each / raw.sum_microseconds }
        }),
        raw,
        plain_proxy,
        error_samples: tally.error_samples,
    }
}

fn parties(roster: &Roster, kind: Kind) -> Result<(&System, &Service), Error> {
    let (from, sid) = match kind {
        Kind::Region => ("SOCZ01641", "SID0064903"),
        Kind::FederalSync => ("SOCZ01641", "SID0003245"),
        Kind::Hosted => ("ARHV01641", "SID0064001"),
        _ => {
            return Err(Error::Options { what: "load takes the kinds region, federal-sync and hosted" });
        }
    };
    Ok((roster.region.system(from)?, roster.region.service(sid)?))
}

fn bounds(options: &LoadOptions) -> Bounds {
    let usual = if options.count.is_some() { DURATION_MAX } else { DURATION_USUAL };
    Bounds {
        workers: options.workers.clamp(1, WORKERS_MAX),
        count: options.count.unwrap_or(COUNT_MAX).min(COUNT_MAX),
        duration: options.duration.unwrap_or(usual).min(DURATION_MAX),
    }
}

fn open_acks(path: &Path) -> Result<File, Error> {
    OpenOptions::new().create(true).append(true).open(path).map_err(Error::file("open", path))
}
