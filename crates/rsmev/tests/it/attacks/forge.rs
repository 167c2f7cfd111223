//! Signed messages, also such as no honest sender would make: a template is edited, then its placeholders are filled and it is
//! signed. The octets are written as text and never by the code under test; canonical forms are asked of `xmldsig`.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64ct::{Base64, Encoding as _};
use pki::{Algorithm, Certificate, Identity, PrivateKey};
use xmldsig::{Document, Part, digest};

use crate::region::Region;

pub(crate) const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(crate) const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
pub(crate) const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
pub(crate) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(crate) const SMEV: &str = "http://smev.gosuslugi.ru/rev120315";
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const X509_V3: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
pub(crate) const BASE64_BINARY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";
pub(crate) const TRANSFORM: &str = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
/// What an attacker would have done to somebody else's record.
pub(crate) const FORGED: &str = "<op:TaskNumber>forged</op:TaskNumber>";

/// Makes the messages of one system, each different from all before.
pub(crate) struct Forge {
    identity: Identity,
    mnemonic: String,
    date: String,
}

/// No two messages of a process are alike.
static NUMBER: AtomicUsize = AtomicUsize::new(0);

impl Forge {
    /// With the key that the stand gave the system.
    pub(crate) fn of(region: &Region, mnemonic: &str) -> Forge {
        let system = region.described.system(mnemonic).unwrap();
        let identity = identity(region, &system.certificate, &system.key);
        Forge::with(region, mnemonic, identity)
    }

    /// With a key of the test's own.
    pub(crate) fn with(region: &Region, mnemonic: &str, identity: Identity) -> Forge {
        let example = fs::read_to_string(region.control_example("SID0064001")).unwrap();
        let date = between(&example, ":Date>", "<").trim_start_matches(":Date>").trim_end_matches('<').to_owned();
        Forge { identity, mnemonic: mnemonic.to_owned(), date }
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// A message before signing. `@…@` are placeholders: `@token@`, `@digest:PART@`, `@value@`, and the names of methods.
    pub(crate) fn template(&self) -> String {
        let (number, code, date) = (NUMBER.fetch_add(1, Ordering::SeqCst), &self.mnemonic, &self.date);
        format!(
            "<soap:Envelope xmlns:soap=\"{SOAP}\" xmlns:wsse=\"{WSSE}\" xmlns:wsu=\"{WSU}\" xmlns:ds=\"{DS}\" \
             xmlns:smev=\"{SMEV}\" xmlns:op=\"http://zags.region64.example/record/1.00\"><soap:Header>\
             <wsse:Security soap:actor=\"http://smev.gosuslugi.ru/actors/smev\"><wsse:BinarySecurityToken \
             EncodingType=\"{BASE64_BINARY}\" ValueType=\"{X509_V3}\" wsu:Id=\"token\">@token@\
             </wsse:BinarySecurityToken><ds:Signature><ds:SignedInfo><ds:CanonicalizationMethod \
             Algorithm=\"{EXCLUSIVE}\"/><ds:SignatureMethod Algorithm=\"@method@\"/>{reference}</ds:SignedInfo>\
             <ds:SignatureValue>@value@</ds:SignatureValue><ds:KeyInfo><wsse:SecurityTokenReference>\
             <wsse:Reference URI=\"#token\"/></wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>\
             </soap:Header><soap:Body wsu:Id=\"body\"><op:getRecord><smev:Message><smev:Sender>\
             <smev:Code>{code}</smev:Code><smev:Name>Отправитель</smev:Name></smev:Sender><smev:Recipient>\
             <smev:Code>ZAGS01641</smev:Code><smev:Name>Получатель</smev:Name></smev:Recipient><smev:Originator>\
             <smev:Code>{code}</smev:Code><smev:Name>Отправитель</smev:Name></smev:Originator><smev:Service>\
             <smev:Mnemonic>ZAGSRecord</smev:Mnemonic><smev:Version>1.00</smev:Version></smev:Service>\
             <smev:TypeCode>GSRV</smev:TypeCode><smev:Status>REQUEST</smev:Status><smev:Date>{date}</smev:Date>\
             <smev:ExchangeType>2</smev:ExchangeType><smev:TestMsg>T</smev:TestMsg></smev:Message><smev:MessageData>\
             <smev:AppData><op:TaskNumber>task-{number}</op:TaskNumber></smev:AppData></smev:MessageData></op:getRecord>\
             </soap:Body></soap:Envelope>",
            reference = reference("body", "Body"),
        )
    }

    /// A proper message.
    pub(crate) fn signed(&self) -> String {
        self.sign(&self.template())
    }

    /// Fills the placeholders and signs, whatever it looks like.
    pub(crate) fn sign(&self, template: &str) -> String {
        let algorithm = self.identity.key().algorithm();
        let (method, digest_method) = methods(algorithm);
        let mut text = template
            .replace("@token@", &Base64::encode_string(self.identity.certificate().der()))
            .replace("@method@", method)
            .replace("@digest-method@", digest_method);
        while let Some(start) = text.find("@digest:") {
            let name = text[start..].trim_start_matches("@digest:").split('@').next().unwrap().to_owned();
            let value = Base64::encode_string(&digest(algorithm, &canonical(&text, &part(&name))));
            text = text.replace(&format!("@digest:{name}@"), &value);
        }
        if !text.contains("@value@") {
            return text;
        }
        let signed_info = canonical(&text, &part(&format!("{{{DS}}}SignedInfo")));
        let value = self.identity.key().sign(&signed_info, &[9; 32]).unwrap();
        text.replace("@value@", &Base64::encode_string(&value))
    }
}

/// An identity out of two files of the region.
pub(crate) fn identity(region: &Region, certificate: &std::path::Path, key: &std::path::Path) -> Identity {
    let read = |file: &std::path::Path| fs::read(region.path().join(file)).unwrap();
    let certificate = Certificate::from_pem(&read(certificate)).unwrap();
    Identity::new(certificate, PrivateKey::from_pkcs8_pem(&read(key)).unwrap()).unwrap()
}

fn part(name: &str) -> Part {
    match name {
        "Body" => Part::Body,
        "Header" => Part::Header,
        other => Part::Other(other.to_owned()),
    }
}

/// The canonical octets of a part of this message.
pub(crate) fn canonical(text: &str, part: &Part) -> Vec<u8> {
    Document::parse(text.as_bytes()).unwrap().canonical(part).unwrap()
}

/// Names of signature and digest method that go with a key.
pub(crate) fn methods(algorithm: Algorithm) -> (&'static str, &'static str) {
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

/// A ds:Reference to `id`, with the digest of `part`.
pub(crate) fn reference(id: &str, part: &str) -> String {
    format!(
        "<ds:Reference URI=\"#{id}\"><ds:Transforms>{TRANSFORM}</ds:Transforms>\
         <ds:DigestMethod Algorithm=\"@digest-method@\"/><ds:DigestValue>@digest:{part}@</ds:DigestValue></ds:Reference>"
    )
}

/// So many texts, one behind the other.
pub(crate) fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |text, number| text + &one(number))
}

/// Replaces the only occurrence of `from`.
pub(crate) fn edit(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from:?} in {text}");
    text.replace(from, to)
}

/// From the first `from` to the next `to`, both included.
pub(crate) fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap_or_else(|| panic!("no {from:?} in {text}"));
    &text[start..start + from.len() + text[start + from.len()..].find(to).unwrap() + to.len()]
}

/// The Body as it stands.
pub(crate) fn body(message: &str) -> &str {
    between(message, "<soap:Body", "</soap:Body>")
}

/// The sender's Security block as it stands.
pub(crate) fn security(message: &str) -> &str {
    between(message, "<wsse:Security ", "</wsse:Security>")
}

/// The message with the content that the sender never signed.
pub(crate) fn forged(message: &str) -> String {
    edit(message, between(message, "<op:TaskNumber>", "</op:TaskNumber>"), FORGED)
}
