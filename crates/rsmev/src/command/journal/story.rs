//! The story of a message: the records of a trace, each exchange once, grouped into the sessions they belong to.
//!
//! A session is a request with its answer, the polls for its result and the call-backs: whatever refers to it by its MessageId
//! (protocol: RequestIdRef, OriginRequestIdRef). What it has come to is judged in `judge`, told in `tell`.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use journal::{Entry, Header, Kind, OfficialFound, Trace};
use serde::Serialize;
use uuid::Uuid;

use super::judge::{self, Deadline, Judgement, State};

/// All that is known about what was asked for; the shape of `trace --json`.
#[derive(Debug, Serialize)]
pub(super) struct Story {
    /// The text asked for.
    pub(super) id: String,
    /// Of the session that is not finished, the latest of them; of the last one when all are.
    #[serde(flatten)]
    pub(super) judgement: Judgement,
    pub(super) sessions: Vec<Session>,
    pub(super) exchanges: Vec<Exchange>,
    /// Refused messages of unproven senders that quote the id and are not shown.
    pub(super) unproven_left_out: u64,
    /// False when the search was stopped at its bound.
    pub(super) complete: bool,
    /// Places that could not be read.
    pub(super) broken: Vec<String>,
}

/// A request with all that followed from it.
#[derive(Debug, Serialize)]
pub(super) struct Session {
    /// The exchange that opened it.
    pub(super) opened_by: Uuid,
    #[serde(flatten)]
    pub(super) judgement: Judgement,
}

/// What became of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Pending,
    Answered,
    Failed,
    Refused,
}

/// One exchange, whatever number of stores have it.
#[derive(Debug, Serialize)]
pub(super) struct Exchange {
    #[serde(rename = "exchange")]
    pub(super) id: Uuid,
    /// The exchange that opened the session; none for messages of unproven senders.
    pub(super) session: Option<Uuid>,
    pub(super) outcome: Outcome,
    /// False: nobody has proved to be the sender.
    pub(super) proven: bool,
    pub(super) sender: Option<String>,
    pub(super) recipient: Option<String>,
    pub(super) service: Option<String>,
    pub(super) service_version: Option<String>,
    pub(super) operation: Option<String>,
    pub(super) case_number: Option<String>,
    pub(super) service_code: Option<String>,
    pub(super) request_in: Option<Timestamp>,
    pub(super) request_out: Option<Timestamp>,
    pub(super) answer_in: Option<Timestamp>,
    /// Answer or fault.
    pub(super) answer_out: Option<Timestamp>,
    pub(super) request: Option<Message>,
    pub(super) answer: Option<Message>,
    pub(super) code: Option<String>,
    pub(super) verdict: String,
    pub(super) records: Vec<String>,
    #[serde(skip)]
    ids: Vec<String>,
}

/// What is on record about one message of an exchange.
#[derive(Debug, Serialize)]
pub(super) struct Message {
    pub(super) status: Option<String>,
    /// Fingerprint of the signer's certificate.
    pub(super) certificate: Option<String>,
    /// What was found about it.
    pub(super) signer: Option<String>,
    /// The same of the node it came through.
    pub(super) node_signer: Option<String>,
    pub(super) officials: Vec<OfficialFound>,
}

impl Message {
    fn of(header: &Header) -> Self {
        let outcome = |signer: &Option<journal::SignerFound>| signer.as_ref().map(|signer| signer.outcome.clone());
        Self {
            status: header.status.clone(),
            certificate: header.certificate.clone(),
            signer: outcome(&header.signer),
            node_signer: outcome(&header.node_signer),
            officials: header.officials.clone(),
        }
    }
}

impl Exchange {
    /// When it began, as far as is known.
    fn began(&self) -> Option<Timestamp> {
        self.request_in.or(self.request_out).or(self.answer_out)
    }

    fn of(exchange: Uuid, entries: &[&Entry]) -> Self {
        let step = |kind: Kind| entries.iter().find(|entry| entry.header.kind == kind).map(|entry| &entry.header);
        let (accepted, answered) = (step(Kind::Accepted), step(Kind::Answered));
        let ended = answered.or(step(Kind::Failed)).or(step(Kind::Refused));
        let outcome = match ended.map(|header| header.kind) {
            Some(Kind::Answered) => Outcome::Answered,
            Some(Kind::Failed) => Outcome::Failed,
            Some(Kind::Refused) => Outcome::Refused,
            Some(Kind::Accepted | Kind::Audited) | None => Outcome::Pending,
        };
        // Where the request's own record is lost, an end without an answer still speaks of the request.
        let request = accepted.or(ended.filter(|header| header.kind != Kind::Answered));
        let told = request.or(answered);
        let text = |field: fn(&Header) -> &Option<String>| told.and_then(|header| field(header).clone());
        let mut parties = (text(|header| &header.sender), text(|header| &header.recipient));
        if request.is_none() {
            // The answer's sender is the one who was asked.
            std::mem::swap(&mut parties.0, &mut parties.1);
        }
        let mut ids: Vec<String> = entries.iter().flat_map(|entry| entry.header.message_ids()).collect();
        ids.sort_unstable();
        ids.dedup();
        Self {
            id: exchange,
            session: None,
            outcome,
            proven: !entries.iter().all(|entry| entry.header.is_unproven()),
            sender: parties.0,
            recipient: parties.1,
            service: text(|header| &header.service),
            service_version: text(|header| &header.service_version),
            operation: text(|header| &header.operation),
            case_number: text(|header| &header.case_number),
            service_code: text(|header| &header.service_code),
            request_in: request.and_then(|header| header.received),
            request_out: accepted.and_then(|header| header.sent),
            answer_in: answered.and_then(|header| header.received),
            answer_out: ended.and_then(|header| header.sent),
            request: request.map(Message::of),
            answer: answered.map(Message::of),
            code: ended.and_then(|header| header.code.clone()),
            verdict: ended.or(accepted).map(|header| header.verdict.clone()).unwrap_or_default(),
            records: entries.iter().map(|entry| entry.id.to_string()).collect(),
            ids,
        }
    }
}

impl Story {
    /// Makes it of the records that a trace found.
    pub(super) fn of(id: &str, trace: &Trace, now: Timestamp, deadline: &Deadline<'_>) -> Self {
        let mut entries: BTreeMap<Uuid, Vec<&Entry>> = BTreeMap::new();
        for entry in &trace.records {
            entries.entry(entry.header.exchange).or_default().push(entry);
        }
        let mut exchanges: Vec<Exchange> =
            entries.into_iter().map(|(exchange, entries)| Exchange::of(exchange, &entries)).collect();
        exchanges.sort_by_key(|exchange| (exchange.began(), exchange.id));
        group(&mut exchanges);
        let mut members: Vec<(Uuid, Vec<&Exchange>)> = Vec::new();
        for exchange in &exchanges {
            let Some(session) = exchange.session else { continue };
            match members.iter_mut().find(|(known, _)| *known == session) {
                Some((_, members)) => members.push(exchange),
                None => members.push((session, vec![exchange])),
            }
        }
        let sessions: Vec<Session> = members
            .iter()
            .map(|(opened_by, members)| Session {
                opened_by: *opened_by,
                judgement: judge::judge(members, now, deadline),
            })
            .collect();
        let open = sessions.iter().rev().find(|session| session.judgement.state != State::Finished);
        let judgement = open.or(sessions.last()).map(|session| session.judgement.clone());
        Self {
            id: id.to_owned(),
            judgement: judgement.unwrap_or_else(|| judge::judge(&exchanges.iter().collect::<Vec<_>>(), now, deadline)),
            sessions,
            exchanges,
            unproven_left_out: trace.unproven_left_out,
            complete: trace.complete,
            broken: trace.broken.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Names to each exchange the earliest one that it hangs together with by identifiers of messages. What an unproven sender quotes joins
/// nothing.
fn group(exchanges: &mut [Exchange]) {
    let mut leaders: Vec<usize> = (0..exchanges.len()).collect();
    let mut bearers: HashMap<&str, usize> = HashMap::new();
    for (index, exchange) in exchanges.iter().enumerate().filter(|(_, exchange)| exchange.proven) {
        for id in &exchange.ids {
            let first = *bearers.entry(id).or_insert(index);
            let (one, other) = (leader(&leaders, first), leader(&leaders, index));
            if let Some(slot) = leaders.get_mut(one.max(other)) {
                *slot = one.min(other);
            }
        }
    }
    let names: Vec<Option<Uuid>> =
        (0..exchanges.len()).map(|index| exchanges.get(leader(&leaders, index)).map(|first| first.id)).collect();
    for (exchange, name) in exchanges.iter_mut().zip(names).filter(|(exchange, _)| exchange.proven) {
        exchange.session = name;
    }
}

/// The first of the group: leaders point to earlier ones only.
fn leader(leaders: &[usize], mut index: usize) -> usize {
    while let Some(earlier) = leaders.get(index).filter(|earlier| **earlier != index) {
        index = *earlier;
    }
    index
}
