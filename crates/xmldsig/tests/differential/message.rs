//! A whole message around generated parts: a Header and a Body, both signed, each under a PrefixList of its own; the Header holds the
//! signature, which is cut out of it.

use std::ops::Range;
use std::sync::OnceLock;

use base64ct::{Base64, Encoding as _};
use jiff::Timestamp;
use pki::test_ca::TestCa;
use pki::{Algorithm, Identity};
use xmldsig::digest;

use crate::generator::{Generator, PREFIXES};
use crate::referee::{Wanted, canonical};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const WSS: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss";
const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// Base64 of nothing yet: 32 octets, 64 octets.
const DIGEST: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const VALUE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";

/// An element of the message, as somebody needs it who takes it out.
pub(crate) struct Piece {
    pub(crate) span: Range<usize>,
    /// Where its name ends.
    name_end: usize,
    /// Namespace declarations it inherits, as attributes.
    inherited: String,
    /// The PrefixList its reference or its method names.
    pub(crate) prefixes: Vec<String>,
    /// Left out of it.
    pub(crate) cut: Option<Range<usize>>,
}

impl Piece {
    /// Alone, with what it inherits: a document that has the same exclusive canonical form.
    pub(crate) fn standalone(&self, text: &str) -> String {
        let cut = self.cut.clone().unwrap_or(self.span.end..self.span.end);
        let [name, before, after] = [self.span.start..self.name_end, self.name_end..cut.start, cut.end..self.span.end];
        format!("{}{}{}{}", &text[name], self.inherited, &text[before], &text[after])
    }

    /// What the second writer makes of it, with its PrefixList and its cut.
    pub(crate) fn by_referee(&self, text: &str) -> String {
        let without = self.cut.as_ref().map(|cut| cut.start);
        canonical(text, &Wanted { apex: self.span.start, without, prefixes: &self.prefixes })
    }

    /// The same without a PrefixList.
    pub(crate) fn plain_by_referee(&self, text: &str) -> String {
        let without = self.cut.as_ref().map(|cut| cut.start);
        canonical(text, &Wanted { apex: self.span.start, without, prefixes: &[] })
    }
}

/// A signed message.
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) body: Piece,
    pub(crate) header: Piece,
    pub(crate) signed_info: Piece,
}

/// Who signs: ECDSA, which is quick; its canonical octets are those of every algorithm.
pub(crate) fn signer() -> &'static Identity {
    static SIGNER: OnceLock<Identity> = OnceLock::new();
    SIGNER.get_or_init(|| {
        let end: Timestamp = "2036-01-01T00:00:00Z".parse().unwrap();
        let ca = TestCa::create("s", Algorithm::EcdsaP256Sha256, None, Timestamp::UNIX_EPOCH, end, &[1; 64]);
        ca.unwrap().identity().clone()
    })
}

/// Where values are put once they are known.
#[derive(Default)]
struct Slots {
    body: usize,
    header: usize,
    value: usize,
}

/// The PrefixLists of the references and of SignedInfo.
struct Lists {
    body: Vec<String>,
    header: Vec<String>,
    signed_info: Vec<String>,
}

impl Message {
    /// The message of that number.
    pub(crate) fn of(seed: u64) -> Self {
        let mut generator = Generator::of(seed);
        let [body, header, signed_info] = [(); 3].map(|()| prefix_list(&mut generator));
        let lists = Lists { body, header, signed_info };
        let mut slots = Slots::default();
        let prefix = generator.numbers.one_of(&["soap", "a", ""]);
        let name = |local: &str| if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") };
        let declaration = generator.numbers.one_of(&["", "<?xml version=\"1.0\" encoding='utf-8' ?>\r\n<!-- -->"]);
        generator.text.push_str(&format!("{declaration}<{}", name("Envelope")));
        generator.declare(prefix, SOAP);
        generator.declarations_but(&[prefix]);
        generator.text.push_str(">\n");
        let (mut header, (signature, signed_info)) =
            piece(&mut generator, &name("Header"), prefix, "hdr", |generator| {
                generator.content(2);
                let parts = security(generator, &lists, &mut slots);
                generator.content(2);
                parts
            });
        header.cut = Some(signature);
        header.prefixes = lists.header;
        let gap = generator.numbers.one_of(&["", "\n", "<!-- between -->"]);
        generator.text.push_str(gap);
        let (mut body, ()) = piece(&mut generator, &name("Body"), prefix, "body", |generator| generator.content(2));
        body.prefixes = lists.body;
        generator.text.push_str(&format!("</{}>\n", name("Envelope")));
        let mut message = Self { text: generator.text, body, header, signed_info };
        message.sign(&slots);
        message
    }

    fn sign(&mut self, slots: &Slots) {
        for (piece, at) in [(&self.body, slots.body), (&self.header, slots.header)] {
            let digest = digest(Algorithm::EcdsaP256Sha256, piece.by_referee(&self.text).as_bytes());
            self.text.replace_range(at..at + DIGEST.len(), &Base64::encode_string(&digest));
        }
        let signed_info = self.signed_info.by_referee(&self.text);
        let value = signer().key().sign(signed_info.as_bytes(), &[0; 32]).unwrap();
        self.text.replace_range(slots.value..slots.value + VALUE.len(), &Base64::encode_string(&value));
    }
}

/// Writes Header or Body with an id, and what `fill` puts inside.
fn piece<T>(
    generator: &mut Generator,
    name: &str,
    prefix: &'static str,
    id: &str,
    fill: impl FnOnce(&mut Generator) -> T,
) -> (Piece, T) {
    let (start, before) = (generator.text.len(), generator.declarations());
    generator.text.push_str(&format!("<{name}"));
    let name_end = generator.text.len();
    generator.declare("wsu", WSU);
    generator.declarations_but(&["wsu", prefix]);
    generator.attributes();
    generator.text.push_str(&format!(" wsu:Id=\"{id}\">"));
    let inherited = generator.inherited(before);
    let filled = fill(generator);
    generator.text.push_str(&format!("</{name}>"));
    generator.leave(before);
    (Piece { span: start..generator.text.len(), name_end, inherited, prefixes: Vec::new(), cut: None }, filled)
}

/// Some prefixes, declared or not.
fn prefix_list(generator: &mut Generator) -> Vec<String> {
    let listed = |prefix: &str| if prefix.is_empty() { "#default".to_owned() } else { prefix.to_owned() };
    let mut list: Vec<String> = Vec::new();
    while generator.numbers.once_in(2) {
        list.push(listed(generator.numbers.one_of(&PREFIXES)));
    }
    if generator.numbers.once_in(8) {
        list.push("nowhere".to_owned());
    }
    list.dedup();
    list
}

/// Exclusive canonicalization as a method or transform of that name.
fn exclusive(element: &str, list: &[String]) -> String {
    if list.is_empty() {
        return format!("<{element} Algorithm=\"{EXCLUSIVE}\"/>");
    }
    format!(
        "<{element} Algorithm=\"{EXCLUSIVE}\"><ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"{}\"/></{element}>",
        list.join(" ")
    )
}

/// Writes the Security block; the place of the Signature and SignedInfo itself.
fn security(generator: &mut Generator, lists: &Lists, slots: &mut Slots) -> (Range<usize>, Piece) {
    let before = generator.declarations();
    generator.text.push_str("<wsse:Security");
    for (prefix, uri) in [("wsse", WSSE), ("wsu", WSU), ("soap", SOAP)] {
        generator.declare(prefix, uri);
    }
    generator.declarations_but(&["wsse", "wsu", "soap"]);
    generator.text.push_str(&format!(
        " soap:actor=\"http://smev.gosuslugi.ru/actors/smev\"><wsse:BinarySecurityToken \
         EncodingType=\"{WSS}-soap-message-security-1.0#Base64Binary\" ValueType=\"{WSS}-x509-token-profile-1.0#X509v3\" \
         wsu:Id=\"token\">{}</wsse:BinarySecurityToken>",
        Base64::encode_string(signer().certificate().der())
    ));
    let start = generator.text.len();
    let signed_info = signature(generator, lists, slots);
    let signature = start..generator.text.len();
    generator.text.push_str("\n</wsse:Security>");
    generator.leave(before);
    (signature, signed_info)
}

fn signature(generator: &mut Generator, lists: &Lists, slots: &mut Slots) -> Piece {
    let before = generator.declarations();
    let prefix = generator.numbers.one_of(&["", "ds", "c"]);
    let name = |local: &str| if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") };
    generator.text.push_str(&format!("<{}", name("Signature")));
    generator.declare(prefix, DS);
    generator.declarations_but(&[prefix, "wsse"]);
    generator.text.push('>');
    let signed_info = signed_info(generator, prefix, lists, slots);
    generator.text.push_str(&format!("<{}>", name("SignatureValue")));
    slots.value = generator.text.len();
    generator.text.push_str(&format!(
        "{VALUE}</{0}><{1}><wsse:SecurityTokenReference><wsse:Reference URI=\"#token\"/></wsse:SecurityTokenReference></{1}></{2}>",
        name("SignatureValue"),
        name("KeyInfo"),
        name("Signature")
    ));
    generator.leave(before);
    signed_info
}

fn signed_info(generator: &mut Generator, prefix: &'static str, lists: &Lists, slots: &mut Slots) -> Piece {
    let name = |local: &str| if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") };
    let (start, before) = (generator.text.len(), generator.declarations());
    generator.text.push_str(&format!("<{}", name("SignedInfo")));
    let name_end = generator.text.len();
    generator.declarations_but(&[prefix]);
    let inherited = generator.inherited(before);
    let gap = generator.numbers.one_of(&["", "\n", "\r\n  "]);
    generator.text.push_str(&format!(
        ">{gap}{}{gap}<{} Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"/>",
        exclusive(&name("CanonicalizationMethod"), &lists.signed_info),
        name("SignatureMethod"),
    ));
    let mut references = [("body", &lists.body, ""), ("hdr", &lists.header, "enveloped")];
    if generator.numbers.once_in(2) {
        references.reverse();
    }
    for (id, list, enveloped) in references {
        let cut = format!("<{} Algorithm=\"{DS}enveloped-signature\"/>", name("Transform"));
        let cut = if enveloped.is_empty() { "" } else { &cut };
        generator.text.push_str(&format!(
            "{gap}<{0} URI=\"#{id}\"><{1}>{cut}{2}</{1}><{3} Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><{4}>",
            name("Reference"),
            name("Transforms"),
            exclusive(&name("Transform"), list),
            name("DigestMethod"),
            name("DigestValue"),
        ));
        *(if id == "body" { &mut slots.body } else { &mut slots.header }) = generator.text.len();
        generator.text.push_str(&format!("{DIGEST}</{}></{}>", name("DigestValue"), name("Reference")));
    }
    generator.text.push_str(&format!("</{}>", name("SignedInfo")));
    generator.leave(before);
    let prefixes = lists.signed_info.clone();
    Piece { span: start..generator.text.len(), name_end, inherited, prefixes, cut: None }
}
