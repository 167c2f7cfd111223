//! `rsmev cert`: certificates of the registry, their ends and their change. One file a verb; what several verbs need lies
//! beside them: `checks` (may it be registered?), `place` (where its file goes), `bus` (words with the running bus).

mod add;
mod back;
pub(crate) mod board;
mod bus;
mod change;
pub(crate) mod checks;
mod example;
mod list;
mod pair;
pub(crate) mod place;
mod record;
mod rehearsal;
mod retire;
mod rotate;
mod show;
mod usage;

pub(crate) use bus::reload_or_tell;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use domain::Mnemonic;
use domain::registry::System;
use gateway::Snapshot;
use jiff::Timestamp;

pub(crate) use self::checks::certificate as certificate_of;
pub(crate) use self::rehearsal::{Answered, Courier, Outcome, Speaker};
use crate::cli::{Config, Places};
use crate::failure::Failure;
use crate::names;
use crate::registry_edit::text::Row;

#[derive(Debug, Subcommand)]
pub(crate) enum Cert {
    /// What ends when: every certificate of the registry, the nearest end first
    ///
    /// Exit code 1 when a certificate without a successor ends within the days of --within (30), or has ended.
    #[command(after_help = "Example:\n  rsmev cert list --within 60d")]
    List {
        /// Only what ends within so many days; also the line for exit code 1
        #[arg(long, value_name = "DAYS", value_parser = days)]
        within: Option<i64>,
        /// As of this moment (RFC 3339), in place of now
        #[arg(long, value_name = "TIME")]
        at: Option<Timestamp>,
        #[command(flatten)]
        config: Config,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a certificate apart: names field by field, key, usage, revocation lists, path
    #[command(after_help = "Example:\n  rsmev cert show SOCZ01641")]
    Show {
        /// A file, the mnemonic of a system, "node", or the first digits of a fingerprint or serial number
        #[arg(value_name = "FILE|MNEMONIC|FINGERPRINT")]
        what: String,
        /// Judge as of this moment (RFC 3339), in place of now
        #[arg(long, value_name = "TIME")]
        at: Option<Timestamp>,
        #[command(flatten)]
        config: Config,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Register one more certificate of a system, beside those it has
    #[command(after_help = "Example:\n  rsmev cert add SOCZ01641 socz-2027.pem --reload")]
    Add {
        /// Mnemonic of the system
        #[arg(value_name = "SYSTEM", value_parser = mnemonic)]
        system: Mnemonic,
        /// The certificate, PEM or DER
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// On trial: for messages with TestMsg only
        #[arg(long)]
        trial: bool,
        /// Let the running bus load the registry
        #[arg(long)]
        reload: bool,
        #[command(flatten)]
        config: Config,
    },
    /// Change the certificate of a system or of the node: rehearse, switch, try, roll back when it fails
    #[command(
        after_help = "Example:\n  rsmev cert rotate SOCZ01641 --certificate socz-2027.pem --key socz-2027.key.pem\n\n\"last seen\" beside a service: the last message of the system in 90 days of the journal. \
                            Tests count too, those of rehearsals among them."
    )]
    Rotate(Rotate),
    /// Take a certificate of a system out of the registry; its file stays, old evidence needs it
    #[command(after_help = "Example:\n  rsmev cert retire SOCZ01641 3fa9c1d2 --reload")]
    Retire {
        /// Mnemonic of the system
        #[arg(value_name = "SYSTEM", value_parser = mnemonic)]
        system: Mnemonic,
        /// The first digits of its fingerprint or serial number, at least 8
        #[arg(value_name = "FINGERPRINT|SERIAL")]
        which: String,
        /// Even when no other certificate of the system is in force
        #[arg(long)]
        force: bool,
        /// Let the running bus load the registry
        #[arg(long)]
        reload: bool,
        #[command(flatten)]
        config: Config,
    },
}

/// Words of `cert rotate`.
#[derive(Args, Debug)]
pub(crate) struct Rotate {
    /// Mnemonic of the system, or "node"
    #[arg(value_name = "SYSTEM|node")]
    subject: String,
    /// The new certificate, PEM or DER
    #[arg(long, value_name = "FILE", required_unless_present = "rollback")]
    certificate: Option<PathBuf>,
    /// Its key: PKCS#8 PEM, or for the node and hosted systems a pkcs11: address
    #[arg(long, value_name = "FILE|URI", required_unless_present = "rollback")]
    key: Option<String>,
    /// File with the passphrase of the key
    #[arg(long, value_name = "FILE", requires = "key")]
    key_passphrase_file: Option<PathBuf>,
    /// Rehearse only; the registry is afterwards what it was before
    #[arg(long, conflicts_with = "rollback")]
    dry_run: bool,
    /// Put back what the last rotation replaced
    #[arg(long, conflicts_with_all = ["certificate", "key"])]
    rollback: bool,
    /// A service that is not to be tried; may be given several times
    #[arg(long, value_name = "SID")]
    skip: Vec<String>,
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    places: Places,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How control examples reach the bus.
#[derive(Args, Clone, Debug)]
pub(crate) struct Reach {
    /// Address of the bus, when it is not where the registry says
    #[arg(long, visible_alias = "to", value_name = "URL")]
    bus: Option<String>,
    /// Authorities of the bus's TLS certificate, PEM
    #[arg(long, value_name = "FILE")]
    bus_ca: Option<PathBuf>,
    /// Client certificate for the bus, PEM
    #[arg(long, value_name = "FILE", requires_all = ["bus_ca", "bus_client_key"])]
    bus_client_certificate: Option<PathBuf>,
    /// Its key, PEM
    #[arg(long, value_name = "FILE", requires = "bus_client_certificate")]
    bus_client_key: Option<PathBuf>,
}

pub(crate) fn run(words: Cert) -> Result<(), Failure> {
    match words {
        Cert::List { within, at, config, json } => list::list(&config.config, within, at, json),
        Cert::Show { what, at, config, json } => show::show(&what, &config.config, at, json),
        Cert::Add { system, file, trial, reload, config } => {
            add::add(&add::Words { system, file, trial, reload }, &config.config)
        }
        Cert::Rotate(words) => rotate::run(&words),
        Cert::Retire { system, which, force, reload, config } => {
            retire::retire(&retire::Words { system, which, force, reload }, &config.config)
        }
    }
}

/// `60d` or `60`.
pub(crate) fn days(text: &str) -> Result<i64, String> {
    let figures = text.strip_suffix('d').unwrap_or(text);
    match figures.parse() {
        Ok(days @ 0..=36_500) => Ok(days),
        _ => Err("a number of days, such as 60d".to_owned()),
    }
}

fn mnemonic(text: &str) -> Result<Mnemonic, domain::NameError> {
    Mnemonic::new(text)
}

/// The row of a system in its file.
fn row_of(system: &System) -> Row<'_> {
    Row::Entry { table: "system", key: "mnemonic", value: system.mnemonic.as_str() }
}

/// The system of that mnemonic.
fn system_of<'s>(snapshot: &'s Snapshot, mnemonic: &Mnemonic) -> Result<&'s System, Failure> {
    names::system(snapshot.registry(), mnemonic.as_str())
}

/// The last step of a path, for people.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
