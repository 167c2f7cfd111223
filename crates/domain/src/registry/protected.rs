//! What two persons answer for: rights and keys, told in one digest. What it leaves out (endpoints, limits, texts for people)
//! can be changed by one.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Registry;
use super::rows::{FileRef, Signing};

/// Version of the list below; another list is another digest.
const FORMAT: &str = "rsmev-protected-1";

impl Registry {
    /// Hex SHA-256 over rights and keys: contour and algorithms, authorities, certificates of node, systems and federal node,
    /// suspensions, services with their terms, all access rows, officers, and the two-person rule itself.
    ///
    /// The order of rows in the files and their places do not matter. Private keys are told by their
    /// certificates.
    pub fn protected_digest(&self) -> String {
        hex::encode(Sha256::digest(self.protected().to_string()))
    }

    /// What the digest is over, as JSON with its keys in order.
    pub fn protected(&self) -> Value {
        json!({
            "format": FORMAT,
            "approval": self.approval,
            "node": {
                "id": self.node.id,
                "mnemonic": self.node.mnemonic,
                "contour": self.node.contour,
                "algorithms": self.node.algorithms,
                "certificate": digest(&self.node.certificate),
            },
            "trust": {
                "anchors": sorted(self.trust.anchors.iter().map(digest)),
                "intermediates": sorted(self.trust.intermediates.iter().map(digest)),
                "crl": self.trust.crl,
            },
            "federal": self.federal.as_ref().map(|federal| sorted(federal.certificates.iter().map(digest))),
            "officers": sorted(self.officers.iter().map(|officer| json!({
                "name": officer.name,
                "side": officer.side,
                "certificate": digest(&officer.certificate),
                "until": officer.until,
            }))),
            "participants": sorted(self.participants.iter().map(|participant| json!({
                "code": participant.code,
                "kind": participant.kind,
                "agreement": participant.agreement,
                "suspended": participant.suspended.is_some(),
            }))),
            "systems": sorted(self.systems.iter().map(|system| json!({
                "mnemonic": system.mnemonic,
                "participant": system.participant,
                "codes": system.codes,
                "agencies": system.agencies,
                "certificates": sorted(system.certificates.iter().map(digest)),
                "trial_certificates": sorted(system.trial_certificates.iter().map(digest)),
                "signature": match &system.signature {
                    Signing::Own => Value::from("own"),
                    Signing::Hosted { token_sha256, .. } => Value::from(hex::encode(token_sha256)),
                },
                "suspended": system.suspended.is_some(),
            }))),
            "services": sorted(self.services.iter().map(|service| json!({
                "sid": service.sid,
                "version": service.version,
                "owner": service.owner,
                "provider": service.provider,
                "access": service.access,
                "operations": service.operations,
                "stage": service.stage,
                "from": service.from,
                "until": service.until,
                "guards": service.guards,
            }))),
            "access": sorted(self.access.iter().map(|row| json!({
                "consumer": row.consumer,
                "service": row.service,
                "version": row.version,
                "operations": row.operations,
                "from": row.from,
                "until": row.until,
                "ground": row.ground,
                "application": row.application,
                "messages": row.messages,
            }))),
        })
    }
}

fn digest(file: &FileRef) -> Value {
    Value::from(hex::encode(Sha256::digest(&file.octets)))
}

fn sorted(values: impl Iterator<Item = Value>) -> Value {
    let mut values: Vec<_> = values.collect();
    values.sort_by_cached_key(Value::to_string);
    Value::from(values)
}
