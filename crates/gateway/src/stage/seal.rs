//! Seal: the node's own header and signature go onto the verified request; the sender's octets stay as they are.
//!
//! Sealing stands before the journal, so that one record holds what came in and what goes out, under one `fdatasync`.

use domain::Grant;
use domain::registry::ForeignHeaders as Rule;
use envelope::{Envelope, ForeignHeaders, MessageClass, Sealed, Verified};

use crate::repeats::Claim;
use crate::stage::address::Destination;
use crate::way::Way;
use crate::{Incoming, Refusal};

/// A request that may leave once it is on disk.
pub(crate) struct Request {
    pub(crate) envelope: Envelope<Sealed>,
    pub(crate) grant: Grant,
    pub(crate) destination: Destination,
    pub(crate) incoming: Incoming,
    /// Given back when the exchange fails: the same request may then come again.
    pub(crate) claim: Option<Claim>,
}

pub(crate) fn seal(
    way: &mut Way,
    verified: Envelope<Verified>,
    grant: Grant,
    claim: Option<Claim>,
    destination: Destination,
    incoming: Incoming,
) -> Result<Request, Refusal> {
    let stamp = way.stamp(MessageClass::Request);
    let foreign = foreign_headers(&destination);
    let envelope =
        verified.seal(&stamp, way.snapshot.node(), destination.sender_security, foreign).map_err(Refusal::Request)?;
    Ok(Request { envelope, grant, destination, incoming, claim })
}

/// What becomes of header blocks that no signature covers: the registry's word in the envelope's.
pub(crate) fn foreign_headers(destination: &Destination) -> ForeignHeaders {
    match destination.guards.foreign_headers {
        Rule::Keep => ForeignHeaders::Keep,
        Rule::Drop => ForeignHeaders::Drop,
    }
}
