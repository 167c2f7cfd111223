//! One run: workers that send ready messages in turn until count or time is up, and what they counted. The client does
//! as little as it can: an answer is looked at as text, only every n-th is verified.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pki::Certificate;
use tokio::task::JoinSet;

use super::stock::{Signer, Stock};
use crate::wire::http::{Caller, Post, Reply};
use crate::wire::judge::judge;
use crate::{Error, SwitchKey, edge};

/// How long a worker waits for an answer.
const DEADLINE: Duration = Duration::from_secs(90);
/// Pause after an error: a bus that is down must not be hammered, one that was restarted must be found soon.
const PAUSE: Duration = Duration::from_millis(20);
/// Distinct errors kept as text.
const ERROR_SAMPLES: usize = 5;

/// When a run ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) workers: usize,
    pub(super) count: u64,
    pub(super) duration: Duration,
}

/// Where messages go and who must have signed the answers.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) url: String,
    pub(super) soap_action: String,
    pub(super) token: Option<String>,
    pub(super) nodes: Vec<Certificate>,
    pub(super) providers: Vec<Certificate>,
    pub(super) verify_every: u64,
}

/// What is sent, and until what happens.
pub(super) struct Plan {
    pub(super) stock: Arc<Stock>,
    pub(super) keys: Keys,
    /// Ends the run when it is there.
    pub(super) stop_when: Option<PathBuf>,
}

/// Whose key signs which message.
pub(super) enum Keys {
    /// Messages as made beforehand, again and again.
    Any,
    /// The key in use signs all of them.
    Own,
    /// The sender takes up its next key in the middle.
    Switch(SwitchKey),
}

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Of the good answers, sorted once the run is over.
    microseconds: Vec<u32>,
    pub(super) errors: u64,
    pub(super) error_samples: Vec<String>,
    pub(super) verified: u64,
    /// Good answers to messages signed with the next key.
    pub(super) with_next_key: u64,
    pub(super) seconds: f64,
}

impl Tally {
    /// Good answers.
    pub(super) fn good(&self) -> u64 {
        u64::try_from(self.microseconds.len()).unwrap_or(u64::MAX)
    }

    /// Good answers a second.
    pub(super) fn per_second(&self) -> f64 {
        if self.seconds > 0.0 { float(self.good()) / self.seconds } else { 0.0 }
    }

    /// The latency that so many of a hundred good answers did not exceed (nearest rank), in milliseconds.
    pub(super) fn percentile(&self, percent: usize) -> f64 {
        let rank = self.microseconds.len().saturating_mul(percent).div_ceil(100);
        self.microseconds.get(rank.saturating_sub(1)).map_or(0.0, |time| f64::from(*time) / 1000.0)
    }

    fn add(&mut self, other: Tally) {
        self.microseconds.extend(other.microseconds);
        self.errors = self.errors.saturating_add(other.errors);
        self.verified = self.verified.saturating_add(other.verified);
        self.with_next_key = self.with_next_key.saturating_add(other.with_next_key);
        let mut samples: BTreeSet<String> = self.error_samples.drain(..).collect();
        samples.extend(other.error_samples);
        self.error_samples = samples.into_iter().take(ERROR_SAMPLES).collect();
    }
}

/// For rates: exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts of a run stay below 10 million")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

/// What all workers share.
struct Shared {
    target: Target,
    plan: Plan,
    /// The next key is in use: there is no way back.
    switched: AtomicBool,
    bounds: Bounds,
    acks: Option<Mutex<File>>,
    next: AtomicU64,
    caller: Caller,
    start: Instant,
}

/// Runs until count or time is up.
pub(super) async fn run(target: Target, plan: Plan, bounds: Bounds, acks: Option<File>) -> Result<Tally, Error> {
    let shared = Arc::new(Shared {
        target,
        plan,
        switched: AtomicBool::new(false),
        bounds,
        acks: acks.map(Mutex::new),
        next: AtomicU64::new(0),
        caller: Caller::new(bounds.workers),
        start: Instant::now(),
    });
    let mut workers = JoinSet::new();
    for _ in 0..bounds.workers {
        workers.spawn(work(Arc::clone(&shared)));
    }
    let mut tally = Tally::default();
    while let Some(ended) = workers.join_next().await {
        tally.add(ended.map_err(|error| Error::Task { what: error.to_string() })??);
    }
    tally.seconds = shared.start.elapsed().as_secs_f64();
    tally.microseconds.sort_unstable();
    Ok(tally)
}

async fn work(shared: Arc<Shared>) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    loop {
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        let told_to_stop = shared.plan.stop_when.as_ref().is_some_and(|file| file.exists());
        if number >= shared.bounds.count || shared.start.elapsed() >= shared.bounds.duration || told_to_stop {
            return Ok(tally);
        }
        match shared.one(number, &mut tally).await {
            Ok(time) => tally.microseconds.push(u32::try_from(time.as_micros()).unwrap_or(u32::MAX)),
            Err(error @ (Error::NotLoopback { .. } | Error::File { .. })) => return Err(error),
            Err(error) => {
                tally.errors = tally.errors.saturating_add(1);
                let text = error.to_string();
                if tally.error_samples.len() < ERROR_SAMPLES && !tally.error_samples.contains(&text) {
                    tally.error_samples.push(text);
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

impl Shared {
    /// Sends one message; the time until its good answer.
    async fn one(&self, number: u64, tally: &mut Tally) -> Result<Duration, Error> {
        let signer = self.signer(number);
        let post = Post {
            url: self.target.url.clone(),
            soap_action: self.target.soap_action.clone(),
            token: self.target.token.clone(),
            body: self.plan.stock.message(number, signer)?,
            deadline: DEADLINE,
        };
        let start = Instant::now();
        let reply = self.caller.post(post).await?;
        let time = start.elapsed();
        if reply.status != 200 {
            let what = between(&reply.body, "faultstring>").unwrap_or_else(|| format!("HTTP {}", reply.status));
            return Err(Error::NoAnswer { url: self.target.url.clone(), what });
        }
        self.acknowledge(&reply)?;
        if self.target.verify_every > 0 && number.is_multiple_of(self.target.verify_every) {
            self.verify(reply).await?;
            tally.verified = tally.verified.saturating_add(1);
        }
        if signer == Signer::Next {
            tally.with_next_key = tally.with_next_key.saturating_add(1);
        }
        Ok(time)
    }

    /// Who signs the message with that number.
    fn signer(&self, number: u64) -> Signer {
        let switch = match &self.plan.keys {
            Keys::Any => return Signer::Any,
            Keys::Own => return Signer::Own,
            Keys::Switch(switch) => switch,
        };
        if !self.switched.load(Ordering::Relaxed) && self.is_time(switch, number) {
            self.switched.store(true, Ordering::Relaxed);
        }
        if self.switched.load(Ordering::Relaxed) { Signer::Next } else { Signer::Own }
    }

    fn is_time(&self, switch: &SwitchKey, number: u64) -> bool {
        match switch {
            SwitchKey::AfterPercent(percent) => {
                let percent = u32::from(*percent);
                let of_count = self.bounds.count.saturating_mul(u64::from(percent)) / 100;
                let of_time = self.bounds.duration.saturating_mul(percent) / 100;
                number >= of_count || self.start.elapsed() >= of_time
            }
            SwitchKey::WhenFile(path) => path.exists(),
        }
    }

    /// One line, whole, in the file before anything else is sent by this worker.
    fn acknowledge(&self, reply: &Reply) -> Result<(), Error> {
        let Some(acks) = &self.acks else { return Ok(()) };
        let id = |element: &str| between(&reply.body, element).unwrap_or_else(|| "-".to_owned());
        let line = format!("{} {}\n", id("RequestIdRef>"), id("MessageId>"));
        let mut file = acks.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes()).map_err(Error::file("write", "acks".as_ref()))
    }

    async fn verify(&self, reply: Reply) -> Result<(), Error> {
        let target = self.target.clone();
        let work = tokio::task::spawn_blocking(move || {
            let judged = judge(reply.body, &reply.content_type, &target.nodes, &target.providers, edge::now());
            (judged.verdicts, target.url)
        });
        let (verdicts, url) = work.await.map_err(|error| Error::Task { what: error.to_string() })?;
        if verdicts.node.is_good() && verdicts.provider.is_good() {
            return Ok(());
        }
        let what = format!("ЭП-СМЭВ {:?}, ЭП-ОВ {:?}", verdicts.node, verdicts.provider);
        Err(Error::NoAnswer { url, what })
    }
}

/// The text from the first `mark` to the next `<`.
fn between(octets: &[u8], mark: &str) -> Option<String> {
    let at = octets.windows(mark.len()).position(|window| window == mark.as_bytes())?;
    let rest = octets.get(at.saturating_add(mark.len())..)?;
    let end = rest.iter().position(|octet| *octet == b'<')?;
    Some(String::from_utf8_lossy(rest.get(..end)?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let tally = Tally { microseconds: (1..=200).map(|number| number * 1000).collect(), ..Tally::default() };
        for (percent, milliseconds) in [(50, 100.0), (99, 198.0), (100, 200.0)] {
            assert!((tally.percentile(percent) - milliseconds).abs() < 1e-9, "{percent}");
        }
        assert!(Tally::default().percentile(99).abs() < 1e-9);
    }

    #[test]
    fn ids_are_found_whatever_the_prefix() {
        let answer = b"<x:Header><x:MessageId>A-1</x:MessageId></x:Header><y:RequestIdRef>B-2</y:RequestIdRef>";
        assert_eq!(between(answer, "MessageId>").as_deref(), Some("A-1"));
        assert_eq!(between(answer, "RequestIdRef>").as_deref(), Some("B-2"));
        assert_eq!(between(answer, "Status>"), None);
    }
}
