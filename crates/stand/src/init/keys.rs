//! The test CA and everybody's certificate and key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use pki::test_ca::{CertificateRequest, TestCa};
use pki::{Algorithm, Identity};

use super::site::Site;
use crate::Error;
use crate::cast::{self, MEMBERS};
use crate::edge::{days_from, entropy};
use crate::region::{NextPair, Standing};

/// Everybody who signs.
pub(super) struct Keys {
    /// By mnemonic.
    pub(super) systems: BTreeMap<&'static str, Identity>,
}

/// Certificate of the CA.
pub(super) const AUTHORITY: &str = "certs/ca/test-ca.pem";
/// Key of the CA.
pub(super) const AUTHORITY_KEY: &str = "certs/ca/test-ca.key.pem";
/// Certificate of the bus.
pub(super) const NODE: &str = "certs/node/node.pem";
/// Key of the bus.
pub(super) const NODE_KEY: &str = "certs/node/node.key.pem";
/// The second generation: nobody registered it yet.
const NEXT: &str = "certs/next";
/// The key of the digests that stand in the journal in place of personal values.
pub(super) const SUBJECT_KEY: &str = "keys/subject.key";
/// Certificate of the federal node.
pub(super) const FEDERAL: &str = "certs/federal/node.pem";
/// Key of the federal node.
pub(super) const FEDERAL_KEY: &str = "certs/federal/node.key.pem";

/// Certificate of a system.
pub(super) fn certificate_of(mnemonic: &str) -> PathBuf {
    Path::new("certs/is").join(format!("{mnemonic}.pem"))
}

/// Key of a system.
pub(super) fn key_of(mnemonic: &str) -> PathBuf {
    Path::new("certs/is").join(format!("{mnemonic}.key.pem"))
}

/// The second certificate and key of the bus.
pub(super) fn next_of_node() -> NextPair {
    next_of("node")
}

/// The second certificate and key of a system, when it has them.
pub(super) fn next_of_system(mnemonic: &str) -> Option<NextPair> {
    cast::WITH_NEXT.contains(&mnemonic).then(|| next_of(mnemonic))
}

fn next_of(name: &str) -> NextPair {
    let folder = Path::new(NEXT);
    NextPair { certificate: folder.join(format!("{name}.pem")), key: folder.join(format!("{name}.key.pem")) }
}

/// From when to when something is valid.
#[derive(Clone, Copy)]
pub(super) struct Dates {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// Makes the CA, issues all certificates, writes them with their keys.
pub(super) fn issue(site: &mut Site, now: Timestamp) -> Result<Keys, Error> {
    let good = Dates { from: days_from(now, -1), to: days_from(now, 3 * 365) };
    // Both generations are valid for most of the time: an overlap is what a change lives on.
    let later = Dates { from: days_from(now, -1), to: days_from(now, 4 * 365) };
    let expired = Dates { from: days_from(now, -800), to: days_from(now, -30) };
    let life = Dates { from: days_from(now, -5 * 365), to: days_from(now, 10 * 365) };
    let name = "Учебный удостоверяющий центр региона 64";
    let ca = TestCa::create(name, Algorithm::Gost2012_256, None, life.from, life.to, &entropy()?)
        .map_err(|source| Error::Pki { what: "cannot make the test CA".to_owned(), source })?;
    store(site, ca.identity(), Path::new(AUTHORITY), Path::new(AUTHORITY_KEY))?;

    let node = certify(&ca, "ЭП-РСМЭВ, регион 64", cast::NODE_NAME, Algorithm::Gost2012_256, good)?;
    store(site, &node, Path::new(NODE), Path::new(NODE_KEY))?;
    let node = certify(&ca, "ЭП-РСМЭВ, регион 64", cast::NODE_NAME, Algorithm::Gost2012_256, later)?;
    let NextPair { certificate, key } = next_of_node();
    store(site, &node, &certificate, &key)?;
    let federal = certify(&ca, "ЭП-СМЭВ, узел 00", "Федеральный узел СМЭВ (учебный)", Algorithm::Gost2012_256, good)?;
    store(site, &federal, Path::new(FEDERAL), Path::new(FEDERAL_KEY))?;

    let secret: [u8; 32] = entropy()?;
    site.secret(SUBJECT_KEY, format!("{}\n", hex::encode(secret)).as_bytes())?;

    let mut systems = BTreeMap::new();
    for member in &MEMBERS {
        let dates = if member.standing == Standing::Expired { expired } else { good };
        let identity = certify(&ca, member.mnemonic, member.name, member.algorithm, dates)?;
        store(site, &identity, &certificate_of(member.mnemonic), &key_of(member.mnemonic))?;
        if let Some(NextPair { certificate, key }) = next_of_system(member.mnemonic) {
            let next = certify(&ca, member.mnemonic, member.name, member.algorithm, later)?;
            store(site, &next, &certificate, &key)?;
        }
        systems.insert(member.mnemonic, identity);
    }
    Ok(Keys { systems })
}

pub(super) fn certify(
    ca: &TestCa,
    common_name: &str,
    organization: &str,
    algorithm: Algorithm,
    dates: Dates,
) -> Result<Identity, Error> {
    let request = CertificateRequest {
        common_name,
        organization,
        algorithm,
        parameter_set: None,
        not_before: dates.from,
        not_after: dates.to,
    };
    ca.issue(&request, &entropy()?)
        .map_err(|source| Error::Pki { what: format!("cannot issue the certificate of {common_name}"), source })
}

pub(super) fn store(site: &mut Site, identity: &Identity, certificate: &Path, key: &Path) -> Result<(), Error> {
    site.open(certificate, identity.certificate().to_pem().as_bytes())?;
    let pem = identity
        .key()
        .to_pkcs8_pem()
        .map_err(|source| Error::Pki { what: format!("cannot write the key {}", key.display()), source })?;
    site.secret(key, pem.as_bytes())
}
