//! `rsmev signature explain FILE`: every signature of a message, what of it holds, why not, and what to do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::Limits;
use gateway::{Owner, Refusal, Snapshot};
use jiff::Timestamp;
use pki::trust::Objection;
use pki::{Certificate, Validity};
use serde::Serialize;
use xmldsig::{
    Algorithms, Budget, Cause, Distrust, Document, Explained, ExplainedReference, Explanation, Finding, Kind, Outcome,
    Place, Question,
};

use super::message_file::MessageFile;
use super::sentences::{Sentence, Words, words};
use super::words::Explain;
use crate::failure::Failure;
use crate::language::Language;
use crate::{edge, print, serve};

mod report;

/// The answer; the shape of `--json`.
#[derive(Debug, Serialize)]
struct Answer {
    file: String,
    /// Every signature holds and is trusted.
    holds: bool,
    /// Whose trust was asked: `registry`, `dates` or `nobody`.
    trust: &'static str,
    /// The moment certificates were judged for.
    at: Option<Timestamp>,
    /// What concerns the message as a whole.
    findings: Vec<Told>,
    signatures: Vec<Signature>,
}

/// One signature.
#[derive(Debug, Serialize)]
struct Signature {
    kind: &'static str,
    actor: Option<String>,
    line: u32,
    algorithm: String,
    certificate: Option<super::Shown>,
    references: Vec<Reference>,
    /// Whether the signature value holds with SignedInfo and certificate as they stand.
    value: &'static str,
    /// Whether the bus would take it, trust aside.
    holds: bool,
    findings: Vec<Told>,
}

/// One reference.
#[derive(Debug, Serialize)]
struct Reference {
    uri: String,
    part: Option<String>,
    algorithm: String,
    /// DigestValue as written.
    expected: String,
    /// What was computed, base64.
    found: Option<String>,
    digest: &'static str,
}

/// A finding in words.
#[derive(Debug, Serialize)]
struct Told {
    cause: &'static str,
    /// `reference 1`, `value`, `certificate`, `form`.
    place: Option<String>,
    /// Breaks nothing.
    remark: bool,
    ru: Sentence,
    en: Sentence,
    difference: Option<Difference>,
}

#[derive(Debug, Serialize)]
struct Difference {
    line: u32,
    element: String,
    message: String,
    signed: String,
}

/// Whose word counts.
enum Trust {
    Nobody,
    Dates(Timestamp),
    Registry(Box<Snapshot>, Timestamp),
}

pub(super) fn run(words: &Explain) -> Result<(), Failure> {
    let trust = trust(words)?;
    let language = Language::usual();
    let file = MessageFile::open(&words.file, words.content_type.as_deref())?;
    let limits = if let Trust::Registry(snapshot, _) = &trust {
        snapshot.registry().limits().clone()
    } else {
        Limits::default()
    };
    let mut answer = Answer {
        file: words.file.display().to_string(),
        holds: false,
        trust: trust.name(),
        at: trust.at(),
        findings: Vec::new(),
        signatures: Vec::new(),
    };
    let mut files = BTreeMap::new();
    match file.soap(&limits) {
        Err(error) => answer.findings.push(unreadable(error)),
        Ok(soap) => match Document::parse(&soap) {
            Err(error) => answer.findings.push(unreadable(envelope::Error::Signature(error))),
            Ok(document) => {
                let question = Question {
                    message: &soap,
                    trust: &|certificate, kind| trust.objection(certificate, kind),
                    algorithms: trust.algorithms(),
                    budget: Budget::GENEROUS,
                };
                let explanation = document.explain(&question);
                answer.holds = explanation.holds();
                files = octets(&explanation);
                fill(&mut answer, explanation);
            }
        },
    }
    let written = words.octets.as_deref().map(|directory| write(directory, &files)).transpose()?;
    if words.json {
        print::json(&answer)?;
    } else {
        report::show(&answer, language, written.as_deref())?;
    }
    if answer.holds { Ok(()) } else { Err(Failure::no(report::count(&answer, language))) }
}

fn trust(words: &Explain) -> Result<Trust, Failure> {
    let beside = Path::new("routes.toml");
    let config = words.config.as_deref().or_else(|| beside.is_file().then_some(beside)).filter(|_| !words.no_trust);
    Ok(match (config, words.at) {
        (Some(config), at) => Trust::Registry(Box::new(serve::load(config)?), at.unwrap_or_else(edge::now)),
        (None, at) => {
            if !words.no_trust {
                print::talk(
                    "remark: no routes.toml here and no --config: certificates are not compared with a registry",
                );
            }
            at.map_or(Trust::Nobody, Trust::Dates)
        }
    })
}

impl Trust {
    fn name(&self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Dates(_) => "dates",
            Self::Registry(..) => "registry",
        }
    }

    fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Nobody => None,
            Self::Dates(at) | Self::Registry(_, at) => Some(*at),
        }
    }

    fn algorithms(&self) -> Algorithms {
        match self {
            Self::Nobody | Self::Dates(_) => Algorithms::GostAndTest,
            Self::Registry(snapshot, _) => snapshot.algorithms(),
        }
    }

    fn objection(&self, certificate: &Certificate, kind: Kind) -> Option<Distrust> {
        match (self, kind) {
            (Self::Nobody, _) => None,
            (Self::Registry(snapshot, at), Kind::SystemSignature) => {
                snapshot.trusted(certificate.der(), *at, |owner| matches!(owner, Owner::System(_))).err()
            }
            (Self::Registry(snapshot, at), Kind::NodeSignature) => snapshot.trusted_node(certificate.der(), *at).err(),
            (Self::Registry(snapshot, at), Kind::OfficialSignature | Kind::Other) => {
                snapshot.judge(certificate, *at).objection.clone().map(Distrust::Objection)
            }
            (Self::Dates(at), _) => match certificate.validity_at(*at) {
                Validity::Valid => None,
                Validity::NotYetValid => Some(Objection::NotYetValid { not_before: certificate.not_before() }),
                Validity::Expired => Some(Objection::Expired { not_after: certificate.not_after() }),
            }
            .map(Distrust::Objection),
        }
    }
}

/// A message that the bus cannot even read.
fn unreadable(error: envelope::Error) -> Told {
    let told = gateway::sentence(&Refusal::Request(error));
    Told {
        cause: "unreadable",
        place: None,
        remark: false,
        ru: Sentence { cause: told.ru, remedy: told.next_ru },
        en: Sentence {
            cause: told.en,
            remedy: "Send SOAP 1.1 in UTF-8, as the recommendations of SMEV 2 say.".to_owned(),
        },
        difference: None,
    }
}

fn fill(answer: &mut Answer, explanation: Explanation) {
    answer.findings.extend(explanation.findings.into_iter().map(|cause| told(cause, None)));
    answer.signatures = explanation.signatures.into_iter().map(signature).collect();
}

fn signature(explained: Explained) -> Signature {
    Signature {
        kind: super::kind(explained.kind),
        actor: explained.actor,
        line: explained.line,
        algorithm: explained.algorithm,
        certificate: explained.certificate.as_ref().map(super::Shown::of),
        references: explained.references.into_iter().map(reference).collect(),
        value: outcome(explained.value),
        holds: explained.holds,
        findings: explained.findings.into_iter().map(finding).collect(),
    }
}

fn reference(explained: ExplainedReference) -> Reference {
    Reference {
        uri: explained.uri,
        part: explained.part.map(|part| part.to_string()),
        algorithm: explained.algorithm,
        expected: explained.expected,
        found: explained.found.as_deref().map(base64),
        digest: outcome(explained.digest),
    }
}

fn finding(finding: Finding) -> Told {
    let place = match finding.place {
        Place::Reference(number) => format!("reference {}", number + 1),
        Place::Value => "value".to_owned(),
        Place::Certificate => "certificate".to_owned(),
        Place::Form => "form".to_owned(),
    };
    let difference = finding.difference.map(|found| Difference {
        line: found.line,
        element: found.element,
        message: found.message,
        signed: found.signed,
    });
    Told { difference, ..told(finding.cause, Some(place)) }
}

fn told(cause: Cause, place: Option<String>) -> Told {
    let (name, remark) = (cause.name(), cause.is_remark());
    let Words { ru, en } = words(cause);
    Told { cause: name, place, remark, ru, en, difference: None }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Bad => "bad",
    }
}

/// Canonical octets by the name of the file they are written to.
fn octets(explanation: &Explanation) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for (number, signature) in (1..).zip(&explanation.signatures) {
        files.extend(signature.signed_info.clone().map(|octets| (format!("{number}-signed-info.xml"), octets)));
        for (reference, explained) in (1..).zip(&signature.references) {
            files
                .extend(explained.octets.clone().map(|octets| (format!("{number}-reference-{reference}.xml"), octets)));
        }
        for finding in &signature.findings {
            let name = match finding.place {
                Place::Reference(reference) => format!("{number}-reference-{}.as-signed.xml", reference + 1),
                Place::Value => format!("{number}-signed-info.as-signed.xml"),
                Place::Certificate | Place::Form => continue,
            };
            files.extend(finding.octets.clone().map(|octets| (name, octets)));
        }
    }
    files
}

fn write(directory: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<PathBuf>, Failure> {
    let failed = |path: &Path, error| Failure::system(&format!("write {}", path.display()), error);
    std::fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
    files
        .iter()
        .map(|(name, octets)| {
            let path = directory.join(name);
            std::fs::write(&path, octets).map_err(|error| failed(&path, error))?;
            Ok(path)
        })
        .collect()
}

fn base64(octets: &[u8]) -> String {
    use base64ct::Encoding as _;
    base64ct::Base64::encode_string(octets)
}
