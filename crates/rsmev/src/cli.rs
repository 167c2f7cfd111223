//! The words of the command line. What they mean is in `command`.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use jiff::Timestamp;

use crate::language::Language;

/// The regional SMEV bus.
#[derive(Debug, Parser)]
#[command(name = "rsmev", version, about = "Regional SMEV integration bus (региональная СМЭВ)", long_about = None,
    after_help = "Example:\n  rsmev check\n  rsmev serve\n  rsmev participant show SOCZ")]
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
    #[command(after_help = "Example:\n  rsmev serve --config /etc/rsmev/routes.toml")]
    Serve(Places),
    /// Load everything that `serve` would and tell every problem
    #[command(after_help = "Example:\n  rsmev check\n  rsmev check --beside ../production/routes.toml")]
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
    #[command(after_help = "Example:\n  rsmev explain message.xml --service SID0003245")]
    Explain(Explain),
    /// Participants, their contacts and officers
    #[command(subcommand)]
    Participant(crate::command::participant::Participant),
    /// Information systems: how far each has come, and what is done to them
    #[command(subcommand)]
    System(crate::command::system::System),
    /// Services: packages, stages, versions, who uses them, and how their messages are routed
    #[command(subcommand)]
    Service(crate::command::service::Service),
    /// Schemas of services: what changed and what breaks
    #[command(subcommand)]
    Schema(crate::command::schema::Schema),
    /// Applications for access, and the access matrix
    #[command(subcommand)]
    Access(crate::command::access::Access),
    /// States of the registry: what it has been, what differs, how it is changed as a whole
    #[command(subcommand)]
    Registry(crate::command::registry::Registry),
    /// Certificates: what ends when, and how they are changed
    #[command(subcommand)]
    Cert(crate::command::cert::Cert),
    /// Private keys: make, encrypt, look at
    #[command(subcommand)]
    Key(crate::command::key::Key),
    /// The production calendar, by which due dates are counted
    #[command(subcommand)]
    Calendar(crate::command::calendar::Calendar),
    /// The register of needs (ТКМВ): who needs which information for which public service
    #[command(subcommand)]
    Tkmv(crate::command::tkmv::Tkmv),
    /// Figures of a week or a month: exchanges, times, faults; by agency, service or consumer
    #[command(after_help = "Example: rsmev report --month 2026-11 --by service --format csv --out november.csv")]
    Report(crate::command::report::Words),
    /// Read the evidence
    #[command(subcommand)]
    Journal(Journal),
    /// Verify or make signatures of messages
    #[command(subcommand)]
    Signature(Signature),
    /// Ask a running bus for its state
    #[command(after_help = "Example:\n  rsmev status --json")]
    Status {
        #[command(flatten)]
        config: Config,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Let a running bus load its registry anew
    #[command(after_help = "Example:\n  rsmev reload")]
    Reload {
        #[command(flatten)]
        config: Config,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the completion script of a shell
    #[command(
        after_help = "Example:\n  rsmev completions bash\n\nbash: rsmev completions bash > /etc/bash_completion.d/rsmev"
    )]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write the manual, one page a command
    #[command(after_help = "Example:\n  rsmev man /usr/local/share/man/man1")]
    Man {
        /// Where to; made when it is not there
        #[arg(value_name = "DIR")]
        directory: PathBuf,
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
    /// Decide with the recorded state of the registry that was in force at this moment (RFC 3339), or that has these digits of a
    /// digest; also as of that moment, unless --at says otherwise
    #[arg(long, value_name = "TIME|DIGEST")]
    pub(crate) as_of: Option<String>,
    /// The journal's directory, for --as-of, when it is not the one of [journal] in the registry
    #[arg(long, value_name = "DIR", requires = "as_of")]
    pub(crate) data: Option<PathBuf>,
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
    #[command(
        after_help = "Example:\n  rsmev signature verify message.xml\n  rsmev signature verify --no-trust --json message.xml"
    )]
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
    #[command(after_help = "Example:\n  rsmev signature explain message.xml --octets canonical --lang ru")]
    Explain(crate::command::signature::words::Explain),
    /// Sign the Body of a message as its sender (ЭП-ОВ) and print the signed message
    #[command(after_help = "Example:\n  rsmev signature sign draft.xml --certificate socz.pem --key socz.key.pem")]
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
    #[command(after_help = "Example:\n  rsmev journal list --sender SOCZ01641 --since 2026-11-01T00:00:00Z --limit 20")]
    List(Box<crate::command::journal::List>),
    /// Show one record, or all records of one exchange
    #[command(after_help = "Example:\n  rsmev journal show SOCZ/2026-11/17 --reason \"обращение 5\"")]
    Show(crate::command::journal::Show),
    /// Tell the story of a message: request, answer, polls, and who must act now
    #[command(after_help = "Example:\n  rsmev journal trace --key case=64-2026-0017 --lang ru")]
    Trace(crate::command::journal::Trace),
    /// Write records out for auditors, as JSON Lines or CSV
    #[command(
        after_help = "Example:\n  rsmev journal export --store SOCZ --format csv --out november.csv --reason \"проверка 12\""
    )]
    Export(Box<crate::command::journal::Export>),
    /// Write a case file: one zip with everything that proves what happened, checked by `verify` without the bus
    #[command(
        after_help = "Example:\n  rsmev journal case 3e8aa056-1c9f-4d02-9c1e-5a0b7f1d2e33 --out case.zip --reason \"запрос суда\""
    )]
    Case(crate::command::journal::Case),
    /// Check a journal, a copy of it or a case file against what the node signed, also on another machine
    #[command(after_help = "Example:\n  rsmev journal verify case.zip --node-certificate node.pem")]
    Verify(crate::command::journal::Verify),
    /// Check every record, and that accepted = answered + pending + failed
    #[command(after_help = "Example:\n  rsmev journal audit")]
    Audit {
        #[command(flatten)]
        places: Places,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print what the node has signed for, to be kept on paper or by a witness
    #[command(after_help = "Example:\n  rsmev journal head --store SOCZ")]
    Head(crate::command::journal::Head),
    /// Seal the months that are over
    #[command(after_help = "Example:\n  rsmev journal seal")]
    Seal(crate::command::journal::Seal),
    /// Set a legal hold: nothing that it covers is removed
    #[command(
        after_help = "Example:\n  rsmev journal hold --agency SOCZ --from 2026-01 --to 2026-03 --reason \"дело А57-1/2026\""
    )]
    Hold(crate::command::journal::SetHold),
    /// List the legal holds
    #[command(after_help = "Example:\n  rsmev journal holds")]
    Holds(crate::command::journal::Holds),
    /// Lift a legal hold
    #[command(after_help = "Example:\n  rsmev journal release 3 --reason \"дело закрыто\"")]
    Release(crate::command::journal::Release),
    /// Remove sealed months whose term is over, leaving a signed report of each
    #[command(after_help = "Example:\n  rsmev journal purge --dry-run")]
    Purge(crate::command::journal::Purge),
    /// Throw the indexes away and build them anew from the segments (the bus must be stopped)
    #[command(after_help = "Example:\n  rsmev journal rebuild")]
    Rebuild {
        #[command(flatten)]
        places: Places,
    },
}

/// All words; a group of commands shows the example of its first one.
pub(crate) fn command() -> clap::Command {
    shown(Cli::command())
}

fn shown(command: clap::Command) -> clap::Command {
    if !command.has_subcommands() {
        return command;
    }
    let command = command.mut_subcommands(shown);
    let first = command.get_subcommands().next().and_then(clap::Command::get_after_help).map(ToString::to_string);
    match (command.get_after_help(), first) {
        (None, Some(example)) => command.after_help(example),
        _ => command,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of an example line, quotes taken off.
    fn words(line: &str) -> Vec<String> {
        let mut words = Vec::new();
        for (at, part) in line.split(['"', '\'']).enumerate() {
            if at % 2 == 0 {
                words.extend(part.split_whitespace().map(str::to_owned));
            } else {
                words.push(part.to_owned());
            }
        }
        words
    }

    fn leaves(command: &clap::Command, path: &str, found: &mut Vec<(String, String)>) {
        let own = format!("{path} {}", command.get_name()).trim().to_owned();
        for one in command.get_subcommands() {
            leaves(one, &own, found);
        }
        let help = command.get_after_help().or(command.get_after_long_help()).map(ToString::to_string);
        found.push((own, help.unwrap_or_default()));
    }

    #[test]
    fn every_command_shows_an_example_of_itself_that_works() {
        let mut found = Vec::new();
        leaves(&command(), "", &mut found);
        assert!(found.len() > 40);
        for (command, help) in found {
            let help = help.replace("Examples:", "Example:");
            let example = help.split("Example:").nth(1).unwrap_or_else(|| panic!("{command} has no example"));
            let lines: Vec<_> = example.lines().map(str::trim).skip_while(|line| line.is_empty()).collect();
            let lines: Vec<_> = lines.into_iter().take_while(|line| !line.is_empty()).collect();
            assert!(!lines.is_empty(), "{command} has no example");
            for line in lines {
                assert!(line.starts_with(&command), "{line:?} is no example of {command}");
                if let Err(error) = Cli::try_parse_from(words(line)) {
                    panic!("{line}: {error}");
                }
            }
        }
    }

    #[test]
    fn the_words_fit_each_other() {
        command().debug_assert();
    }
}
