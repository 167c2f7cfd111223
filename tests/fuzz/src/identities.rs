//! Who signs: made from fixed entropy, so that a kept input means the same on every machine. Never the same twice is only what a
//! message would not know beforehand: ids and entropy come from the input's digest.

use std::sync::LazyLock;

use envelope::{MessageClass, Stamp};
use jiff::Timestamp;
use pki::test_ca::TestCa;
use pki::{Algorithm, Certificate, Identity};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use xmldsig::Distrust;

/// The one registered system.
pub(crate) static SENDER: LazyLock<Identity> = LazyLock::new(|| identity("sender", 1));
/// The node.
pub(crate) static NODE: LazyLock<Identity> = LazyLock::new(|| identity("node", 2));

fn identity(name: &str, number: u8) -> Identity {
    let end: Timestamp = "2090-01-01T00:00:00Z".parse().unwrap();
    let authority = TestCa::create(name, Algorithm::Gost2012_256, None, Timestamp::UNIX_EPOCH, end, &[number; 64]);
    authority.unwrap().identity().clone()
}

/// Trusts the sender alone.
pub(crate) fn sender_only(der: &[u8]) -> Result<Certificate, Distrust> {
    only(&SENDER, der)
}

/// Trusts the node alone.
pub(crate) fn node_only(der: &[u8]) -> Result<Certificate, Distrust> {
    only(&NODE, der)
}

fn only(identity: &Identity, der: &[u8]) -> Result<Certificate, Distrust> {
    if identity.certificate().der() == der { Ok(identity.certificate().clone()) } else { Err(Distrust::Unknown) }
}

/// What the node would put on a message, for this very input.
pub(crate) fn stamp(input: &[u8]) -> Stamp {
    let entropy: [u8; 32] = Sha256::digest(input).into();
    Stamp {
        node_id: "64".to_owned(),
        message_id: Uuid::from_slice(&entropy[..16]).unwrap(),
        time: "2026-10-01T09:00:00Z".parse().unwrap(),
        class: MessageClass::Request,
        entropy,
    }
}
