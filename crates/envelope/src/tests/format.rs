//! The format check: what strict insists on and lenient lets pass.

use super::fixtures::{envelope, message_children, operation, read, request};
use crate::{Error, Format, Revision};

fn findings(text: String, format: Format) -> Vec<String> {
    match read(text).unwrap().check_format(format) {
        Ok(()) => Vec::new(),
        Err(Error::Format { problems }) => {
            assert!(problems.iter().all(|problem| !problem.text_ru().is_empty()));
            problems.iter().map(ToString::to_string).collect()
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn complete_requests_of_every_revision_pass_strict() {
    for revision in Revision::ALL {
        assert_eq!(findings(request(revision), Format::Strict), [""; 0], "{revision:?}");
    }
}

#[test]
fn strict_finds_what_the_schema_forbids() {
    let whole = operation(Revision::Rev120315, &message_children(Revision::Rev120315));
    let cases = [
        ("<smev:TypeCode>GSRV</smev:TypeCode>", "", "Message/TypeCode is missing"),
        ("<smev:Status>REQUEST</smev:Status>", "<smev:Status> </smev:Status>", "Message/Status is missing"),
        ("<smev:Name>ФНС</smev:Name>", "", "Message/Recipient/Name is missing"),
        ("GSRV", "5", "TypeCode is \"5\", allowed: GSRV, GFNC, OTHR"),
        ("REQUEST", "DONE", "Status is \"DONE\""),
        (">2<", ">Test<", "ExchangeType is \"Test\""),
        ("SOCZ01641", "IAC", "Sender/Code is \"IAC\""),
        ("FNS001001", "FOIV001001", "Recipient/Code is \"FOIV001001\""),
        ("SOCZ01641", "socz01641", "Sender/Code is \"socz01641\""),
        ("2026-10-01T12:00:00.5+03:00", "01.10.2026", "Date is \"01.10.2026\""),
        (">1.00<", ">1.0<", "Service/Version is \"1.0\""),
        ("<smev:CaseNumber>64/17</smev:CaseNumber>", "<smev:Extra/>", "Message/Extra is unknown"),
        ("<smev:CaseNumber>64/17</smev:CaseNumber>", "<smev:ServiceName>x</smev:ServiceName>", "exclude each other"),
        ("<smev:MessageData>", "<smev:Other>", "MessageData is missing"),
        ("<smev:AppData>", "<smev:AppDocument/><smev:AppData>", "AppData stands after AppDocument"),
        ("<smev:AppData>", "<smev:AppData/><smev:AppData>", "MessageData/AppData is unknown"),
    ];
    for (from, to, want) in cases {
        assert!(whole.contains(from), "{from}");
        let mut text = whole.replace(from, to);
        if to == "<smev:Other>" {
            text = text.replace("</smev:MessageData>", "</smev:Other>");
        }
        let found = findings(envelope("", &text), Format::Strict);
        assert!(found.iter().any(|problem| problem.contains(want)), "{want}: {found:?}");
        assert_eq!(findings(envelope("", &text), Format::Lenient), [""; 0], "{want}");
    }
}

#[test]
fn strict_insists_on_order() {
    let swapped = message_children(Revision::Rev111111)
        .replace("<smev:ExchangeType>2</smev:ExchangeType>", "")
        .replace("</smev:ServiceCode>", "</smev:ServiceCode><smev:ExchangeType>2</smev:ExchangeType>");
    let text = envelope("", &operation(Revision::Rev111111, &swapped));
    assert_eq!(findings(text.clone(), Format::Strict), ["ExchangeType stands after ServiceCode"]);
    assert_eq!(findings(text, Format::Lenient), [""; 0]);
}

#[test]
fn strict_knows_what_each_revision_lacks() {
    let newest = message_children(Revision::Rev120315);
    let in_111111 = findings(envelope("", &operation(Revision::Rev111111, &newest)), Format::Strict);
    assert_eq!(in_111111, ["Message/Service is unknown in this revision"]);
    let in_110801 = findings(envelope("", &operation(Revision::Rev110801, &newest)), Format::Strict);
    let unknown = ["Service", "Status", "ExchangeType", "TestMsg", "OKTMO"];
    assert_eq!(in_110801, unknown.map(|name| format!("Message/{name} is unknown in this revision")));
}

#[test]
fn a_ping_may_do_without_message_data() {
    let whole = request(Revision::Rev111111).replace("REQUEST", "PING");
    let (head, rest) = whole.split_once("<smev:MessageData>").unwrap();
    let (_, tail) = rest.split_once("</smev:MessageData>").unwrap();
    assert_eq!(findings(format!("{head}{tail}"), Format::Strict), [""; 0]);
}

#[test]
fn attachments_have_their_order() {
    let with = |document: &str| {
        let text = request(Revision::Rev120315);
        findings(text.replace("</smev:AppData>", &format!("</smev:AppData>{document}")), Format::Strict)
    };
    let document = |children: &str| format!("<smev:AppDocument>{children}</smev:AppDocument>");
    let code = "<smev:RequestCode>req_1</smev:RequestCode>";
    assert_eq!(with(&document(&format!("{code}<smev:BinaryData>AA==</smev:BinaryData>"))), [""; 0]);
    assert_eq!(with(&document(&format!("{code}<smev:Reference/><smev:DigestValue/>"))), [""; 0]);
    assert_eq!(
        with("<smev:AppDocument xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:nil='true'/>"),
        [""; 0]
    );
    assert_eq!(with(&document("<smev:BinaryData/>")), ["MessageData/AppDocument/RequestCode is missing"]);
    assert_eq!(with(&document(code)).len(), 1);
}

#[test]
fn lenient_needs_the_senders_code_where_there_is_a_message() {
    let children = message_children(Revision::Rev111111);
    for without in [children.replace("SOCZ01641", " "), children.replace("smev:Sender", "smev:Other")] {
        let found = findings(envelope("", &operation(Revision::Rev111111, &without)), Format::Lenient);
        assert_eq!(found, ["Message/Sender/Code is missing"]);
    }
    assert_eq!(findings(envelope("", "<o/>"), Format::Lenient), [""; 0]);
    assert_eq!(findings(envelope("", "<o/>"), Format::Strict).len(), 1, "a strict service has a Message");
    assert_eq!(findings(envelope("", "<soap:Fault/>"), Format::Strict), [""; 0]);
}
