//! Verification of the signature of one Security block under a policy.
//!
//! The way: find the block, read its signature strictly (`profile`), ask the caller for trust, pin every reference to its node, and only
//! then let libxmlsec1 (`judge`) digest and check. What it digested is what the caller gets.

use pki::{Algorithm, Certificate};

use crate::judge::{Judgement, judge};
use crate::profile::Reference;
use crate::security::Security;
use crate::soap::Soap;
use crate::tree::{Element, Tree};
use crate::{Actor, DigestAlgorithm, Distrust, Error, Part};

/// Which signature algorithms are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithms {
    /// GOST R 34.10-2001, 2012-256, 2012-512.
    Gost,
    /// Also RSA-SHA256 and ECDSA-SHA256: test contours only.
    GostAndTest,
}

/// What is demanded of a signature. There is no default: the caller decides, never the message.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Whose Security block is verified.
    pub actor: Actor,
    /// Parts that must be covered, by node identity.
    pub cover: &'static [Part],
    /// Accepted algorithms.
    pub algorithms: Algorithms,
}

/// A signature that holds.
#[derive(Debug, Clone)]
#[must_use]
pub struct Verified {
    /// The signer, as the caller's trust gave it.
    pub certificate: Certificate,
    /// The algorithm of the signature.
    pub algorithm: Algorithm,
    /// Octets of SignatureValue: only the signer can make others over the same text.
    pub value: Vec<u8>,
    /// What is covered, in the order of the references.
    pub covered: Vec<Covered>,
}

/// One covered part.
#[derive(Debug, Clone)]
pub struct Covered {
    /// Which part.
    pub part: Part,
    /// The id the reference names.
    pub id: String,
    /// The canonical octets that were digested.
    pub octets: Vec<u8>,
    /// The digest algorithm of the reference.
    pub digest_algorithm: DigestAlgorithm,
    /// The digest, 32 or 64 octets.
    pub digest: Vec<u8>,
    /// Whether `octets` are the plain exclusive canonical form (no PrefixList, nothing cut out), so that the digest serves a signature of
    /// our own over the same part.
    pub plain: bool,
}

/// The caller's trust: from the DER in the message to the registered certificate.
pub(crate) type Trust<'a> = dyn Fn(&[u8]) -> Result<Certificate, Distrust> + 'a;

/// A reference and the node it is about.
struct Pinned<'d> {
    reference: Reference<'d>,
    element: Element<'d>,
    part: Part,
}

/// See [`crate::Document::verify`].
pub(crate) fn verify(tree: &Tree, policy: &Policy, trust: &Trust<'_>) -> Result<Verified, Error> {
    let soap = Soap::find(tree)?;
    let security = Security::find(tree, &soap, policy.actor)?;
    let signature = &security.signature;
    signature.prefixes()?;
    let algorithm = signature.method()?;
    if policy.algorithms == Algorithms::Gost && !algorithm.is_gost() {
        return Err(Error::UnknownAlgorithm { uri: signature.method_uri()?.to_owned() });
    }
    let value = signature.value(algorithm)?;
    let pinned = pin(tree, &soap, &signature.references)?;
    check_digests(algorithm, &pinned, policy.algorithms)?;
    check_coverage(policy, &pinned)?;

    let certificate = trust(&security.certificate()?).map_err(Error::Distrusted)?;
    if certificate.public_key().algorithm() != algorithm {
        return Err(Error::AlgorithmDoesNotFitKey);
    }
    let (parts, references): (Vec<_>, Vec<_>) =
        pinned.into_iter().map(|pinned| ((pinned.part, pinned.element), pinned.reference)).unzip();
    let judgement = judge(signature, algorithm, &references, &certificate)?;
    let covered = conclude(judgement, parts, references, signature.element)?;
    Ok(Verified { certificate, algorithm, value, covered })
}

/// Resolves every reference to a node, and makes libxml2 resolve it to the same.
fn pin<'d>(tree: &'d Tree, soap: &Soap<'d>, references: &[Element<'d>]) -> Result<Vec<Pinned<'d>>, Error> {
    let mut pinned: Vec<Pinned<'d>> = Vec::with_capacity(references.len());
    for reference in references {
        let reference = Reference::read(*reference)?;
        let target = tree.by_id(reference.id)?;
        tree.bind_id(reference.id, target)?;
        if pinned.iter().any(|other| other.element == target.element) {
            return Err(Error::BadSecurity { what: "two references to one element" });
        }
        let part = soap.part_of(target.element);
        pinned.push(Pinned { reference, element: target.element, part });
    }
    Ok(pinned)
}

/// GOST R 34.11-94 goes with GOST R 34.10-2001 only, SHA-256 with the test algorithms only.
fn check_digests(algorithm: Algorithm, pinned: &[Pinned<'_>], allowed: Algorithms) -> Result<(), Error> {
    for digest in pinned.iter().map(|pinned| pinned.reference.digest_algorithm) {
        let fits = match digest {
            DigestAlgorithm::Gost94 => algorithm == Algorithm::Gost2001,
            DigestAlgorithm::Streebog256 | DigestAlgorithm::Streebog512 => true,
            DigestAlgorithm::Sha256 => allowed == Algorithms::GostAndTest && !algorithm.is_gost(),
        };
        if !fits {
            return Err(Error::AlgorithmDoesNotFitKey);
        }
    }
    Ok(())
}

fn check_coverage(policy: &Policy, pinned: &[Pinned<'_>]) -> Result<(), Error> {
    for part in policy.cover {
        if !pinned.iter().any(|pinned| pinned.part == *part) {
            return Err(match part {
                Part::Body => Error::BodyNotSigned,
                part => Error::PartNotSigned { part: part.clone() },
            });
        }
    }
    Ok(())
}

fn conclude(
    judgement: Judgement,
    parts: Vec<(Part, Element<'_>)>,
    references: Vec<Reference<'_>>,
    signature: Element<'_>,
) -> Result<Vec<Covered>, Error> {
    let mut covered = Vec::with_capacity(references.len());
    let mut judged = judgement.references.into_iter();
    for ((part, element), reference) in parts.into_iter().zip(references) {
        let judged = judged.next().ok_or(Error::Internal { what: "libxmlsec1 left a reference out" })?;
        if !judged.holds {
            return Err(Error::WrongDigest { part });
        }
        if judged.octets.is_empty() {
            return Err(Error::BadSecurity { what: "a signed part has no canonical form" });
        }
        let cut = reference.enveloped && signature.ancestors().any(|ancestor| ancestor == element);
        covered.push(Covered {
            part,
            id: reference.id.to_owned(),
            octets: judged.octets,
            digest_algorithm: reference.digest_algorithm,
            digest: reference.digest,
            plain: reference.prefixes.is_empty() && !cut,
        });
    }
    if judgement.value { Ok(covered) } else { Err(Error::WrongSignature) }
}
