//! Makes signed messages, also such as no honest sender would: a template is edited, then its placeholders are filled and it is signed.

use std::sync::OnceLock;

use base64ct::{Base64, Encoding as _};
use jiff::Timestamp;
use pki::test_ca::TestCa;
use pki::{Algorithm, Identity};
use xmldsig::{Actor, Algorithms, Distrust, Document, Error, Part, Policy, Verified, digest};

pub(crate) const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(crate) const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const TRANSFORM: &str = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";

/// An identity of the given algorithm; the same one for the same number, certificate and key made once a process.
pub(crate) fn identity(algorithm: Algorithm, number: u8) -> Identity {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let end: Timestamp = "2036-01-01T00:00:00Z".parse().unwrap();
    let name = format!("system {number}");
    TestCa::create(&name, algorithm, None, start, end, &[number; 64]).unwrap().identity().clone()
}

/// The registered sender, GOST R 34.10-2012-256.
pub(crate) fn sender() -> &'static Identity {
    static SENDER: OnceLock<Identity> = OnceLock::new();
    SENDER.get_or_init(|| identity(Algorithm::Gost2012_256, 1))
}

/// Somebody whose certificate is not registered.
pub(crate) fn stranger() -> &'static Identity {
    static STRANGER: OnceLock<Identity> = OnceLock::new();
    STRANGER.get_or_init(|| identity(Algorithm::Gost2012_256, 2))
}

/// A message of `sender` before signing. `@…@` are placeholders: `@token@`, `@digest:PART@`, `@value@`, and the names of methods.
pub(crate) fn template() -> String {
    format!(
        "<soap:Envelope xmlns:soap=\"{SOAP}\" \
         xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\" \
         xmlns:wsu=\"{WSU}\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><soap:Header>\
         <wsse:Security soap:actor=\"http://smev.gosuslugi.ru/actors/smev\">\
         <wsse:BinarySecurityToken \
         EncodingType=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary\" \
         ValueType=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3\" \
         wsu:Id=\"token\">@token@</wsse:BinarySecurityToken>\
         <ds:Signature><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>\
         <ds:SignatureMethod Algorithm=\"@method@\"/>{}</ds:SignedInfo>\
         <ds:SignatureValue>@value@</ds:SignatureValue>\
         <ds:KeyInfo><wsse:SecurityTokenReference><wsse:Reference URI=\"#token\"/></wsse:SecurityTokenReference>\
         </ds:KeyInfo></ds:Signature></wsse:Security>\
         <smev:Header xmlns:smev=\"http://smev.gosuslugi.ru/rev120315\" wsu:Id=\"header\">\
         <smev:NodeId>64</smev:NodeId></smev:Header></soap:Header>\
         <soap:Body wsu:Id=\"body\">{CONTENT}</soap:Body></soap:Envelope>",
        reference("body", "Body"),
    )
}

/// What stands in the Body.
pub(crate) const CONTENT: &str = "<op:ask xmlns:op=\"urn:test:service\"><op:inn>7701234567</op:inn></op:ask>";

/// A ds:Reference to `id`, with the digest of `part`.
pub(crate) fn reference(id: &str, part: &str) -> String {
    format!(
        "<ds:Reference URI=\"#{id}\"><ds:Transforms>{TRANSFORM}</ds:Transforms>\
         <ds:DigestMethod Algorithm=\"@digest-method@\"/><ds:DigestValue>@digest:{part}@</ds:DigestValue></ds:Reference>"
    )
}

/// Replaces the only occurrence of `from`.
pub(crate) fn edit(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from:?} in {text}");
    text.replace(from, to)
}

fn methods(algorithm: Algorithm) -> (&'static str, &'static str) {
    match algorithm {
        Algorithm::Gost2001 => (
            "http://www.w3.org/2001/04/xmldsig-more#gostr34102001-gostr3411",
            "http://www.w3.org/2001/04/xmldsig-more#gostr3411",
        ),
        Algorithm::Gost2012_256 => (
            "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256",
            "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256",
        ),
        Algorithm::Gost2012_512 => (
            "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-512",
            "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-512",
        ),
        Algorithm::RsaSha256 => {
            ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256")
        }
        Algorithm::EcdsaP256Sha256 => {
            ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256")
        }
    }
}

fn canonical(text: &str, part: &Part) -> Vec<u8> {
    Document::parse(text.as_bytes()).unwrap().canonical(part).unwrap()
}

/// Fills the placeholders of `template` and signs it with `identity`, whatever it looks like.
pub(crate) fn sign(template: &str, identity: &Identity) -> String {
    let algorithm = identity.key().algorithm();
    let (method, digest_method) = methods(algorithm);
    let mut text = template
        .replace("@token@", &Base64::encode_string(identity.certificate().der()))
        .replace("@method@", method)
        .replace("@digest-method@", digest_method);
    while let Some(start) = text.find("@digest:") {
        let name = text[start..].trim_start_matches("@digest:").split('@').next().unwrap().to_owned();
        let part = match name.as_str() {
            "Body" => Part::Body,
            "Header" => Part::Header,
            other => Part::Other(other.to_owned()),
        };
        let value = Base64::encode_string(&digest(algorithm, &canonical(&text, &part)));
        text = text.replace(&format!("@digest:{name}@"), &value);
    }
    let signed_info = canonical(&text, &Part::Other("{http://www.w3.org/2000/09/xmldsig#}SignedInfo".to_owned()));
    let value = identity.key().sign(&signed_info, &[9; 32]).unwrap();
    text.replace("@value@", &Base64::encode_string(&value))
}

/// A correct message of `sender`.
pub(crate) fn signed() -> String {
    sign(&template(), sender())
}

/// Trusts the one certificate of `identity`.
pub(crate) fn trust_in(identity: &Identity) -> impl Fn(&[u8]) -> Result<pki::Certificate, Distrust> {
    let registered = identity.certificate().clone();
    move |der| {
        if der == registered.der() { Ok(registered.clone()) } else { Err(Distrust::Unknown) }
    }
}

/// Verifies the signature of the sender over Body, GOST only, trusting `sender` alone.
pub(crate) fn verify(text: &str) -> Result<Verified, Error> {
    let policy = Policy { actor: Actor::Sender, cover: &[Part::Body], algorithms: Algorithms::Gost };
    verify_with(text, &policy, sender())
}

pub(crate) fn verify_with(text: &str, policy: &Policy, trusted: &Identity) -> Result<Verified, Error> {
    Document::parse(text.as_bytes())?.verify(policy, &trust_in(trusted))
}

/// Asserts that `result` is the error of the pattern.
macro_rules! refused {
    ($result:expr, $pattern:pat $(if $guard:expr)? $(, $($context:tt)+)?) => {
        match $result {
            Err($pattern) $(if $guard)? => {}
            other => {
                let context: &[String] = &[$(format!($($context)+))?];
                panic!("{} instead of {}: {context:?}", forge::brief(other), stringify!($pattern))
            }
        }
    };
}
pub(crate) use refused;

/// A verdict in short.
pub(crate) fn brief(result: Result<Verified, Error>) -> String {
    match result {
        Ok(verified) => {
            format!("ACCEPTED {:?}", verified.covered.iter().map(|covered| &covered.part).collect::<Vec<_>>())
        }
        Err(error) => format!("{error:?}"),
    }
}

/// A message whose only signature is an official's, in AppData.
pub(crate) fn official() -> String {
    const DATA: &str = "{http://smev.gosuslugi.ru/rev120315}AppData";
    let template = template();
    let signature = &template[template.find("<ds:Signature>").unwrap()..template.find("</wsse:Security>").unwrap()];
    let key_info =
        &signature[signature.find("<wsse:SecurityTokenReference>").unwrap()..signature.find("</ds:KeyInfo>").unwrap()];
    let x509 = "<ds:X509Data><ds:X509Certificate>@token@</ds:X509Certificate></ds:X509Data>";
    let enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let signature = edit(signature, key_info, x509);
    let signature = edit(&signature, TRANSFORM, &format!("{enveloped}{TRANSFORM}"));
    let signature = edit(&signature, "#body", "#data");
    let message = format!(
        "<soap:Envelope xmlns:soap=\"{SOAP}\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><soap:Body><op:ask xmlns:op=\"urn:o\">\
         <smev:MessageData xmlns:smev=\"http://smev.gosuslugi.ru/rev120315\"><smev:AppData Id=\"data\">@signature@<op:t>text</op:t>\
         </smev:AppData></smev:MessageData></op:ask></soap:Body></soap:Envelope>"
    );
    // The digest is that of AppData without the signature.
    let without = canonical(&message.replace("@signature@", ""), &Part::Other(DATA.to_owned()));
    let value = Base64::encode_string(&digest(sender().key().algorithm(), &without));
    let signature = edit(&signature, "@digest:Body@", &value);
    sign(&message.replace("@signature@", &signature), sender())
}
