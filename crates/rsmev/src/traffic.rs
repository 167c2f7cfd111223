//! Exchanges out of the journal, each once however many stores have it, request and end put together. Headers only: nobody's
//! messages are read. Memory grows with the exchanges that are open at a time, not with those that were.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use journal::{Class, Entry, Filter, Header, Kind, Month, Reader, Role, StoreName};
use office::traffic::{End, Exchange};
use uuid::Uuid;

use crate::failure::Failure;
use crate::print;
use crate::terminal::tame;

/// How long after its request an exchange can end: no service has more than an hour for an answer.
const ENDS_WITHIN: SignedDuration = SignedDuration::from_hours(2);
/// The code and the beginning of the verdict of what the access matrix refused; other reasons share the code.
const DENIED_CODE: &str = "SMEV-100012";
const DENIED_VERDICT: &str = "access denied: ";

/// What a reading came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Read {
    /// Exchanges handed over.
    pub(crate) exchanges: u64,
    /// Places of the journal that could not be read.
    pub(crate) broken: usize,
}

/// Hands over the exchanges whose first record is of that time, in no order. Damaged places are told and counted.
pub(crate) fn each(
    reader: &Reader,
    since: Timestamp,
    until: Timestamp,
    mut take: impl FnMut(Exchange),
) -> Result<Read, Failure> {
    let homes = Homes::of(reader)?;
    let ended = until.saturating_add(ENDS_WITHIN).unwrap_or(Timestamp::MAX);
    let filter = Filter { since: Some(since), until: Some(ended), ..Filter::default() };
    let mut read = Read::default();
    let mut open: HashMap<Uuid, Exchange> = HashMap::new();
    let mut store: Option<StoreName> = None;
    let mut hand_over = |exchange: Exchange, read: &mut Read| {
        read.exchanges = read.exchanges.saturating_add(1);
        take(exchange);
    };
    for entry in reader.list(&filter).map_err(|error| Failure::journal(&error))? {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                read.broken += 1;
                print::talk(&tame(&format!("broken: {error}")));
                continue;
            }
        };
        if store.as_ref() != Some(&entry.id.store) {
            for (_, pending) in open.drain() {
                hand_over(pending, &mut read);
            }
            store = Some(entry.id.store.clone());
        }
        if !homes.is_home(&entry) {
            continue;
        }
        match entry.header.kind {
            Kind::Accepted if entry.header.time < until => {
                open.insert(entry.header.exchange, begun(&entry));
            }
            Kind::Answered | Kind::Failed => {
                if let Some(exchange) = open.remove(&entry.header.exchange) {
                    hand_over(concluded(exchange, &entry), &mut read);
                }
            }
            Kind::Refused if entry.header.time < until => hand_over(refused(&entry), &mut read),
            Kind::Accepted | Kind::Refused | Kind::Audited => {}
        }
    }
    for pending in open.into_values() {
        hand_over(pending, &mut read);
    }
    Ok(read)
}

/// Which store counts an exchange: the first of its stores, by name, that has a month of that name. Another's may be purged
/// earlier, or not be part of a copy.
struct Homes(HashMap<Month, BTreeSet<StoreName>>);

impl Homes {
    fn of(reader: &Reader) -> Result<Self, Failure> {
        let mut months: HashMap<Month, BTreeSet<StoreName>> = HashMap::new();
        for store in reader.stores().map_err(|error| Failure::journal(&error))? {
            if store.class() == Class::Audit {
                continue;
            }
            for month in reader.months(&store).map_err(|error| Failure::journal(&error))? {
                months.entry(month).or_default().insert(store.clone());
            }
        }
        Ok(Self(months))
    }

    fn is_home(&self, entry: &Entry) -> bool {
        let there = self.0.get(&entry.id.month);
        let has = |store: &&StoreName| there.is_some_and(|there| there.contains(*store));
        entry.stores.iter().filter(has).min() == Some(&entry.id.store)
    }
}

/// The first record of an exchange, which stands as pending until its end is met.
fn begun(entry: &Entry) -> Exchange {
    let header = &entry.header;
    Exchange {
        at: header.received.unwrap_or(header.time),
        end: End::Pending,
        consumer: header.sender.clone(),
        provider: header.recipient.clone(),
        agency: header.agency.clone(),
        service: header.service.clone(),
        version: header.service_version.clone(),
        operation: header.operation.clone(),
        service_code: header.service_code.clone(),
        conversation: header.request_id_ref.clone().unwrap_or_else(|| header.exchange.to_string()),
        endpoint: header.endpoint.clone(),
        test: header.test,
        code: None,
        took: None,
        request_bytes: received(entry),
        answer_bytes: 0,
    }
}

fn concluded(exchange: Exchange, entry: &Entry) -> Exchange {
    let header = &entry.header;
    let end = match header.kind {
        Kind::Failed => End::Failed,
        _ if header.verdict == "answered with a fault" => End::ProviderFault,
        _ => End::Answered,
    };
    let took = header.sent.unwrap_or(header.time).duration_since(exchange.at);
    Exchange {
        end,
        code: header.code.clone(),
        took: Some(Duration::try_from(took).unwrap_or_default()),
        answer_bytes: received(entry),
        ..exchange
    }
}

fn refused(entry: &Entry) -> Exchange {
    let end = if is_denied(&entry.header) { End::Denied } else { End::Refused };
    Exchange { end, code: entry.header.code.clone(), ..begun(entry) }
}

/// Was it the access matrix that refused?
fn is_denied(header: &Header) -> bool {
    header.code.as_deref() == Some(DENIED_CODE) && header.verdict.starts_with(DENIED_VERDICT)
}

/// Octets of the message as it came in.
fn received(entry: &Entry) -> u64 {
    entry.bodies.iter().filter(|body| body.role == Role::Received).map(|body| body.bytes).sum()
}

#[cfg(test)]
mod tests {
    use domain::{Denied, DenyReason, Mnemonic, Sid, Version};
    use gateway::Refusal;

    use super::*;

    #[test]
    fn what_the_matrix_refuses_is_known_by_its_record() {
        let refusal = Refusal::NoRight(Denied {
            consumer: Mnemonic::new("SOCZ01641").unwrap(),
            sid: Sid::new("SID0003245").unwrap(),
            version: Version::new("1.00").unwrap(),
            operation: None,
            reason: DenyReason::NoRow,
        });
        let mut header = Header::new(Uuid::nil(), Kind::Refused, Timestamp::UNIX_EPOCH);
        header.code = Some(refusal.code().to_string());
        header.verdict = refusal.to_string();
        assert!(is_denied(&header));
        let foreign =
            Refusal::ForeignSender { claimed: "MFCS01641".into(), actual: Mnemonic::new("SOCZ01641").unwrap() };
        header.code = Some(foreign.code().to_string());
        header.verdict = foreign.to_string();
        assert!(!is_denied(&header), "another reason under the same code");
    }
}
