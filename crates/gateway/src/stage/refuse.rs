//! Refuse: whatever stopped an exchange, it ends here: one record, one signed fault, one line in the log.

use bytes::Bytes;
use domain::{Blame, FaultCode, Side};
use envelope::{FAULT_CONTENT_TYPE, FaultText, MessageClass};
use journal::{Body, Form, Kind, Record, Role, StoreName};

use crate::sentence::sentence;
use crate::way::Way;
use crate::{Gateway, Outgoing, Refusal};

pub(crate) async fn refuse(bus: &Gateway, mut way: Way, refusal: Refusal) -> Outgoing {
    let code = refusal.code();
    report(&way, &refusal, code);
    let fault = write_fault(&way, &refusal, code);
    let (kind, stores) = ending(&way, &refusal);
    let body = match kind {
        Kind::Failed => way.reply.clone(),
        _ => Some(way.request.clone()),
    };
    let mut header = way.known.clone();
    header.kind = kind;
    header.time = way.now();
    header.sent = Some(header.time);
    header.message_id = fault.as_ref().map(|(message_id, _)| *message_id);
    header.code = Some(code.to_string());
    header.verdict = refusal.to_string();
    let whole = |role, octets| Body {
        role,
        form: Form::Whole,
        octets,
    };
    let bodies = body
        .map(|octets| whole(Role::Received, octets))
        .into_iter()
        .chain(fault.as_ref().map(|(_, octets)| whole(Role::Fault, octets.clone())))
        .collect();
    let stored = match stores {
        Ok(stores) => bus.journal.append(&stores, &Record { header, bodies }).await.map(drop),
        Err(error) => Err(error),
    };
    if let Err(error) = stored {
        tracing::error!(exchange = %way.exchange, %error, "a refusal could not be journaled");
        if !matches!(refusal, Refusal::NoEvidence(_)) {
            // What cannot be proved is not told: the sender learns only that the bus could not keep evidence.
            let refusal = Refusal::NoEvidence(error);
            way.reply = None;
            let code = refusal.code();
            let body = write_fault(&way, &refusal, code)
                .map(|(_, octets)| octets)
                .unwrap_or_default();
            return outgoing(&way, code, body);
        }
    }
    outgoing(&way, code, fault.map(|(_, octets)| octets).unwrap_or_default())
}

/// How the journal ends this exchange, and where. An append that failed in one store may lie in another: there, and only
/// there, an accepted request has to be ended, and an answered one must not be ended twice.
fn ending(way: &Way, refusal: &Refusal) -> (Kind, Result<Vec<StoreName>, journal::Error>) {
    let elsewhere = match refusal {
        Refusal::NoEvidence(journal::Error::NotDurable { elsewhere, .. }) => elsewhere.as_slice(),
        _ => &[],
    };
    let has_it = |store: &StoreName| elsewhere.iter().any(|record| record.store == *store);
    match (&way.accepted_for, refusal) {
        (Some(_), _) => {
            (Kind::Failed, way.stores().map(|stores| stores.into_iter().filter(|store| !has_it(store)).collect()))
        }
        (None, Refusal::NoEvidence(_)) if elsewhere.is_empty() => (Kind::Refused, Ok(vec![StoreName::node()])),
        (None, Refusal::NoEvidence(_)) => {
            (Kind::Failed, Ok(elsewhere.iter().map(|record| record.store.clone()).collect()))
        }
        (None, _) => (Kind::Refused, way.stores()),
    }
}

fn outgoing(way: &Way, code: FaultCode, body: Bytes) -> Outgoing {
    Outgoing {
        status: code.row.http_status(),
        content_type: FAULT_CONTENT_TYPE.to_owned(),
        body,
        exchange: way.exchange,
        code: Some(code),
    }
}

/// The signed fault with its own MessageId; `None` only when the node's key cannot sign.
fn write_fault(way: &Way, refusal: &Refusal, code: FaultCode) -> Option<(uuid::Uuid, Bytes)> {
    let sentence = sentence(refusal);
    let stamp = way.stamp(MessageClass::Response);
    let text = FaultText {
        code,
        sentence_ru: &sentence.ru,
        sentence_en: &sentence.en,
        hint: &sentence.next_ru,
        message_id: way.exchange,
        request_message_id: None,
    };
    match envelope::fault(&text, way.revision, &stamp, way.snapshot.node()) {
        Ok(body) => Some((stamp.message_id, body)),
        Err(error) => {
            tracing::error!(exchange = %way.exchange, %error, "the node could not sign a fault");
            None
        }
    }
}

/// Errors are for what the operator must mend, warnings for what others have to.
fn report(way: &Way, refusal: &Refusal, code: FaultCode) {
    let sender = way.known.sender.as_deref().unwrap_or_default();
    let service = way.known.service.as_deref().unwrap_or_default();
    let side = match code.side {
        Side::Request => "request",
        Side::Response => "answer",
    };
    match code.row.blame(code.side) {
        Blame::Node => tracing::error!(exchange = %way.exchange, %code, sender, service, side, %refusal, "refused"),
        Blame::Sender | Blame::Provider => {
            tracing::warn!(exchange = %way.exchange, %code, sender, service, side, %refusal, "refused");
        }
    }
}
