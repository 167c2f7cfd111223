//! SOAPAction as the service's WSDL writes it. The HTTP header is under no signature, and providers dispatch on it: where the WSDL
//! tells the action of the signed operation, that one is sent and not the one that came.

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

const WSDL: &[u8] = b"http://schemas.xmlsoap.org/wsdl/";
const WSDL_SOAP: &[u8] = b"http://schemas.xmlsoap.org/wsdl/soap/";

/// The actions of one service, by the local name of the Body's element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Actions(HashMap<String, String>);

impl Actions {
    /// Reads them from a WSDL 1.1; nothing where it is not readable or tells none. A WSDL is the operator's file, not a message.
    pub(crate) fn of_wsdl(wsdl: &[u8]) -> Self {
        std::str::from_utf8(wsdl).ok().and_then(Reading::of).map_or_else(Self::default, Reading::actions)
    }

    /// The header for an operation, in its quotes (SOAP 1.1 §6.1.1).
    pub(crate) fn header(&self, operation: &str) -> Option<String> {
        self.0.get(operation).map(|action| format!("\"{action}\""))
    }
}

/// What is collected on the way through the file.
#[derive(Default)]
struct Reading {
    /// Element of each message's part.
    elements: HashMap<String, String>,
    /// Input message of each operation.
    inputs: HashMap<String, String>,
    /// SOAPAction of each operation.
    actions: HashMap<String, String>,
    message: Option<String>,
    operation: Option<String>,
}

impl Reading {
    fn of(wsdl: &str) -> Option<Self> {
        let mut reader = NsReader::from_str(wsdl);
        let mut reading = Self::default();
        loop {
            let (namespace, event) = reader.read_resolved_event().ok()?;
            let namespace = match namespace {
                ResolveResult::Bound(namespace) => namespace.into_inner().to_vec(),
                ResolveResult::Unbound | ResolveResult::Unknown(_) => Vec::new(),
            };
            match event {
                Event::Start(element) | Event::Empty(element) => reading.open(&namespace, &element),
                Event::Eof => return Some(reading),
                _ => {}
            }
        }
    }

    fn open(&mut self, namespace: &[u8], element: &BytesStart<'_>) {
        let name = element.local_name();
        match (namespace, name.as_ref()) {
            (WSDL, b"message") => self.message = attribute(element, "name"),
            (WSDL, b"part") => {
                if let (Some(message), Some(element)) = (&self.message, attribute(element, "element")) {
                    self.elements.entry(message.clone()).or_insert_with(|| local(&element).to_owned());
                }
            }
            (WSDL, b"operation") => self.operation = attribute(element, "name"),
            (WSDL, b"input") => {
                if let (Some(operation), Some(message)) = (&self.operation, attribute(element, "message")) {
                    self.inputs.insert(operation.clone(), local(&message).to_owned());
                }
            }
            (WSDL_SOAP, b"operation") => {
                if let (Some(operation), Some(action)) = (&self.operation, attribute(element, "soapAction")) {
                    self.actions.insert(operation.clone(), action);
                }
            }
            _ => {}
        }
    }

    fn actions(self) -> Actions {
        let mut by_element = HashMap::new();
        for (operation, action) in self.actions {
            // A quote or a control character would break the header.
            if action.chars().any(|c| c == '"' || c.is_control() || !c.is_ascii()) {
                continue;
            }
            let element = self.inputs.get(&operation).and_then(|message| self.elements.get(message));
            by_element.insert(element.cloned().unwrap_or(operation), action);
        }
        Actions(by_element)
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok()??;
    attribute.unescape_value().ok().map(std::borrow::Cow::into_owned)
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

#[cfg(test)]
mod tests {
    use super::Actions;

    const SERVICE: &str = r#"<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/"
        xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:t="urn:t" xmlns:o="urn:other">
      <w:message name="AskIn"><w:part name="p" element="t:askForRecord"/></w:message>
      <w:message name="AskOut"><w:part name="p" element="t:record"/></w:message>
      <w:portType name="P"><w:operation name="Ask"><w:input message="t:AskIn"/><w:output message="t:AskOut"/></w:operation></w:portType>
      <w:binding name="B" type="t:P">
        <w:operation name="Ask"><s:operation soapAction="urn:t:Ask"/></w:operation>
        <w:operation name="Bare"><s:operation soapAction=""/></w:operation>
        <w:operation name="Odd"><s:operation soapAction="a&quot;b"/></w:operation>
        <w:operation name="Foreign"><o:operation soapAction="urn:x"/></w:operation>
      </w:binding></w:definitions>"#;

    #[test]
    fn the_action_follows_the_element_of_the_body() {
        let actions = Actions::of_wsdl(SERVICE.as_bytes());
        assert_eq!(actions.header("askForRecord").as_deref(), Some("\"urn:t:Ask\""));
        assert_eq!(actions.header("Bare").as_deref(), Some("\"\""), "no message named: the operation's own name");
        for unknown in ["Ask", "Odd", "Foreign", "other"] {
            assert_eq!(actions.header(unknown), None, "{unknown}");
        }
        assert_eq!(Actions::of_wsdl(b"<broken"), Actions::default());
    }
}
