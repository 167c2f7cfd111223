//! What any node of SMEV does with one message (protocol §6): verify whoever hands it over, put its own smev:Header and
//! ЭП-СМЭВ in place of an earlier node's, or refuse with a signed fault. Where messages go is not decided here.

use bytes::Bytes;
use domain::{FaultCode, FaultRow, Limits, Side};
use envelope::{
    Envelope, Error as EnvelopeError, FaultText, ForeignHeaders, MessageClass, Need, SenderSecurity, Stamp, Verified,
};
use pki::trust::Objection;
use pki::{Certificate, Identity};
use xmldsig::{Algorithms, Distrust, Error as SignatureError};

use crate::wire::http::Reply;
use crate::wire::judge::trust;
use crate::{Error, edge};

/// A node's own name and key.
pub(crate) struct Sealer {
    pub(crate) node_id: String,
    pub(crate) identity: Identity,
}

/// Why a message went no further.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) side: Side,
    pub(crate) row: FaultRow,
    pub(crate) why: String,
}

/// Which half of the exchange a message is, who may have written it and who may have sealed it before.
pub(crate) struct Origin {
    pub(crate) side: Side,
    pub(crate) senders: Vec<Certificate>,
    /// Nobody: no node has sealed it before.
    pub(crate) nodes: Vec<Certificate>,
}

impl Sealer {
    /// Verifies, stamps and signs. The reply is the message to hand on; its status is 200.
    pub(crate) fn seal(&self, origin: &Origin, body: Bytes, content_type: &str) -> Result<Reply, Refused> {
        let verified = verified(origin, body, content_type)?;
        let class = if origin.side == Side::Request { MessageClass::Request } else { MessageClass::Response };
        let stamp = self.stamp(class).map_err(internal)?;
        let sealed = verified
            .seal(&stamp, &self.identity, SenderSecurity::Keep, ForeignHeaders::Keep)
            .map_err(|error| at(origin.side, &error))?;
        Ok(Reply { status: 200, content_type: content_type.to_owned(), body: sealed.bytes() })
    }

    /// The node's own signed fault.
    pub(crate) fn refusal(&self, refused: &Refused) -> Reply {
        let made = self.stamp(MessageClass::Response).and_then(|stamp| {
            let text = FaultText {
                code: FaultCode { side: refused.side, row: refused.row },
                sentence_ru: &refused.why,
                sentence_en: &refused.why,
                hint: "узел учебного региона: см. вывод stand up",
                message_id: stamp.message_id,
                request_message_id: None,
            };
            envelope::fault(&text, None, &stamp, &self.identity)
                .map_err(|source| Error::Envelope { what: "cannot make a fault", source })
        });
        match made {
            Ok(body) => Reply::xml(500, body),
            Err(error) => {
                tracing::error!(%error, "a node of the stand could not even refuse");
                Reply::text(500, "узел учебного региона неисправен")
            }
        }
    }

    fn stamp(&self, class: MessageClass) -> Result<Stamp, Error> {
        Ok(Stamp {
            node_id: self.node_id.clone(),
            message_id: edge::random_id()?,
            time: edge::now(),
            class,
            entropy: edge::entropy()?,
        })
    }
}

fn verified(origin: &Origin, body: Bytes, content_type: &str) -> Result<Envelope<Verified>, Refused> {
    let limits = Limits::default();
    let now = edge::now();
    let sender = trust(&origin.senders, now);
    let node = trust(&origin.nodes, now);
    let sealed_before = !origin.nodes.is_empty();
    let need = Need { algorithms: Algorithms::Gost, trust: &sender, node: sealed_before.then_some(&node as _) };
    Envelope::receive(body, content_type, &limits)
        .and_then(|received| received.read(&limits))
        .and_then(|read| read.verify(&need))
        .map_err(|error| at(origin.side, &error))
}

/// The node's code for what is wrong with a message. Coarse: the table of the regional bus is the one under test.
fn at(side: Side, error: &EnvelopeError) -> Refused {
    let row = match error {
        EnvelopeError::Signature(reason) | EnvelopeError::NodeSignature(reason) => match reason {
            SignatureError::SignatureNotFound { .. } => FaultRow::SignatureNotFound,
            SignatureError::WrongDigest { .. } | SignatureError::WrongSignature => FaultRow::WrongSignature,
            SignatureError::BodyNotSigned => FaultRow::BodyNotSigned,
            SignatureError::Distrusted(Distrust::Objection(Objection::Expired { .. })) => FaultRow::CertificateExpired,
            SignatureError::Distrusted(_) => FaultRow::UntrustedCertificate,
            _ => FaultRow::BadSecuritySection,
        },
        EnvelopeError::CannotSign(_) | EnvelopeError::Internal { .. } => FaultRow::InternalError,
        _ => FaultRow::XmlParse,
    };
    Refused { side, row, why: error.to_string() }
}

/// A request that could not be handed on.
pub(crate) fn refused(row: FaultRow, why: &str) -> Refused {
    Refused { side: Side::Request, row, why: why.to_owned() }
}

/// The node's own trouble.
#[expect(clippy::needless_pass_by_value, reason = "goes into map_err")]
pub(crate) fn internal(error: Error) -> Refused {
    refused(FaultRow::InternalError, &error.to_string())
}
