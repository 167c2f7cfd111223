//! An exchange as the journal tells it, as far as rights, needs and figures ask for it, and what use was made of rights.
//!
//! Reading the journal is the caller's business; names are text here, as in the evidence.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::Serialize;

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Accepted, and no end of it is known.
    Pending,
    /// The provider answered.
    Answered,
    /// The provider answered with a SOAP fault of its own.
    ProviderFault,
    /// Accepted, and ended with a fault of the bus.
    Failed,
    /// Refused by the access matrix.
    Denied,
    /// Refused for another reason.
    Refused,
}

impl End {
    /// Did the bus let it pass to the provider?
    pub fn passed(self) -> bool {
        !matches!(self, End::Denied | End::Refused)
    }
}

/// One exchange, whatever number of stores have it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// When the request had come in.
    pub at: Timestamp,
    /// How it ended.
    pub end: End,
    /// Mnemonic of the system that asked; absent where nobody proved to be the sender.
    pub consumer: Option<String>,
    /// Mnemonic of the system that was to answer.
    pub provider: Option<String>,
    /// Code of the agency that asked through the consumer, where it speaks for several.
    pub agency: Option<String>,
    /// SID of the service.
    pub service: Option<String>,
    /// Its version, as the exchange was resolved to it.
    pub version: Option<String>,
    /// The operation.
    pub operation: Option<String>,
    /// Code of the public service that the message names.
    pub service_code: Option<String>,
    /// The id that all messages of the conversation know: of the first exchange.
    pub conversation: String,
    /// Where the request was sent.
    pub endpoint: Option<String>,
    /// Was the message marked as a test?
    pub test: bool,
    /// SMEV code of the bus's fault.
    pub code: Option<String>,
    /// From the last octet of the request to the end of the exchange.
    pub took: Option<Duration>,
    /// Octets of the request as it came in.
    pub request_bytes: u64,
    /// Octets of the answer as it came in.
    pub answer_bytes: u64,
}

/// The day of a moment, as rights count days: in UTC+3.
pub fn day_of(at: Timestamp) -> Date {
    Offset::constant(3).to_datetime(at).date()
}

/// What is called: consumer, service, version, operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Call {
    /// Mnemonic of the system that asks.
    pub consumer: String,
    /// SID.
    pub service: String,
    /// Its version.
    pub version: String,
    /// Its operation; empty where the record names none.
    pub operation: String,
}

impl Call {
    /// What the exchange called; `None` where nobody proved to be the sender, or no service was found.
    pub fn of(exchange: &Exchange) -> Option<Self> {
        Some(Self {
            consumer: exchange.consumer.clone()?,
            service: exchange.service.clone()?,
            version: exchange.version.clone()?,
            operation: exchange.operation.clone().unwrap_or_default(),
        })
    }
}

/// How often, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Used {
    /// Exchanges.
    pub count: u64,
    /// The last of them.
    pub last: Timestamp,
}

/// What of a service's exchanges failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Exchanges that passed.
    pub passed: u64,
    /// Of those: ended with a fault of the bus, or not at all.
    pub failed: u64,
}

impl Health {
    /// Whole percent that failed, rounded down.
    pub fn percent(self) -> u64 {
        self.failed.saturating_mul(100).checked_div(self.passed).unwrap_or(0)
    }
}

/// What use was made of rights, and what was refused for want of one. Memory grows with the number of different calls, which is
/// bounded by [`Use::CALLS_MAX`].
#[derive(Debug, Default)]
pub struct Use {
    /// Calls that passed.
    pub passed: BTreeMap<Call, Used>,
    /// Calls that the access matrix refused.
    pub denied: BTreeMap<Call, Used>,
    /// Services, by SID, since the moment that [`Use::new`] was given.
    pub health: BTreeMap<String, Health>,
    /// The oldest exchange seen.
    pub oldest: Option<Timestamp>,
    /// Exchanges whose call is not among those above, because there are too many different ones.
    pub left_out: u64,
    health_since: Timestamp,
}

impl Use {
    /// Most different calls kept of those that passed, and of those that were refused. Operations are named by systems that
    /// have proved who they are, so that only a broken one comes near it.
    pub const CALLS_MAX: usize = 100_000;

    /// Nothing seen yet; of services the exchanges since that moment count.
    pub fn new(health_since: Timestamp) -> Self {
        Self { health_since, ..Self::default() }
    }

    /// Takes an exchange into account.
    pub fn take(&mut self, exchange: &Exchange) {
        if self.oldest.is_none_or(|oldest| exchange.at < oldest) {
            self.oldest = Some(exchange.at);
        }
        let passed = exchange.end.passed();
        if !passed && exchange.end != End::Denied {
            return;
        }
        let Some(call) = Call::of(exchange) else { return };
        if passed && exchange.at >= self.health_since {
            let health = self.health.entry(call.service.clone()).or_default();
            health.passed = health.passed.saturating_add(1);
            let failed = matches!(exchange.end, End::Failed | End::Pending);
            health.failed = health.failed.saturating_add(u64::from(failed));
        }
        let calls = if passed { &mut self.passed } else { &mut self.denied };
        if let Some(used) = calls.get_mut(&call) {
            used.count = used.count.saturating_add(1);
            used.last = used.last.max(exchange.at);
        } else if calls.len() < Self::CALLS_MAX {
            calls.insert(call, Used { count: 1, last: exchange.at });
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// What a consumer called of a service, with success.
    pub fn of<'u>(&'u self, consumer: &str, service: &str) -> impl Iterator<Item = (&'u Call, &'u Used)> + use<'u> {
        let from = Call {
            consumer: consumer.to_owned(),
            service: service.to_owned(),
            version: String::new(),
            operation: String::new(),
        };
        let (consumer, service) = (from.consumer.clone(), from.service.clone());
        self.passed.range(from..).take_while(move |(call, _)| call.consumer == consumer && call.service == service)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An answered exchange of a minute of 2026-11-20.
    pub(crate) fn exchange(consumer: &str, service: &str, minute: i64) -> Exchange {
        let at = "2026-11-20T09:00:00Z".parse::<Timestamp>().unwrap();
        Exchange {
            at: at + jiff::SignedDuration::from_mins(minute),
            end: End::Answered,
            consumer: Some(consumer.to_owned()),
            provider: Some("FNS001001".to_owned()),
            agency: None,
            service: Some(service.to_owned()),
            version: Some("1.00".to_owned()),
            operation: Some("query".to_owned()),
            service_code: None,
            conversation: String::new(),
            endpoint: None,
            test: false,
            code: None,
            took: Some(Duration::from_millis(120)),
            request_bytes: 1000,
            answer_bytes: 2000,
        }
    }

    #[test]
    fn calls_are_counted_by_what_became_of_them_and_services_since_their_own_moment() {
        let mut seen = Use::new("2026-11-20T09:02:00Z".parse().unwrap());
        for minute in 0..4 {
            seen.take(&exchange("SOCZ01641", "SID0003245", minute));
        }
        seen.take(&Exchange { end: End::Failed, ..exchange("SOCZ01641", "SID0003245", 9) });
        seen.take(&Exchange { end: End::Denied, ..exchange("MFCS01641", "SID0003245", 5) });
        seen.take(&Exchange { end: End::Refused, ..exchange("MFCS01641", "SID0003245", 5) });
        seen.take(&Exchange { consumer: None, ..exchange("MFCS01641", "SID0003245", 5) });
        let used: Vec<_> = seen.of("SOCZ01641", "SID0003245").map(|(_, used)| used.count).collect();
        assert_eq!(used, [5]);
        assert_eq!(seen.of("SOCZ01641", "SID0003246").count() + seen.of("SOCZ0164", "SID0003245").count(), 0);
        assert_eq!(seen.denied.values().map(|used| used.count).sum::<u64>(), 1);
        let health = seen.health["SID0003245"];
        assert_eq!((health.passed, health.failed, health.percent()), (3, 1, 33));
        assert_eq!(seen.oldest, Some("2026-11-20T09:00:00Z".parse().unwrap()));
    }
}
