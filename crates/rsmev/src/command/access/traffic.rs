//! `rsmev access rehearse|review`: what traffic says about rights. Looks that change nothing.

use clap::Subcommand;

use super::{rehearse, review};
use crate::failure::Failure;

/// See the file.
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

pub(super) fn run(words: &Traffic) -> Result<(), Failure> {
    match words {
        Traffic::Rehearse(words) => rehearse::rehearse(words),
        Traffic::Review(words) => review::review(words),
    }
}
