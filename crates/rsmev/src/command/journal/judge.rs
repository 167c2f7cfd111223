//! What a session has come to, and who must act now: from the statuses and codes on record, by the rules of the protocol.
//!
//! Later exchanges outweigh earlier ones; a poll that was refused leaves open what is open.

use std::time::Duration;

use domain::{Blame, FaultCode, Retry};
use jiff::Timestamp;
use serde::Serialize;

use super::story::{Exchange, Outcome};

/// How long an answer of a service may take, by SID and version.
pub(super) type Deadline<'a> = dyn Fn(Option<&str>, Option<&str>) -> Duration + 'a;

/// The state of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Nobody has to do anything.
    Finished,
    /// Somebody has to act, and all is well.
    Waiting,
    /// It went wrong and ends here unless somebody mends it.
    Failed,
}

/// Who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Who {
    Consumer,
    Provider,
    /// Of this bus.
    Operator,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    /// Accepted; the result is owed.
    PrepareResult,
    /// Ask for the result.
    Poll,
    /// Answer the request that was just handed over.
    Answer,
    /// Find out what became of a request without an end.
    SettlePending,
    /// Make a right message and send that.
    MendAndResend,
    /// Get the registration or the right, then send again.
    ApplyAndResend,
    /// Send again later.
    RepeatLater,
    /// Remove the cause of a code.
    RemoveCause,
    /// Read why the provider refuses.
    ReadRefusal,
    /// Correct data that the consumer says are wrong.
    CorrectData,
}

/// One thing to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Act {
    pub(super) who: Who,
    /// Mnemonic, if it is a system.
    pub(super) system: Option<String>,
    pub(super) what: What,
    /// The code that says what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
}

/// State and next steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Judgement {
    pub(super) state: State,
    pub(super) who_acts: Vec<Act>,
}

/// Judges the exchanges of one session, in the order of time.
pub(super) fn judge(session: &[&Exchange], now: Timestamp, deadline: &Deadline<'_>) -> Judgement {
    let mut judgement = Judgement { state: State::Finished, who_acts: Vec::new() };
    let mut opened = false;
    for exchange in session {
        let next = one(exchange, now, deadline);
        let asks_only = status(exchange.request.as_ref()) == Some("PING");
        // A poll that failed says nothing of what it asked for; a request sent twice is refused the second time.
        let went_wrong = matches!(exchange.outcome, Outcome::Failed | Outcome::Refused);
        if opened && went_wrong && (asks_only || exchange.outcome == Outcome::Refused) {
            if judgement.state != State::Finished {
                judgement.who_acts.splice(0..0, next.who_acts);
            }
            continue;
        }
        opened |= exchange.outcome == Outcome::Answered;
        judgement = next;
    }
    judgement
}

fn status(message: Option<&super::story::Message>) -> Option<&str> {
    message?.status.as_deref()
}

/// What one exchange by itself means.
fn one(exchange: &Exchange, now: Timestamp, deadline: &Deadline<'_>) -> Judgement {
    match exchange.outcome {
        Outcome::Pending => pending(exchange, now, deadline),
        Outcome::Refused | Outcome::Failed => by_code(exchange),
        Outcome::Answered => answered(exchange),
    }
}

fn act(exchange: &Exchange, who: Who, what: What) -> Act {
    let system = match who {
        Who::Consumer => exchange.sender.clone(),
        Who::Provider => exchange.recipient.clone(),
        Who::Operator => None,
    };
    Act { who, system, what, code: exchange.code.clone() }
}

fn pending(exchange: &Exchange, now: Timestamp, deadline: &Deadline<'_>) -> Judgement {
    let allowed = deadline(exchange.service.as_deref(), exchange.service_version.as_deref());
    let since = exchange.request_out.or(exchange.request_in);
    let over = since.is_none_or(|since| now.duration_since(since).unsigned_abs() > allowed);
    if over {
        return Judgement { state: State::Failed, who_acts: vec![act(exchange, Who::Operator, What::SettlePending)] };
    }
    Judgement { state: State::Waiting, who_acts: vec![act(exchange, Who::Provider, What::Answer)] }
}

/// Codes 1xxxxx and 3xxxxx are about the consumer's message, 2xxxxx about the answer; the table says who has to mend it.
fn by_code(exchange: &Exchange) -> Judgement {
    let code = exchange.code.as_deref().and_then(|code| code.parse::<FaultCode>().ok());
    let acts: &[(Who, What)] = match code.map(|code| (code.row.blame(code.side), code.row.retry(code.side))) {
        Some((Blame::Sender, Retry::AfterRepair)) => &[(Who::Consumer, What::ApplyAndResend)],
        Some((Blame::Sender, Retry::Later)) => &[(Who::Consumer, What::RepeatLater)],
        Some((Blame::Sender, Retry::Never)) => &[(Who::Consumer, What::MendAndResend)],
        Some((Blame::Provider, _)) => &[(Who::Provider, What::RemoveCause), (Who::Consumer, What::RepeatLater)],
        Some((Blame::Node, _)) => &[(Who::Operator, What::RemoveCause), (Who::Consumer, What::RepeatLater)],
        // A code of another node: 2xxxxx and what is unknown is looked into here.
        None if exchange
            .code
            .as_deref()
            .is_some_and(|code| code.starts_with("SMEV-1") || code.starts_with("SMEV-3")) =>
        {
            &[(Who::Consumer, What::MendAndResend)]
        }
        None => &[(Who::Operator, What::RemoveCause)],
    };
    Judgement { state: State::Failed, who_acts: acts.iter().map(|(who, what)| act(exchange, *who, *what)).collect() }
}

fn answered(exchange: &Exchange) -> Judgement {
    let (asked, answer) = (status(exchange.request.as_ref()), status(exchange.answer.as_ref()));
    let judged = |state, acts: &[(Who, What)]| Judgement {
        state,
        who_acts: acts.iter().map(|(who, what)| act(exchange, *who, *what)).collect(),
    };
    if exchange.verdict == "answered with a fault" {
        return judged(State::Failed, &[(Who::Provider, What::RemoveCause), (Who::Consumer, What::RepeatLater)]);
    }
    match (asked, answer) {
        // A call-back: the provider itself sends the result, and the consumer confirms it.
        (Some("RESULT" | "CANCEL"), Some("ACCEPT")) => judged(State::Finished, &[]),
        (Some("REJECT"), Some("ACCEPT")) => {
            turned(judged(State::Finished, &[(Who::Consumer, What::ReadRefusal)]), exchange)
        }
        (Some("INVALID"), Some("ACCEPT")) => {
            turned(judged(State::Failed, &[(Who::Consumer, What::MendAndResend)]), exchange)
        }
        (Some("STATE"), Some("ACCEPT")) => turned(
            judged(State::Waiting, &[(Who::Provider, What::PrepareResult), (Who::Consumer, What::Poll)]),
            exchange,
        ),
        (Some("NOTIFY"), Some("ACCEPT")) => judged(State::Waiting, &[(Who::Provider, What::CorrectData)]),
        (_, Some("ACCEPT" | "PROCESS" | "STATE")) => {
            judged(State::Waiting, &[(Who::Provider, What::PrepareResult), (Who::Consumer, What::Poll)])
        }
        (_, Some("REJECT")) => judged(State::Finished, &[(Who::Consumer, What::ReadRefusal)]),
        (_, Some("INVALID")) => judged(State::Failed, &[(Who::Consumer, What::MendAndResend)]),
        (_, Some("FAILURE")) => {
            judged(State::Failed, &[(Who::Provider, What::RemoveCause), (Who::Consumer, What::RepeatLater)])
        }
        // RESULT; services without statuses have said all with their answer.
        _ => judged(State::Finished, &[]),
    }
}

/// In a call-back the provider of the session is the one who asks.
fn turned(judgement: Judgement, exchange: &Exchange) -> Judgement {
    let turn = |act: Act| {
        let system = match act.who {
            Who::Consumer => exchange.recipient.clone(),
            Who::Provider => exchange.sender.clone(),
            Who::Operator => None,
        };
        Act { system, ..act }
    };
    Judgement { who_acts: judgement.who_acts.into_iter().map(turn).collect(), ..judgement }
}

#[cfg(test)]
mod tests {
    use journal::{Digest, Entry, Header, Kind, RecordId, StoreName, Trace};
    use uuid::Uuid;

    use super::super::story::Story;
    use super::*;

    const CONSUMER: &str = "SOCZ01641";
    const PROVIDER: &str = "ZAGS01641";

    /// One step of exchange `number`, `at` seconds after noon; it refers to exchange 1, if it is another.
    fn step(number: u8, kind: Kind, at: i64, status: &str) -> Header {
        let exchange = Uuid::from_bytes([number; 16]);
        let mut header = Header::new(exchange, kind, noon(at));
        (header.received, header.sent) = (Some(noon(at)), Some(noon(at)));
        header.sender = Some(if kind == Kind::Answered { PROVIDER } else { CONSUMER }.to_owned());
        header.recipient = Some(if kind == Kind::Answered { CONSUMER } else { PROVIDER }.to_owned());
        header.status = Some(status.to_owned());
        header.origin_request_id_ref = (number > 1).then(|| Uuid::from_bytes([1; 16]).to_string());
        header.verdict = "?".to_owned();
        header
    }

    fn coded(header: Header, code: &str) -> Header {
        Header { code: Some(code.to_owned()), ..header }
    }

    fn noon(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + seconds).unwrap()
    }

    fn story(steps: &[Header], now: i64) -> Story {
        let entry = |(sequence, header): (usize, &Header)| {
            let (store, month) = (StoreName::node(), "2026-11".parse().unwrap());
            Entry {
                id: RecordId { store, month, sequence: sequence as u64 },
                digest: Digest::from_octets([0; 32]),
                file: "000000.seg".into(),
                offset: 0,
                stores: vec![StoreName::node()],
                header: header.clone(),
                bodies: Vec::new(),
            }
        };
        let trace =
            Trace { records: steps.iter().enumerate().map(entry).collect(), complete: true, ..Trace::default() };
        Story::of("1", &trace, noon(now), &|_, _| Duration::from_secs(60))
    }

    /// State, and who does what, in a line.
    fn told(steps: &[Header], now: i64) -> String {
        let judgement = story(steps, now).judgement;
        let acts = judgement.who_acts.iter().map(|act| {
            let system = act.system.as_deref().unwrap_or("-");
            format!("{:?} {system} {:?}", act.who, act.what)
        });
        std::iter::once(format!("{:?}", judgement.state)).chain(acts).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn who_must_act_follows_from_statuses_and_codes() {
        use Kind::{Accepted, Answered, Failed, Refused};
        let request = || step(1, Accepted, 0, "REQUEST");
        let answer = |status: &str| vec![request(), step(1, Answered, 1, status)];
        let owes = "Waiting; Provider ZAGS01641 PrepareResult; Consumer SOCZ01641 Poll";
        let poll = |status: &str| vec![step(2, Accepted, 10, "PING"), step(2, Answered, 11, status)];
        for (steps, expected) in [
            (answer("RESULT"), "Finished"),
            (answer("ACCEPT"), owes),
            ([answer("ACCEPT"), poll("PROCESS")].concat(), owes),
            ([answer("ACCEPT"), poll("RESULT")].concat(), "Finished"),
            (answer("REJECT"), "Finished; Consumer SOCZ01641 ReadRefusal"),
            (answer("INVALID"), "Failed; Consumer SOCZ01641 MendAndResend"),
            (answer("FAILURE"), "Failed; Provider ZAGS01641 RemoveCause; Consumer SOCZ01641 RepeatLater"),
            (vec![request()], "Waiting; Provider ZAGS01641 Answer"),
            (vec![coded(step(1, Refused, 0, "REQUEST"), "SMEV-100003")], "Failed; Consumer SOCZ01641 MendAndResend"),
            (vec![coded(step(1, Refused, 0, "REQUEST"), "SMEV-300003")], "Failed; Consumer SOCZ01641 MendAndResend"),
            (vec![coded(step(1, Refused, 0, "REQUEST"), "SMEV-100012")], "Failed; Consumer SOCZ01641 ApplyAndResend"),
            (
                vec![request(), coded(step(1, Failed, 1, "REQUEST"), "SMEV-200003")],
                "Failed; Provider ZAGS01641 RemoveCause; Consumer SOCZ01641 RepeatLater",
            ),
            (
                vec![request(), coded(step(1, Failed, 1, "REQUEST"), "SMEV-200001")],
                "Failed; Operator - RemoveCause; Consumer SOCZ01641 RepeatLater",
            ),
        ] {
            assert_eq!(told(&steps, 30), expected, "{steps:?}");
        }
        assert_eq!(told(&[request()], 3600), "Failed; Operator - SettlePending", "the bus died in between");
    }

    #[test]
    fn a_refused_poll_leaves_open_what_is_open_and_finished_what_is_finished() {
        let opened = [step(1, Kind::Accepted, 0, "REQUEST"), step(1, Kind::Answered, 1, "ACCEPT")];
        let refused = coded(step(3, Kind::Refused, 20, "PING"), "SMEV-100003");
        let told_of = |more: &[Header]| told(&[&opened[..], more].concat(), 30);
        assert_eq!(
            told_of(std::slice::from_ref(&refused)),
            "Waiting; Consumer SOCZ01641 MendAndResend; Provider ZAGS01641 PrepareResult; Consumer SOCZ01641 Poll"
        );
        let result = [step(2, Kind::Accepted, 10, "PING"), step(2, Kind::Answered, 11, "RESULT"), refused];
        assert_eq!(told_of(&result), "Finished");
    }

    #[test]
    fn a_call_back_with_the_result_finishes_the_session() {
        let mut back = step(2, Kind::Accepted, 10, "RESULT");
        std::mem::swap(&mut back.sender, &mut back.recipient);
        let steps = [
            step(1, Kind::Accepted, 0, "REQUEST"),
            step(1, Kind::Answered, 1, "ACCEPT"),
            back,
            step(2, Kind::Answered, 11, "ACCEPT"),
        ];
        assert_eq!(told(&steps, 30), "Finished");
        let told = story(&steps, 30);
        assert_eq!((told.sessions.len(), told.exchanges.len()), (1, 2));
    }

    #[test]
    fn what_a_stranger_quotes_neither_joins_nor_ends_a_session() {
        let mut stranger = coded(step(9, Kind::Refused, 20, "REQUEST"), "SMEV-100008");
        stranger.sender = None;
        let steps = [step(1, Kind::Accepted, 0, "REQUEST"), step(1, Kind::Answered, 1, "ACCEPT"), stranger];
        let story = story(&steps, 30);
        assert_eq!(story.judgement.state, State::Waiting);
        assert_eq!(story.sessions.len(), 1);
        assert!(!story.exchanges[1].proven && story.exchanges[1].session.is_none());
    }

    #[test]
    fn the_four_times_and_the_stores_of_an_exchange_are_told_once() {
        let mut steps = vec![step(1, Kind::Accepted, 0, "REQUEST"), step(1, Kind::Answered, 2, "RESULT")];
        (steps[0].sent, steps[1].received) = (Some(noon(1)), Some(noon(2)));
        steps[1].sent = Some(noon(3));
        let twice = [steps.clone(), steps].concat();
        let story = story(&twice, 30);
        let exchange = &story.exchanges[0];
        let times = [exchange.request_in, exchange.request_out, exchange.answer_in, exchange.answer_out];
        assert_eq!(times, [0, 1, 2, 3].map(|second| Some(noon(second))));
        assert_eq!((story.exchanges.len(), exchange.records.len()), (1, 4));
    }
}
