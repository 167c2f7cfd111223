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

/// Canonicalisation goes through every declaration in scope at every element: their product is seconds of work.
#[test]
fn namespace_bomb() {
    let bomb = |levels: usize, per_level: usize, name: &dyn Fn(usize, usize) -> String| {
        let mut open = String::new();
        for level in 0..levels {
            open.push_str("<a");
            for n in 0..per_level {
                write!(open, " xmlns:p{n}='{}'", name(level, n)).unwrap();
            }
            open.push('>');
        }
        let uses = "<p0:b p0:c='' p1:c=''/>".repeat(1_000);
        read(envelope("", &format!("{open}{uses}{}", "</a>".repeat(levels))))
    };
    let distinct = |level: usize, n: usize| format!("urn:{level}:{n}");
    let repeated = |_: usize, n: usize| format!("urn:{n}");
    for (levels, per_level) in [(50, 60), (2, 40), (32, 2)] {
        for name in [&distinct as &dyn Fn(usize, usize) -> String, &repeated] {
            let refused = bomb(levels, per_level, name);
            assert!(matches!(refused, Err(Error::Limit { name: "namespaces_in_scope", max: 64, .. })), "{refused:?}");
        }
    }
    assert!(bomb(3, 20, &distinct).is_ok());
}

/// A tree of millions of nodes, none of them an element.
#[test]
fn flood_of_nodes_that_are_no_elements() {
    for node in ["<!---->", "<?p?>", "<![CDATA[]]>", "x<!---->"] {
        let refused = read(envelope("", &format!("<o>{}</o>", node.repeat(100_000))));
        assert!(matches!(refused, Err(Error::Limit { name: "elements", max: 100_000, .. })), "{node}: {refused:?}");
    }
    assert!(read(envelope("", &format!("<o>{}</o>", "x&lt;".repeat(100_000)))).is_ok(), "one run of text");
}

/// A style sheet may show a receiver another message than the signed one; no signature covers what stands outside Body.
#[test]
fn processing_instruction_outside_body() {
    let sheet = "<?xml-stylesheet type='text/xsl' href='http://127.0.0.1/x.xsl'?>";
    let text = envelope("<soap:Header><a/></soap:Header>", "<o/>");
    for place in ["<soap:Envelope", "<soap:Header>", "<a/>", "</soap:Header>", "<soap:Body>", "</soap:Envelope>"] {
        let refused = read(text.replacen(place, &format!("{sheet}{place}"), 1));
        assert!(
            matches!(&refused, Err(Error::Malformed { what, .. }) if what.contains("processing instruction")),
            "{place}"
        );
    }
    assert!(matches!(read(format!("{text}{sheet}")), Err(Error::Malformed { .. })));
    assert!(read(text.replace("<o/>", "<o><?pi x?></o>")).is_ok());
}

/// The bus must read the `Message` that the provider reads: no other may stand where a provider's `//Message` would find it.
#[test]
fn second_message_or_sender_hidden_in_the_operation() {
    let smev = |revision: &str| format!("http://smev.gosuslugi.ru/{revision}");
    let inner = "<h:Sender><h:Code>PFRF01001</h:Code></h:Sender>";
    let whole = operation(Revision::Rev120315, &message_children(Revision::Rev120315));
    let splice = |place: &str, what: &str| read(envelope("", &whole.replacen(place, &format!("{what}{place}"), 1)));
    for revision in ["rev110801", "rev111111", "rev120315", "rev999999", "rev"] {
        let sender = inner.replace("<h:Sender", &format!("<h:Sender xmlns:h='{}'", smev(revision)));
        let message = format!("<h:Message xmlns:h='{}'>{inner}</h:Message>", smev(revision));
        for (name, place, what) in [
            ("Message one level deeper", "<smev:Message>", format!("<w>{message}</w>")),
            ("Message two levels deeper, behind", "</op:getData>", format!("<w><w>{message}</w></w>")),
            ("Message inside Message", "<smev:TypeCode>", message.clone()),
            ("Sender inside Message", "<smev:Sender>", format!("<w>{sender}</w>")),
            ("Sender beside Message", "<smev:Message>", sender.clone()),
            ("Message in MessageData", "<smev:AppData>", message.clone()),
            ("Message in another's AppData", "</op:getData>", format!("<AppData>{message}</AppData>")),
            ("Sender in Recipient", "</smev:Recipient>", sender.clone()),
        ] {
            let refused = splice(place, &what);
            assert!(matches!(refused, Err(Error::Misplaced { .. })), "{revision}, {name}: {refused:?}");
        }
        for place in ["<smev:Message>", "</op:getData>"] {
            let refused = splice(place, &message);
            assert!(
                matches!(refused, Err(Error::Misplaced { .. } | Error::SeveralMessages)),
                "{revision}: {refused:?}"
            );
        }
        if revision != "rev120315" {
            let refused = splice("<smev:Recipient>", &sender);
            assert!(matches!(refused, Err(Error::Misplaced { .. })), "second Sender of {revision}: {refused:?}");
        }
        assert!(matches!(read(envelope("", &message)), Err(Error::Misplaced { .. })), "the operation is a Message");
        // Where messages may stand: business content and the messages of a packet.
        for (place, what) in [
            ("</smev:AppData>", message.clone()),
            ("</smev:MessageData>", format!("<smev:AppDocument>{message}</smev:AppDocument>")),
            ("<smev:TypeCode>", format!("<smev:SubMessages>{message}</smev:SubMessages>")),
        ] {
            assert!(splice(place, &what).is_ok(), "{revision} before {place}");
        }
    }
    assert!(splice("</op:getData>", "<w:Message xmlns:w='urn:w'><w:Sender/></w:Message>").is_ok(), "another's Message");
}

/// An error goes into the log and into the fault: a sender must not fill them with text of his own.
#[test]
fn long_text_of_the_message_in_an_error() {
    let long = "Я".repeat(120);
    let security = |method: &str, id: &str| {
        let sent = super::identities::signed(request(Revision::Rev111111), XML);
        let text = String::from_utf8(sent.to_vec()).unwrap();
        let uri = text.split_once("SignatureMethod Algorithm=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
        let text = if method.is_empty() { text } else { text.replacen(&uri, method, 1) };
        let text = if id.is_empty() { text } else { text.replacen("URI=\"#body", &format!("URI=\"#{id}"), 1) };
        super::identities::verify(text, XML, false).map(drop)
    };
    let unsigned = |id: &str| {
        let body = format!("<soap:Body xmlns:u='{}' u:Id='{id}'", crate::uri::WSU);
        let text = request(Revision::Rev111111).replace("<soap:Body", &body);
        let text = text.replace("<op:inn>", &format!("<op:inn Id='{id}'>"));
        read(text).unwrap().sign_as_sender(&super::identities::WHO.sender, &super::identities::stamp(1)).map(drop)
    };
    for (name, result) in [
        ("root", read(format!("<{long} xmlns='urn:{long}'/>")).map(drop)),
        ("sibling of Body", read(format!("<e:Envelope xmlns:e='{SOAP}'><{long}/></e:Envelope>")).map(drop)),
        ("content type", read_as("", &format!("application/{long}")).map(drop)),
        ("media type", read_as("", &format!("application/{}", "x".repeat(120))).map(drop)),
        ("child of Message", with_children_strict(&format!("<smev:{long}/>"))),
        ("Status", with_children_strict(&format!("<smev:Status>{long}</smev:Status>"))),
        ("algorithm", security(&format!("urn:{long}"), "")),
        ("reference", security("", &"r".repeat(120))),
        ("id of Body", unsigned(&long)),
        ("id twice", unsigned(&"i".repeat(120))),
    ] {
        let refused = format!("{:?}", result.expect_err(name));
        let whole = ["Я", "x", "r", "i"].iter().any(|letter| refused.contains(&letter.repeat(80)));
        assert!(!whole && refused.contains('…'), "{name}: {refused}");
    }
}

fn with_children_strict(children: &str) -> Result<(), Error> {
    read(envelope("", &operation(Revision::Rev120315, children)))?.check_format(crate::Format::Strict)
}

#[test]
fn complete_message_is_still_taken() {
    assert!(with_children(&message_children(Revision::Rev120315)).is_ok());
}
