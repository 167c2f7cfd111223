//! How an envelope becomes bodies of a journal record: what came in whole, what went out as its difference.

use envelope::{Envelope, QName, Sealed};
use journal::{Body, Form, Role};

/// The received octets, and the forwarded ones as a splice of them: the record proves that nothing else changed.
pub(crate) fn received_and_forwarded(envelope: &Envelope<Sealed>) -> Vec<Body> {
    vec![
        Body { role: Role::Received, form: Form::Whole, octets: envelope.raw().clone() },
        Body { role: Role::Forwarded, form: Form::Splice, octets: envelope.splice().to_octets() },
    ]
}

/// Names of the header blocks that were not passed on, for people who look for them.
pub(crate) fn dropped(envelope: &Envelope<Sealed>) -> Vec<String> {
    let name = |name: &QName| format!("{{{}}}{}", name.namespace, name.local);
    envelope.dropped_headers().iter().map(name).collect()
}
