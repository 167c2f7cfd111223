//! The package of every service: passport, WSDL, papers, the provider's system. The control example is written beside it.

use std::fmt::Write as _;

use super::keys::Keys;
use super::site::Site;
use crate::Error;
use crate::cast::OFFERS;
use crate::region::{Pattern, Region, Revision, Service, System};
use crate::wire::content;

/// Folder of a service inside the region.
pub(super) fn folder(service: &Service) -> String {
    format!("services/{}/{}", service.sid, service.version)
}

/// Name of the provider's certificate in a package.
const CERTIFICATE: &str = "information-system.pem";

/// Writes everything of every package but the control example.
pub(super) fn write(site: &mut Site, region: &Region, keys: &Keys) -> Result<(), Error> {
    for service in &region.services {
        let folder = folder(service);
        let provider = region.system(&service.provider)?;
        let unknown = || Error::UnknownSystem { mnemonic: service.provider.clone() };
        let identity = keys.systems.get(service.provider.as_str()).ok_or_else(unknown)?;
        for (name, content) in [
            ("service.wsdl", wsdl(service)),
            ("passport.toml", passport(region, service)),
            ("information-system.toml", information_system(provider)),
            (CERTIFICATE, identity.certificate().to_pem()),
            ("test-method.md", test_method(service)),
            ("user-guide.md", user_guide(service)),
        ] {
            site.open(format!("{folder}/{name}"), content.as_bytes())?;
        }
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

/// What a service is for.
fn about(service: &Service) -> &str {
    OFFERS.iter().find(|offer| offer.sid == service.sid).map_or(service.name.as_str(), |offer| offer.about)
}

/// The passport: what the service is for, whose it is, who answers for it.
fn passport(region: &Region, service: &Service) -> String {
    let offer = OFFERS.iter().find(|offer| offer.sid == service.sid);
    let provider = region.system(&service.provider).ok();
    let name = provider.map_or("", |system| system.name.as_str());
    let about = about(service);
    let owner =
        offer.map(|offer| offer.owner).or(provider.map(|system| system.participant.as_str())).unwrap_or_default();
    let answer_time = match service.pattern {
        Pattern::Sync => "сразу: REQUEST → RESULT",
        Pattern::Async => "с повторным опросом: REQUEST → ACCEPT, PING → PROCESS, PING → RESULT",
        Pattern::Application => {
            "заявление портала: REQUEST → ACCEPT, PING → STATE, PING → RESULT; обратный вызов SID0064004"
        }
        Pattern::Callback => "сразу: STATE или RESULT → ACCEPT",
    };
    let deadline = offer.and_then(|offer| offer.answer_deadline);
    let deadline = deadline.map(|deadline| format!("answer_deadline = \"{deadline}\"\n")).unwrap_or_default();
    format!(
        "# Паспорт электронного сервиса. Проверить пакет: rsmev service check {folder}\n\
         sid = \"{sid}\"\nversion = \"{version}\"\nname = \"{service_name}\"\n\
         purpose = \"{about}\"\nowner = \"{owner}\"\nprovider = \"{provider}\"\naccess = \"{access}\"\n\
         legal_ground = \"учебное соглашение об информационном обмене\"\n\
         operations = [\"{operation}\"]\nendpoint = \"{endpoint}\"\nanswer_time = \"{answer_time}\"\n{deadline}\n\
         [format]\nowner = \"{owner}\"\n\n\
         [support]\nhours = \"рабочие дни, 9:00–18:00\"\nemail = \"support@{host}.example\"\n\n\
         [[contact]]\nrole = \"service\"\nname = \"{name}\"\nphone = \"+7 000 000-00-64\"\n",
        folder = folder(service),
        sid = service.sid,
        version = service.version,
        service_name = service.name,
        provider = service.provider,
        access = service.access,
        operation = service.operation,
        endpoint = service.provider_endpoint,
        host = owner.to_lowercase(),
    )
}

/// What is to be known of the provider's system.
fn information_system(system: &System) -> String {
    format!(
        "# Сведения об информационной системе поставщика.\nmnemonic = \"{}\"\nname = \"{}\"\nparticipant = \"{}\"\n\
         certificate = \"{CERTIFICATE}\"\n",
        system.mnemonic, system.name, system.participant
    )
}

/// How the service is tried (методика испытаний).
fn test_method(service: &Service) -> String {
    format!(
        "# Методика испытаний {sid} {version}\n\n1. Отправить запрос контрольного примера через шину: \
         `rsmev service check {folder} --run`.\n2. Сравнить ответ с control-example/answer.xml: операция та же, ответ \
         по схеме, ЭП-СМЭВ верна.\n3. Протокол испытаний остаётся в test-record.json.\n",
        sid = service.sid,
        version = service.version,
        folder = folder(service),
    )
}

/// What consumers read (руководство пользователя).
fn user_guide(service: &Service) -> String {
    let about = about(service);
    format!(
        "# {name}\n\n{about}\n\nАдрес: {endpoint}\n\nОперация: {operation}, SOAPAction {action}, формат блоков СМЭВ: {revision}.\n\n\
         Образец запроса и ответа: control-example.\n",
        name = service.name,
        endpoint = service.endpoint,
        operation = service.operation,
        action = service.soap_action,
        revision = service.revision.label(),
    )
}
