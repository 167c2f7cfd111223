//! `rsmev key`: private keys made, encrypted and looked at. A key itself is never printed.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use domain::TokenUri;
use pki::{Certificate, Fingerprint, Passphrase, PrivateKey, PublicKey};
use serde::Serialize;

use crate::failure::Failure;
use crate::registry_edit::text::literal;
use crate::registry_edit::{SECRET, write_whole};
use crate::{edge, print};

/// Rights of a group and of others.
const NOT_THE_OWNER: u32 = 0o077;

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a private key (PKCS#8 PEM, mode 0600)
    #[command(after_help = "Example:\n  rsmev key new socz.key.pem --algorithm gost2012-256")]
    New {
        /// The new file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Kind of key
        #[arg(long, value_enum, default_value = "gost2012-256")]
        algorithm: Kind,
        /// File whose first line is the passphrase to encrypt it with
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Encrypt a private key file, or give it another passphrase
    #[command(
        after_help = "Example:\n  rsmev key encrypt node.key.pem --passphrase-file node.pass --out node.closed.pem\n\nThe bus opens it only when the registry names the passphrase: the lines it needs are printed \
                            on stderr. For the key of a running bus write a new file (--out)."
    )]
    Encrypt {
        /// The key: PKCS#8 PEM
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// File whose first line is the passphrase
        #[arg(long, value_name = "FILE")]
        passphrase_file: PathBuf,
        /// File whose first line is the passphrase so far, when the key is encrypted already
        #[arg(long, value_name = "FILE")]
        old_passphrase_file: Option<PathBuf>,
        /// Write a new file and leave the old one
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Tell what a private key is: algorithm, place, whether encrypted, fingerprint of its public half
    #[command(after_help = "Example:\n  rsmev key show certs/node/node.key.pem")]
    Show {
        /// A file, or a pkcs11: URI as in the registry
        #[arg(value_name = "FILE|URI")]
        key: String,
        /// File whose first line is the passphrase
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
        /// Certificate the key should belong to, PEM; needed for keys whose token shows no public half
        #[arg(long, value_name = "FILE")]
        certificate: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Kinds of key that can be made.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// GOST R 34.10-2012, 256 bits, CryptoPro-A
    #[value(name = "gost2012-256")]
    Gost256,
    /// GOST R 34.10-2012, 512 bits, TC26 A
    #[value(name = "gost2012-512")]
    Gost512,
    /// ECDSA on P-256, for test contours
    #[value(name = "p256")]
    P256,
}

impl Kind {
    fn algorithm(self) -> pki::Algorithm {
        match self {
            Self::Gost256 => pki::Algorithm::Gost2012_256,
            Self::Gost512 => pki::Algorithm::Gost2012_512,
            Self::P256 => pki::Algorithm::EcdsaP256Sha256,
        }
    }
}

/// What `show` prints; the shape of `--json`.
#[derive(Debug, Serialize)]
struct Shown {
    algorithm: &'static str,
    place: String,
    encrypted: Option<bool>,
    mode: Option<String>,
    public_key_sha256: String,
    belongs_to: Option<String>,
}

pub(crate) fn run(words: Key) -> Result<(), Failure> {
    match words {
        Key::New { file, algorithm, passphrase_file } => new(&file, algorithm, passphrase_file.as_deref()),
        Key::Encrypt { file, passphrase_file, old_passphrase_file, out } => {
            encrypt(&file, &passphrase_file, old_passphrase_file.as_deref(), out.as_deref())
        }
        Key::Show { key, passphrase_file, certificate, json } => {
            show(&key, passphrase_file.as_deref(), certificate.as_deref(), json)
        }
    }
}

fn new(file: &Path, kind: Kind, passphrase_file: Option<&Path>) -> Result<(), Failure> {
    let key = PrivateKey::generate(kind.algorithm(), &edge::random())
        .map_err(|error| Failure::system("make the key", error))?;
    let pem = match passphrase_file {
        None => key.to_pkcs8_pem(),
        Some(path) => key.to_encrypted_pem(&secret(path)?, &edge::random()),
    };
    place_new(file, &pem.map_err(|error| Failure::system("write down the key", error))?)?;
    print::line(&format!("{}: {}", file.display(), describe(&key)))
}

fn encrypt(file: &Path, new: &Path, old: Option<&Path>, out: Option<&Path>) -> Result<(), Failure> {
    let octets = read(file)?;
    if old.is_none() && PrivateKey::is_encrypted(&octets) {
        return Err(Failure::no(format!("{}: is encrypted already", file.display()))
            .hint("to change the passphrase name the old one: --old-passphrase-file FILE"));
    }
    let key = from_file(file, old)?;
    let passphrase = secret(new)?;
    let pem = key
        .to_encrypted_pem(&passphrase, &edge::random())
        .map_err(|error| Failure::system("encrypt the key", error))?;
    // What cannot be opened again would be a lost key.
    let again = PrivateKey::from_pem(pem.as_bytes(), Some(&passphrase))
        .map_err(|error| Failure::system("read the encrypted key again", error))?;
    if again.public_key().spki_der() != key.public_key().spki_der() {
        return Err(Failure::system("read the encrypted key again", "another key came out"));
    }
    if let Some(out) = out {
        place_new(out, &pem)?;
    } else {
        let path = file.canonicalize().map_err(|error| unreadable(file, &error))?;
        let old = fs::metadata(&path).map_err(|error| unreadable(file, &error))?;
        write_whole(&path, pem.as_bytes(), SECRET, Some((old.uid(), old.gid())))
            .map_err(|error| Failure::system(&format!("replace {}", file.display()), error))?;
    }
    print::line(&format!("{}: encrypted: {}", out.unwrap_or(file).display(), describe(&key)))?;
    tell_lines(out, file, new);
    Ok(())
}

/// What the registry must say from now on; nothing else tells it before the next start fails. Whole paths, because the
/// registry's begin at the file that holds the row, not where this command was given.
fn tell_lines(out: Option<&Path>, file: &Path, passphrase: &Path) {
    let line = |key: &str, path: &Path| {
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        print::talk(&format!("{key} = {}", literal(&whole.to_string_lossy())));
    };
    if let Some(out) = out {
        print::talk(&format!("where the registry names {}, put in place of its `key`:", file.display()));
        line("key", out);
    } else {
        print::talk(
            "if the registry names this file, the bus neither starts nor reloads without this line beside `key`:",
        );
    }
    line("key_passphrase_file", passphrase);
    print::talk("then `rsmev check` and `rsmev reload`");
}

fn show(key: &str, passphrase: Option<&Path>, certificate: Option<&Path>, json: bool) -> Result<(), Failure> {
    let certificate = certificate
        .map(|path| {
            Certificate::from_pem(&read(path)?).map_err(|error| Failure::no(format!("{}: {error}", path.display())))
        })
        .transpose()?;
    let opened = open(key, passphrase, certificate.as_ref().map(Certificate::public_key))?;
    let (encrypted, mode) = if TokenUri::is_meant(key) {
        (None, None)
    } else {
        (Some(PrivateKey::is_encrypted(&read(Path::new(key))?)), Some(mode_of(Path::new(key))?))
    };
    let mut shown = Shown {
        algorithm: opened.algorithm().label(),
        place: opened.whereabouts().map_or_else(|| format!("file {key}"), str::to_owned),
        encrypted,
        mode: mode.map(|mode| format!("{mode:04o}")),
        public_key_sha256: fingerprint(opened.public_key()),
        belongs_to: None,
    };
    if let Some(certificate) = certificate {
        let identity =
            pki::Identity::new(certificate, opened).map_err(|error| Failure::no(format!("{key}: {error}")))?;
        shown.belongs_to = Some(identity.certificate().subject().to_owned());
    }
    if json {
        return print::json(&shown);
    }
    print::line(&format!("algorithm:   {}", shown.algorithm))?;
    print::line(&format!("place:       {}", shown.place))?;
    if let (Some(encrypted), Some(mode)) = (shown.encrypted, &shown.mode) {
        print::line(&format!("encrypted:   {}", if encrypted { "yes" } else { "no" }))?;
        print::line(&format!("mode:        {mode}"))?;
    }
    print::line(&format!("public key:  SHA-256 {}", shown.public_key_sha256))?;
    shown.belongs_to.iter().try_for_each(|subject| print::line(&format!("belongs to:  {subject}")))
}

/// A private key from a file or a token URI, as the words of a command name it. `public`: that of the certificate it
/// is to belong to, when known.
pub(crate) fn open(key: &str, passphrase: Option<&Path>, public: Option<&PublicKey>) -> Result<PrivateKey, Failure> {
    if !TokenUri::is_meant(key) {
        return from_file(Path::new(key), passphrase);
    }
    let uri = TokenUri::parse(key).map_err(|error| Failure::usage(format!("the URI {error}")).hint(error.hint()))?;
    let pin = uri.pin_source().map(secret).transpose()?;
    token::open(&uri, pin.as_ref(), public).map_err(|error| Failure::no(format!("{uri}: {error}")).hint(error.hint()))
}

fn from_file(file: &Path, passphrase: Option<&Path>) -> Result<PrivateKey, Failure> {
    of_file(file, passphrase, "--passphrase-file")
}

/// The key of a file; `option` is how the command's user names the file of its passphrase.
pub(crate) fn of_file(file: &Path, passphrase: Option<&Path>, option: &str) -> Result<PrivateKey, Failure> {
    let octets = read(file)?;
    if passphrase.is_none() && PrivateKey::is_encrypted(&octets) {
        return Err(Failure::no(format!("{}: is encrypted", file.display()))
            .hint(format!("name the file of its passphrase: {option} FILE")));
    }
    let passphrase = passphrase.map(secret).transpose()?;
    PrivateKey::from_pem(&octets, passphrase.as_ref())
        .map_err(|error| Failure::no(format!("{}: {error}", file.display())))
}

/// The first line of a file that nobody else may read.
fn secret(file: &Path) -> Result<Passphrase, Failure> {
    closed(file)?;
    Passphrase::from_file(&read(file)?).map_err(|error| Failure::no(format!("{}: {error}", file.display())))
}

/// A file of secrets that group or others may read or write is refused, as the registry would.
pub(crate) fn closed(file: &Path) -> Result<(), Failure> {
    let mode = mode_of(file)?;
    if mode & NOT_THE_OWNER == 0 {
        return Ok(());
    }
    Err(Failure::no(format!("{}: is open to others than its owner: mode {mode:04o}", file.display()))
        .hint(format!("chmod 600 {}; if others may have read it, take another one", file.display())))
}

/// Writes a file that must not be there yet: a key overwritten by mistake is lost.
fn place_new(file: &Path, pem: &str) -> Result<(), Failure> {
    if file.symlink_metadata().is_ok() {
        return Err(Failure::no(format!("{}: is there already", file.display())).hint("name a new file"));
    }
    write_whole(file, pem.as_bytes(), SECRET, None)
        .map_err(|error| Failure::system(&format!("write {}", file.display()), error))
}

fn describe(key: &PrivateKey) -> String {
    format!("{}, public key SHA-256 {}", key.algorithm().label(), fingerprint(key.public_key()))
}

/// As `openssl pkey -pubout -outform DER | sha256sum` has it.
fn fingerprint(public: &PublicKey) -> String {
    Fingerprint::of(public.spki_der()).to_string()
}

fn mode_of(file: &Path) -> Result<u32, Failure> {
    Ok(fs::metadata(file).map_err(|error| unreadable(file, &error))?.permissions().mode() & 0o7777)
}

/// Wiped on drop: it may be a key or a passphrase.
pub(crate) fn read(file: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>, Failure> {
    edge::read(file).map(zeroize::Zeroizing::new).map_err(|error| unreadable(file, &error))
}

fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::system(&format!("read {}", file.display()), error)
}
