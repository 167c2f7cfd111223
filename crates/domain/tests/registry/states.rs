//! What is kept of a registry, and how a state of the past is read again: never with a secret among it.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use domain::registry::{AbsentFile, Files, Registry};

use crate::demo::{ENTRY, Memory};

fn load(files: &dyn Files) -> Registry {
    Registry::load(Path::new(ENTRY), files).unwrap()
}

#[test]
fn secrets_are_not_among_the_contents() {
    let registry = load(&Memory::demo());
    let secrets: BTreeSet<_> = registry.secrets().collect();
    assert_eq!(secrets.len(), 3, "{secrets:?}");
    let contents: BTreeSet<_> = registry.contents().map(|(name, _)| name).collect();
    assert!(secrets.is_disjoint(&contents));
    let listed: BTreeSet<_> = registry.files().iter().map(|file| file.name.as_str()).collect();
    assert_eq!(contents.union(&secrets).copied().collect::<BTreeSet<_>>(), listed);
}

#[test]
fn a_secret_named_or_copied_as_something_else_is_not_among_the_contents() {
    // One file as certificate and key; another that holds the octets of a key under the name of a document.
    let named =
        Memory::demo().edited("routes.toml", "key = \"certs/node/node.key.pem\"", "key = \"certs/node/node.pem\"");
    assert!(load(&named).contents().all(|(name, _)| name != "certs/node/node.pem"));
    let mut copied = Memory::demo();
    let key = copied.0[Path::new("/region/certs/node/node.key.pem")].clone();
    copied.0.insert(PathBuf::from("/region/services/SID6400001/1.00/service.wsdl"), key.clone());
    assert!(load(&copied).contents().all(|(_, octets)| octets != key));
}

/// A state of the past: keys are known by their digests.
struct Past(Memory, Vec<(PathBuf, AbsentFile)>);

impl Files for Past {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        assert!(self.absent(path).is_none(), "nobody asks for octets that are not there: {}", path.display());
        self.0.read(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        self.0.list(dir)
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        self.0.mode(path)
    }

    fn absent(&self, path: &Path) -> Option<AbsentFile> {
        self.1.iter().find(|(known, _)| known == path).map(|(_, file)| file.clone())
    }
}

#[test]
fn a_state_whose_keys_are_gone_has_the_digest_it_had_and_says_that_it_lacks_them() {
    let now = load(&Memory::demo());
    assert!(!now.lacks_secrets());
    let absent = now.secrets().map(|name| {
        let file = now.files().iter().find(|file| file.name == name).unwrap();
        (Path::new("/region").join(name), AbsentFile { bytes: file.bytes, sha256: file.sha256.clone() })
    });
    let past = load(&Past(Memory::demo(), absent.collect()));
    assert!(past.lacks_secrets());
    assert_eq!((past.digest(), past.protected_digest()), (now.digest(), now.protected_digest()));
}

#[test]
fn files_that_include_would_find_besides_are_told() {
    let registry = load(&Memory::demo());
    let mut disk = Memory::demo();
    assert_eq!(registry.strays(&disk), [""; 0]);
    for name in ["more.toml", ".hidden.toml", "notes.txt"] {
        disk.0.insert(PathBuf::from("/region/routes.d").join(name), Vec::new());
    }
    assert_eq!(registry.strays(&disk), ["routes.d/more.toml"]);
}
