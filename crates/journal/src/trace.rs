//! Follows one identifier to every record it hangs together with: request, answer, pings, results, the whole case.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{Entry, Error, Header, KeyFound, Reader, RecordId, link};

/// Records of one trace at most: a case number that everybody uses must not drag in the whole journal.
const RECORDS: usize = 1000;
/// Refused messages without a proven sender that are shown beside them, if they only quote an identifier.
const QUOTING: usize = 20;
/// Readings of the journal for one trace at most; each goes one link further at least.
const PASSES: u32 = 16;

/// Records linked by identifiers.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The records, by time; the same step appears once per store that has it. A refused message whose sender was not
    /// proved may be among them, for what it quotes: it links nothing, since anybody can send such a message.
    pub records: Vec<Entry>,
    /// Places met on the way that cannot be read.
    pub broken: Vec<Error>,
    /// False when the bound on records or passes stopped the search.
    pub complete: bool,
    /// Earlier refused messages without a proven sender that quote one of the identifiers too; only the last 20 are shown.
    pub unproven_left_out: u64,
}

/// The identifiers reached so far.
#[derive(Debug, Default)]
struct Reached {
    /// Message identifiers, and the text asked for.
    ids: BTreeSet<String>,
    /// Case numbers, each with the public service it belongs to, if told.
    cases: BTreeSet<(String, Option<String>)>,
    /// The business keys asked for. Those of the records found are not followed: one person has many cases.
    keys: Vec<KeyFound>,
}

impl Reached {
    fn links(&self, header: &Header) -> bool {
        link::messages(header).iter().any(|id| self.ids.contains(id))
            || link::case(header).is_some_and(|number| {
                // The same number under another public service is another case.
                let service = header.service_code.as_ref();
                let same = |(case, code): &(String, Option<String>)| {
                    *case == number && (code.is_none() || service.is_none() || code.as_ref() == service)
                };
                self.ids.contains(&number) || self.cases.iter().any(same)
            })
            || self.keys.iter().any(|key| header.keys.contains(key))
    }

    /// What the indexes of sealed months are asked for.
    fn terms(&self) -> Vec<String> {
        let cases = self.cases.iter().map(|(number, _)| number.clone());
        self.ids.iter().cloned().chain(cases).chain(self.keys.iter().map(link::key)).collect()
    }

    /// Takes in what the record bears; true when something was new.
    fn grow(&mut self, header: &Header) -> bool {
        let mut new = false;
        for id in link::messages(header) {
            new |= self.ids.insert(id);
        }
        if let Some(number) = link::case(header) {
            new |= self.cases.insert((number, header.service_code.clone()));
        }
        new
    }
}

/// Refused messages without a proven sender, shown but not followed.
#[derive(Debug, Default)]
struct Unproven {
    /// Found by an identifier that the bus gave to them.
    named: Vec<Entry>,
    /// The last ones that quote an identifier.
    quoting: BTreeMap<(Timestamp, RecordId), Entry>,
    left_out: u64,
}

impl Unproven {
    fn take(&mut self, entry: Entry, reached: &Reached) {
        if link::given(&entry.header).any(|id| reached.ids.contains(&id)) {
            // One exchange is refused once, so these are no more than the identifiers reached.
            return self.named.push(entry);
        }
        self.quoting.insert((entry.header.time, entry.id.clone()), entry);
        if self.quoting.len() > QUOTING {
            self.quoting.pop_first();
            self.left_out = self.left_out.saturating_add(1);
        }
    }
}

impl Reader {
    /// All records linked to `id` through exchanges, messages, references and case numbers. Reads the journal once per
    /// link that points backwards, so a trace takes two or three listings.
    pub fn trace(&self, id: &str) -> Result<Trace, Error> {
        let ids: BTreeSet<_> = link::normal(id).into_iter().collect();
        self.follow(Reached { ids, ..Reached::default() })
    }

    /// All records that bear one of the business keys, and what hangs together with them.
    pub fn trace_keys(&self, keys: &[KeyFound]) -> Result<Trace, Error> {
        self.follow(Reached { keys: keys.to_vec(), ..Reached::default() })
    }

    fn follow(&self, mut reached: Reached) -> Result<Trace, Error> {
        let mut trace = Trace { complete: true, ..Trace::default() };
        if reached.ids.is_empty() && reached.keys.is_empty() {
            return Ok(trace);
        }
        let mut records: BTreeMap<RecordId, Entry> = BTreeMap::new();
        let mut unproven = Unproven::default();
        for pass in 1.. {
            let mut grown = false;
            trace.broken.clear();
            // The last reading begins with all identifiers, so it alone has to be right.
            unproven = Unproven::default();
            for item in self.bearing(reached.terms())? {
                match item {
                    Err(error) => trace.broken.push(error),
                    Ok(entry) if records.contains_key(&entry.id) || !reached.links(&entry.header) => {}
                    Ok(entry) if link::is_unproven(&entry.header) => unproven.take(entry, &reached),
                    Ok(_) if records.len() >= RECORDS => {
                        trace.complete = false;
                        break;
                    }
                    Ok(entry) => {
                        grown |= reached.grow(&entry.header);
                        records.insert(entry.id.clone(), entry);
                    }
                }
            }
            if !grown || !trace.complete {
                break;
            }
            if pass >= PASSES {
                trace.complete = false;
                break;
            }
        }
        trace.unproven_left_out = unproven.left_out;
        trace.records = records.into_values().chain(unproven.named).chain(unproven.quoting.into_values()).collect();
        trace.records.sort_by(|a, b| (a.header.time, &a.id).cmp(&(b.header.time, &b.id)));
        Ok(trace)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::Kind;

    #[test]
    fn the_same_case_number_of_another_service_is_not_linked() {
        let header = |case: &str, service: Option<&str>| {
            let mut header = Header::new(Uuid::new_v4(), Kind::Accepted, Timestamp::UNIX_EPOCH);
            header.case_number = Some(case.to_owned());
            header.service_code = service.map(ToOwned::to_owned);
            header
        };
        let mut reached = Reached::default();
        assert!(reached.grow(&header("17", Some("A"))));
        assert!(!reached.links(&header("17", Some("B"))));
        assert!(!reached.links(&header("18", Some("A"))));
        assert!(reached.links(&header(" 17", Some("A"))));
        assert!(reached.links(&header("17", None)));
    }
}
