//! The words of the command line. What they mean is in `command`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;

use crate::language::Language;

/// The regional SMEV bus.
#[derive(Debug, Parser)]
#[command(name = "rsmev", version, about = "Regional SMEV integration bus (региональная СМЭВ)", long_about = None)]
pub(crate) struct Cli {
    /// Language of what people read; by default that of LC_ALL, LC_MESSAGES or LANG
    #[arg(long, value_enum, value_name = "LANGUAGE", global = true)]
    pub(crate) lang: Option<Language>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the registry is.
#[derive(Args, Clone, Debug)]
pub(crate) struct Config {
    /// The registry's entry file
    #[arg(long, value_name = "FILE", default_value = "routes.toml")]
    pub(crate) config: PathBuf,
}

/// Where registry and journal are.
#[derive(Args, Clone, Debug)]
pub(crate) struct Places {
    #[command(flatten)]
    pub(crate) config: Config,
    /// The journal's directory, when it is not the one of [journal] in the registry
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the bus
    Serve(Places),
    /// Load everything that `serve` would and tell every problem
    Check {
        #[command(flatten)]
        config: Config,
        /// The registry of the other contour: the two may share neither keys nor journal
        #[arg(long, value_name = "FILE")]
        beside: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell what the bus would do with a message, and why
    Explain(Explain),
    /// Verify or make signatures of messages
    #[command(subcommand)]
    Signature(Signature),
    /// Read the evidence
    #[command(subcommand)]
    Journal(Journal),
    /// Applications for access, and the access matrix
    #[command(subcommand)]
    Access(crate::command::access::Access),
    /// The production calendar, by which due dates are counted
    #[command(subcommand)]
    Calendar(crate::command::calendar::Calendar),
    /// Certificates: what ends when, and how they are changed
    #[command(subcommand)]
    Cert(crate::command::cert::Cert),
    /// Private keys: make, encrypt, look at
    #[command(subcommand)]
    Key(crate::command::key::Key),
    /// Services: packages, stages, versions and who uses them
    #[command(subcommand)]
    Service(crate::command::service::Service),
    /// Schemas of services: what changed and what breaks
    #[command(subcommand)]
    Schema(crate::command::schema::Schema),
    /// States of the registry: what it has been, what differs, how it is changed as a whole
    #[command(subcommand)]
    Registry(crate::command::registry::Registry),
    /// Ask a running bus for its state
    Status {
        #[command(flatten)]
        config: Config,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Let a running bus load its registry anew
    Reload {
        #[command(flatten)]
        config: Config,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// A pretend region: agencies, portal, service centre and federal node
    #[command(subcommand)]
    Stand(crate::command::stand::Stand),
}

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The message: an envelope as it would be posted
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Service of the path; by default the one that Recipient/Code and the operation point to
    #[arg(long, value_name = "SID")]
    pub(crate) service: Option<String>,
    /// Version of the path
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<String>,
    /// Decide as of this moment (RFC 3339), in place of now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
    /// Language of the way taken and of the ways not taken; by default that of the locale
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) lang: Option<Language>,
    #[command(flatten)]
    pub(crate) config: Config,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Signature {
    /// Verify the signatures of messages
    Verify {
        /// Messages
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// Do not ask whose certificate it is, only whether the signature holds
        #[arg(long)]
        no_trust: bool,
        /// Judge certificates as of this moment (RFC 3339), in place of now
        #[arg(long, value_name = "TIME")]
        at: Option<Timestamp>,
        #[command(flatten)]
        config: Config,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell why a signature does not hold, and what to do
    Explain(crate::command::signature::words::Explain),
    /// Sign the Body of a message as its sender (ЭП-ОВ) and print the signed message
    Sign {
        /// The message, without a sender's signature
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Certificate of the system, PEM
        #[arg(long, value_name = "FILE")]
        certificate: PathBuf,
        /// Key of the system, PKCS#8 PEM
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// File with the passphrase of the key
        #[arg(long, value_name = "FILE")]
        key_passphrase_file: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Journal {
    /// List records, store by store, oldest first in each
    List(Box<crate::command::journal::List>),
    /// Show one record, or all records of one exchange
    Show(crate::command::journal::Show),
    /// Tell the story of a message: request, answer, polls, and who must act now
    Trace(crate::command::journal::Trace),
    /// Write records out for auditors, as JSON Lines or CSV
    Export(Box<crate::command::journal::Export>),
    /// Write a case file: one zip with everything that proves what happened, checked by `verify` without the bus
    Case(crate::command::journal::Case),
    /// Check a journal, a copy of it or a case file against what the node signed, also on another machine
    Verify(crate::command::journal::Verify),
    /// Check every record, and that accepted = answered + pending + failed
    Audit {
        #[command(flatten)]
        places: Places,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print what the node has signed for, to be kept on paper or by a witness
    Head(crate::command::journal::Head),
    /// Seal the months that are over
    Seal(crate::command::journal::Seal),
    /// Set a legal hold: nothing that it covers is removed
    Hold(crate::command::journal::SetHold),
    /// List the legal holds
    Holds(crate::command::journal::Holds),
    /// Lift a legal hold
    Release(crate::command::journal::Release),
    /// Remove sealed months whose term is over, leaving a signed report of each
    Purge(crate::command::journal::Purge),
    /// Throw the indexes away and build them anew from the segments (the bus must be stopped)
    Rebuild {
        #[command(flatten)]
        places: Places,
    },
}
