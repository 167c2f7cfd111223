//! The control example: both messages are what the schemas say, of one operation, and their system signatures hold.

use roxmltree::Document;
use xmldsig::{Actor, Distrust, Policy};

use super::super::{ANSWER, REQUEST, Words};
use super::technical::Technical;
use super::{Bench, Findings, Part, papers};
use crate::wsdl::Name;

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Departures from the schema that are told.
const TOLD_MAX: usize = 20;

/// The first element in the Body of a SOAP message.
pub fn operation_of(message: &[u8]) -> Option<Name> {
    let text = std::str::from_utf8(message).ok()?;
    let document = Document::parse(text.strip_prefix('\u{feff}').unwrap_or(text)).ok()?;
    let envelope = Some(document.root_element()).filter(|root| root.has_tag_name((SOAP, "Envelope")))?;
    let body = envelope.children().find(|node| node.has_tag_name((SOAP, "Body")))?;
    let operation = body.children().find(roxmltree::Node::is_element)?.tag_name();
    Some(Name { namespace: operation.namespace().unwrap_or_default().to_owned(), local: operation.name().to_owned() })
}

/// Whose certificate is believed.
type Trust<'a> = &'a dyn Fn(&[u8]) -> Result<pki::Certificate, Distrust>;

impl Bench<'_> {
    pub(super) fn examples(&mut self, technical: &Technical) {
        let request = self.package.get(REQUEST).and_then(operation_of);
        let operation =
            technical.wsdl.as_ref().zip(request.as_ref()).and_then(|(wsdl, name)| {
                wsdl.operations.iter().find(|operation| operation.request.as_ref() == Some(name))
            });
        let known = technical.wsdl.is_some();
        let asked = operation.map(|operation| operation.name.clone());
        let answered = operation.and_then(|operation| operation.answer.clone());
        let asks = |findings: &mut Findings, name: &Name| {
            if known && asked.is_none() {
                findings.red(
                    REQUEST,
                    None,
                    Words::new(
                        format!("{} в Body — не запрос ни одной операции WSDL", name.local),
                        format!("{} in the Body is the request of no operation of the WSDL", name.local),
                    ),
                    Words::new(
                        "пример должен вызывать одну из операций",
                        "the example must call one of the operations",
                    ),
                );
            }
        };
        self.example(Part::Request, REQUEST, technical, &asks);
        let answers = |findings: &mut Findings, name: &Name| {
            if asked.is_some() && answered.as_ref() != Some(name) {
                let expected = answered.as_ref().map_or("–", |name| name.local.as_str());
                findings.red(
                    ANSWER,
                    None,
                    Words::new(
                        format!("{} в Body, а операция запроса отвечает элементом {expected}", name.local),
                        format!("{} in the Body, but the request's operation answers with {expected}", name.local),
                    ),
                    Words::new(
                        "запрос и ответ должны быть одной операции",
                        "request and answer must be of one operation",
                    ),
                );
            }
        };
        self.example(Part::Answer, ANSWER, technical, &answers);
    }

    fn example(&mut self, part: Part, file: &str, technical: &Technical, judge: &dyn Fn(&mut Findings, &Name)) {
        let mut findings = Findings::default();
        let Some(octets) = self.package.get(file) else {
            findings.missing(file, "контрольный пример", "the control example");
            return self.close(part, findings);
        };
        match operation_of(octets) {
            None => findings.red(
                file,
                None,
                Words::new(
                    "это не конверт SOAP 1.1 с элементом в Body",
                    "not a SOAP 1.1 envelope with an element in its Body",
                ),
                Words::new(
                    "положите сообщение целиком, как оно передаётся",
                    "put the whole message there, as it is sent",
                ),
            ),
            Some(name) => judge(&mut findings, &name),
        }
        match technical.schema.as_ref().map(|schema| schema.validate_body(octets)) {
            None => findings.red(
                file,
                None,
                Words::new("проверить нечем: схемы не годятся", "nothing to check it with: the schemas are no good"),
                Words::new("сначала исправьте схемы", "put the schemas right first"),
            ),
            Some(Err(error)) => findings.red(
                file,
                None,
                Words::new(
                    format!("не удалось проверить по схеме: {error}"),
                    format!("cannot be checked against the schema: {error}"),
                ),
                Words::new(
                    "положите сообщение целиком, как оно передаётся",
                    "put the whole message there, as it is sent",
                ),
            ),
            Some(Ok(validated)) => {
                for found in validated.findings.iter().take(TOLD_MAX) {
                    findings.red(
                        file,
                        Some(u64::from(found.line)),
                        Words::new(
                            format!("не по схеме: {}: {}", found.path, found.message),
                            format!("not as the schema says: {}: {}", found.path, found.message),
                        ),
                        Words::new(
                            "исправьте пример или схему и подпишите пример заново",
                            "put example or schema right and sign the example anew",
                        ),
                    );
                }
                if validated.more || validated.findings.len() > TOLD_MAX {
                    findings
                        .note(file, Words::new("и другие отступления от схемы", "and more departures from the schema"));
                }
            }
        }
        self.close(part, findings);
    }

    /// The system signature of both: the answer's by the provider's certificate.
    pub(super) fn signatures(&mut self) {
        let mut findings = Findings::default();
        let own = papers::certificate(self).and_then(Result::ok);
        let believe = |der: &[u8]| pki::Certificate::from_der(der).map_err(Distrust::BadCertificate);
        let provider = |der: &[u8]| match &own {
            Some(certificate) if certificate.der() == der => Ok(certificate.clone()),
            _ => Err(Distrust::Unknown),
        };
        let judges: [(&str, Trust<'_>); 2] = [(REQUEST, &believe), (ANSWER, &provider)];
        for (file, trust) in judges {
            let Some(octets) = self.package.get(file) else {
                findings.missing(file, "контрольный пример", "the control example");
                continue;
            };
            let policy =
                Policy { actor: Actor::Sender, cover: &[xmldsig::Part::Body], algorithms: self.context.algorithms };
            let verified =
                xmldsig::Document::parse(octets).and_then(|document| document.verify(&policy, trust).map(drop));
            let (sentence, hint) = match verified {
                Ok(()) => continue,
                Err(xmldsig::Error::Distrusted(_)) => (
                    Words::new(
                        "подписан не тем сертификатом, что в сведениях об ИС",
                        "signed by another certificate than that of the information system",
                    ),
                    Words::new(
                        "подпишите ответ ключом поставщика или исправьте information-system.toml",
                        "sign the answer with the provider's key, or put information-system.toml right",
                    ),
                ),
                Err(error) => (
                    Words::new(format!("ЭП-ОВ не подтверждается: {error}"), format!("ЭП-ОВ does not hold: {error}")),
                    Words::new("rsmev signature explain покажет причину", "rsmev signature explain tells why"),
                ),
            };
            findings.red(file, None, sentence, hint);
        }
        self.close(Part::Signatures, findings);
    }
}
