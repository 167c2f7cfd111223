//! The way of one message through crate `envelope`, with everything that must hold at each step.

use bytes::Bytes;
use domain::Limits;
use envelope::{Addressed, Edit, Envelope, Error, Fields, ForeignHeaders, Need, SenderSecurity, Splice, Verified};
use xmldsig::{ACTOR_SMEV, Algorithms};

use crate::identities::{NODE, SENDER, node_only, sender_only, stamp};

/// Longest text of a refusal, in octets.
const REFUSAL_BYTES: usize = 16 << 10;

/// Most findings about signatures of officials.
pub(crate) const FINDINGS_MAX: usize = 1100;

/// Small enough that an input of some kilobytes reaches every one of them.
pub(crate) fn narrow() -> Limits {
    let narrow = [
        ("message_bytes", 64 << 10),
        ("depth", 16),
        ("elements", 200),
        ("attributes_per_element", 12),
        ("namespaces_in_scope", 16),
        ("name_bytes", 64),
        ("attribute_value_bytes", 512),
        ("text_bytes", 8 << 10),
        ("field_bytes", 256),
        ("security_blocks", 3),
        ("ids", 24),
        ("mime_parts", 4),
    ];
    narrow.into_iter().fold(Limits::default(), |limits, (name, value)| limits.with(name, value).expect(name))
}

/// Receives and reads; whatever is taken must survive being signed, sealed, and taken again at the other end.
pub(crate) fn walk(http_body: &[u8], content_type: &str) {
    let limits = narrow();
    let Some(read) = read(http_body, content_type, &limits) else {
        return;
    };
    check_fields(read.fields(), &limits);
    let (soap, body) = (read.soap().to_vec(), read.body_span().to_vec());
    let stamp = stamp(http_body);
    let draft_fields = read.fields().clone();
    let verified = match read.sign_as_sender(&SENDER, &stamp) {
        Ok(verified) => verified,
        Err(error) => return refused(&error),
    };
    assert_eq!(verified.raw(), http_body, "raw is what came");
    assert!(verified.body_span() == body || verified.body_span().len() > body.len(), "Body may grow an id, no more");
    assert!(verified.soap().len() > soap.len());
    check_same_body_fields(&draft_fields, verified.fields());
    let again = verify(&verified.bytes(), content_type, false);
    assert_eq!(again.body_octets(), verified.body_octets());
    assert_eq!(again.fields(), verified.fields());
    let officials = verified.officials();
    assert!(officials.findings.len() <= FINDINGS_MAX, "{} findings", officials.findings.len());
    seal(verified, http_body, content_type);
}

/// The message as far as reading, unless it is refused.
pub(crate) fn read(http_body: &[u8], content_type: &str, limits: &Limits) -> Option<Envelope<Addressed>> {
    let octets = Bytes::copy_from_slice(http_body);
    let received = match Envelope::receive(octets.clone(), content_type, limits) {
        Ok(received) => received,
        Err(error) => {
            refused(&error);
            return None;
        }
    };
    assert_eq!(received.raw(), &octets);
    assert!(octets.len() <= limits.message_bytes);
    assert!(lies_in(received.soap(), &octets), "the SOAP part is a part of the input");
    let twin = Envelope::receive(octets.clone(), content_type, limits).unwrap();
    match (received.read(limits), twin.read(limits)) {
        (Ok(read), Ok(twin)) => {
            assert_eq!(read.fields(), twin.fields(), "reading is a function of the input");
            assert!(lies_in(read.body_span(), read.soap()), "Body is a part of the SOAP part");
            let body = read.body_span();
            assert!(body.starts_with(b"<") && body.ends_with(b">"), "Body begins and ends with its tags");
            Some(read)
        }
        (Err(error), Err(_)) => {
            refused(&error);
            None
        }
        (one, other) => panic!("read once {}, once {}", one.is_ok(), other.is_ok()),
    }
}

/// A refusal names what is wrong, in few words, and is never the bus's own mistake.
pub(crate) fn refused(error: &Error) {
    assert!(!matches!(error, Error::Internal { .. }), "an input causes an internal error: {error}");
    assert!(
        !matches!(error, Error::Signature(xmldsig::Error::Internal { .. })),
        "an input causes an internal error: {error}"
    );
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() <= REFUSAL_BYTES, "{} octets of refusal", text.len());
}

fn seal(verified: Envelope<Verified>, http_body: &[u8], content_type: &str) {
    let stamp = stamp(http_body);
    let (signed, body, fields) = (verified.bytes(), verified.body_span().to_vec(), verified.fields().clone());
    // Both ways, by a coin that the input cannot choose.
    let foreign = if stamp.entropy[31] & 1 == 0 { ForeignHeaders::Keep } else { ForeignHeaders::Drop };
    let sealed = match verified.seal(&stamp, &NODE, SenderSecurity::Keep, foreign) {
        Ok(sealed) => sealed,
        Err(error) => return refused(&error),
    };
    let forwarded = sealed.bytes();
    assert_eq!(sealed.raw(), http_body);
    let splice = sealed.splice();
    assert_eq!(splice.apply(http_body).as_deref(), Some(&forwarded[..]), "received + splice = forwarded");
    assert_eq!(Splice::from_octets(&splice.to_octets()).as_ref(), Some(splice), "the journal gives the splice back");
    assert_eq!(unsplice(splice.edits(), http_body, &forwarded), http_body, "forwarded - splice = received");
    assert_eq!(sealed.body_span(), body, "Body travels as it came");
    let arrived = verify(&forwarded, sealed.content_type(), true);
    assert_eq!(arrived.body_span(), body);
    assert_eq!(arrived.node_signature(), Some(NODE.certificate()));
    check_same_body_fields(&fields, arrived.fields());
    let header = arrived.fields().node_header.as_ref().expect("the node's header");
    assert_eq!(header.message_id, Some(stamp.message_id.to_string()));
    assert!(forwarded.len() <= signed.len() + (16 << 10), "the node adds a bounded number of octets");
    let told = sealed.content_type();
    assert!(told.len() <= content_type.len() + 256 && told.chars().all(|c| (' '..='\u{7e}').contains(&c)), "{told:?}");
}

/// Takes a message that this crate signed: under limits that no input here reaches, it must hold. Only the longest field is the same,
/// since the text of a fault is cut there.
fn verify(http_body: &Bytes, content_type: &str, by_node: bool) -> Envelope<Verified> {
    let limits = Limits { field_bytes: narrow().field_bytes, ..Limits::default() };
    let need =
        Need { algorithms: Algorithms::Gost, trust: &sender_only, node: if by_node { Some(&node_only) } else { None } };
    let taken = Envelope::receive(http_body.clone(), content_type, &limits)
        .and_then(|received| received.read(&limits))
        .and_then(|read| read.verify(&need));
    taken.unwrap_or_else(|error| {
        panic!("what was signed here does not hold: {error}\n{}", String::from_utf8_lossy(http_body))
    })
}

/// Puts back what each edit took away.
fn unsplice(edits: &[Edit], received: &[u8], forwarded: &[u8]) -> Vec<u8> {
    let (mut back, mut at, mut from) = (Vec::new(), 0, 0);
    for edit in edits {
        let kept = edit.removed.start - from;
        back.extend_from_slice(&forwarded[at..at + kept]);
        back.extend_from_slice(&received[edit.removed.clone()]);
        at += kept;
        assert_eq!(&forwarded[at..at + edit.inserted.len()], &edit.inserted[..]);
        at += edit.inserted.len();
        from = edit.removed.end;
    }
    back.extend_from_slice(&forwarded[at..]);
    back
}

/// The fields of the Body, through a signature and back.
fn check_same_body_fields(before: &Fields, after: &Fields) {
    let only_body = |fields: &Fields| Fields { node_header: None, security_actors: Vec::new(), ..fields.clone() };
    assert_eq!(only_body(before), only_body(after), "the fields of Body do not change on the way");
}

/// No value is longer than its limit, and none holds what XML forbids.
fn check_fields(fields: &Fields, limits: &Limits) {
    let parties = [&fields.sender, &fields.recipient, &fields.originator];
    let parties = parties.into_iter().flatten().flat_map(|party| [Some(&party.code), Some(&party.name)]);
    let texts = [
        &fields.service_name,
        &fields.service_mnemonic,
        &fields.service_version,
        &fields.type_code,
        &fields.status,
        &fields.date,
        &fields.exchange_type,
        &fields.request_id_ref,
        &fields.origin_request_id_ref,
        &fields.service_code,
        &fields.case_number,
        &fields.test_msg,
        &fields.oktmo,
    ];
    let header = fields
        .node_header
        .iter()
        .flat_map(|header| [&header.node_id, &header.message_id, &header.timestamp, &header.class].map(Option::as_ref));
    for text in texts.into_iter().map(Option::as_ref).chain(parties).chain(header).flatten() {
        assert!(text.len() <= limits.field_bytes, "{} octets in a field", text.len());
        assert_eq!(text.trim_matches([' ', '\t', '\r', '\n']), text, "values are trimmed");
        assert!(!text.chars().any(|letter| letter < ' ' && !"\t\r\n".contains(letter)), "{text:?}");
    }
    assert!(fields.security_actors.len() <= limits.security_blocks);
    assert!(fields.operation.local.len() <= limits.name_bytes && !fields.operation.local.is_empty());
    assert!(fields.security_actors.iter().flatten().all(|actor| actor.len() <= limits.attribute_value_bytes));
    assert!(!fields.operation.local.contains([':', ' ', '<', '>', '&', '"']), "{:?}", fields.operation);
    let senders = fields.security_actors.iter().flatten().filter(|actor| *actor == ACTOR_SMEV).count();
    assert!(senders <= limits.security_blocks);
}

/// Whether `part` is a stretch of `whole`, the very octets of it.
pub(crate) fn lies_in(part: &[u8], whole: &[u8]) -> bool {
    let (part, whole) = (part.as_ptr_range(), whole.as_ptr_range());
    whole.start <= part.start && part.end <= whole.end
}
