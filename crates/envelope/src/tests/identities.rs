//! Who signs in the tests: made once a process, by a test authority, from fixed entropy.

use std::sync::LazyLock;

use jiff::Timestamp;
use pki::test_ca::{CertificateRequest, TestCa};
use pki::{Algorithm, Certificate, Identity};
use uuid::Uuid;
use xmldsig::{Algorithms, Distrust};

use crate::{Envelope, Error, MessageClass, Need, Stamp, Trust, Verified};

pub(crate) struct Identities {
    pub(crate) sender: Identity,
    pub(crate) sender_2001: Identity,
    pub(crate) node: Identity,
    pub(crate) node_512: Identity,
}

pub(crate) static WHO: LazyLock<Identities> = LazyLock::new(|| {
    let (from, until) = (Timestamp::UNIX_EPOCH, "2040-01-01T00:00:00Z".parse().unwrap());
    let ca = TestCa::create("CA", Algorithm::Gost2012_256, None, from, until, &[1; 64]).unwrap();
    let issue = |common_name, algorithm, seed| {
        let request = CertificateRequest {
            common_name,
            organization: "Тест",
            algorithm,
            parameter_set: None,
            not_before: from,
            not_after: until,
        };
        ca.issue(&request, &[seed; 64]).unwrap()
    };
    Identities {
        sender: issue("sender", Algorithm::Gost2012_256, 2),
        sender_2001: issue("sender 2001", Algorithm::Gost2001, 3),
        node: issue("node", Algorithm::Gost2012_256, 4),
        node_512: issue("node 512", Algorithm::Gost2012_512, 5),
    }
});

pub(crate) fn stamp(seed: u8) -> Stamp {
    Stamp {
        node_id: "64".to_owned(),
        message_id: Uuid::from_bytes([seed; 16]),
        time: "2026-10-01T09:00:00Z".parse().unwrap(),
        class: MessageClass::Request,
        entropy: [seed; 32],
    }
}

/// Trusts whatever certificate the message carries: the tests of trust are others'.
pub(crate) fn anyone(der: &[u8]) -> Result<Certificate, Distrust> {
    Certificate::from_der(der).map_err(Distrust::BadCertificate)
}

/// Signs for the sender and returns what he would send.
pub(crate) fn signed(text: impl Into<bytes::Bytes>, content_type: &str) -> bytes::Bytes {
    super::fixtures::read_as(text, content_type).unwrap().sign_as_sender(&WHO.sender, &stamp(1)).unwrap().bytes()
}

/// Demands both signatures, from anyone.
pub(crate) const NEED_BOTH: Need<'static> = Need { algorithms: Algorithms::Gost, trust: &anyone, node: Some(&anyone) };

/// Verifies the sender, and the node when asked.
pub(crate) fn verify(
    text: impl Into<bytes::Bytes>,
    content_type: &str,
    node: bool,
) -> Result<Envelope<Verified>, Error> {
    let trust: &Trust<'_> = &anyone;
    let need = Need { algorithms: Algorithms::Gost, trust, node: node.then_some(trust) };
    super::fixtures::read_as(text, content_type)?.verify(&need)
}
