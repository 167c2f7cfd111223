//! What can go wrong with a token, grouped by whose fault it is. Names modules, tokens and keys; never a PIN.

use std::path::PathBuf;

/// Why a key on a token cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // --- the operator's configuration
    /// The library cannot be loaded.
    #[error("the PKCS#11 module {path} cannot be loaded: {reason}", path = path.display())]
    Module {
        /// The library.
        path: PathBuf,
        /// What the system or the library says.
        reason: String,
    },
    /// No token that is present fits the URI.
    #[error("no such token; present: {present}")]
    NoToken {
        /// Labels of those that are.
        present: String,
    },
    /// Several tokens fit the URI.
    #[error("{count} tokens fit")]
    SeveralTokens {
        /// How many.
        count: usize,
    },
    /// No private key on the token fits the URI.
    #[error("the token has no such private key")]
    NoKey {
        /// Whether a PIN was presented: without it private keys are not seen.
        logged_in: bool,
    },
    /// Several private keys fit the URI.
    #[error("{count} private keys fit")]
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// The token refused the PIN.
    #[error("the token refuses the PIN")]
    WrongPin,
    /// The PIN is locked after too many wrong ones.
    #[error("the PIN is locked")]
    PinLocked,
    /// One more wrong PIN would lock the token: that try is left to a person.
    #[error("the token has one try of the PIN left, which is not used up here")]
    PinLastTry,
    /// Neither a certificate nor a readable public key stands beside the private one.
    #[error("the token does not show the public half of the key")]
    NoPublicKey,
    /// The token signs, but not for this public key in any known form.
    #[error("no signature of the token verifies with the public key expected ({tried} forms were tried)")]
    Foreign {
        /// Forms tried.
        tried: usize,
    },
    /// The token takes none of the mechanisms of the algorithm.
    #[error("the token takes no mechanism known for {algorithm}: {said}")]
    NoMechanism {
        /// Algorithm wanted.
        algorithm: pki::Algorithm,
        /// What it said to each.
        said: String,
    },
    /// The key or its certificate is of a kind the bus does not know.
    #[error(transparent)]
    Key(pki::Error),

    // --- the token
    /// All sessions stayed in use for too long.
    #[error("the token was busy for {seconds} seconds")]
    Busy {
        /// How long was waited.
        seconds: u64,
    },
    /// The token or its library refused a call.
    #[error("{call} gave {code}")]
    Device {
        /// The PKCS#11 function.
        call: String,
        /// The code it returned.
        code: String,
        /// What that means for the session.
        effect: Effect,
    },
}

/// What a return code means for those who go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// This mechanism or input is not for this key.
    OtherForm,
    /// The session or login is gone: a new one may do.
    SessionLost,
    /// The token is gone or broken.
    TokenLost,
    /// This call failed; nothing more is known.
    Failed,
}

impl Error {
    /// The next step.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Module { .. } => "module-path must name the PKCS#11 library of the token's maker, for this processor",
            Self::NoToken { .. } => {
                "plug the token in, see whether pcscd runs; `pkcs11-tool --module … -L` lists tokens"
            }
            Self::SeveralTokens { .. } => "add serial=… to the URI",
            Self::NoKey { logged_in: false } => "add pin-source=file:… to the URI: private keys show after login only",
            Self::NoKey { logged_in: true } => "`pkcs11-tool --module … --login -O` lists the keys with label and id",
            Self::SeveralKeys { .. } => "add id=%XX… to the URI",
            Self::WrongPin => "correct the PIN file before the next start or reload: a few wrong PINs lock the token",
            Self::PinLocked => "unlock the token with its administrator's PIN",
            Self::PinLastTry => "log in by hand with the right PIN once (`pkcs11-tool --login -O`), then start again",
            Self::NoPublicKey => "put the certificate onto the token, or name it beside the key",
            Self::Foreign { .. } => "see whether certificate and key belong together",
            Self::NoMechanism { .. } => "see docs/KEYS.md for the mechanisms tried",
            Self::Key(_) => "see docs/KEYS.md for the kinds of key",
            Self::Busy { .. } => "see whether the token is used by other programs, or too slow for the load",
            Self::Device { effect: Effect::TokenLost, .. } => "see whether the token is plugged in",
            Self::Device { .. } => "see the documentation of the token's maker",
        }
    }

    pub(crate) fn effect(&self) -> Effect {
        match self {
            Self::Device { effect, .. } => *effect,
            Self::NoToken { .. } => Effect::TokenLost,
            _ => Effect::Failed,
        }
    }

    /// Whether the PIN must not be presented again.
    pub(crate) fn is_about_the_pin(&self) -> bool {
        matches!(self, Self::WrongPin | Self::PinLocked | Self::PinLastTry)
    }
}
