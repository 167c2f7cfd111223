//! Why a line is not taken: for a decision what is missing, for a file what was done to it.

use domain::registry::Side;
use jiff::civil::Date;

use super::Number;
use super::officer::side_label;

/// Why a line is not taken into a case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text is no line.
    #[error("this is no line of a case: {why}")]
    NotALine {
        /// What the reader says.
        why: String,
    },
    /// The file cannot be read.
    #[error("it cannot be read: {why}")]
    Unreadable {
        /// What the system says.
        why: String,
    },
    /// It does not continue the line before.
    #[error("it does not continue the line before: that line was altered, or one between them was removed")]
    Chain,
    /// The file bears another number.
    #[error("it is application {inside}, its file is named {named}")]
    OtherNumber {
        /// The number in the line.
        inside: Number,
        /// That of the file.
        named: Number,
    },
    /// A case begins with an application.
    #[error("a case begins with its application, not with {event}")]
    NoRequest {
        /// What stands there.
        event: &'static str,
    },
    /// It is earlier than the line before.
    #[error("it is earlier than the line before")]
    Earlier,
    /// A text of it is empty, too long, or has control characters.
    #[error("a text of it is empty, too long, or has control characters")]
    Text,
    /// A decision that nobody signed.
    #[error("{event} is not signed: decisions are signed by a registered officer")]
    NotSigned {
        /// The decision.
        event: &'static str,
    },
    /// The certificate is no officer's.
    #[error("no officer has the certificate {fingerprint}")]
    UnknownOfficer {
        /// That of the signature.
        fingerprint: String,
    },
    /// The officer's time is over.
    #[error("{name} was an officer until {until}")]
    OutOfOffice {
        /// Who.
        name: String,
        /// His last day.
        until: Date,
    },
    /// The officer's certificate was not valid then.
    #[error("the certificate of {name} was not valid then")]
    Certificate {
        /// Who.
        name: String,
    },
    /// The signature is not over this line.
    #[error("the signature of {name} does not hold: the line was altered, or the signature is another's")]
    WrongSignature {
        /// Who is said to have signed.
        name: String,
    },
    /// An officer of another side.
    #[error("{name} is an officer of {}; {event} needs one of {}", side_label(side), side_label(needed))]
    WrongSide {
        /// Who.
        name: String,
        /// For whom he speaks.
        side: Side,
        /// The decision.
        event: &'static str,
        /// Whose officer it takes.
        needed: Side,
    },
    /// Not where the case stands.
    #[error("{event} is not possible: the application is {state}")]
    NotNow {
        /// What was tried.
        event: &'static str,
        /// Where it stands.
        state: &'static str,
    },
    /// The owner has not agreed.
    #[error("{owner}, the owner of the service, has not agreed yet")]
    NoConsent {
        /// Whose consent is missing.
        owner: String,
    },
    /// The same person a second time.
    #[error("{name} has signed already; it takes two persons")]
    SamePerson {
        /// Who.
        name: String,
    },
    /// Who asked cannot decide.
    #[error("{name} made the application; it takes two other persons")]
    Requester {
        /// Who.
        name: String,
    },
    /// Who consented for the owner cannot decide for the operator.
    #[error("{name} consented for the owner; it takes two other persons")]
    Consenter {
        /// Who.
        name: String,
    },
    /// Who asked cannot consent.
    #[error("{name} made the application; another person must consent for the owner")]
    OwnConsent {
        /// Who.
        name: String,
    },
    /// Nobody knows who asked.
    #[error("the application is not signed; where two persons decide it must be known who asked")]
    RequesterUnknown,
    /// Another number of persons than the rules want.
    #[error("it takes {wanted} officers, the line says {said}")]
    Persons {
        /// What the line says.
        said: u8,
        /// What is wanted.
        wanted: u8,
    },
    /// The last day is not over.
    #[error("the last day, {until}, is not over")]
    NotOver {
        /// The last day.
        until: Date,
    },
}

impl Refusal {
    /// The next step, when somebody tries to decide; `None` where only the text says what to do.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Refusal::NotSigned { .. } => Some("--certificate FILE --key FILE of an officer registered in [[officer]]"),
            Refusal::UnknownOfficer { .. } => Some(
                "register one: `rsmev participant officer add --side operator|CODE --name \"…\" --certificate FILE`",
            ),
            Refusal::OutOfOffice { .. } => Some("another officer must sign, or a new row [[officer]] is needed"),
            Refusal::Certificate { .. } => {
                Some("register the officer's new certificate as one more [[officer]] of his name")
            }
            Refusal::WrongSide { .. } => Some("`rsmev access show NUMBER` says whose decision is awaited"),
            Refusal::NoConsent { .. } => Some("an officer of the owner gives it: `rsmev access consent NUMBER`"),
            Refusal::SamePerson { .. } | Refusal::Requester { .. } | Refusal::Consenter { .. } => {
                Some("another officer of the operator must sign")
            }
            Refusal::OwnConsent { .. } => Some(
                "another officer of the owner must consent; once it is given so, withdraw the application and apply again",
            ),
            Refusal::RequesterUnknown => {
                Some("withdraw it and apply again, signed: `rsmev access request … --certificate FILE --key FILE`")
            }
            Refusal::NotNow { .. } => Some("`rsmev access show NUMBER` tells the whole way of it"),
            Refusal::Earlier => {
                Some("look at the clock of this machine, and at the audit journal for when it was written")
            }
            Refusal::Chain | Refusal::WrongSignature { .. } | Refusal::NotALine { .. } | Refusal::Unreadable { .. } => {
                Some("restore the file from a copy; the audit journal has the digest of each line")
            }
            Refusal::OtherNumber { .. }
            | Refusal::NoRequest { .. }
            | Refusal::Text
            | Refusal::Persons { .. }
            | Refusal::NotOver { .. } => None,
        }
    }
}
