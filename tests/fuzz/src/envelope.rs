//! Whole messages as text/xml: receive, read, and all that follows for those that are taken.

use crate::{Seed, forge, way};

/// Content type of a message without attachments.
const XML: &str = "text/xml; charset=utf-8";

/// Any octets.
pub fn check(input: &[u8]) {
    way::walk(input, XML);
}

/// A request, an answer with a fault, an odd one, and one that is signed.
pub fn seeds() -> Vec<Seed> {
    vec![
        ("request", forge::unsigned().into_bytes()),
        ("fault", forge::fault().into_bytes()),
        ("odd", forge::odd().into_bytes()),
        ("signed", forge::signed().into_bytes()),
        ("empty-header", forge::unsigned().replace("<soap:Body", "<soap:Header/><soap:Body").into_bytes()),
    ]
}
