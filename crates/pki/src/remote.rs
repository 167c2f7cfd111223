//! The seam for keys that are not in this process: tokens and security modules. No such device is known here.

use std::fmt;

use crate::{Algorithm, Error};

/// A private key that signs elsewhere. One value may be used by many threads at once.
pub trait RemoteKey: Send + Sync + fmt::Debug {
    /// The only signature algorithm of the key.
    fn algorithm(&self) -> Algorithm;

    /// Where it is, for people: the token's name and the like, no secret.
    fn whereabouts(&self) -> &str;

    /// Signs a message, which is hashed here or there. The signature is in the form [`crate::PublicKey::verify`] takes:
    /// GOST s‖r, each big-endian; RSA PKCS#1 v1.5; ECDSA r‖s. `entropy` is for keys that want it; tokens have their own.
    fn sign(&self, message: &[u8], entropy: &[u8; 32]) -> Result<Vec<u8>, Error>;

    /// Signs a digest in natural octet order: GOST keys only, and of them those whose token takes digests.
    fn sign_digest(&self, digest: &[u8], entropy: &[u8; 32]) -> Result<Vec<u8>, Error>;
}
