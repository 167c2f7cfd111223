//! What parsers read differently: document types, entities, comments, instructions, encodings, namespaces; and what makes
//! some of them go out and fetch.

use std::net::TcpListener;

use super::bus::{Bus, Call};
use super::forge::{FORGED, between, edit};

const PARSE: &[&str] = &["SMEV-100002"];

/// An address that hears whether anybody calls.
struct Canary(TcpListener);

impl Canary {
    fn new() -> Canary {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Canary(listener)
    }

    fn url(&self) -> String {
        format!("http://{}/x", self.0.local_addr().unwrap())
    }

    fn must_be_alone(&self, bus: &mut Bus) {
        if self.0.accept().is_ok() {
            bus.trouble("somebody fetched what a message names".to_owned());
        }
    }
}

#[test]
fn document_types_and_entities() {
    let mut bus = Bus::running();
    let canary = Canary::new();
    let message = bus.forge.signed();
    let url = canary.url();
    let laugh = |number: usize| format!("<!ENTITY l{number} \"{}\">", format!("&l{};", number - 1).repeat(10));
    let laughs = (1..20).map(laugh).collect::<Vec<_>>().concat();
    let long = "A".repeat(50_000);
    for doctype in [
        "<!DOCTYPE soap:Envelope>".to_owned(),
        "<!DOCTYPE\nsoap:Envelope>".to_owned(),
        "<!DOCTYPE x SYSTEM \"file:///etc/passwd\">".to_owned(),
        format!("<!DOCTYPE x SYSTEM \"{url}\">"),
        format!("<!DOCTYPE x PUBLIC \"-//x\" \"{url}\">"),
        format!("<!DOCTYPE x [<!ENTITY % p SYSTEM \"{url}\">%p;]>"),
        format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"{url}\">]>"),
        "<!DOCTYPE x [<!ATTLIST x Id ID #IMPLIED>]>".to_owned(),
        "<!DOCTYPE x [<!ENTITY a \"b\">]>".to_owned(),
        format!("<!DOCTYPE x [<!ENTITY l0 \"ha\">{laughs}]>"),
        format!("<!DOCTYPE x [<!ENTITY q \"{long}\">]>"),
        "<!DOCTYPE x [<!NOTATION n SYSTEM \"n\">]>".to_owned(),
        "<!DOCTYPE x [<!ELEMENT x".to_owned(),
        "<!doctype x>".to_owned(),
        "<!ENTITY a \"b\">".to_owned(),
    ] {
        for before in ["", "<?xml version=\"1.0\"?>\n<!-- c -->", "\u{feff}"] {
            bus.refuses(format!("{before}{doctype:.60}"), PARSE, format!("{before}{doctype}{message}"));
        }
        let inside = edit(&message, "<soap:Header>", &format!("{doctype}<soap:Header>"));
        bus.refuses(format!("{doctype:.60} inside"), PARSE, inside);
    }
    for entity in ["&e;", "&l19;", "&nbsp;", "&#0;", "&#x1F;", "&#xD800;", "&#xFFFE;", "&#x110000;", "&#;", "&", "&amp"]
    {
        bus.refuses(
            format!("reference {entity}"),
            PARSE,
            edit(&message, "<op:TaskNumber>", &format!("<op:TaskNumber>{entity}")),
        );
    }
    canary.must_be_alone(&mut bus);
    bus.account();
}

/// Names of things to fetch are text; a message that bears them passes, and nobody fetches.
#[test]
fn nothing_that_a_message_names_is_fetched() {
    let mut bus = Bus::running();
    let canary = Canary::new();
    let url = canary.url();
    for (name, content) in [
        ("XInclude", format!("<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"{url}\"/>")),
        (
            "schemaLocation",
            format!("<x xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"urn:x {url}\"/>"),
        ),
        ("xml:base", format!("<x xml:base=\"{url}\"/>")),
        ("xlink", format!("<x xmlns:l=\"http://www.w3.org/1999/xlink\" l:href=\"{url}\"/>")),
        ("an import of WSDL", format!("<w:import xmlns:w=\"http://schemas.xmlsoap.org/wsdl/\" location=\"{url}\"/>")),
        ("a style sheet", format!("<?xml-stylesheet type=\"text/xsl\" href=\"{url}\"?>")),
        (
            "an array of SOAP",
            "<x xmlns:e=\"http://schemas.xmlsoap.org/soap/encoding/\" e:arrayType=\"x[1000000000]\"/>".to_owned(),
        ),
    ] {
        let template = edit(&bus.forge.template(), "</smev:AppData>", &format!("{content}</smev:AppData>"));
        let message = bus.forge.sign(&template);
        bus.serves(format!("{name} in AppData"), message);
    }
    let wsa = "http://www.w3.org/2005/08/addressing";
    for place in ["ReplyTo", "FaultTo", "From", "To"] {
        let address = if place == "To" { url.clone() } else { format!("<a:Address>{url}</a:Address>") };
        let header =
            format!("<a:{place} xmlns:a=\"{wsa}\" soap:mustUnderstand=\"1\">{address}</a:{place}></soap:Header>");
        let message = edit(&bus.forge.signed(), "</soap:Header>", &header);
        bus.serves(format!("WS-Addressing {place}"), message);
    }
    canary.must_be_alone(&mut bus);
    bus.account();
}

/// Two readers put a field together around a comment, or take the half before it: then it is no field to decide by.
#[test]
fn comments_and_instructions_in_routing_fields() {
    let mut bus = Bus::running();
    for (field, value) in [
        ("Code", "SOCZ01641"),
        ("Mnemonic", "ZAGSRecord"),
        ("Version", "1.00"),
        ("TypeCode", "GSRV"),
        ("Status", "REQUEST"),
        ("ExchangeType", "2"),
        ("TestMsg", "T"),
    ] {
        for split in ["<!---->", "<!-- x -->", "<?pi x?>", "<b/>", "<![CDATA[]]><!---->"] {
            let (left, right) = value.split_at(1);
            let from = format!("<smev:{field}>{value}</smev:{field}>");
            let to = format!("<smev:{field}>{left}{split}{right}</smev:{field}>");
            let template = bus.forge.template().replacen(&from, &to, 1);
            // A comment is not signed: the attacker puts it in after signing, too.
            let signed = bus.forge.signed().replacen(&from, &to, 1);
            let by_sender = bus.forge.sign(&template);
            bus.refuses(format!("{field}: {split} by the sender"), PARSE, by_sender);
            bus.refuses(format!("{field}: {split} by another"), PARSE, signed);
        }
    }
    for field in ["Sender", "Recipient", "Service", "TypeCode", "Status", "Date", "ExchangeType"] {
        let message = bus.forge.template();
        let element = between(&message, &format!("<smev:{field}>"), &format!("</smev:{field}>")).to_owned();
        let template = edit(&message, &element, &element.repeat(2));
        let attack = bus.forge.sign(&template);
        bus.refuses(format!("{field} twice"), PARSE, attack);
    }
    bus.account();
}

/// What no signature covers must not change what a reader makes of the message.
#[test]
fn instructions_and_text_outside_the_body() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let sheet = "<?xml-stylesheet type='text/xsl' href='http://127.0.0.1:1/x.xsl'?>";
    for place in
        ["<soap:Envelope ", "<soap:Header>", "<wsse:Security ", "</soap:Header>", "<soap:Body ", "</soap:Envelope>"]
    {
        bus.refuses(format!("an instruction before {place}"), PARSE, edit(&message, place, &format!("{sheet}{place}")));
    }
    for (name, attack) in [
        ("behind the root: an instruction", format!("{message}{sheet}")),
        ("behind the root: text", format!("{message}x")),
        ("behind the root: an element", format!("{message}<x/>")),
        ("behind the root: another message", message.repeat(2)),
        ("behind the root: CDATA", format!("{message}<![CDATA[x]]>")),
        ("behind the root: NUL", format!("{message}\0")),
        ("before the root: text", format!("x{message}")),
        ("before the declaration: a blank", format!(" <?xml version=\"1.0\"?>{message}")),
        ("a second declaration", format!("<?xml version=\"1.0\"?><?xml version=\"1.0\"?>{message}")),
        ("a declaration inside", edit(&message, "<soap:Body ", "<?xml version=\"1.0\"?><soap:Body ")),
        ("an element behind the Body", edit(&message, "</soap:Envelope>", "<x/></soap:Envelope>")),
        ("an element before the Body", edit(&message, "<soap:Body ", "<x/><soap:Body ")),
        ("an element before the Header", edit(&message, "<soap:Header>", "<x/><soap:Header>")),
        ("text in Envelope", edit(&message, "<soap:Body ", "x<soap:Body ")),
        ("CDATA in Envelope", edit(&message, "<soap:Body ", "<![CDATA[x]]><soap:Body ")),
        ("]]> in text", edit(&message, "<op:TaskNumber>", "<op:TaskNumber>]]>")),
        ("-- in a comment", edit(&message, "<op:TaskNumber>", "<op:TaskNumber><!-- -- -->")),
        ("an attribute twice", edit(&message, "<op:getRecord>", "<op:getRecord a=\"1\" a=\"2\">")),
        (
            "an attribute twice by namespace",
            edit(&message, "<op:getRecord>", "<op:getRecord xmlns:x=\"urn:x\" xmlns:y=\"urn:x\" x:a=\"1\" y:a=\"2\">"),
        ),
        ("attributes not apart", edit(&message, "<op:getRecord>", "<op:getRecord a=\"1\"b=\"2\">")),
        ("an attribute without quotes", edit(&message, "<op:getRecord>", "<op:getRecord a=1>")),
        ("< in an attribute", edit(&message, "<op:getRecord>", "<op:getRecord a=\"<\">")),
        ("an undeclared prefix", edit(&message, "<op:getRecord>", "<op:getRecord><z:z/>")),
        ("the prefix xml bound anew", edit(&message, "<op:getRecord>", "<op:getRecord xmlns:xml=\"urn:x\">")),
        ("the prefix xmlns declared", edit(&message, "<op:getRecord>", "<op:getRecord xmlns:xmlns=\"urn:x\">")),
        ("a prefix undeclared", edit(&message, "<op:getRecord>", "<op:getRecord xmlns:x=\"\">")),
        ("tags crossed", edit(&message, "</op:TaskNumber></smev:AppData>", "</smev:AppData></op:TaskNumber>")),
        ("not ended", message[..message.len() - 5].to_owned()),
        ("nothing", String::new()),
        ("blanks", " \n ".to_owned()),
        ("no XML", "GET / HTTP/1.1".to_owned()),
    ] {
        bus.refuses(name, PARSE, attack);
    }
    bus.account();
}

/// Signed meaning must not change with what stands around it.
#[test]
fn context_of_the_signed_body_changed_after_signing() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    for (name, from, to) in [
        (
            "prefix of the operation bound anew",
            "xmlns:op=\"http://zags.region64.example/record/1.00\"",
            "xmlns:op=\"urn:other\"",
        ),
        ("content changed", between(&message, "<op:TaskNumber>", "</op:TaskNumber>"), FORGED),
        ("a blank more", "<smev:AppData>", "<smev:AppData> "),
        ("an attribute more", "<op:getRecord>", "<op:getRecord a=\"1\">"),
        ("an instruction more", "<op:getRecord>", "<op:getRecord><?a?>"),
        ("a namespace on the operation", "<op:getRecord>", "<op:getRecord xmlns=\"urn:x\"><x/>"),
    ] {
        bus.refuses(name, &["SMEV-100003"], edit(&message, from, to));
    }
    let space = edit(&message, "<soap:Body ", "<soap:Body xml:space=\"preserve\" ");
    bus.refuses("xml:space on the Body", &["SMEV-100003"], space);
    bus.account();
}

/// What is declared must be what is there, and that is UTF-8 of XML 1.0.
#[test]
fn encodings() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let utf16 = |order: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        mark.into_iter().chain(message.encode_utf16()).flat_map(order).collect()
    };
    let utf32 = |mark: bool| -> Vec<u8> {
        let mark = mark.then_some('\u{feff}');
        mark.into_iter().chain(message.chars()).flat_map(|letter| u32::from(letter).to_be_bytes()).collect()
    };
    let put = |octets: &[u8]| -> Vec<u8> {
        let at = message.find("<op:TaskNumber>").unwrap() + "<op:TaskNumber>".len();
        [&message.as_bytes()[..at], octets, &message.as_bytes()[at..]].concat()
    };
    for (name, octets) in [
        ("UTF-16, little end, marked", utf16(u16::to_le_bytes, true)),
        ("UTF-16, big end, marked", utf16(u16::to_be_bytes, true)),
        ("UTF-16, little end", utf16(u16::to_le_bytes, false)),
        ("UTF-16, big end", utf16(u16::to_be_bytes, false)),
        ("UTF-32, marked", utf32(true)),
        ("UTF-32", utf32(false)),
        ("EBCDIC", b"\x4c\x6f\xa7\x94\x93".to_vec()),
        ("UTF-7", message.replace('<', "+ADw-").into_bytes()),
        ("two marks", format!("\u{feff}\u{feff}{message}").into_bytes()),
        ("the mark of UTF-16 before UTF-8", [&[0xff, 0xfe], message.as_bytes()].concat()),
        ("windows-1251", put(&[0xcf, 0xf0])),
        ("overlong", put(&[0xc0, 0xbc])),
        ("overlong NUL", put(&[0xc0, 0x80])),
        ("surrogates", put(&[0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80])),
        ("beyond Unicode", put(&[0xf4, 0x90, 0x80, 0x80])),
        ("NUL", put(&[0])),
        ("a control character", put(&[1])),
        ("U+FFFE", put("\u{fffe}".as_bytes())),
        ("U+FFFF", put("\u{ffff}".as_bytes())),
    ] {
        bus.refuses(name, PARSE, octets);
    }
    for declaration in [
        "<?xml version=\"1.0\" encoding=\"windows-1251\"?>",
        "<?xml version='1.0' encoding='UTF-16'?>",
        "<?xml version=\"1.0\" encoding=\"UTF-7\"?>",
        "<?xml version=\"1.0\" encoding=\"IBM037\"?>",
        "<?xml version=\"1.0\" encoding=\"\"?>",
        "<?xml version=\"1.1\"?>",
        "<?xml version=\"1.1\" encoding=\"UTF-8\"?>",
        "<?xml version=\"2.0\"?>",
        "<?xml version=\"1.0\" standalone=\"maybe\"?>",
        "<?xml encoding=\"UTF-8\"?>",
        "<?XML version=\"1.0\"?>",
    ] {
        bus.refuses(declaration, PARSE, format!("{declaration}{message}"));
    }
    for content_type in [
        "text/xml; charset=windows-1251",
        "text/xml; charset=utf-16",
        "text/xml; charset=utf-7",
        "text/xml; charset=\"\"",
        "text/xml; charset=utf-8; charset=utf-16",
    ] {
        bus.refuses_in(content_type, PARSE, &Call { content_type, ..Call::default() }, &message);
    }
    bus.account();
}
