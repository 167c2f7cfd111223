//! Applications for access (заявки на доступ) as cases: what is asked, who agreed, who decided, when and why.
//!
//! A case is a file of lines, each an event ([`Event`]), each chained to the one before and, when it is a decision, signed by
//! an officer of the registry. There is one way to take a line ([`Case::append`]), for reading and for deciding alike: a case
//! that could be read is one whose every line was allowed when it was written. Nothing here writes files or the registry.

mod backing;
mod case;
mod due;
mod file;
mod form;
mod line;
mod number;
mod officer;
mod refusal;
mod step;
mod words_ru;

pub use backing::{Known, Lack, Unbacked};
pub use case::{Case, Decision, Row, State};
pub use due::{CONSENT_DAYS, DECISION_DAYS, Due, day_of};
pub use file::{FILE_BYTES_MAX, Flaw};
pub use form::{Application, NotFit, TEXT_CHARS};
pub use line::{Digest, Draft, Event, Line, Signature};
pub use number::{BadNumber, Number};
pub use officer::{Officer, Rules, side_label};
pub use refusal::Refusal;
pub use step::{AwaitingConsent, AwaitingDecision, Granted, Step};

#[cfg(test)]
mod tests;
