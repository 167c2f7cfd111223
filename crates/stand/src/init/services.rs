//! The folder of every service: WSDL and passport.

use std::fmt::Write as _;

use super::site::Site;
use crate::Error;
use crate::cast::OFFERS;
use crate::region::{Pattern, Region, Revision, Service};
use crate::wire::content;

/// Folder of a service inside the region.
pub(super) fn folder(service: &Service) -> String {
    format!("services/{}/{}", service.sid, service.version)
}

/// Writes WSDL and passport of every service.
pub(super) fn write(site: &mut Site, region: &Region) -> Result<(), Error> {
    for service in &region.services {
        let folder = folder(service);
        site.open(format!("{folder}/service.wsdl"), wsdl(service).as_bytes())?;
        site.open(format!("{folder}/passport.toml"), passport(region, service).as_bytes())?;
    }
    Ok(())
}

/// WSDL 1.1, document/literal. The content of `Message` is left open: it is described by the schemas of SMEV.
fn wsdl(service: &Service) -> String {
    let Service { name, mnemonic, namespace, operation, endpoint, .. } = service;
    let action = service.soap_action.trim_matches('"');
    let (request, answer) = (element(service, operation, ""), element(service, operation, "Response"));
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions name="{mnemonic}" targetNamespace="{namespace}" xmlns:tns="{namespace}"
    xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <wsdl:documentation>{name}</wsdl:documentation>
  <wsdl:types>
    <xsd:schema targetNamespace="{namespace}" elementFormDefault="qualified">
{request}{answer}    </xsd:schema>
  </wsdl:types>
  <wsdl:message name="{operation}Request"><wsdl:part name="parameters" element="tns:{operation}"/></wsdl:message>
  <wsdl:message name="{operation}Answer"><wsdl:part name="parameters" element="tns:{operation}Response"/></wsdl:message>
  <wsdl:portType name="{mnemonic}PortType">
    <wsdl:operation name="{operation}">
      <wsdl:input message="tns:{operation}Request"/>
      <wsdl:output message="tns:{operation}Answer"/>
    </wsdl:operation>
  </wsdl:portType>
  <wsdl:binding name="{mnemonic}Binding" type="tns:{mnemonic}PortType">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="{operation}">
      <soap:operation soapAction="{action}"/>
      <wsdl:input><soap:body use="literal"/></wsdl:input>
      <wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation>
  </wsdl:binding>
  <wsdl:service name="{mnemonic}">
    <wsdl:port name="{mnemonic}Port" binding="tns:{mnemonic}Binding"><soap:address location="{endpoint}"/></wsdl:port>
  </wsdl:service>
</wsdl:definitions>
"#
    )
}

/// An operation element: `Message` and `MessageData`, or bare content for a service without them.
fn element(service: &Service, operation: &str, suffix: &str) -> String {
    let content = match service.revision {
        Revision::Absent => {
            let rows = if suffix.is_empty() { content::request(&service.sid) } else { content::result(&service.sid) };
            let mut elements = String::from("          <xsd:element name=\"TaskNumber\" type=\"xsd:string\"/>\n");
            for (name, _) in rows {
                let _ =
                    writeln!(elements, "          <xsd:element name=\"{name}\" type=\"xsd:string\" minOccurs=\"0\"/>");
            }
            elements.push_str("          <xsd:any namespace=\"##other\" minOccurs=\"0\" maxOccurs=\"unbounded\" processContents=\"lax\"/>\n");
            elements
        }
        revision => format!(
            "          <xsd:any namespace=\"{}\" minOccurs=\"1\" maxOccurs=\"2\" processContents=\"lax\"/>\n",
            revision.namespace().unwrap_or_default()
        ),
    };
    format!(
        "      <xsd:element name=\"{operation}{suffix}\">\n        <xsd:complexType><xsd:sequence>\n{content}        \
         </xsd:sequence></xsd:complexType>\n      </xsd:element>\n"
    )
}

/// What a service passport says, for people and programs.
fn passport(region: &Region, service: &Service) -> String {
    let about = OFFERS.iter().find(|offer| offer.sid == service.sid).map_or("", |offer| offer.about);
    let pattern = match service.pattern {
        Pattern::Sync => "синхронный: REQUEST → RESULT",
        Pattern::Async => "асинхронный с повторным опросом: REQUEST → ACCEPT, PING → PROCESS, PING → RESULT",
        Pattern::Application => {
            "заявление портала: REQUEST → ACCEPT, PING → STATE, PING → RESULT; обратный вызов SID0064004"
        }
        Pattern::Callback => "обратный вызов: STATE или RESULT → ACCEPT",
    };
    let consumers: Vec<String> = region.consumers(&service.sid).map(|mnemonic| format!("\"{mnemonic}\"")).collect();
    // A literal string: SOAPAction carries its own quotes.
    format!(
        "# Паспорт электронного сервиса.\n\
         sid = \"{sid}\"\nversion = \"{version}\"\nname = \"{name}\"\nmnemonic = \"{mnemonic}\"\n\
         provider = \"{provider}\"\naccess = \"{access}\"\nabout = \"{about}\"\n\n\
         endpoint = \"{endpoint}\"\nnamespace = \"{namespace}\"\noperation = \"{operation}\"\nsoap_action = '{action}'\n\
         revision = \"{revision}\"\npattern = \"{pattern}\"\n\n\
         consumers = [{consumers}]\n\n\
         [control_example]\nrequest = \"control-example-request.xml\"\nanswer = \"control-example-answer.xml\"\n",
        sid = service.sid,
        version = service.version,
        name = service.name,
        mnemonic = service.mnemonic,
        provider = service.provider,
        access = service.access,
        endpoint = service.endpoint,
        namespace = service.namespace,
        operation = service.operation,
        action = service.soap_action,
        revision = service.revision.label(),
        consumers = consumers.join(", "),
    )
}
