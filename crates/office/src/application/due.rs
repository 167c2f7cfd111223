//! When an answer is due, in working days. Computed each time from the calendar as it is: an import of moved holidays counts
//! open applications anew.

use domain::registry::Side;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::{Case, State};
use crate::calendar::Calendar;

/// Working days that the owner of a service has for his answer.
pub const CONSENT_DAYS: u32 = 5;
/// Working days that the operator has for his decision, from the application or the owner's consent on.
pub const DECISION_DAYS: u32 = 3;

/// Who must answer, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Whose answer it is.
    pub whose: Side,
    /// The last day for it.
    pub day: Date,
}

impl Due {
    /// Is the day over?
    pub fn is_overdue(&self, today: Date) -> bool {
        today > self.day
    }
}

/// The day of a moment: days begin and end at midnight of UTC+3 (Moscow time), as in the access matrix.
pub fn day_of(at: Timestamp) -> Date {
    Offset::constant(3).to_datetime(at).date()
}

impl Case {
    /// What is due, if anybody is waited for.
    pub fn due(&self, calendar: &Calendar, today: Date) -> Option<Due> {
        let (whose, days) = match self.state_on(today) {
            State::ConsentAsked => (Side::Owner(self.application().consent_of.clone()?), CONSENT_DAYS),
            State::Submitted | State::Consented => (Side::Operator, DECISION_DAYS),
            State::Granted | State::Refused | State::Expired | State::Revoked | State::Withdrawn => return None,
        };
        Some(Due { whose, day: calendar.working_days_after(day_of(self.asked_at()), days) })
    }
}
