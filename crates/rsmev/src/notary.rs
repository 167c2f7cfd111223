//! The node's hand under checkpoints, seals and reports of the journal. Who believes it: `node_certificates`.

use std::sync::Arc;

use gateway::Snapshot;
use journal::Notary;

use crate::edge;

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
