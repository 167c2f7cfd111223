//! The region as `init` writes it: complete, loadable by the bus, private where it must be, true where it says so.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper of tests fails as a test does")]

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use domain::registry::Files;
use domain::{AccessQuestion, Mnemonic, Registry, RouteQuestion, Sid, Trying, Version};
use pki::Certificate;
use stand::{Error, InitOptions, Region, Right, Standing, init};
use tempfile::TempDir;
use xmldsig::{Actor, Algorithms, Distrust, Document, Part, Policy};

fn region() -> (TempDir, Region) {
    let directory = tempfile::tempdir().unwrap();
    let report = init(directory.path(), &InitOptions::default(), &mut io::sink()).unwrap();
    (directory, report.region)
}

struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect()
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        Ok(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path)?.permissions()))
    }
}

fn registry(directory: &Path) -> Registry {
    Registry::load(&directory.join("routes.toml"), &Disk)
        .unwrap_or_else(|problems| panic!("{}", problems.iter().map(ToString::to_string).collect::<String>()))
}

#[test]
fn the_bus_loads_the_registry_without_a_remark() {
    let (directory, region) = region();
    let registry = registry(directory.path());
    assert!(registry.remarks().is_empty(), "{:?}", registry.remarks());
    let registered = region.systems.iter().filter(|system| system.standing != Standing::Unregistered).count();
    assert_eq!(registry.systems().len(), registered);
    assert_eq!(registry.services().len(), region.services.len());
}

#[test]
fn every_service_has_a_way_and_the_matrix_says_what_region_json_says() {
    let (directory, region) = region();
    let registry = registry(directory.path());
    #[expect(clippy::disallowed_methods, reason = "the region is written for today")]
    let at = jiff::Timestamp::now();
    for row in &region.access {
        let sid = Sid::new(&row.service).unwrap();
        let version = Version::new("1.00").unwrap();
        let ask = RouteQuestion {
            sid: &sid,
            version: None,
            recipient: None,
            oktmo: None,
            service_code: None,
            consumer: None,
            trying: Trying::default(),
        };
        registry.route(&ask).unwrap_or_else(|missing| panic!("{}: {missing:?}", row.service));
        let consumer = Mnemonic::new(&row.consumer).unwrap();
        let operation = region.service(&row.service).unwrap().operation.as_str();
        let ask = AccessQuestion {
            consumer: &consumer,
            sid: &sid,
            version: &version,
            operation: Some(operation),
            agency: None,
            provider: None,
            test: false,
            at,
        };
        let granted = registry.permit(&ask).is_ok();
        assert_eq!(granted, row.right == Right::Granted, "{} → {}", row.consumer, row.service);
    }
}

#[test]
fn keys_and_tokens_are_for_their_owner_only() {
    let (directory, region) = region();
    let mut secret: Vec<PathBuf> = region.systems.iter().map(|system| system.key.clone()).collect();
    secret.extend(["certs/node/node.key.pem", "certs/ca/test-ca.key.pem", "region.json"].map(PathBuf::from));
    secret.push(region.federal.key.clone());
    for file in secret {
        let mode = fs::metadata(directory.path().join(&file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    // The bus knows a token by its digest only.
    let token = region.system("ARHV01641").unwrap().token.clone().unwrap();
    let participants = fs::read_to_string(directory.path().join("routes.d/participants.toml")).unwrap();
    assert!(!participants.contains(&token));
}

#[test]
fn a_region_is_not_written_over_unless_forced() {
    let (directory, before) = region();
    let again = init(directory.path(), &InitOptions::default(), &mut io::sink());
    assert!(matches!(again, Err(Error::AlreadyThere { .. })));
    assert_eq!(Region::load(directory.path()).unwrap(), before);
    // A key file that somebody opened to the world is closed again.
    let key = directory.path().join("certs/node/node.key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    init(directory.path(), &InitOptions { force: true, ..InitOptions::default() }, &mut io::sink()).unwrap();
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_ne!(Region::load(directory.path()).unwrap(), before, "tokens are new");
}

#[test]
fn certificates_are_what_region_json_says() {
    let (directory, region) = region();
    let read = |path: &Path| Certificate::from_pem(&fs::read(directory.path().join(path)).unwrap()).unwrap();
    let authority = read(&region.authority);
    #[expect(clippy::disallowed_methods, reason = "the region is written for today")]
    let now = jiff::Timestamp::now();
    for system in &region.systems {
        let certificate = read(&system.certificate);
        certificate.is_issued_by(&authority).unwrap();
        assert_eq!(certificate.public_key().algorithm().label(), system.algorithm, "{}", system.mnemonic);
        let expired = certificate.validity_at(now) == pki::Validity::Expired;
        assert_eq!(expired, system.standing == Standing::Expired, "{}", system.mnemonic);
    }
    let mut algorithms: Vec<&str> = region.systems.iter().map(|system| system.algorithm.as_str()).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    assert_eq!(algorithms, ["GOST R 34.10-2001", "GOST R 34.10-2012-256", "GOST R 34.10-2012-512"]);
}

#[test]
fn control_examples_are_signed_by_those_they_name() {
    let (directory, region) = region();
    let policy = Policy { actor: Actor::Sender, cover: &[Part::Body], algorithms: Algorithms::Gost };
    for service in &region.services {
        let folder = directory.path().join(format!("services/{}/{}", service.sid, service.version));
        let consumer = region.consumers(&service.sid).next().unwrap();
        for (file, signer) in [("request", consumer), ("answer", service.provider.as_str())] {
            let octets = fs::read(folder.join(format!("control-example/{file}.xml"))).unwrap();
            let own = fs::read(directory.path().join(&region.system(signer).unwrap().certificate)).unwrap();
            let own = Certificate::from_pem(&own).unwrap();
            let trust = |der: &[u8]| {
                if der == own.der() { Ok(own.clone()) } else { Err(Distrust::Unknown) }
            };
            let verified = Document::parse(&octets).unwrap().verify(&policy, &trust);
            let verified = verified.unwrap_or_else(|error| panic!("{} {file}: {error}", service.sid));
            assert_eq!(verified.covered.len(), 1);
        }
        let wsdl = fs::read_to_string(folder.join("service.wsdl")).unwrap();
        assert!(wsdl.contains(&format!("location=\"{}\"", service.endpoint)), "{}", service.sid);
        assert!(folder.join("passport.toml").exists());
    }
}
