//! The region with its keys in hand: every system's identity, read once from the directory. Only for those who play the
//! systems; the bus reads its own files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use pki::{Certificate, Identity, PrivateKey};

use crate::Error;
use crate::region::{Region, SystemKind};

/// Everybody's certificates and keys.
pub(crate) struct Roster {
    pub(crate) directory: PathBuf,
    pub(crate) region: Region,
    /// ЭП-СМЭВ of the bus: the certificate in use, and the one that is to follow.
    pub(crate) nodes: Vec<Certificate>,
    /// ЭП-СМЭВ of the federal node.
    pub(crate) federal: Identity,
    identities: HashMap<String, Identity>,
    next: HashMap<String, Identity>,
}

impl Roster {
    /// Reads `region.json` and everything it names.
    pub(crate) fn load(directory: &Path) -> Result<Roster, Error> {
        let region = Region::load(directory)?;
        let mut nodes = vec![certificate(&directory.join(&region.node.certificate))?];
        if let Some(next) = &region.node.next {
            nodes.push(certificate(&directory.join(&next.certificate))?);
        }
        let federal = identity(directory, &region.federal.certificate, &region.federal.key)?;
        let (mut identities, mut next) = (HashMap::new(), HashMap::new());
        for system in &region.systems {
            identities.insert(system.mnemonic.clone(), identity(directory, &system.certificate, &system.key)?);
            if let Some(pair) = &system.next {
                next.insert(system.mnemonic.clone(), identity(directory, &pair.certificate, &pair.key)?);
            }
        }
        Ok(Roster { directory: directory.to_owned(), region, nodes, federal, identities, next })
    }

    /// Certificate and key of a system.
    pub(crate) fn identity(&self, mnemonic: &str) -> Result<&Identity, Error> {
        self.identities.get(mnemonic).ok_or_else(|| Error::UnknownSystem { mnemonic: mnemonic.to_owned() })
    }

    /// The certificate and key that are to follow; `None` when the system has no second pair.
    pub(crate) fn next(&self, mnemonic: &str) -> Option<&Identity> {
        self.next.get(mnemonic)
    }

    /// Certificates of a system, as the ones whose signature is expected: a certificate may be changed at any moment.
    pub(crate) fn certificates_of(&self, mnemonic: &str) -> Result<Vec<Certificate>, Error> {
        let both = [Some(self.identity(mnemonic)?), self.next(mnemonic)];
        Ok(both.into_iter().flatten().map(|identity| identity.certificate().clone()).collect())
    }

    /// Certificates of all systems that `wanted` picks.
    pub(crate) fn certificates(&self, wanted: impl Fn(SystemKind) -> bool) -> Vec<Certificate> {
        let systems = self.region.systems.iter().filter(|system| wanted(system.kind));
        systems.filter_map(|system| self.certificates_of(&system.mnemonic).ok()).flatten().collect()
    }
}

fn certificate(path: &Path) -> Result<Certificate, Error> {
    let pem = std::fs::read(path).map_err(Error::file("read", path))?;
    Certificate::from_pem(&pem)
        .map_err(|source| Error::Pki { what: format!("cannot use the certificate {}", path.display()), source })
}

/// Certificate and key from two files of the region.
pub(crate) fn identity(directory: &Path, certificate_file: &Path, key_file: &Path) -> Result<Identity, Error> {
    let path = directory.join(key_file);
    let pem = std::fs::read(&path).map_err(Error::file("read", &path))?;
    let bad = |source| Error::Pki { what: format!("cannot use the key {}", path.display()), source };
    let key = PrivateKey::from_pkcs8_pem(&pem).map_err(bad)?;
    Identity::new(certificate(&directory.join(certificate_file))?, key).map_err(bad)
}
