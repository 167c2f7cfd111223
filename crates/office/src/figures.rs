//! Figures of a period: how many exchanges, how they ended, how long answers took, group by group.
//!
//! The same exchanges give the same figures, in whatever order they come. Times are kept to three significant digits, so that
//! memory is bounded by the number of groups and not by that of exchanges.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::traffic::{End, Exchange};

/// What a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The agency that asks, and the one on whose behalf it asks.
    Agency,
    /// The service, and its version.
    Service,
    /// The system that asks.
    Consumer,
}

/// What an exchange without a proven sender, of a system that is no longer registered, or without a service is counted under.
pub const NOBODY: &str = "(unknown)";

/// Figures under way.
#[derive(Debug)]
pub struct Figures {
    by: By,
    groups: BTreeMap<(String, String), Sum>,
    total: Sum,
}

/// The figures of one group, or of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Agency, service or consumer; empty in the total.
    pub group: String,
    /// Agency on whose behalf, or version; empty where there is none.
    pub part: String,
    /// Requests that came in.
    pub exchanges: u64,
    /// Answered by the provider, its own SOAP faults included.
    pub answered: u64,
    /// Of those: with a SOAP fault of the provider.
    pub provider_faults: u64,
    /// Accepted, and ended with a fault of the bus.
    pub failed: u64,
    /// Refused before the provider was asked.
    pub refused: u64,
    /// Accepted, and without an end.
    pub pending: u64,
    /// Of the accepted: ended later than the service's deadline for answers, or not at all.
    pub overdue: u64,
    /// Time to answer of half of the answered exchanges, in milliseconds; three significant digits.
    pub p50_ms: Option<u64>,
    /// Of 95 of 100.
    pub p95_ms: Option<u64>,
    /// Of 99 of 100.
    pub p99_ms: Option<u64>,
    /// Octets of requests as they came in.
    pub request_bytes: u64,
    /// Octets of answers as they came in.
    pub answer_bytes: u64,
    /// Faults of the bus by SMEV code.
    pub faults: BTreeMap<String, u64>,
}

impl Figures {
    /// Of no exchange yet.
    pub fn new(by: By) -> Self {
        Self { by, groups: BTreeMap::new(), total: Sum::default() }
    }

    /// Takes an exchange in. `agency` is the participant of its consumer, `deadline` the time its service has for an answer.
    pub fn take(&mut self, exchange: &Exchange, agency: Option<&str>, deadline: Duration) {
        let group = self.group(exchange, agency);
        self.groups.entry(group).or_default().add(exchange, deadline);
        self.total.add(exchange, deadline);
    }

    fn group(&self, exchange: &Exchange, agency: Option<&str>) -> (String, String) {
        // What nobody vouches for makes no group of its own: strangers could make as many as they like.
        let Some(consumer) = exchange.consumer.as_deref() else {
            return (NOBODY.to_owned(), String::new());
        };
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        match self.by {
            By::Agency => (agency.unwrap_or(NOBODY).to_owned(), text(&exchange.agency)),
            By::Service => (exchange.service.clone().unwrap_or_else(|| NOBODY.to_owned()), text(&exchange.version)),
            By::Consumer => (consumer.to_owned(), text(&exchange.agency)),
        }
    }

    /// The groups in order of their names, and the total.
    pub fn rows(&self) -> (Vec<Row>, Row) {
        let rows = self.groups.iter().map(|((group, part), sum)| sum.row(group, part)).collect();
        (rows, self.total.row("", ""))
    }
}

#[derive(Debug, Default)]
struct Sum {
    exchanges: u64,
    answered: u64,
    provider_faults: u64,
    failed: u64,
    refused: u64,
    pending: u64,
    overdue: u64,
    request_bytes: u64,
    answer_bytes: u64,
    faults: BTreeMap<String, u64>,
    /// Answers by their time, in milliseconds of three significant digits.
    times: BTreeMap<u64, u64>,
}

impl Sum {
    fn add(&mut self, exchange: &Exchange, deadline: Duration) {
        let count = |slot: &mut u64, counts: bool| *slot = slot.saturating_add(u64::from(counts));
        let answered = matches!(exchange.end, End::Answered | End::ProviderFault);
        count(&mut self.exchanges, true);
        count(&mut self.answered, answered);
        count(&mut self.provider_faults, exchange.end == End::ProviderFault);
        count(&mut self.failed, exchange.end == End::Failed);
        count(&mut self.refused, !exchange.end.passed());
        count(&mut self.pending, exchange.end == End::Pending);
        let late = exchange.took.is_none_or(|took| took >= deadline);
        count(&mut self.overdue, exchange.end.passed() && late);
        self.request_bytes = self.request_bytes.saturating_add(exchange.request_bytes);
        self.answer_bytes = self.answer_bytes.saturating_add(exchange.answer_bytes);
        if let Some(code) = &exchange.code {
            count(self.faults.entry(code.clone()).or_default(), true);
        }
        if let (true, Some(took)) = (answered, exchange.took) {
            let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            count(self.times.entry(three_digits(millis)).or_default(), true);
        }
    }

    fn row(&self, group: &str, part: &str) -> Row {
        Row {
            group: group.to_owned(),
            part: part.to_owned(),
            exchanges: self.exchanges,
            answered: self.answered,
            provider_faults: self.provider_faults,
            failed: self.failed,
            refused: self.refused,
            pending: self.pending,
            overdue: self.overdue,
            p50_ms: self.within(50),
            p95_ms: self.within(95),
            p99_ms: self.within(99),
            request_bytes: self.request_bytes,
            answer_bytes: self.answer_bytes,
            faults: self.faults.clone(),
        }
    }

    /// The time within which so many of a hundred answers came (nearest rank).
    fn within(&self, percent: u64) -> Option<u64> {
        let all: u64 = self.times.values().sum();
        let rank = all.saturating_mul(percent).div_ceil(100);
        let mut passed = 0_u64;
        self.times.iter().find_map(|(millis, count)| {
            passed = passed.saturating_add(*count);
            (passed >= rank).then_some(*millis)
        })
    }
}

/// Rounded down to three significant digits.
fn three_digits(number: u64) -> u64 {
    let mut unit = 1_u64;
    while number / unit >= 1000 {
        unit = unit.saturating_mul(10);
    }
    number / unit * unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::tests::exchange;

    const DEADLINE: Duration = Duration::from_secs(60);

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let mut figures = Figures::new(By::Consumer);
        for millis in 1..=100 {
            let took = Some(Duration::from_millis(millis));
            figures.take(&Exchange { took, ..exchange("SOCZ01641", "SID0003245", 0) }, None, DEADLINE);
        }
        let (_, total) = figures.rows();
        assert_eq!((total.p50_ms, total.p95_ms, total.p99_ms), (Some(50), Some(95), Some(99)));
        assert_eq!(Figures::new(By::Consumer).rows().1.p50_ms, None, "no answer has no time");
        for (millis, kept) in
            [(0, 0), (999, 999), (1234, 1230), (59_999, 59_900), (u64::MAX, 18_400_000_000_000_000_000)]
        {
            assert_eq!(three_digits(millis), kept);
        }
    }

    #[test]
    fn the_groups_add_up_to_the_total_and_strangers_are_one_group() {
        let made = [
            exchange("SOCZ01641", "SID0003245", 0),
            Exchange { agency: Some("OBRZ".into()), ..exchange("SOCZ01641", "SID0003245", 1) },
            Exchange { end: End::ProviderFault, ..exchange("MFCS01641", "SID0064001", 1) },
            Exchange {
                end: End::Failed,
                code: Some("SMEV-200001".into()),
                took: Some(DEADLINE),
                ..exchange("MFCS01641", "SID0064001", 2)
            },
            Exchange { end: End::Pending, took: None, ..exchange("MFCS01641", "SID0064001", 3) },
            Exchange {
                end: End::Refused,
                consumer: None,
                code: Some("SMEV-100003".into()),
                ..exchange("x", "../a", 4)
            },
            Exchange { end: End::Denied, consumer: None, code: Some("SMEV-100012".into()), ..exchange("x", "../b", 4) },
        ];
        for by in [By::Agency, By::Service, By::Consumer] {
            let mut figures = Figures::new(by);
            for exchange in &made {
                let agency = exchange.consumer.as_deref().and_then(|consumer| consumer.get(..4));
                figures.take(exchange, agency, DEADLINE);
            }
            let (rows, total) = figures.rows();
            assert_eq!((total.exchanges, total.answered, total.provider_faults), (7, 3, 1));
            assert_eq!((total.failed, total.refused, total.pending, total.overdue), (1, 2, 1, 2));
            assert_eq!(total.faults.values().sum::<u64>(), 3);
            let sum = |of: fn(&Row) -> u64| rows.iter().map(of).sum::<u64>();
            assert_eq!(sum(|row| row.exchanges), total.exchanges);
            assert_eq!(sum(|row| row.answered + row.failed + row.refused + row.pending), total.exchanges);
            assert_eq!(sum(|row| row.request_bytes), total.request_bytes);
            assert_eq!(rows.iter().filter(|row| row.group == NOBODY).count(), 1);
            let parts: Vec<_> = rows.iter().map(|row| format!("{}/{}", row.group, row.part)).collect();
            let expected = match by {
                By::Agency => vec!["(unknown)/", "MFCS/", "SOCZ/", "SOCZ/OBRZ"],
                By::Service => vec!["(unknown)/", "SID0003245/1.00", "SID0064001/1.00"],
                By::Consumer => vec!["(unknown)/", "MFCS01641/", "SOCZ01641/", "SOCZ01641/OBRZ"],
            };
            assert_eq!(parts, expected);
        }
    }
}
