//! Signatures of officials (ЭП-СП): every ds:Signature inside AppData, judged by libxmlsec1 under the strict profile (protocol §5.1).
//!
//! Such a signature is made over business content before there is an envelope, and services put their own ones deeper inside. So the answer
//! is a finding about each of them, never an error of the message, and a reference that leads nowhere is told apart from a broken one. Trust
//! is not asked. Nothing is fetched: a reference resolves inside of the message or not at all.

use pki::{Algorithm, Certificate};

use crate::judge::{Judged, judge};
use crate::profile::{KeyHint, Reference, Signature};
use crate::soap::{DS, Soap, is_smev};
use crate::tree::{Element, Tree};
use crate::{DigestAlgorithm, Error};

/// The most signatures of a message that are judged.
const SIGNATURES_MAX: usize = 16;
/// The most work spent on them, in octets digested; going past one element counts as [`ELEMENT_COST`] of them. The first signature is
/// judged whatever it costs: no more than the signature of the message does.
const COST_MAX: usize = 8 << 20;
/// What canonicalization does at each element of the document, however small the part is, in octets digested.
const ELEMENT_COST: usize = 64;
/// The longest path shown, in characters.
const PATH_CHARS: usize = 200;

/// What is known of one signature inside AppData.
#[derive(Debug)]
pub struct Official {
    /// Whether it holds, or why that cannot be said.
    pub outcome: OfficialOutcome,
    /// What its references point to, in their order, as far as they resolve.
    pub covers: Vec<OfficialPart>,
    /// Algorithm of the signature, when it is a known one.
    pub algorithm: Option<Algorithm>,
    /// The certificate in KeyInfo.
    pub certificate: Option<Certificate>,
}

/// An element that a reference points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficialPart {
    /// Expanded name, `{namespace}local`.
    pub name: String,
    /// Local names from the root down, joined by `/`; shortened at its beginning.
    pub path: String,
    /// Where it stands to AppData.
    pub reach: Reach,
}

/// How much of the content a reference covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// The AppData that the signature stands in.
    AppData,
    /// An element around that AppData.
    Around,
    /// An element inside that AppData: the rest of it may be anybody's.
    Inside,
    /// Neither: another part of the message, which says nothing about this content.
    Elsewhere,
}

/// Whether a signature holds.
#[derive(Debug)]
pub enum OfficialOutcome {
    /// Digests and value hold by the key of the certificate.
    Holds,
    /// A covered part was changed after it was signed, or stood somewhere else then.
    WrongDigest,
    /// SignatureValue does not belong to SignedInfo and the certificate.
    WrongValue,
    /// A method or transform outside the closed list.
    Unknown {
        /// The Algorithm as written.
        uri: String,
    },
    /// A reference to nothing in this envelope: `URI=""` means the document it was signed as, which is not this one; or an absent id.
    NotHere,
    /// Two elements carry the id it names.
    Ambiguous,
    /// No X509Certificate in KeyInfo, or several.
    NoCertificate,
    /// The certificate cannot be used.
    BadCertificate(pki::Error),
    /// The methods are not those of the key in the certificate.
    AlgorithmDoesNotFitKey,
    /// It departs from the profile.
    Malformed {
        /// What departs.
        what: &'static str,
    },
    /// Not judged: the message has more signatures, or larger ones, than are judged.
    OutOfBounds,
}

/// See [`crate::Document::officials`].
pub(crate) fn officials(tree: &Tree) -> Vec<Official> {
    if Soap::find(tree).is_err() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut spent = 0;
    let elements = std::cell::LazyCell::new(|| tree.elements().count());
    for element in tree.elements().filter(|element| element.is(DS, "Signature")) {
        let Some(data) = element.ancestors().find(|ancestor| is_smev(*ancestor, "AppData")) else { continue };
        if found.len() == SIGNATURES_MAX {
            found.push(Official::new(OfficialOutcome::OutOfBounds));
            break;
        }
        let price = elements.saturating_mul(ELEMENT_COST);
        if !found.is_empty() && price.saturating_add(spent) > COST_MAX {
            found.push(Official::new(OfficialOutcome::OutOfBounds));
            continue;
        }
        let mut official = Official::new(OfficialOutcome::Holds);
        match judge_one(tree, element, data, &mut official) {
            Ok(digested) => spent += digested + price,
            Err(outcome) => {
                official.outcome = outcome;
                spent += price;
            }
        }
        found.push(official);
    }
    found
}

impl Official {
    fn new(outcome: OfficialOutcome) -> Self {
        Self { outcome, covers: Vec::new(), algorithm: None, certificate: None }
    }
}

/// Fills `official` as far as the signature is understood; octets digested, or why it does not hold.
fn judge_one<'d>(
    tree: &'d Tree,
    element: Element<'d>,
    data: Element<'d>,
    official: &mut Official,
) -> Result<usize, OfficialOutcome> {
    let signature = Signature::read(element)?;
    let algorithm = signature.method();
    official.algorithm = algorithm.as_ref().ok().copied();
    let mut targets: Vec<Element<'d>> = Vec::new();
    for reference in &signature.references {
        let target = resolve(tree, *reference)?;
        official.covers.push(part(target, data));
        if targets.contains(&target) {
            return Err(OfficialOutcome::Malformed { what: "two references to one element" });
        }
        targets.push(target);
    }
    let algorithm = algorithm?;
    signature.prefixes()?;
    signature.value(algorithm)?;
    let references: Vec<_> = signature.references.iter().map(|one| Reference::read(*one)).collect::<Result<_, _>>()?;
    for reference in &references {
        tree.bind_id(reference.id, tree.by_id(reference.id)?)?;
    }
    if !references.iter().all(|reference| fits(algorithm, reference.digest_algorithm)) {
        return Err(OfficialOutcome::AlgorithmDoesNotFitKey);
    }
    let KeyHint::Certificate(der) = signature.key()? else {
        return Err(OfficialOutcome::NoCertificate);
    };
    let certificate = Certificate::from_der(&der).map_err(OfficialOutcome::BadCertificate)?;
    official.certificate = Some(certificate.clone());
    if certificate.public_key().algorithm() != algorithm {
        return Err(OfficialOutcome::AlgorithmDoesNotFitKey);
    }
    let judgement = judge(&signature, algorithm, &references, &certificate)?;
    official.outcome = verdict(&judgement.references, references.len(), judgement.value);
    Ok(judgement.references.iter().map(|judged| judged.octets.len()).sum())
}

fn verdict(judged: &[Judged], references: usize, value: bool) -> OfficialOutcome {
    if judged.iter().any(|one| one.holds && one.octets.is_empty()) {
        return OfficialOutcome::Malformed { what: "a signed part has no canonical form" };
    }
    // libxmlsec1 stops at the first wrong digest.
    match judged.len() == references && judged.iter().all(|one| one.holds) {
        false => OfficialOutcome::WrongDigest,
        true if value => OfficialOutcome::Holds,
        true => OfficialOutcome::WrongValue,
    }
}

/// The element a reference names. Its form is read later: where it leads decides more than how it is written.
fn resolve<'d>(tree: &'d Tree, reference: Element<'d>) -> Result<Element<'d>, OfficialOutcome> {
    let id = Reference::uri(reference).strip_prefix('#').ok_or(OfficialOutcome::NotHere)?;
    Ok(tree.by_id(id)?.element)
}

fn part<'d>(target: Element<'d>, data: Element<'d>) -> OfficialPart {
    let reach = if target == data {
        Reach::AppData
    } else if data.ancestors().any(|ancestor| ancestor == target) {
        Reach::Around
    } else if target.ancestors().any(|ancestor| ancestor == data) {
        Reach::Inside
    } else {
        Reach::Elsewhere
    };
    let mut names: Vec<&str> = target.ancestors().map(Element::local).collect();
    names.reverse();
    OfficialPart { name: shortened(&target.expanded_name()), path: shortened(&names.join("/")), reach }
}

/// The end of a text that its writer made as long as he liked.
fn shortened(text: &str) -> String {
    let letters = text.chars().count();
    if letters <= PATH_CHARS {
        return text.to_owned();
    }
    ['…'].into_iter().chain(text.chars().skip(letters - PATH_CHARS + 1)).collect()
}

/// GOST R 34.11-94 goes with GOST R 34.10-2001 only, SHA-256 with the test algorithms only.
fn fits(algorithm: Algorithm, digest: DigestAlgorithm) -> bool {
    match digest {
        DigestAlgorithm::Gost94 => algorithm == Algorithm::Gost2001,
        DigestAlgorithm::Streebog256 | DigestAlgorithm::Streebog512 => true,
        DigestAlgorithm::Sha256 => !algorithm.is_gost(),
    }
}

impl From<Error> for OfficialOutcome {
    /// What the profile and the tree say of one signature. The rest arises elsewhere: it would be a mistake of ours, and is told as such.
    fn from(error: Error) -> Self {
        match error {
            Error::UnknownAlgorithm { uri } | Error::UnknownTransform { uri } => Self::Unknown { uri: shortened(&uri) },
            Error::UnresolvedReference { .. } => Self::NotHere,
            Error::DuplicateId { .. } => Self::Ambiguous,
            Error::TokenNotFound | Error::TokenType { .. } | Error::SeveralCertificates => Self::NoCertificate,
            Error::BadCertificate(error) => Self::BadCertificate(error),
            Error::AlgorithmDoesNotFitKey => Self::AlgorithmDoesNotFitKey,
            Error::BadSecurity { what } | Error::Internal { what } => Self::Malformed { what },
            Error::Malformed { .. }
            | Error::CanonicalFormTooLarge { .. }
            | Error::DoctypeForbidden
            | Error::NotSoap
            | Error::SignatureNotFound { .. }
            | Error::SeveralSecurity { .. }
            | Error::SeveralSignatures
            | Error::BodyNotSigned
            | Error::PartNotSigned { .. }
            | Error::WrongDigest { .. }
            | Error::WrongSignature
            | Error::Distrusted(_)
            | Error::CannotSign(_) => Self::Malformed { what: "it could not be judged" },
        }
    }
}
