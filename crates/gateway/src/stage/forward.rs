//! Forward: the sealed request goes to the provider. Asks for the proofs of access and evidence; there is no other way out.

use delivery::{Call, Reply};
use journal::Receipt;

use crate::stage::seal::Request;
use crate::way::Way;
use crate::{Gateway, Refusal};

pub(crate) async fn forward(
    bus: &Gateway,
    way: &Way,
    request: &Request,
    _evidence: &Receipt,
) -> Result<Reply, Refusal> {
    let destination = &request.destination;
    let call = Call {
        endpoint: destination.endpoint.clone(),
        content_type: request.incoming.content_type.clone(),
        soap_action: request.incoming.soap_action.clone(),
        body: request.envelope.bytes(),
        deadline: destination.answer_deadline,
        answer_bytes_max: way.registry().limits().message_bytes,
    };
    bus.transport.post(call).await.map_err(|cause| Refusal::NoAnswer { provider: destination.provider.clone(), cause })
}
