//! A control example made ready to be sent as a test: earlier signatures come off, the sender's code becomes that of the
//! system that sends it, the date becomes now, and `TestMsg` is there. Only these places change; signing is the caller's.

use std::ops::Range;

use domain::registry::System;
use jiff::Timestamp;
use jiff::tz::Offset;
use quick_xml::NsReader;
use quick_xml::escape::{escape, unescape};
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

/// Namespaces of `Message` begin so (protocol §1.4).
const SMEV: &[u8] = b"http://smev.gosuslugi.ru/rev";
/// What `TestMsg` says.
const TEST: &str = "Проверка сертификата";

/// Why an example cannot be sent as a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It is no readable SOAP envelope (in one part).
    Unreadable,
    /// It has no Message block, so it cannot say that it is a test.
    NoMessage,
}

impl Unfit {
    /// For the table.
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Unfit::Unreadable => "the control example is no readable envelope",
            Unfit::NoMessage => "no Message block, so no TestMsg: it cannot be sent as a test",
        }
    }
}

/// An element of interest.
#[derive(Debug, Default, Clone)]
struct Element {
    /// From `<` of its start tag to behind its end tag.
    whole: Range<usize>,
    /// Between its tags; `None` when it is empty and has only one.
    inner: Option<Range<usize>>,
}

/// What the example holds.
#[derive(Debug, Default)]
struct Parts {
    /// The root is an Envelope.
    envelope: bool,
    /// Blocks of the SOAP Header that a signer or a node has put there.
    stale: Vec<Range<usize>>,
    message: Option<Element>,
    /// Name of Message as written, prefix included.
    message_name: String,
    sender_code: Option<Element>,
    sender_name: Option<Element>,
    originator_code: Option<Element>,
    date: Option<Element>,
    test: bool,
    oktmo: Option<Element>,
}

/// The example as `system` would send it at a moment, not signed.
pub(super) fn ready(example: &[u8], system: &System, at: Timestamp) -> Result<Vec<u8>, Unfit> {
    let text = std::str::from_utf8(example).map_err(|_| Unfit::Unreadable)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let parts = Parts::find(text).ok_or(Unfit::Unreadable)?;
    let message = parts.message.as_ref().ok_or(Unfit::NoMessage)?;
    let inside = message.inner.clone().ok_or(Unfit::NoMessage)?;
    let mut edits: Vec<(Range<usize>, String)> =
        parts.stale.iter().map(|block| (block.clone(), String::new())).collect();
    let mut set = |element: &Option<Element>, value: &str| {
        if let Some(inner) = element.as_ref().and_then(|element| element.inner.clone()) {
            edits.push((inner, escape(value).into_owned()));
        }
    };
    let written = parts.sender_code.as_ref().and_then(|code| text_of(text, code));
    if written.as_ref().is_none_or(|code| !system.is_called(code)) {
        let originated = parts.originator_code.as_ref().and_then(|code| text_of(text, code));
        set(&parts.sender_code, system.mnemonic.as_str());
        set(&parts.sender_name, &system.name);
        if originated == written {
            set(&parts.originator_code, system.mnemonic.as_str());
        }
    }
    set(&parts.date, &moscow(at));
    if !parts.test {
        let prefix = parts.message_name.split_once(':').map(|(prefix, _)| format!("{prefix}:")).unwrap_or_default();
        // In the order of the schema: only OKTMO stands behind it (protocol §3.2).
        let place = parts.oktmo.as_ref().map_or(inside.end, |oktmo| oktmo.whole.start);
        edits.push((place..place, format!("<{prefix}TestMsg>{TEST}</{prefix}TestMsg>")));
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for (range, inserted) in edits {
        out.push_str(text.get(copied..range.start).ok_or(Unfit::Unreadable)?);
        out.push_str(&inserted);
        copied = range.end;
    }
    out.push_str(text.get(copied..).ok_or(Unfit::Unreadable)?);
    Ok(out.into_bytes())
}

fn text_of(text: &str, element: &Element) -> Option<String> {
    let inner = text.get(element.inner.clone()?)?;
    Some(unescape(inner.trim()).ok()?.into_owned())
}

impl Parts {
    fn find(text: &str) -> Option<Parts> {
        let mut reader = NsReader::from_str(text);
        let mut parts = Parts::default();
        // Local names of the open elements with the places of their start tags.
        let mut open: Vec<(String, Range<usize>)> = Vec::new();
        // The depth at which Message is open.
        let mut message_at = None;
        loop {
            let from = usize::try_from(reader.buffer_position()).ok()?;
            let (namespace, event) = reader.read_resolved_event().ok()?;
            let smev = matches!(namespace, ResolveResult::Bound(name) if name.as_ref().starts_with(SMEV));
            let name = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
            match event {
                Event::Start(start) => {
                    let local = name(start.local_name().as_ref());
                    parts.envelope |= open.is_empty() && local == "Envelope";
                    if smev
                        && local == "Message"
                        && message_at.is_none()
                        && open.get(1).is_some_and(|it| it.0 == "Body")
                    {
                        message_at = Some(open.len());
                        parts.message_name = name(start.name().as_ref());
                    }
                    let to = usize::try_from(reader.buffer_position()).ok()?;
                    open.push((local, from..to));
                }
                Event::Empty(element) => {
                    let to = usize::try_from(reader.buffer_position()).ok()?;
                    let local = name(element.local_name().as_ref());
                    let path: Vec<&str> = open.iter().map(|(name, _)| name.as_str()).chain([local.as_str()]).collect();
                    parts.note(&path, message_at, Element { whole: from..to, inner: None });
                }
                Event::End(_) => {
                    let to = usize::try_from(reader.buffer_position()).ok()?;
                    let path: Vec<&str> = open.iter().map(|(name, _)| name.as_str()).collect();
                    let start = &open.last()?.1;
                    parts.note(&path, message_at, Element { whole: start.start..to, inner: Some(start.end..from) });
                    if message_at == Some(open.len().checked_sub(1)?) {
                        message_at = Some(usize::MAX);
                    }
                    open.pop();
                }
                Event::Eof => return (open.is_empty() && parts.envelope).then_some(parts),
                Event::DocType(_) => return None,
                _ => {}
            }
        }
    }

    fn note(&mut self, path: &[&str], message_at: Option<usize>, element: Element) {
        if let ["Envelope", "Header", "Security" | "Header"] = path {
            self.stale.push(element.whole);
            return;
        }
        match message_at.and_then(|at| path.get(at..)) {
            Some(["Message"]) => self.message = Some(element),
            Some(["Message", "Sender", "Code"]) => self.sender_code = Some(element),
            Some(["Message", "Sender", "Name"]) => self.sender_name = Some(element),
            Some(["Message", "Originator", "Code"]) => self.originator_code = Some(element),
            Some(["Message", "Date"]) => self.date = Some(element),
            Some(["Message", "TestMsg"]) => self.test = true,
            Some(["Message", "OKTMO"]) => self.oktmo = Some(element),
            _ => {}
        }
    }
}

/// `xs:dateTime` with milliseconds in Moscow time.
fn moscow(at: Timestamp) -> String {
    format!("{}+03:00", Offset::constant(3).to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S%.3f"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::registry::{Place, Signing};
    use domain::{Mnemonic, ParticipantCode};

    fn system() -> System {
        System {
            mnemonic: Mnemonic::new("SOCZ01641").unwrap(),
            participant: ParticipantCode::new("SOCZ").unwrap(),
            name: "Соцзащита & Ко".to_owned(),
            certificates: Vec::new(),
            trial_certificates: Vec::new(),
            signature: Signing::Own,
            codes: vec!["SOC".to_owned()],
            agencies: Vec::new(),
            suspended: None,
            place: Place { file: "p.toml".into(), line: 1 },
        }
    }

    fn message(header: &str, inside: &str) -> String {
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:r=\"http://smev.gosuslugi.ru/rev120315\">{header}<s:Body><op><r:Message>{inside}</r:Message>\
             <r:MessageData><r:AppData><Message><Date>2001-01-01</Date></Message></r:AppData></r:MessageData></op></s:Body>\
             </s:Envelope>"
        )
    }

    fn done(text: &str) -> Result<String, Unfit> {
        ready(text.as_bytes(), &system(), Timestamp::UNIX_EPOCH).map(|octets| String::from_utf8(octets).unwrap())
    }

    #[test]
    fn only_the_places_that_make_it_a_test_of_this_sender_change() {
        let now = "<r:Date>1970-01-01T03:00:00.000+03:00</r:Date>";
        let test = format!("<r:TestMsg>{TEST}</r:TestMsg>");
        let party = |role: &str, code: &str, name: &str| {
            format!("<r:{role}><r:Code>{code}</r:Code><r:Name>{name}</r:Name></r:{role}>")
        };
        let header =
            "<s:Header><w:Security xmlns:w=\"w\"><Header/></w:Security><a:To xmlns:a=\"a\"/><r:Header/></s:Header>";
        let cleaned = "<s:Header><a:To xmlns:a=\"a\"/></s:Header>";
        for (before, after) in [
            (
                message(header, &format!("{}<r:Date>2020</r:Date>", party("Sender", "MFCS01641", "МФЦ"))),
                message(cleaned, &format!("{}{now}{test}", party("Sender", "SOCZ01641", "Соцзащита &amp; Ко"))),
            ),
            (
                message("", &format!("{}<r:TestMsg/>", party("Sender", "SOC", "как было"))),
                message("", &format!("{}<r:TestMsg/>", party("Sender", "SOC", "как было"))),
            ),
            (
                message("", &(party("Sender", "A", "a") + &party("Originator", "A", "a") + "<r:OKTMO>64</r:OKTMO>")),
                message(
                    "",
                    &(party("Sender", "SOCZ01641", "Соцзащита &amp; Ко")
                        + &party("Originator", "SOCZ01641", "a")
                        + &test
                        + "<r:OKTMO>64</r:OKTMO>"),
                ),
            ),
            (
                message("", &(party("Sender", "A", "a") + &party("Originator", "B", "b") + "<r:TestMsg>x</r:TestMsg>")),
                message(
                    "",
                    &(party("Sender", "SOCZ01641", "Соцзащита &amp; Ко")
                        + &party("Originator", "B", "b")
                        + "<r:TestMsg>x</r:TestMsg>"),
                ),
            ),
        ] {
            assert_eq!(done(&before).unwrap(), after);
        }
    }

    #[test]
    fn what_cannot_say_that_it_is_a_test_is_not_sent() {
        let without = "<s:Envelope xmlns:s=\"e\"><s:Body><op/></s:Body></s:Envelope>";
        let elsewhere = message("", "").replace("rev120315", "other");
        for (text, expected) in [
            (without, Unfit::NoMessage),
            (elsewhere.as_str(), Unfit::NoMessage),
            ("<a><b></a>", Unfit::Unreadable),
            ("<!DOCTYPE a><a/>", Unfit::Unreadable),
            ("--limit\r\nContent-Type: text/xml\r\n", Unfit::Unreadable),
        ] {
            assert_eq!(done(text), Err(expected), "{text}");
        }
    }
}
