//! A rehearsal of the access matrix and the routes: exchanges that were, decided again under another registry.
//!
//! Each call is decided twice: as if it came today, which is what changes when the registry is put into force, and by the day on
//! which it came, which tells mistakes in days. What is no matter of rights and routes (signatures, formats, windows of
//! maintenance, budgets) is not rehearsed.

mod way;

use std::collections::{BTreeMap, HashMap};

use domain::{AccessQuestion, Denied, Mnemonic, ParticipantCode, Registry, Sid, Version};
use jiff::Timestamp;
use serde::Serialize;

use self::way::{Answering, Ways};
use crate::traffic::{Call, End, Exchange};

pub use self::way::Way;

/// A rehearsal under way. Memory grows with the number of different calls, which is bounded by [`Rehearsal::CALLS_MAX`].
#[derive(Debug)]
pub struct Rehearsal<'r> {
    registry: &'r Registry,
    today: Timestamp,
    ways: Ways<'r>,
    calls: HashMap<Asked, Tally>,
    outcome: Outcome,
}

/// What came to be known.
#[derive(Debug, Default, Serialize)]
pub struct Outcome {
    /// Exchanges decided again.
    pub decided: u64,
    /// Exchanges left alone: refused for another reason than rights, or without a proven sender.
    pub left_alone: u64,
    /// Exchanges of calls beyond [`Rehearsal::CALLS_MAX`]: not decided.
    pub left_out: u64,
    /// Passed, and would be refused today.
    pub refused: Vec<Line>,
    /// Was refused by the matrix, and would pass today.
    pub passing: Vec<Line>,
    /// Passed and would pass today, but this registry would have refused it on its own day.
    pub by_day: Vec<Line>,
    /// Passed, and would find no way.
    pub lost: Vec<WayLine>,
    /// Passed, and would go elsewhere.
    pub moved: Vec<WayLine>,
}

impl Outcome {
    /// Would everything that passed pass again?
    pub fn all_pass(&self) -> bool {
        self.refused.is_empty() && self.lost.is_empty() && self.left_out == 0
    }
}

/// Calls of one kind with one decision.
#[derive(Debug, Serialize)]
pub struct Line {
    /// What is called.
    #[serde(flatten)]
    pub call: Call,
    /// Are the messages marked as tests?
    pub test: bool,
    /// Exchanges.
    pub count: u64,
    /// Of those: this registry would have decided the same on their own day.
    pub on_their_day: u64,
    /// The first of them.
    pub first: Timestamp,
    /// The last of them.
    pub last: Timestamp,
    /// Why, where it is a refusal.
    pub why: Option<Denied>,
}

/// Calls of one kind that would go another way.
#[derive(Debug, Serialize)]
pub struct WayLine {
    /// Consumer.
    pub consumer: String,
    /// SID.
    pub service: String,
    /// Version.
    pub version: String,
    /// Where they went.
    pub from: String,
    /// Exchanges.
    pub count: u64,
    /// What this registry says.
    pub way: Way,
}

/// What decides: a call with the provider that would answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asked {
    call: Call,
    test: bool,
    agency: Option<ParticipantCode>,
    provider: Option<Mnemonic>,
}

/// How often a call came, and how it would fare today.
#[derive(Debug)]
struct Tally {
    today: Result<(), Denied>,
    passed: Count,
    denied: Count,
    /// Of those that passed, refused on their own day while they would pass today.
    passed_not_on_its_day: Count,
    not_on_its_day: Option<Denied>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    all: u64,
    same: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Count {
    fn add(&mut self, at: Timestamp, same: bool) {
        self.all = self.all.saturating_add(1);
        self.same = self.same.saturating_add(u64::from(same));
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }
}

impl<'r> Rehearsal<'r> {
    /// Most different calls decided. Operations are named by systems that have proved who they are, so that only a broken one
    /// comes near it.
    pub const CALLS_MAX: usize = 100_000;

    /// Under that registry, as of that moment.
    pub fn new(registry: &'r Registry, today: Timestamp) -> Self {
        Self { registry, today, ways: Ways::new(registry), calls: HashMap::new(), outcome: Outcome::default() }
    }

    /// Decides an exchange again.
    pub fn take(&mut self, exchange: &Exchange) {
        let readable = Call::of(exchange).and_then(|call| Names::of(&call).map(|names| (call, names)));
        let Some((call, names)) = readable.filter(|_| exchange.end.passed() || exchange.end == End::Denied) else {
            self.outcome.left_alone = self.outcome.left_alone.saturating_add(1);
            return;
        };
        let provider = match self.ways.provider(exchange, &names.sid, &names.version) {
            Answering::System(provider) => Some(provider),
            Answering::Unknown => None,
            Answering::Nobody => {
                // The bus asks for a way before it asks for a right.
                self.outcome.decided = self.outcome.decided.saturating_add(1);
                return;
            }
        };
        let agency = exchange.agency.as_deref().and_then(|code| ParticipantCode::new(code).ok());
        let asked = Asked { call, test: exchange.test, agency, provider };
        let decide = |at| names.permit(self.registry, &asked, at);
        let own = decide(exchange.at);
        if !self.calls.contains_key(&asked) && self.calls.len() >= Self::CALLS_MAX {
            self.outcome.left_out = self.outcome.left_out.saturating_add(1);
            return;
        }
        self.outcome.decided = self.outcome.decided.saturating_add(1);
        if let Some(tally) = self.calls.get_mut(&asked) {
            tally.add(exchange, own);
        } else {
            let mut tally = Tally::of(decide(self.today));
            tally.add(exchange, own);
            self.calls.insert(asked, tally);
        }
    }

    /// All calls, in order of consumer, service, version, operation.
    pub fn end(self) -> Outcome {
        let mut outcome = self.outcome;
        let mut lines = Lines::default();
        for (asked, tally) in self.calls {
            let Tally { today, passed, denied, passed_not_on_its_day, not_on_its_day } = tally;
            if let Err(why) = today {
                lines.add(Section::Refused, &asked, passed, Some(why));
            } else {
                lines.add(Section::Passing, &asked, denied, None);
                lines.add(Section::ByDay, &asked, passed_not_on_its_day, not_on_its_day);
            }
        }
        for ((section, ..), line) in lines.0 {
            match section {
                Section::Refused => outcome.refused.push(line),
                Section::Passing => outcome.passing.push(line),
                Section::ByDay => outcome.by_day.push(line),
            }
        }
        for (line, lost) in self.ways.end() {
            if lost { outcome.lost.push(line) } else { outcome.moved.push(line) }
        }
        outcome
    }
}

/// The names of a call as the registry's types.
struct Names {
    consumer: Mnemonic,
    sid: Sid,
    version: Version,
}

impl Names {
    fn of(call: &Call) -> Option<Self> {
        Some(Self {
            consumer: Mnemonic::new(&call.consumer).ok()?,
            sid: Sid::new(&call.service).ok()?,
            version: Version::new(&call.version).ok()?,
        })
    }

    fn permit(&self, registry: &Registry, asked: &Asked, at: Timestamp) -> Result<(), Denied> {
        let question = AccessQuestion {
            consumer: &self.consumer,
            sid: &self.sid,
            version: &self.version,
            operation: Some(asked.call.operation.as_str()).filter(|operation| !operation.is_empty()),
            agency: asked.agency.as_ref(),
            provider: asked.provider.as_ref(),
            test: asked.test,
            at,
        };
        registry.permit(&question).map(drop)
    }
}

impl Tally {
    fn of(today: Result<(), Denied>) -> Self {
        Self {
            today,
            passed: Count::default(),
            denied: Count::default(),
            passed_not_on_its_day: Count::default(),
            not_on_its_day: None,
        }
    }

    fn add(&mut self, exchange: &Exchange, own: Result<(), Denied>) {
        let same = own.is_err() == self.today.is_err();
        if exchange.end == End::Denied {
            self.denied.add(exchange.at, same);
            return;
        }
        self.passed.add(exchange.at, same);
        if let (Ok(()), Err(why)) = (&self.today, own) {
            self.passed_not_on_its_day.add(exchange.at, true);
            self.not_on_its_day.get_or_insert(why);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Refused,
    Passing,
    ByDay,
}

/// Lines by what tells them apart; calls that differ in the provider alone, with one reason, are one line.
#[derive(Debug, Default)]
struct Lines(BTreeMap<(Section, Call, bool, String), Line>);

impl Lines {
    fn add(&mut self, section: Section, asked: &Asked, count: Count, why: Option<Denied>) {
        let (Some(first), Some(last)) = (count.first, count.last) else { return };
        let reason = why.as_ref().map(Denied::sentence_en).unwrap_or_default();
        let line = self.0.entry((section, asked.call.clone(), asked.test, reason)).or_insert_with(|| Line {
            call: asked.call.clone(),
            test: asked.test,
            count: 0,
            on_their_day: 0,
            first,
            last,
            why,
        });
        line.count = line.count.saturating_add(count.all);
        line.on_their_day = line.on_their_day.saturating_add(count.same);
        line.first = line.first.min(first);
        line.last = line.last.max(last);
    }
}
