//! Canonical forms and verdicts against independent implementations, over messages nobody would write by hand.
//!
//! Three opinions on every generated message: ours, an independent writer of the canonical form over another parser (`referee`), and
//! libxml2 called by lxml on the part alone (`lxml`). Of ours there are two: the plain form, and what libxmlsec1 digests under a
//! PrefixList and with the signature cut out (`verdicts`). `RSMEV_DIFFERENTIAL=100000` says how many messages; CI tries a sample.
//! So many take longer than a test may: nextest's `--profile long`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a panic is how a test fails, and a skip is said aloud"
)]
#![expect(clippy::format_push_string, reason = "messages are written the way they read")]

mod compare;
mod engine;
mod generator;
mod known_answers;
mod lxml;
mod message;
mod numbers;
mod properties;
mod referee;
mod verdicts;

/// Messages of a sample: seconds, not minutes.
const SAMPLE: u64 = 1_500;

/// How many messages are tried.
fn messages() -> u64 {
    std::env::var("RSMEV_DIFFERENTIAL").map_or(SAMPLE, |text| text.parse().unwrap())
}
