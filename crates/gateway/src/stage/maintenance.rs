//! Maintenance: a service in an announced window is not called. The consumer learns why and until when, and nothing of the
//! request is spent: the very same octets may come again.
//!
//! Stands behind the matrix, so that only who may ask learns of it, and before `once`, so that the request is not taken.

use crate::Refusal;
use crate::stage::address::Destination;
use crate::way::Way;

pub(crate) fn maintenance(way: &Way, destination: &Destination) -> Result<(), Refusal> {
    let Destination { sid, version, provider, .. } = destination;
    match way.registry().resting(sid, version, provider, way.arrived) {
        None => Ok(()),
        Some(window) => Err(Refusal::Maintenance {
            sid: sid.clone(),
            reason: window.reason.clone(),
            place: window.place.clone(),
            until: window.until,
        }),
    }
}
