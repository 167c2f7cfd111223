//! `rsmev journal list`: the records that pass a filter, as a stream.

use std::collections::BTreeMap;

use domain::Sid;
use domain::fault::{FaultRow, Side};
use journal::{Entry, Filter, Kind, Reader, StoreName};

use super::entry::Lines;
use super::trail::{self, Look};
use super::words::{self, List};
use super::{holds, key, open};
use crate::failure::Failure;
use crate::print;
use crate::terminal::tame;

/// `Message/Status`, all that the protocol knows.
const STATUSES: [&str; 12] = [
    "REQUEST", "RESULT", "REJECT", "INVALID", "ACCEPT", "PING", "PROCESS", "NOTIFY", "FAILURE", "CANCEL", "STATE",
    "PACKET",
];

pub(super) fn list(words: &List) -> Result<(), Failure> {
    let mut filter = filter(&words.filter)?;
    let reader = open(&words.places)?;
    if let Some(name) = &filter.store {
        must_be_there(&reader, name)?;
    }
    if let Some(asked) = &words.filter.key {
        filter.keys = key::asked(asked, &words.places.config.config)?;
    }
    trail::record(&words.places, &look(&words.filter, filter.store.as_ref()))?;
    let mut lines = Lines::new(words.json);
    let mut newest = words.limit.map(Newest::of);
    let mut broken = 0;
    for entry in reader.list(&filter).map_err(|error| Failure::journal(&error))? {
        match (entry, &mut newest) {
            (Ok(entry), None) => lines.print(&entry)?,
            (Ok(entry), Some(newest)) => newest.take(entry),
            (Err(error), _) => {
                broken += 1;
                print::talk(&tame(&format!("broken: {error}")));
            }
        }
    }
    if let Some(newest) = newest {
        let (kept, passed) = newest.in_order();
        kept.iter().try_for_each(|entry| lines.print(entry))?;
        if passed > 0 {
            print::talk(&format!("{passed} older records pass too; --limit leaves them out"));
        }
    }
    holds(broken)
}

/// How many there are is not known before all are read; the conditions are told by name, those values that name nobody in full.
fn look(filter: &words::Filter, store: Option<&StoreName>) -> Look<'static> {
    let named = |name: &str, value: Option<String>| value.map(|value| format!("{name} {value}"));
    let time = |time: Option<jiff::Timestamp>| time.map(|time| time.to_string());
    let hidden = |name: &str, given: &Option<String>| given.as_ref().map(|_| name.to_owned());
    let conditions = [
        named("since", time(filter.since)),
        named("until", time(filter.until)),
        named("sender", filter.sender.clone()),
        named("agency", filter.agency.clone()),
        named("recipient", filter.recipient.clone()),
        named("service", filter.service.clone()),
        named("kind", filter.kind.clone()),
        named("code", filter.code.clone()),
        hidden("id", &filter.id),
        hidden("message id", &filter.message_id),
        hidden("reference", &filter.request_id_ref),
        hidden("origin", &filter.origin_request_id_ref),
        hidden("case", &filter.case),
        hidden("key", &filter.key),
    ];
    let told: Vec<String> = conditions.into_iter().flatten().collect();
    let subject = if told.is_empty() { "everything".to_owned() } else { told.join(", ") };
    Look {
        action: "list",
        subject,
        stores: store.cloned().into_iter().collect(),
        count: 0,
        reason: None,
        bodies: false,
        change: false,
    }
}

/// The newest records of a listing, in the order in which it brought them.
struct Newest {
    limit: usize,
    seen: u64,
    /// By time, then by place in the listing.
    kept: BTreeMap<(jiff::Timestamp, u64), Entry>,
}

impl Newest {
    fn of(limit: u32) -> Self {
        Self { limit: usize::try_from(limit).unwrap_or(usize::MAX), seen: 0, kept: BTreeMap::new() }
    }

    fn take(&mut self, entry: Entry) {
        self.kept.insert((entry.header.time, self.seen), entry);
        self.seen = self.seen.saturating_add(1);
        if self.kept.len() > self.limit {
            self.kept.pop_first();
        }
    }

    /// And how many were left out.
    fn in_order(self) -> (Vec<Entry>, u64) {
        let left_out = self.seen.saturating_sub(self.kept.len() as u64);
        let mut kept: Vec<_> = self.kept.into_iter().collect();
        kept.sort_by_key(|((_, place), _)| *place);
        (kept.into_iter().map(|(_, entry)| entry).collect(), left_out)
    }
}

pub(super) fn must_be_there(reader: &Reader, name: &StoreName) -> Result<(), Failure> {
    let stores = reader.stores().map_err(|error| Failure::journal(&error))?;
    if stores.contains(name) {
        return Ok(());
    }
    let there = stores.iter().map(StoreName::as_str).collect::<Vec<_>>().join(", ");
    Err(Failure::usage(format!("there is no store {name}")).hint(format!("the stores are: {there}")))
}

pub(super) fn filter(words: &words::Filter) -> Result<Filter, Failure> {
    let store = words.store.as_deref().map(StoreName::new).transpose();
    if let Some(sid) = &words.service {
        Sid::new(sid).map_err(|error| Failure::usage(error.to_string()).hint("such as SID0003245"))?;
    }
    Ok(Filter {
        store: store.map_err(|error| Failure::journal(&error))?,
        since: words.since,
        until: words.until,
        sender: words.sender.clone(),
        agency: words.agency.clone(),
        recipient: words.recipient.clone(),
        service: words.service.clone(),
        operation: words.operation.clone(),
        status: words.status.as_deref().map(status).transpose()?,
        kind: words.kind.as_deref().map(kind).transpose()?,
        code: words.code.as_deref().map(code).transpose()?,
        id: words.id.clone(),
        message_id: words.message_id.clone(),
        request_id_ref: words.request_id_ref.clone(),
        origin_request_id_ref: words.origin_request_id_ref.clone(),
        case_number: words.case.clone(),
        service_code: words.service_code.clone(),
        keys: Vec::new(),
    })
}

fn kind(word: &str) -> Result<Kind, Failure> {
    match word {
        "accepted" => Ok(Kind::Accepted),
        "answered" => Ok(Kind::Answered),
        "failed" => Ok(Kind::Failed),
        "refused" => Ok(Kind::Refused),
        "audited" => Ok(Kind::Audited),
        _ => Err(Failure::usage(format!("{word:?} is not a step"))
            .hint("accepted, answered, failed or refused; audited for looks at the evidence")),
    }
}

fn status(word: &str) -> Result<String, Failure> {
    let known = STATUSES.iter().find(|status| status.eq_ignore_ascii_case(word));
    known
        .map(|status| (*status).to_owned())
        .ok_or_else(|| Failure::usage(format!("{word:?} is not a status")).hint(STATUSES.join(", ")))
}

/// `SMEV-100012`, or the figures alone.
fn code(word: &str) -> Result<String, Failure> {
    let figures = word.strip_prefix("SMEV-").unwrap_or(word);
    let codes = || {
        [Side::Request, Side::Response].into_iter().flat_map(|side| FaultRow::ALL.iter().map(move |row| row.on(side)))
    };
    let wanted = format!("SMEV-{figures}");
    codes().map(|code| code.to_string()).find(|code| *code == wanted).ok_or_else(|| {
        let all: Vec<_> = codes().map(|code| code.to_string()).collect();
        Failure::usage(format!("{word:?} is not a code of this bus")).hint(all.join(", "))
    })
}
