//! The record of a trial run of a package (протокол испытаний): when, by whom, of exactly which package, part by part, and the exchange
//! in the journal that proves it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::check::{Part, Report, Verdict};

/// Why a record is no proof for a package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// There is none.
    #[error("there is no test record")]
    Absent,
    /// It cannot be read.
    #[error("the test record cannot be read: {0}")]
    Unreadable(String),
    /// It is of another state of the package.
    #[error("the test record is of another state of the package: a file was changed after the trial")]
    OtherPackage,
    /// The trial failed.
    #[error("the trial did not pass")]
    NotPassed,
}

/// The record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestRecord {
    /// Version of this format: 1.
    pub format: u32,
    /// The service.
    pub sid: String,
    /// Its version.
    pub version: String,
    /// [`Package::digest`](super::Package::digest) of what was tried.
    pub package: String,
    /// When.
    pub at: Timestamp,
    /// Who gave the command.
    pub who: String,
    /// All parts green and the run passed.
    pub green: bool,
    /// Verdict of each part.
    pub parts: Vec<RecordedPart>,
    /// The run of the control example through the bus.
    pub run: Run,
}

/// The verdict on one part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedPart {
    /// Which part.
    pub part: Part,
    /// How it was.
    pub verdict: Verdict,
}

/// A run of the control example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Did a good answer come, of the right operation, valid and signed?
    pub passed: bool,
    /// In whose name the request went.
    pub consumer: String,
    /// Where to.
    pub to: String,
    /// HTTP status of the answer.
    pub http: Option<u16>,
    /// `MessageId` the bus gave to the exchange: `rsmev journal trace` finds it.
    pub exchange: Option<String>,
    /// Code of the fault, when it was one.
    pub code: Option<String>,
    /// What came of it.
    pub sentence: String,
}

impl TestRecord {
    /// A record of a check and a run.
    pub fn of(report: &Report, run: Run, at: Timestamp, who: &str) -> Self {
        Self {
            format: 1,
            sid: report.sid.clone().unwrap_or_default(),
            version: report.version.clone().unwrap_or_default(),
            package: report.package.clone(),
            at,
            who: who.to_owned(),
            green: report.green && run.passed,
            parts: report.parts.iter().map(|part| RecordedPart { part: part.part, verdict: part.verdict }).collect(),
            run,
        }
    }

    /// Reads a record and asks whether it proves that a package of this digest passed its trial.
    pub fn proving(octets: Option<&[u8]>, package: &str) -> Result<Self, RecordError> {
        let octets = octets.ok_or(RecordError::Absent)?;
        let record: Self =
            serde_json::from_slice(octets).map_err(|error| RecordError::Unreadable(error.to_string()))?;
        if record.package != package {
            return Err(RecordError::OtherPackage);
        }
        if !record.green || !record.run.passed || record.parts.iter().any(|part| part.verdict == Verdict::Red) {
            return Err(RecordError::NotPassed);
        }
        Ok(record)
    }
}
