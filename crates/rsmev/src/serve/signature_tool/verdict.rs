//! Whether a signature holds: the code of the published list (protocol §9.2), the certificate, and one sentence why not.

use domain::{FaultRow, Limits};
use envelope::Envelope;
use gateway::{Owner, Refusal, Snapshot, envelope_code, signature_code};
use jiff::Timestamp;
use pki::Certificate;
use xmldsig::{
    ACTOR_RECIPIENT, ACTOR_SMEV, Actor, Budget, Cause, Distrust, Document, Error, Kind, Part, Policy, Question,
};

use super::request;
use crate::command::signature::sentences::{Words, words};

/// A message is given as text.
const XML: &str = "text/xml; charset=utf-8";
const INTERNAL: &str = "Внутренняя ошибка узла: повторите запрос позже.";
const BUSY: &str = "Узел занят проверкой других подписей: повторите запрос позже.";
const OTHER_ACTOR: &str =
    "Проверяются подписи с actor http://smev.gosuslugi.ru/actors/smev и http://smev.gosuslugi.ru/actors/recipient.";

/// A code of the published list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Code(u32);

impl Code {
    const OK: Self = Self(0);
    const INTERNAL: Self = Self(1);
    const PARSE: Self = Self(2);
    const NOT_FOUND: Self = Self(8);

    pub(super) fn number(self) -> u32 {
        self.0
    }

    /// Rows 1 to 11 and 13 of the fault table have their own number as code; the list has no others, and the nearest is told.
    fn of(row: FaultRow) -> Self {
        Self(match row {
            FaultRow::InternalError
            | FaultRow::XmlParse
            | FaultRow::WrongSignature
            | FaultRow::CertificateNotFound
            | FaultRow::CertificateExpired
            | FaultRow::SeveralCertificates
            | FaultRow::CertificateRevoked
            | FaultRow::SignatureNotFound
            | FaultRow::BodyNotSigned
            | FaultRow::WrongConfiguration
            | FaultRow::UntrustedCertificate
            | FaultRow::BadCertificateFormat => row.tail(),
            FaultRow::UnknownTokenType | FaultRow::TokenError | FaultRow::TokenNotFound => 13,
            FaultRow::UnknownAlgorithm | FaultRow::BadSecuritySection => 3,
            FaultRow::CertificateServiceUnreachable | FaultRow::CertificateServiceFailed => 10,
            FaultRow::NoAccessRights
            | FaultRow::MessageExpired
            | FaultRow::TargetRegionUnknown
            | FaultRow::RouteEndPointUnknown
            | FaultRow::FormatCheckFailed => 1,
        })
    }
}

/// The answer.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) code: Code,
    /// One sentence why not and one what to do, Russian; empty when it holds.
    pub(super) sentence: String,
    pub(super) certificate: Option<Vec<u8>>,
}

impl Verdict {
    fn plain(code: Code, sentence: &str) -> Self {
        Self { code, sentence: sentence.to_owned(), certificate: None }
    }

    pub(super) fn busy() -> Self {
        Self::plain(Code::INTERNAL, BUSY)
    }

    pub(super) fn internal() -> Self {
        Self::plain(Code::INTERNAL, INTERNAL)
    }

    /// For the log.
    pub(super) fn fingerprint(&self) -> Option<String> {
        let certificate = Certificate::from_der(self.certificate.as_ref()?).ok()?;
        Some(certificate.fingerprint().to_string())
    }
}

/// The verdict on a message.
pub(super) fn of(snapshot: &Snapshot, question: &request::Question, at: Timestamp) -> Verdict {
    let actor = match question.actor.as_str() {
        "" | ACTOR_SMEV => Actor::Sender,
        ACTOR_RECIPIENT => Actor::Recipient,
        _ => return Verdict::plain(Code::NOT_FOUND, OTHER_ACTOR),
    };
    // In CDATA the declaration often stands on a line of its own; XML wants it first.
    let message = question
        .message
        .trim_start_matches(|character: char| character == '\u{feff}' || character.is_ascii_whitespace());
    if let Err(error) = within_limits(message, snapshot.registry().limits()) {
        let code = Code::of(envelope_code(&error).row);
        let told = gateway::sentence(&Refusal::Request(error));
        return Verdict::plain(
            if code == Code::INTERNAL { code } else { Code::PARSE },
            &format!("{}; {}", told.ru, told.next_ru),
        );
    }
    let document = match Document::parse(message.as_bytes()) {
        Ok(document) => document,
        Err(error) => {
            return Verdict::plain(Code::of(signature_code(&error).row), &words(Cause::Profile(error)).ru.cause);
        }
    };
    judge(snapshot, &document, message, actor, question.is_cert_check, at)
}

/// The limits of messages hold for this one too, before a tree is built of it.
fn within_limits(message: &str, limits: &Limits) -> Result<(), envelope::Error> {
    Envelope::receive(bytes::Bytes::copy_from_slice(message.as_bytes()), XML, limits)?.read(limits).map(drop)
}

fn judge(
    snapshot: &Snapshot,
    document: &Document,
    message: &str,
    actor: Actor,
    registered: bool,
    at: Timestamp,
) -> Verdict {
    let trust = |der: &[u8]| match (registered, actor) {
        (false, _) => Certificate::from_der(der).map_err(Distrust::BadCertificate),
        (true, Actor::Sender) => snapshot.trusted(der, at, |owner| matches!(owner, Owner::System(_))),
        (true, Actor::Recipient) => snapshot.trusted_node(der, at),
    };
    let cover: &'static [Part] = match actor {
        Actor::Sender => &[Part::Body],
        Actor::Recipient => &[Part::Header, Part::Body],
    };
    let policy = Policy { actor, cover, algorithms: snapshot.algorithms() };
    match document.verify(&policy, &trust) {
        Ok(verified) => {
            let certificate = Some(verified.certificate.der().to_vec());
            Verdict { code: Code::OK, sentence: String::new(), certificate }
        }
        Err(error) => Verdict {
            code: Code::of(signature_code(&error).row),
            sentence: why_not(document, message, &policy, error),
            certificate: document.token(actor).ok(),
        },
    }
}

/// The first cause that the diagnosis finds on the signature that was asked about, else what the check itself says.
fn why_not(document: &Document, message: &str, policy: &Policy, error: Error) -> String {
    let told = |Words { ru, .. }: Words| format!("{} {}", ru.cause, ru.remedy);
    if matches!(error, Error::Distrusted(_)) {
        return told(words(Cause::Profile(error)));
    }
    let explanation = document.explain(&Question {
        message: message.as_bytes(),
        trust: &|_, _| None,
        algorithms: policy.algorithms,
        budget: Budget::TIGHT,
    });
    let wanted = match policy.actor {
        Actor::Sender => Kind::SystemSignature,
        Actor::Recipient => Kind::NodeSignature,
    };
    let (asked, others): (Vec<_>, Vec<_>) = explanation.signatures.into_iter().partition(|one| one.kind == wanted);
    // Where the signature asked for is missing, what stands elsewhere in its place tells more than that it is missing.
    let others = others.into_iter().filter(|one| asked.is_empty() && one.kind == Kind::Other);
    let others: Vec<_> = others.flat_map(|one| one.findings).collect();
    let causes = asked.into_iter().flat_map(|one| one.findings).chain(others).map(|finding| finding.cause);
    let mut causes = causes.chain(explanation.findings).filter(|cause| !cause.is_remark());
    told(words(causes.next().unwrap_or(Cause::Profile(error))))
}
