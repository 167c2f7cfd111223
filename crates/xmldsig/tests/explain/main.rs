//! Why signatures do not hold: a good message damaged in every way that is known, and the messages from the wild.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod corpus;
mod craft;
#[path = "../signatures/forge.rs"]
#[allow(dead_code, unused_macros, unused_imports, reason = "shared with the tests of signatures, which use all of it")]
mod forge;
mod suspects;

use xmldsig::{Algorithms, Budget, Document, Explanation, Question};

/// Explains `message`, trusting everybody.
pub(crate) fn explain(message: &str) -> Explanation {
    explain_with(message, Budget::GENEROUS)
}

pub(crate) fn explain_with(message: &str, budget: Budget) -> Explanation {
    let document = Document::parse(message.as_bytes()).unwrap();
    document.explain(&Question {
        message: message.as_bytes(),
        trust: &|_, _| None,
        algorithms: Algorithms::GostAndTest,
        budget,
    })
}

/// Every cause of the message and of its signatures by name, in order.
pub(crate) fn names(explanation: &Explanation) -> Vec<&'static str> {
    let of_signatures = explanation.signatures.iter().flat_map(|signature| &signature.findings);
    explanation.findings.iter().chain(of_signatures.map(|finding| &finding.cause)).map(xmldsig::Cause::name).collect()
}
