//! What a record says: the header of one step of an exchange, and the octets that were on the wire.
//! How it lies on disk is `layout`'s business.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Audited, Error, KeyFound, OfficialFound, SignerFound, link, splice};

/// One step of one exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who, what, when, with which outcome.
    pub header: Header,
    /// The octets, in the order in which they came up.
    pub bodies: Vec<Body>,
}

/// The step an exchange has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The request came in, may pass, and goes out as recorded here.
    Accepted,
    /// The answer came in and goes back as recorded here: the end of an accepted exchange.
    Answered,
    /// No good answer: the fault recorded here goes back. The other end of an accepted exchange.
    Failed,
    /// Never accepted: the fault recorded here goes back.
    Refused,
    /// No exchange: somebody looked at the evidence, took a copy of it, or decided about its keeping ([`Header::audit`]).
    Audited,
}

/// The JSON header of a record. Absent fields are not written; unknown ones are ignored when read.
///
/// Names and codes are text here, not the registry's types: evidence stays readable when the rules for names change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of this structure: [`Header::VERSION`].
    pub version: u16,
    /// The exchange: the MessageId that the bus gave to the request. Every step of an exchange bears it.
    pub exchange: Uuid,
    /// The step.
    pub kind: Kind,
    /// When the record was made; its month decides the directory.
    pub time: Timestamp,
    /// The MessageId that the bus gave to the message of this step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<Uuid>,
    /// When the last octet of the message came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Timestamp>,
    /// When the message was handed over for sending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Timestamp>,
    /// Mnemonic of the sending system, as the certificate says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// Mnemonic of the receiving system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// Mnemonic of the system that began the chain of exchanges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub originator: Option<String>,
    /// Participant that spoke through the sender's system, where several agencies have one key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
    /// SID of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_version: Option<String>,
    /// Operation: local name of the Body's first element.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// `Message/Status`: REQUEST, RESULT, PING, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Fault code, when a fault goes back: `SMEV-100003`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// `Message/RequestIdRef`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id_ref: Option<String>,
    /// `Message/OriginRequestIdRef`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_request_id_ref: Option<String>,
    /// `Message/CaseNumber`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_number: Option<String>,
    /// `Message/ServiceCode`: the public service the case belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_code: Option<String>,
    /// The message is marked as a test (`Message/TestMsg`), or is the answer to one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub test: bool,
    /// Values in the business content by which people look for the message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyFound>,
    /// Values of such keys that are not in `keys`: too long, or too many.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub keys_left_out: u32,
    /// MessageId that another node gave to the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign_message_id: Option<String>,
    /// Digest of the registry snapshot the decision was made with.
    pub registry: String,
    /// The row of the access matrix that allowed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// SHA-256 fingerprint, in hex, of the certificate that signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// What was found about that certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<SignerFound>,
    /// What was found about the certificate of the node that the message came through (ЭП-СМЭВ).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_signer: Option<SignerFound>,
    /// SHA-256, in hex, of the value of the sender's signature: by it a repeat is recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// Signatures of officials inside the message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub officials: Vec<OfficialFound>,
    /// Expanded names of header blocks that were not passed on, because no signature covers them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
    /// What was found about the message, in a word or a sentence.
    pub verdict: String,
    /// Where it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Anything else worth keeping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who did what with the evidence: of [`Kind::Audited`] alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audited>,
}

impl Header {
    /// The version of the structure that this code writes.
    pub const VERSION: u16 = 1;

    /// A header with the required fields; the others are empty.
    pub fn new(exchange: Uuid, kind: Kind, time: Timestamp) -> Self {
        Self {
            version: Self::VERSION,
            exchange,
            kind,
            time,
            message_id: None,
            received: None,
            sent: None,
            sender: None,
            recipient: None,
            originator: None,
            agency: None,
            service: None,
            service_version: None,
            operation: None,
            status: None,
            code: None,
            request_id_ref: None,
            origin_request_id_ref: None,
            case_number: None,
            service_code: None,
            test: false,
            keys: Vec::new(),
            keys_left_out: 0,
            foreign_message_id: None,
            registry: String::new(),
            grant: None,
            certificate: None,
            signer: None,
            node_signer: None,
            signature: None,
            officials: Vec::new(),
            dropped: Vec::new(),
            verdict: String::new(),
            endpoint: None,
            note: None,
            audit: None,
        }
    }

    /// The identifiers of messages by which the record hangs together with others, in one spelling: its own, those it refers to, that
    /// of another node.
    pub fn message_ids(&self) -> Vec<String> {
        link::messages(self)
    }

    /// Whether nobody has proved to be the sender: what such a message quotes says nothing about the exchange quoted.
    pub fn is_unproven(&self) -> bool {
        link::is_unproven(self)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// What part the octets played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The message as it came in.
    Received,
    /// The message as it went out.
    Forwarded,
    /// The fault that the bus itself made and sent back.
    Fault,
}

/// How the octets are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The octets are the message.
    Whole,
    /// The octets are edits of the [`Role::Received`] body of the same record (`splice` reads them): what a signing
    /// gateway changes is a few kilobytes, and the record proves at the same time that nothing else changed.
    Splice,
}

/// Octets that were on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Their part.
    pub role: Role,
    /// How to read them.
    pub form: Form,
    /// They themselves: never decoded, never re-serialised.
    pub octets: Bytes,
}

/// A body without its octets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyInfo {
    /// Its part.
    pub role: Role,
    /// How to read it.
    pub form: Form,
    /// Number of its octets.
    pub bytes: u64,
}

impl Record {
    /// The whole message of that role, a splice applied to the received message; `None` when the record has none.
    pub fn message(&self, role: Role) -> Result<Option<Bytes>, Error> {
        let Some(body) = self.bodies.iter().find(|body| body.role == role) else {
            return Ok(None);
        };
        match body.form {
            Form::Whole => Ok(Some(body.octets.clone())),
            Form::Splice => {
                let received = |body: &&Body| body.role == Role::Received && body.form == Form::Whole;
                let base = self
                    .bodies
                    .iter()
                    .find(received)
                    .ok_or(Error::BadRecord { what: "a splice without a received body" })?;
                splice::apply(&body.octets, &base.octets).map(Some)
            }
        }
    }
}
