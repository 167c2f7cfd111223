//! Permit: does the access matrix let this system ask this? Asked after verification: the matrix judges proven facts.

use domain::{AccessQuestion, Grant, Mnemonic};
use envelope::{Envelope, Verified};

use crate::Refusal;
use crate::stage::address::Destination;
use crate::stage::verify::says_test;
use crate::way::Way;

pub(crate) fn permit(
    way: &mut Way,
    verified: &Envelope<Verified>,
    sender: &Mnemonic,
    destination: &Destination,
) -> Result<Grant, Refusal> {
    let question = AccessQuestion {
        consumer: sender,
        sid: &destination.sid,
        version: &destination.version,
        operation: Some(&verified.fields().operation.local),
        agency: way.agency.as_ref(),
        provider: Some(&destination.provider),
        test: verified.fields().test_msg.as_deref().is_some_and(says_test),
        at: way.arrived,
    };
    let grant = way.registry().permit(&question).map_err(Refusal::NoRight)?;
    way.known.grant = Some(grant.to_string());
    Ok(grant)
}
