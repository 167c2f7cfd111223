//! Comparing moments so that it is known afterwards how long the outcome holds.

use std::ops::RangeInclusive;

use jiff::Timestamp;

/// The moment a certificate is judged at. Every comparison narrows the range in which all of them would come out the
/// same, so the verdict is the same in that range by construction. Whole seconds: certificates and lists know no others.
pub(super) struct Moments {
    at: i64,
    from: i64,
    /// The first second that is no longer in the range.
    until: Option<i64>,
}

impl Moments {
    pub(super) fn new(at: Timestamp) -> Self {
        Self { at: floor(at), from: floor(Timestamp::MIN), until: None }
    }

    /// Whether the second that begins with `moment` has come.
    pub(super) fn reached(&mut self, moment: Timestamp) -> bool {
        self.reached_second(moment.as_second())
    }

    /// Whether the second that begins with `moment` has gone by: that of a notAfter still counts in full.
    pub(super) fn passed(&mut self, moment: Timestamp) -> bool {
        self.reached_second(moment.as_second().saturating_add(1))
    }

    /// Whether the second that begins `delay` whole seconds after `moment` has gone by.
    pub(super) fn passed_by(&mut self, moment: Timestamp, delay: std::time::Duration) -> bool {
        let delay = i64::try_from(delay.as_secs()).unwrap_or(i64::MAX);
        self.reached_second(moment.as_second().saturating_add(delay).saturating_add(1))
    }

    fn reached_second(&mut self, second: i64) -> bool {
        let reached = second <= self.at;
        if reached {
            self.from = self.from.max(second);
        } else {
            self.until = Some(self.until.map_or(second, |until| until.min(second)));
        }
        reached
    }

    /// The range in which every comparison so far comes out the same.
    pub(super) fn holds(&self) -> RangeInclusive<Timestamp> {
        let from = Timestamp::from_second(self.from).unwrap_or(Timestamp::MIN);
        let last = self.until.and_then(|until| Timestamp::new(until.checked_sub(1)?, 999_999_999).ok());
        from..=last.unwrap_or(Timestamp::MAX)
    }
}

/// The whole second a moment lies in, before 1970 too.
fn floor(at: Timestamp) -> i64 {
    at.as_second() - i64::from(at.subsec_nanosecond() < 0)
}
