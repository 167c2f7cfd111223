//! Second-level signatures: those of officials and applicants (ЭП-СП, ЭП-П), in AppData and in the archive of AppDocument (protocol §5).
//!
//! What is found is told, item by item; nothing here refuses a message, and nothing is done unless somebody asks. Only octets that the
//! sender's signature covers are looked at, and MIME parts they name. Whether a signer is trusted is the caller's to say: he gets the
//! certificates. Names of people and of files stay out of what is told.

mod archive;
mod attachment;
mod finding;

#[cfg(test)]
pub(crate) use archive::judge as judge_archive;
use xmldsig::{Document, Official, OfficialOutcome, Reach};

pub use finding::{
    Archive, ArchiveState, DigestCheck, OfficialFinding, OfficialVerdict, Officials, SignatureOutcome, Summary,
};

use crate::read::read_documents;
use crate::{Envelope, Verified};

/// How AppDocument is written in canonical octets when there is one.
const APP_DOCUMENT: &[u8] = b"AppDocument";
/// Canonical octets declare the namespace of XMLDSig exactly so wherever there is a signature.
const DS: &[u8] = b"http://www.w3.org/2000/09/xmldsig#";

impl Envelope<Verified> {
    /// Judges every second-level signature. Without any, one search over Body is all it costs; otherwise the message is parsed once more
    /// and the archive inflated, each within the bounds named in this module. CPU work: not for a thread that serves connections.
    pub fn officials(&self) -> Officials {
        let octets = self.body_octets();
        let mut findings = Vec::new();
        if contains(octets, DS) {
            in_app_data(self, &mut findings);
        }
        let archive = if contains(octets, APP_DOCUMENT) { in_app_document(self, &mut findings) } else { None };
        Officials::of(findings, archive)
    }
}

/// Signatures in AppData, by crate `xmldsig`.
fn in_app_data(envelope: &Envelope<Verified>, findings: &mut Vec<OfficialFinding>) {
    // It was parsed before: what fails here is the memory of this machine.
    let Ok(document) = Document::parse(envelope.soap()) else {
        findings.push(OfficialFinding::without_signer("AppData", SignatureOutcome::NotJudged));
        return;
    };
    findings.extend(document.officials().into_iter().map(of_official));
}

fn of_official(official: Official) -> OfficialFinding {
    let outcome = match &official.outcome {
        OfficialOutcome::Holds => reach(&official),
        OfficialOutcome::WrongDigest => SignatureOutcome::WrongDigest,
        OfficialOutcome::WrongValue => SignatureOutcome::WrongValue,
        OfficialOutcome::Unknown { .. } => SignatureOutcome::UnknownAlgorithm,
        OfficialOutcome::NotHere => SignatureOutcome::NotHere,
        OfficialOutcome::Ambiguous => SignatureOutcome::Ambiguous,
        OfficialOutcome::NoCertificate => SignatureOutcome::NoCertificate,
        OfficialOutcome::BadCertificate(_) => SignatureOutcome::BadCertificate,
        OfficialOutcome::AlgorithmDoesNotFitKey => SignatureOutcome::AlgorithmDoesNotFitKey,
        OfficialOutcome::Malformed { .. } => SignatureOutcome::Malformed,
        OfficialOutcome::OutOfBounds => SignatureOutcome::NotJudged,
    };
    let covers = official.covers.iter().map(|part| part.path.clone()).collect();
    OfficialFinding { covers, certificate: official.certificate, ..OfficialFinding::without_signer("AppData", outcome) }
}

/// What a signature that holds is worth, by what it covers.
fn reach(official: &Official) -> SignatureOutcome {
    let reaches = |wanted: &[Reach]| official.covers.iter().any(|part| wanted.contains(&part.reach));
    if reaches(&[Reach::AppData, Reach::Around]) {
        SignatureOutcome::Holds
    } else if reaches(&[Reach::Inside]) {
        SignatureOutcome::HoldsForPart
    } else {
        SignatureOutcome::CoversElsewhere
    }
}

/// Signatures in the archive of AppDocument.
fn in_app_document(envelope: &Envelope<Verified>, findings: &mut Vec<OfficialFinding>) -> Option<Archive> {
    let documents = std::str::from_utf8(envelope.body_octets()).ok().and_then(|body| read_documents(body).ok());
    let Some(mut documents) = documents else { return Some(Archive::unread(ArchiveState::Broken)) };
    let document = documents.pop()?;
    if !documents.is_empty() || document.broken {
        return Some(Archive::unread(ArchiveState::Broken));
    }
    let (octets, digest) = attachment::find(&envelope.wire, &document, envelope.certificate());
    let mut archive = match octets {
        Ok(octets) => archive::judge(&octets, findings),
        Err(state) => Archive::unread(state),
    };
    archive.digest = digest;
    Some(archive)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    let Some((first, _)) = needle.split_first() else { return true };
    let mut rest = haystack;
    while let Some(at) = rest.iter().position(|octet| octet == first) {
        let found = rest.get(at..).unwrap_or_default();
        if found.starts_with(needle) {
            return true;
        }
        rest = found.get(1..).unwrap_or_default();
    }
    false
}
