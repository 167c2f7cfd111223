//! `rsmev registry`: states of the registry as a whole. One file a verb; `side` is what two of them compare, `words` how a
//! difference is told.

mod diff;
mod history;
mod replace;
mod side;
mod sign;
mod words;

use std::path::PathBuf;

pub(crate) use self::side::find;

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
    /// Replace the registry by a draft: checked as a whole, shown, on record, made at once or not at all
    ///
    /// A draft is a directory laid out as the registry's, with its entry file. Keys and other files that it names and does not
    /// hold are those of the registry. Files that include would find and the draft does not have are removed; others stay.
    #[command(
        after_help = "Example: rsmev registry apply drafts/new --dry-run\nExample: rsmev registry apply drafts/new --reason \"заявки 17–23\" --reload"
    )]
    Apply(Apply),
    /// Bring back a recorded state
    ///
    /// Without a state: the one before the registry as it is on disk. Keys are not recorded: those of that state must be there.
    #[command(
        after_help = "Example: rsmev registry rollback --dry-run\nExample: rsmev registry rollback 3fa91c0b --reason \"откат: ошибка в заявке 17\" --reload"
    )]
    Rollback(Rollback),
    /// Sign rights and keys of a state as an officer of the operator
    ///
    /// Where `two_persons` of the table approval is set, the bus takes a registry only when two officers have signed its rights and keys. What
    /// is signed is shown first: all that differs from the state signed last. Without a state: the registry on disk.
    #[command(
        after_help = "Example: rsmev registry sign --certificate ivanov.pem --key ivanov.key.pem\nExample: rsmev registry sign drafts/new --certificate ivanov.pem --key ivanov.key.pem --dry-run"
    )]
    Sign(Sign),
}

/// Words of `registry sign`.
#[derive(Args, Debug)]
pub(crate) struct Sign {
    /// The state: a draft, digits of the digest of a recorded state, or disk
    #[arg(value_name = "STATE")]
    state: Option<String>,
    /// Certificate of the officer, PEM
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// Key of the officer, PKCS#8 PEM
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// File with the passphrase of the key
    #[arg(long, value_name = "FILE")]
    key_passphrase_file: Option<PathBuf>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Show what would be signed, and sign nothing
    #[arg(long)]
    dry_run: bool,
    /// Language of the report; by default that of the locale
    #[arg(long, value_enum)]
    lang: Option<Language>,
    #[command(flatten)]
    places: Places,
}

/// Words of `registry apply`.
#[derive(Args, Debug)]
pub(crate) struct Apply {
    /// The draft: its directory or its entry file
    #[arg(value_name = "DRAFT")]
    draft: PathBuf,
    /// Language of the report; by default that of the locale
    #[arg(long, value_enum)]
    lang: Option<Language>,
    #[command(flatten)]
    words: crate::amend::Words,
}

/// Words of `registry rollback`.
#[derive(Args, Debug)]
pub(crate) struct Rollback {
    /// The state: digits of its digest, or @ and a moment
    #[arg(value_name = "STATE")]
    state: Option<String>,
    /// Language of the report; by default that of the locale
    #[arg(long, value_enum)]
    lang: Option<Language>,
    #[command(flatten)]
    words: crate::amend::Words,
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
        Registry::Apply(words) => replace::apply(&words),
        Registry::Rollback(words) => replace::rollback(&words),
        Registry::Sign(words) => sign::sign(&words),
    }
}
