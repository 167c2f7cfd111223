//! The reading side: streams the segments themselves, also while a bus writes them.
//!
//! It does not use the index: sled locks its directory, so the index belongs to the process that writes. A listing reads heads and
//! headers only (about 4 KiB a record); `show` and the audit read and check every octet.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use jiff::Timestamp;

use crate::checkpoint::{self, Checkpoint};
use crate::directory_lock::{self, DirectoryLock};
use crate::follow::{Follower, entry_at};
use crate::name::Class;
use crate::place::{self, Place};
use crate::proof::Lifted;
use crate::scan::Depth;
use crate::seal;
use crate::static_index;
use crate::walk::{Met, Position, Walk};
use crate::{Body, BodyInfo, Digest, Error, Header, KeyFound, Kind, Month, Options, Record, RecordId, StoreName, link};

/// Which records to list; empty fields let everything through.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this store. Empty: every store but those of the class audit, unless it is [`Kind::Audited`] that is asked for.
    pub store: Option<StoreName>,
    /// From this time on.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Sender's mnemonic.
    pub sender: Option<String>,
    /// Code of the participant that spoke through the sender's system.
    pub agency: Option<String>,
    /// Recipient's mnemonic.
    pub recipient: Option<String>,
    /// SID.
    pub service: Option<String>,
    /// Operation.
    pub operation: Option<String>,
    /// `Message/Status`.
    pub status: Option<String>,
    /// Step.
    pub kind: Option<Kind>,
    /// Fault code.
    pub code: Option<String>,
    /// Any identifier: exchange, message, reference, foreign message, case number.
    pub id: Option<String>,
    /// MessageId, of this bus or of another node.
    pub message_id: Option<String>,
    /// `RequestIdRef`.
    pub request_id_ref: Option<String>,
    /// `OriginRequestIdRef`.
    pub origin_request_id_ref: Option<String>,
    /// `CaseNumber`.
    pub case_number: Option<String>,
    /// `ServiceCode`.
    pub service_code: Option<String>,
    /// Business keys, one of which the record must bear; empty: not asked.
    pub keys: Vec<KeyFound>,
}

impl Filter {
    /// Who looked is no part of what happened: it is listed when it is asked for.
    fn wants(&self, store: &StoreName) -> bool {
        match &self.store {
            Some(wanted) => wanted == store,
            None => store.class() != Class::Audit || self.kind == Some(Kind::Audited),
        }
    }

    fn passes(&self, header: &Header) -> bool {
        let same = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        self.since.is_none_or(|since| header.time >= since)
            && self.until.is_none_or(|until| header.time < until)
            && self.kind.is_none_or(|kind| header.kind == kind)
            && same(&self.sender, &header.sender)
            && same(&self.agency, &header.agency)
            && same(&self.recipient, &header.recipient)
            && same(&self.service, &header.service)
            && same(&self.operation, &header.operation)
            && same(&self.status, &header.status)
            && same(&self.code, &header.code)
            && self.passes_references(header)
            && (self.keys.is_empty() || self.keys.iter().any(|key| header.keys.contains(key)))
            && self.id.as_ref().is_none_or(|id| link::normal(id).is_some_and(|id| link::bears(header, &id)))
    }

    /// Identifiers are compared in one spelling, whatever braces and case they were written in.
    fn passes_references(&self, header: &Header) -> bool {
        let one = |text: &Option<String>| text.as_deref().and_then(link::normal);
        let same = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || one(wanted) == one(found);
        same(&self.request_id_ref, &header.request_id_ref)
            && same(&self.origin_request_id_ref, &header.origin_request_id_ref)
            && same(&self.case_number, &header.case_number)
            && same(&self.service_code, &header.service_code)
            && self.message_id.as_deref().and_then(link::normal).is_none_or(|id| link::is_message(header, &id))
    }

    /// What an index is asked for: every record that passes is entered under one of these. Empty: no index helps.
    fn terms(&self) -> Vec<String> {
        if !self.keys.is_empty() {
            return self.keys.iter().map(link::key).collect();
        }
        let ids = [&self.id, &self.message_id, &self.request_id_ref, &self.origin_request_id_ref, &self.case_number];
        ids.into_iter().find_map(|id| id.as_deref().and_then(link::normal)).into_iter().collect()
    }

    /// Whether records of the month can lie between `since` and `until`.
    fn reaches(&self, month: Month) -> bool {
        let not_after = |time: Option<Timestamp>| time.and_then(|time| Month::of(time).ok());
        not_after(self.since).is_none_or(|since| since <= month)
            // A clock that was set back leaves records of the end of a month in the next one.
            && not_after(self.until).is_none_or(|until| month <= until.next())
    }
}

/// A record without the octets of its bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub id: RecordId,
    /// Digest of the whole record with its place in the chain.
    pub digest: Digest,
    /// The segment file that holds it.
    pub file: PathBuf,
    /// Where it begins there, in octets.
    pub offset: u64,
    /// All stores it was written to, by name.
    pub stores: Vec<StoreName>,
    /// Its header.
    pub header: Header,
    /// Its bodies.
    pub bodies: Vec<BodyInfo>,
}

/// The records of a listing, store by store, month by month, in the order of writing. A broken place is an
/// `Err` among them, and the listing goes on behind it.
#[derive(Debug)]
pub struct Listing {
    filter: Filter,
    depth: Depth,
    places: VecDeque<Place>,
    walk: Option<Walk>,
    /// Segments that end before this are passed over.
    recent: Option<Timestamp>,
    /// Bodies are read, too; those of the record passed on last.
    bodies: Option<Bytes>,
    /// Asked of the indexes of sealed months; empty: everything is read.
    terms: Vec<String>,
    /// A sealed month, and what its index says.
    hits: Option<(Place, VecDeque<Position>)>,
}

impl Listing {
    /// The next record that passes, broken place, or number of octets never acknowledged.
    pub(crate) fn advance(&mut self) -> Option<Result<Passed, Error>> {
        loop {
            if let Some((place, hits)) = &mut self.hits {
                let Some(hit) = hits.pop_front() else {
                    self.hits = None;
                    continue;
                };
                if let Some(entry) = entry_at(place, hit).filter(|entry| self.filter.passes(&entry.header)) {
                    return Some(Ok(Passed::Record(Box::new(entry))));
                }
                continue;
            }
            let Some(walk) = &mut self.walk else {
                let place = self.places.pop_front()?;
                if let Some(hits) = sealed_hits(&place, &self.terms) {
                    self.hits = Some((place, hits));
                    continue;
                }
                let walk = match self.recent {
                    None => Walk::new(place, self.depth),
                    Some(since) => Walk::since(place, self.depth, since),
                };
                match walk {
                    Ok(walk) => self.walk = Some(walk),
                    Err(error) => return Some(Err(error)),
                }
                continue;
            };
            match walk.step() {
                None => self.walk = None,
                Some(Met::Broken(error)) => return Some(Err(error)),
                Some(Met::Leftover(octets)) => return Some(Ok(Passed::Leftover(octets))),
                Some(Met::Dictionary(_)) => {}
                Some(Met::Record(found)) => match walk.entry(&found) {
                    Ok(entry) if self.filter.passes(&entry.header) => {
                        if let Some(bodies) = &mut self.bodies {
                            match walk.bodies(&found) {
                                Ok(octets) => *bodies = octets.into(),
                                Err(error) => return Some(Err(error)),
                            }
                        }
                        return Some(Ok(Passed::Record(Box::new(entry))));
                    }
                    Ok(_) => {}
                    Err(error) => return Some(Err(error)),
                },
            }
        }
    }
}

/// Where a sealed month has records with one of the terms, in their order, as its index says; `None` where it must be read.
fn sealed_hits(place: &Place, terms: &[String]) -> Option<VecDeque<Position>> {
    if terms.is_empty() || !seal::is_there(place) {
        return None;
    }
    let mut hits = Vec::new();
    for term in terms {
        hits.extend(static_index::hits(place, term)?);
    }
    hits.sort_unstable();
    hits.dedup();
    Some(hits.into())
}

/// What a listing passes on.
pub(crate) enum Passed {
    Record(Box<Entry>),
    Leftover(u64),
}

impl Iterator for Listing {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.advance()? {
                Ok(Passed::Record(entry)) => return Some(Ok(*entry)),
                Ok(Passed::Leftover(_)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// A listing with the octets of the bodies.
#[derive(Debug)]
pub struct WholeListing(Listing);

impl Iterator for WholeListing {
    type Item = Result<(Entry, Record), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.0.next()?;
        Some(item.map(|entry| {
            let octets = self.0.bodies.clone().unwrap_or_default();
            let record = Record { header: entry.header.clone(), bodies: bodies(&entry.bodies, &octets) };
            (entry, record)
        }))
    }
}

/// A journal read, also while a bus writes it. A record may be seen a moment before its `append` returns.
#[derive(Clone, Debug)]
pub struct Reader {
    directory: PathBuf,
}

impl Reader {
    /// Opens the directory for reading; nothing is locked or changed.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, Error> {
        let directory = directory.as_ref().to_owned();
        std::fs::read_dir(&directory).map_err(Error::io("list", &directory))?;
        Ok(Self { directory })
    }

    /// Stores present, by name.
    pub fn stores(&self) -> Result<Vec<StoreName>, Error> {
        place::stores(&self.directory)
    }

    /// Months of a store, oldest first.
    pub fn months(&self, store: &StoreName) -> Result<Vec<Month>, Error> {
        place::months(&self.directory, store)
    }

    /// The directory read.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The signed checkpoints of a month, in order.
    pub fn checkpoints(&self, store: &StoreName, month: Month) -> Result<Vec<Checkpoint>, Error> {
        Ok(checkpoint::read(&self.place(store, month))?.0)
    }

    pub(crate) fn place(&self, store: &StoreName, month: Month) -> Place {
        Place::of(&self.directory, store, month)
    }

    /// Streams the records that pass the filter.
    pub fn list(&self, filter: &Filter) -> Result<Listing, Error> {
        Ok(Listing { terms: filter.terms(), ..self.listing(filter, Depth::Headers)? })
    }

    /// Streams the records that bear one of these terms of an index, and perhaps others.
    pub(crate) fn bearing(&self, terms: Vec<String>) -> Result<Listing, Error> {
        Ok(Listing { terms, ..self.listing(&Filter::default(), Depth::Headers)? })
    }

    /// The same with the octets of the bodies, each checked against its digest.
    pub fn list_whole(&self, filter: &Filter) -> Result<WholeListing, Error> {
        Ok(WholeListing(Listing { bodies: Some(Bytes::new()), ..self.listing(filter, Depth::Headers)? }))
    }

    pub(crate) fn listing(&self, filter: &Filter, depth: Depth) -> Result<Listing, Error> {
        let mut places = VecDeque::new();
        for store in self.stores()? {
            if !filter.wants(&store) {
                continue;
            }
            let months = self.months(&store)?.into_iter().filter(|month| filter.reaches(*month));
            places.extend(months.map(|month| Place::of(&self.directory, &store, month)));
        }
        Ok(Listing {
            filter: filter.clone(),
            depth,
            places,
            walk: None,
            recent: None,
            bodies: None,
            terms: Vec::new(),
            hits: None,
        })
    }

    /// Streams the records since a moment without reading all that lies before it, however large the month is: for what a
    /// process has to know of the last minutes. Where the clock was set back meanwhile, records may be missing.
    pub fn recent(&self, since: Timestamp) -> Result<Listing, Error> {
        let filter = Filter { since: Some(since), ..Filter::default() };
        Ok(Listing { recent: Some(since), ..self.listing(&filter, Depth::Headers)? })
    }

    /// The whole record, every octet checked against its digests.
    pub fn show(&self, record: &RecordId) -> Result<(Entry, Record), Error> {
        self.lift(record).map(|lifted| (lifted.entry, lifted.record))
    }

    /// The same with the octets that prove it.
    pub fn lift(&self, record: &RecordId) -> Result<Lifted, Error> {
        let place = Place::of(&self.directory, &record.store, record.month);
        let mut walk = Walk::at_record(place, record.sequence)?;
        // An unreadable place just before the gap is a better answer than "not found".
        let mut unreadable = None;
        while let Some(met) = walk.step() {
            match met {
                Met::Record(found) if found.head.sequence == record.sequence => {
                    let entry = walk.entry(&found)?;
                    let octets = Bytes::from(walk.bodies(&found)?);
                    let record = Record { header: entry.header.clone(), bodies: bodies(&entry.bodies, &octets) };
                    let head = found.head.octets_again();
                    return Ok(Lifted { head, json: found.json, entry, record });
                }
                Met::Broken(error) if error.damaged_record() == Some(record.sequence) => return Err(error),
                Met::Record(found) if found.head.sequence > record.sequence => break,
                Met::Record(_) => unreadable = None,
                Met::Broken(error) => unreadable = unreadable.or(Some(error)),
                Met::Dictionary(_) | Met::Leftover(_) => {}
            }
        }
        Err(unreadable.unwrap_or_else(|| Error::NotFound { record: record.clone() }))
    }

    /// Whether a process has the journal open for writing, for whoever could not open it himself. A writer that starts in this
    /// very moment is told that it is in use.
    pub fn is_written(&self) -> bool {
        DirectoryLock::is_taken(&self.directory)
    }

    /// Whether this is the journal that a bus has written, and not a copy of it.
    pub fn is_original(&self) -> bool {
        directory_lock::is_original(&self.directory)
    }

    /// Throws away every index and builds it anew; [`Error::InUse`] while a bus writes the journal. Returns the number of
    /// months done.
    pub fn rebuild(&self) -> Result<u64, Error> {
        let lock = DirectoryLock::take(&self.directory)?;
        let cache_bytes = Options::new(&self.directory).index_cache_bytes;
        let mut done = 0_u64;
        for store in self.stores()? {
            for month in self.months(&store)? {
                Follower::rebuild(&Place::of(&self.directory, &store, month), cache_bytes)?;
                done = done.saturating_add(1);
            }
        }
        lock.release();
        Ok(done)
    }
}

/// Cuts the octets of all bodies into bodies; the sizes were checked against the head.
pub(crate) fn bodies(infos: &[BodyInfo], octets: &Bytes) -> Vec<Body> {
    let mut rest = octets.clone();
    let mut take = |info: &BodyInfo| {
        let length = usize::try_from(info.bytes).unwrap_or(usize::MAX).min(rest.len());
        Body { role: info.role, form: info.form, octets: rest.split_to(length) }
    };
    infos.iter().map(&mut take).collect()
}
