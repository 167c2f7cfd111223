//! Keys: the values in the business content by which people will look for this message, taken from the signed octets.
//!
//! Nothing is decided by them. Personal ones leave here as keyed digests only.

use domain::{BusinessKey, KeyPath, Registry};
use envelope::{Envelope, Verified};
use journal::Header;

use crate::Refusal;
use crate::business_key::key_found;
use crate::stage::address::Destination;
use crate::way::Way;

pub(crate) fn keys(way: &mut Way, verified: &Envelope<Verified>, destination: &Destination) -> Result<(), Refusal> {
    let found = read(way.registry(), &destination.keys, verified).map_err(Refusal::Request)?;
    found.note(&mut way.known);
    Ok(())
}

/// The keys of one message.
pub(crate) struct Found {
    keys: Vec<journal::KeyFound>,
    left_out: u32,
}

impl Found {
    /// Into the header of the message's record.
    pub(crate) fn note(&self, header: &mut Header) {
        header.keys.clone_from(&self.keys);
        header.keys_left_out = self.left_out;
    }
}

/// Reads what the service's keys name; the same for requests and answers.
pub(crate) fn read(
    registry: &Registry,
    keys: &[BusinessKey],
    verified: &Envelope<Verified>,
) -> Result<Found, envelope::Error> {
    let paths: Vec<&KeyPath> = keys.iter().map(|key| &key.path).collect();
    let mut found = Found { keys: Vec::new(), left_out: 0 };
    for (key, values) in keys.iter().zip(verified.values(&paths)?) {
        found.left_out = found.left_out.saturating_add(values.left_out);
        found.keys.extend(values.taken.iter().filter_map(|value| key_found(registry, key, value)));
    }
    found.keys.sort();
    found.keys.dedup();
    Ok(found)
}
