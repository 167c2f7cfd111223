//! One signature explained: what it says, what holds of it, and what was caught.

use pki::Certificate;

use super::budget::Purse;
use super::digests::{self, Expected};
use super::reading::{self, Reference, Signature};
use super::{Cause, Explained, ExplainedReference, Finding, Place, Question, difference, digest_values, edits, values};
use crate::algorithm::{SMEV3_TRANSFORM, digest_with};
use crate::canonical::{Subtree, exclusive};
use crate::inspect::place;
use crate::profile;
use crate::soap::Soap;
use crate::tree::{Element, Tree};
use crate::verify::verify;
use crate::{Actor, DigestAlgorithm, Error, Kind, Outcome, Part, Policy};

/// What every signature of a message is judged against.
pub(super) struct Context<'a, 'd> {
    pub(super) tree: &'d Tree,
    pub(super) soap: Option<&'a Soap<'d>>,
    pub(super) message: &'a str,
    pub(super) question: &'a Question<'a>,
}

/// A reference with what it resolves to.
struct Resolved<'d> {
    reference: Reference<'d>,
    apex: Option<Element<'d>>,
    /// Canonical octets of the apex.
    octets: Option<Vec<u8>>,
    expected: Expected,
    algorithm: DigestAlgorithm,
    found: Option<Vec<u8>>,
}

impl Resolved<'_> {
    fn holds(&self) -> bool {
        self.found.as_ref().is_some_and(|found| self.expected.is(found))
    }
}

/// Explains the ds:Signature `element`.
pub(super) fn explain<'d>(context: &Context<'_, 'd>, element: Element<'d>, purse: &mut Purse) -> Explained {
    let (kind, actor) = place(context.soap, element);
    let mut told = Explained {
        kind,
        actor,
        line: element.line(),
        algorithm: String::new(),
        certificate: reading::certificate(context.tree, element),
        references: Vec::new(),
        signed_info: None,
        value: Outcome::Bad,
        holds: false,
        findings: Vec::new(),
    };
    let strict = strictly(context, kind, element);
    told.holds = strict.is_none();
    match Signature::read(element) {
        Some(signature) => judge(context, &signature, &mut told, purse),
        None => told.holds = false,
    }
    if let Some(error) = strict {
        let form = form(context, element, error, &told);
        told.findings.extend(form.map(|cause| Finding::of(cause, Place::Form)));
    }
    let distrust = told.certificate.as_ref().and_then(|certificate| (context.question.trust)(certificate, kind));
    told.findings.extend(distrust.map(|distrust| Finding::of(Cause::Distrusted(distrust), Place::Certificate)));
    told.findings.sort_by_key(|finding| finding.cause.is_remark());
    told
}

/// The first thing that the profile has against it, for the bus's own signatures also the arithmetic; trust aside.
fn strictly<'d>(context: &Context<'_, 'd>, kind: Kind, element: Element<'d>) -> Option<Error> {
    let (actor, cover): (_, &'static [Part]) = match kind {
        Kind::SystemSignature => (Actor::Sender, &[Part::Body]),
        Kind::NodeSignature => (Actor::Recipient, &[Part::Header, Part::Body]),
        Kind::OfficialSignature | Kind::Other => {
            return departure(context.tree, element).err();
        }
    };
    let policy = Policy { actor, cover, algorithms: context.question.algorithms };
    let anybody = |der: &[u8]| Certificate::from_der(der).map_err(crate::Distrust::BadCertificate);
    verify(context.tree, &policy, &anybody).err().map(|error| match error {
        Error::Distrusted(crate::Distrust::BadCertificate(error)) => Error::BadCertificate(error),
        error => error,
    })
}

/// The form alone: what is digested here is not digested twice.
fn departure<'d>(tree: &'d Tree, element: Element<'d>) -> Result<(), Error> {
    let signature = profile::Signature::read(element)?;
    signature.prefixes()?;
    let method = signature.method()?;
    signature.value(method)?;
    for reference in &signature.references {
        tree.by_id(profile::Reference::read(*reference)?.id)?;
    }
    signature.key().map(drop)
}

fn judge<'d>(context: &Context<'_, 'd>, signature: &Signature<'d>, told: &mut Explained, purse: &mut Purse) {
    let method = signature.method();
    told.algorithm = method.map_or_else(|| signature.method_uri.to_owned(), |method| method.label().to_owned());
    let fallback = told.certificate.as_ref().map(|certificate| certificate.public_key().algorithm()).or(method);
    let fallback = fallback.map_or(DigestAlgorithm::Streebog256, DigestAlgorithm::of);
    let references = reading_references(signature);
    let resolved: Vec<_> =
        references.into_iter().map(|reference| resolve(context, signature, reference, fallback, purse)).collect();
    told.signed_info = canonical(context.tree, signature.signed_info, None, &signature.prefixes, purse);
    let value = told.certificate.as_ref().zip(told.signed_info.as_ref()).is_some_and(|(certificate, octets)| {
        let value = values::Values::read(&signature.value, certificate.public_key().algorithm());
        value.right().is_some_and(|value| certificate.public_key().verify(octets, value).is_ok())
    });
    told.value = if value { Outcome::Ok } else { Outcome::Bad };
    let altered = if value { None } else { altered_digest(context, signature, &resolved, told, purse) };
    for (number, one) in resolved.iter().enumerate().filter(|(_, one)| altered.is_none() || one.holds()) {
        let findings = of_reference(context, signature, one, told, purse);
        told.findings
            .extend(findings.into_iter().map(|finding| Finding { place: Place::Reference(number), ..finding }));
    }
    match altered {
        Some(finding) => told.findings.push(finding),
        None if value => {}
        None => {
            told.findings.extend(of_value(context, signature, &resolved, told, purse));
            suspect_reformatting(&resolved, &mut told.findings);
            suspect_renaming(&mut told.findings);
        }
    }
    told.holds &= value && resolved.iter().all(Resolved::holds);
    told.references = resolved.into_iter().map(|one| tell(context, one)).collect();
}

fn reading_references<'d>(signature: &Signature<'d>) -> Vec<Reference<'d>> {
    Signature::read(signature.element).map(|signature| signature.references).unwrap_or_default()
}

fn canonical<'d>(
    tree: &'d Tree,
    apex: Element<'d>,
    without: Option<Element<'d>>,
    prefixes: &[&str],
    purse: &mut Purse,
) -> Option<Vec<u8>> {
    if purse.is_empty() {
        return None;
    }
    let octets = exclusive(tree, &Subtree { apex, without }, prefixes).ok()?;
    purse.octets(octets.len()).then_some(octets)
}

fn resolve<'d>(
    context: &Context<'_, 'd>,
    signature: &Signature<'d>,
    reference: Reference<'d>,
    fallback: DigestAlgorithm,
    purse: &mut Purse,
) -> Resolved<'d> {
    let apex = match reference.uri.strip_prefix('#') {
        Some(id) => context.tree.bearers(id).next(),
        None => reference.uri.is_empty().then(|| context.tree.root().ok()).flatten(),
    };
    let without = reference.enveloped().then_some(signature.element);
    let octets = apex.and_then(|apex| canonical(context.tree, apex, without, &reference.prefixes, purse));
    let algorithm = reference.digest_algorithm().unwrap_or(fallback);
    let found = octets.as_ref().map(|octets| digest_with(algorithm, octets));
    Resolved { expected: Expected::read(&reference.digest), reference, apex, octets, algorithm, found }
}

fn part_of(context: &Context<'_, '_>, apex: Element<'_>) -> Part {
    context.soap.map_or_else(|| Part::Other(apex.expanded_name()), |soap| soap.part_of(apex))
}

fn of_reference<'d>(
    context: &Context<'_, 'd>,
    signature: &Signature<'d>,
    one: &Resolved<'d>,
    told: &Explained,
    purse: &mut Purse,
) -> Vec<Finding> {
    let finding = |cause| Finding::of(cause, Place::Form);
    if one.reference.transforms.contains(&SMEV3_TRANSFORM) {
        return vec![finding(Cause::Smev3)];
    }
    let id = one.reference.uri.trim_start_matches('#');
    let bearers: Vec<_> = context.tree.bearers(id).take(8).collect();
    if bearers.len() > 1 && context.tree.by_id(id).is_err() {
        return vec![finding(duplicate(context, one, &bearers, purse))];
    }
    let (Some(apex), Some(octets)) = (one.apex, &one.octets) else {
        let cause = if one.apex.is_none() { Cause::UnresolvedId { id: id.to_owned() } } else { Cause::NotAllTried };
        return vec![finding(cause)];
    };
    if one.holds() {
        return remarks(one, apex, octets, purse).into_iter().map(finding).collect();
    }
    let mut trials = digests::Trials {
        tree: context.tree,
        message: context.message,
        signature: signature.element,
        reference: &one.reference,
        apex,
        octets,
        expected: &one.expected,
        algorithm: one.algorithm,
        purse,
    };
    match trials.run() {
        Some(caught) => {
            let cut = one.reference.enveloped().then_some(signature.element);
            let difference = (caught.octets != *octets)
                .then(|| difference::first(context.tree, apex, cut, octets, &caught.octets))
                .flatten();
            let first =
                Finding { difference, octets: Some(caught.octets), ..finding(stand_alone(caught.cause, told.kind)) };
            std::iter::once(first).chain(caught.spelling.map(finding)).collect()
        }
        // Honest messages are indented too. But what writes a whole message anew spoils SignedInfo as well.
        None if told.value == Outcome::Bad && std::str::from_utf8(octets).is_ok_and(edits::is_indented) => {
            vec![finding(Cause::LooksReformatted)]
        }
        None => vec![finding(Cause::Changed { part: part_of(context, apex) })],
    }
}

/// A signature of the content that holds over an element of the content is no fault of the message (protocol §5.1).
fn stand_alone(cause: Cause, kind: Kind) -> Cause {
    match (cause, kind) {
        (Cause::OtherElementDigested { element }, Kind::OfficialSignature) => Cause::StandAlone { element },
        (cause, _) => cause,
    }
}

/// Which of the bearers of an id is the signed one.
fn duplicate(context: &Context<'_, '_>, one: &Resolved<'_>, bearers: &[Element<'_>], purse: &mut Purse) -> Cause {
    let signed = bearers.iter().find(|bearer| {
        let subtree = Subtree { apex: **bearer, without: None };
        let octets = exclusive(context.tree, &subtree, &one.reference.prefixes).unwrap_or_default();
        purse.octets(octets.len()) && one.expected.is(&digest_with(one.algorithm, &octets))
    });
    Cause::DuplicateId {
        id: one.reference.uri.trim_start_matches('#').to_owned(),
        lines: bearers.iter().map(|bearer| bearer.line()).collect(),
        signed: signed.map(|bearer| bearer.line()),
    }
}

/// What is strange in a part whose digest holds.
fn remarks<'d>(one: &Resolved<'d>, apex: Element<'d>, octets: &[u8], purse: &mut Purse) -> Vec<Cause> {
    if !purse.octets(octets.len()) {
        return Vec::new();
    }
    let text = std::str::from_utf8(octets).unwrap_or_default();
    let lost = digests::lost_prefixes(apex, &one.reference.prefixes, text);
    lost.into_iter().map(|prefix| Cause::NamespaceLost { prefix: prefix.to_owned(), namespace: None }).collect()
}

fn of_value<'d>(
    context: &Context<'_, 'd>,
    signature: &Signature<'d>,
    resolved: &[Resolved<'d>],
    told: &Explained,
    purse: &mut Purse,
) -> Vec<Finding> {
    let (Some(certificate), Some(octets)) = (&told.certificate, &told.signed_info) else { return Vec::new() };
    let parts = resolved.iter().filter_map(|one| Some((part_of(context, one.apex?), one.octets.as_deref()?)));
    let mut trials = values::Trials {
        tree: context.tree,
        message: context.message,
        signature,
        octets,
        certificate,
        parts: parts.collect(),
        purse,
    };
    let finding = |cause| Finding::of(cause, Place::Value);
    match trials.run() {
        Some(caught) => {
            let signed = caught.octets.as_deref();
            let difference =
                signed.and_then(|signed| difference::first(context.tree, signature.signed_info, None, octets, signed));
            let first = Finding { difference, octets: caught.octets, ..finding(caught.cause) };
            std::iter::once(first).chain(caught.order.map(finding)).collect()
        }
        None => vec![finding(Cause::WrongValue)],
    }
}

/// DigestValue changed and the part did not: the value holds over SignedInfo with the digests of the parts as they stand.
fn altered_digest<'d>(
    context: &Context<'_, 'd>,
    signature: &Signature<'d>,
    resolved: &[Resolved<'d>],
    told: &Explained,
    purse: &mut Purse,
) -> Option<Finding> {
    let (certificate, octets) = (told.certificate.as_ref()?, told.signed_info.as_ref()?);
    let computed: Vec<_> = resolved.iter().map(|one| one.found.as_deref().filter(|_| !one.holds())).collect();
    let signed = digest_values::with_digests(std::str::from_utf8(octets).ok()?, &computed)?.into_bytes();
    let values = values::Values::read(&signature.value, certificate.public_key().algorithm());
    let value = values.right().filter(|_| purse.value(signed.len()))?;
    certificate.public_key().verify(&signed, value).ok()?;
    let difference = difference::first(context.tree, signature.signed_info, None, octets, &signed);
    Some(Finding { difference, octets: Some(signed), ..Finding::of(Cause::DigestValueChanged, Place::Value) })
}

/// What took the proved white space out of SignedInfo has gone over a part without any, most likely.
fn suspect_reformatting(resolved: &[Resolved<'_>], findings: &mut [Finding]) {
    if !findings.iter().any(|finding| matches!(finding.cause, Cause::SignedInfoReformatted)) {
        return;
    }
    for finding in findings {
        let Place::Reference(number) = finding.place else { continue };
        let octets = resolved.get(number).and_then(|one| one.octets.as_deref()).unwrap_or_default();
        if matches!(finding.cause, Cause::Changed { .. }) && std::str::from_utf8(octets).is_ok_and(edits::is_flat) {
            finding.cause = Cause::LooksReformatted;
        }
    }
}

/// What gave SignedInfo a prefix of its own has given several to the part, most likely: more than one at a time is not tried.
fn suspect_renaming(findings: &mut [Finding]) {
    let renamed =
        |finding: &Finding| finding.place == Place::Value && matches!(finding.cause, Cause::PrefixChanged { .. });
    if !findings.iter().any(renamed) {
        return;
    }
    for finding in findings {
        if matches!(finding.cause, Cause::Changed { .. } | Cause::LooksReformatted) {
            finding.cause = Cause::LooksRenamed;
        }
    }
}

/// What the strict reading says beyond what the trials have found.
fn form(context: &Context<'_, '_>, element: Element<'_>, error: Error, told: &Explained) -> Option<Cause> {
    const SPELLED: [&str; 3] =
        ["a value is not base64", "SignatureValue has a wrong length", "DigestValue has a wrong length"];
    let found = |wanted: &str| told.findings.iter().any(|finding| finding.cause.name() == wanted);
    match error {
        Error::WrongDigest { .. } | Error::WrongSignature => None,
        Error::UnknownTransform { uri } if uri == SMEV3_TRANSFORM => None,
        Error::UnknownTransform { uri } => Some(Cause::UnknownTransform { uri }),
        Error::UnknownAlgorithm { uri } => Some(Cause::UnknownAlgorithm { uri }),
        Error::AlgorithmDoesNotFitKey => misfit(element, told),
        Error::DuplicateId { .. } if found("duplicate-id") => None,
        Error::DuplicateId { id } => {
            let lines = context.tree.bearers(&id).take(8).map(Element::line).collect();
            Some(Cause::DuplicateId { id, lines, signed: None })
        }
        Error::UnresolvedReference { .. } if found("unresolved-id") => None,
        Error::UnresolvedReference { id } => Some(Cause::UnresolvedId { id }),
        Error::BodyNotSigned => Some(Cause::BodyNotReferenced),
        Error::BadSecurity { what } if SPELLED.contains(&what) && !told.findings.is_empty() => None,
        // A signature of the content refers to what it was made over, and the profile has no word for that.
        Error::BadSecurity { .. } if found("stand-alone") => None,
        error => Some(Cause::Profile(error)),
    }
}

/// Which method does not fit: that of the signature, or that of a digest.
fn misfit(element: Element<'_>, told: &Explained) -> Option<Cause> {
    let (signature, key) = (Signature::read(element)?, told.certificate.as_ref()?.public_key().algorithm());
    let uri = if signature.method() == Some(key) {
        let wanted = DigestAlgorithm::of(key);
        signature.references.iter().find(|reference| reference.digest_algorithm() != Some(wanted))?.digest_uri
    } else {
        signature.method_uri
    };
    Some(Cause::AlgorithmDoesNotFitKey { uri: uri.to_owned(), key, holds: told.value == Outcome::Ok })
}

fn tell(context: &Context<'_, '_>, one: Resolved<'_>) -> ExplainedReference {
    let digest = if one.holds() { Outcome::Ok } else { Outcome::Bad };
    ExplainedReference {
        uri: one.reference.uri.to_owned(),
        part: one.apex.map(|apex| part_of(context, apex)),
        algorithm: one
            .reference
            .digest_algorithm()
            .map_or_else(|| one.reference.digest_uri.to_owned(), |algorithm| algorithm.label().to_owned()),
        expected: one.reference.digest,
        found: one.found,
        octets: one.octets,
        digest,
    }
}
