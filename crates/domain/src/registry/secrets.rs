//! Secrets the registry names: private keys, the passphrases that open them, the PINs of tokens.
//!
//! Files of secrets are read once, wiped when the snapshot goes, and refused when others than the bus's user may read or
//! change them. Key files count in the digest of the registry. Files of passphrases and PINs do not: a person can
//! remember them, so their SHA-256 in the manifest would be enough to guess them by.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::de::DeValue;
use zeroize::Zeroizing;

use super::AbsentFile;
use super::kind::{Complaint, Kind};
use super::load::{FilePath, Loader, loaded, normal, reason};
use super::rows::LoadedFile;
use super::source::{Located, Spot};
use super::table::Table;
use crate::token_uri::TokenUri;

/// Rights of a group and of others.
const NOT_THE_OWNER: u32 = 0o077;

/// Octets of the key for personal values at least.
const SUBJECT_KEY_BYTES: usize = 32;

/// A file that nobody else may read, wiped from memory with the snapshot.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretFile {
    /// The path it was read from.
    pub path: PathBuf,
    octets: Arc<Zeroizing<Vec<u8>>>,
}

impl SecretFile {
    /// Its octets, not interpreted.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }
}

/// Shows the path only: even the length of a passphrase says something.
impl fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretFile({})", self.path.display())
    }
}

/// Where a private key for signatures is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// In a file: PKCS#8 PEM, encrypted or not.
    File(SecretFile),
    /// On a token.
    Token {
        /// How to find it.
        uri: TokenUri,
        /// Its PIN, in the first line.
        pin: Option<SecretFile>,
    },
}

/// `key` with `key_passphrase_file`: a private key for signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRef {
    /// Where it is.
    pub source: KeySource,
    /// The passphrase it is encrypted with, in the first line; beside a file only.
    pub passphrase: Option<SecretFile>,
}

/// The path or the URI.
impl fmt::Display for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            KeySource::File(file) => write!(f, "{}", file.path.display()),
            KeySource::Token { uri, .. } => write!(f, "{uri}"),
        }
    }
}

/// Whether a file of secrets counts in the manifest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listed {
    Yes,
    No,
}

/// One file of secrets.
#[derive(Debug)]
struct Secret {
    file: SecretFile,
    /// The manifest lists it.
    listed: bool,
    /// What is known of it in place of its octets.
    absent: Option<AbsentFile>,
}

/// The files of secrets read so far, by name.
#[derive(Debug, Default)]
pub(super) struct Secrets(BTreeMap<String, Secret>);

impl Secrets {
    /// Those that the manifest lists.
    pub(super) fn listed(&self) -> impl Iterator<Item = LoadedFile> {
        self.0.iter().filter(|(_, secret)| secret.listed).map(|(name, secret)| match &secret.absent {
            Some(known) => LoadedFile { name: name.clone(), bytes: known.bytes, sha256: known.sha256.clone() },
            None => loaded(name, secret.file.octets()),
        })
    }

    pub(super) fn total(&self) -> usize {
        self.0.values().map(|secret| secret.file.octets().len()).sum()
    }

    /// Names of them all, listed or not.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Is it a file of secrets, by its name or because it holds the same octets as one?
    pub(super) fn hold(&self, name: &str, octets: &[u8]) -> bool {
        self.0.contains_key(name)
            || self.0.values().any(|secret| secret.absent.is_none() && secret.file.octets() == octets)
    }

    /// Are the octets of one of them missing?
    pub(super) fn lacking(&self) -> bool {
        self.0.values().any(|secret| secret.absent.is_some())
    }
}

impl Loader<'_> {
    /// The file of a private key that must be named; no token, no passphrase.
    pub(super) fn key_file(&mut self, table: &mut Table<'_>, key: &'static str) -> Option<SecretFile> {
        let path = table.need(key, &FilePath)?;
        if TokenUri::is_meant(&path.value) {
            let what = "names a key on a token, which is not taken for TLS";
            let problem = path.spot.problem(&table.key(key), what, "name a file with a key in PEM");
            table.report(problem);
            return None;
        }
        self.secret(table, key, path.value.as_ref(), &path.spot, Listed::Yes)
    }

    /// `subject_key`: random text that nobody can guess. It counts in the manifest: with another one, other digests are written.
    pub(super) fn subject_key(&mut self, table: &mut Table<'_>) -> Option<SecretFile> {
        let Located { value: path, spot } = table.may("subject_key", &FilePath)?;
        let file = self.secret(table, "subject_key", path.as_ref(), &spot, Listed::Yes)?;
        let length = file.octets().trim_ascii().len();
        if length < SUBJECT_KEY_BYTES && !self.secrets.lacking() {
            let what = format!("{path} holds {length} octets: too few, values could be found by trying");
            let problem = spot.problem(&table.key("subject_key"), what, "openssl rand -hex 32 writes a new one");
            table.report(problem.allowing(format!("at least {SUBJECT_KEY_BYTES} random octets")));
            return None;
        }
        Some(file)
    }

    /// `key` and `key_passphrase_file`.
    pub(super) fn key(&mut self, table: &mut Table<'_>) -> Option<KeyRef> {
        let place = table.need("key", &KeyPlace);
        let passphrase = table.may("key_passphrase_file", &FilePath);
        let Located { value: place, spot } = place?;
        match place {
            Either::File(path) => {
                let file = self.secret(table, "key", path.as_ref(), &spot, Listed::Yes);
                let named = passphrase.map(|Located { value, spot }| {
                    self.secret(table, "key_passphrase_file", value.as_ref(), &spot, Listed::No)
                });
                let passphrase = match named {
                    None => None,
                    Some(read) => Some(read?),
                };
                Some(KeyRef { source: KeySource::File(file?), passphrase })
            }
            Either::Token(uri) => {
                if let Some(Located { spot, .. }) = passphrase {
                    let key = table.key("key_passphrase_file");
                    let problem = spot.problem(
                        &key,
                        "stands beside a key on a token",
                        "take it out; the PIN's file is named in the URI: pin-source=file:…",
                    );
                    table.report(problem);
                }
                let pin = match uri.pin_source().map(Path::to_owned) {
                    None => None,
                    Some(path) => Some(self.secret(table, "key", &path, &spot, Listed::No)?),
                };
                Some(KeyRef { source: KeySource::Token { uri, pin }, passphrase: None })
            }
        }
    }

    /// Reads a file of secrets at a path relative to the directory of the file that names it.
    fn secret(&mut self, table: &Table<'_>, key: &str, path: &Path, spot: &Spot, listed: Listed) -> Option<SecretFile> {
        let name = normal(&table.source().directory.join(path)).to_string_lossy().into_owned();
        if let Some(known) = self.secrets.0.get_mut(&name) {
            known.listed |= listed == Listed::Yes;
            return Some(known.file.clone());
        }
        let path = self.root().join(&name);
        if let Some(absent) = self.files.absent(&path) {
            let file = SecretFile { path, octets: Arc::default() };
            let secret = Secret { file: file.clone(), listed: listed == Listed::Yes, absent: Some(absent) };
            self.secrets.0.insert(name, secret);
            return Some(file);
        }
        let octets = match self.files.read(&path) {
            Ok(octets) => Arc::new(Zeroizing::new(octets)),
            Err(error) => {
                let hint = self.hint_for_unreadable(&name, &error);
                let what = format!("cannot read {name}: {}", reason(&error));
                self.problems.push(spot.problem(&table.key(key), what, hint));
                return None;
            }
        };
        let file = SecretFile { path, octets };
        self.check_mode(&file.path, &name, &table.key(key), spot);
        self.secrets.0.insert(name, Secret { file: file.clone(), listed: listed == Listed::Yes, absent: None });
        Some(file)
    }

    fn check_mode(&mut self, path: &Path, name: &str, key: &str, spot: &Spot) {
        let problem = match self.files.mode(path) {
            Ok(mode) if mode & NOT_THE_OWNER == 0 => return,
            Ok(mode) => {
                let what = format!("{name} is open to others than its owner: mode {:04o}", mode & 0o7777);
                spot.problem(key, what, format!("chmod 600 {}", path.display())).allowing("mode 0600 or 0400")
            }
            Err(error) => {
                let what = format!("cannot tell who may read {name}: {}", reason(&error));
                spot.problem(key, what, "let the bus's user read the file and its directory")
            }
        };
        self.problems.push(problem);
    }
}

enum Either {
    File(String),
    Token(TokenUri),
}

/// A path or a token URI.
struct KeyPlace;

impl Kind for KeyPlace {
    type Out = Either;

    fn allowed(&self) -> String {
        format!("{}, or pkcs11:token=…;object=…?module-path=/…&pin-source=file:…", FilePath.allowed())
    }

    fn read(&self, value: &DeValue<'_>) -> Result<Either, Complaint> {
        let text = FilePath.read(value)?;
        if !TokenUri::is_meant(&text) {
            return Ok(Either::File(text));
        }
        TokenUri::parse(&text)
            .map(Either::Token)
            .map_err(|error| Complaint { what: error.to_string(), hint: error.hint().to_owned() })
    }
}
