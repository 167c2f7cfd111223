//! The comparison itself, over as many messages as are asked for.

use std::time::Instant;

use crate::lxml::Lxml;
use crate::message::Message;
use crate::{messages, verdicts};

/// Ours, libxmlsec1's and the second writer's: the same octets, the same verdict.
#[test]
fn canonical_forms_and_verdicts_are_those_of_a_second_writer() {
    let (start, mut octets) = (Instant::now(), 0);
    for seed in 0..messages() {
        let message = Message::of(seed);
        octets += message.text.len();
        verdicts::compare(seed, &message);
    }
    println!("{} messages, {octets} octets, no difference, {:.0?}", messages(), start.elapsed());
}

/// libxml2's own, of the part alone with what it inherits: the same octets as in its place.
#[test]
fn canonical_forms_are_those_of_libxml2_alone() {
    let Some(mut lxml) = Lxml::find() else { return };
    let start = Instant::now();
    for seed in 0..messages() {
        let message = Message::of(seed);
        for piece in [&message.body, &message.header, &message.signed_info] {
            // lxml drops what is no name.
            if piece.prefixes.iter().any(|prefix| prefix == "#default") {
                continue;
            }
            let alone = piece.standalone(&message.text);
            let theirs = lxml.canonical(&alone, &piece.prefixes);
            assert_eq!(piece.by_referee(&message.text), theirs, "{seed}: {:?} of\n{alone}", piece.prefixes);
        }
    }
    println!("{} messages, three parts each, {}, no difference, {:.0?}", messages(), lxml.version, start.elapsed());
}

/// A comparison that finds nothing must be able to: an octet more, and all three say so.
#[test]
fn a_difference_is_found() {
    let message = Message::of(7);
    let at = message.body.span.end - "</soap:Body>".len();
    let at = at - message.text[..at].len() + message.text[..at].rfind(['>', '<']).map_or(at, |found| found + 1);
    let changed = format!("{}ж{}", &message.text[..at], &message.text[at..]);
    assert_ne!(message.body.by_referee(&message.text), message.body.by_referee(&changed));
    let document = xmldsig::Document::parse(changed.as_bytes()).unwrap();
    assert!(matches!(verdicts::verify(&document), Err(xmldsig::Error::WrongDigest { .. })));
}
