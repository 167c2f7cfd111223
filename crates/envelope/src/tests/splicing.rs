//! Properties: whatever the layout of a message, nothing but the edits differs, every signature holds, and what verification returns is
//! part of what came in.

use bytes::Bytes;
use proptest::prelude::*;

use super::fixtures::{SOAP, XML};
use super::identities::{WHO, signed, stamp, verify};
use super::sealing::check;
use crate::{Edit, ForeignHeaders, SenderSecurity};

const RELATED: &str = "multipart/related; boundary=\"b 1\"; type=\"application/xop+xml\"; start-info=\"text/xml\"";

prop_compose! {
    fn noise()(blank in "[ \t\r\n]{0,3}", remark in proptest::option::of("[a-z ]{0,5}")) -> String {
        match remark {
            Some(remark) => format!("{blank}<!--{remark}-->"),
            None => blank,
        }
    }
}

prop_compose! {
    /// An unsigned message, plain or with MIME parts, and its Content-Type.
    fn message()(
        gaps in proptest::collection::vec(noise(), 6),
        prefix in "[a-z]{1,4}".prop_filter("reserved", |prefix| !prefix.starts_with("xml")),
        body_prefix in "[a-z]{1,4}".prop_filter("reserved", |prefix| !prefix.starts_with("xml")),
        blocks in proptest::collection::vec("<f xmlns='urn:f'>[a-zа-я&&[^&]]{0,6}</f>", 0..3),
        text in "([a-zА-Я \n\r\t]|&amp;|&#13;|&#x10FFFF;|<!--[a-z]-->|<\\?p?\\?>|<!\\[CDATA\\[[<a]?\\]\\]>|<e a='[\t<]?'/>){0,9}",
        dummy in any::<bool>(),
        parts in proptest::option::of(proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..3)),
    ) -> (Bytes, &'static str) {
        let text = text.replace("a='<'", "a='&lt;'").replace("<??>", "<?p?>");
        let dummy = if dummy { "<Header xmlns='http://smev.gosuslugi.ru/rev111111'><MessageId>m</MessageId></Header>" } else { "" };
        let [before, after_envelope, in_header, after_header, in_body, end] = <[String; 6]>::try_from(gaps).unwrap();
        let soap = format!(
            "<{prefix}:Envelope xmlns:{prefix}='{SOAP}'>{after_envelope}<{prefix}:Header>{in_header}{dummy}{}</{prefix}:Header>{after_header}\
             <{body_prefix}:Body xmlns:{body_prefix}=\"{SOAP}\">{in_body}<o>{text}</o></{body_prefix}:Body>{before}</{prefix}:Envelope >{end}",
            blocks.concat(),
        );
        let Some(parts) = parts else { return (soap.into(), XML) };
        let head = format!("pre\r\n--b 1\r\nContent-Type: application/xop+xml; type=\"text/xml\"\r\nContent-Length: {}\r\n\r\n", soap.len());
        let mut body = [head.as_bytes(), soap.as_bytes()].concat();
        for (number, part) in parts.iter().enumerate() {
            body.extend(format!("\r\n--b 1\r\nContent-ID: <{number}>\r\n\r\n").into_bytes());
            // No boundary in a part, and no line feed that could make a line of one.
            body.extend(part.iter().filter(|octet| !b"-\n".contains(octet)));
        }
        body.extend(b"\r\n--b 1--\r\nend");
        (body.into(), RELATED)
    }
}

/// The received message made from the forwarded one.
fn unspliced(edits: &[Edit], received: &[u8], forwarded: &[u8]) -> Vec<u8> {
    let (mut out, mut at, mut from) = (Vec::new(), 0, 0);
    for edit in edits {
        let kept = edit.removed.start - from;
        out.extend_from_slice(&forwarded[at..at + kept]);
        out.extend_from_slice(&received[edit.removed.clone()]);
        assert_eq!(&forwarded[at + kept..at + kept + edit.inserted.len()], &edit.inserted[..]);
        at += kept + edit.inserted.len();
        from = edit.removed.end;
    }
    out.extend_from_slice(&forwarded[at..]);
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// received + splice = forwarded, and back, signed by the sender himself or by the bus for him.
    #[test]
    fn splicing_is_byte_exact((received, content_type) in message(), drop in any::<bool>(), hosted in any::<bool>()) {
        let foreign = if drop { ForeignHeaders::Drop } else { ForeignHeaders::Keep };
        let (sent, verified) = if hosted {
            let read = super::fixtures::read_as(received.clone(), content_type).unwrap();
            (received, read.sign_as_sender(&WHO.sender, &stamp(1)).unwrap())
        } else {
            let sent = signed(received, content_type);
            (sent.clone(), verify(sent, content_type, false).unwrap())
        };
        let sealed = verified.seal(&stamp(2), &WHO.node, SenderSecurity::Keep, foreign).unwrap();
        if !hosted {
            check(&sealed, &sent, content_type);
        }
        let forwarded = sealed.bytes();
        prop_assert_eq!(sealed.splice().apply(&sent).unwrap(), forwarded.to_vec());
        prop_assert_eq!(unspliced(sealed.splice().edits(), &sent, &forwarded), sent.to_vec());
        prop_assert_eq!(sealed.dropped_headers().is_empty(), !drop || !sent.windows(3).any(|three| three == b"<f "));
        prop_assert!(verify(forwarded, sealed.content_type(), true).is_ok());
    }

    /// What verification hands on is the Body that came in: its octets one after another, and their canonical form.
    #[test]
    fn what_is_verified_is_part_of_what_came_in((received, content_type) in message()) {
        let sent = signed(received, content_type);
        let verified = verify(sent.clone(), content_type, false).unwrap();
        let span = verified.body_span();
        let at = span.as_ptr() as usize - sent.as_ptr() as usize;
        prop_assert_eq!(&sent[at..at + span.len()], span, "a slice of the received octets");
        let document = xmldsig::Document::parse(verified.soap()).unwrap();
        prop_assert_eq!(document.canonical(&xmldsig::Part::Body).unwrap(), verified.body_octets());
        // Body alone, in an envelope that declares what was in scope, has the same canonical form.
        let scope = String::from_utf8_lossy(verified.soap()).into_owned();
        let start = &scope[scope.find(":Envelope").map(|at| scope[..at].rfind('<').unwrap()).unwrap()..];
        let start = &start[..=start.find('>').unwrap()];
        let alone = format!("{start}{}</{}>", str::from_utf8(span).unwrap(), start[1..].split([' ', '>']).next().unwrap());
        let document = xmldsig::Document::parse(alone.as_bytes()).unwrap();
        prop_assert_eq!(document.canonical(&xmldsig::Part::Body).unwrap(), verified.body_octets());
    }

    /// One octet changed anywhere in the signed Body: refused, or the same canonical form. Never another one.
    #[test]
    fn a_changed_octet_never_changes_what_is_verified((received, content_type) in message(), at in any::<prop::sample::Index>(), octet in any::<u8>()) {
        let sent = signed(received, content_type);
        let verified = verify(sent.clone(), content_type, false).unwrap();
        let (span, want) = (verified.body_span(), verified.body_octets());
        let start = span.as_ptr() as usize - sent.as_ptr() as usize;
        let mut changed = sent.to_vec();
        changed[start + at.index(span.len())] = octet;
        if let Ok(again) = verify(changed, content_type, false) {
            prop_assert_eq!(again.body_octets(), want);
        }
    }
}
