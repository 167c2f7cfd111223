//! Signed messages that must be refused, and why: what the signatures do not cover, what reads differently, who may not sign.

use xmldsig::ToSign;

use super::fixtures::{XML, read, request};
use super::identities::{NEED_BOTH, WHO, signed, stamp, verify};
use crate::{Addressed, Envelope, Error, ForeignHeaders, Revision, SenderSecurity};

#[test]
fn a_body_changed_after_signing_is_refused() {
    let sent = String::from_utf8(signed(request(Revision::Rev111111), XML).to_vec()).unwrap();
    let refused = verify(sent.replace("6449013711", "6449013712"), XML, false);
    assert!(matches!(refused, Err(Error::Signature(xmldsig::Error::WrongDigest { .. }))), "{refused:?}");
    let refused = verify(request(Revision::Rev111111), XML, false);
    assert!(matches!(refused, Err(Error::Signature(xmldsig::Error::SignatureNotFound { .. }))), "{refused:?}");
}

/// Verify one tree, use another: fields read before that differ from what the signature covers.
#[test]
fn fields_that_differ_from_the_signed_octets() {
    let honest = signed(request(Revision::Rev111111), XML);
    let covered = verify(honest, XML, false).unwrap().body_octets().to_vec();
    for (from, to, want) in
        [("SOCZ01641", "SOCZ01642", "Sender"), ("63701000", "1", "OKTMO"), ("op:getData", "op:getAll", "operation")]
    {
        let other = read(request(Revision::Rev111111).replace(from, to)).unwrap();
        let refused = crate::verify::read_again(other.fields(), &covered, 4096);
        assert!(matches!(refused, Err(Error::ReadDiffers { field }) if field == want), "{refused:?}");
    }
}

/// The same through the whole of `verify`, had our reader been misled about a field, about Body, or about smev:Header.
#[test]
fn a_reader_misled_is_found_by_verification() {
    type Mislead = fn(&mut Envelope<Addressed>);
    let sent = signed(request(Revision::Rev111111), XML);
    let sealed = verify(sent, XML, false)
        .unwrap()
        .seal(&stamp(2), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Keep)
        .unwrap()
        .bytes();
    let cases: [(&str, Mislead); 3] = [
        ("Status", |message| {
            message.state.fields.status = Some("PING".to_owned());
        }),
        ("Body id", |message| {
            message.state.layout.body.ids = vec!["other".to_owned()];
        }),
        ("smev:Header", |message| {
            message.state.fields.node_header.as_mut().unwrap().message_id = None;
        }),
    ];
    for (want, mislead) in cases {
        let mut message = read(sealed.clone()).unwrap();
        mislead(&mut message);
        let refused = message.verify(&NEED_BOTH);
        assert!(matches!(refused, Err(Error::ReadDiffers { field }) if field == want), "{want}: {refused:?}");
    }
    assert!(read(sealed).unwrap().verify(&NEED_BOTH).is_ok());
}

/// Partial coverage: a valid node signature over one of the two parts only.
#[test]
fn a_node_signature_that_covers_half_is_refused() {
    let sent = signed(request(Revision::Rev111111), XML);
    let verified = verify(sent.clone(), XML, false).unwrap();
    let header = stamp(2).node_header(Revision::Rev111111, "h");
    let algorithm = WHO.node.key().algorithm();
    let header_digest = xmldsig::digest(algorithm, header.as_bytes());
    let body_digest = xmldsig::digest(algorithm, verified.body_octets());
    for half in
        [ToSign { id: "h", digest: &header_digest }, ToSign { id: &verified.state.body.id, digest: &body_digest }]
    {
        let block = xmldsig::security_block(xmldsig::Actor::Recipient, "t", &[half], &WHO.node, &[3; 32]).unwrap();
        let text = String::from_utf8(sent.to_vec()).unwrap();
        let text = text.replacen("<soap:Header>", &format!("<soap:Header>{block}{header}"), 1);
        assert!(verify(text.clone(), XML, false).is_ok());
        let refused = verify(text, XML, true);
        assert!(
            matches!(&refused, Err(Error::NodeSignature(error))
            if matches!(error, xmldsig::Error::BodyNotSigned | xmldsig::Error::PartNotSigned { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn a_forged_node_header_is_refused_where_the_nodes_signature_is_demanded() {
    let sent = signed(request(Revision::Rev111111), XML);
    let refused = verify(sent.clone(), XML, true);
    assert!(matches!(refused, Err(Error::NodeSignature(xmldsig::Error::SignatureNotFound { .. }))), "{refused:?}");
    let sealed = verify(sent, XML, false)
        .unwrap()
        .seal(&stamp(2), &WHO.node, SenderSecurity::Keep, ForeignHeaders::Keep)
        .unwrap();
    let forged = String::from_utf8(sealed.bytes().to_vec()).unwrap().replace("<smev:NodeId>64", "<smev:NodeId>00");
    let refused = verify(forged, XML, true);
    assert!(matches!(refused, Err(Error::NodeSignature(xmldsig::Error::WrongDigest { .. }))), "{refused:?}");
}

#[test]
fn a_signed_message_is_not_signed_for_its_sender() {
    let sent = signed(request(Revision::Rev111111), XML);
    assert!(matches!(read(sent).unwrap().sign_as_sender(&WHO.sender, &stamp(1)), Err(Error::SignedAlready)));
    let bad = request(Revision::Rev111111)
        .replace("<soap:Body", &format!("<soap:Body xmlns:u='{}' u:Id='a b'", crate::uri::WSU));
    assert!(matches!(read(bad).unwrap().sign_as_sender(&WHO.sender, &stamp(1)), Err(Error::BodyId { .. })));
}

/// The node's own signature over an id that two elements bear: what the receiver resolves it to is the sender's choice.
#[test]
fn a_body_id_that_stands_elsewhere_too_is_not_signed() {
    let wsu = crate::uri::WSU;
    let with_id = |body: &str, inner: &str| {
        let text = request(Revision::Rev111111)
            .replace("<soap:Body", &format!("<soap:Body xmlns:u='{wsu}' {body}"))
            .replace("<op:inn>", &format!("<op:inn {inner}>"));
        read(text).unwrap().sign_as_sender(&WHO.sender, &stamp(1))
    };
    for inner in ["Id='body'", "ID='body'", "id='body'", "u:Id='body'", "xml:id=' body '", "op:Id='&#98;ody'"] {
        let refused = with_id("u:Id='body'", inner);
        let known = matches!(&refused, Err(Error::Signature(xmldsig::Error::DuplicateId { id })) if id == "body");
        assert!(known, "{inner}: {refused:?}");
    }
    assert!(with_id("u:Id='body' ID='body'", "").is_err(), "twice on Body");
    let given = format!("body-{}", stamp(1).message_id);
    assert!(with_id("", &format!("Id='{given}'")).is_err(), "the id that the bus would give");
    assert!(with_id("u:Id='body'", "Id='other'").is_ok());
}
