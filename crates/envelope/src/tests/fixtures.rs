//! Messages for the tests: complete envelopes as text, made of parts that a test can replace.

use bytes::Bytes;
use domain::Limits;

use crate::{Addressed, Envelope, Error, Revision};

pub(crate) const SOAP: &str = crate::uri::SOAP11;
pub(crate) const XML: &str = "text/xml; charset=utf-8";

/// The children of `Message` of a complete request.
pub(crate) fn message_children(revision: Revision) -> String {
    let service = match revision {
        Revision::Rev120315 => {
            "<smev:Service><smev:Mnemonic>ZAGS</smev:Mnemonic><smev:Version>1.00</smev:Version></smev:Service>"
        }
        Revision::Rev110801 | Revision::Rev111111 => "",
    };
    let (status, exchange, tail) = match revision {
        Revision::Rev110801 => ("", "", ""),
        Revision::Rev111111 | Revision::Rev120315 => (
            "<smev:Status>REQUEST</smev:Status>",
            "<smev:ExchangeType>2</smev:ExchangeType>",
            "<smev:TestMsg>Контрольный пример</smev:TestMsg><smev:OKTMO>63701000</smev:OKTMO>",
        ),
    };
    format!(
        "<smev:Sender><smev:Code>SOCZ01641</smev:Code><smev:Name>Минсоц &amp; труд</smev:Name></smev:Sender>\
         <smev:Recipient><smev:Code>FNS001001</smev:Code><smev:Name>ФНС</smev:Name></smev:Recipient>\
         <smev:Originator><smev:Code>PGU001641</smev:Code><smev:Name>РПГУ</smev:Name></smev:Originator>{service}\
         <smev:TypeCode>GSRV</smev:TypeCode>{status}<smev:Date>2026-10-01T12:00:00.5+03:00</smev:Date>{exchange}\
         <smev:RequestIdRef>r-1</smev:RequestIdRef><smev:OriginRequestIdRef>o-1</smev:OriginRequestIdRef>\
         <smev:ServiceCode>10000013628</smev:ServiceCode><smev:CaseNumber>64/17</smev:CaseNumber>{tail}"
    )
}

/// The operation around given children of `Message`.
pub(crate) fn operation(revision: Revision, children: &str) -> String {
    format!(
        "<op:getData xmlns:op=\"urn:provider\" xmlns:smev=\"{}\"><smev:Message>{children}</smev:Message>\
         <smev:MessageData><smev:AppData><op:inn>6449013711</op:inn></smev:AppData></smev:MessageData></op:getData>",
        revision.namespace()
    )
}

/// An envelope with given Header element (or none) and content of Body.
pub(crate) fn envelope(header: &str, content: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"{SOAP}\">{header}\
         <soap:Body>{content}</soap:Body></soap:Envelope>"
    )
}

/// An unsigned request.
pub(crate) fn request(revision: Revision) -> String {
    envelope("", &operation(revision, &message_children(revision)))
}

/// Receives and reads with default limits.
pub(crate) fn read(text: impl Into<Bytes>) -> Result<Envelope<Addressed>, Error> {
    read_as(text, XML)
}

/// The same with another Content-Type.
pub(crate) fn read_as(text: impl Into<Bytes>, content_type: &str) -> Result<Envelope<Addressed>, Error> {
    let limits = Limits::default();
    Envelope::receive(text.into(), content_type, &limits)?.read(&limits)
}

/// The content of a sample message, when the corpus is at hand.
pub(crate) fn sample(name: &str) -> Option<Vec<u8>> {
    let Some(directory) = std::env::var_os("RSMEV_SAMPLES") else {
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("RSMEV_SAMPLES is not set: {name} is skipped");
        }
        return None;
    };
    Some(std::fs::read(std::path::Path::new(&directory).join(name)).unwrap())
}
