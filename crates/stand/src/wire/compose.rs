//! Unsigned SOAP envelopes of the region's systems: `Message`, AppData, AppDocument in three handwritings, so that the
//! bus meets what it meets in the wild (prefixes, indentation, where namespaces are declared). No signatures here.

use std::fmt::Write as _;

use bytes::Bytes;
use jiff::{Timestamp, tz::Offset};
use uuid::Uuid;

use crate::region::{Pattern, Revision, Service, System, SystemKind};
use crate::wire::xml::{Writer, escape};
use crate::wire::{archive, content};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

/// How a system's software writes XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handwriting {
    declaration: &'static str,
    soap: &'static str,
    smev: &'static str,
    operation: &'static str,
    pub(crate) body_id: &'static str,
    /// Namespaces of the content stand on the operation instead of the Envelope.
    local_namespaces: bool,
    indent: bool,
}

/// The three handwritings: a Java stack, a script that indents before it signs, a WCF client.
const HANDWRITINGS: [Handwriting; 3] = [
    Handwriting {
        declaration: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        soap: "soapenv",
        smev: "smev",
        operation: "ws",
        body_id: "body",
        local_namespaces: false,
        indent: false,
    },
    Handwriting {
        declaration: "<?xml version='1.0' encoding='UTF-8'?>\n",
        soap: "SOAP-ENV",
        smev: "rev",
        operation: "ns1",
        body_id: "id-2",
        local_namespaces: false,
        indent: true,
    },
    Handwriting {
        declaration: "",
        soap: "s",
        smev: "a",
        operation: "b",
        body_id: "_1",
        local_namespaces: true,
        indent: false,
    },
];

/// The handwriting of a system: always the same for one mnemonic.
pub(crate) fn handwriting(mnemonic: &str) -> Handwriting {
    let sum: usize = mnemonic.bytes().map(usize::from).sum();
    let [first, second, third] = HANDWRITINGS;
    match sum % 3 {
        0 => first,
        1 => second,
        _ => third,
    }
}

/// One message to be composed.
#[derive(Debug, Clone)]
pub(crate) struct Letter<'a> {
    pub(crate) service: &'a Service,
    pub(crate) sender: &'a System,
    pub(crate) recipient: &'a System,
    /// Who started the chain.
    pub(crate) originator: &'a System,
    pub(crate) status: &'a str,
    pub(crate) date: Timestamp,
    pub(crate) request_id_ref: Option<String>,
    pub(crate) origin_request_id_ref: Option<String>,
    pub(crate) case_number: Option<String>,
    /// An answer's operation element is called `…Response`.
    pub(crate) answer: bool,
    /// Elements of AppData; `None`: no MessageData at all (PING).
    pub(crate) rows: Option<content::Rows>,
    /// Makes this message different from all others (`TaskNumber` in AppData).
    pub(crate) task: Uuid,
    /// Further text in AppData, for behaviours and filling.
    pub(crate) note: Option<String>,
    /// Adds an AppDocument.
    pub(crate) attachment: bool,
    /// Marks the message as a test (`TestMsg`).
    pub(crate) test: bool,
    /// Makes Body at least so long, in octets.
    pub(crate) body_bytes: usize,
    /// Writes this instead of the sender's mnemonic into `Sender/Code`.
    pub(crate) false_sender: Option<&'a str>,
}

impl<'a> Letter<'a> {
    /// A request with the usual content of the service; the sender started the chain himself.
    pub(crate) fn request(
        service: &'a Service,
        sender: &'a System,
        recipient: &'a System,
        date: Timestamp,
        task: Uuid,
    ) -> Letter<'a> {
        Letter {
            service,
            sender,
            recipient,
            originator: sender,
            status: if service.pattern == Pattern::Callback { "STATE" } else { "REQUEST" },
            date,
            request_id_ref: None,
            origin_request_id_ref: None,
            case_number: None,
            answer: false,
            rows: Some(content::request(&service.sid)),
            task,
            note: None,
            attachment: service.pattern == Pattern::Application,
            test: true,
            body_bytes: 0,
            false_sender: None,
        }
    }

    /// The answer to a request: parties swapped, `RequestIdRef` as given.
    pub(crate) fn answer(request: &Letter<'a>, status: &'a str, request_id: &str, origin_id: &str) -> Letter<'a> {
        let rows = match status {
            "RESULT" => content::result(&request.service.sid),
            other => content::remark(other),
        };
        Letter {
            sender: request.recipient,
            recipient: request.sender,
            status,
            request_id_ref: Some(request_id.to_owned()),
            origin_request_id_ref: Some(origin_id.to_owned()),
            answer: true,
            rows: Some(rows),
            attachment: false,
            note: None,
            body_bytes: 0,
            false_sender: None,
            ..request.clone()
        }
    }
}

/// An unsigned envelope, open at the place where header blocks go.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Up to and including the start tag of the Envelope.
    start: String,
    /// From `<Body` to its end tag.
    pub(crate) body: String,
    /// What follows the Body.
    end: String,
    hand: Handwriting,
}

impl Draft {
    /// The envelope with the given blocks in its Header.
    pub(crate) fn with_header(&self, blocks: &str) -> Bytes {
        let Draft { start, body, end, hand } = self;
        let soap = hand.soap;
        let space = if hand.indent { "\n  " } else { "" };
        Bytes::from(format!("{start}{space}<{soap}:Header>{blocks}</{soap}:Header>{space}{body}{end}"))
    }

    /// The envelope without a Header element, as systems without a signature of their own send it.
    pub(crate) fn bare(&self) -> Bytes {
        let Draft { start, body, end, hand } = self;
        let space = if hand.indent { "\n  " } else { "" };
        Bytes::from(format!("{start}{space}{body}{end}"))
    }

    /// Id of the Body.
    pub(crate) fn body_id(&self) -> &'static str {
        self.hand.body_id
    }
}

/// The unsigned envelope of a letter.
pub(crate) fn compose(letter: &Letter<'_>) -> Draft {
    let hand = handwriting(&letter.sender.mnemonic);
    let draft = envelope(hand, letter.service, &operation(letter, hand, ""));
    let missing = letter.body_bytes.saturating_sub(draft.body.len());
    if missing == 0 {
        return draft;
    }
    let frame = "<x:Filling></x:Filling>".len();
    envelope(hand, letter.service, &operation(letter, hand, &filling(letter.task, missing.saturating_sub(frame))))
}

/// A SOAP fault of a provider's own, as an unsigned envelope.
pub(crate) fn provider_fault(service: &Service, sender: &System, text: &str) -> Draft {
    let hand = handwriting(&sender.mnemonic);
    let soap = hand.soap;
    let fault = format!(
        "<{soap}:Fault><faultcode>{soap}:Server</faultcode><faultstring>{}</faultstring></{soap}:Fault>",
        escape(text)
    );
    envelope(hand, service, &fault)
}

fn envelope(hand: Handwriting, service: &Service, body_content: &str) -> Draft {
    let soap = hand.soap;
    let namespaces = if hand.local_namespaces { String::new() } else { content_namespaces(hand, service) };
    let start =
        format!("{}<{soap}:Envelope xmlns:{soap}=\"{SOAP}\" xmlns:wsu=\"{WSU}\"{namespaces}>", hand.declaration);
    let space = if hand.indent { "\n  " } else { "" };
    let body = format!("<{soap}:Body wsu:Id=\"{}\">{body_content}{space}</{soap}:Body>", hand.body_id);
    let end = format!("{}</{soap}:Envelope>", if hand.indent { "\n" } else { "" });
    Draft { start, body, end, hand }
}

fn content_namespaces(hand: Handwriting, service: &Service) -> String {
    let smev = match service.revision.namespace() {
        Some(namespace) => format!(" xmlns:{}=\"{namespace}\"", hand.smev),
        None => String::new(),
    };
    format!(" xmlns:{}=\"{}\"{smev}", hand.operation, escape(&service.namespace))
}

fn operation(letter: &Letter<'_>, hand: Handwriting, filling: &str) -> String {
    let mut xml = Writer::new(hand.indent, 2);
    let suffix = if letter.answer { "Response" } else { "" };
    let element = format!("{}:{}{suffix}", hand.operation, letter.service.operation);
    let namespaces = if hand.local_namespaces { content_namespaces(hand, letter.service) } else { String::new() };
    xml.open(&element, &namespaces);
    if letter.service.revision == Revision::Absent {
        app_data(&mut xml, letter, hand, filling);
    } else {
        message(&mut xml, letter, hand.smev);
        if letter.rows.is_some() || letter.attachment {
            message_data(&mut xml, letter, hand, filling);
        }
    }
    xml.close(&element);
    xml.finish()
}

/// `smev:Message` in the order of the schema (protocol §3.2).
fn message(xml: &mut Writer, letter: &Letter<'_>, smev: &str) {
    let named = |name: &str| format!("{smev}:{name}");
    xml.open(&named("Message"), "");
    let sender = letter.false_sender.unwrap_or(&letter.sender.mnemonic);
    party(xml, smev, "Sender", sender, &letter.sender.name);
    party(xml, smev, "Recipient", &letter.recipient.mnemonic, &letter.recipient.name);
    party(xml, smev, "Originator", &letter.originator.mnemonic, &letter.originator.name);
    if letter.service.revision == Revision::Rev120315 {
        xml.open(&named("Service"), "");
        xml.leaf(&named("Mnemonic"), &letter.service.mnemonic);
        xml.leaf(&named("Version"), &letter.service.version);
        xml.close(&named("Service"));
    }
    xml.leaf(&named("TypeCode"), "GSRV");
    xml.leaf(&named("Status"), letter.status);
    xml.leaf(&named("Date"), &moscow(letter.date));
    let portal = letter.sender.kind == SystemKind::Portal || letter.recipient.kind == SystemKind::Portal;
    xml.leaf(&named("ExchangeType"), if portal { "1" } else { "2" });
    for (name, value) in [
        ("RequestIdRef", &letter.request_id_ref),
        ("OriginRequestIdRef", &letter.origin_request_id_ref),
        ("CaseNumber", &letter.case_number),
    ] {
        if let Some(value) = value {
            xml.leaf(&named(name), value);
        }
    }
    if letter.test {
        xml.leaf(&named("TestMsg"), "Учебный регион");
    }
    xml.close(&named("Message"));
}

fn party(xml: &mut Writer, smev: &str, role: &str, code: &str, name: &str) {
    let role = format!("{smev}:{role}");
    xml.open(&role, "");
    xml.leaf(&format!("{smev}:Code"), code);
    xml.leaf(&format!("{smev}:Name"), name);
    xml.close(&role);
}

fn message_data(xml: &mut Writer, letter: &Letter<'_>, hand: Handwriting, filling: &str) {
    let named = |name: &str| format!("{}:{name}", hand.smev);
    xml.open(&named("MessageData"), "");
    if letter.rows.is_some() {
        xml.open(&named("AppData"), "");
        app_data(xml, letter, hand, filling);
        xml.close(&named("AppData"));
    }
    if letter.attachment {
        let code = format!("req_{}", letter.task.hyphenated());
        xml.open(&named("AppDocument"), "");
        xml.leaf(&named("RequestCode"), &code);
        let application =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Application><Kind>Присвоение адреса</Kind></Application>";
        xml.leaf(&named("BinaryData"), &archive::application(&code, application));
        xml.close(&named("AppDocument"));
    }
    xml.close(&named("MessageData"));
}

fn app_data(xml: &mut Writer, letter: &Letter<'_>, hand: Handwriting, filling: &str) {
    let named = |name: &str| format!("{}:{name}", hand.operation);
    xml.leaf(&named("TaskNumber"), &letter.task.hyphenated().to_string());
    for (name, value) in letter.rows.unwrap_or_default() {
        xml.leaf(&named(name), value);
    }
    if let Some(note) = &letter.note {
        xml.leaf(&named("Note"), note);
    }
    if !filling.is_empty() {
        xml.leaf(&named("Filling"), filling);
    }
}

/// Text of at least `octets` octets: lines of a register whose figures differ from line to line and from message to message,
/// so that it is no easier to compress than what agencies write.
fn filling(task: Uuid, octets: usize) -> String {
    let (mut text, mut number) = (String::with_capacity(octets.saturating_add(128)), 0_u64);
    let (high, low) = task.as_u64_pair();
    let mut state = (high ^ low) | 1;
    while text.len() < octets {
        // xorshift64 (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        number = number.saturating_add(1);
        // Writing to a string does not fail.
        let _ = writeln!(text, "Строка {number}: счёт {:020}, сумма {}.{:02} руб.", state, state % 99_999, state % 97);
    }
    text
}

/// `xs:dateTime` with milliseconds in Moscow time, as the portals and agencies write it.
pub(crate) fn moscow(time: Timestamp) -> String {
    let local = Offset::constant(3).to_datetime(time);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+03:00",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second(),
        local.subsec_nanosecond() / 1_000_000
    )
}
