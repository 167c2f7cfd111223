//! Whose signature under checkpoints and seals is believed: certificates of the node, named by whoever verifies. A certificate that
//! lies beside what it vouches for proves nothing.

use std::path::{Path, PathBuf};

use domain::Registry;
use journal::{Digest, Judge};
use pki::Certificate;

use crate::edge::Disk;
use crate::failure::Failure;
use crate::{print, serve};

/// The registry taken when nothing is named, if it is there.
const USUAL: &str = "routes.toml";

/// Certificates of the node, from a place that whoever made the evidence cannot write to.
pub(crate) struct NodeCertificates(Vec<Certificate>);

impl NodeCertificates {
    /// Those of the files and of the registry; those of a registry in the working directory when none is named.
    pub(crate) fn named(files: &[PathBuf], config: Option<&Path>) -> Result<Self, Failure> {
        let mut known = Vec::new();
        for file in files {
            let octets =
                std::fs::read(file).map_err(|error| Failure::system(&format!("read {}", file.display()), error))?;
            known.push(certificate(&octets).map_err(|error| Failure::no(format!("{}: {error}", file.display())))?);
        }
        let usual = Path::new(USUAL);
        let config = config.or((files.is_empty() && usual.is_file()).then_some(usual));
        if let Some(config) = config {
            let registry = serve::read(config, &Disk)?.map_err(Failure::registry)?;
            known.extend(Self::of(&registry)?.0);
            print::talk(&format!("remark: the node's certificates are those of {}", config.display()));
        }
        Ok(Self(known))
    }

    /// The one the node has, and those it had before. That one was in force when it signed is not asked: the journal is kept
    /// longer than certificates last.
    pub(crate) fn of(registry: &Registry) -> Result<Self, Failure> {
        let files = std::iter::once(&registry.node().certificate).chain(&registry.journal().node_certificates);
        let read = |file: &domain::registry::FileRef| {
            certificate(&file.octets).map_err(|error| Failure::no(format!("{}: {error}", file.path.display())))
        };
        files.map(read).collect::<Result<_, _>>().map(Self)
    }

    #[cfg(test)]
    pub(crate) fn nobody() -> Self {
        Self(Vec::new())
    }

    /// Nobody is named: whose signatures these are cannot be said.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contain(&self, sha256: &Digest) -> bool {
        self.certificate(sha256).is_some()
    }
}

fn certificate(octets: &[u8]) -> Result<Certificate, pki::Error> {
    if octets.starts_with(b"0") { Certificate::from_der(octets) } else { Certificate::from_pem(octets) }
}

impl Judge for NodeCertificates {
    fn certificate(&self, sha256: &Digest) -> Option<Vec<u8>> {
        let same = |known: &&Certificate| known.fingerprint().as_bytes() == sha256.octets();
        self.0.iter().find(same).map(|known| known.der().to_vec())
    }

    fn holds(&self, certificate: &[u8], algorithm: &str, octets: &[u8], signature: &[u8]) -> Result<(), String> {
        if !self.0.is_empty() && !self.0.iter().any(|known| known.der() == certificate) {
            return Err("nobody named the certificate of its signer as the node's".to_owned());
        }
        arithmetic(certificate, algorithm, octets, signature)
    }
}

/// Believes anybody: asks only whether the signature is one by that certificate.
pub(crate) struct Anybody;

impl Judge for Anybody {
    fn holds(&self, certificate: &[u8], algorithm: &str, octets: &[u8], signature: &[u8]) -> Result<(), String> {
        arithmetic(certificate, algorithm, octets, signature)
    }
}

fn arithmetic(certificate: &[u8], algorithm: &str, octets: &[u8], signature: &[u8]) -> Result<(), String> {
    let certificate = Certificate::from_der(certificate).map_err(|error| error.to_string())?;
    let key = certificate.public_key();
    if key.algorithm().label() != algorithm {
        return Err(format!("{algorithm} is named, the certificate's key is one for {}", key.algorithm().label()));
    }
    key.verify(octets, signature).map_err(|error| error.to_string())
}
