//! `rsmev stand`: the pretend region from the command line.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use stand::{
    Behaviour, Exchange, InitOptions, Kind, LoadOptions, LoadReport, Refusal, RefusalOptions, SendOptions, SwitchKey,
    UpOptions,
};

use crate::failure::Failure;
use crate::print;

#[derive(Debug, Subcommand)]
pub(crate) enum Stand {
    /// Write a complete region: certificates, keys, routes.toml, services, region.json
    #[command(after_help = "Example:\n  rsmev stand init region")]
    Init {
        /// Directory to make
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// Port of the bus, SOAP plane
        #[arg(long, default_value_t = 8080)]
        soap_port: u16,
        /// Port of the bus, admin plane
        #[arg(long, default_value_t = 8081)]
        admin_port: u16,
        /// Port of the federal node
        #[arg(long, default_value_t = 9000)]
        federal_port: u16,
        /// Port of the agencies
        #[arg(long, default_value_t = 9100)]
        agencies_port: u16,
        /// A production contour: real messages need agreements, pilot services take tests only
        #[arg(long)]
        production: bool,
        /// Write over an older region
        #[arg(long)]
        force: bool,
    },
    /// Write what an agency brings that is about to be connected: its key and certificate, the package of its service, and the
    /// keys of the persons who will decide (folder `newcomer` of the region)
    #[command(after_help = "Example:\n  rsmev stand newcomer region")]
    Newcomer {
        /// The region
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Run the agencies and the federal node of a region
    #[command(after_help = "Example:\n  rsmev stand up region")]
    Up {
        /// The region
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Send signed messages through the bus and check the answers
    #[command(after_help = "Example:\n  rsmev stand send region --all\n  rsmev stand send region --kind region")]
    Send(Send),
    /// Load the bus for a while and measure it
    #[command(after_help = "Example:\n  rsmev stand load region --seconds 30")]
    Load(Load),
}

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of its own")]
pub(crate) struct Send {
    /// The region
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Every kind of exchange, one after the other
    #[arg(long, conflicts_with_all = ["kind", "service", "refusals"])]
    all: bool,
    /// federal-sync, federal-async, from-federal, region, portal, hosted or hosted-provider
    #[arg(long)]
    kind: Option<Kind>,
    /// Every message that must be refused; with NAME only those whose name contains it
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    refusals: Option<String>,
    /// Mnemonic of the sender
    #[arg(long)]
    from: Option<String>,
    /// Service to ask
    #[arg(long, value_name = "SID")]
    service: Option<String>,
    /// Least size of the Body in octets
    #[arg(long, default_value_t = 0)]
    body_bytes: usize,
    /// How the provider shall misbehave: late, unsigned, forged, …
    #[arg(long)]
    behaviour: Option<Behaviour>,
    /// Add an attachment
    #[arg(long)]
    attachment: bool,
    /// Send a real message, without the mark of a test (TestMsg)
    #[arg(long)]
    real: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Load {
    /// The region
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Kind of exchange: region, federal-sync or hosted
    #[arg(long, default_value = "region")]
    kind: Kind,
    /// Requests under way at once
    #[arg(long, default_value_t = 8)]
    workers: usize,
    /// Seconds to run
    #[arg(long)]
    seconds: Option<u64>,
    /// Exchanges to run
    #[arg(long)]
    count: Option<u64>,
    /// Size of the Body in octets
    #[arg(long, default_value_t = 8192)]
    body_bytes: usize,
    /// Distinct texts, made before the run and sent in turn; what comes round again is signed anew
    #[arg(long, default_value_t = 1000)]
    distinct: usize,
    /// Process of the bus: its CPU time is measured
    #[arg(long)]
    bus_pid: Option<u32>,
    /// Measure nginx as a plain proxy on the same way too, when it is installed
    #[arg(long)]
    plain_proxy: bool,
    /// File for the MessageId of every answered exchange
    #[arg(long, value_name = "FILE")]
    acks: Option<PathBuf>,
    /// Stop as soon as this file is there
    #[arg(long, value_name = "FILE")]
    stop_when: Option<PathBuf>,
    /// Check both signatures of every n-th answer; 0: of none
    #[arg(long, value_name = "N", default_value_t = 200)]
    verify_every: u64,
    /// The sender takes up its next key after so many of a hundred exchanges, or of the time
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    switch_key_after: Option<u8>,
    /// The sender takes up its next key as soon as this file is there
    #[arg(long, value_name = "FILE", conflicts_with = "switch_key_after")]
    switch_key_when: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(words: Stand) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::system("start the runtime", error))?;
    match words {
        Stand::Init { dir, soap_port, admin_port, federal_port, agencies_port, production, force } => {
            let options = InitOptions { soap_port, admin_port, federal_port, agencies_port, production, force };
            let report = stand::init(&dir, &options, &mut std::io::stderr()).map_err(failed)?;
            print::line(&format!("{} files in {}", report.files, report.directory.display()))
        }
        Stand::Newcomer { dir } => {
            let brought = stand::newcomer(&dir).map_err(failed)?;
            brought.iter().try_for_each(|path| print::line(&path.display().to_string()))
        }
        Stand::Up { dir } => runtime.block_on(up(&dir)),
        Stand::Send(words) => runtime.block_on(send(words)),
        Stand::Load(words) => runtime.block_on(load(words)),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "taken as map_err hands it over")]
fn failed(error: stand::Error) -> Failure {
    let failure = Failure::no(error.to_string());
    match error {
        stand::Error::AlreadyThere { .. } => {
            failure.hint("--force writes it anew, keys and all; another directory is safer")
        }
        _ => failure,
    }
}

async fn up(dir: &std::path::Path) -> Result<(), Failure> {
    let running = stand::up(dir, &UpOptions::default(), &mut std::io::stderr()).await.map_err(failed)?;
    print::json_line(&serde_json::json!({
        "ready": true, "agencies": running.agencies, "federal": running.federal, "pid": std::process::id(),
    }))?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|error| Failure::system("listen to signals", error))?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    running.stop();
    Ok(())
}

async fn send(words: Send) -> Result<(), Failure> {
    if let Some(only) = &words.refusals {
        let options = RefusalOptions { only: Some(only.clone()).filter(|only| !only.is_empty()), bus: None };
        let tries = stand::refusals(&words.dir, &options, &mut std::io::stderr()).await.map_err(failed)?;
        return tell_refusals(&tries, words.json);
    }
    let kinds: Vec<Option<Kind>> = if words.all { Kind::ALL.into_iter().map(Some).collect() } else { vec![words.kind] };
    let mut exchanges = Vec::new();
    for kind in kinds {
        let options = SendOptions {
            kind,
            from: words.from.clone(),
            service: words.service.clone(),
            body_bytes: words.body_bytes,
            behaviour: words.behaviour,
            attachment: words.attachment,
            real: words.real,
            ..SendOptions::default()
        };
        exchanges.extend(stand::send(&words.dir, &options, &mut std::io::stderr()).await.map_err(failed)?);
    }
    tell_exchanges(&exchanges, words.json)
}

fn tell_exchanges(exchanges: &[Exchange], json: bool) -> Result<(), Failure> {
    if json {
        print::json(&exchanges)?;
    } else {
        for exchange in exchanges {
            print::line(&format!(
                "{:<15} {:<8} {} -> {}  {}/{}  {}  node {}, provider {}  {:.1} ms",
                exchange.kind,
                exchange.step,
                exchange.from,
                exchange.to,
                exchange.service,
                exchange.version,
                exchange
                    .status
                    .as_deref()
                    .or(exchange.fault.as_deref())
                    .or(exchange.fault_text.as_deref())
                    .unwrap_or("-"),
                exchange.verdicts.node.label(),
                exchange.verdicts.provider.label(),
                exchange.milliseconds,
            ))?;
            let id = |id: &Option<String>| id.clone().unwrap_or_else(|| "-".to_owned());
            print::line(&format!(
                "    MessageId {} (at the receiver {}), of the answer {}",
                id(&exchange.bus_message_id),
                id(&exchange.request_message_id),
                id(&exchange.answer_message_id),
            ))?;
            let same = match &exchange.received_sha256 {
                Some(received) if *received == exchange.sha256 => "same at the receiver",
                Some(_) => "DIFFERENT AT THE RECEIVER",
                None => "not kept by the receiver",
            };
            print::line(&format!("    Body SHA-256 {}, {same}", exchange.sha256))?;
        }
    }
    match exchanges.iter().filter(|exchange| !exchange.good()).count() {
        0 => Ok(()),
        bad => Err(Failure::no(format!("{bad} of {} exchanges did not end well", exchanges.len()))),
    }
}

fn tell_refusals(tries: &[Refusal], json: bool) -> Result<(), Failure> {
    if json {
        print::json(&tries)?;
    } else {
        for one in tries {
            let came = one.exchange.fault.as_deref().or(one.exchange.fault_text.as_deref()).unwrap_or("no fault");
            print::line(&format!(
                "{} {:<28} {:<24} expected {}  node's signature {}\n     {}",
                if one.passed { "ok  " } else { "FAIL" },
                one.name,
                came,
                if one.expected.is_empty() { "the provider's fault".to_owned() } else { one.expected.join(" or ") },
                one.exchange.verdicts.node.label(),
                one.attack,
            ))?;
        }
    }
    match tries.iter().filter(|one| !one.passed).count() {
        0 => Ok(()),
        bad => Err(Failure::no(format!("{bad} of {} refusals were not as expected", tries.len()))),
    }
}

async fn load(words: Load) -> Result<(), Failure> {
    let options = LoadOptions {
        kind: words.kind,
        workers: words.workers,
        count: words.count,
        duration: words.seconds.map(Duration::from_secs),
        body_bytes: words.body_bytes,
        distinct: words.distinct,
        bus_pid: words.bus_pid,
        acks: words.acks,
        plain_proxy: words.plain_proxy,
        stop_when: words.stop_when,
        verify_every: words.verify_every,
        switch_key: (words.switch_key_after.map(SwitchKey::AfterPercent))
            .or(words.switch_key_when.map(SwitchKey::WhenFile)),
        ..LoadOptions::default()
    };
    let report = stand::load(&words.dir, &options, &mut std::io::stderr()).await.map_err(failed)?;
    if words.json {
        print::json(&report)?;
    } else {
        tell_load(&report)?;
    }
    if report.errors > 0 {
        let _ = std::io::stderr().flush();
        return Err(Failure::no(format!("{} exchanges failed: {}", report.errors, report.error_samples.join("; "))));
    }
    Ok(())
}

fn tell_load(report: &LoadReport) -> Result<(), Failure> {
    print::line(&format!(
        "{} exchanges ({}, Body {} octets, {} workers) in {:.1} s: {:.0} exchanges/s, p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        report.exchanges,
        report.kind,
        report.body_bytes,
        report.workers,
        report.seconds,
        report.exchanges_per_second,
        report.p50_milliseconds,
        report.p99_milliseconds,
        report.max_milliseconds,
    ))?;
    if let Some(with_next) = report.exchanges_with_next_key {
        print::line(&format!("signed with the sender's next key: {with_next} of {}", report.exchanges))?;
    }
    let raw = &report.raw;
    print::line(&format!(
        "raw {}: verify {:.0} us, sign {:.0} us, digest {:.0} us; two of each {:.0} us",
        raw.algorithm, raw.verify_microseconds, raw.sign_microseconds, raw.digest_microseconds, raw.sum_microseconds
    ))?;
    if let Some(proxy) = &report.plain_proxy {
        print::line(&format!(
            "nginx as a plain proxy: {:.0} exchanges/s, p50 {:.1} ms, {:.0} us of CPU an exchange",
            proxy.exchanges_per_second, proxy.p50_milliseconds, proxy.cpu_microseconds_per_exchange
        ))?;
    }
    match &report.bus {
        None => Ok(()),
        Some(cost) => print::line(&format!(
            "bus: {:.0} us of CPU an exchange, {:.2} times the raw cryptography",
            cost.cpu_microseconds_per_exchange, cost.times_raw
        )),
    }
}
