//! The edges of the pure core: the system's clock and random numbers, and the disk as the registry reads it.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use domain::{Files, TokenUri};
use gateway::{Chance, Clock, TokenProblem};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
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

/// The day of a moment, as the access matrix counts days: by Moscow.
pub(crate) fn day_of(at: Timestamp) -> Date {
    Offset::constant(3).to_datetime(at).date()
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

/// Octets of one file that are read: what `registry_files_bytes` may be at most.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// A whole file, also a pipe that ends, but never a device without end.
///
/// # Errors
/// What the system says; a file that goes on beyond [`FILE_BYTES_MAX`].
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_at_most(path, FILE_BYTES_MAX)
}

/// The same, of a file that may not go on beyond so many octets.
pub(crate) fn read_at_most(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    // Sized beforehand: a vector that grows would leave copies behind, and the file may hold a key.
    let known = usize::try_from(file.metadata()?.len().min(bytes_max)).unwrap_or(0);
    let mut octets = Vec::with_capacity(known);
    let read = file.take(bytes_max + 1).read_to_end(&mut octets)?;
    if u64::try_from(read).map_or(true, |read| read > bytes_max) {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {bytes_max} octets")));
    }
    Ok(octets)
}

/// The disk.
pub(crate) struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // A device without end would fill the memory of a running bus.
        let kind = fs::metadata(path)?.file_type();
        if kind.is_char_device() || kind.is_block_device() {
            return Err(io::Error::other("it is a device"));
        }
        read(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<PathBuf>> {
        fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.path())).collect()
    }

    fn mode(&self, path: &Path) -> io::Result<u32> {
        Ok(fs::metadata(path)?.permissions().mode() & 0o7777)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_without_end_is_not_read_to_its_end() {
        let endless = Path::new("/dev/zero");
        assert_eq!(read_at_most(endless, 1000).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(Disk.read(endless).unwrap_err().to_string(), "it is a device");
    }

    #[test]
    fn a_file_is_read_whole_up_to_its_bound_and_in_one_piece_of_memory() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        fs::write(&file, [7; 1000]).unwrap();
        let octets = read_at_most(&file, 1000).unwrap();
        assert_eq!((octets.len(), octets.capacity()), (1000, 1000));
        assert_eq!(read_at_most(&file, 999).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(Disk.read(folder.path()).unwrap_err().kind(), io::ErrorKind::IsADirectory);
    }
}
