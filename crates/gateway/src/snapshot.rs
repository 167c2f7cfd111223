//! The registry made ready to work: certificates parsed, keys joined, TLS prepared. Immutable, swapped whole on reload.

use std::collections::HashMap;
use std::sync::Arc;

use delivery::ClientTls;
use domain::registry::{EndpointTls, FileRef, Signing};
use domain::{Mnemonic, Registry};
use jiff::Timestamp;
use pki::{Certificate, Directory, Identity, PrivateKey, Validity};
use sha2::{Digest as _, Sha256};
use xmldsig::Distrust;

/// Who stands behind a registered certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An information system (ИС); its signature is ЭП-ОВ.
    System(Mnemonic),
    /// The federal node; its signature is ЭП-СМЭВ.
    FederalNode,
}

/// Everything a decision needs, of one moment.
#[derive(Debug)]
pub struct Snapshot {
    registry: Registry,
    node: Identity,
    certificates: Directory<Owner>,
    hosted: HashMap<Mnemonic, Identity>,
    hosted_by_token: HashMap<[u8; 32], Mnemonic>,
    tls: HashMap<TlsKey, Arc<ClientTls>>,
}

/// The files that make up one TLS identity towards an endpoint.
type TlsKey = (Arc<[u8]>, Option<(Arc<[u8]>, Arc<[u8]>)>);

/// What keeps a registry that loads from being put to work. For the operator: names files.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// A certificate file cannot be read as one.
    #[error("{path}: not a certificate: {source}\n  hint: the file must hold one X.509 certificate in PEM form")]
    Certificate {
        /// The file.
        path: String,
        /// What pki says.
        source: pki::Error,
    },
    /// A key file cannot be read, or does not fit its certificate.
    #[error("{path}: {source}\n  hint: the file must hold the PKCS#8 key of the certificate beside it")]
    Key {
        /// The file.
        path: String,
        /// What pki says.
        source: pki::Error,
    },
    /// One certificate for two owners.
    #[error("{path}: {source}\n  hint: every information system needs a certificate of its own")]
    Shared {
        /// The file.
        path: String,
        /// What pki says.
        source: pki::Error,
    },
    /// Two hosted systems with one token: a request could not be told apart.
    #[error("systems {first} and {second} share one token_sha256\n  hint: give each hosted system a token of its own")]
    SharedToken {
        /// A system.
        first: Mnemonic,
        /// The other.
        second: Mnemonic,
    },
    /// A test algorithm where the contour allows GOST only.
    #[error(
        "{path}: algorithm {algorithm} is for test contours only\n  hint: [node] algorithms = \"gost-and-test\" in a test contour"
    )]
    Algorithm {
        /// The file.
        path: String,
        /// Its algorithm.
        algorithm: &'static str,
    },
    /// TLS material that cannot be used.
    #[error("{path}: {source}")]
    Tls {
        /// The authority file of the endpoint.
        path: String,
        /// What is wrong.
        source: delivery::Error,
    },
}

impl Snapshot {
    /// Parses and joins what the registry names; tells everything that is wrong at once.
    ///
    /// # Errors
    /// Every [`Unusable`] found.
    pub fn build(registry: Registry) -> Result<Self, Vec<Unusable>> {
        let mut problems = Vec::new();
        let mut certificates = Directory::new();
        let mut hosted = HashMap::new();
        let mut hosted_by_token = HashMap::new();
        for system in registry.systems() {
            for file in &system.certificates {
                register(&registry, &mut certificates, file, Owner::System(system.mnemonic.clone()), &mut problems);
            }
            if let Signing::Hosted { key, token_sha256 } = &system.signature {
                match system.certificates.first().map(|certificate| identity(certificate, key)) {
                    Some(Ok(identity)) => drop(hosted.insert(system.mnemonic.clone(), identity)),
                    Some(Err(problem)) => problems.push(problem),
                    None => {}
                }
                if let Some(first) = hosted_by_token.insert(*token_sha256, system.mnemonic.clone()) {
                    problems.push(Unusable::SharedToken { first, second: system.mnemonic.clone() });
                }
            }
        }
        for file in registry.federal().into_iter().flat_map(|federal| &federal.certificates) {
            register(&registry, &mut certificates, file, Owner::FederalNode, &mut problems);
        }
        let tls = tls_of(&registry, &mut problems);
        let node = registry.node();
        match identity(&node.certificate, &node.key).and_then(|node_identity| fits_contour(&registry, node_identity)) {
            Ok(node) if problems.is_empty() => Ok(Self { registry, node, certificates, hosted, hosted_by_token, tls }),
            Ok(_) => Err(problems),
            Err(problem) => {
                problems.insert(0, problem);
                Err(problems)
            }
        }
    }

    /// The registry itself.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The node's certificate and key (ЭП-СМЭВ).
    pub fn node(&self) -> &Identity {
        &self.node
    }

    /// Every registered certificate with its owner.
    pub fn certificates(&self) -> &Directory<Owner> {
        &self.certificates
    }

    /// The key of a hosted system.
    pub fn hosted(&self, system: &Mnemonic) -> Option<&Identity> {
        self.hosted.get(system)
    }

    /// The hosted system that a bearer token identifies. Compared by digest: timing tells nothing about the token.
    pub fn hosted_by_token(&self, token: &str) -> Option<&Mnemonic> {
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        self.hosted_by_token.get(&digest)
    }

    /// TLS towards an endpoint.
    pub fn tls(&self, endpoint: &EndpointTls) -> Option<Arc<ClientTls>> {
        self.tls.get(&tls_key(endpoint)).cloned()
    }

    /// The registered certificate of a DER, if it may vouch at `at`; `accept` says whose are wanted.
    ///
    /// # Errors
    /// [`Distrust::Unknown`] for strangers and for owners not wanted here, and the validity dates'.
    pub fn trusted(&self, der: &[u8], at: Timestamp, accept: impl Fn(&Owner) -> bool) -> Result<Certificate, Distrust> {
        let Some((certificate, owner)) = self.certificates.find(der) else {
            // A stranger is told apart from something that is no certificate at all: two codes of the fault table.
            return Err(Certificate::from_der(der).map_or_else(Distrust::BadCertificate, |_| Distrust::Unknown));
        };
        if !accept(owner) {
            return Err(Distrust::Unknown);
        }
        in_force(certificate, at)
    }

    /// The certificate of a node, the federal one or this bus itself, if it may vouch at `at`: for messages that have
    /// passed the bus. What comes in bears the federal node's at most, see [`Self::trusted`].
    ///
    /// # Errors
    /// As [`Self::trusted`].
    pub fn trusted_node(&self, der: &[u8], at: Timestamp) -> Result<Certificate, Distrust> {
        let own = self.node.certificate();
        if own.der() == der {
            return in_force(own, at);
        }
        self.trusted(der, at, |owner| *owner == Owner::FederalNode)
    }

    /// Which algorithms this contour takes.
    pub fn algorithms(&self) -> xmldsig::Algorithms {
        match self.registry.node().algorithms {
            domain::registry::Algorithms::Gost => xmldsig::Algorithms::Gost,
            domain::registry::Algorithms::GostAndTest => xmldsig::Algorithms::GostAndTest,
        }
    }
}

fn in_force(certificate: &Certificate, at: Timestamp) -> Result<Certificate, Distrust> {
    match certificate.validity_at(at) {
        Validity::Valid => Ok(certificate.clone()),
        Validity::Expired => Err(Distrust::Expired { not_after: certificate.not_after() }),
        Validity::NotYetValid => Err(Distrust::NotYetValid { not_before: certificate.not_before() }),
    }
}

fn register(
    registry: &Registry,
    certificates: &mut Directory<Owner>,
    file: &FileRef,
    owner: Owner,
    problems: &mut Vec<Unusable>,
) {
    let path = file.path.display().to_string();
    let certificate = match Certificate::from_pem(&file.octets) {
        Ok(certificate) => certificate,
        Err(source) => return problems.push(Unusable::Certificate { path, source }),
    };
    let algorithm = certificate.public_key().algorithm();
    if !algorithm.is_gost() && registry.node().algorithms == domain::registry::Algorithms::Gost {
        return problems.push(Unusable::Algorithm { path, algorithm: algorithm.label() });
    }
    if let Err(source) = certificates.insert(certificate, owner) {
        problems.push(Unusable::Shared { path, source });
    }
}

fn identity(certificate: &FileRef, key: &FileRef) -> Result<Identity, Unusable> {
    let parsed = Certificate::from_pem(&certificate.octets)
        .map_err(|source| Unusable::Certificate { path: certificate.path.display().to_string(), source })?;
    PrivateKey::from_pkcs8_pem(&key.octets)
        .and_then(|key| Identity::new(parsed, key))
        .map_err(|source| Unusable::Key { path: key.path.display().to_string(), source })
}

/// The node may sign with what the contour accepts only.
fn fits_contour(registry: &Registry, node: Identity) -> Result<Identity, Unusable> {
    let algorithm = node.key().algorithm();
    if algorithm.is_gost() || registry.node().algorithms == domain::registry::Algorithms::GostAndTest {
        return Ok(node);
    }
    let path = registry.node().certificate.path.display().to_string();
    Err(Unusable::Algorithm { path, algorithm: algorithm.label() })
}

fn tls_of(registry: &Registry, problems: &mut Vec<Unusable>) -> HashMap<TlsKey, Arc<ClientTls>> {
    let mut ready = HashMap::new();
    let federal = registry.federal().and_then(|federal| federal.tls.as_ref());
    for endpoint in registry.routes().iter().filter_map(|route| route.tls.as_ref()).chain(federal) {
        let pair = endpoint.client.as_ref().map(|pair| (&*pair.certificate.octets, &*pair.key.octets));
        match ClientTls::new(&endpoint.ca.octets, pair, registry.limits().connect_timeout()) {
            Ok(tls) => drop(ready.insert(tls_key(endpoint), Arc::new(tls))),
            Err(source) => problems.push(Unusable::Tls { path: endpoint.ca.path.display().to_string(), source }),
        }
    }
    ready
}

fn tls_key(endpoint: &EndpointTls) -> TlsKey {
    let pair = endpoint.client.as_ref();
    (
        Arc::clone(&endpoint.ca.octets),
        pair.map(|pair| (Arc::clone(&pair.certificate.octets), Arc::clone(&pair.key.octets))),
    )
}
