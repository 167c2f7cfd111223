//! What an application says, and whether it fits the registry. What becomes of it is in `case`.

use domain::registry::{Registry, Service};
use domain::{Mnemonic, ParticipantCode, Sid, Version};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Number;

/// The longest text of an application or a reason, in characters.
pub const TEXT_CHARS: usize = 1000;
/// The greatest volume, in requests a day.
const VOLUME_MAX: u32 = 100_000_000;
/// The longest right, in days: ten years.
const DAYS_MAX: i32 = 3653;

/// Which messages a right is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Messages {
    /// Test messages (`TestMsg`) only.
    Test,
    /// All.
    All,
}

impl Messages {
    /// As it is written.
    pub fn label(self) -> &'static str {
        match self {
            Messages::Test => "test",
            Messages::All => "all",
        }
    }
}

/// An application: who asks for what, why, how much and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Its number.
    pub number: Number,
    /// The system that is to ask.
    pub consumer: Mnemonic,
    /// The service it is to ask.
    pub service: Sid,
    /// Only this version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// Only these operations; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<String>,
    /// What the data are needed for.
    pub purpose: String,
    /// The legal ground.
    pub ground: String,
    /// Expected volume, in requests a day.
    pub volume: u32,
    /// Last day of the right.
    pub until: Date,
    /// Which messages.
    pub messages: Messages,
    /// Whom to ask about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// The owner who must agree; nobody when the service needs no consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_of: Option<ParticipantCode>,
}

/// Why an application is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct NotFit {
    /// What is wrong with it.
    pub what: String,
    /// The next step.
    pub hint: String,
}

impl NotFit {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> NotFit {
        NotFit { what: what.into(), hint: hint.into() }
    }
}

impl Application {
    /// Whether it is fit to be taken as the registry stands on a day; gives the versions of the service it is for.
    pub fn check<'r>(&self, registry: &'r Registry, today: Date) -> Result<Vec<&'r Service>, NotFit> {
        self.check_texts()?;
        if registry.system(&self.consumer).is_none() {
            return Err(NotFit::new(
                format!("no system {} is registered", self.consumer),
                "register the system first: `rsmev system add`",
            ));
        }
        if self.until < today {
            return Err(NotFit::new(format!("{} is over", self.until), "name a last day that is still to come"));
        }
        if self.until.since(today).is_ok_and(|span| span.get_days() > DAYS_MAX) {
            return Err(NotFit::new(
                format!("{} is more than ten years ahead", self.until),
                "ask for a shorter time and apply again before it is over",
            ));
        }
        let versions: Vec<&Service> = registry
            .service_versions(&self.service)
            .filter(|service| self.version.as_ref().is_none_or(|version| *version == service.version))
            .collect();
        if versions.is_empty() {
            let known: Vec<String> =
                registry.service_versions(&self.service).map(|service| service.version.to_string()).collect();
            return Err(match self.version.as_ref().filter(|_| !known.is_empty()) {
                Some(version) => NotFit::new(
                    format!("{} has no version {version}", self.service),
                    format!("its versions: {}", known.join(", ")),
                ),
                None => NotFit::new(
                    format!("no service {} is registered", self.service),
                    "`rsmev service list` names the services",
                ),
            });
        }
        let owned = |service: &&Service| {
            registry.system(&self.consumer).is_some_and(|system| system.mnemonic == service.provider)
        };
        if versions.iter().any(owned) {
            return Err(NotFit::new(
                format!("{} provides {} itself", self.consumer, self.service),
                "a system needs no right to its own service",
            ));
        }
        for operation in &self.operations {
            let offered = |service: &&Service| service.operations.is_empty() || service.operations.contains(operation);
            if !versions.iter().any(offered) {
                let known: Vec<&str> =
                    versions.iter().flat_map(|service| &service.operations).map(String::as_str).collect();
                return Err(NotFit::new(
                    format!("{} has no operation {operation:?}", self.service),
                    format!("its operations: {}", known.join(", ")),
                ));
            }
        }
        Ok(versions)
    }

    /// Whether its texts can stand on record and in the registry.
    pub(super) fn check_texts(&self) -> Result<(), NotFit> {
        let contact = self.contact.as_ref().map(|text| ("contact", text));
        let operations = self.operations.iter().map(|text| ("operations", text));
        for (name, text) in
            [("purpose", &self.purpose), ("ground", &self.ground)].into_iter().chain(contact).chain(operations)
        {
            if !is_fit(text) {
                return Err(NotFit::new(
                    format!(
                        "the text of {name} is empty, longer than {TEXT_CHARS} characters, or has control characters"
                    ),
                    "one line of plain text",
                ));
            }
        }
        if !(1..=VOLUME_MAX).contains(&self.volume) {
            return Err(NotFit::new(
                format!("{} requests a day", self.volume),
                format!("from 1 to {VOLUME_MAX} requests a day"),
            ));
        }
        Ok(())
    }

    /// Whether two applications ask for the same: system, service and version.
    pub fn asks_the_same(&self, other: &Application) -> bool {
        self.consumer == other.consumer && self.service == other.service && self.version == other.version
    }
}

/// A text that can stand on record: one line, not empty, not too long.
pub(super) fn is_fit(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS && !text.chars().any(char::is_control)
}
