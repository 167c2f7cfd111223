//! From an unsigned message to a sealed one and back: the splice is exact, and every signature holds at the receiver.

use bytes::Bytes;
use xmldsig::{ACTOR_RECIPIENT, ACTOR_SMEV};

use super::fixtures::{SOAP, XML, envelope, message_children, operation, read, read_as, request, sample};
use super::identities::{WHO, signed, stamp, verify};
use crate::{Envelope, ForeignHeaders, Revision, Sealed, SenderSecurity};

fn operation_111111() -> String {
    operation(Revision::Rev111111, &message_children(Revision::Rev111111))
}

fn count(haystack: &[u8], needle: &str) -> usize {
    haystack.windows(needle.len()).filter(|window| *window == needle.as_bytes()).count()
}

fn find(haystack: &[u8], needle: &str) -> usize {
    haystack
        .windows(needle.len())
        .position(|window| window == needle.as_bytes())
        .unwrap_or_else(|| panic!("no {needle}"))
}

/// What must hold of any sealed message, whatever it was made of.
pub(super) fn check(sealed: &Envelope<Sealed>, received: &Bytes, content_type: &str) {
    let forwarded = sealed.bytes();
    assert_eq!(sealed.splice().apply(received).as_deref(), Some(&forwarded[..]), "received + splice = forwarded");
    assert_eq!(sealed.raw(), received);
    let before = read_as(received.clone(), content_type).unwrap();
    let after = verify(forwarded.clone(), content_type, true)
        .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&forwarded)));
    assert_eq!(after.body_span(), before.body_span(), "Body travels as it came");
    assert_eq!(sealed.body_span(), before.body_span());
    assert_eq!(after.node_signature(), Some(WHO.node.certificate()));
    let header = after.fields().node_header.as_ref().expect("smev:Header");
    assert_eq!(header.message_id.as_deref(), Some(sealed.message_id().to_string().as_str()));
    assert_eq!(header.revision, before.fields().revision.unwrap_or(Revision::Rev111111));
    let actors =
        |actor: &str| after.fields().security_actors.iter().filter(|one| one.as_deref() == Some(actor)).count();
    assert_eq!((actors(ACTOR_RECIPIENT), actors(ACTOR_SMEV)), (1, 1));
}

/// Every shape of envelope an unsigned sender may bring, sealed in one go (hosted systems).
fn shapes() -> Vec<(&'static str, String)> {
    let content = operation_111111();
    vec![
        ("no Header", envelope("", &content)),
        ("self-closing Header", envelope("<soap:Header/>", &content)),
        ("self-closing Header with attributes", envelope("<soap:Header a='>' xmlns:q='urn:q' />", &content)),
        ("empty Header", envelope("<soap:Header></soap:Header>", &content)),
        ("blank Header", envelope("\r\n <soap:Header>\r\n\t</soap:Header >\r\n", &content)),
        ("WS-Addressing", envelope("<soap:Header><a:To xmlns:a='urn:wsa'>x</a:To></soap:Header>", &content)),
    ]
}

/// The same with odd prefixes and contents.
fn odd_shapes() -> Vec<(&'static str, String)> {
    let content = operation_111111();
    let plain = envelope("", &content);
    vec![
        ("byte-order mark", format!("\u{FEFF}{plain}")),
        ("no declaration, remarks", format!("<!-- a -->{}<!-- b -->", plain.split_once("?>").unwrap().1)),
        ("SOAP as default namespace", format!("<Envelope xmlns='{SOAP}'><Body>{content}</Body></Envelope>")),
        (
            "Body prefix of its own",
            format!("<e:Envelope xmlns:e='{SOAP}'><e:Header/><b:Body xmlns:b='{SOAP}'>{content}</b:Body></e:Envelope>"),
        ),
        (
            "odd prefixes",
            format!(
                "<wsse:Envelope xmlns:wsse='{SOAP}' xmlns:soap='urn:s' xmlns:ds='urn:d' xmlns:smev='urn:m'><wsse:Body>{content}</wsse:Body></wsse:Envelope>"
            ),
        ),
        ("prefix wsu taken", plain.replace("<soap:Body", "<soap:Body xmlns:wsu='urn:x'")),
        (
            "prefix wsu in scope",
            plain.replace("<soap:Envelope", &format!("<soap:Envelope xmlns:u='{}'", crate::uri::WSU)),
        ),
        (
            "Body has an id",
            plain.replace("<soap:Body", &format!("<soap:Body xmlns:u='{}' u:Id='3ce304b7-1'", crate::uri::WSU)),
        ),
        ("service without Message", envelope("", "<GetForm9Async xmlns='http://tempuri.org/'><id/></GetForm9Async>")),
        (
            "a provider's fault",
            envelope("", "<soap:Fault><faultcode>soap:Server</faultcode><faultstring>x</faultstring></soap:Fault>"),
        ),
        ("line ends and references", envelope("", "<o a='&#x9;&quot;'>\r\n&#xD;&lt;<![CDATA[<]]></o>")),
        ("rev110801", request(Revision::Rev110801)),
        ("rev120315", request(Revision::Rev120315)),
    ]
}

#[test]
fn every_shape_of_unsigned_message_is_signed_and_sealed() {
    for (name, text) in shapes().into_iter().chain(odd_shapes()) {
        let received = Bytes::from(text);
        let signed = read(received.clone())
            .unwrap()
            .sign_as_sender(&WHO.sender, &stamp(1))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let sent = signed.bytes();
        assert_eq!(signed.certificate(), WHO.sender.certificate(), "{name}");
        let sealed = signed.seal(&stamp(2), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Keep).unwrap();
        assert_eq!(sealed.splice().apply(&received).as_deref(), Some(&sealed.bytes()[..]), "{name}");

        // The same message, signed by a sender of its own.
        let sealed = verify(sent.clone(), XML, false).unwrap_or_else(|error| panic!("{name}: {error}"));
        let sealed = sealed.seal(&stamp(2), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Keep).unwrap();
        check(&sealed, &sent, XML);
    }
}

/// Body takes a prefix for wsu that nothing in it or around it uses, so no name inside changes its meaning.
#[test]
fn prefixes_rebound_against_the_bus_are_left_alone() {
    let wsu = crate::uri::WSU;
    for (on_envelope, on_body, want) in [
        ("xmlns:wsu='urn:x'", "", "xmlns:wsu-1="),
        ("", "xmlns:wsu='urn:x'", "xmlns:wsu-1="),
        ("", "xmlns:wsu='urn:x' xmlns:wsu-1='urn:x'", "xmlns:wsu-2="),
        ("xmlns:wsu-1='urn:x' xmlns:wsu-2='urn:x'", "xmlns:wsu='urn:x'", "xmlns:wsu-3="),
        (&format!("xmlns:wsu='{wsu}'"), "xmlns:wsu='urn:x' xmlns:wsu-1='urn:x'", "xmlns:wsu-2="),
    ] {
        let text = envelope("", "<o><wsu:a xmlns:q='urn:q'/></o>");
        let text = text.replacen("<soap:Envelope", &format!("<soap:Envelope {on_envelope}"), 1);
        let text = Bytes::from(text.replacen("<soap:Body", &format!("<soap:Body {on_body}"), 1));
        let signed = read(text).unwrap().sign_as_sender(&WHO.sender, &stamp(1)).unwrap();
        let body = String::from_utf8_lossy(signed.body_span()).into_owned();
        assert!(body.contains(want), "{on_envelope} {on_body}: {body}");
        let canonical = String::from_utf8_lossy(signed.body_octets()).into_owned();
        assert!(canonical.contains("<wsu:a xmlns:wsu=\"urn:x\">"), "{canonical}");
        assert!(verify(signed.bytes(), XML, false).is_ok(), "{on_envelope} {on_body}");
    }
}

#[test]
fn foreign_header_blocks_are_kept() {
    let sent = signed(envelope("<soap:Header><a:To xmlns:a='urn:wsa'>x</a:To></soap:Header>", "<o/>"), XML);
    let sealed = verify(sent, XML, false)
        .unwrap()
        .seal(&stamp(2), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Keep)
        .unwrap();
    assert_eq!(count(&sealed.bytes(), "<a:To xmlns:a='urn:wsa'>x</a:To>"), 1);
}

/// No signature of SMEV 2 covers them: a ReplyTo may be anybody's on the way.
#[test]
fn ws_addressing_spoofing() {
    let reply_to = "<a:ReplyTo xmlns:a='http://www.w3.org/2005/08/addressing'><a:Address>http://169.254.169.254/</a:Address></a:ReplyTo>";
    let security = format!("<w:Security xmlns:w='{}' s:actor='urn:other' xmlns:s='{SOAP}'/>", crate::uri::WSSE);
    let dummy = "<m:Header xmlns:m='http://smev.gosuslugi.ru/rev120315'/>";
    let header = format!("<soap:Header>\n{reply_to}<!-- a -->{security} {dummy}<b/></soap:Header>");
    let sent = signed(envelope(&header, &operation_111111()), XML);
    let verified = || verify(sent.clone(), XML, false).unwrap();
    let sealed = verified().seal(&stamp(2), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Drop).unwrap();
    check(&sealed, &sent, XML);
    let names: Vec<_> =
        sealed.dropped_headers().iter().map(|name| (name.namespace.as_str(), name.local.as_str())).collect();
    assert_eq!(
        names,
        [
            ("http://www.w3.org/2005/08/addressing", "ReplyTo"),
            (&crate::error::shortened(crate::uri::WSSE), "Security"),
            ("", "b")
        ]
    );
    let after = read(sealed.bytes()).unwrap();
    assert_eq!(after.fields().security_actors.len(), 2);
    let header = String::from_utf8_lossy(&sealed.bytes()).into_owned();
    for gone in ["ReplyTo", "169.254", "urn:other", "<b/>", "<m:Header"] {
        assert!(!header.contains(gone), "{gone} in {header}");
    }
    let kept = verified().seal(&stamp(2), &WHO.node, SenderSecurity::Drop, ForeignHeaders::Keep).unwrap();
    assert_eq!((count(&kept.bytes(), reply_to), count(&kept.bytes(), &security)), (1, 1));
    assert!(kept.dropped_headers().is_empty());
}

/// However many blocks and however long their names: what is kept of them for the journal is little.
#[test]
fn foreign_header_flood() {
    let long = "n".repeat(200);
    let header = format!(
        "<soap:Header xmlns:p='urn:{}'>{}</soap:Header>",
        "u".repeat(1_000),
        format!("<p:{long}/>").repeat(900)
    );
    let sent = signed(envelope(&header, "<o/>"), XML);
    let sealed = verify(sent.clone(), XML, false).unwrap();
    let sealed = sealed.seal(&stamp(2), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Drop).unwrap();
    check(&sealed, &sent, XML);
    assert_eq!(sealed.dropped_headers().len(), 16);
    assert!(sealed.dropped_headers().iter().all(|name| name.namespace.len() + name.local.len() < 400));
    assert_eq!(count(&sealed.bytes(), "<p:"), 0);
}

/// The received Content-Type may say more than was read here.
#[test]
fn the_content_type_is_written_anew() {
    let sent = signed(request(Revision::Rev111111), XML);
    for received in ["application/xml", "TEXT/XML;charset=\"UTF-8\";action=\"urn:a\"", "text/xml"] {
        let sealed = verify(sent.clone(), received, false).unwrap();
        assert_eq!(sealed.content_type(), received);
        let sealed = sealed.seal(&stamp(2), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Drop).unwrap();
        assert_eq!(sealed.content_type(), "text/xml; charset=utf-8");
    }
}

#[test]
fn blocks_stand_in_the_order_nodes_write_them() {
    let sent = signed(request(Revision::Rev111111), XML);
    let bytes = verify(sent, XML, false)
        .unwrap()
        .seal(&stamp(2), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Keep)
        .unwrap()
        .bytes();
    assert!(find(&bytes, ACTOR_RECIPIENT) < find(&bytes, ACTOR_SMEV));
    assert!(find(&bytes, ACTOR_SMEV) < find(&bytes, "<smev:Header"));
}

#[test]
fn what_an_earlier_node_or_the_client_put_there_is_replaced() {
    let sent = signed(request(Revision::Rev111111), XML);
    let first = verify(sent, XML, false)
        .unwrap()
        .seal(&stamp(2), &WHO.node_512, SenderSecurity::Keep, ForeignHeaders::Keep)
        .unwrap()
        .bytes();
    let verified = verify(first.clone(), XML, true).unwrap();
    let earlier = verified.fields().node_header.clone().unwrap();
    assert_eq!(earlier.message_id.unwrap(), stamp(2).message_id.to_string(), "kept for the journal");
    let sealed = verified.seal(&stamp(3), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Keep).unwrap();
    check(&sealed, &first, XML);
    assert_eq!(count(&sealed.bytes(), "<smev:Header"), 1);
    assert_eq!(count(&sealed.bytes(), &stamp(2).message_id.to_string()), 0);

    // A dummy that the client wrote himself, as in messages seen.
    let dummy = "<soap:Header><m:Header xmlns:m='http://smev.gosuslugi.ru/rev120315'><m:NodeId>1</m:NodeId></m:Header></soap:Header>";
    let sent = signed(envelope(dummy, &operation_111111()), XML);
    let sealed = verify(sent.clone(), XML, false)
        .unwrap()
        .seal(&stamp(3), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Keep)
        .unwrap();
    check(&sealed, &sent, XML);
    assert_eq!(count(&sealed.bytes(), "<m:Header"), 0);
}

#[test]
fn dropping_the_senders_security_leaves_the_nodes() {
    let sent = signed(request(Revision::Rev111111), XML);
    let sealed = verify(sent.clone(), XML, false)
        .unwrap()
        .seal(&stamp(2), &WHO.node, SenderSecurity::Drop, ForeignHeaders::Keep)
        .unwrap();
    assert_eq!(sealed.splice().apply(&sent).unwrap(), sealed.bytes());
    let read = read(sealed.bytes()).unwrap();
    assert_eq!(read.fields().security_actors, [Some(ACTOR_RECIPIENT.to_owned())]);
    let document = xmldsig::Document::parse(&sealed.bytes()).unwrap();
    let cover = &[xmldsig::Part::Header, xmldsig::Part::Body];
    let policy = xmldsig::Policy { actor: xmldsig::Actor::Recipient, cover, algorithms: xmldsig::Algorithms::Gost };
    assert!(document.verify(&policy, &super::identities::anyone).is_ok());
}

#[test]
fn sender_and_node_may_use_different_algorithms() {
    let signed = read(request(Revision::Rev111111)).unwrap().sign_as_sender(&WHO.sender_2001, &stamp(1)).unwrap();
    for node in [&WHO.node, &WHO.node_512] {
        let sealed = verify(signed.bytes(), XML, false)
            .unwrap()
            .seal(&stamp(2), node, SenderSecurity::Keep, ForeignHeaders::Keep)
            .unwrap();
        let after = verify(sealed.bytes(), XML, true).unwrap();
        assert_eq!(after.certificate(), WHO.sender_2001.certificate());
        assert_eq!(after.node_signature(), Some(node.certificate()));
    }
}

/// A sender may canonicalise with a PrefixList; the node's own digest is then of the plain form.
#[test]
fn a_body_signed_in_another_form_is_digested_anew() {
    let sent = signed(request(Revision::Rev111111), XML);
    let mut verified = verify(sent.clone(), XML, false).unwrap();
    let body = &mut verified.state.body;
    body.plain = Some(std::mem::replace(&mut body.octets, b"with a PrefixList".to_vec()));
    body.digest = None;
    let sealed = verified.seal(&stamp(2), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Keep).unwrap();
    check(&sealed, &sent, XML);
}

#[test]
fn other_mime_parts_travel_as_they_came() {
    let content_type = "multipart/related; boundary=b; type=\"application/xop+xml\"";
    let soap = request(Revision::Rev111111);
    let head =
        format!("Content-Type: application/xop+xml; type=\"text/xml\"\r\nContent-Length: {}\r\n\r\n", soap.len());
    let zip: Vec<u8> = (0..=255).cycle().take(3000).collect();
    let zip_part = [b"\r\n--b\r\nContent-ID: <z>\r\n\r\n", &zip[..], b"\r\n--b--\r\nend"].concat();
    let body = Bytes::from([format!("--b\r\n{head}{soap}").as_bytes(), &zip_part].concat());
    let hosted = read_as(body.clone(), content_type).unwrap().sign_as_sender(&WHO.sender, &stamp(1)).unwrap();
    let sent = hosted.bytes();
    let sealed = hosted.seal(&stamp(2), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Keep).unwrap();
    assert_eq!(sealed.splice().apply(&body).unwrap(), sealed.bytes());
    assert!(sealed.bytes().ends_with(&zip_part));
    assert_eq!(count(&sealed.bytes(), "Content-Length"), 0, "the part's length is no longer true");

    let sealed = verify(sent.clone(), content_type, false)
        .unwrap()
        .seal(&stamp(2), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Keep)
        .unwrap();
    check(&sealed, &sent, content_type);
    assert!(sealed.bytes().ends_with(&zip_part));
    assert_eq!(sealed.content_type(), "multipart/related; type=\"application/xop+xml\"; boundary=\"b\"");
    assert_eq!(read_as(sealed.bytes(), sealed.content_type()).unwrap().body_span(), sealed.body_span());
}

/// The real messages whose signatures hold: sealed here, every signature holds at the receiver.
#[test]
fn samples_survive_sealing() {
    for (name, earlier_node) in [
        ("01-request-after-smev-rev110801-two-signatures.xml", true),
        ("03-response-after-smev-rev111111-invalid-reindented.xml", false),
        ("04-request-rev120315-signed.xml", false),
        ("05-request-rev120315-epsp-in-appdata-and-epov.xml", false),
        ("06-request-rev120315-appdocument-binarydata.xml", false),
        ("07-response-rev120315-gost2012-256.xml", false),
        ("08-async-ping-request-rev111111.xml", false),
        ("09-async-result-response-rev111111.xml", false),
    ] {
        let Some(octets) = sample(name) else { return };
        let received = Bytes::from(octets);
        let verified = verify(received.clone(), XML, earlier_node).unwrap_or_else(|error| panic!("{name}: {error}"));
        let sealed = verified.seal(&stamp(2), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Keep).unwrap();
        check(&sealed, &received, XML);
    }
}
