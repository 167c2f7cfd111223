//! What can be said of every signature in a document, for people: each step judged by itself, so that one fault does not hide another.
//!
//! Digests and values are computed here from libxml2's canonical form, apart from libxmlsec1, which stops at the first wrong digest.
//! Nothing here lets a message pass: that is `verify` alone. Trust is not asked.

use pki::{Algorithm, Certificate};

use crate::algorithm::digest_with;
use crate::canonical::{Subtree, exclusive};
use crate::profile::{KeyHint, Reference, Signature, Token};
use crate::soap::{DS, SOAP, Soap, is_smev};
use crate::tree::{Element, Tree};
use crate::{ACTOR_RECIPIENT, ACTOR_SMEV, Error};

/// What a signature is, by its place (glossary: ЭП-ОВ, ЭП-СМЭВ, ЭП-СП).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// ЭП-ОВ: of an information system, in the Security block with actor `…/smev`.
    SystemSignature,
    /// ЭП-СМЭВ: of a node, in the Security block with actor `…/recipient`.
    NodeSignature,
    /// ЭП-СП: of an official, in AppData.
    OfficialSignature,
    /// Anything else.
    Other,
}

/// Whether a step of the check holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Ok,
    /// It does not hold, or could not be judged.
    Bad,
}

/// One signature of a document.
#[derive(Debug)]
pub struct Inspection {
    /// Actor of the Security block it stands in.
    pub actor: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// Name of the signature algorithm; the URI when unknown.
    pub algorithm: String,
    /// What its references point to: parts by name, or the URI when it resolves to nothing.
    pub covers: Vec<String>,
    /// Whether every reference digest holds.
    pub digests: Outcome,
    /// Whether SignatureValue belongs to SignedInfo and the certificate in the message.
    pub value: Outcome,
    /// The certificate in the message.
    pub certificate: Option<Certificate>,
    /// The first thing wrong.
    pub problem: Option<Error>,
}

/// See [`crate::Document::inspect`].
pub(crate) fn inspect(tree: &Tree) -> Vec<Inspection> {
    let soap = Soap::find(tree).ok();
    tree.elements()
        .filter(|element| element.is(DS, "Signature"))
        .map(|element| inspect_one(tree, soap.as_ref(), element))
        .collect()
}

fn inspect_one<'d>(tree: &'d Tree, soap: Option<&Soap<'d>>, element: Element<'d>) -> Inspection {
    let (kind, actor) = place(soap, element);
    let mut inspection = Inspection {
        actor,
        kind,
        algorithm: String::new(),
        covers: Vec::new(),
        digests: Outcome::Bad,
        value: Outcome::Bad,
        certificate: None,
        problem: None,
    };
    match Signature::read(element) {
        Ok(signature) => judge_parts(tree, soap, &signature, &mut inspection),
        Err(error) => inspection.problem = Some(error),
    }
    inspection
}

fn judge_parts<'d>(tree: &'d Tree, soap: Option<&Soap<'d>>, signature: &Signature<'d>, inspection: &mut Inspection) {
    inspection.covers = signature.references.iter().map(|reference| covers(tree, soap, *reference)).collect();
    inspection.algorithm = match (signature.method(), signature.method_uri()) {
        (Ok(algorithm), _) => algorithm.label().to_owned(),
        (Err(_), uri) => uri.unwrap_or_default().to_owned(),
    };
    let mut problem = None;
    let mut note = |result: Result<(), Error>| match result {
        Ok(()) => Outcome::Ok,
        Err(error) => {
            problem.get_or_insert(error);
            Outcome::Bad
        }
    };
    inspection.digests = signature
        .references
        .iter()
        .map(|reference| note(check_digest(tree, soap, signature, *reference)))
        .fold(Outcome::Ok, |all, one| if one == Outcome::Ok { all } else { Outcome::Bad });
    inspection.value = match certificate(tree, signature) {
        Ok(certificate) => {
            let outcome = note(check_value(tree, signature, &certificate));
            inspection.certificate = Some(certificate);
            outcome
        }
        Err(error) => note(Err(error)),
    };
    inspection.problem = problem;
}

/// Kind and actor by position.
pub(crate) fn place<'d>(soap: Option<&Soap<'d>>, element: Element<'d>) -> (Kind, Option<String>) {
    let block = element.parent().filter(|parent| soap.is_some_and(|soap| soap.is_security(*parent)));
    if let Some(block) = block {
        let actor = block.attribute(SOAP, "actor");
        let kind = match actor {
            Some(ACTOR_SMEV) => Kind::SystemSignature,
            Some(ACTOR_RECIPIENT) => Kind::NodeSignature,
            _ => Kind::Other,
        };
        return (kind, actor.map(str::to_owned));
    }
    let official = element.ancestors().any(|ancestor| is_smev(ancestor, "AppData"));
    (if official { Kind::OfficialSignature } else { Kind::Other }, None)
}

fn covers<'d>(tree: &'d Tree, soap: Option<&Soap<'d>>, reference: Element<'d>) -> String {
    let uri = Reference::uri(reference);
    match (uri.strip_prefix('#').map(|id| tree.by_id(id)), soap) {
        (Some(Ok(target)), Some(soap)) => soap.part_of(target.element).to_string(),
        (Some(Ok(target)), None) => target.element.expanded_name(),
        _ => uri.to_owned(),
    }
}

fn check_digest<'d>(
    tree: &'d Tree,
    soap: Option<&Soap<'d>>,
    signature: &Signature<'d>,
    reference: Element<'d>,
) -> Result<(), Error> {
    let read = Reference::read(reference)?;
    let apex = tree.by_id(read.id)?.element;
    let subtree = Subtree { apex, without: read.enveloped.then_some(signature.element) };
    let octets = exclusive(tree, &subtree, &read.prefixes)?;
    if digest_with(read.digest_algorithm, &octets) == read.digest {
        return Ok(());
    }
    let part = soap.map_or_else(|| crate::Part::Other(apex.expanded_name()), |soap| soap.part_of(apex));
    Err(Error::WrongDigest { part })
}

/// The certificate KeyInfo points to, wherever in the document it is.
fn certificate(tree: &Tree, signature: &Signature<'_>) -> Result<Certificate, Error> {
    let der = match signature.key()? {
        KeyHint::Certificate(der) => der,
        KeyHint::Token(id) => {
            let bearer = tree.by_id(id).map_err(|_| Error::TokenNotFound)?.element;
            Token::of(bearer).ok_or(Error::TokenNotFound)?.certificate()?
        }
    };
    Certificate::from_der(&der).map_err(Error::BadCertificate)
}

fn check_value(tree: &Tree, signature: &Signature<'_>, certificate: &Certificate) -> Result<(), Error> {
    let prefixes = signature.prefixes()?;
    let algorithm: Algorithm = signature.method()?;
    let value = signature.value(algorithm)?;
    if certificate.public_key().algorithm() != algorithm {
        return Err(Error::AlgorithmDoesNotFitKey);
    }
    let octets = exclusive(tree, &Subtree { apex: signature.signed_info, without: None }, &prefixes)?;
    certificate.public_key().verify(&octets, &value).map_err(|_| Error::WrongSignature)
}
