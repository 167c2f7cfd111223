//! Officials: signatures of people inside the message (ЭП-СП) are judged and the findings kept. SMEV leaves them to the receiver
//! (protocol §3.2), so they stop a message only where its service demands them.

use domain::registry::OfficialSignature as Rule;
use envelope::{Envelope, OfficialFinding, OfficialVerdict, Officials, Verified};
use jiff::Timestamp;
use journal::OfficialFound;

use crate::stage::address::Destination;
use crate::trust::found;
use crate::way::Way;
use crate::{Refusal, Snapshot};

pub(crate) fn officials(
    way: &mut Way,
    verified: &Envelope<Verified>,
    destination: &Destination,
) -> Result<(), Refusal> {
    let rule = destination.guards.official_signature;
    if rule == Rule::Ignore {
        return Ok(());
    }
    let findings = verified.officials();
    way.known.officials = record(&way.snapshot, &findings, way.arrived);
    if rule == Rule::Require { demand(&way.snapshot, &findings, way.arrived) } else { Ok(()) }
}

/// The findings as the journal keeps them: what is wrong with signature, signer and archive, without names of people.
pub(crate) fn record(snapshot: &Snapshot, findings: &Officials, at: Timestamp) -> Vec<OfficialFound> {
    let archive = findings.archive.as_ref().map(|archive| OfficialFound {
        place: "AppDocument".to_owned(),
        outcome: format!("archive {}, digest {}", archive.state.label(), archive.digest.label()),
        certificate: None,
        trust: None,
    });
    let signature = |finding: &OfficialFinding| OfficialFound {
        place: finding.place.clone(),
        outcome: finding.outcome.label().to_owned(),
        certificate: finding.certificate.as_ref().map(|certificate| certificate.fingerprint().to_string()),
        trust: finding.certificate.as_ref().map(|certificate| found(&snapshot.judge(certificate, at)).outcome),
    };
    archive.into_iter().chain(findings.findings.iter().map(signature)).collect()
}

/// All that officials sign is signed, every signature holds, and nothing speaks against the signers.
fn demand(snapshot: &Snapshot, findings: &Officials, at: Timestamp) -> Result<(), Refusal> {
    let refuse = |what, what_ru| Err(Refusal::Official { what, what_ru });
    let failing = findings.findings.iter().find(|finding| finding.verdict != OfficialVerdict::Holds);
    if let Some(finding) = failing {
        return refuse(finding.outcome.label(), finding.outcome.text_ru());
    }
    if !findings.complete || findings.omitted > 0 {
        return refuse("not everything is signed by an official", "подписано не всё, что подписывает должностное лицо");
    }
    let signers = findings.findings.iter().filter_map(|finding| finding.certificate.as_ref());
    for certificate in signers {
        if snapshot.judge(certificate, at).objection.is_some() {
            return refuse("the signer's certificate is not trusted", "сертификат подписавшего не действителен");
        }
    }
    Ok(())
}
