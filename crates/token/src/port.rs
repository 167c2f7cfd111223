//! What is needed of a token, so that the rest can be tried without one.

use pki::PublicKey;

use crate::Error;
use crate::form::Mechanism;

/// A place where one private key can be reached.
pub(crate) trait TokenPort: Send + Sync {
    /// Opens a session, logs in and finds the key.
    fn connect(&self) -> Result<Box<dyn TokenSession>, Error>;
}

/// A session in which the key has been found. One thread uses it at a time.
pub(crate) trait TokenSession: Send {
    /// One signature, as the token gives it.
    fn sign(&self, mechanism: Mechanism, input: &[u8]) -> Result<Vec<u8>, Error>;

    /// The public half of the key, where the token shows it.
    fn public_key(&self) -> Result<Option<PublicKey>, Error>;
}
