//! Accept: the request, as it came in and as it will go out, is on disk in the store of every agency concerned.
//! From here on the exchange must end in the journal too: answered or failed.

use journal::{Kind, Receipt, Record};

use crate::evidence;
use crate::stage::seal::Request;
use crate::way::Way;
use crate::{Gateway, Refusal};

pub(crate) async fn accept(bus: &Gateway, way: &mut Way, request: &Request) -> Result<Receipt, Refusal> {
    let provider = request.destination.provider.clone();
    let mut header = way.known.clone();
    header.kind = Kind::Accepted;
    header.time = way.now();
    header.message_id = Some(way.exchange);
    header.sent = Some(header.time);
    header.recipient = Some(provider.to_string());
    header.endpoint = Some(request.destination.endpoint.url.clone());
    header.dropped = evidence::dropped(&request.envelope);
    "accepted".clone_into(&mut header.verdict);
    header.note = Some(format!("peer {}", way.peer));
    let record = Record { header, bodies: evidence::received_and_forwarded(&request.envelope) };
    // The provider's agency keeps the exchange as well; set only for the choice of stores until it is durable.
    let mut concerned = way.clone();
    concerned.accepted_for = Some(provider);
    let stores = concerned.stores().map_err(Refusal::NoEvidence)?;
    let receipt = bus.journal.append(&stores, &record).await.map_err(Refusal::NoEvidence)?;
    way.accepted_for = concerned.accepted_for;
    Ok(receipt)
}
