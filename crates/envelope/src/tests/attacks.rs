//! Each test is an attack, or a sender's mistake that another reader could take for something else; each must be refused.

use std::fmt::Write as _;

use domain::Limits;

use super::fixtures::{SOAP, XML, envelope, message_children, operation, read, read_as, request};
use crate::{Envelope, Error, Revision};

fn with_children(children: &str) -> Result<(), Error> {
    read(envelope("", &operation(Revision::Rev120315, children))).map(drop)
}

/// CVE-2017-11428: `SOCZ<!-- -->01641` reads as two different codes in two parsers.
#[test]
fn comment_inside_a_routing_field() {
    for inside in ["SOCZ<!-- -->01641", "<?pi x?>SOCZ01641"] {
        let refused = with_children(&format!("<smev:Sender><smev:Code>{inside}</smev:Code></smev:Sender>"));
        assert!(matches!(refused, Err(Error::CommentInField { field: "Sender/Code", .. })), "{refused:?}");
    }
    for field in ["Status", "OKTMO", "ServiceCode", "RequestIdRef", "TestMsg", "Date"] {
        let refused = with_children(&format!("<smev:{field}>1<!-- 2 --></smev:{field}>"));
        assert!(matches!(refused, Err(Error::CommentInField { .. })), "{field}: {refused:?}");
    }
}

#[test]
fn element_inside_a_routing_field() {
    let refused = with_children("<smev:Status>REQ<b/>UEST</smev:Status>");
    assert!(matches!(refused, Err(Error::ElementInField { field: "Status", .. })), "{refused:?}");
}

#[test]
fn routing_field_given_twice() {
    let sender = "<smev:Sender><smev:Code>A</smev:Code></smev:Sender>";
    for (children, want) in [
        (format!("{sender}{sender}"), "Sender"),
        ("<smev:OKTMO>1</smev:OKTMO><smev:OKTMO>2</smev:OKTMO>".to_owned(), "OKTMO"),
        ("<smev:Sender><smev:Code>A</smev:Code><smev:Code>B</smev:Code></smev:Sender>".to_owned(), "Sender/Code"),
    ] {
        let refused = with_children(&children);
        assert!(matches!(refused, Err(Error::RepeatedField { field, .. }) if field == want), "{refused:?}");
    }
}

#[test]
fn huge_routing_field() {
    let refused = with_children(&format!("<smev:OKTMO>{}</smev:OKTMO>", "1".repeat(5_000)));
    assert!(matches!(refused, Err(Error::Limit { name: "field_bytes", .. })), "{refused:?}");
}

/// Signature wrapping begins with a second Body or something beside it.
#[test]
fn second_body_header_or_sibling() {
    let body = "<soap:Body><o/></soap:Body>";
    let frame = |inside: &str| format!("<soap:Envelope xmlns:soap='{SOAP}'>{inside}</soap:Envelope>");
    assert!(matches!(read(frame(&format!("{body}{body}"))), Err(Error::SeveralBodies)));
    assert!(matches!(read(frame(&format!("<soap:Header/><soap:Header/>{body}"))), Err(Error::SeveralHeaders)));
    assert!(matches!(read(frame(&format!("{body}<soap:Header/>"))), Err(Error::Misplaced { .. })));
    assert!(matches!(read(frame(&format!("<w>{body}</w>{body}"))), Err(Error::Misplaced { .. })));
    assert!(matches!(read(frame(&format!("{body}<w/>"))), Err(Error::Misplaced { .. })));
    assert!(matches!(read(frame(&format!("x{body}"))), Err(Error::Misplaced { .. })));
    assert!(matches!(read(frame("<soap:Header/>")), Err(Error::NoBody)));
}

#[test]
fn body_of_a_look_alike_namespace_is_no_body() {
    let text = format!("<s:Envelope xmlns:s='{SOAP}'><x:Body xmlns:x='{SOAP}/'><o/></x:Body></s:Envelope>");
    assert!(matches!(read(text), Err(Error::Misplaced { .. })));
}

/// The operation that access is decided by must be the one the provider sees.
#[test]
fn two_operations_in_one_body() {
    assert!(matches!(read(envelope("", "<a/><b/>")), Err(Error::SeveralOperations)));
    assert!(matches!(read(envelope("", " <!-- nothing --> ")), Err(Error::EmptyBody)));
    assert!(matches!(read(envelope("", "text<a/>")), Err(Error::Misplaced { .. })));
}

#[test]
fn two_node_headers() {
    let header = "<h:Header xmlns:h='http://smev.gosuslugi.ru/rev111111'/>".repeat(2);
    let text = envelope(&format!("<soap:Header>{header}</soap:Header>"), "<o/>");
    assert!(matches!(read(text), Err(Error::SeveralNodeHeaders)));
}

#[test]
fn soap_1_2_is_named_in_the_refusal() {
    let text = request(Revision::Rev111111).replace(SOAP, "http://www.w3.org/2003/05/soap-envelope");
    let refused = read(text.clone());
    assert!(matches!(&refused, Err(Error::NotSoap11 { found }) if found.contains("SOAP 1.2")), "{refused:?}");
    let refused = read_as(text, "application/soap+xml; charset=utf-8");
    assert!(matches!(&refused, Err(Error::NotSoap11 { found }) if found.contains("SOAP 1.2")), "{refused:?}");
    assert!(matches!(read("<a/>"), Err(Error::NotSoap11 { .. })));
}

/// Encodings: what is declared must be what is there, and that is UTF-8.
#[test]
fn other_encodings() {
    let text = request(Revision::Rev111111);
    let utf16: Vec<u8> = std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let windows_1251 = [text.as_bytes(), &[0xCF, 0xF0]].concat();
    let overlong = text
        .replace("6449013711", "\u{1}")
        .into_bytes()
        .into_iter()
        .flat_map(|o| if o == 1 { vec![0xC0, 0x80] } else { vec![o] });
    for (name, octets) in [
        ("UTF-16", utf16),
        ("windows-1251", windows_1251),
        ("overlong NUL", overlong.collect()),
        ("two byte-order marks", format!("\u{FEFF}\u{FEFF}{text}").into_bytes()),
        ("declared UTF-16", text.replace("UTF-8", "UTF-16").into_bytes()),
    ] {
        let refused = read(octets);
        assert!(matches!(refused, Err(Error::NotUtf8 { .. })), "{name}: {refused:?}");
    }
    assert!(matches!(read_as(text, "text/xml; charset=windows-1251"), Err(Error::NotUtf8 { .. })));
}

#[test]
fn forbidden_characters() {
    for letter in ['\0', '\u{1}', '\u{B}', '\u{1F}', '\u{FFFE}', '\u{FFFF}'] {
        let refused = read(request(Revision::Rev111111).replace("6449013711", &letter.to_string()));
        assert!(matches!(refused, Err(Error::Malformed { .. })), "{letter:?}: {refused:?}");
    }
}

#[test]
fn document_type_declaration() {
    let text = request(Revision::Rev111111).replacen("?>", "?><!DOCTYPE x [<!ENTITY a 'b'>]>", 1);
    assert!(matches!(read(text), Err(Error::DoctypeForbidden)));
}

#[test]
fn message_larger_than_the_limit() {
    let limits = Limits { message_bytes: 100, ..Limits::default() };
    let refused = Envelope::receive(request(Revision::Rev111111).into(), XML, &limits);
    assert!(matches!(refused, Err(Error::TooLarge { max: 100, .. })), "{refused:?}");
}

#[test]
fn too_many_security_blocks_or_too_large_a_header() {
    let security = format!("<w:Security xmlns:w='{}'/>", crate::uri::WSSE);
    let text = envelope(&format!("<soap:Header>{}</soap:Header>", security.repeat(5)), "<o/>");
    assert!(matches!(read(text), Err(Error::Limit { name: "security_blocks", max: 4, .. })));
    let text = envelope(&format!("<soap:Header><a>{}</a></soap:Header>", "x".repeat(300_000)), "<o/>");
    assert!(matches!(read(text), Err(Error::Limit { name: "header_bytes", .. })));
}

/// Ten thousand declarations in scope, each used by thousands of elements, must not take quadratic time: bounded look-ups.
#[test]
fn namespace_bomb_is_read_in_linear_time() {
    let mut open = String::new();
    for level in 0..50 {
        open.push_str("<a");
        for n in 0..60 {
            write!(open, " xmlns:p{level}-{n}='urn:{level}:{n}'").unwrap();
        }
        open.push('>');
    }
    let uses = "<p0-0:b p0-1:c='' p0-2:c='' p0-3:c=''/>".repeat(20_000);
    let text = envelope("", &format!("{open}{uses}{}", "</a>".repeat(50)));
    assert!(read(text).is_ok());
}

#[test]
fn complete_message_is_still_taken() {
    assert!(with_children(&message_children(Revision::Rev120315)).is_ok());
}
