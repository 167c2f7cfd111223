//! What must pass: everything the standards allow and stacks in the wild write, however unlike the usual it looks. The
//! provider of the stand verifies both signatures of what it gets.

use std::io::Write as _;

use super::bus::{Bus, Call, PATH, XML};
use super::forge::{DS, EXCLUSIVE, Forge, SOAP, TRANSFORM, WSU, X509_V3, between, edit, many, methods, reference};
use crate::http;

/// Base64 in lines of so many letters, with this end.
fn lines(text: &str, letters: usize, end: &str) -> String {
    let line = |number: usize| text[number * letters..text.len().min((number + 1) * letters)].to_owned() + end;
    many(text.len().div_ceil(letters), line)
}

/// A change of the template before it is signed.
type Change<'a> = Box<dyn Fn(&str) -> String + 'a>;

/// Prefixes, order, transforms.
fn structures() -> Vec<(&'static str, Change<'static>)> {
    let token =
        |template: &str| between(template, "<wsse:BinarySecurityToken ", "</wsse:BinarySecurityToken>").to_owned();
    let enveloped = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let list = |list: &str| format!("<ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"{list}\"/>");
    let c14n = format!("<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>");
    vec![
        ("as it is", Box::new(str::to_owned)),
        (
            "ds as default namespace",
            Box::new(move |t: &str| {
                t.replace("<ds:Signature>", &format!("<Signature xmlns=\"{DS}\">"))
                    .replace("<ds:", "<")
                    .replace("</ds:", "</")
            }),
        ),
        (
            "another prefix for ds",
            Box::new(move |t: &str| t.replace("ds:", "dsig:").replace("xmlns:ds=", "xmlns:dsig=")),
        ),
        (
            "ds declared on every element",
            Box::new(move |t: &str| t.replace("<ds:SignedInfo>", &format!("<ds:SignedInfo xmlns:ds=\"{DS}\">"))),
        ),
        (
            "token behind the Signature",
            Box::new(move |t: &str| {
                edit(&edit(t, &token(t), ""), "</wsse:Security>", &format!("{}</wsse:Security>", token(t)))
            }),
        ),
        ("enveloped before c14n", Box::new(move |t: &str| edit(t, TRANSFORM, &format!("{enveloped}{TRANSFORM}")))),
        (
            "PrefixList without effect",
            Box::new(move |t: &str| {
                edit(
                    t,
                    TRANSFORM,
                    &format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\">{}</ds:Transform>", list("xsi xs")),
                )
            }),
        ),
        (
            "PrefixList empty",
            Box::new(move |t: &str| {
                edit(t, TRANSFORM, &format!("<ds:Transform Algorithm=\"{EXCLUSIVE}\">{}</ds:Transform>", list("")))
            }),
        ),
        (
            "PrefixList in SignedInfo",
            Box::new(move |t: &str| {
                edit(
                    t,
                    &c14n,
                    &format!(
                        "<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\">{}</ds:CanonicalizationMethod>",
                        list("xsi")
                    ),
                )
            }),
        ),
    ]
}

/// Ids, attributes, line ends.
fn decorations() -> Vec<(&'static str, Change<'static>)> {
    vec![
        (
            "ids on everything",
            Box::new(|t: &str| {
                t.replace("<ds:Signature>", "<ds:Signature Id=\"s1\">")
                    .replace("<ds:SignedInfo>", "<ds:SignedInfo Id=\"s2\">")
                    .replace("<ds:SignatureValue>", "<ds:SignatureValue Id=\"s3\">")
                    .replace("<ds:KeyInfo>", "<ds:KeyInfo Id=\"s4\">")
                    .replace("<ds:Reference ", "<ds:Reference Id=\"s5\" ")
                    .replace("<wsse:SecurityTokenReference>", "<wsse:SecurityTokenReference wsu:Id=\"s6\">")
            }),
        ),
        (
            "ValueType on the Reference",
            Box::new(|t: &str| edit(t, "<wsse:Reference ", &format!("<wsse:Reference ValueType=\"{X509_V3}\" "))),
        ),
        ("no EncodingType", Box::new(|t: &str| edit(t, between(t, "EncodingType=\"", "\""), ""))),
        (
            "mustUnderstand 0",
            Box::new(|t: &str| edit(t, "<wsse:Security ", "<wsse:Security soap:mustUnderstand=\"0\" ")),
        ),
        (
            "mustUnderstand 1",
            Box::new(|t: &str| edit(t, "<wsse:Security ", "<wsse:Security soap:mustUnderstand=\"1\" ")),
        ),
        (
            "a Timestamp in the block",
            Box::new(|t: &str| {
                edit(
                    t,
                    "<ds:Signature>",
                    "<wsu:Timestamp wsu:Id=\"ts\"><wsu:Created>2026-01-01T00:00:00Z</wsu:Created></wsu:Timestamp><ds:Signature>",
                )
            }),
        ),
        (
            "line ends in SignedInfo",
            Box::new(|t: &str| {
                t.replace("<ds:SignatureMethod ", "\n<ds:SignatureMethod ")
                    .replace("</ds:SignedInfo>", "\n</ds:SignedInfo>")
            }),
        ),
        ("CRLF in SignedInfo", Box::new(|t: &str| t.replace("<ds:SignatureMethod ", "\r\n\t<ds:SignatureMethod "))),
        (
            "end tags for empty elements",
            Box::new(|t: &str| edit(t, TRANSFORM, &TRANSFORM.replace("/>", "></ds:Transform>"))),
        ),
        ("line ends in the digest", Box::new(|t: &str| t.replace("@digest:Body@", "\n@digest:Body@\r\n"))),
        (
            "a second block for another actor",
            Box::new(|t: &str| {
                edit(t, "<wsse:Security ", "<wsse:Security soap:actor=\"urn:another\"/><wsse:Security ")
            }),
        ),
    ]
}

/// Forms of the Security block and of the signature in it (protocol §4.3).
#[test]
fn forms_of_the_signature() {
    let mut bus = Bus::running();
    for (name, change) in structures().iter().chain(&decorations()) {
        let message = bus.forge.sign(&change(&bus.forge.template()));
        bus.serves(name, message);
    }
    // White space that is not signed.
    for (name, end) in [("CRLF", "\r\n"), ("blank lines", "\n\n  "), ("character references", "&#13;\n")] {
        let message = bus.forge.signed();
        let wide = |element: &str| {
            let text = between(&message, &format!("<{element}"), "</").to_owned();
            text.split_once('>').unwrap().1.trim_end_matches("</").to_owned()
        };
        let (token, value) = (wide("wsse:BinarySecurityToken"), wide("ds:SignatureValue"));
        let message =
            edit(&edit(&message, &token, &format!("{end}{}", lines(&token, 76, end))), &value, &lines(&value, 64, end));
        bus.serves(format!("base64 in lines with {name}"), message);
    }
    bus.account();
}

/// A change that needs nothing but the text.
type Plain = fn(&str) -> String;

/// Forms of the XML around and in the signed Body.
#[test]
fn forms_of_the_message() {
    let mut bus = Bus::running();
    let before: [(&str, Plain); 14] = [
        ("SOAP-ENV", |t| t.replace("soap:", "SOAP-ENV:").replace("xmlns:soap=", "xmlns:SOAP-ENV=")),
        ("S", |t| t.replace("soap:", "S:").replace("xmlns:soap=", "xmlns:S=")),
        ("SOAP as default namespace", |t| {
            t.replace("<soap:", "<")
                .replace("</soap:", "</")
                .replace("<Envelope ", &format!("<Envelope xmlns=\"{SOAP}\" "))
        }),
        ("SMEV as default namespace", |t| {
            t.replace("<smev:", "<")
                .replace("</smev:", "</")
                .replace("<Message>", "<Message xmlns=\"http://smev.gosuslugi.ru/rev120315\">")
                .replace("<MessageData>", "<MessageData xmlns=\"http://smev.gosuslugi.ru/rev120315\">")
        }),
        ("namespaces on the Body", |t| {
            let declared = "xmlns:op=\"http://zags.region64.example/record/1.00\"";
            edit(t, declared, "").replace("<op:getRecord>", &format!("<op:getRecord {declared}>"))
        }),
        ("a namespace on the Body that stands on the Envelope", |t| {
            t.replace("<soap:Body ", &format!("<soap:Body xmlns:wsu=\"{WSU}\" "))
        }),
        ("CDATA", |t| {
            t.replace(
                "<smev:Name>Отправитель</smev:Name></smev:Sender>",
                "<smev:Name><![CDATA[Отправитель <&>]]></smev:Name></smev:Sender>",
            )
        }),
        ("CDATA in a routing field", |t| t.replace("<smev:Status>REQUEST", "<smev:Status><![CDATA[REQ]]>UEST")),
        ("character references", |t| t.replace("<smev:Status>REQUEST", "<smev:Status>&#x52;EQUEST")),
        ("a comment in the operation", |t| t.replace("<op:getRecord>", "<op:getRecord><!-- черновик -->")),
        ("an instruction in the operation", |t| t.replace("<op:getRecord>", "<op:getRecord><?pi x?>")),
        ("indented with CRLF", |t| t.replace("><smev:", ">\r\n\t<smev:").replace("></op:", ">\r\n</op:")),
        ("attributes of the Body", |t| t.replace("<soap:Body ", "<soap:Body xml:lang=\"ru\" Id=\"body\" ")),
        ("white space in fields", |t| t.replace("<smev:Code>SOCZ01641<", "<smev:Code>\n SOCZ01641 <")),
    ];
    for (name, change) in before {
        let message = bus.forge.sign(&change(&bus.forge.template()));
        bus.serves(name, message);
    }
    bus.account();
}

/// What may change after signing.
#[test]
fn forms_around_the_signed_body() {
    let mut bus = Bus::running();
    let after: [(&str, Plain); 10] = [
        ("a byte-order mark", |m| format!("\u{feff}{m}")),
        ("a declaration", |m| format!("<?xml version='1.0' encoding='utf-8' standalone=\"yes\"?>\r\n{m}")),
        ("comments around", |m| format!("<!-- a -->{}<!-- b -->\n", m.replace("<soap:Body ", "<!-- c --><soap:Body "))),
        ("blanks between parts", |m| {
            m.replace("<soap:Header>", "\r\n  <soap:Header>\r\n").replace("<soap:Body ", "\n<soap:Body ")
        }),
        ("namespaces more", |m| {
            edit(m, "<soap:Envelope ", "<soap:Envelope xmlns:zz=\"urn:zz\" xmlns=\"urn:default\" ")
        }),
        ("apostrophes", |m| edit(m, "wsu:Id=\"body\"", "wsu:Id='body'")),
        ("blanks in tags", |m| {
            edit(m, "<soap:Body wsu:Id=\"body\">", "<soap:Body\n  wsu:Id = \"body\" >")
                .replace("</soap:Body>", "</soap:Body\n>")
        }),
        ("a foreign block", |m| edit(m, "</soap:Header>", "<x:y xmlns:x=\"urn:x\">z</x:y></soap:Header>")),
        ("attributes of the Envelope", |m| {
            edit(
                m,
                "<soap:Envelope ",
                "<soap:Envelope soap:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\" ",
            )
        }),
        ("a comment in the Body", |m| edit(m, "<smev:MessageData>", "<!-- x --><smev:MessageData>")),
    ];
    for (name, change) in after {
        let message = change(&bus.forge.signed());
        bus.serves(name, message);
    }
    bus.account();
}

/// Ids as they are seen, in every spelling.
#[test]
fn ids_of_every_kind() {
    let mut bus = Bus::running();
    for id in ["3ce304b7-110e-4b3a-9dd8-56876dd91678", "_1", "id-2", "1", "a:b.c", "SigID-0"] {
        for spelling in ["wsu:Id", "Id", "ID", "id", "xml:id"] {
            let template = bus
                .forge
                .template()
                .replace("wsu:Id=\"body\"", &format!("{spelling}=\"{id}\""))
                .replace("#body", &format!("#{id}"));
            let message = bus.forge.sign(&template);
            bus.serves(format!("{spelling}=\"{id}\""), message);
        }
    }
    bus.account();
}

/// A block of the Header that the sender has signed beside his Body: whoever drops it breaks his signature.
#[test]
fn signed_block_of_the_header_travels_on() {
    let mut bus = Bus::running();
    let stamp = "<wsu:Timestamp wsu:Id=\"stamp\"><wsu:Created>2026-01-01T00:00:00Z</wsu:Created></wsu:Timestamp>";
    let template = edit(&bus.forge.template(), "</soap:Header>", &format!("{stamp}</soap:Header>"));
    let one = reference("body", "Body");
    let both = format!("{}{one}", reference("stamp", &format!("{{{WSU}}}Timestamp")));
    let message = bus.forge.sign(&edit(&template, &one, &both));
    bus.serves("Timestamp and Body", message);
    bus.account();
}

/// The same block wrapped by somebody on the way: what is signed in it must not carry the rest along.
#[test]
fn signed_block_inside_a_block_of_somebody_else() {
    let mut bus = Bus::running();
    let stamp = "<wsu:Timestamp wsu:Id=\"stamp\"><wsu:Created>2026-01-01T00:00:00Z</wsu:Created></wsu:Timestamp>";
    let one = reference("body", "Body");
    let both = format!("{}{one}", reference("stamp", &format!("{{{WSU}}}Timestamp")));
    let around = |before: &str, after: &str| {
        let template = edit(&bus.forge.template(), "</soap:Header>", &format!("{stamp}</soap:Header>"));
        let message = bus.forge.sign(&edit(&template, &one, &both));
        edit(&message, stamp, &format!("{before}{stamp}{after}"))
    };
    let wrapped = [
        around("<w:ReplyTo xmlns:w=\"urn:w\"><w:Address>http://127.0.0.1:1/</w:Address>", "</w:ReplyTo>"),
        around("<wsse:Security><wsse:UsernameToken/>", "</wsse:Security>"),
    ];
    for message in wrapped {
        bus.refuses("a signed block wrapped", &["SMEV-100016"], message);
    }
    bus.account();
}

/// What stands in the sender's Security block under no signature goes on as his: nothing else may stand there.
#[test]
fn security_block_with_more_than_a_signature() {
    let mut bus = Bus::running();
    for more in ["<wsse:UsernameToken/>", "<w:ReplyTo xmlns:w=\"urn:w\"/>", "<ds:KeyInfo/>"] {
        let message = edit(&bus.forge.signed(), "</wsse:Security>", &format!("{more}</wsse:Security>"));
        bus.refuses(more, &["SMEV-100016"], message);
    }
    let stamp = "<wsu:Timestamp><wsu:Created>2026-01-01T00:00:00Z</wsu:Created></wsu:Timestamp></wsse:Security>";
    let message = edit(&bus.forge.signed(), "</wsse:Security>", stamp);
    bus.serves("with a Timestamp", message);
    bus.account();
}

/// Every GOST algorithm under every name that is seen.
#[test]
fn gost_algorithms_under_every_name() {
    let mut bus = Bus::prepared(|region| {
        region.append(
            "routes.d/access.toml",
            "\n[[access]]\nconsumer = \"ZAGS01641\"\nservice = \"SID0064001\"\nfrom = 2020-01-01\nuntil = 2099-01-01\nground = \"испытание\"\n",
        );
    });
    let old = Forge::of(&bus.region, "ZAGS01641");
    let (long_method, long_digest) = methods(old.identity().key().algorithm());
    for method in [long_method, "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102001-gostr3411"] {
        for digest in [long_digest, "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr3411"] {
            let template = old.template().replace("@method@", method).replace("@digest-method@", digest);
            let message = old.sign(&template);
            bus.serves(format!("{method} over {digest}"), message);
        }
    }
    let message = Forge::of(&bus.region, "MFCS01641").signed();
    bus.serves("2012-512", message);
    bus.account();
}

/// Forms of HTTP and of MIME.
#[test]
fn forms_of_the_frame() {
    let mut bus = Bus::running();
    for content_type in [
        "text/xml",
        "application/xml",
        "TEXT/XML; Charset=UTF-8",
        "text/xml;charset=\"utf-8\"",
        "text/xml; charset=utf-8; action=\"urn:x\"",
    ] {
        let message = bus.forge.signed();
        bus.serves_in(content_type, &Call { content_type, ..Call::default() }, message);
    }
    for action in ["SOAPAction: urn:getRecord", "SOAPAction: \"\"", "SOAPAction:", "soapaction: \"x\"", "X-Nothing: x"]
    {
        let message = bus.forge.signed();
        bus.serves_in(action, &Call { headers: vec![action.to_owned()], ..Call::default() }, message);
    }
    for path in [format!("{PATH}/1.00"), format!("{PATH}?wsdl"), format!("{PATH}?x=y&z"), format!("{PATH}/wsdl")] {
        let message = bus.forge.signed();
        bus.serves_in(&path, &Call { path: &path, ..Call::default() }, message);
    }
    let part = |head: &str, content: &str| format!("--B_1=?\r\n{head}\r\n\r\n{content}\r\n");
    let file =
        part("Content-ID: <a@b>\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: binary", "PK\u{3}\u{4}");
    for (name, content_type, head) in [
        (
            "XOP",
            "multipart/related; type=\"application/xop+xml\"; start=\"<r>\"; start-info=\"text/xml\"; boundary=\"B_1=?\"",
            "Content-Type: application/xop+xml;charset=utf-8;type=\"text/xml\"\r\nContent-ID: <r>\r\nContent-Transfer-Encoding: 8bit",
        ),
        ("without start", "multipart/related; type=\"text/xml\"; boundary=\"B_1=?\"", "Content-Type: text/xml"),
        (
            "unquoted",
            "multipart/related; boundary=B_1=?; type=text/xml; start=r",
            "content-type:text/xml\r\ncontent-id:r",
        ),
        ("folded", "multipart/related; boundary=\"B_1=?\"", "Content-Type: text/xml;\r\n charset=UTF-8"),
        ("with a length", "multipart/related; boundary=\"B_1=?\"", "Content-Type: text/xml\r\nContent-Length: 7"),
        ("with a text before", "multipart/related; boundary=\"B_1=?\"", "Content-Type: text/xml"),
    ] {
        let preamble = if name == "with a text before" { "This is MIME.\r\n" } else { "" };
        let message = bus.forge.signed();
        let body = format!("{preamble}{}{file}--B_1=?--\r\n", part(head, &message));
        bus.serves_in(name, &Call { content_type, ..Call::default() }, body);
    }
    let message = bus.forge.signed();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: bus\r\nconnection: close\r\ncontent-type: {XML}\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        message.len()
    );
    let mut stream = http::connect(bus.region.described.node.soap);
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(message.as_bytes()).unwrap();
    let told = http::answer(stream).unwrap();
    let told = format!("{}{}", told.head, String::from_utf8_lossy(&told.body));
    assert!(told.contains("HTTP/1.1 200") && told.contains("getRecordResponse"), "{told}");
    let message = bus.forge.signed();
    let mut stream = http::connect(bus.region.described.node.soap);
    stream.write_all(&http::crumbs(PATH, message.as_bytes())).unwrap();
    assert_eq!(http::answer(stream).unwrap().status, 200, "one octet a chunk");
    let accepted = bus.region.audit()["accepted"].as_u64().unwrap();
    bus.tell(accepted - 2);
}
