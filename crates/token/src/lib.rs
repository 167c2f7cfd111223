//! Keys on tokens (PKCS#11): found by a [`Uri`], proved at once, then used behind [`pki::RemoteKey`] like any other.
//!
//! Tokens agree on little where GOST is concerned: which mechanism, whether they hash themselves, which half of the
//! signature comes first, from which end its octets are counted. Instead of a table of makers, [`open`] signs a probe,
//! tries every known form against the public key and remembers the one that verifies; every later signature is checked
//! again by [`pki::PrivateKey`]. What the key is used for is not known here, and no key is made or changed.
//!
//! A module is loaded into the process and stays there: it is as trusted as the bus itself.

mod error;
mod form;
mod key;
mod module;
mod port;

use std::sync::Arc;

use pki::{Passphrase, PrivateKey, PublicKey};

pub use domain::TokenUri as Uri;
pub use error::{Effect, Error};

/// Finds the key, logs in and proves by one signature that it works and belongs to `public`, the public key of the
/// certificate it is to sign under. Without `public` the public half is read from the token: from a certificate or
/// public key beside the private one.
///
/// `pin`: the first line of its file. A wrong PIN is presented once; the key then refuses without asking the token
/// until it is opened anew, because tokens lock themselves after a few wrong ones. Blocks while the token works.
pub fn open(uri: &Uri, pin: Option<&Passphrase>, public: Option<&PublicKey>) -> Result<PrivateKey, Error> {
    key::open(Box::new(module::Slot::new(uri, pin)), whereabouts(uri), public)
}

/// For people: which token, which key.
fn whereabouts(uri: &Uri) -> Arc<str> {
    let token = uri.token().or(uri.serial()).unwrap_or_default();
    let key = uri.object().map_or_else(|| hex::encode(uri.id().unwrap_or_default()), str::to_owned);
    format!("on token «{token}», key «{key}»").into()
}
