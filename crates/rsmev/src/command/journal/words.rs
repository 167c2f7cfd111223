//! The words of `rsmev journal list|show|trace|export|case|verify`. What they mean is in the files of those names.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::cli::Places;
use crate::edge;
use crate::span::Since;

/// Which records.
#[derive(Args, Clone, Debug)]
pub(crate) struct Filter {
    /// Only this store (code of a participant, or _node)
    #[arg(long, value_name = "STORE")]
    pub(crate) store: Option<String>,
    /// From so long ago, or from then on: 7d, 36h, a day, a moment (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub(crate) since: Option<Timestamp>,
    /// Before this moment (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Timestamp>,
    /// Mnemonic of the sender
    #[arg(long, value_name = "MNEMONIC")]
    pub(crate) sender: Option<String>,
    /// Code of the agency that spoke through the sender's system, where several have one key
    #[arg(long, value_name = "CODE")]
    pub(crate) agency: Option<String>,
    /// Mnemonic of the recipient
    #[arg(long, value_name = "MNEMONIC")]
    pub(crate) recipient: Option<String>,
    /// Service
    #[arg(long, value_name = "SID")]
    pub(crate) service: Option<String>,
    /// Operation: local name of the first element of Body
    #[arg(long, value_name = "NAME")]
    pub(crate) operation: Option<String>,
    /// Status of the message: REQUEST, RESULT, PING, …
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<String>,
    /// Step: accepted, answered, failed or refused; audited for looks at the evidence
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// SMEV code, such as SMEV-100012
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// Any identifier: exchange, MessageId, reference, case number
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// MessageId of the message, given by this bus or by another node
    #[arg(long, value_name = "ID")]
    pub(crate) message_id: Option<String>,
    /// RequestIdRef of the message
    #[arg(long, value_name = "ID")]
    pub(crate) request_id_ref: Option<String>,
    /// OriginRequestIdRef of the message
    #[arg(long, value_name = "ID")]
    pub(crate) origin_request_id_ref: Option<String>,
    /// CaseNumber of the message
    #[arg(long, value_name = "NUMBER")]
    pub(crate) case: Option<String>,
    /// ServiceCode of the message: the public service
    #[arg(long, value_name = "CODE")]
    pub(crate) service_code: Option<String>,
    /// Value of a business key of the registry; personal values are compared by digest
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) key: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// Only the newest so many of them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) limit: Option<u32>,
    #[command(flatten)]
    pub(crate) places: Places,
    /// Print JSON, one record a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// A record, as `list` names it (SOCZ/2026-11/42), or an exchange
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// Print the octets of one message and nothing else: received, forwarded or fault
    #[arg(long, value_name = "ROLE", conflicts_with_all = ["pretty", "headers", "json"])]
    pub(crate) raw: Option<String>,
    /// Print one message indented for reading (not the octets that were signed): received, forwarded or fault
    #[arg(long, value_name = "ROLE", conflicts_with_all = ["headers", "json"])]
    pub(crate) pretty: Option<String>,
    /// Print the header alone, as JSON
    #[arg(long, conflicts_with = "json")]
    pub(crate) headers: bool,
    /// Why the message is looked at; goes on record. Needed for --raw and --pretty
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) places: Places,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Trace {
    /// Exchange, MessageId, reference or case number
    #[arg(value_name = "ID", required_unless_present = "key", conflicts_with = "key")]
    pub(crate) id: Option<String>,
    /// Value of a business key of the registry, in place of an ID
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) key: Option<String>,
    /// List the records in place of the story
    #[arg(long)]
    pub(crate) records: bool,
    #[command(flatten)]
    pub(crate) places: Places,
    /// Print JSON; with --records one record a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A JSON object a line, as `list --json` prints it
    Jsonl,
    /// A table for spreadsheets (RFC 4180, UTF-8); cells that look like formulas get an apostrophe
    Csv,
}

#[derive(Args, Debug)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// Form of the export
    #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
    pub(crate) format: Format,
    /// Begin a CSV with a byte order mark, for spreadsheets that do not guess UTF-8
    #[arg(long)]
    pub(crate) bom: bool,
    /// Add the messages, in base64 (jsonl only)
    #[arg(long)]
    pub(crate) bodies: bool,
    /// Why it is exported; goes on record. Needed for --bodies
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Write to this file, which appears when it is whole; otherwise to stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) places: Places,
}

#[derive(Args, Debug)]
pub(crate) struct Case {
    /// Exchange, MessageId, reference or case number
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// The case file to write, a zip
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Why it is made; goes on record and into the case file
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) places: Places,
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// A case file, or a directory: a journal, or a copy of one agency's directory, class or month
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// Checkpoints that somebody else kept (a file of them, as in checkpoints.txt)
    #[arg(long, value_name = "FILE")]
    pub(crate) witness: Vec<PathBuf>,
    /// Certificate of the node (PEM or DER) that signed; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) node_certificate: Vec<PathBuf>,
    /// Take the node's certificate from this registry
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Only this store
    #[arg(long, value_name = "STORE")]
    pub(crate) store: Option<String>,
    /// Only this month
    #[arg(long, value_name = "YYYY-MM")]
    pub(crate) month: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A beginning as all commands take it, counted back from now.
fn since(text: &str) -> Result<Timestamp, String> {
    text.parse::<Since>().map(|since| since.from(edge::now()))
}
