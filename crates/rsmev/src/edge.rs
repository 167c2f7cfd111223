//! The edges of the pure core: the system's clock and random numbers, and the disk as the registry reads it.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use domain::{Files, TokenUri};
use gateway::{Chance, Clock, TokenProblem};
use jiff::Timestamp;
use pki::{Passphrase, PrivateKey, PublicKey};
use uuid::Uuid;

/// The system's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        now()
    }
}

/// Now, for commands that are no bus.
#[expect(clippy::disallowed_methods, reason = "the edge: the one place of this program that reads the clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The system's random numbers.
pub(crate) struct SystemChance;

impl Chance for SystemChance {
    fn message_id(&self) -> Uuid {
        uuid::Builder::from_random_bytes(random()).into_uuid()
    }

    fn entropy(&self) -> [u8; 32] {
        random()
    }
}

/// Random octets of the system.
///
/// # Panics
/// When the system has none: no MessageId and no signature may be made without them.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut octets = [0; N];
    #[expect(clippy::expect_used, reason = "without random numbers no identifier or signature may be made")]
    getrandom::fill(&mut octets).expect("the system gives random numbers");
    octets
}

/// The tokens of this machine.
pub(crate) struct SystemTokens;

impl gateway::Tokens for SystemTokens {
    fn open(&self, uri: &TokenUri, pin: Option<&Passphrase>, public: &PublicKey) -> Result<PrivateKey, TokenProblem> {
        token::open(uri, pin, Some(public))
            .map_err(|error| TokenProblem { what: error.to_string(), hint: error.hint().to_owned() })
    }
}

/// The disk.
pub(crate) struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        std::fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.path())).collect()
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        Ok(std::fs::metadata(path)?.permissions().mode() & 0o7777)
    }
}
