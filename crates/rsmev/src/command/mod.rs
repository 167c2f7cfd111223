//! What the words of the command line mean: words become values here, the work is done by the crates below.

pub(crate) mod access;
mod admin;
pub(crate) mod calendar;
pub(crate) mod cert;
mod check;
mod explain;
pub(crate) mod journal;
pub(crate) mod key;
mod manual;
pub(crate) mod participant;
pub(crate) mod registry;
pub(crate) mod report;
pub(crate) mod schema;
pub(crate) mod service;
pub(crate) mod signature;
pub(crate) mod stand;
pub(crate) mod system;
pub(crate) mod tkmv;

use crate::cli::{Command, Places};
use crate::failure::Failure;
use crate::serve;

/// Does what was asked.
pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(places) => run_serve(places),
        Command::Check { config, beside, json } => check::check(&config.config, beside.as_deref(), json),
        Command::Explain(words) => explain::explain(&words),
        Command::Signature(words) => signature::run(words),
        Command::Journal(words) => journal::run(words),
        Command::Access(words) => access::run(words),
        Command::Calendar(words) => calendar::run(words),
        Command::Cert(words) => cert::run(words),
        Command::Key(words) => key::run(words),
        Command::Registry(words) => registry::run(words),
        Command::Service(words) => service::run(words),
        Command::Participant(words) => participant::run(words),
        Command::System(words) => system::run(words),
        Command::Tkmv(words) => tkmv::run(words),
        Command::Report(words) => report::run(&words),
        Command::Schema(words) => schema::run(words),
        Command::Status { config, json } => admin::status(&config.config, json),
        Command::Reload { config, json } => admin::reload(&config.config, json),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { directory } => manual::man(&directory),
        Command::Stand(words) => stand::run(words),
    }
}

fn run_serve(places: Places) -> Result<(), Failure> {
    log();
    serve::serve(&serve::Settings { config: places.config.config, data: places.data })
}

/// Structured logs on stderr, one JSON object a line; `RSMEV_LOG` sets the level (info).
pub(crate) fn log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("RSMEV_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
