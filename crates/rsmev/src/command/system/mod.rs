//! `rsmev system`: information systems of the registry, how far each has come, and what the operator does to them day by day.
//! `standing` tells how far from real traffic, `view` what is known of one; certificates are changed by `rsmev cert`.

mod change;
mod list;
mod show;
pub(crate) mod standing;
pub(crate) mod view;

pub(crate) use change::elsewhere;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use crate::amend;
use crate::cli::Places;
use crate::failure::Failure;

/// How far back real traffic is looked for.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Since {
    /// Look for traffic of so many days
    #[arg(long, value_name = "DAYS", default_value = "90d", value_parser = crate::command::cert::days)]
    pub(crate) since: i64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum System {
    /// List the systems with how far each has come: connected, tested, in use
    #[command(after_help = "Example:\n  rsmev system list --participant SOCZ")]
    List {
        /// Only those of this participant
        #[arg(long, value_name = "CODE")]
        participant: Option<String>,
        #[command(flatten)]
        since: Since,
        #[command(flatten)]
        places: Places,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell everything about one: certificates, traffic, services, rights
    #[command(after_help = "Example:\n  rsmev system show SOCZ01641")]
    Show {
        /// Its mnemonic
        #[arg(value_name = "SYSTEM")]
        system: String,
        #[command(flatten)]
        since: Since,
        #[command(flatten)]
        places: Places,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Register a system that signs for itself, with its first certificate
    ///
    /// A system for which the bus signs (signature = "hosted") is written by hand: it needs a key and a token.
    #[command(
        after_help = "Example:\n  rsmev system add SOCZ02641 --participant SOCZ --certificate socz2.pem --reason \"заявка 31\""
    )]
    Add(Add),
    /// Change name, codes or agencies of a system
    #[command(after_help = "Example:\n  rsmev system set SOCZ01641 --name \"АИС «Соцзащита»\" --add-code SOC1")]
    Set(Set),
    /// Stop a system: its messages are refused, and none are brought to it
    #[command(
        mut_arg("reason", |reason| reason.required(true).help("Why; stands in the registry and goes on record")),
        after_help = "Example:\n  rsmev system suspend SOCZ01641 --reason \"утрата ключа, письмо 14\" --reload"
    )]
    Suspend(One),
    /// Let a suspended system work again
    #[command(after_help = "Example:\n  rsmev system resume SOCZ01641 --reason \"новый ключ\" --reload")]
    Resume(One),
}

/// A new system.
#[derive(Args, Debug)]
pub(crate) struct Add {
    /// Its mnemonic
    #[arg(value_name = "SYSTEM")]
    system: String,
    /// The participant it belongs to
    #[arg(long, value_name = "CODE")]
    participant: String,
    /// Its certificate (ЭП-ОВ), PEM or DER
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// Name for people
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Another text that it may write into Sender/Code; may be given several times
    #[arg(long = "code", value_name = "TEXT")]
    codes: Vec<String>,
    /// A participant that speaks through it too; may be given several times
    #[arg(long = "agency", value_name = "CODE")]
    agencies: Vec<String>,
    #[command(flatten)]
    amend: amend::Words,
}

/// What changes in a system.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("what").required(true).multiple(true)
    .args(["name", "add_code", "remove_code", "add_agency", "remove_agency"])))]
pub(crate) struct Set {
    /// Its mnemonic
    #[arg(value_name = "SYSTEM")]
    system: String,
    /// Name for people
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// One more text that it may write into Sender/Code
    #[arg(long, value_name = "TEXT")]
    add_code: Vec<String>,
    /// A text that it may not write there any more
    #[arg(long, value_name = "TEXT")]
    remove_code: Vec<String>,
    /// One more participant that speaks through it
    #[arg(long, value_name = "CODE")]
    add_agency: Vec<String>,
    /// A participant that speaks through it no more
    #[arg(long, value_name = "CODE")]
    remove_agency: Vec<String>,
    #[command(flatten)]
    amend: amend::Words,
}

/// One system, changed as a whole.
#[derive(Args, Debug)]
pub(crate) struct One {
    /// Its mnemonic
    #[arg(value_name = "SYSTEM")]
    system: String,
    #[command(flatten)]
    amend: amend::Words,
}

pub(crate) fn run(words: System) -> Result<(), Failure> {
    match words {
        System::List { participant, since, places, json } => list::list(participant.as_deref(), since, &places, json),
        System::Show { system, since, places, json } => show::show(&system, since, &places, json),
        System::Add(words) => change::add(&words),
        System::Set(words) => change::set(&words),
        System::Suspend(words) => change::suspend(&words),
        System::Resume(words) => change::resume(&words),
    }
}
