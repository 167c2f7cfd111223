//! What `verify` returns is a part of the message it was given, and of nothing else: over generated messages and damage to them.

use proptest::prelude::*;
use xmldsig::{Document, Part};

use crate::message::Message;
use crate::referee::{Wanted, canonical};
use crate::verdicts::verify;

/// Octets that mean something to XML.
const MARKUP: &str = "<>\"'=&;:/#!?- \nabx";

/// One change of a message.
#[derive(Debug, Clone)]
enum Damage {
    Replace(usize, char),
    Insert(usize, char),
    Remove(usize),
    /// The first stretch goes, or is doubled, in front of the third place.
    Move(usize, usize, usize),
    Double(usize, usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = || 0..usize::MAX;
    let sign = || proptest::sample::select(MARKUP.chars().collect::<Vec<_>>());
    prop_oneof![
        (place(), sign()).prop_map(|(at, sign)| Damage::Replace(at, sign)),
        (place(), sign()).prop_map(|(at, sign)| Damage::Insert(at, sign)),
        place().prop_map(Damage::Remove),
        (place(), place(), place()).prop_map(|(from, to, at)| Damage::Move(from, to, at)),
        (place(), place(), place()).prop_map(|(from, to, at)| Damage::Double(from, to, at)),
    ]
}

/// The damaged text; moved and doubled stretches begin and end at tags.
fn damaged(text: &str, damage: &Damage) -> String {
    let letters: Vec<char> = text.chars().collect();
    let borders: Vec<usize> = (0..letters.len()).filter(|at| letters[*at] == '<').collect();
    let (place, border) = (|at: usize| at % letters.len(), |at: usize| borders[at % borders.len()]);
    let mut changed = letters.clone();
    match *damage {
        Damage::Replace(at, sign) => changed[place(at)] = sign,
        Damage::Insert(at, sign) => changed.insert(place(at), sign),
        Damage::Remove(at) => drop(changed.remove(place(at))),
        Damage::Move(from, to, at) | Damage::Double(from, to, at) => {
            let (start, end) = (border(from).min(border(to)), border(from).max(border(to)));
            let stretch = letters[start..end].to_vec();
            let at = border(at);
            changed.splice(at..at, stretch);
            if matches!(damage, Damage::Move(..)) {
                let start = if at <= start { start + (end - start) } else { start };
                changed.drain(start..start + (border(from).max(border(to)) - border(from).min(border(to))));
            }
        }
    }
    changed.into_iter().collect()
}

/// Where the last start tag of that local name stands under Envelope, by a reader that knows nothing of signatures.
fn body_of(text: &str) -> Option<usize> {
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut depth, mut found) = (0, None);
    loop {
        let at = usize::try_from(reader.buffer_position()).ok()?;
        match reader.read_event().ok()? {
            quick_xml::events::Event::Start(tag) => {
                depth += 1;
                if depth == 2 && tag.local_name().into_inner() == b"Body" {
                    found = Some(at);
                }
            }
            quick_xml::events::Event::End(_) => depth -= 1,
            quick_xml::events::Event::Eof => return found,
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is done to a message: it is refused, or what is returned is its own Body, and the one that was signed.
    #[test]
    fn what_verify_returns_is_the_body_of_the_input(seed in 0..4096_u64, damage in damage()) {
        let message = Message::of(seed);
        let signed = message.body.by_referee(&message.text);
        let text = damaged(&message.text, &damage);
        let Ok(document) = Document::parse(text.as_bytes()) else { return Ok(()) };
        document.inspect();
        if let Ok(verified) = verify(&document) {
            let bodies: Vec<_> = verified.covered.iter().filter(|covered| covered.part == Part::Body).collect();
            prop_assert_eq!(bodies.len(), 1);
            let octets = std::str::from_utf8(&bodies[0].octets).unwrap();
            prop_assert_eq!(octets, signed, "another Body passes as signed");
            let apex = body_of(&text).expect("a verified message has a Body");
            let wanted = Wanted { apex, without: None, prefixes: &message.body.prefixes };
            prop_assert_eq!(octets, canonical(&text, &wanted), "what is returned is not the Body of the input");
        }
    }

    /// An honest message is accepted, and each covered part is returned whole.
    #[test]
    fn an_undamaged_message_is_returned_as_it_is(seed in 4096..1_000_000_u64) {
        let message = Message::of(seed);
        let document = Document::parse(message.text.as_bytes()).unwrap();
        let verified = verify(&document).unwrap();
        for covered in verified.covered {
            let piece = if covered.part == Part::Body { &message.body } else { &message.header };
            prop_assert_eq!(String::from_utf8(covered.octets).unwrap(), piece.by_referee(&message.text));
        }
    }
}
