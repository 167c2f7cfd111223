//! The words of `rsmev signature explain`. What they mean is in `explain`.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The message: an envelope, a multipart body, or either behind a saved HTTP head
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Judge certificates as of this moment (RFC 3339), in place of now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
    /// The registry's entry file; by default routes.toml, if there is one
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Do not ask whose certificate it is, only whether the signature holds
    #[arg(long)]
    pub(crate) no_trust: bool,
    /// Content-Type of the message, when the file does not tell
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// Write the canonical octets of each reference and of SignedInfo into files of this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) octets: Option<PathBuf>,
    /// Print JSON, in both languages
    #[arg(long)]
    pub(crate) json: bool,
}
