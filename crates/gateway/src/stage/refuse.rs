//! Refuse: whatever stopped an exchange, it ends here: one record, one signed fault, one line in the log.

use std::sync::Arc;

use bytes::Bytes;
use domain::FaultCode;
use envelope::{FAULT_CONTENT_TYPE, FaultText, MessageClass};
use journal::{Body, Form, Header, Kind, Record, Role, StoreName};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::sentence::sentence;
use crate::way::Way;
use crate::{Gateway, Outgoing, Refusal};

/// Octets kept of a refused message whose sender is not proven.
const STRANGER_OCTETS: usize = 64 * 1024;
/// Octets of a record beside its bodies, about.
const RECORD_OCTETS: usize = 2048;

pub(crate) async fn refuse(bus: &Gateway, way: Way, refusal: Refusal) -> Outgoing {
    let code = refusal.code();
    report(&way, &refusal, code);
    let fault = write_fault(bus, &way, &refusal).await;
    let (kind, stores) = ending(&way, &refusal);
    let (body, left_out) = match kind {
        Kind::Failed => (way.reply.clone(), None),
        _ => stranger_shortened(bus, &way).await,
    };
    let mut header = way.known.clone();
    header.kind = kind;
    header.time = way.now();
    header.sent = Some(header.time);
    header.message_id = fault.as_ref().map(|(message_id, _)| *message_id);
    header.code = Some(code.to_string());
    header.verdict = refusal.to_string();
    header.note = Some(format!("peer {}{}", way.peer, left_out.unwrap_or_default()));
    let whole = |role, octets| Body { role, form: Form::Whole, octets };
    let fault_body = fault.as_ref().map(|(_, octets)| whole(Role::Fault, octets.clone()));
    let bodies: Vec<_> =
        body.map(|octets| whole(Role::Received, octets)).into_iter().chain(fault_body.clone()).collect();
    let written = match stores {
        _ if is_only_counted(bus, &way, &mut header, &bodies) => Ok(()),
        Ok(stores) => write(bus, &stores, header, bodies, fault_body).await,
        Err(error) => Err(error),
    };
    if let Err(error) = written {
        tracing::error!(exchange = %way.exchange, %error, "a refusal could not be journaled");
        if refusal.evidence().is_none() {
            // What cannot be proved is not told: the sender learns only that the bus could not keep evidence.
            let refusal = match way.accepted_for {
                None => Refusal::NoEvidence(error),
                Some(_) => Refusal::AnswerNotRecorded(error),
            };
            let fault = write_fault(bus, &way, &refusal).await;
            return outgoing(&way, &refusal, fault);
        }
    }
    outgoing(&way, &refusal, fault)
}

/// Writes the end of the exchange. Where the answer that came does not fit any more, the fault alone still may; a refusal that the
/// agency's store does not take goes to the node's own, for nothing there has begun that it would end.
async fn write(
    bus: &Gateway,
    stores: &[StoreName],
    header: Header,
    bodies: Vec<Body>,
    fault: Option<Body>,
) -> Result<(), journal::Error> {
    let record = Record { header, bodies };
    match bus.journal.append(stores, &record).await {
        Ok(_) => Ok(()),
        Err(error) if record.header.kind == Kind::Failed && record.bodies.len() > 1 => {
            tracing::error!(exchange = %record.header.exchange, %error, "the answer is left out of its record");
            let record = Record { header: record.header, bodies: fault.into_iter().collect() };
            bus.journal.append(stores, &record).await.map(drop)
        }
        Err(error) if record.header.kind == Kind::Refused && *stores != [StoreName::node()] => {
            tracing::error!(exchange = %record.header.exchange, %error, "the refusal is recorded in the node's own store");
            bus.journal.append(&[StoreName::node()], &record).await.map(drop)
        }
        Err(error) => Err(error),
    }
}

/// Whether this refusal is one of a stranger, beyond what strangers may fill of the journal. The record of one within it
/// tells how many were left out.
fn is_only_counted(bus: &Gateway, way: &Way, header: &mut Header, bodies: &[Body]) -> bool {
    if header.kind != Kind::Refused || way.sender.is_some() {
        return false;
    }
    let octets = bodies.iter().fold(RECORD_OCTETS, |sum, body| sum.saturating_add(body.octets.len()));
    let most = way.registry().limits().stranger_bytes_per_hour;
    match bus.strangers.take(header.time, octets, most) {
        None => true,
        Some(0) => false,
        Some(counted) => {
            let note = header.note.take().unwrap_or_default();
            header.note = Some(format!("{note}; {counted} refusals of unproven senders before it were counted only"));
            false
        }
    }
}

/// What is kept of a refused message whose sender is not proven: strangers must not fill the disk with it. The digest names
/// the whole message all the same, computed on the pool: megabytes of it would hold up the network threads.
async fn stranger_shortened(bus: &Gateway, way: &Way) -> (Option<Bytes>, Option<String>) {
    let request = &way.request;
    if way.sender.is_some() || request.len() <= STRANGER_OCTETS {
        return (Some(request.clone()), None);
    }
    let whole = request.clone();
    let digest = bus.bounds.work(request.len(), move || hex::encode(Sha256::digest(&whole))).await.unwrap_or_default();
    let note = format!("; first {STRANGER_OCTETS} of {} octets, SHA-256 of all {digest}", request.len());
    (Some(request.slice(..STRANGER_OCTETS)), Some(note))
}

/// How the journal ends this exchange, and where. An append that failed in one store may lie in another: there, and only
/// there, an accepted request has to be ended, and an answered one must not be ended twice.
fn ending(way: &Way, refusal: &Refusal) -> (Kind, Result<Vec<StoreName>, journal::Error>) {
    let elsewhere = match refusal.evidence() {
        Some(journal::Error::NotDurable { elsewhere, .. }) => elsewhere.as_slice(),
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

fn outgoing(way: &Way, refusal: &Refusal, fault: Option<(Uuid, Bytes)>) -> Outgoing {
    let code = refusal.code();
    Outgoing {
        status: code.row.http_status(),
        content_type: FAULT_CONTENT_TYPE.to_owned(),
        body: fault.map(|(_, octets)| octets).unwrap_or_default(),
        exchange: way.exchange,
        code: Some(code),
        retry_after: refusal.retry_after(way.now()),
    }
}

/// The signed fault with its own MessageId; `None` only when the node's key cannot sign.
async fn write_fault(bus: &Gateway, way: &Way, refusal: &Refusal) -> Option<(Uuid, Bytes)> {
    let (code, words) = (refusal.code(), sentence(refusal));
    let (exchange, revision) = (way.exchange, way.revision);
    let stamp = way.stamp(MessageClass::Response);
    let snapshot = Arc::clone(&way.snapshot);
    let signing = move || {
        let text = FaultText {
            code,
            sentence_ru: &words.ru,
            sentence_en: &words.en,
            hint: &words.next_ru,
            message_id: exchange,
            request_message_id: None,
        };
        envelope::fault(&text, revision, &stamp, snapshot.node()).map(|body| (stamp.message_id, body))
    };
    match bus.bounds.work(0, signing).await {
        Some(Ok(fault)) => Some(fault),
        Some(Err(error)) => {
            tracing::error!(%exchange, %error, "the node could not sign a fault");
            None
        }
        None => {
            tracing::error!(%exchange, "signing a fault panicked");
            None
        }
    }
}

/// Errors are for what the operator must mend, warnings for what others have to.
fn report(way: &Way, refusal: &Refusal, code: FaultCode) {
    let exchange = way.exchange;
    let sender = way.known.sender.as_deref().unwrap_or_default();
    let service = way.known.service.as_deref().unwrap_or_default();
    let peer = way.peer.as_str();
    if refusal.is_ours() {
        tracing::error!(%exchange, %code, sender, service, peer, %refusal, "refused");
    } else {
        tracing::warn!(%exchange, %code, sender, service, peer, %refusal, "refused");
    }
}
