//! Forward: the sealed request goes to the provider. Asks for the proofs of access and evidence; there is no other way out.

use bytes::Bytes;
use delivery::{Call, Reply};
use journal::Receipt;

use crate::stage::seal::Request;
use crate::way::Way;
use crate::{Gateway, Refusal};

/// The action of the signed operation, where the service's WSDL tells it; else the one that came.
fn soap_action(way: &Way, request: &Request) -> Option<Bytes> {
    let destination = &request.destination;
    let operation = &request.envelope.fields().operation.local;
    let told = way.snapshot.soap_action(&destination.sid, &destination.version, operation).map(Bytes::from);
    told.or_else(|| request.incoming.soap_action.clone())
}

pub(crate) async fn forward(
    bus: &Gateway,
    way: &Way,
    request: &Request,
    _evidence: &Receipt,
) -> Result<Reply, Refusal> {
    let destination = &request.destination;
    let call = Call {
        endpoint: destination.endpoint.clone(),
        content_type: request.envelope.content_type().to_owned(),
        soap_action: soap_action(way, request),
        body: request.envelope.bytes(),
        deadline: destination.answer_deadline,
        answer_bytes_max: way.registry().limits().message_bytes,
    };
    bus.transport.post(call).await.map_err(|cause| Refusal::NoAnswer { provider: destination.provider.clone(), cause })
}
