//! The registry made ready to work: certificates parsed, keys joined, TLS prepared. Immutable, swapped whole on reload.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use delivery::ClientTls;
use domain::registry::{EndpointTls, FileRef, KeyRef, Signing};
use domain::{Mnemonic, Registry, Sid, Version};
use jiff::Timestamp;
use journal::SignerFound;
use pki::trust::{Judgement, RevocationLists, Trust};
use pki::{Certificate, Directory, Identity};
use sha2::{Digest as _, Sha256};
use xmldsig::Distrust;

use crate::keys::{self, TokenProblem, Tokens};
use crate::soap_action::Actions;
use crate::trust::{Verdicts, found, stranger, trust_of};

/// Who stands behind a registered certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An information system (ИС); its signature is ЭП-ОВ.
    System(Mnemonic),
    /// An information system whose certificate is on trial: it vouches for test messages only.
    OnTrial(Mnemonic),
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
    actions: HashMap<(Sid, Version), Actions>,
    verdicts: Verdicts,
}

/// The files that make up one TLS identity towards an endpoint.
type TlsKey = (Arc<[u8]>, Option<(Arc<[u8]>, PathBuf)>);

/// What keeps a registry that loads from being put to work. For the operator: names files.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// A state of the past without its keys.
    #[error(
        "the registry is a state of the past, without its keys\n  hint: bring it back with `rsmev registry rollback`"
    )]
    Past,
    /// A certificate file cannot be read as one.
    #[error("{path}: not a certificate: {source}\n  hint: the file must hold one X.509 certificate in PEM form")]
    Certificate {
        /// The file.
        path: String,
        /// What pki says.
        source: pki::Error,
    },
    /// A key file cannot be read, or does not fit its certificate.
    #[error("{path}: {source}\n  hint: {hint}")]
    Key {
        /// The file.
        path: String,
        /// What pki says.
        source: pki::Error,
        /// The next step.
        hint: &'static str,
    },
    /// The file of a passphrase or PIN holds none.
    #[error("{path}: {source}\n  hint: the passphrase or PIN is the first line of the file")]
    Passphrase {
        /// The file.
        path: String,
        /// What pki says.
        source: pki::Error,
    },
    /// A key on a token cannot be used.
    #[error("{uri}: {problem}\n  hint: {hint}", hint = problem.hint)]
    Token {
        /// Which key.
        uri: String,
        /// What is wrong, and the next step.
        problem: TokenProblem,
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
    /// The authorities of `[trust]` cannot be used together.
    #[error(
        "[trust]: {source}\n  hint: anchors and intermediates are certificates of certification authorities, each named once"
    )]
    Authorities {
        /// What pki says.
        source: pki::Error,
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

/// Whether private keys are opened.
#[derive(Clone, Copy)]
enum Keys<'t> {
    /// Those in files are read, those on tokens opened through this.
    Opened(&'t dyn Tokens),
    /// They are not there any more.
    Absent,
}

/// A state of the past, ready to be asked and never to be put to work: nothing can be signed with it, and a
/// [`Gateway`](crate::Gateway) takes a [`Snapshot`] only, which is not given away:
///
/// ```compile_fail
/// fn revive(gateway: &gateway::Gateway, past: gateway::Past) {
///     gateway.swap(past.snapshot());
/// }
/// ```
///
/// The same with a snapshot that has its keys compiles:
///
/// ```
/// fn renew(gateway: &gateway::Gateway, snapshot: gateway::Snapshot) {
///     gateway.swap(snapshot);
/// }
/// ```
#[derive(Debug)]
pub struct Past(Arc<Snapshot>);

impl Past {
    /// As [`Snapshot::build`], without private keys and without TLS towards endpoints.
    ///
    /// # Errors
    /// Every [`Unusable`] found.
    pub fn build(registry: Registry, lists: RevocationLists) -> Result<Self, Vec<Unusable>> {
        Snapshot::assemble(registry, lists, Keys::Absent).map(|snapshot| Self(Arc::new(snapshot)))
    }

    /// What it is made of, to be looked at.
    pub fn snapshot(&self) -> &Snapshot {
        &self.0
    }

    pub(crate) fn shared(&self) -> &Arc<Snapshot> {
        &self.0
    }
}

impl Snapshot {
    /// Parses and joins what the registry names; tells everything that is wrong at once. Keys on tokens are opened
    /// through `tokens`; `lists` are the revocation lists of `[trust] crl_directory`.
    ///
    /// # Errors
    /// Every [`Unusable`] found.
    pub fn build(registry: Registry, lists: RevocationLists, tokens: &dyn Tokens) -> Result<Self, Vec<Unusable>> {
        if registry.lacks_secrets() {
            return Err(vec![Unusable::Past]);
        }
        Self::assemble(registry, lists, Keys::Opened(tokens))
    }

    fn assemble(registry: Registry, lists: RevocationLists, keys: Keys<'_>) -> Result<Self, Vec<Unusable>> {
        let mut problems = Vec::new();
        let mut certificates = Directory::new();
        let mut hosted = HashMap::new();
        let mut hosted_by_token = HashMap::new();
        for system in registry.systems() {
            for file in &system.certificates {
                register(&registry, &mut certificates, file, Owner::System(system.mnemonic.clone()), &mut problems);
            }
            for file in &system.trial_certificates {
                register(&registry, &mut certificates, file, Owner::OnTrial(system.mnemonic.clone()), &mut problems);
            }
            if let Signing::Hosted { key, token_sha256 } = &system.signature {
                match system.certificates.first().map(|certificate| identity(certificate, key, keys)) {
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
        let tls = match keys {
            Keys::Opened(_) => tls_of(&registry, &mut problems),
            Keys::Absent => HashMap::new(),
        };
        let actions = actions_of(&registry);
        let verdicts = Verdicts::new(trust_of(&registry, lists, &mut problems));
        let node = registry.node();
        match identity(&node.certificate, &node.key, keys)
            .and_then(|node_identity| fits_contour(&registry, node_identity))
        {
            Ok(node) if problems.is_empty() => {
                Ok(Self { registry, node, certificates, hosted, hosted_by_token, tls, actions, verdicts })
            }
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

    /// SOAPAction of an operation, as the service's WSDL has it.
    pub(crate) fn soap_action(&self, sid: &Sid, version: &Version, operation: &str) -> Option<String> {
        self.actions.get(&(sid.clone(), version.clone()))?.header(operation)
    }

    /// The registered certificate of a DER, if it may vouch at `at`; `accept` says whose are wanted.
    ///
    /// # Errors
    /// [`Distrust::Unknown`] for strangers and for owners not wanted here, [`Distrust::OnTrial`] where only proven ones are
    /// wanted, and what dates, use, path and revocation lists speak against it.
    pub fn trusted(&self, der: &[u8], at: Timestamp, accept: impl Fn(&Owner) -> bool) -> Result<Certificate, Distrust> {
        let Some((certificate, owner)) = self.certificates.find(der) else {
            // A stranger is told apart from something that is no certificate at all: two codes of the fault table.
            return Err(Certificate::from_der(der).map_or_else(Distrust::BadCertificate, |_| Distrust::Unknown));
        };
        if !accept(owner) {
            return Err(if matches!(owner, Owner::OnTrial(_)) { Distrust::OnTrial } else { Distrust::Unknown });
        }
        self.in_force(certificate, at)
    }

    /// What the journal keeps of the certificate in a message: a registered one as it is judged at `at`, a stranger as such.
    pub(crate) fn signer_found(&self, der: &[u8], at: Timestamp) -> Option<SignerFound> {
        match self.certificates.find(der) {
            Some((certificate, _)) => Some(found(&self.judge(certificate, at))),
            None => Certificate::from_der(der).ok().map(|certificate| stranger(&certificate)),
        }
    }

    /// The certificate of a node, the federal one or this bus itself, if it may vouch at `at`: for messages that have
    /// passed the bus. What comes in bears the federal node's at most, see [`Self::trusted`].
    ///
    /// # Errors
    /// As [`Self::trusted`].
    pub fn trusted_node(&self, der: &[u8], at: Timestamp) -> Result<Certificate, Distrust> {
        let own = self.node.certificate();
        if own.der() == der {
            return self.in_force(own, at);
        }
        self.trusted(der, at, |owner| *owner == Owner::FederalNode)
    }

    fn in_force(&self, certificate: &Certificate, at: Timestamp) -> Result<Certificate, Distrust> {
        match &self.judge(certificate, at).objection {
            None => Ok(certificate.clone()),
            Some(objection) => Err(Distrust::Objection(objection.clone())),
        }
    }

    /// What dates, use, path and revocation lists say of a certificate, registered or not.
    pub fn judge(&self, certificate: &Certificate, at: Timestamp) -> Arc<Judgement> {
        self.verdicts.on(certificate, at)
    }

    /// Authorities and revocation lists in force.
    pub fn trust(&self) -> Arc<Trust> {
        self.verdicts.trust()
    }

    /// Puts other revocation lists in force, also for messages on their way.
    pub fn renew_lists(&self, lists: RevocationLists) {
        self.verdicts.renew(lists);
    }

    /// Which algorithms this contour takes.
    pub fn algorithms(&self) -> xmldsig::Algorithms {
        match self.registry.node().algorithms {
            domain::registry::Algorithms::Gost => xmldsig::Algorithms::Gost,
            domain::registry::Algorithms::GostAndTest => xmldsig::Algorithms::GostAndTest,
        }
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

fn identity(certificate: &FileRef, key: &KeyRef, keys: Keys<'_>) -> Result<Identity, Unusable> {
    let parsed = Certificate::from_pem(&certificate.octets)
        .map_err(|source| Unusable::Certificate { path: certificate.path.display().to_string(), source })?;
    let tokens = match keys {
        Keys::Opened(tokens) => tokens,
        Keys::Absent => return Ok(Identity::without_key(parsed)),
    };
    let opened = keys::open_key(key, parsed.public_key(), tokens)?;
    Identity::new(parsed, opened).map_err(|source| keys::unusable(key, source))
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

fn actions_of(registry: &Registry) -> HashMap<(Sid, Version), Actions> {
    let described = registry.services().iter().filter_map(|service| Some((service, service.wsdl.as_ref()?)));
    described
        .map(|(service, wsdl)| ((service.sid.clone(), service.version.clone()), Actions::of_wsdl(&wsdl.octets)))
        .collect()
}

fn tls_of(registry: &Registry, problems: &mut Vec<Unusable>) -> HashMap<TlsKey, Arc<ClientTls>> {
    let mut ready = HashMap::new();
    let federal = registry.federal().and_then(|federal| federal.tls.as_ref());
    for endpoint in registry.routes().iter().filter_map(|route| route.tls.as_ref()).chain(federal) {
        let pair = endpoint.client.as_ref().map(|pair| (&*pair.certificate.octets, pair.key.octets()));
        match ClientTls::new(&endpoint.ca.octets, pair, registry.limits().connect_timeout()) {
            Ok(tls) => drop(ready.insert(tls_key(endpoint), Arc::new(tls))),
            Err(source) => problems.push(Unusable::Tls { path: endpoint.ca.path.display().to_string(), source }),
        }
    }
    ready
}

fn tls_key(endpoint: &EndpointTls) -> TlsKey {
    let pair = endpoint.client.as_ref();
    (Arc::clone(&endpoint.ca.octets), pair.map(|pair| (Arc::clone(&pair.certificate.octets), pair.key.path.clone())))
}
