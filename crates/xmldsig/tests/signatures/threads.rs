//! Documents on several threads at once do not disturb each other.

use std::thread;

use crate::forge::{self, edit, refused, sender, signed, verify};

#[test]
fn documents_on_several_threads() {
    let good = signed();
    let bad = edit(&good, "7701234567", "7701234568");
    let strange = edit(&good, "<op:inn>", "<op:inn xmlns=\"relative\">");
    thread::scope(|scope| {
        for number in 0..8 {
            let (good, bad, strange) = (&good, &bad, &strange);
            scope.spawn(move || {
                for round in 0..25 {
                    match (number + round) % 3 {
                        0 => {
                            let verified = verify(good).unwrap();
                            assert_eq!(verified.certificate.der(), sender().certificate().der());
                        }
                        1 => refused!(verify(bad), xmldsig::Error::WrongDigest { .. }),
                        _ => refused!(verify(strange), xmldsig::Error::BadSecurity { .. }),
                    }
                }
            });
        }
    });
}
