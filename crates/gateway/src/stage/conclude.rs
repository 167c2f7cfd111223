//! Conclude: the answer, as it came and as it goes back, is on disk beside its request. Uses up the request's receipt:
//! an exchange is concluded once.

use journal::{Header, Kind, Receipt, Record};

use crate::evidence;
use crate::stage::check_reply::Answer;
use crate::way::{Way, note};
use crate::{Gateway, Refusal};

pub(crate) async fn conclude(
    bus: &Gateway,
    way: &mut Way,
    answer: &Answer,
    _accepted: Receipt,
) -> Result<Receipt, Refusal> {
    let now = way.now();
    let mut header = Header::new(way.exchange, Kind::Answered, now);
    let asked = &way.known;
    header.message_id = Some(answer.envelope.message_id());
    header.received = Some(answer.received);
    header.sent = Some(now);
    // Sender and recipient change places in the answer (protocol §1.1).
    header.sender = Some(answer.provider.to_string());
    header.recipient.clone_from(&asked.sender);
    header.originator.clone_from(&asked.originator);
    header.agency.clone_from(&asked.agency);
    header.service.clone_from(&asked.service);
    header.service_version.clone_from(&asked.service_version);
    header.registry.clone_from(&asked.registry);
    header.certificate = Some(answer.certificate.clone());
    header.signer.clone_from(&answer.signers.system);
    header.node_signer.clone_from(&answer.signers.node);
    header.officials.clone_from(&answer.officials);
    answer.keys.note(&mut header);
    header.dropped = evidence::dropped(&answer.envelope);
    note(&mut header, answer.envelope.fields());
    header.test |= asked.test;
    if header.case_number.is_none() {
        header.case_number.clone_from(&asked.case_number);
    }
    let outcome = if answer.envelope.fields().fault.is_some() { "answered with a fault" } else { "answered" };
    outcome.clone_into(&mut header.verdict);
    let record = Record { header, bodies: evidence::received_and_forwarded(&answer.envelope) };
    let stores = way.stores().map_err(Refusal::AnswerNotRecorded)?;
    bus.journal.append(&stores, &record).await.map_err(Refusal::AnswerNotRecorded)
}
