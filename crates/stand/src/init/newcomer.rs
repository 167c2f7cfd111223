//! What an agency brings that is about to be connected to the region: key and certificate of its system, the package of its
//! service, and the keys of the persons who will decide about it. Nothing of it is in the registry yet: that is the
//! operator's work. `region.json` learns of it, so that the stand can play the newcomer, too.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pki::test_ca::TestCa;
use pki::{Algorithm, Certificate, Identity, PrivateKey};

use super::keys::{self, AUTHORITY, AUTHORITY_KEY, Dates, Keys};
use super::site::Site;
use super::{examples, services};
use crate::edge::days_from;
use crate::region::{Access, REGION_FILE, Right, SignedBy, Standing};
use crate::roster::Roster;
use crate::{Error, Pattern, Region, Revision, Service, System, SystemKind, edge};

/// Folder of the region.
const FOLDER: &str = "newcomer";
const MNEMONIC: &str = "OBRZ01641";
const NAME: &str = "Министерство образования";
const SID: &str = "SID0064101";
/// Who asks in its control example.
const ASKING: &str = "MFCS01641";
/// Whoever signs decisions: name of the file, name of the person, of which body.
const OFFICERS: [(&str, &str, &str); 4] = [
    ("operator-1", "Иванова Анна Петровна", "Оператор РСМЭВ"),
    ("operator-2", "Петров Семён Викторович", "Оператор РСМЭВ"),
    ("obrz", "Сидорова Мария Олеговна", NAME),
    ("zags", "Кузнецов Олег Иванович", "Управление записи актов гражданского состояния"),
];

/// Writes the folder `newcomer` of a region and adds its system and service to `region.json`; gives what was written.
///
/// # Errors
/// The region is not there, or cannot be read or written; a newcomer is there already.
pub fn newcomer(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let roster = Roster::load(directory)?;
    let mut region = Region::load(directory)?;
    if region.system(MNEMONIC).is_ok() {
        return Err(Error::AlreadyThere { directory: directory.join(FOLDER) });
    }
    let now = edge::now();
    let ca = authority(directory)?;
    let dates = Dates { from: days_from(now, -1), to: days_from(now, 3 * 365) };
    let mut site = Site::new(directory);
    let named =
        |name: &str| (PathBuf::from(format!("{FOLDER}/{name}.pem")), PathBuf::from(format!("{FOLDER}/{name}.key.pem")));
    let identity = keys::certify(&ca, MNEMONIC, NAME, Algorithm::Gost2012_256, dates)?;
    let (certificate, key) = named(MNEMONIC);
    keys::store(&mut site, &identity, &certificate, &key)?;
    let mut written = vec![certificate.clone(), key.clone()];
    for (file, person, body) in OFFICERS {
        let officer = keys::certify(&ca, person, body, Algorithm::Gost2012_256, dates)?;
        let (certificate, key) = named(file);
        keys::store(&mut site, &officer, &certificate, &key)?;
        written.extend([certificate, key]);
    }
    let service = service(&region);
    region.systems.push(system(certificate, key));
    region.services.push(service.clone());
    package(directory, &region, &service, &roster, identity)?;
    written.push(Path::new(FOLDER).join(services::folder(&service)));
    let described = serde_json::to_vec_pretty(&region)
        .map_err(|source| Error::RegionFile { path: directory.join(REGION_FILE), source })?;
    site.secret(REGION_FILE, &described)?;
    Ok(written)
}

fn authority(directory: &Path) -> Result<TestCa, Error> {
    let read = |name: &str| {
        let path = directory.join(name);
        fs::read(&path).map_err(Error::file("read", &path))
    };
    let trouble = |source| Error::Pki { what: "cannot take up the test CA".to_owned(), source };
    let certificate = Certificate::from_pem(&read(AUTHORITY)?).map_err(trouble)?;
    let key = PrivateKey::from_pkcs8_pem(&read(AUTHORITY_KEY)?).map_err(trouble)?;
    TestCa::from_identity(Identity::new(certificate, key).map_err(trouble)?).map_err(trouble)
}

fn system(certificate: PathBuf, key: PathBuf) -> System {
    System {
        mnemonic: MNEMONIC.to_owned(),
        participant: "OBRZ".to_owned(),
        name: NAME.to_owned(),
        kind: SystemKind::Regional,
        signature: SignedBy::Own,
        algorithm: Algorithm::Gost2012_256.label().to_owned(),
        certificate,
        key,
        next: None,
        token: None,
        standing: Standing::Unregistered,
    }
}

fn service(region: &Region) -> Service {
    Service {
        sid: SID.to_owned(),
        version: crate::cast::VERSION.to_owned(),
        name: "Сведения об обучении".to_owned(),
        mnemonic: "ObrzLearning".to_owned(),
        provider: MNEMONIC.to_owned(),
        provider_endpoint: format!("http://{}/{MNEMONIC}/{SID}", region.agencies),
        endpoint: format!("{}/{SID}", region.node.services_url),
        access: "by_consent".to_owned(),
        revision: Revision::Rev120315,
        pattern: Pattern::Sync,
        namespace: "http://obrz.region64.example/learning/1.00".to_owned(),
        operation: "getLearning".to_owned(),
        soap_action: "\"urn:getLearning\"".to_owned(),
        trial: true,
    }
}

/// The package of the service, as the agency hands it in.
fn package(
    directory: &Path,
    region: &Region,
    service: &Service,
    roster: &Roster,
    identity: Identity,
) -> Result<(), Error> {
    let asking = roster.identity(ASKING)?.clone();
    let keys = Keys { systems: BTreeMap::from([(MNEMONIC, identity), (ASKING, asking)]) };
    let access = vec![Access { consumer: ASKING.to_owned(), service: SID.to_owned(), right: Right::Granted }];
    let alone = Region { services: vec![service.clone()], access, ..region.clone() };
    let mut site = Site::new(&directory.join(FOLDER));
    services::write(&mut site, &alone, &keys)?;
    examples::write(&mut site, &alone, &keys, edge::now())
}
