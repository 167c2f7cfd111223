//! `rsmev registry`: states of the registry as a whole. One file a verb; `side` is what two of them compare, `words` how a
//! difference is told.

mod diff;
mod history;
mod side;
mod words;

use clap::{Args, Subcommand};

use crate::cli::Places;
use crate::failure::Failure;
use crate::language::Language;

#[derive(Debug, Subcommand)]
pub(crate) enum Registry {
    /// What the registry has been: states, who made them, when, why, and since when the bus works with them
    #[command(after_help = "Example: rsmev registry history")]
    History {
        #[command(flatten)]
        places: Places,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// What differs between two states, rights and keys first
    ///
    /// A state is named by digits of its digest, by @ and a moment, by the directory or entry file of a draft, or by the word
    /// disk. Without words: the state recorded last, and the disk.
    #[command(
        after_help = "Example: rsmev registry diff\nExample: rsmev registry diff 3fa91c0b @2026-11-27T10:00:00+03:00\nExample: rsmev registry diff disk drafts/new --text"
    )]
    Diff(Diff),
}

/// Words of `registry diff`.
#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// The state before; the one recorded last when not named
    #[arg(value_name = "A")]
    before: Option<String>,
    /// The state after; the disk when not named
    #[arg(value_name = "B")]
    after: Option<String>,
    /// Compare the texts of the files, line by line
    #[arg(long)]
    text: bool,
    /// Language of the report; by default that of the locale
    #[arg(long, value_enum)]
    lang: Option<Language>,
    #[command(flatten)]
    places: Places,
    /// Print JSON
    #[arg(long, conflicts_with = "text")]
    json: bool,
}

pub(crate) fn run(words: Registry) -> Result<(), Failure> {
    match words {
        Registry::History { places, json } => history::history(&places, json),
        Registry::Diff(words) => diff::diff(&words),
    }
}
