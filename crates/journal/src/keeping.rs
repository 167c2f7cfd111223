//! How long evidence is kept: terms, legal holds that stop their end, and the removal of months whose term is over, each
//! leaving a signed report in the place of the month.
//!
//! Only sealed months are removed, whole; what a month held is said by its seal, which the report names.

use std::fmt::{self, Write as _};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::checkpoint::{Head, Judge, Lines, Notary, Signed, covered, sign};
use crate::place::{self, Place, store_directory};
use crate::seal::{self, write_whole};
use crate::{Digest, Error, Month, Reader, StoreName};

/// The file of the legal holds, in the journal's directory.
const HOLDS: &str = "holds.json";
/// Held while holds are changed or obeyed.
const TURN: &str = "holds.lock";
/// Directory, beside the months of a store, of reports on months that were removed.
const REPORTS: &str = "purged";
const TITLE: &str = "rsmev purge 1";

/// A legal hold: as long as it stands, nothing that it covers is removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Its number.
    pub id: u32,
    /// The agency whose stores it covers; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// The first month covered, as text; from the beginning when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last month covered; to the end when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Why: the court's or the auditor's document.
    pub reason: String,
    /// Who set it.
    pub who: String,
    /// When.
    pub since: Timestamp,
    /// When it was lifted; a hold that was is kept here, so that its number means nothing else ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted: Option<Timestamp>,
}

impl Hold {
    /// Whether it covers that month of that store. A month in it that cannot be read covers everything.
    pub fn covers(&self, store: &StoreName, month: Month) -> bool {
        let bound = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<Month>().ok());
        self.lifted.is_none()
            && self.agency.as_ref().is_none_or(|agency| agency == store.agency())
            && bound(&self.from).is_none_or(|from| from <= month)
            && bound(&self.to).is_none_or(|to| month <= to)
    }
}

/// A month whose term is over.
#[derive(Clone, Debug)]
pub struct Due {
    /// The store.
    pub store: StoreName,
    /// The month.
    pub month: Month,
    /// Octets on disk.
    pub bytes: u64,
    /// What stands in the way of its removal, if anything does.
    pub obstacle: Option<Obstacle>,
}

/// Why a month is not removed although its term is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A legal hold, by its number.
    Held(u32),
    /// It bears no seal.
    NotSealed,
    /// Its seal does not hold, or is not what is there.
    Seal(String),
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(id) => write!(f, "hold {id}"),
            Self::NotSealed => f.write_str("not sealed"),
            Self::Seal(why) => write!(f, "its seal does not hold: {why}"),
        }
    }
}

/// The report on a month that was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purged {
    /// What the month had come to.
    pub head: Head,
    /// How many of its frames were records.
    pub records: u64,
    /// SHA-256 of its seal.
    pub seal: Digest,
    /// The term, in months.
    pub term: u64,
    /// By whom and when.
    pub signed: Signed,
}

impl Purged {
    /// Reads one; `None` for anything that is not exactly such a report.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = Lines::of(text);
        lines.title(TITLE)?;
        let read = Self {
            head: lines.head()?,
            records: lines.number("records")?,
            seal: lines.digest("seal")?,
            term: lines.number("term")?,
            signed: lines.signed()?,
        };
        (read.to_string() == text).then_some(read)
    }

    /// Whether its signature is that of the certificate's holder; the certificate must be the one it names.
    pub fn check(&self, certificate: &[u8], judge: &dyn Judge) -> Result<(), String> {
        self.signed.check(covered(&self.to_string()), certificate, judge)
    }

    fn content(&self) -> String {
        let mut text = format!("{TITLE}\n{}", self.head.lines());
        // Writing to a string does not fail.
        let _ = write!(text, "records {}\nseal {}\nterm {}\n", self.records, self.seal, self.term);
        text
    }
}

impl fmt::Display for Purged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.content(), self.signed.lines())
    }
}

impl Reader {
    /// All legal holds ever set here, those that were lifted too.
    pub fn holds(&self) -> Result<Vec<Hold>, Error> {
        let path = self.directory().join(HOLDS);
        match fs::read(&path) {
            Ok(octets) => serde_json::from_slice(&octets)
                .map_err(|error| Error::io("read", &path)(io::Error::new(io::ErrorKind::InvalidData, error))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Error::io("read", &path)(error)),
        }
    }

    /// Sets a hold; its number is given here and returned.
    pub fn hold(&self, hold: Hold) -> Result<u32, Error> {
        let _turn = self.turn()?;
        let mut holds = self.holds()?;
        let id = holds.iter().map(|hold| hold.id).max().unwrap_or(0).saturating_add(1);
        holds.push(Hold { id, ..hold });
        self.write_holds(&holds)?;
        Ok(id)
    }

    /// Lifts a hold; `None` when none of that number stands.
    pub fn release(&self, id: u32, now: Timestamp) -> Result<Option<Hold>, Error> {
        let _turn = self.turn()?;
        let mut holds = self.holds()?;
        let Some(hold) = holds.iter_mut().find(|hold| hold.id == id && hold.lifted.is_none()) else { return Ok(None) };
        hold.lifted = Some(now);
        let lifted = hold.clone();
        self.write_holds(&holds)?;
        Ok(Some(lifted))
    }

    /// One after the other: of two who read, change and write at once, one would be told of a hold that is not there.
    fn turn(&self) -> Result<File, Error> {
        let path = self.directory().join(TURN);
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path);
        file.and_then(|file| file.lock().map(|()| file)).map_err(Error::io("lock", &path))
    }

    fn write_holds(&self, holds: &[Hold]) -> Result<(), Error> {
        let path = self.directory().join(HOLDS);
        let octets = serde_json::to_vec_pretty(holds)
            .map_err(|error| Error::io("write", &path)(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        write_whole(&path, &octets)
    }

    /// Months whose term is over at `now`, oldest first. `term` is in months and counts from the end of the month.
    pub fn due(&self, now: Timestamp, term: impl Fn(&StoreName) -> u32) -> Result<Vec<Due>, Error> {
        let (holds, present) = (self.holds()?, Month::of(now)?);
        let mut due = Vec::new();
        for store in self.stores()? {
            let months = term(&store);
            for month in self.months(&store)?.into_iter().filter(|month| month.plus(months) < present) {
                let place = self.place(&store, month);
                let held = holds.iter().find(|hold| hold.covers(&store, month)).map(|hold| Obstacle::Held(hold.id));
                let unsealed = (!seal::is_there(&place)).then_some(Obstacle::NotSealed);
                let bytes = octets_in(&place)?;
                due.push(Due { store: store.clone(), month, bytes, obstacle: held.or(unsealed) });
            }
        }
        due.sort_by(|a, b| (a.month, &a.store).cmp(&(b.month, &b.store)));
        Ok(due)
    }

    /// Removes one month for good and leaves a signed report. The seal must hold and the segments be those that were sealed:
    /// otherwise what is removed could not be said.
    ///
    /// [`Error::Kept`] names what stands in the way.
    pub fn purge(
        &self,
        (store, month): (&StoreName, Month),
        term: u32,
        now: Timestamp,
        notary: &dyn Notary,
        judge: &dyn Judge,
    ) -> Result<Purged, Error> {
        // Nobody sets a hold between the look at them and the removal.
        let _turn = self.turn()?;
        let kept = |obstacle| Error::Kept { store: store.clone(), month, obstacle };
        let due = self.due(now, |_| term)?.into_iter().find(|due| due.store == *store && due.month == month);
        let due = due.ok_or_else(|| kept(Obstacle::Seal("its term is not over".to_owned())))?;
        if let Some(obstacle) = due.obstacle {
            return Err(kept(obstacle));
        }
        let place = self.place(store, month);
        let mut verified = self.verify(|own, of| own == store && of == month, &[], judge, |_| ())?;
        let found = verified.pop().and_then(|month| month.tampering.into_iter().next());
        if let Some(tampering) = found {
            return Err(kept(Obstacle::Seal(tampering.to_string())));
        }
        let sealed = seal::read(&place)?.ok_or_else(|| kept(Obstacle::NotSealed))?;
        let draft = Purged {
            head: sealed.head.clone(),
            records: sealed.records,
            seal: Digest::of([sealed.to_string().as_bytes()]),
            term: u64::from(term),
            signed: sealed.signed.clone(),
        };
        let text = sign(draft.content(), now, notary)?;
        let unreadable = || Error::NotSigned { what: "the report cannot be read back".to_owned() };
        let purged = Purged::parse(&text).ok_or_else(unreadable)?;
        // The report and the seal are on disk before anything goes.
        let reports = store_directory(self.directory(), store).join(REPORTS);
        fs::create_dir_all(&reports).map_err(Error::io("make", &reports))?;
        let certificate = notary.certificate();
        let file = |name: String| reports.join(name);
        write_whole(&file(format!("{}.der", Digest::of([certificate.as_slice()]))), &certificate)?;
        write_whole(&file(format!("{month}-seal.txt")), sealed.to_string().as_bytes())?;
        write_whole(&report(&place), text.as_bytes())?;
        remove(&place)?;
        Ok(purged)
    }
}

/// Out of sight first, whole, then gone: a crash in between leaves no half month.
fn remove(place: &Place) -> Result<(), Error> {
    let away = place.directory.with_extension("going");
    let go = || {
        if away.exists() {
            fs::remove_dir_all(&away)?;
        }
        fs::rename(&place.directory, &away)?;
        if let Some(above) = place.directory.parent() {
            File::open(above)?.sync_all()?;
        }
        fs::remove_dir_all(&away)
    };
    go().map_err(Error::io("remove", &place.directory))
}

fn report(place: &Place) -> PathBuf {
    place.directory.with_file_name(REPORTS).join(format!("{}.txt", place.month))
}

/// The report on a month that is not there any more, and the certificate it names.
pub(crate) fn purged(place: &Place) -> Option<(Purged, Vec<u8>)> {
    let path = report(place);
    let purged = Purged::parse(&fs::read_to_string(&path).ok()?)?;
    let certificate = fs::read(path.with_file_name(format!("{}.der", purged.signed.certificate))).unwrap_or_default();
    Some((purged, certificate))
}

fn octets_in(place: &Place) -> Result<u64, Error> {
    let mut octets = 0_u64;
    for number in place.segments()? {
        let path = place.segment(number);
        let length = fs::metadata(&path).map_err(Error::io("measure", &path))?.len();
        octets = octets.saturating_add(length);
    }
    Ok(octets)
}

/// Months of a store that were removed, with their reports.
pub(crate) fn reports(journal: &std::path::Path, store: &StoreName) -> Vec<Month> {
    let directory = store_directory(journal, store).join(REPORTS);
    place::names(&directory, |name| name.strip_suffix(".txt")?.parse().ok()).unwrap_or_default()
}
