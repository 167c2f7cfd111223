//! Certificates and keys of the bus: reading X.509 certificates as received, checking and making signatures with the
//! keys inside them, judging them by paths to trust anchors and revocation lists, finding the registered system behind a
//! certificate, and a test certification authority.
//!
//! A certificate is kept as the very DER octets that came in and is never encoded anew: everything compared, digested
//! or journaled is what the sender sent. Whom to trust is the caller's: anchors, revocation lists, policy and the
//! registry are given.
//!
//! GOST algorithms come from the `gost` crate, RSA and ECDSA (test contours only) from `ring`.

mod algorithm;
mod certificate;
pub mod cms;
mod crl;
mod describe;
mod directory;
mod encrypted;
mod error;
mod fields;
mod fingerprint;
mod identity;
mod name;
mod passphrase;
mod pem;
mod private_key;
mod public_key;
mod remote;
pub mod test_ca;
pub mod trust;

pub use algorithm::Algorithm;
pub use certificate::{Certificate, Validity};
pub use describe::{Description, NameField};
pub use directory::Directory;
pub use error::{EncryptionProblem, Error, PemProblem};
pub use fingerprint::Fingerprint;
pub use identity::Identity;
pub use passphrase::Passphrase;
pub use private_key::PrivateKey;
pub use public_key::PublicKey;
pub use remote::RemoteKey;
