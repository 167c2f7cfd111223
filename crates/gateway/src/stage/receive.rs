//! Receive: the HTTP body becomes an envelope that has been read once, under limits. Nothing in it is proved yet.

use envelope::{Addressed, Envelope};

use crate::stage::address::shortened;
use crate::way::Way;
use crate::{Incoming, Refusal};

pub(crate) fn receive(way: &mut Way, incoming: &Incoming) -> Result<Envelope<Addressed>, Refusal> {
    // Anybody writes a path: what of it is kept and logged is bounded.
    way.known.service = Some(shortened(&incoming.sid));
    way.known.service_version = incoming.version.as_deref().map(shortened);
    let limits = way.registry().limits();
    let envelope = Envelope::receive(incoming.body.clone(), &incoming.content_type, limits)
        .and_then(|received| received.read(limits))
        .map_err(Refusal::Request)?;
    way.note_request(envelope.fields());
    Ok(envelope)
}
