//! Reading what came in and judging its signatures: whose they are, whether they hold. Used for answers by those who
//! sent, and for requests by providers and the federal node. It asks no registry: the caller says which certificates
//! are right.

use bytes::Bytes;
use domain::Limits;
use envelope::{Envelope, Fields};
use jiff::Timestamp;
use pki::trust::Objection;
use pki::{Certificate, Validity};
use xmldsig::{Actor, Algorithms, Distrust, Document, Error as SignatureError, Part, Policy};

use crate::exchange::{Verdict, Verdicts};
use crate::wire::sha256_hex;

/// ЭП-СМЭВ covers smev:Header and Body.
const NODE: Policy =
    Policy { actor: Actor::Recipient, cover: &[Part::Header, Part::Body], algorithms: Algorithms::Gost };
/// ЭП-ОВ covers Body.
const SENDER: Policy = Policy { actor: Actor::Sender, cover: &[Part::Body], algorithms: Algorithms::Gost };

/// What a message says and what its signatures are worth.
pub(crate) struct Judged {
    /// `None` when it is not a SOAP message that can be read.
    pub(crate) fields: Option<Fields>,
    /// SHA-256 (hex) of the Body element as it stands in the message.
    pub(crate) body_sha256: Option<String>,
    /// Length of the Body element, in octets.
    pub(crate) body_bytes: usize,
    pub(crate) verdicts: Verdicts,
}

impl Judged {
    /// `MessageId` of the smev:Header.
    pub(crate) fn message_id(&self) -> Option<&str> {
        self.fields.as_ref()?.node_header.as_ref()?.message_id.as_deref()
    }
}

/// Reads a message; `node` are the certificates good for ЭП-СМЭВ, `senders` those good for ЭП-ОВ.
pub(crate) fn judge(
    octets: Bytes,
    content_type: &str,
    node: &[Certificate],
    senders: &[Certificate],
    now: Timestamp,
) -> Judged {
    let limits = Limits::default();
    let read = Envelope::receive(octets, content_type, &limits).and_then(|received| received.read(&limits));
    let read = match read {
        Ok(read) => read,
        Err(error) => {
            let bad = Verdict::Bad { reason: error.to_string() };
            let verdicts = Verdicts { node: bad.clone(), provider: bad };
            return Judged { fields: None, body_sha256: None, body_bytes: 0, verdicts };
        }
    };
    Judged {
        fields: Some(read.fields().clone()),
        body_sha256: Some(sha256_hex(read.body_span())),
        body_bytes: read.body_span().len(),
        verdicts: verdicts(read.soap(), node, senders, now),
    }
}

fn verdicts(soap: &[u8], node: &[Certificate], senders: &[Certificate], now: Timestamp) -> Verdicts {
    match Document::parse(soap) {
        Ok(document) => {
            Verdicts { node: verdict(&document, &NODE, node, now), provider: verdict(&document, &SENDER, senders, now) }
        }
        Err(error) => {
            let bad = Verdict::Bad { reason: error.to_string() };
            Verdicts { node: bad.clone(), provider: bad }
        }
    }
}

fn verdict(document: &Document, policy: &Policy, trusted: &[Certificate], now: Timestamp) -> Verdict {
    match document.verify(policy, &trust(trusted, now)) {
        Ok(verified) => Verdict::Good {
            signer: verified.certificate.common_name().unwrap_or(verified.certificate.subject()).to_owned(),
            algorithm: verified.algorithm.label().to_owned(),
        },
        Err(SignatureError::SignatureNotFound { .. }) => Verdict::Absent,
        Err(error) => Verdict::Bad { reason: error.to_string() },
    }
}

/// Trusts exactly these certificates, within their dates.
pub(crate) fn trust(
    certificates: &[Certificate],
    now: Timestamp,
) -> impl Fn(&[u8]) -> Result<Certificate, Distrust> + '_ {
    move |der| {
        let known = certificates.iter().find(|known| known.der() == der).ok_or(Distrust::Unknown)?;
        match known.validity_at(now) {
            Validity::Valid => Ok(known.clone()),
            Validity::Expired => Err(Distrust::Objection(Objection::Expired { not_after: known.not_after() })),
            Validity::NotYetValid => {
                Err(Distrust::Objection(Objection::NotYetValid { not_before: known.not_before() }))
            }
        }
    }
}
