//! stdout for data, stderr for talk. A reader that went away ends the program quietly.

use std::io::{self, Write as _};

use serde::Serialize;

use crate::failure::Failure;

/// Octets to stdout as they are.
pub(crate) fn octets(octets: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(octets).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::system("write to stdout", error)),
    }
}

/// A line to stdout.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    octets(format!("{text}\n").as_bytes())
}

/// JSON to stdout, indented.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    line(&serde_json::to_string_pretty(value).map_err(|error| Failure::system("write JSON", error))?)
}

/// JSON to stdout, one line.
pub(crate) fn json_line(value: &impl Serialize) -> Result<(), Failure> {
    line(&serde_json::to_string(value).map_err(|error| Failure::system("write JSON", error))?)
}

/// Talk to stderr; nobody may be listening, and that is all right.
pub(crate) fn talk(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
