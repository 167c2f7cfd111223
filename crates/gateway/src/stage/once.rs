//! Once: a signed request is taken a single time, and only while the date its sender wrote is fresh. SMEV 2 has no Timestamp
//! in its Security block, so nothing else keeps a caught message from being sent again.

use domain::registry::Repeats as Rule;
use envelope::{Envelope, Verified};
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::Refusal;
use crate::repeats::{Claim, SignatureDigest, until};
use crate::stage::address::Destination;
use crate::way::Way;

pub(crate) fn once(
    way: &mut Way,
    verified: &Envelope<Verified>,
    destination: &Destination,
) -> Result<Option<Claim>, Refusal> {
    let guards = destination.guards;
    if let Some(freshness_ms) = guards.freshness_ms {
        check_date(verified.fields().date.as_deref(), way.arrived, freshness_ms)?;
    }
    // What the bus signs for a hosted system has no signature that could be caught.
    let Some(value) = verified.signature_value() else { return Ok(None) };
    let request = SignatureDigest::of(value);
    way.known.signature = Some(request.to_hex());
    let limits = way.registry().limits();
    let window_ms = guards.replay_window_ms(limits);
    if guards.repeats == Rule::Allow || window_ms == 0 {
        return Ok(None);
    }
    let until = until(way.arrived, window_ms);
    way.repeats
        .claim(request, way.exchange, way.arrived, until, limits.replay_entries)
        .map(Some)
        .map_err(|earlier| Refusal::Repeated { earlier })
}

fn check_date(written: Option<&str>, now: Timestamp, freshness_ms: u64) -> Result<(), Refusal> {
    let stale = || Refusal::Stale {
        written: written.unwrap_or_default().chars().filter(|c| !c.is_control()).take(40).collect(),
        freshness_ms,
    };
    let date = written.and_then(moment).ok_or_else(stale)?;
    let allowed = SignedDuration::from_millis(i64::try_from(freshness_ms).unwrap_or(i64::MAX));
    if now.duration_since(date).abs() <= allowed { Ok(()) } else { Err(stale()) }
}

/// An xs:dateTime; one without a zone is Moscow time, as days of the registry are.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let moscow = TimeZone::fixed(Offset::constant(3));
        text.parse::<DateTime>().ok()?.to_zoned(moscow).ok().map(|zoned| zoned.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_fresh_within_its_bound_on_both_sides_whatever_its_zone() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let judged = |text: Option<&str>| check_date(text, now, 60_000).is_ok();
        for fresh in [
            "2026-11-22T12:00:00Z",
            "2026-11-22T15:00:59.9+03:00",
            "2026-11-22T14:59:00",
            "2026-11-22T16:00:30.3814+04:00",
        ] {
            assert!(judged(Some(fresh)), "{fresh}");
        }
        for stale in
            ["2026-11-22T12:01:01Z", "2026-11-22T11:58:59Z", "2026-11-22T12:00:00", "yesterday", "", "2026-11-22"]
        {
            assert!(!judged(Some(stale)), "{stale}");
        }
        assert!(!judged(None), "a message without a date cannot be fresh");
    }
}
