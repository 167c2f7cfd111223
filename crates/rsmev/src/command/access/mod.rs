//! `rsmev access`: who may ask which service. One file a verb.

mod rehearse;
mod review;

use clap::Subcommand;

use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Access {
    #[command(flatten)]
    Traffic(Traffic),
}

/// What traffic says about rights: looks that change nothing.
#[derive(Debug, Subcommand)]
pub(crate) enum Traffic {
    /// Decide the exchanges of the last days again under another registry: what would be refused, pass, or go elsewhere
    ///
    /// Each is decided as if it came today. Exit code 1 when something would be refused that passed.
    #[command(after_help = "Example: rsmev access rehearse --since 7d --registry draft/routes.toml")]
    Rehearse(rehearse::Rehearse),
    /// What should be looked at: rights unused, ending or without an application, needs and refusals without a right, people
    /// whose time is over
    #[command(after_help = "Example: rsmev access review --days 90 --soon 30")]
    Review(review::Review),
}

impl Traffic {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        match self {
            Traffic::Rehearse(words) => rehearse::rehearse(words),
            Traffic::Review(words) => review::review(words),
        }
    }
}

pub(crate) fn run(words: &Access) -> Result<(), Failure> {
    match words {
        Access::Traffic(words) => words.run(),
    }
}
