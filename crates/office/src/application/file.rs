//! The file of a case, read: `applications/2026-17.jsonl`. Octets in, a case or the line that is not right out.

use std::fmt;

use super::{Case, Number, Officer, Refusal, Rules};

/// The largest file read, in octets.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;

/// A line of a case that is not right: what was written there was not allowed, or was altered since.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Flaw {
    /// Name of the file.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub refusal: Refusal,
}

impl Flaw {
    /// A file that gave nothing to read: too large, no regular file, or closed to the reader. Its number stays taken.
    pub fn unread(number: Number, why: &str) -> Flaw {
        Flaw { file: number.file_name(), line: 1, refusal: Refusal::Unreadable { why: why.to_owned() } }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.refusal)
    }
}

impl Case {
    /// Reads the file of a case and checks every line of it, as it was to be checked when it was written.
    ///
    /// That lines are missing at its end does not show here: the registry's row, the audit journal and copies tell.
    pub fn read(number: Number, octets: &[u8], officers: &[Officer]) -> Result<Case, Flaw> {
        let flaw = |line: usize, refusal: Refusal| Flaw { file: number.file_name(), line, refusal };
        let no_line = |line: usize, why: &str| flaw(line, Refusal::NotALine { why: why.to_owned() });
        if octets.len() > FILE_BYTES_MAX {
            return Err(no_line(1, "the file has more than 1 MiB"));
        }
        let text = std::str::from_utf8(octets).map_err(|error| {
            let before = octets.get(..error.valid_up_to()).unwrap_or_default();
            no_line(before.split(|octet| *octet == b'\n').count(), "it is not UTF-8")
        })?;
        let Some(lines) = text.strip_suffix('\n') else {
            return Err(no_line(text.lines().count().max(1), "the file ends within it"));
        };
        let rules = Rules { officers, persons: None };
        let mut lines = lines.split('\n').zip(1..);
        let (first, at) = lines.next().unwrap_or(("", 1));
        let mut case = Case::begin(number, first, rules).map_err(|refusal| flaw(at, refusal))?;
        for (line, at) in lines {
            case.append(line, rules).map_err(|refusal| flaw(at, refusal))?;
        }
        Ok(case)
    }
}
