//! Why the stand could not do what it was asked: wrong use, files, keys, the wire. It does not describe refusals of
//! the bus: those are results ([`crate::Exchange`], [`crate::Refusal`]).

use std::io;
use std::path::{Path, PathBuf};

/// What went wrong in the stand itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The directory already holds a region and `force` was not given.
    #[error("{} already holds a region (routes.toml is there)", directory.display())]
    AlreadyThere {
        /// The directory asked for.
        directory: PathBuf,
    },
    /// A file of the region could not be read or written.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// `read`, `write`, `create`, `parse`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// `region.json` is not what this version of the stand writes.
    #[error("{} is not a region description: {source}", path.display())]
    RegionFile {
        /// The file.
        path: PathBuf,
        /// Line, column and reason.
        source: serde_json::Error,
    },
    /// `region.json` names no such system.
    #[error("the region has no system {mnemonic}")]
    UnknownSystem {
        /// The mnemonic asked for.
        mnemonic: String,
    },
    /// `region.json` names no such service.
    #[error("the region has no service {sid}")]
    UnknownService {
        /// The service asked for.
        sid: String,
    },
    /// The options contradict each other or lack something.
    #[error("{what}")]
    Options {
        /// What is missing or wrong, as a sentence.
        what: &'static str,
    },
    /// A name (of a kind, a behaviour) is not one of those allowed.
    #[error("unknown {what} `{given}`; allowed: {allowed}")]
    UnknownName {
        /// Kind of name.
        what: &'static str,
        /// What was given.
        given: String,
        /// What is allowed, comma separated.
        allowed: String,
    },
    /// The stand talks to this machine only.
    #[error("{address} is not a loopback address: the stand sends to this machine only")]
    NotLoopback {
        /// Address or URL refused.
        address: String,
    },
    /// A listener could not be opened.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Address.
        address: std::net::SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// No whole HTTP answer came.
    #[error("no answer from {url}: {what}")]
    NoAnswer {
        /// Where the message was posted.
        url: String,
        /// Connection refused, broken, too slow, too large.
        what: String,
    },
    /// Randomness is not to be had from the operating system.
    #[error("the operating system gives no randomness: {what}")]
    NoEntropy {
        /// Its reason.
        what: String,
    },
    /// A certificate or key of the region does not read, fit or issue.
    #[error("{what}: {source}")]
    Pki {
        /// Whose certificate or key, what was done.
        what: String,
        /// Reason.
        source: pki::Error,
    },
    /// A signature could not be made over a message of the stand.
    #[error("cannot sign: {0}")]
    Sign(#[from] xmldsig::Error),
    /// A message could not be read or sealed.
    #[error("{what}: {source}")]
    Envelope {
        /// Which message, at which step.
        what: &'static str,
        /// Reason.
        source: envelope::Error,
    },
    /// Progress could not be written to the caller's stream.
    #[error("cannot write progress: {0}")]
    Say(io::Error),
    /// A worker of the stand died.
    #[error("a task of the stand ended early: {what}")]
    Task {
        /// Which, why.
        what: String,
    },
}

impl Error {
    /// For `map_err`: names what was being done with which file.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::File { doing, path, source }
    }
}
