//! `rsmev access`: who may ask which service, on which application, and how a right comes and goes. One file a verb or a
//! group of verbs; what they share: `shelf` (the case files), `desk` (how a decision is made), `hand` (who signs). What traffic says about rights
//! is `rehearse` and `review`.

mod decide;
mod desk;
mod hand;
mod list;
mod matrix;
mod page;
mod rehearse;
mod request;
mod review;
mod row;
mod shelf;
mod show;
mod tell;
mod traffic;
mod why;

use clap::{Args, Subcommand, ValueEnum};

use office::application::{Number, State};

use crate::amend;
use crate::cli::Config;
use crate::failure::Failure;

pub(crate) use shelf::{CALENDAR, calendar as stored_calendar, remarks};

#[derive(Debug, Subcommand)]
pub(crate) enum Access {
    /// File an application for access
    #[command(after_help = "Example: rsmev access request SOCZ01641 SID0003245 --purpose 'назначение пособий' \
                            --ground 'ст. 7 210-ФЗ' --volume 300 --until 2027-12-31")]
    Request(Box<request::Request>),
    /// List applications: where they stand, whose answer is due and until when
    ///
    /// Exit code 1 when a case file was tampered with.
    #[command(after_help = "Example: rsmev access list --overdue")]
    List(list::List),
    /// Show an application with everything that happened to it
    #[command(after_help = "Example: rsmev access show 2026-17")]
    Show {
        /// Number of the application
        #[arg(value_name = "NUMBER")]
        number: Number,
        #[command(flatten)]
        look: Look,
    },
    /// Tell whether a system may ask a service, by which row and application, and what is missing
    ///
    /// Exit code 1 when it may not.
    #[command(after_help = "Example: rsmev access why SOCZ01641 SID0003245 --at 2026-12-01T09:00:00Z")]
    Why(why::Why),
    /// The owner of the service agrees
    #[command(after_help = "Example: rsmev access consent 2026-17 --certificate officer.pem --key officer.key.pem")]
    Consent {
        /// Number of the application
        #[arg(value_name = "NUMBER")]
        number: Number,
        #[command(flatten)]
        hand: hand::Signing,
        #[command(flatten)]
        words: amend::Words,
    },
    /// The operator grants it: the row comes into the matrix
    ///
    /// Where two persons decide, the second approval completes it. What was interrupted is completed by the same command,
    /// without a signature.
    #[command(
        after_help = "Example: rsmev access approve 2026-17 --certificate officer.pem --key officer.key.pem --reload"
    )]
    Approve {
        /// Number of the application
        #[arg(value_name = "NUMBER")]
        number: Number,
        #[command(flatten)]
        hand: hand::Signing,
        #[command(flatten)]
        words: amend::Words,
    },
    /// The operator, or the owner who is asked for his consent, refuses
    #[command(after_help = "Example: rsmev access refuse 2026-17 --reason 'нет основания' --certificate officer.pem \
                            --key officer.key.pem")]
    Refuse {
        /// Number of the application
        #[arg(value_name = "NUMBER")]
        number: Number,
        #[command(flatten)]
        hand: hand::Signing,
        #[command(flatten)]
        words: amend::Words,
    },
    /// The operator takes a right back: the row goes out of the matrix, the case stays
    ///
    /// A row that came back with an old registry, or that has no case file, goes out by the same command without a signature.
    #[command(
        after_help = "Examples: rsmev access revoke 2026-17 --reason 'обращения прекращены' --certificate officer.pem \
                            --key officer.key.pem\n          rsmev access revoke SOCZ01641 SID0003245 --reason …"
    )]
    Revoke {
        /// Number of the application, or consumer and service
        #[arg(value_name = "NUMBER|CONSUMER SERVICE", num_args = 1..=2, required = true)]
        which: Vec<String>,
        #[command(flatten)]
        hand: hand::Signing,
        #[command(flatten)]
        words: amend::Words,
    },
    /// The applicant takes an application back that is not decided
    #[command(after_help = "Example: rsmev access withdraw 2026-17 --reason 'подана другая заявка'")]
    Withdraw {
        /// Number of the application
        #[arg(value_name = "NUMBER")]
        number: Number,
        #[command(flatten)]
        words: amend::Words,
    },
    /// Note that the last day of an application is over, and take its row out of the matrix
    #[command(after_help = "Example: rsmev access expire 2026-17")]
    Expire {
        /// Number of the application
        #[arg(value_name = "NUMBER")]
        number: Number,
        #[command(flatten)]
        words: amend::Words,
    },
    /// The whole matrix: consumers against services
    #[command(after_help = "Example: rsmev access matrix --format html --out matrix.html")]
    Matrix(matrix::Matrix),
    #[command(flatten)]
    Traffic(traffic::Traffic),
}

/// Words of every command that only looks.
#[derive(Args, Clone, Debug)]
pub(crate) struct Look {
    #[command(flatten)]
    pub(crate) config: Config,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A state of applications, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted(State);

impl std::str::FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = State::ALL.map(State::label);
        State::ALL.into_iter().find(|state| state.label() == text).map(Wanted).ok_or_else(|| known.join(", "))
    }
}

/// In which form a matrix is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For the terminal
    Table,
    /// For spreadsheets
    Csv,
    /// One page for a browser or the printer
    Html,
}

pub(crate) fn run(words: Access) -> Result<(), Failure> {
    match words {
        Access::Request(words) => request::request(&words),
        Access::List(words) => list::list(&words),
        Access::Show { number, look } => show::show(number, &look),
        Access::Why(words) => why::why(&words),
        Access::Consent { number, hand, words } => decide::consent(number, &hand, &words),
        Access::Approve { number, hand, words } => decide::approve(number, &hand, &words),
        Access::Refuse { number, hand, words } => decide::refuse(number, &hand, &words),
        Access::Revoke { which, hand, words } => decide::revoke(&which, &hand, &words),
        Access::Withdraw { number, words } => decide::withdraw(number, &words),
        Access::Expire { number, words } => decide::expire(number, &words),
        Access::Matrix(words) => matrix::matrix(&words),
        Access::Traffic(words) => traffic::run(&words),
    }
}
