//! What the bus would do with a request, and why: the stages of the way without journal and network.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::route::{Loser, Mismatch};
use domain::{Grant, Mnemonic, RouteQuestion, Sid};
use envelope::Fields;
use jiff::Timestamp;
use journal::{OfficialFound, SignerFound};
use serde::Serialize;
use uuid::Uuid;

use crate::ports::{Chance, Clock};
use crate::stage::address::{address, question};
use crate::stage::maintenance::maintenance;
use crate::stage::officials::officials;
use crate::stage::once::once;
use crate::stage::permit::permit;
use crate::stage::receive::receive;
use crate::stage::seal::seal;
use crate::stage::verify::verify;
use crate::way::{Way, conversation};
use crate::{Incoming, Past, Refusal, Snapshot, sentence};

/// The outcome and everything that led to it.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// `forward` or `refuse`.
    pub verdict: &'static str,
    /// The SMEV code of a refusal.
    pub code: Option<String>,
    /// What happened, as the sender is told (Russian).
    pub sentence: Option<String>,
    /// The same in English.
    pub sentence_en: Option<String>,
    /// What the sender can do.
    pub next: Option<String>,
    /// What the operator can do, with file and line.
    pub operator: Option<String>,
    /// What the message says of itself, as far as it could be read.
    pub fields: Option<Fields>,
    /// The registered system behind the certificate, once verified.
    pub sender: Option<String>,
    /// SHA-256 fingerprint of its certificate.
    pub certificate: Option<String>,
    /// What dates, use, path and revocation lists say of it.
    pub signer: Option<SignerFound>,
    /// The same of the certificate of the node it came through.
    pub node_signer: Option<SignerFound>,
    /// Signatures of officials inside the message.
    pub officials: Vec<OfficialFound>,
    /// The agency that speaks through the sender's system, where several have one key.
    pub agency: Option<String>,
    /// Route taken and the losers, as far as the service is known.
    pub route: Option<RouteTaken>,
    /// The row of the access matrix that allows it.
    pub access: Option<Grant>,
    /// Octets of the message, and the bound on them.
    pub message_bytes: (usize, usize),
    /// Digest of the registry that decided.
    pub registry: String,
    /// The moment for which it was decided.
    pub at: Timestamp,
}

/// How a route was found.
#[derive(Debug, Serialize)]
pub struct RouteTaken {
    /// Service and version.
    pub service: String,
    /// Where the rule is written.
    pub rule: String,
    /// The system that has to answer.
    pub provider: String,
    /// Where the message goes.
    pub endpoint: String,
    /// Is it the federal node?
    pub federal: bool,
    /// The number of the message's conversation, below 100: a route with a share takes those below its share. Absent for the
    /// first message of a conversation, of which chance decides.
    pub draw: Option<u8>,
    /// Is the rule one that is tried out?
    pub canary: bool,
    /// The other routes: where they are written, and why they did not win, in English and in Russian.
    pub losers: Vec<(String, String, String)>,
}

/// Decides about a request as the bus would at `at`, when the canary routes `returned` have gone back.
pub fn explain(snapshot: &Arc<Snapshot>, incoming: Incoming, at: Timestamp, returned: BTreeSet<String>) -> Explanation {
    decide(snapshot, incoming, at, returned, Last::Seal)
}

/// Decides about a request as the bus would have with a state of the past. Up to the decision: what it would have sent on cannot be
/// made any more, for keys are not kept. That no canary route had gone back is taken for granted.
pub fn explain_past(past: &Past, incoming: Incoming, at: Timestamp) -> Explanation {
    decide(past.shared(), incoming, at, BTreeSet::new(), Last::Decision)
}

/// The last stage that is followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Decision,
    Seal,
}

fn decide(
    snapshot: &Arc<Snapshot>,
    incoming: Incoming,
    at: Timestamp,
    returned: BTreeSet<String>,
    last: Last,
) -> Explanation {
    let standing = Arc::new(Standing { at });
    let clock: Arc<dyn Clock> = Arc::clone(&standing) as _;
    let mut way = Way::new(Arc::clone(snapshot), clock, standing, incoming.body.clone(), incoming.peer.clone());
    way.returned = Arc::new(returned);
    let registry = snapshot.registry();
    let mut told = Explanation {
        verdict: "refuse",
        code: None,
        sentence: None,
        sentence_en: None,
        next: None,
        operator: None,
        fields: None,
        sender: None,
        certificate: None,
        signer: None,
        node_signer: None,
        officials: Vec::new(),
        agency: None,
        route: None,
        access: None,
        message_bytes: (incoming.body.len(), registry.limits().message_bytes),
        registry: registry.digest().to_owned(),
        at,
    };
    match follow(&mut way, incoming, &mut told, last) {
        Ok(grant) => {
            told.verdict = "forward";
            told.access = Some(grant);
        }
        Err(refusal) => tell(&mut told, &refusal),
    }
    told.sender = way.known.sender;
    told.certificate = way.known.certificate;
    told.signer = way.known.signer;
    told.node_signer = way.known.node_signer;
    told.officials = way.known.officials;
    told.agency = way.known.agency;
    told
}

fn follow(way: &mut Way, incoming: Incoming, told: &mut Explanation, last: Last) -> Result<Grant, Refusal> {
    let received = receive(way, &incoming)?;
    told.fields = Some(received.fields().clone());
    if let Ok(sid) = Sid::new(&incoming.sid) {
        let fields = received.fields();
        let draw = conversation(fields).map(|_| way.trying(fields).draw);
        told.route = route(way, &question(&sid, &incoming, fields, way.trying(fields)), draw);
    }
    let (addressed, destination) = address(way, &incoming, received)?;
    let (verified, sender) = verify(way, &incoming, addressed)?;
    let grant = permit(way, &verified, &sender, &destination)?;
    maintenance(way, &destination)?;
    let claim = once(way, &verified, &destination)?;
    officials(way, &verified, &destination)?;
    if last == Last::Decision {
        return Ok(grant);
    }
    Ok(seal(way, verified, grant, claim, destination, incoming)?.grant)
}

fn route(way: &Way, question: &RouteQuestion<'_>, draw: Option<u8>) -> Option<RouteTaken> {
    let routes = way.registry().routes();
    let routed = way.registry().route(question).ok()?;
    let lost = |loser: &Loser| {
        // That a trial has gone back is the better reason, whatever chance would have said.
        let back = routes.get(loser.route).filter(|route| route.return_at.is_some());
        let back = back.is_some_and(|route| way.returned.contains(&route.canary_id()));
        let why = if back && matches!(loser.why, Mismatch::Share { .. }) { &Mismatch::Returned } else { &loser.why };
        (loser.place.to_string(), why_en(why, draw), why_ru(why, draw))
    };
    Some(RouteTaken {
        service: format!("{} {}", routed.service.sid, routed.service.version),
        rule: routed.route.place.to_string(),
        provider: routed.provider.mnemonic.to_string(),
        endpoint: routed.endpoint.url.clone(),
        federal: routed.endpoint.federal,
        draw,
        canary: routed.route.is_canary(),
        losers: routed.losers.iter().map(lost).collect(),
    })
}

fn why_en(why: &Mismatch, draw: Option<u8>) -> String {
    match why {
        Mismatch::Version { wanted } => format!("for version {wanted}"),
        Mismatch::Recipient { wanted } => format!("for recipient {wanted}"),
        Mismatch::Oktmo { wanted } => format!("for territory (OKTMO) {wanted}"),
        Mismatch::ServiceCode { wanted } => format!("for service code {wanted}"),
        Mismatch::Consumer { wanted } => format!("tried out by {}", listed(wanted)),
        Mismatch::Share { percent } => match draw {
            Some(draw) => {
                format!("tried out by {percent} % of the messages, not by this one: its conversation has number {draw}")
            }
            None => format!("tried out by {percent} % of the messages: chance decides, once for a conversation"),
        },
        Mismatch::Returned => "tried out and gone back: too many exchanges failed".to_owned(),
        Mismatch::LessSpecific { than } => format!("matches too, but {than} says more"),
    }
}

fn why_ru(why: &Mismatch, draw: Option<u8>) -> String {
    match why {
        Mismatch::Version { wanted } => format!("для версии {wanted}"),
        Mismatch::Recipient { wanted } => format!("для получателя {wanted}"),
        Mismatch::Oktmo { wanted } => format!("для территории (ОКТМО) {wanted}"),
        Mismatch::ServiceCode { wanted } => format!("для кода услуги {wanted}"),
        Mismatch::Consumer { wanted } => format!("пробный, для {}", listed(wanted)),
        Mismatch::Share { percent } => match draw {
            Some(draw) => format!("пробный, для {percent} % сообщений, не для этого: номер его сеанса {draw}"),
            None => format!("пробный, для {percent} % сообщений: решает случай, один раз на сеанс"),
        },
        Mismatch::Returned => "пробный, возвращён: слишком много обменов закончились ошибкой".to_owned(),
        Mismatch::LessSpecific { than } => format!("тоже подходит, но {than} точнее"),
    }
}

fn listed(consumers: &[Mnemonic]) -> String {
    consumers.iter().map(Mnemonic::as_str).collect::<Vec<_>>().join(", ")
}

fn tell(told: &mut Explanation, refusal: &Refusal) {
    let words = sentence(refusal);
    told.code = Some(refusal.code().to_string());
    told.sentence = Some(words.ru);
    told.sentence_en = Some(words.en);
    told.next = Some(words.next_ru).filter(|next| !next.is_empty());
    told.operator = match refusal {
        Refusal::NoRight(denied) => Some(denied.operator_step_ru()),
        Refusal::NoRoute(missing) => Some(missing.operator_step_ru()),
        Refusal::Maintenance { place, .. } => {
            Some(format!("окно работ записано в {place}; закрыть раньше: rsmev service maintenance --cancel"))
        }
        _ => None,
    };
}

/// A clock that stands still, and chance that is none: what is made here never leaves.
struct Standing {
    at: Timestamp,
}

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        self.at
    }
}

impl Chance for Standing {
    fn message_id(&self) -> Uuid {
        Uuid::nil()
    }

    fn entropy(&self) -> [u8; 32] {
        [0; 32]
    }
}
