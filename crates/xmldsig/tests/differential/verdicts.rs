//! What the second writer signed, ours must accept: its octets went into digests and SignedInfo, under PrefixLists and around a cut.

use xmldsig::{Actor, Algorithms, Distrust, Document, Error, Outcome, Part, Policy, Verified};

use crate::message::{Message, signer};

pub(crate) const POLICY: Policy =
    Policy { actor: Actor::Sender, cover: &[Part::Body], algorithms: Algorithms::GostAndTest };

/// Verifies by the one registered certificate.
pub(crate) fn verify(document: &Document) -> Result<Verified, Error> {
    let registered = signer().certificate();
    document.verify(&POLICY, &|der| {
        if der == registered.der() { Ok(registered.clone()) } else { Err(Distrust::Unknown) }
    })
}

/// Both ways to canonical octets of this crate: libxmlsec1 in `verify`, libxml2 in `inspect` and `canonical`.
pub(crate) fn compare(seed: u64, message: &Message) {
    let Message { text, body, header, .. } = message;
    let document = Document::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{seed}: {error}\n{text}"));
    let plain = String::from_utf8(document.canonical(&Part::Body).unwrap()).unwrap();
    assert_eq!(plain, body.plain_by_referee(text), "{seed}: plain form of Body in\n{text}");
    let found = document.inspect();
    assert_eq!(found.len(), 1);
    let one = &found[0];
    assert_eq!((one.digests, one.value), (Outcome::Ok, Outcome::Ok), "{seed}: {:?} in\n{text}", one.problem);
    let verified = verify(&document).unwrap_or_else(|error| panic!("{seed}: {error}\n{text}"));
    assert_eq!(verified.covered.len(), 2);
    for covered in &verified.covered {
        let piece = if covered.part == Part::Body { body } else { header };
        let octets = String::from_utf8_lossy(&covered.octets);
        assert_eq!(octets, piece.by_referee(text), "{seed}: {} in\n{text}", covered.part);
        assert_eq!(covered.plain, piece.prefixes.is_empty() && piece.cut.is_none());
    }
}
