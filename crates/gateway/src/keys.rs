//! Private keys of the registry made ready: from files here, from tokens through [`Tokens`].

use domain::TokenUri;
use domain::registry::{KeyRef, KeySource};
use pki::{Passphrase, PemProblem, PrivateKey, PublicKey};

use crate::Unusable;

/// The way to tokens: a device, so it comes in from outside.
pub trait Tokens {
    /// The key of that URI, which must belong to `public`; `pin` when the registry names one.
    ///
    /// # Errors
    /// What keeps it from being used.
    fn open(&self, uri: &TokenUri, pin: Option<&Passphrase>, public: &PublicKey) -> Result<PrivateKey, TokenProblem>;
}

/// What keeps a key on a token from being used. For the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct TokenProblem {
    /// What is wrong.
    pub what: String,
    /// The next step.
    pub hint: String,
}

/// For those who have no tokens: every key on one is refused.
#[derive(Debug, Clone, Copy)]
pub struct NoTokens;

impl Tokens for NoTokens {
    fn open(&self, _: &TokenUri, _: Option<&Passphrase>, _: &PublicKey) -> Result<PrivateKey, TokenProblem> {
        Err(TokenProblem { what: "tokens are not reached from here".to_owned(), hint: "use a key file".to_owned() })
    }
}

/// Opens the private key of a certificate whose public key is `public`.
///
/// # Errors
/// [`Unusable::Key`], [`Unusable::Passphrase`] or [`Unusable::Token`], naming file or URI.
pub fn open_key(key: &KeyRef, public: &PublicKey, tokens: &dyn Tokens) -> Result<PrivateKey, Unusable> {
    match &key.source {
        KeySource::File(file) => {
            let passphrase = key.passphrase.as_ref().map(read_secret).transpose()?;
            PrivateKey::from_pem(file.octets(), passphrase.as_ref()).map_err(|source| unusable(key, source))
        }
        KeySource::Token { uri, pin } => {
            let pin = pin.as_ref().map(read_secret).transpose()?;
            tokens.open(uri, pin.as_ref(), public).map_err(|problem| Unusable::Token { uri: uri.to_string(), problem })
        }
    }
}

fn read_secret(file: &domain::registry::SecretFile) -> Result<Passphrase, Unusable> {
    Passphrase::from_file(file.octets())
        .map_err(|source| Unusable::Passphrase { path: file.path.display().to_string(), source })
}

/// A key that cannot be read or does not fit its certificate, with the step that helps.
pub(crate) fn unusable(key: &KeyRef, source: pki::Error) -> Unusable {
    use pki::Error as E;
    let hint = match &source {
        E::Pem { problem: PemProblem::Encrypted, .. } => "add a line: key_passphrase_file = \"…\"",
        E::NotEncrypted => {
            "take key_passphrase_file out, or encrypt the key: rsmev key encrypt FILE --passphrase-file …"
        }
        E::WrongPassphrase => "see whether key and key_passphrase_file belong together",
        E::UnusableEncryption { .. } => "openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 600000",
        _ => "the file must hold the PKCS#8 key of the certificate beside it",
    };
    Unusable::Key { path: key.to_string(), source, hint }
}
