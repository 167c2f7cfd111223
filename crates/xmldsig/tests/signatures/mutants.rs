//! Thousands of damaged messages: each is refused, or what its signature covers is what the sender signed.

use xmldsig::Document;

use crate::forge::{signed, verify};

/// Numbers that only look random: the same messages in every run (Knuth's MMIX generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// Replaces, deletes, doubles or moves a stretch of octets, mostly at the borders of markup.
fn damage(message: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let borders: Vec<usize> = (0..message.len()).filter(|at| b"<> \"=#:/".contains(&message[*at])).collect();
    let mut place = || match numbers.below(4) {
        0 => numbers.below(message.len()),
        _ => borders[numbers.below(borders.len())],
    };
    let (one, other) = (place(), place());
    let (start, end) = (one.min(other), one.max(other));
    let stretch = &message[start..end];
    let to = place();
    let mut damaged = message.to_vec();
    match numbers.below(4) {
        0 => damaged[start] = b"<>\"=a# \x00"[numbers.below(8)],
        1 => drop(damaged.drain(start..end)),
        2 => drop(damaged.splice(to..to, stretch.iter().copied())),
        _ => {
            damaged.drain(start..end);
            let to = to.min(damaged.len());
            damaged.splice(to..to, stretch.iter().copied());
        }
    }
    damaged
}

#[test]
fn damaged_messages_are_refused_or_say_the_same() {
    let message = signed();
    let original = verify(&message).unwrap().covered.remove(0).octets;
    let mut numbers = Numbers(1);
    let mut parsed = 0;
    for _ in 0..6_000 {
        let damaged = damage(message.as_bytes(), &mut numbers);
        let Ok(document) = Document::parse(&damaged) else {
            continue;
        };
        parsed += 1;
        document.inspect();
        if let Ok(verified) = verify(&String::from_utf8(damaged).unwrap()) {
            let text = String::from_utf8(verified.covered[0].octets.clone()).unwrap();
            assert_eq!(text, String::from_utf8_lossy(&original));
        }
    }
    assert!(parsed > 300, "only {parsed} were XML: nothing was tried");
}
