//! Certificates and keys of the bus: reading X.509 certificates as received, checking and making signatures with the
//! keys inside them, finding the registered system behind a certificate, and a test certification authority.
//!
//! A certificate is kept as the very DER octets that came in and is never encoded anew: everything compared, digested
//! or journaled is what the sender sent. The crate decides nothing about trust: chains to anchors, revocation lists and
//! the registry are the caller's.
//!
//! GOST algorithms come from the `gost` crate, RSA and ECDSA (test contours only) from `ring`.

mod algorithm;
mod certificate;
mod directory;
mod error;
mod fields;
mod fingerprint;
mod identity;
mod name;
mod pem;
mod private_key;
mod public_key;
pub mod test_ca;

pub use algorithm::Algorithm;
pub use certificate::{Certificate, Validity};
pub use directory::Directory;
pub use error::{Error, PemProblem};
pub use fingerprint::Fingerprint;
pub use identity::Identity;
pub use private_key::PrivateKey;
pub use public_key::PublicKey;
