//! Why a task stopped, and what its reader can do about it.

use std::fmt;

/// A task's end that is not success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The words on the command line make no sense; the text says what would.
    Usage(String),
    /// Something was found wrong, or a command failed.
    Failed {
        /// What happened, in one sentence.
        what: String,
        /// The next step, when there is one.
        hint: Option<String>,
    },
}

impl Failure {
    /// A failure with no advice to give.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self::Failed { what: what.into(), hint: None }
    }

    /// A failure and what to do next.
    pub(crate) fn with_hint(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Failed { what: what.into(), hint: Some(hint.into()) }
    }

    /// 1: the answer is no; 2: usage.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Failed { .. } => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) => f.write_str(text),
            Self::Failed { what, hint: None } => f.write_str(what),
            Self::Failed { what, hint: Some(hint) } => write!(f, "{what}\nhint: {hint}"),
        }
    }
}
