//! Messages made here: drafts, signed ones, and ones filled and signed whatever they have become.

use base64ct::{Base64, Encoding as _};
use pki::Identity;
use xmldsig::{Document, Part, digest};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SMEV: &str = "http://smev.gosuslugi.ru/rev120315";
const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const WSS: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const URN: &str = "urn:ietf:params:xml:ns:cpxmlsec:algorithms";

/// What holds the signed octets of SignedInfo together.
const SIGNED_INFO: &str = "{http://www.w3.org/2000/09/xmldsig#}SignedInfo";

/// An Envelope around its content, every prefix of SMEV declared.
pub(crate) fn envelope(content: &str) -> String {
    format!(
        "<soap:Envelope xmlns:soap=\"{SOAP}\" xmlns:smev=\"{SMEV}\" xmlns:wsse=\"{WSSE}\" xmlns:wsu=\"{WSU}\" \
         xmlns:ds=\"{DS}\" xmlns:op=\"urn:o\">{content}</soap:Envelope>"
    )
}

/// The children of smev:Message of a complete request.
pub(crate) fn message_children() -> String {
    "<smev:Sender><smev:Code>SOCZ01641</smev:Code><smev:Name>Минсоц &amp; труд</smev:Name></smev:Sender>\
     <smev:Recipient><smev:Code>ZAGS01641</smev:Code><smev:Name><![CDATA[ЗАГС]]></smev:Name></smev:Recipient>\
     <smev:Service><smev:Mnemonic>ZAGS</smev:Mnemonic><smev:Version>1.00</smev:Version></smev:Service>\
     <smev:TypeCode>GSRV</smev:TypeCode><smev:Status>REQUEST</smev:Status>\
     <smev:Date>2026-10-01T12:00:00.5+03:00</smev:Date><smev:ExchangeType>2</smev:ExchangeType>\
     <smev:RequestIdRef>r-1</smev:RequestIdRef><smev:ServiceCode>10000013628</smev:ServiceCode>\
     <smev:CaseNumber>64/17</smev:CaseNumber><smev:TestMsg/><smev:OKTMO>63701000</smev:OKTMO>"
        .to_owned()
}

/// The operation of a complete request.
pub(crate) fn operation() -> String {
    format!(
        "<op:ask><smev:Message>{}</smev:Message><smev:MessageData><smev:AppData Id=\"data\"><op:inn>6449013711</op:inn>\
         </smev:AppData></smev:MessageData></op:ask>",
        message_children()
    )
}

/// Body of a complete request.
pub(crate) fn body() -> String {
    format!("<soap:Body wsu:Id=\"body\">{}</soap:Body>", operation())
}

/// A complete request that nobody signed.
pub(crate) fn unsigned() -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", envelope(&body()))
}

/// An answer that says what went wrong.
pub(crate) fn fault() -> String {
    envelope(
        "<soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>нет связи</faultstring>\
         <detail><op:code>7</op:code></detail></soap:Fault></soap:Body>",
    )
}

/// A request in the handwriting of other programs: default namespaces, apostrophes, references, white space, remarks.
pub(crate) fn odd() -> String {
    format!(
        "\u{FEFF}<!-- a --><Envelope xmlns='{SOAP}'\n xmlns:a = 'urn:a' ><Header >\r\n\t<x:To xmlns:x='urn:wsa' a:y='&#x41;&gt;'/></Header>\
         <b:Body xmlns:b='{SOAP}' id='&#98;ody'><ask xmlns='urn:o'><Message xmlns='http://smev.gosuslugi.ru/rev111111'>\
         <Sender><Code> SOCZ&#48;1641\n</Code><Name>a<![CDATA[<b>]]>c</Name></Sender><Status>PING</Status></Message><?pi x?>\
         <!-- c --></ask></b:Body></Envelope>"
    )
}

/// A message with every block, unsigned: `@…@` are filled by [`sign`].
pub(crate) fn template() -> String {
    let security = format!(
        "<wsse:Security soap:actor=\"http://smev.gosuslugi.ru/actors/smev\"><wsse:BinarySecurityToken \
         EncodingType=\"{WSS}-soap-message-security-1.0#Base64Binary\" ValueType=\"{WSS}-x509-token-profile-1.0#X509v3\" \
         wsu:Id=\"token\">@token@</wsse:BinarySecurityToken><ds:Signature><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>\
         <ds:SignatureMethod Algorithm=\"{URN}:gostr34102012-gostr34112012-256\"/>\
         <ds:Reference URI=\"#body\"><ds:Transforms><ds:Transform Algorithm=\"{EXCLUSIVE}\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{URN}:gostr34112012-256\"/><ds:DigestValue>@digest@</ds:DigestValue></ds:Reference>\
         </ds:SignedInfo><ds:SignatureValue>@value@</ds:SignatureValue><ds:KeyInfo><wsse:SecurityTokenReference>\
         <wsse:Reference URI=\"#token\"/></wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>"
    );
    envelope(&format!("<soap:Header>{security}</soap:Header>{}", body()))
}

/// Fills the placeholders and signs, whatever the template has become; `None` when there is nothing to digest or to sign.
pub(crate) fn sign(template: &str, identity: &Identity, entropy: &[u8; 32]) -> Option<String> {
    let text = template.replace("@token@", &Base64::encode_string(identity.certificate().der()));
    let canonical = |text: &str, part: &Part| Document::parse(text.as_bytes()).ok()?.canonical(part).ok();
    let body = canonical(&text, &Part::Body)?;
    let text = text.replace("@digest@", &Base64::encode_string(&digest(identity.key().algorithm(), &body)));
    let signed_info = canonical(&text, &Part::Other(SIGNED_INFO.to_owned()))?;
    let value = identity.key().sign(&signed_info, entropy).ok()?;
    Some(text.replace("@value@", &Base64::encode_string(&value)))
}

/// The message as the honest sender sends it.
pub(crate) fn signed() -> String {
    sign(&template(), &crate::identities::SENDER, &[9; 32]).expect("a good message can be signed")
}
