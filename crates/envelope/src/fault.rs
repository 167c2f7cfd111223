//! The bus's own answer when it refuses: a signed SOAP 1.1 fault (protocol §9.3).
//!
//! Faults of providers are not made here: they travel as any Body. What may be told to whom is the caller's choice.

use bytes::Bytes;
use domain::{Blame, FaultCode, Side};
use pki::Identity;
use uuid::Uuid;
use xmldsig::{Actor, ToSign, security_block};

use crate::stamp::escape;
use crate::{Error, Revision, Stamp, uri};

/// The namespace of the fault's `detail`.
pub const FAULT_NAMESPACE: &str = "urn:rsmev:fault:1";
/// The Content-Type of a fault's HTTP body.
pub const FAULT_CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// The phrase between code and text in every fault that clients of regional nodes are known to parse.
const PHRASE: &str = "При обработке запроса произошла ошибка";
/// What fills the place for a check's name in the published text of SMEV-102000.
const CHECK_RU: &str = "формат блоков СМЭВ";
const CHECK_EN: &str = "format of the SMEV blocks";

const BODY_ID: &str = "body";
const HEADER_ID: &str = "smev-header";
const TOKEN_ID: &str = "node-token";

/// What a refusal says. Nothing of it may name a path, a key or the inside of the bus.
#[derive(Debug, Clone)]
pub struct FaultText<'a> {
    /// The SMEV code, `SMEV-1xxxxx` or `SMEV-2xxxxx`.
    pub code: FaultCode,
    /// What happened, for a person (Russian); may be empty.
    pub sentence_ru: &'a str,
    /// The same in English; may be empty.
    pub sentence_en: &'a str,
    /// The next step; empty when there is none.
    pub hint: &'a str,
    /// The bus's own MessageId of the refused message.
    pub message_id: Uuid,
    /// The id of the request, when the refused message is an answer.
    pub request_message_id: Option<Uuid>,
}

/// The HTTP body of a refusal, to be sent with [`FAULT_CONTENT_TYPE`]: signed by the node over `smev:Header` and Body.
///
/// `revision` is that of the refused message; `None` (unknown, or a service without `Message`) gives a rev111111 header.
pub fn fault(text: &FaultText<'_>, revision: Option<Revision>, stamp: &Stamp, node: &Identity) -> Result<Bytes, Error> {
    let header = stamp.node_header(revision.unwrap_or(Revision::Rev111111), HEADER_ID);
    let body = body(text);
    let algorithm = node.key().algorithm();
    let header_digest = xmldsig::digest(algorithm, header.as_bytes());
    let body_digest = xmldsig::digest(algorithm, body.as_bytes());
    let references = [ToSign { id: HEADER_ID, digest: &header_digest }, ToSign { id: BODY_ID, digest: &body_digest }];
    let security =
        security_block(Actor::Recipient, TOKEN_ID, &references, node, &stamp.entropy).map_err(Error::CannotSign)?;
    let envelope = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soap:Envelope xmlns:soap=\"{soap}\"><soap:Header>{security}{header}</soap:Header>{body}</soap:Envelope>",
        soap = uri::SOAP11,
    );
    Ok(envelope.into())
}

/// Body in exclusive canonical form: it declares what it uses, in canonical order, so that these octets are what is digested.
fn body(text: &FaultText<'_>) -> String {
    let FaultCode { side, row } = text.code;
    let blamed = match row.blame(side) {
        Blame::Sender => "soap:Client",
        Blame::Provider | Blame::Node => "soap:Server",
    };
    let string = format!("{}: {PHRASE}: {}", text.code, sentences(&row.sentence_ru(CHECK_RU), text.sentence_ru));
    let russian = sentences(&row.sentence_ru(CHECK_RU), text.sentence_ru);
    let english = sentences(&row.sentence_en(CHECK_EN), text.sentence_en);
    let hint = optional("Hint", text.hint);
    let request = optional("RequestMessageId", &text.request_message_id.map(|id| id.to_string()).unwrap_or_default());
    let side = match side {
        Side::Request => "REQUEST",
        Side::Response => "RESPONSE",
    };
    format!(
        "<soap:Body xmlns:soap=\"{soap}\" xmlns:wsu=\"{wsu}\" wsu:Id=\"{BODY_ID}\"><soap:Fault><faultcode>{blamed}</faultcode>\
         <faultstring>{string}</faultstring><detail><rsmev:Refusal xmlns:rsmev=\"{FAULT_NAMESPACE}\">\
         <rsmev:Code>{code}</rsmev:Code><rsmev:MessageClass>{side}</rsmev:MessageClass>\
         <rsmev:Text xml:lang=\"ru\">{russian}</rsmev:Text><rsmev:Text xml:lang=\"en\">{english}</rsmev:Text>{hint}\
         <rsmev:MessageId>{id}</rsmev:MessageId>{request}</rsmev:Refusal></detail></soap:Fault></soap:Body>",
        soap = uri::SOAP11,
        wsu = uri::WSU,
        string = escape(&string),
        code = text.code,
        russian = escape(&russian),
        english = escape(&english),
        id = text.message_id,
    )
}

/// The published text, then what happened.
fn sentences(published: &str, happened: &str) -> String {
    match (happened, published.ends_with(['.', '!', '?'])) {
        ("", _) => published.to_owned(),
        (_, true) => format!("{published} {happened}"),
        (_, false) => format!("{published}. {happened}"),
    }
}

fn optional(name: &str, value: &str) -> String {
    match value {
        "" => String::new(),
        value => format!("<rsmev:{name}>{}</rsmev:{name}>", escape(value)),
    }
}
