//! `rsmev participant`: the bodies that take part, their contacts and the officers who sign decisions for them.

mod change;
mod contact;
mod list;
mod officer;
mod show;
mod view;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use jiff::civil::Date;

use crate::amend;
use crate::cli::{Config, Places};
use crate::command::system::Since;
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Participant {
    /// List the participants with how far each has come
    #[command(after_help = "Example:\n  rsmev participant list --kind regional")]
    List {
        /// Only those of this kind
        #[arg(long, value_enum)]
        kind: Option<Kind>,
        #[command(flatten)]
        since: Since,
        #[command(flatten)]
        places: Places,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell everything about one: contacts, agreement, systems, certificates, services, rights
    #[command(after_help = "Example:\n  rsmev participant show SOCZ")]
    Show {
        /// Its code
        #[arg(value_name = "CODE")]
        participant: String,
        #[command(flatten)]
        since: Since,
        #[command(flatten)]
        places: Places,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Register a participant
    #[command(
        after_help = "Example:\n  rsmev participant add LESH --name \"Министерство лесного хозяйства\" --kind regional \
                      --agreement 12-С --agreement-date 2026-01-15 --reason \"письмо 7\""
    )]
    Add(Add),
    /// Change name, kind or agreement of a participant
    #[command(after_help = "Example:\n  rsmev participant set SOCZ --agreement 12-С --agreement-date 2026-01-15")]
    Set(Set),
    /// Stop a participant: messages of all its systems are refused, and none are brought to them
    #[command(
        mut_arg("reason", |reason| reason.required(true).help("Why; stands in the registry and goes on record")),
        after_help = "Example:\n  rsmev participant suspend SOCZ --reason \"соглашение расторгнуто\" --reload"
    )]
    Suspend(One),
    /// Let a suspended participant take part again
    #[command(after_help = "Example:\n  rsmev participant resume SOCZ --reason \"новое соглашение\" --reload")]
    Resume(One),
    /// Contacts: who is rung, and who stands in
    #[command(subcommand)]
    Contact(Contact),
    /// Officers: whose signatures stand under decisions
    #[command(subcommand)]
    Officer(Officer),
}

/// Kinds of participants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Regional executive body (РОИВ)
    Regional,
    /// Municipal body (ОМСУ)
    Municipal,
    /// Federal body (ФОИВ)
    Federal,
    /// Portal of public services
    Portal,
    /// Service centre (МФЦ)
    Mfc,
    /// Another node of SMEV
    Node,
}

/// A new participant.
#[derive(Args, Debug)]
pub(crate) struct Add {
    /// Its code
    #[arg(value_name = "CODE")]
    participant: String,
    /// Name for people
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// What kind of body it is
    #[arg(long, value_enum)]
    kind: Kind,
    #[command(flatten)]
    agreement: Agreement,
    #[command(flatten)]
    amend: amend::Words,
}

/// The paper on which it takes part.
#[derive(Args, Debug)]
pub(crate) struct Agreement {
    /// Number of its agreement
    #[arg(long = "agreement", value_name = "NUMBER", requires = "agreement_date")]
    number: Option<String>,
    /// Date of its agreement
    #[arg(long = "agreement-date", id = "agreement_date", value_name = "DATE", requires = "number")]
    date: Option<Date>,
}

/// What changes in a participant.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(["name", "kind", "number"])))]
pub(crate) struct Set {
    /// Its code
    #[arg(value_name = "CODE")]
    participant: String,
    /// Name for people
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// What kind of body it is
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    #[command(flatten)]
    agreement: Agreement,
    #[command(flatten)]
    amend: amend::Words,
}

/// One participant, changed as a whole.
#[derive(Args, Debug)]
pub(crate) struct One {
    /// Its code
    #[arg(value_name = "CODE")]
    participant: String,
    #[command(flatten)]
    amend: amend::Words,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Contact {
    /// Add a contact of a participant
    #[command(
        after_help = "Example:\n  rsmev participant contact add SOCZ \"Иванова Анна\" --role technical --phone 22-17 \
                      --until 2027-06-30 --substitute \"Дежурный\""
    )]
    Add(AddContact),
    /// Remove a contact of a participant
    #[command(after_help = "Example:\n  rsmev participant contact remove SOCZ \"Иванова Анна\"")]
    Remove {
        /// Whose contact
        #[arg(value_name = "CODE")]
        participant: String,
        /// Name of the person or desk
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        amend: amend::Words,
    },
}

/// A new contact.
#[derive(Args, Debug)]
pub(crate) struct AddContact {
    /// Whose contact
    #[arg(value_name = "CODE")]
    participant: String,
    /// Name of the person or desk
    #[arg(value_name = "NAME")]
    name: String,
    /// What it answers for
    #[arg(long, value_enum)]
    role: Role,
    /// Telephone
    #[arg(long, value_name = "TEXT")]
    phone: Option<String>,
    /// E-mail
    #[arg(long, value_name = "TEXT")]
    email: Option<String>,
    /// Last day on which it is in charge
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Name of the contact of the same participant who stands in
    #[arg(long, value_name = "NAME")]
    substitute: Option<String>,
    #[command(flatten)]
    amend: amend::Words,
}

/// What contacts answer for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// The participant as a whole
    Head,
    /// Its systems: is rung when a message fails
    Technical,
    /// Keys and certificates
    Security,
    /// Access to its services
    Access,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Officer {
    /// List the officers with the ends of their powers and certificates
    #[command(after_help = "Example:\n  rsmev participant officer list")]
    List {
        #[command(flatten)]
        config: Config,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Name an officer: the holder of this certificate may sign decisions for a side
    #[command(
        after_help = "Example:\n  rsmev participant officer add \"Петров Пётр\" --side operator --certificate petrov.pem \
                      --until 2027-12-31 --reason \"приказ 5\""
    )]
    Add(AddOfficer),
    /// Take an officer out; one who has signed decisions stays with today as the last day, the certificate's file always
    #[command(after_help = "Example:\n  rsmev participant officer remove \"Петров Пётр\" --reason \"приказ 9\"")]
    Remove {
        /// Name of the person
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        amend: amend::Words,
    },
}

/// A new officer.
#[derive(Args, Debug)]
pub(crate) struct AddOfficer {
    /// Name of the person
    #[arg(value_name = "NAME")]
    name: String,
    /// For whom it decides: "operator", or the code of a participant
    #[arg(long, value_name = "operator|CODE")]
    side: String,
    /// Certificate of the person's key, PEM or DER
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// Last day on which it may sign
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    #[command(flatten)]
    amend: amend::Words,
}

pub(crate) fn run(words: Participant) -> Result<(), Failure> {
    match words {
        Participant::List { kind, since, places, json } => list::list(kind, since, &places, json),
        Participant::Show { participant, since, places, json } => show::show(&participant, since, &places, json),
        Participant::Add(words) => change::add(&words),
        Participant::Set(words) => change::set(&words),
        Participant::Suspend(words) => change::suspend(&words),
        Participant::Resume(words) => change::resume(&words),
        Participant::Contact(Contact::Add(words)) => contact::add(&words),
        Participant::Contact(Contact::Remove { participant, name, amend }) => {
            contact::remove(&participant, &name, &amend)
        }
        Participant::Officer(Officer::List { config, json }) => officer::list(&config.config, json),
        Participant::Officer(Officer::Add(words)) => officer::add(&words),
        Participant::Officer(Officer::Remove { name, amend }) => officer::remove(&name, &amend),
    }
}

/// The word by which the registry knows a value of the command line.
fn word(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
