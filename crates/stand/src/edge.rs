//! The edge to the outer world: the clock and the operating system's randomness. Everything else in the stand gets
//! time and random octets from here.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::Error;

/// The time now.
pub(crate) fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the stand is an edge: it plays the agencies with their own clocks")]
    Timestamp::now()
}

/// A point in time `days` away from `from`; stays at `from` when the calendar ends.
pub(crate) fn days_from(from: Timestamp, days: i64) -> Timestamp {
    from.checked_add(SignedDuration::from_hours(days.saturating_mul(24))).unwrap_or(from)
}

/// Octets of the operating system's generator.
pub(crate) fn entropy<const N: usize>() -> Result<[u8; N], Error> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(|reason| Error::NoEntropy { what: reason.to_string() })?;
    Ok(octets)
}

/// A random identifier (UUID version 4).
pub(crate) fn random_id() -> Result<Uuid, Error> {
    Ok(uuid::Builder::from_random_bytes(entropy()?).into_uuid())
}
