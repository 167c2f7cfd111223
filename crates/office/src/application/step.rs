//! What can be done next, as types: consent can be drafted only where it is awaited, a grant only where it is not, and the
//! row of the registry can be had of a granted application only.
//!
//! A draft alone changes nothing: [`Case::append`](super::Case::append) judges who signed it.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Application, Case, Draft, Event, State};

/// Where a case stands, with what can be done there.
#[derive(Debug, Clone, Copy)]
pub enum Step<'c> {
    /// The owner of the service must agree first.
    Consent(AwaitingConsent<'c>),
    /// The operator can decide.
    Decision(AwaitingDecision<'c>),
    /// It is granted.
    Granted(Granted<'c>),
    /// Nothing more happens to it.
    Over(State),
}

/// The owner of the service is asked for his consent. There is no way from here to a grant but his:
///
/// ```compile_fail
/// fn hurry(step: office::application::AwaitingConsent<'_>, at: jiff::Timestamp) -> office::application::Draft {
///     step.grant("ivanov", at, 1)
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct AwaitingConsent<'c>(&'c Case);

/// The operator is asked for his decision.
#[derive(Debug, Clone, Copy)]
pub struct AwaitingDecision<'c>(&'c Case);

/// Granted: what the row of the registry is made of. Nobody can make one but by a case that came so far:
///
/// ```compile_fail
/// fn forge(case: &office::application::Case) -> office::application::Granted<'_> {
///     office::application::Granted(case)
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Granted<'c>(&'c Case);

impl Case {
    /// What can be done on a day.
    pub fn step(&self, today: Date) -> Step<'_> {
        match self.state_on(today) {
            State::ConsentAsked => Step::Consent(AwaitingConsent(self)),
            State::Submitted | State::Consented => Step::Decision(AwaitingDecision(self)),
            State::Granted => Step::Granted(Granted(self)),
            over @ (State::Refused | State::Expired | State::Revoked | State::Withdrawn) => Step::Over(over),
        }
    }

    fn draft(&self, by: &str, at: Timestamp, event: Event) -> Draft {
        Draft::new(self.head(), by, at, event)
    }

    /// The end of its time, to be noted; not signed.
    pub fn expire(&self, by: &str, at: Timestamp) -> Draft {
        self.draft(by, at, Event::Expire)
    }

    /// That the registry has its row now; not signed.
    pub fn entered(&self, by: &str, at: Timestamp, registry: &str) -> Draft {
        self.draft(by, at, Event::Entered { registry: registry.to_owned() })
    }

    /// That the registry has its row no more; not signed.
    pub fn removed(&self, by: &str, at: Timestamp, registry: &str) -> Draft {
        self.draft(by, at, Event::Removed { registry: registry.to_owned() })
    }
}

impl AwaitingConsent<'_> {
    /// The owner agrees.
    pub fn consent(self, by: &str, at: Timestamp) -> Draft {
        self.0.draft(by, at, Event::Consent)
    }

    /// The owner or the operator refuses.
    pub fn refuse(self, by: &str, at: Timestamp, reason: &str) -> Draft {
        self.0.draft(by, at, Event::Refusal { reason: reason.to_owned() })
    }

    /// The applicant takes it back; not signed.
    pub fn withdraw(self, by: &str, at: Timestamp, reason: &str) -> Draft {
        self.0.draft(by, at, Event::Withdrawal { reason: reason.to_owned() })
    }
}

impl AwaitingDecision<'_> {
    /// The operator grants it: one officer of `persons`.
    pub fn grant(self, by: &str, at: Timestamp, persons: u8) -> Draft {
        self.0.draft(by, at, Event::Grant { persons })
    }

    /// The operator refuses.
    pub fn refuse(self, by: &str, at: Timestamp, reason: &str) -> Draft {
        self.0.draft(by, at, Event::Refusal { reason: reason.to_owned() })
    }

    /// The applicant takes it back; not signed.
    pub fn withdraw(self, by: &str, at: Timestamp, reason: &str) -> Draft {
        self.0.draft(by, at, Event::Withdrawal { reason: reason.to_owned() })
    }
}

impl<'c> Granted<'c> {
    /// The operator takes the right back: one officer of `persons`.
    pub fn revoke(self, by: &str, at: Timestamp, reason: &str, persons: u8) -> Draft {
        self.0.draft(by, at, Event::Revoke { reason: reason.to_owned(), persons })
    }

    /// What the row says.
    pub fn application(self) -> &'c Application {
        self.0.application()
    }
}
