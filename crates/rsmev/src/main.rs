//! The one binary: command line, listener, admin plane, assembly.
//!
//! stdout is data, stderr is talk. Exit codes: 0 done, 1 the answer is no, 2 usage, 3 unexpected. A reader of stdout that
//! goes away is no failure.

mod amend;
mod approvals;
mod case;
mod cli;
mod command;
mod edge;
mod failure;
mod history;
mod language;
mod looked;
mod names;
mod node_certificates;
mod notary;
mod print;
mod proposal;
mod registry_edit;
mod serve;
mod span;
mod status;
mod table;
mod terminal;
mod traffic;
mod whereabouts;

use std::process::ExitCode;

use clap::FromArgMatches as _;

fn main() -> ExitCode {
    // clap itself exits with 2 for words it does not know.
    let cli = cli::Cli::from_arg_matches(&cli::command().get_matches()).unwrap_or_else(|error| error.exit());
    language::Language::choose(cli.lang);
    match command::run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print::talk(&format!("{}: {failure}", language::told("ошибка", "error")));
            failure.code()
        }
    }
}
