//! `rsmev signature verify|explain|sign`: signatures of message files, with or without a registry.

mod explain;
mod message_file;
pub(crate) mod sentences;
pub(crate) mod words;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use domain::{FaultCode, Limits};
use envelope::{Envelope, MessageClass, Stamp};
use gateway::{Owner, Snapshot, envelope_code, signature_code};
use jiff::Timestamp;
use pki::Certificate;
use pki::trust::Objection;
use serde::Serialize;
use uuid::Uuid;
use xmldsig::{Actor, Distrust, Document, Inspection, Kind, Outcome, Part, Policy};

pub(crate) use self::message_file::MessageFile;
use crate::cli::Signature;
use crate::failure::Failure;
use crate::{edge, print, serve};

/// The verdict on one file; the shape of `--json`.
#[derive(Debug, Serialize)]
pub(crate) struct Judgement {
    file: String,
    /// `accepted` or `refused`, by the system-level signatures.
    verdict: &'static str,
    code: Option<String>,
    reason: Option<String>,
    pub(crate) signatures: Vec<Judged>,
}

/// One signature found in the file.
#[derive(Debug, Serialize)]
pub(crate) struct Judged {
    kind: &'static str,
    actor: Option<String>,
    algorithm: String,
    covers: Vec<String>,
    digests: &'static str,
    value: &'static str,
    chain: &'static str,
    certificate: Option<Shown>,
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct Shown {
    subject: String,
    issuer: String,
    serial: String,
    not_before: Timestamp,
    not_after: Timestamp,
}

/// Whose certificates are believed.
pub(crate) enum Trust<'a> {
    /// Anybody's: only the arithmetic is asked.
    Anybody,
    /// Those of the registry, at a moment.
    Registry(&'a Snapshot, Timestamp),
}

impl Trust<'_> {
    fn limits(&self) -> &Limits {
        match self {
            Self::Anybody => &ANYBODY,
            Self::Registry(snapshot, _) => snapshot.registry().limits(),
        }
    }
}

/// Limits without a registry.
static ANYBODY: LazyLock<Limits> = LazyLock::new(Limits::default);

pub(crate) fn run(words: Signature) -> Result<(), Failure> {
    match words {
        Signature::Verify { files, no_trust, at, config, json } => {
            let snapshot = if no_trust { None } else { Some(serve::load(&config.config)?) };
            let at = at.unwrap_or_else(edge::now);
            let trust = snapshot.as_ref().map_or(Trust::Anybody, |snapshot| Trust::Registry(snapshot, at));
            verify(&files, &trust, json)
        }
        Signature::Explain(words) => explain::run(&words),
        Signature::Sign { file, certificate, key, key_passphrase_file } => {
            sign(&file, &certificate, (&key, key_passphrase_file.as_deref()))
        }
    }
}

fn verify(files: &[PathBuf], trust: &Trust<'_>, json: bool) -> Result<(), Failure> {
    let verdicts = files
        .iter()
        .map(|file| {
            let message = MessageFile::open(file, None)?;
            // What is no frame of a message is judged as it stands, and refused for what it is.
            let octets = message.soap(trust.limits()).unwrap_or_else(|_| message.body.to_vec());
            Ok(judge(&file.display().to_string(), &octets, trust))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    if json {
        print::json(&verdicts)?;
    } else {
        for verdict in &verdicts {
            show(verdict)?;
        }
    }
    match verdicts.iter().filter(|verdict| verdict.verdict == "refused").count() {
        0 => Ok(()),
        refused => Err(Failure::no(format!("{refused} of {} refused", verdicts.len()))),
    }
}

/// The verdict of one message.
pub(crate) fn judge(name: &str, octets: &[u8], trust: &Trust<'_>) -> Judgement {
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    let file = name.to_owned();
    let document = match Document::parse(octets) {
        Ok(document) => document,
        Err(error) => {
            let code = Some(signature_code(&error).to_string());
            return Judgement {
                file,
                verdict: "refused",
                code,
                reason: Some(error.to_string()),
                signatures: Vec::new(),
            };
        }
    };
    let found = document.inspect();
    let refusal = system_level(&document, &found, trust);
    Judgement {
        file,
        verdict: if refusal.is_some() { "refused" } else { "accepted" },
        code: refusal.as_ref().map(|(code, _)| code.to_string()),
        reason: refusal.map(|(_, reason)| reason),
        signatures: found.iter().map(|inspection| judged(inspection, trust)).collect(),
    }
}

/// Every system-level signature must hold, and there must be one.
fn system_level(document: &Document, found: &[Inspection], trust: &Trust<'_>) -> Option<(FaultCode, String)> {
    let mut checked = 0;
    for (actor, cover) in [(Actor::Sender, &[Part::Body][..]), (Actor::Recipient, &[Part::Header, Part::Body][..])] {
        if !found.iter().any(|inspection| inspection.actor.as_deref() == Some(actor.uri())) {
            continue;
        }
        checked += 1;
        let policy = Policy { actor, cover: static_cover(cover), algorithms: algorithms(trust) };
        if let Err(error) = document.verify(&policy, &|der| believe(der, actor, trust)) {
            return Some((signature_code(&error), error.to_string()));
        }
    }
    if checked > 0 {
        return None;
    }
    // No system-level signature: what stands there instead tells why, if it has a problem of its own.
    let error = found.iter().find_map(|inspection| inspection.problem.as_ref());
    let missing = xmldsig::Error::SignatureNotFound { actor: Actor::Sender };
    let error = error.unwrap_or(&missing);
    Some((signature_code(error), error.to_string()))
}

fn static_cover(cover: &[Part]) -> &'static [Part] {
    if cover.len() == 1 { &[Part::Body] } else { &[Part::Header, Part::Body] }
}

fn algorithms(trust: &Trust<'_>) -> xmldsig::Algorithms {
    match trust {
        Trust::Anybody => xmldsig::Algorithms::GostAndTest,
        Trust::Registry(snapshot, _) => snapshot.algorithms(),
    }
}

fn believe(der: &[u8], actor: Actor, trust: &Trust<'_>) -> Result<Certificate, Distrust> {
    match trust {
        Trust::Anybody => Certificate::from_der(der).map_err(Distrust::BadCertificate),
        Trust::Registry(snapshot, at) => match actor {
            Actor::Sender => snapshot.trusted(der, *at, |owner| matches!(owner, Owner::System(_))),
            Actor::Recipient => snapshot.trusted_node(der, *at),
        },
    }
}

/// What users call a signature of this kind.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::SystemSignature => "ЭП-ОВ",
        Kind::NodeSignature => "ЭП-СМЭВ",
        Kind::OfficialSignature => "ЭП-СП",
        Kind::Other => "other",
    }
}

impl Shown {
    fn of(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject().to_owned(),
            issuer: certificate.issuer().to_owned(),
            serial: certificate.serial_hex().to_owned(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        }
    }
}

fn judged(inspection: &Inspection, trust: &Trust<'_>) -> Judged {
    let outcome = |outcome: &Outcome| if *outcome == Outcome::Ok { "ok" } else { "bad" };
    Judged {
        kind: kind(inspection.kind),
        actor: inspection.actor.clone(),
        algorithm: inspection.algorithm.clone(),
        covers: inspection.covers.clone(),
        digests: outcome(&inspection.digests),
        value: outcome(&inspection.value),
        chain: chain(inspection.certificate.as_ref(), trust),
        certificate: inspection.certificate.as_ref().map(Shown::of),
        problem: inspection.problem.as_ref().map(ToString::to_string),
    }
}

fn chain(certificate: Option<&Certificate>, trust: &Trust<'_>) -> &'static str {
    let (Some(certificate), Trust::Registry(snapshot, at)) = (certificate, trust) else {
        return "unchecked";
    };
    let own = snapshot.node().certificate().der() == certificate.der();
    if !own && snapshot.certificates().find(certificate.der()).is_none() {
        return "untrusted";
    }
    match &snapshot.judge(certificate, *at).objection {
        None => "trusted",
        Some(Objection::Expired { .. } | Objection::NotYetValid { .. }) => "expired",
        Some(Objection::Revoked { .. }) => "revoked",
        Some(Objection::ListMissing { .. } | Objection::ListStale { .. } | Objection::BadList { .. }) => "unchecked",
        Some(
            Objection::WrongUsage { .. }
            | Objection::UnknownCriticalExtension { .. }
            | Objection::SelfSigned
            | Objection::NoPath { .. }
            | Objection::BrokenPath { .. },
        ) => "untrusted",
    }
}

fn show(verdict: &Judgement) -> Result<(), Failure> {
    let why = match (&verdict.code, &verdict.reason) {
        (Some(code), Some(reason)) => format!(" {code}: {reason}"),
        _ => String::new(),
    };
    print::line(&format!("{}: {}{why}", verdict.file, verdict.verdict))?;
    for signature in &verdict.signatures {
        print::line(&format!("  {}", signature.line()))?;
        if let Some(problem) = &signature.problem {
            print::line(&format!("    {problem}"))?;
        }
    }
    Ok(())
}

impl Judgement {
    /// Whether every signature at system level holds, and there is one.
    pub(crate) fn holds(&self) -> bool {
        self.verdict == "accepted"
    }

    /// What does not hold.
    pub(crate) fn why(&self) -> &str {
        self.reason.as_deref().unwrap_or_default()
    }
}

impl Judged {
    /// What it is, what it covers, what it is worth and whose it is, on one line.
    pub(crate) fn line(&self) -> String {
        let covers = self.covers.join(" + ");
        let certificate = self.certificate.as_ref();
        format!(
            "{}: covers {}; digests {}, value {}, certificate {}; {}; {}",
            self.kind,
            if covers.is_empty() { "nothing" } else { &covers },
            self.digests,
            self.value,
            self.chain,
            self.algorithm,
            certificate.map_or("no certificate", |certificate| certificate.subject.as_str()),
        )
    }
}

fn sign(file: &Path, certificate: &Path, (key, passphrase): (&Path, Option<&Path>)) -> Result<(), Failure> {
    let bad = |path: &Path, error: pki::Error| Failure::no(format!("{}: {error}", path.display()));
    let parsed = Certificate::from_pem(&read(certificate)?).map_err(|error| bad(certificate, error))?;
    let private = super::key::of_file(key, passphrase, "--key-passphrase-file")?;
    let identity = pki::Identity::new(parsed, private).map_err(|error| bad(key, error))?;
    let refused =
        |error: envelope::Error| Failure::no(format!("{}: {}: {error}", file.display(), envelope_code(&error)));
    let limits = Limits::default();
    let stamp = Stamp {
        node_id: String::new(),
        message_id: Uuid::nil(),
        time: edge::now(),
        class: MessageClass::Request,
        entropy: edge::random(),
    };
    let signed = Envelope::receive(read(file)?.into(), "text/xml; charset=utf-8", &limits)
        .and_then(|received| received.read(&limits))
        .and_then(|addressed| addressed.sign_as_sender(&identity, &stamp))
        .map_err(refused)?;
    print::octets(&signed.bytes())
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    edge::read(path).map_err(|error| Failure::system(&format!("read {}", path.display()), error))
}
