//! How a command ends when it does not end well: what, where, the next step, and the exit code.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use domain::registry::Problem;
use gateway::Unusable;

use crate::language::told;

/// Exit codes of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The answer is no: a check failed, a signature is bad, a record is not there.
    No = 1,
    /// The command's words are wrong.
    Usage = 2,
    /// Something this command does not expect: disk, network, system.
    Unexpected = 3,
}

/// A command that did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    text: String,
    hint: Option<String>,
}

impl Failure {
    /// The answer is no.
    pub(crate) fn no(text: impl Into<String>) -> Self {
        Self { exit: Exit::No, text: text.into(), hint: None }
    }

    /// The words are wrong.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, text: text.into(), hint: None }
    }

    /// The system did not let us.
    pub(crate) fn system(action: &str, error: impl fmt::Display) -> Self {
        Self { exit: Exit::Unexpected, text: format!("cannot {action}: {error}"), hint: None }
    }

    /// The registry does not load: every problem, one after the other.
    #[expect(clippy::needless_pass_by_value, reason = "taken as map_err hands it over")]
    pub(crate) fn registry(problems: Vec<Problem>) -> Self {
        let list = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        Self::no(format!("{list}\n{} in the registry", count(problems.len())))
    }

    /// The registry loads but cannot be put to work.
    #[expect(clippy::needless_pass_by_value, reason = "taken as map_err hands it over")]
    pub(crate) fn snapshot(problems: Vec<Unusable>) -> Self {
        let list = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        Self::no(format!("{list}\n{} with certificates and keys", count(problems.len())))
    }

    /// The journal does not let us.
    pub(crate) fn journal(error: &journal::Error) -> Self {
        use journal::Error as E;
        let (exit, hint) = match error {
            E::BadRecordId { .. } => (Exit::Usage, Some("`rsmev journal list` names the records")),
            E::BadStoreName { .. } | E::BadMonth { .. } | E::BadTime { .. } => (Exit::Usage, None),
            E::NotFound { .. } => (Exit::No, Some("`rsmev journal list` shows the records there are")),
            E::InUse { .. } => {
                (Exit::Unexpected, Some("stop the other process first; reading commands work beside it"))
            }
            E::Broken { .. } => (Exit::No, Some("`rsmev journal audit` names every damaged place")),
            _ => (Exit::Unexpected, None),
        };
        Self { exit, text: error.to_string(), hint: hint.map(str::to_owned) }
    }

    /// TLS material of the listener that cannot be used.
    pub(crate) fn tls(what: &str, path: &Path) -> Self {
        Self::no(format!("{}: {what}", path.display())).hint("see [listen] tls in routes.toml")
    }

    /// The same with a next step.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// For the process.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.exit as u8)
    }
}

/// `1 problem`, `3 problems`.
pub(crate) fn count(problems: usize) -> String {
    if problems == 1 { "1 problem".to_owned() } else { format!("{problems} problems") }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match &self.hint {
            Some(hint) => write!(f, "\n{}: {hint}", told("подсказка", "hint")),
            None => Ok(()),
        }
    }
}
