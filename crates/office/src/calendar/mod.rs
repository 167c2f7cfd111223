//! The production calendar (производственный календарь): which days are worked, and when a term in working days ends.
//!
//! Years come from an import (`import`); for years that no import names, Saturdays, Sundays and the holidays of article 112
//! of the Labour Code are days off, and nothing is moved. No file and no clock here.

mod import;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::civil::{Date, Weekday};
use serde::Serialize;

pub use import::{FILE_BYTES_MAX, Imported, Problem};

/// The first and the last year a calendar may speak of.
pub const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;

/// What kind of day it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// A working day.
    Working,
    /// A working day that is an hour shorter, before a holiday.
    Short,
    /// A day off: a holiday, a Saturday or Sunday, or a day off moved here.
    Holiday,
}

impl Day {
    /// As it is written in files.
    pub fn label(self) -> &'static str {
        match self {
            Day::Working => "working",
            Day::Short => "short",
            Day::Holiday => "holiday",
        }
    }

    /// Is it worked, if only shorter?
    pub fn is_working(self) -> bool {
        self != Day::Holiday
    }

    fn read(text: &str) -> Option<Self> {
        [Day::Working, Day::Short, Day::Holiday].into_iter().find(|day| day.label() == text)
    }
}

/// Years of the production calendar. Without any it is what the law says by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Days of known years that differ from [`by_law`].
    days: BTreeMap<Date, Day>,
    known: BTreeSet<i16>,
}

impl Calendar {
    /// Reads a calendar; the file's name is for the problems told.
    pub fn import(file: &str, octets: &[u8]) -> Result<Imported, Vec<Problem>> {
        import::import(file, octets)
    }

    /// What kind of day it is.
    pub fn day(&self, date: Date) -> Day {
        self.days.get(&date).copied().unwrap_or_else(|| by_law(date))
    }

    /// Is the day worked?
    pub fn is_working(&self, date: Date) -> bool {
        self.day(date).is_working()
    }

    /// The last day of a term of so many working days that begins on the day after `date`; zero days end on `date` itself.
    /// Beyond the last day that dates reach it stays there.
    pub fn working_days_after(&self, date: Date, count: u32) -> Date {
        let (mut day, mut left) = (date, count);
        while left > 0 {
            let Ok(next) = day.tomorrow() else { return day };
            day = next;
            if self.is_working(day) {
                left -= 1;
            }
        }
        day
    }

    /// The years that were imported.
    pub fn years(&self) -> impl Iterator<Item = i16> {
        self.known.iter().copied()
    }

    /// Was the year imported?
    pub fn knows(&self, year: i16) -> bool {
        self.known.contains(&year)
    }

    /// The days of a year that are not what the law says by itself: moved days, short days.
    pub fn moved(&self, year: i16) -> impl Iterator<Item = (Date, Day)> {
        self.days.iter().filter(move |(date, _)| date.year() == year).map(|(date, day)| (*date, *day))
    }

    /// This calendar with the years of another: a year that both know is the other's, whole.
    #[must_use]
    pub fn with(mut self, newer: Calendar) -> Calendar {
        self.days.retain(|date, _| !newer.knows(date.year()));
        self.days.extend(newer.days);
        self.known.extend(newer.known);
        self
    }

    /// In the form it is kept: `date,kind`, what the law says by itself left out.
    pub fn to_csv(&self) -> String {
        let mut text = String::from("date,kind\n");
        for year in self.years() {
            let mut moved = self.moved(year).peekable();
            if moved.peek().is_none() {
                // A year is known by its rows: one without changes says what is so anyhow.
                let _ = writeln!(text, "{year}-01-01,{}", Day::Holiday.label());
            }
            for (date, day) in moved {
                let _ = writeln!(text, "{date},{}", day.label());
            }
        }
        text
    }

    /// Notes that the year is known and what its day is.
    fn set(&mut self, date: Date, day: Day) {
        self.known.insert(date.year());
        if day == by_law(date) {
            self.days.remove(&date);
        } else {
            self.days.insert(date, day);
        }
    }
}

/// The kind of day without any calendar: Saturdays, Sundays and the holidays of article 112 of the Labour Code, part 1.
pub fn by_law(date: Date) -> Day {
    let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let holiday = matches!((date.month(), date.day()), (1, 1..=8) | (2, 23) | (3, 8) | (5, 1 | 9) | (6, 12) | (11, 4));
    if weekend || holiday { Day::Holiday } else { Day::Working }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    /// Days of 2025 as the government moved them: worked on 1 November for 3 November, off on 2 May, 8 May, 13 June, 31 December.
    const MOVED: &str = "date,kind\n2025-05-02,holiday\n2025-05-08,holiday\n2025-06-13,holiday\n2025-11-01,short\n\
                         2025-11-03,holiday\n2025-12-31,holiday\n2025-03-07,short\n";

    fn moved() -> Calendar {
        Calendar::import("calendar.csv", MOVED.as_bytes()).unwrap().calendar
    }

    #[test]
    fn without_a_calendar_the_week_and_article_112_decide() {
        let calendar = Calendar::default();
        for off in [date(2026, 1, 1), date(2026, 1, 8), date(2026, 2, 23), date(2026, 11, 4), date(2026, 11, 28)] {
            assert!(!calendar.is_working(off), "{off}");
        }
        for worked in [date(2026, 1, 9), date(2026, 5, 8), date(2026, 11, 27), date(2026, 12, 31)] {
            assert!(calendar.is_working(worked), "{worked}");
        }
    }

    #[test]
    fn a_term_ends_later_when_days_are_moved_into_it() {
        // From Wednesday, 30 April 2025: 1 to 4 May off by law, 2 May by the move; 8 to 11 May.
        let by_law = Calendar::default();
        assert_eq!(by_law.working_days_after(date(2025, 4, 30), 5), date(2025, 5, 8));
        assert_eq!(moved().working_days_after(date(2025, 4, 30), 5), date(2025, 5, 13));
        assert_eq!(moved().working_days_after(date(2025, 12, 30), 1), date(2026, 1, 9));
    }

    #[test]
    fn a_saturday_that_is_worked_counts() {
        assert_eq!(moved().working_days_after(date(2025, 10, 31), 1), date(2025, 11, 1));
        assert_eq!(moved().working_days_after(date(2025, 10, 31), 2), date(2025, 11, 5));
        assert_eq!(Calendar::default().working_days_after(date(2025, 10, 31), 1), date(2025, 11, 3));
        assert_eq!(moved().day(date(2025, 11, 1)), Day::Short);
    }

    #[test]
    fn a_term_of_no_days_and_the_end_of_dates() {
        assert_eq!(Calendar::default().working_days_after(date(2025, 11, 1), 0), date(2025, 11, 1));
        assert_eq!(Calendar::default().working_days_after(Date::MAX, 3), Date::MAX);
    }

    #[test]
    fn a_newer_import_replaces_its_years_whole_and_leaves_the_others() {
        let newer = Calendar::import("new.csv", b"2025-12-31,short\n2026-01-09,holiday\n").unwrap().calendar;
        let both = moved().with(newer);
        assert!(both.is_working(date(2025, 5, 2)), "the newer 2025 does not move it");
        assert_eq!(both.day(date(2025, 12, 31)), Day::Short);
        assert!(!both.is_working(date(2026, 1, 9)));
        let other = Calendar::import("new.csv", b"2026-01-09,holiday\n").unwrap().calendar;
        assert!(!moved().with(other).is_working(date(2025, 5, 2)));
    }

    #[test]
    fn what_is_kept_is_what_was_read() {
        let calendar = moved();
        assert_eq!(Calendar::import("calendar.csv", calendar.to_csv().as_bytes()).unwrap().calendar, calendar);
        let plain = Calendar::import("c.csv", b"2027-01-01,holiday\n").unwrap().calendar;
        let kept = Calendar::import("c.csv", plain.to_csv().as_bytes()).unwrap().calendar;
        assert!(kept.knows(2027) && kept.moved(2027).next().is_none());
    }

    proptest! {
        #[test]
        fn exactly_so_many_working_days_lie_in_a_term(days in 0i32..4000, count in 0u32..40) {
            let calendar = moved();
            let from = date(2020, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let until = calendar.working_days_after(from, count);
            let mut worked = 0;
            let mut day = from;
            while day < until {
                day = day.tomorrow().unwrap();
                worked += u32::from(calendar.is_working(day));
            }
            prop_assert_eq!(worked, count);
            prop_assert!(count == 0 || calendar.is_working(until));
        }
    }
}
