//! Every reason for which an exchange stops, and the row of the SMEV fault table it is told by.
//!
//! Grouped by whose fault it is. The wording for people is in `sentence`.

use domain::registry::Place;
use domain::{Denied, FaultCode, FaultRow, Mnemonic, RouteMissing, Sid, Side};
use jiff::Timestamp;
use jiff::tz::Offset;
use pki::trust::Objection;
use uuid::Uuid;
use xmldsig::Distrust;

/// Why an exchange stopped.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    // The sender's.
    /// The path names no service identifier or version.
    #[error("{found:?} is not a service identifier")]
    BadPath {
        /// What the path says.
        found: String,
    },
    /// The request could not be taken, read, verified.
    #[error(transparent)]
    Request(envelope::Error),
    /// No service, version or route for this message.
    #[error("no way to {}: {}", .0.sid, .0.sentence_en())]
    NoRoute(RouteMissing),
    /// Neither a signature nor a token of a hosted system.
    #[error("the token identifies no hosted system")]
    TokenUnknown,
    /// The text names another sender than the certificate.
    #[error("Sender/Code is {claimed:?}, the certificate is of {actual}")]
    ForeignSender {
        /// Sender/Code.
        claimed: String,
        /// The system of the certificate.
        actual: Mnemonic,
    },
    /// A federal system spoke without the federal node's signature.
    #[error("{sender} is a federal system, but the federal node has not signed")]
    AroundTheNode {
        /// The system.
        sender: Mnemonic,
    },
    /// The access matrix has no row for it.
    #[error("access denied: {}", .0.sentence_en())]
    NoRight(Denied),
    /// The very same signed request was taken before.
    #[error("the same signed request was taken before, as exchange {earlier}")]
    Repeated {
        /// The exchange that took it.
        earlier: Uuid,
    },
    /// The date the sender wrote is too far from now, or cannot be read.
    #[error("Message/Date {written:?} is not within {freshness_ms} ms of now")]
    Stale {
        /// `Message/Date` as written; empty when there is none.
        written: String,
        /// How far it may be.
        freshness_ms: u64,
    },
    /// The service demands signatures of officials (ЭП-СП), and they do not hold.
    #[error("signatures of officials: {what}")]
    Official {
        /// What is wrong, in English.
        what: &'static str,
        /// The same in Russian.
        what_ru: &'static str,
    },
    /// The consumer has too many exchanges open.
    #[error("{consumer} has {max} exchanges open")]
    ConsumerBusy {
        /// The system.
        consumer: Mnemonic,
        /// The limit.
        max: usize,
    },
    /// A consumer, or the messages to a provider, hold their whole share of memory.
    #[error("messages of or for {who} hold {max} octets")]
    ShareTaken {
        /// The system.
        who: Mnemonic,
        /// The share in octets.
        max: usize,
    },
    /// The body is larger than the bus takes, told before it was read.
    #[error("the message is larger than {max} bytes")]
    BodyTooLarge {
        /// The limit.
        max: usize,
    },

    /// The body is compressed, or said to be.
    #[error("the body has a Content-Encoding")]
    BodyEncoded,

    // The provider's.
    /// The service is in an announced window of maintenance.
    #[error("{sid} is in maintenance until {end}: {reason}", end = moscow(*.until))]
    Maintenance {
        /// The service.
        sid: Sid,
        /// Why, as it was announced.
        reason: String,
        /// Where the window is written.
        place: Place,
        /// The first moment after it.
        until: Timestamp,
    },
    /// The provider has too many calls open.
    #[error("{provider} has {max} calls open")]
    ProviderBusy {
        /// The system.
        provider: Mnemonic,
        /// The limit.
        max: usize,
    },
    /// No answer came.
    #[error("{provider}: {cause}")]
    NoAnswer {
        /// The system asked.
        provider: Mnemonic,
        /// Why.
        cause: delivery::Error,
    },
    /// An HTTP answer without a SOAP message in it.
    #[error("{provider} answered HTTP {status} without a SOAP message")]
    NotSoap {
        /// The system asked.
        provider: Mnemonic,
        /// HTTP status.
        status: u16,
    },
    /// The answer could not be read or verified.
    #[error("answer: {0}")]
    Answer(envelope::Error),
    /// A SOAP fault without the provider's signature: nobody vouches for it.
    #[error("{provider} answered with an unsigned SOAP fault")]
    UnsignedFault {
        /// The system asked.
        provider: Mnemonic,
    },
    /// The text of the answer names another system than its certificate.
    #[error("Sender/Code of the answer is {claimed:?}, the certificate is of {provider}")]
    ForeignProvider {
        /// Sender/Code.
        claimed: String,
        /// The system of the certificate.
        provider: Mnemonic,
    },
    /// The answer is addressed to another registered system than the one that asked.
    #[error("Recipient/Code of the answer is {found:?}, asked has {consumer}")]
    AnswerForAnother {
        /// Recipient/Code.
        found: String,
        /// The system that asked.
        consumer: Mnemonic,
    },
    /// The answer belongs to another request.
    #[error("the answer refers to request {found:?}")]
    AnswerOfAnother {
        /// RequestIdRef of the answer.
        found: String,
    },

    // The node's.
    /// The request could not be written down: no evidence, no service. Nothing was forwarded.
    #[error("journal: {0}")]
    NoEvidence(journal::Error),
    /// The answer could not be written down, so it is not given; the provider has done his work.
    #[error("journal, answer: {0}")]
    AnswerNotRecorded(journal::Error),
    /// Memory of the bus is given out.
    #[error("the bus has no room for a message now")]
    NoRoom,
    /// The registry promises what the snapshot does not hold.
    #[error("registry: {what}")]
    Configuration {
        /// What is missing.
        what: &'static str,
    },
    /// Our own mistake; the exchange ends, the bus goes on.
    #[error("internal: {what}")]
    Internal {
        /// Which step.
        what: &'static str,
    },
}

impl Refusal {
    /// The one row of the fault table for this refusal.
    pub fn code(&self) -> FaultCode {
        use FaultRow as Row;
        use Side::{Request, Response};
        let (side, row) = match self {
            Self::BadPath { .. } => (Request, Row::RouteEndPointUnknown),
            Self::Request(error) => (Request, envelope_row(error)),
            Self::NoRoute(missing) => (Request, missing.fault_row()),
            Self::TokenUnknown => (Request, Row::SignatureNotFound),
            Self::ForeignSender { .. } | Self::AroundTheNode { .. } => (Request, Row::NoAccessRights),
            Self::NoRight(denied) => (Request, denied.fault_row()),
            Self::Repeated { .. } | Self::Stale { .. } => (Request, Row::MessageExpired),
            Self::Official { .. } => (Request, Row::FormatCheckFailed),
            Self::BodyTooLarge { .. } | Self::BodyEncoded => (Request, Row::XmlParse),
            Self::ConsumerBusy { .. }
            | Self::ShareTaken { .. }
            | Self::ProviderBusy { .. }
            | Self::Maintenance { .. }
            | Self::NoEvidence(_)
            | Self::NoRoom
            | Self::Internal { .. } => (Request, Row::InternalError),
            Self::Configuration { .. } => (Request, Row::WrongConfiguration),
            Self::NoAnswer { .. } | Self::AnswerNotRecorded(_) => (Response, Row::InternalError),
            Self::NotSoap { .. } => (Response, Row::XmlParse),
            Self::Answer(error) => (Response, envelope_row(error)),
            Self::UnsignedFault { .. } => (Response, Row::SignatureNotFound),
            Self::ForeignProvider { .. } => (Response, Row::NoAccessRights),
            Self::AnswerForAnother { .. } | Self::AnswerOfAnother { .. } => (Response, Row::FormatCheckFailed),
        };
        FaultCode { side, row }
    }
}

impl Refusal {
    /// Whether the operator of this bus has to act: the log tells such refusals as errors, all others as warnings.
    /// What a stranger can write into a message never makes an alarm.
    pub fn is_ours(&self) -> bool {
        match self {
            Self::NoEvidence(_)
            | Self::AnswerNotRecorded(_)
            | Self::NoRoom
            | Self::Configuration { .. }
            | Self::Internal { .. } => true,
            Self::Request(error) | Self::Answer(error) => {
                matches!(envelope_row(error), FaultRow::InternalError | FaultRow::CertificateServiceUnreachable)
            }
            Self::NoAnswer { cause, .. } => {
                matches!(cause, delivery::Error::BadEndpoint | delivery::Error::TlsSettings { .. })
            }
            Self::BadPath { .. }
            | Self::NoRoute(_)
            | Self::TokenUnknown
            | Self::ForeignSender { .. }
            | Self::AroundTheNode { .. }
            | Self::NoRight(_)
            | Self::Repeated { .. }
            | Self::Stale { .. }
            | Self::Official { .. }
            | Self::ConsumerBusy { .. }
            | Self::ShareTaken { .. }
            | Self::BodyTooLarge { .. }
            | Self::BodyEncoded
            | Self::ProviderBusy { .. }
            | Self::Maintenance { .. }
            | Self::NotSoap { .. }
            | Self::UnsignedFault { .. }
            | Self::ForeignProvider { .. }
            | Self::AnswerForAnother { .. }
            | Self::AnswerOfAnother { .. } => false,
        }
    }

    /// Whether the endpoint that was called is to blame: that counts against a route that is tried out. Mistakes of the
    /// consumer and troubles of this node do not, else a good endpoint would go back for them.
    pub(crate) fn is_of_the_endpoint(&self) -> bool {
        match self {
            Self::NoAnswer { .. }
            | Self::NotSoap { .. }
            | Self::UnsignedFault { .. }
            | Self::ForeignProvider { .. }
            | Self::AnswerForAnother { .. }
            | Self::AnswerOfAnother { .. } => true,
            Self::Answer(error) => envelope_row(error) != FaultRow::InternalError,
            Self::BadPath { .. }
            | Self::Request(_)
            | Self::NoRoute(_)
            | Self::TokenUnknown
            | Self::ForeignSender { .. }
            | Self::AroundTheNode { .. }
            | Self::NoRight(_)
            | Self::Repeated { .. }
            | Self::Stale { .. }
            | Self::Official { .. }
            | Self::ConsumerBusy { .. }
            | Self::ShareTaken { .. }
            | Self::BodyTooLarge { .. }
            | Self::BodyEncoded
            | Self::Maintenance { .. }
            | Self::ProviderBusy { .. }
            | Self::NoEvidence(_)
            | Self::AnswerNotRecorded(_)
            | Self::NoRoom
            | Self::Configuration { .. }
            | Self::Internal { .. } => false,
        }
    }

    /// Seconds from `now` after which the same request may pass, when that is known.
    pub(crate) fn retry_after(&self, now: Timestamp) -> Option<u64> {
        match self {
            // The window ends within the second that is cut off.
            Self::Maintenance { until, .. } => u64::try_from(until.duration_since(now).as_secs()).ok()?.checked_add(1),
            _ => None,
        }
    }

    /// What the journal said, when it is the journal that refused.
    pub(crate) fn evidence(&self) -> Option<&journal::Error> {
        match self {
            Self::NoEvidence(error) | Self::AnswerNotRecorded(error) => Some(error),
            _ => None,
        }
    }
}

/// A moment as people of this country read it: Moscow time, which has had no daylight saving since 2014.
pub(crate) fn moscow(moment: Timestamp) -> String {
    Offset::constant(3).to_datetime(moment).strftime("%Y-%m-%d %H:%M:%S UTC+3").to_string()
}

/// The code that a signature is refused with on a request.
pub fn signature_code(error: &xmldsig::Error) -> FaultCode {
    FaultCode { side: Side::Request, row: signature_row(error) }
}

/// The code that an envelope is refused with on a request.
pub fn envelope_code(error: &envelope::Error) -> FaultCode {
    FaultCode { side: Side::Request, row: envelope_row(error) }
}

fn envelope_row(error: &envelope::Error) -> FaultRow {
    use envelope::Error as E;
    match error {
        E::TooLarge { .. }
        | E::NotUtf8 { .. }
        | E::UnknownContentType { .. }
        | E::Multipart { .. }
        | E::Malformed { .. }
        | E::DoctypeForbidden
        | E::Limit { .. }
        | E::NotSoap11 { .. }
        | E::NoBody
        | E::SeveralBodies
        | E::SeveralHeaders
        | E::SeveralNodeHeaders
        | E::Misplaced { .. }
        | E::EmptyBody
        | E::SeveralOperations
        | E::SeveralMessages
        | E::CommentInField { .. }
        | E::ElementInField { .. }
        | E::RepeatedField { .. } => FaultRow::XmlParse,
        E::Format { .. } => FaultRow::FormatCheckFailed,
        E::Signature(error) | E::NodeSignature(error) => signature_row(error),
        E::ReadDiffers { .. } => FaultRow::WrongSignature,
        E::SignedAlready | E::BodyId { .. } => FaultRow::BadSecuritySection,
        E::CannotSign(_) | E::Internal { .. } => FaultRow::InternalError,
    }
}

fn signature_row(error: &xmldsig::Error) -> FaultRow {
    use xmldsig::Error as E;
    match error {
        E::Malformed { .. } | E::CanonicalFormTooLarge { .. } | E::DoctypeForbidden | E::NotSoap => FaultRow::XmlParse,
        E::SignatureNotFound { .. } => FaultRow::SignatureNotFound,
        E::SeveralSecurity { .. }
        | E::SeveralSignatures
        | E::BadSecurity { .. }
        | E::DuplicateId { .. }
        | E::UnresolvedReference { .. } => FaultRow::BadSecuritySection,
        E::TokenNotFound => FaultRow::CertificateNotFound,
        E::TokenType { .. } => FaultRow::UnknownTokenType,
        E::BadCertificate(_) => FaultRow::BadCertificateFormat,
        E::SeveralCertificates => FaultRow::SeveralCertificates,
        E::UnknownAlgorithm { .. } | E::AlgorithmDoesNotFitKey | E::UnknownTransform { .. } => {
            FaultRow::UnknownAlgorithm
        }
        E::BodyNotSigned | E::PartNotSigned { .. } => FaultRow::BodyNotSigned,
        E::WrongDigest { .. } | E::WrongSignature => FaultRow::WrongSignature,
        E::Distrusted(distrust) => match distrust {
            Distrust::Unknown | Distrust::OnTrial => FaultRow::UntrustedCertificate,
            Distrust::BadCertificate(_) => FaultRow::BadCertificateFormat,
            Distrust::Objection(objection) => objection_row(objection),
        },
        E::CannotSign(_) | E::Internal { .. } => FaultRow::InternalError,
    }
}

fn objection_row(objection: &Objection) -> FaultRow {
    use Objection as O;
    match objection {
        O::NotYetValid { .. } | O::Expired { .. } => FaultRow::CertificateExpired,
        O::WrongUsage { .. } | O::UnknownCriticalExtension { .. } => FaultRow::BadCertificateFormat,
        O::SelfSigned | O::NoPath { .. } | O::BrokenPath { .. } => FaultRow::UntrustedCertificate,
        O::Revoked { .. } => FaultRow::CertificateRevoked,
        O::ListMissing { .. } | O::ListStale { .. } | O::BadList { .. } => FaultRow::CertificateServiceUnreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What ends an exchange after the endpoint was called, on the way back.
    #[test]
    fn a_trial_does_not_go_back_for_troubles_of_this_node() {
        let provider = Mnemonic::new("ZAGS01641").unwrap();
        for of_the_endpoint in [
            Refusal::NoAnswer { provider: provider.clone(), cause: delivery::Error::AnswerTimeout { milliseconds: 1 } },
            Refusal::NotSoap { provider: provider.clone(), status: 502 },
            Refusal::Answer(envelope::Error::NoBody),
            Refusal::UnsignedFault { provider },
        ] {
            assert!(of_the_endpoint.is_of_the_endpoint(), "{of_the_endpoint}");
        }
        for of_the_node in [
            Refusal::AnswerNotRecorded(journal::Error::BadStoreName { name: "x".to_owned() }),
            Refusal::Answer(envelope::Error::Internal { what: "the tree" }),
            Refusal::Internal { what: "a stage panicked" },
            Refusal::NoRoom,
        ] {
            assert!(!of_the_node.is_of_the_endpoint(), "{of_the_node}");
        }
    }
}
