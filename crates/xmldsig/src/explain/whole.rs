//! A message explained: every signature of it, and what is missing or misplaced among them.

use super::budget::Purse;
use super::one::{self, Context};
use super::{Cause, Explanation, Finding, Place, Question, reading};
use crate::Kind;
use crate::soap::{DS, Soap};
use crate::tree::Tree;

/// See [`crate::Document::explain`].
pub(crate) fn explain(tree: &Tree, question: &Question<'_>) -> Explanation {
    let (soap, no_soap) = match Soap::find(tree) {
        Ok(soap) => (Some(soap), None),
        Err(error) => (None, Some(error)),
    };
    let message = std::str::from_utf8(question.message).unwrap_or_default();
    let context = Context { tree, soap: soap.as_ref(), message, question };
    let mut purse = Purse::new(question.budget);
    let found: Vec<_> = tree.elements().filter(|element| element.is(DS, "Signature")).collect();
    let looked_at = found.iter().take(question.budget.signatures);
    let mut told = Explanation {
        findings: Vec::new(),
        signatures: looked_at.map(|element| one::explain(&context, *element, &mut purse)).collect(),
    };
    told.findings.extend(no_soap.map(Cause::Profile));
    if told.signatures.iter().all(|signature| signature.kind != Kind::SystemSignature) {
        for (signature, element) in told.signatures.iter_mut().zip(&found) {
            if let Some(cause) = instead(&context, *element, signature.kind, signature.actor.as_deref()) {
                signature.findings.insert(0, Finding::of(cause, Place::Form));
            }
        }
        if soap.is_some() && !told.signatures.iter().any(speaks_for_the_sender) {
            told.findings.push(Cause::NotSigned);
        }
    }
    if purse.was_short() || told.signatures.len() < found.len() {
        told.findings.push(Cause::NotAllTried);
    }
    told
}

/// What a signature is that should perhaps have been the sender's.
fn instead(
    context: &Context<'_, '_>,
    element: crate::tree::Element<'_>,
    kind: Kind,
    actor: Option<&str>,
) -> Option<Cause> {
    if kind != Kind::Other || context.soap.is_none() {
        return None;
    }
    let block = element.parent();
    let in_place = block.is_some_and(|block| context.soap.is_some_and(|soap| soap.is_security(block)));
    if in_place {
        return Some(Cause::WrongActor { found: actor.map(str::to_owned) });
    }
    let in_header = element.ancestors().any(|ancestor| ancestor.is(crate::soap::SOAP, "Header"));
    (in_header || reading::security_around(element)).then_some(Cause::Misplaced)
}

fn speaks_for_the_sender(signature: &super::Explained) -> bool {
    let told = |finding: &Finding| matches!(finding.cause, Cause::WrongActor { .. } | Cause::Misplaced | Cause::Smev3);
    signature.findings.iter().any(told)
}
