//! Answer: the sealed answer goes back to the consumer. Asks for the proof that it is on disk.

use journal::Receipt;

use crate::Outgoing;
use crate::stage::check_reply::Answer;
use crate::way::Way;

pub(crate) fn answer(way: &Way, answer: Answer, _evidence: &Receipt) -> Outgoing {
    if let Some(claim) = answer.claim {
        claim.keep();
    }
    let fields = answer.envelope.fields();
    tracing::info!(
        exchange = %way.exchange,
        sender = way.known.sender.as_deref().unwrap_or_default(),
        service = way.known.service.as_deref().unwrap_or_default(),
        provider = %answer.provider,
        status = fields.status.as_deref().unwrap_or_default(),
        milliseconds = way.now().duration_since(way.arrived).as_millis(),
        "answered"
    );
    Outgoing {
        status: answer.status,
        content_type: answer.envelope.content_type().to_owned(),
        body: answer.envelope.bytes(),
        exchange: way.exchange,
        code: None,
        retry_after: None,
    }
}
