//! Receive: the HTTP body becomes an envelope that has been read once, under limits. Nothing in it is proved yet.

use envelope::{Addressed, Envelope};

use crate::way::Way;
use crate::{Incoming, Refusal};

pub(crate) fn receive(way: &mut Way, incoming: &Incoming) -> Result<Envelope<Addressed>, Refusal> {
    way.known.service = Some(incoming.sid.clone());
    way.known.service_version.clone_from(&incoming.version);
    let limits = way.registry().limits();
    let envelope = Envelope::receive(incoming.body.clone(), &incoming.content_type, limits)
        .and_then(|received| received.read(limits))
        .map_err(Refusal::Request)?;
    way.note_request(envelope.fields());
    Ok(envelope)
}
