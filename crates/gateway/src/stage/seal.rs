//! Seal: the node's own header and signature go onto the verified request; the sender's octets stay as they are.
//!
//! Sealing stands before the journal, so that one record holds what came in and what goes out, under one `fdatasync`.

use domain::Grant;
use envelope::{Envelope, MessageClass, Sealed, Verified};

use crate::stage::address::Destination;
use crate::way::Way;
use crate::{Incoming, Refusal};

/// A request that may leave once it is on disk.
pub(crate) struct Request {
    pub(crate) envelope: Envelope<Sealed>,
    pub(crate) grant: Grant,
    pub(crate) destination: Destination,
    pub(crate) incoming: Incoming,
}

pub(crate) fn seal(
    way: &mut Way,
    verified: Envelope<Verified>,
    grant: Grant,
    destination: Destination,
    incoming: Incoming,
) -> Result<Request, Refusal> {
    let stamp = way.stamp(MessageClass::Request);
    let envelope = verified.seal(&stamp, way.snapshot.node(), destination.sender_security).map_err(Refusal::Request)?;
    Ok(Request { envelope, grant, destination, incoming })
}
