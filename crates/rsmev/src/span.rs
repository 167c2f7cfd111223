//! Spans of time as people name them: `7d`, `36h`, a day, a moment, a month. Days begin at midnight of UTC+3, as those of rights.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use office::traffic::day_of;

/// Longest span, in days.
const DAYS_MAX: i64 = 3660;

/// A beginning: so long ago, or then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// So many days ago.
    Days(i64),
    /// So many hours ago.
    Hours(i64),
    /// The beginning of a day.
    Day(Date),
    /// A moment.
    Moment(Timestamp),
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |sign| text.strip_suffix(sign).and_then(|number| number.parse::<i64>().ok());
        let within = |number: &i64, max: i64| (1..=max).contains(number);
        if let Some(days) = number('d').filter(|days| within(days, DAYS_MAX)) {
            return Ok(Since::Days(days));
        }
        if let Some(hours) = number('h').filter(|hours| within(hours, DAYS_MAX * 24)) {
            return Ok(Since::Hours(hours));
        }
        let moment = text.parse::<Timestamp>().map(Since::Moment);
        moment.or_else(|_| text.parse().map(Since::Day)).map_err(|_| {
            format!("{text:?} is no beginning: so long ago (7d, 36h), a day (2026-11-20) or a moment (RFC 3339)")
        })
    }
}

impl Since {
    /// The moment, counted back from another.
    pub(crate) fn from(self, now: Timestamp) -> Timestamp {
        let ago = |hours: i64| now.saturating_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN);
        match self {
            Since::Days(days) => ago(days.saturating_mul(24)),
            Since::Hours(hours) => ago(hours),
            Since::Day(day) => midnight(day),
            Since::Moment(moment) => moment,
        }
    }

    /// The beginning of whole days that end with today's midnight; `None` where the words mean a moment within a day.
    pub(crate) fn whole_days(self, now: Timestamp) -> Option<Date> {
        match self {
            Since::Days(days) => Some(day_of(now).saturating_sub(days.days())),
            Since::Day(day) => Some(day),
            Since::Hours(_) | Since::Moment(_) => None,
        }
    }
}

/// A month of a calendar, `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CalendarMonth(Date);

impl FromStr for CalendarMonth {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let first = (text.len() == 7).then(|| format!("{text}-01").parse::<Date>().ok()).flatten();
        first.map(CalendarMonth).ok_or_else(|| format!("{text:?} is no month such as 2026-11"))
    }
}

impl CalendarMonth {
    /// Its first day, and that of the next.
    pub(crate) fn days(self) -> (Date, Date) {
        (self.0, self.0.saturating_add(1.month()))
    }
}

/// The first moment of a day.
pub(crate) fn midnight(day: Date) -> Timestamp {
    Offset::constant(3).to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        let now: Timestamp = "2026-11-27T22:30:00Z".parse().unwrap();
        for (text, from) in [
            ("7d", "2026-11-20T22:30:00Z"),
            ("36h", "2026-11-26T10:30:00Z"),
            ("2026-11-20", "2026-11-19T21:00:00Z"),
            ("2026-11-20T10:00:00+04:00", "2026-11-20T06:00:00Z"),
        ] {
            assert_eq!(text.parse::<Since>().unwrap().from(now).to_string(), from, "{text}");
        }
        for bad in ["", "7", "d", "0d", "-1d", "99999d", "yesterday", "2026-13-01"] {
            assert!(bad.parse::<Since>().is_err(), "{bad}");
        }
        // In Moscow it is the 28th already.
        assert_eq!(Since::Days(7).whole_days(now), Some("2026-11-21".parse().unwrap()));
        let (first, next) = "2026-12".parse::<CalendarMonth>().unwrap().days();
        assert_eq!((first.to_string(), next.to_string()), ("2026-12-01".to_owned(), "2027-01-01".to_owned()));
        assert!("2026-1".parse::<CalendarMonth>().is_err() && "2026-00".parse::<CalendarMonth>().is_err());
    }
}
