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
const APP_DOCUMENT: &str = "AppDocument";
/// Canonical octets declare the namespace of XMLDSig exactly so wherever there is a signature.
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";

impl Envelope<Verified> {
    /// Judges every second-level signature. Without any, one search over Body is all it costs; otherwise the message is parsed once more
    /// and the archive inflated, each within the bounds named in this module. CPU work: not for a thread that serves connections.
    pub fn officials(&self) -> Officials {
        // A canonical form is UTF-8; were it not, looking closer is the safe side.
        let body = std::str::from_utf8(self.body_octets());
        let holds = |text: &str| body.is_ok_and(|body| body.contains(text)) || body.is_err();
        let mut findings = Vec::new();
        if holds(DS) {
            in_app_data(self, &mut findings);
        }
        let archive = if holds(APP_DOCUMENT) { in_app_document(self, &mut findings) } else { None };
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
