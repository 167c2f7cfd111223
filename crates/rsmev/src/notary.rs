//! The node's hand under checkpoints, seals and reports of the journal, and who believes it.

use std::sync::Arc;

use domain::Registry;
use gateway::Snapshot;
use journal::{Digest, Judge, Notary};
use pki::Certificate;

use crate::edge;
use crate::failure::Failure;

/// The node of a snapshot, signing.
pub(crate) struct NodeNotary(pub(crate) Arc<Snapshot>);

impl Notary for NodeNotary {
    fn node(&self) -> String {
        self.0.registry().node().mnemonic.to_string()
    }

    fn certificate(&self) -> Vec<u8> {
        self.0.node().certificate().der().to_vec()
    }

    fn algorithm(&self) -> String {
        self.0.node().key().algorithm().label().to_owned()
    }

    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, String> {
        self.0.node().key().sign(octets, &edge::random()).map_err(|error| error.to_string())
    }
}

/// Believes the node: the certificate it has now, and those it had before (`[journal] node_certificates`). That one was in force
/// when it signed is not asked: the journal is kept longer than certificates last.
pub(crate) struct NodeJudge(Vec<Certificate>);

impl NodeJudge {
    pub(crate) fn of(registry: &Registry) -> Result<Self, Failure> {
        let files = std::iter::once(&registry.node().certificate).chain(&registry.journal().node_certificates);
        let read = |file: &domain::registry::FileRef| {
            Certificate::from_pem(&file.octets).map_err(|error| {
                Failure::system("read a certificate of the node", format!("{}: {error}", file.path.display()))
            })
        };
        files.map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl Judge for NodeJudge {
    fn certificate(&self, sha256: &Digest) -> Option<Vec<u8>> {
        let known = self.0.iter().find(|one| one.fingerprint().as_bytes() == sha256.octets())?;
        Some(known.der().to_vec())
    }

    fn holds(&self, certificate: &[u8], algorithm: &str, octets: &[u8], signature: &[u8]) -> Result<(), String> {
        let Some(known) = self.0.iter().find(|one| one.der() == certificate) else {
            return Err("the certificate is not known as one of the node's".to_owned());
        };
        let key = known.public_key();
        if key.algorithm().label() != algorithm {
            return Err(format!("it names {algorithm}, the certificate has {}", key.algorithm().label()));
        }
        key.verify(octets, signature).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_nodes_own_certificates_are_believed() {
        use pki::test_ca::{Extras, self_signed};
        let now = edge::now();
        let request = |name: &'static str| pki::test_ca::CertificateRequest {
            common_name: name,
            organization: "узел",
            algorithm: pki::Algorithm::Gost2012_256,
            parameter_set: None,
            not_before: now,
            not_after: now + jiff::SignedDuration::from_hours(24),
        };
        let node = self_signed(&request("node"), &Extras::default(), &[1; 64]).unwrap();
        let other = self_signed(&request("other"), &Extras::default(), &[2; 64]).unwrap();
        let judge = NodeJudge(vec![node.certificate().clone()]);
        let signature = node.key().sign(b"text", &[3; 32]).unwrap();
        let (own, label) = (node.certificate().der(), node.key().algorithm().label());
        assert_eq!(judge.holds(own, label, b"text", &signature), Ok(()));
        assert!(judge.holds(own, label, b"test", &signature).is_err());
        assert!(judge.holds(own, "RSA-SHA256", b"text", &signature).is_err());
        let forged = other.key().sign(b"text", &[3; 32]).unwrap();
        assert!(judge.holds(other.certificate().der(), label, b"text", &forged).unwrap_err().contains("not known"));
    }
}
