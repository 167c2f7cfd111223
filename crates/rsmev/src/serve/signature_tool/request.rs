//! A question to SignatureTool, read from SOAP. The envelope crate reads it first, under the limits of messages; only what that has let
//! through is looked at here.

use bytes::Bytes;
use domain::Limits;
use envelope::Envelope;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

/// Namespace of its requests and answers.
pub(super) const NAMESPACE: &str = "http://smev.gosuslugi.ru/SignatureTool/xsd/";

/// An operation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Verify(Question),
    Sign,
}

/// `VerifySignatureRequest`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Question {
    /// The whole envelope as text.
    pub(super) message: String,
    /// Whether to ask whose certificate it is.
    pub(super) is_cert_check: bool,
    /// Whose Security block; empty: the sender's.
    pub(super) actor: String,
}

/// Why there is no question.
#[derive(Debug)]
pub(super) enum Unasked {
    /// No envelope that the bus can read.
    Unreadable(envelope::Error),
    /// Another operation, or its parts are not what they must be.
    NotOurs,
}

/// Reads a POST.
pub(super) fn read(body: &Bytes, content_type: &str, limits: &Limits) -> Result<Asked, Unasked> {
    let read = Envelope::receive(body.clone(), content_type, limits)
        .and_then(|received| received.read(limits))
        .map_err(Unasked::Unreadable)?;
    let operation = &read.fields().operation;
    if operation.namespace != NAMESPACE {
        return Err(Unasked::NotOurs);
    }
    match operation.local.as_str() {
        "SignMessageRequest" => Ok(Asked::Sign),
        "VerifySignatureRequest" => {
            let body = std::str::from_utf8(read.body_span()).map_err(|_| Unasked::NotOurs)?;
            question(body).map(Asked::Verify).ok_or(Unasked::NotOurs)
        }
        _ => Err(Unasked::NotOurs),
    }
}

/// Depth of the elements that are read: Body, request, field.
const FIELD: usize = 3;

/// The fields, by local name: clients write them with and without namespace.
fn question(body: &str) -> Option<Question> {
    let mut reader = Reader::from_str(body);
    reader.config_mut().expand_empty_elements = true;
    let (mut depth, mut field) = (0, None);
    let mut texts: [Option<String>; 3] = [None, None, None];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                depth += 1;
                if depth == FIELD {
                    field = Some(number(start.local_name().as_ref())?);
                    let text = texts.get_mut(field?)?;
                    // A field that stands twice would be read differently by the next reader.
                    *text = text.is_none().then(String::new);
                    text.as_ref()?;
                } else if depth > FIELD {
                    return None;
                }
            }
            Event::End(_) => {
                depth -= 1;
                field = None;
            }
            Event::Text(text) => append(&mut texts, field, &text.decode().ok()?.replace("\r\n", "\n")),
            Event::CData(text) => append(&mut texts, field, &text.decode().ok()?.replace("\r\n", "\n")),
            Event::GeneralRef(reference) => append(&mut texts, field, &resolved(&reference)?),
            Event::Comment(_) | Event::PI(_) => field.is_none().then_some(())?,
            Event::Eof => break,
            Event::Empty(_) | Event::Decl(_) | Event::DocType(_) => return None,
        }
    }
    let [message, is_cert_check, actor] = texts;
    let is_cert_check = match is_cert_check?.trim() {
        "true" | "1" => true,
        "false" | "0" => false,
        _ => return None,
    };
    Some(Question { message: message?, is_cert_check, actor: actor.unwrap_or_default().trim().to_owned() })
}

fn number(local: &[u8]) -> Option<usize> {
    [&b"message"[..], b"isCertCheck", b"actor"].iter().position(|name| *name == local)
}

fn append(texts: &mut [Option<String>; 3], field: Option<usize>, text: &str) {
    if let Some(Some(all)) = field.and_then(|field| texts.get_mut(field)) {
        all.push_str(text);
    }
}

fn resolved(reference: &BytesRef<'_>) -> Option<String> {
    if let Some(character) = reference.resolve_char_ref().ok()? {
        return Some(character.to_string());
    }
    resolve_predefined_entity(&reference.decode().ok()?).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(content: &str) -> Result<Asked, Unasked> {
        let soap = format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:x=\"{NAMESPACE}\"><s:Body>{content}</s:Body>\
             </s:Envelope>"
        );
        read(&soap.into(), "text/xml; charset=utf-8", &Limits::default())
    }

    fn request(fields: &str) -> Result<Asked, Unasked> {
        asked(&format!("<x:VerifySignatureRequest>{fields}</x:VerifySignatureRequest>"))
    }

    #[test]
    fn a_message_is_text_in_whatever_spelling() {
        let question = Asked::Verify(Question {
            message: "<a b=\"&amp;\">\n</a>".to_owned(),
            is_cert_check: true,
            actor: "http://smev.gosuslugi.ru/actors/smev".to_owned(),
        });
        let rest = "<x:isCertCheck> 1 </x:isCertCheck><actor>http://smev.gosuslugi.ru/actors/smev</actor>";
        for message in [
            "<message><![CDATA[<a b=\"&amp;\">\r\n</a>]]></message>",
            "<message>&lt;a b=\"&amp;amp;\"&gt;&#10;&lt;/a></message>",
            "<x:message>&#x3c;a <![CDATA[b=\"&amp;\"]]>&gt;\n&lt;/a&gt;</x:message>",
        ] {
            assert_eq!(request(&format!("{message}{rest}")).unwrap(), question, "{message}");
        }
    }

    #[test]
    fn what_two_readers_would_read_differently_is_no_question() {
        let good = "<message>m</message><isCertCheck>false</isCertCheck><actor/>";
        assert!(request(good).is_ok());
        for fields in [
            "",
            "<isCertCheck>false</isCertCheck><actor/>",
            "<message>m</message><actor/>",
            "<message>m</message><isCertCheck>maybe</isCertCheck><actor/>",
            &format!("{good}<message>other</message>"),
            &good.replace("m<", "<x/><"),
            &good.replace("m<", "m<!-- c -->n<"),
            &good.replace("<actor/>", "<other/>"),
        ] {
            assert!(matches!(request(fields), Err(Unasked::NotOurs)), "{fields}");
        }
    }

    #[test]
    fn other_operations() {
        assert_eq!(asked("<x:SignMessageRequest><message/></x:SignMessageRequest>").unwrap(), Asked::Sign);
        assert!(matches!(asked("<x:other/>"), Err(Unasked::NotOurs)));
        assert!(matches!(asked("<VerifySignatureRequest/>"), Err(Unasked::NotOurs)));
        assert!(matches!(asked("&undeclared;"), Err(Unasked::Unreadable(_))));
    }

    #[test]
    fn entity_expansion_ends_at_the_declaration() {
        let bomb =
            "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"/>";
        let refused = read(&Bytes::from_static(bomb.as_bytes()), "text/xml", &Limits::default());
        assert!(matches!(refused, Err(Unasked::Unreadable(envelope::Error::DoctypeForbidden))), "{refused:?}");
    }
}
