//! The demo region in memory, whole or with an edit.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use domain::registry::{Files, Problem, Registry};

/// Where the region lies.
pub(crate) const ENTRY: &str = "/region/routes.toml";

const TEXTS: &[(&str, &str)] = &[
    ("routes.toml", include_str!("demo/routes.toml")),
    ("routes.d/access.toml", include_str!("demo/routes.d/access.toml")),
];

const OCTETS: &[&str] = &[
    "certs/ca/test-ca.pem",
    "certs/ca/tls-ca.pem",
    "certs/federal/node.pem",
    "certs/is/adms.key.pem",
    "certs/is/adms.pem",
    "certs/is/fns.pem",
    "certs/is/rpgu.pem",
    "certs/is/socz-2026.pem",
    "certs/is/socz-2027.pem",
    "certs/is/zags.pem",
    "certs/node/node.key.pem",
    "certs/node/node.pem",
    "certs/node/tls.key.pem",
    "certs/node/tls.pem",
    "services/SID6400001/1.00/answer.xml",
    "services/SID6400001/1.00/request.xml",
    "services/SID6400001/1.00/service.wsdl",
];

/// Files in memory.
#[derive(Clone)]
pub(crate) struct Memory(pub(crate) BTreeMap<PathBuf, Vec<u8>>);

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        let listed: Vec<_> = self.0.keys().filter(|path| path.parent() == Some(dir)).rev().cloned().collect();
        if listed.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(listed) }
    }

    fn mode(&self, _: &Path) -> io::Result<u32> {
        Ok(0o600)
    }
}

impl Memory {
    /// The demo region.
    pub(crate) fn demo() -> Self {
        let root = Path::new("/region");
        let texts = TEXTS.iter().map(|(name, text)| (root.join(name), text.as_bytes().to_vec()));
        let octets = OCTETS.iter().map(|name| (root.join(name), format!("octets of {name}").into_bytes()));
        Self(texts.chain(octets).collect())
    }

    /// The same with the one occurrence of a text in a file replaced.
    pub(crate) fn edited(mut self, name: &str, from: &str, to: &str) -> Self {
        let octets = self.0.get_mut(&Path::new("/region").join(name)).expect("a file of the region");
        let text = String::from_utf8(octets.clone()).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from:?} stands once in {name}");
        *octets = text.replace(from, to).into_bytes();
        self
    }

    pub(crate) fn load(&self) -> Result<Registry, Vec<Problem>> {
        Registry::load(Path::new(ENTRY), self)
    }

    /// The registry, which must load.
    pub(crate) fn loaded(&self) -> Registry {
        self.load().unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        })
    }
}
