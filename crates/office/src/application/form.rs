//! What an application says, and whether it fits the registry. What becomes of it is in `case`.

use domain::registry::{AccessMode, AccessRow, Messages, Registry, Service, Stage};
use domain::{Mnemonic, ParticipantCode, Sid, Version};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Number;
use crate::need::in_force;

/// The longest text of an application or a reason, in characters.
pub const TEXT_CHARS: usize = 1000;
/// The greatest volume, in requests a day.
const VOLUME_MAX: u32 = 100_000_000;
/// The longest right, in days: ten years.
const DAYS_MAX: i32 = 3653;

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
    /// The participant whose system asks: its officers may sign the application, beside the operator's. Older ones do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<ParticipantCode>,
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
    /// Whether it is fit to be taken, or to be granted, as the registry stands on a day.
    pub fn check(&self, registry: &Registry, today: Date) -> Result<(), NotFit> {
        self.check_texts()?;
        if registry.system(&self.consumer).is_none() {
            return Err(NotFit::new(
                format!("no system {} is registered", self.consumer),
                "register the system first: `rsmev system add`",
            ));
        }
        self.check_until(today)?;
        let versions = self.versions(registry)?;
        if versions.iter().any(|service| service.provider == self.consumer) {
            return Err(NotFit::new(
                format!("{} provides {} itself", self.consumer, self.service),
                "a system needs no right to its own service",
            ));
        }
        for operation in &self.operations {
            let offered = |service: &&Service| service.operations.is_empty() || service.operations.contains(operation);
            if !versions.iter().any(offered) {
                let known = versions.iter().flat_map(|service| &service.operations).map(String::as_str);
                return Err(NotFit::new(
                    format!("{} has no operation {operation:?}", self.service),
                    format!("its operations: {}", known.collect::<Vec<_>>().join(", ")),
                ));
            }
        }
        Ok(())
    }

    /// The versions of the service it is for.
    fn versions<'r>(&self, registry: &'r Registry) -> Result<Vec<&'r Service>, NotFit> {
        let known: Vec<&Service> = registry.service_versions(&self.service).collect();
        if known.is_empty() {
            let what = format!("no service {} is registered", self.service);
            return Err(NotFit::new(what, "`rsmev service list` names the services"));
        }
        let Some(version) = &self.version else { return Ok(known) };
        let meant: Vec<&Service> = known.iter().copied().filter(|service| service.version == *version).collect();
        if meant.is_empty() {
            let known: Vec<&str> = known.iter().map(|service| service.version.as_str()).collect();
            let what = format!("{} has no version {version}", self.service);
            return Err(NotFit::new(what, format!("its versions: {}", known.join(", "))));
        }
        Ok(meant)
    }

    fn check_until(&self, today: Date) -> Result<(), NotFit> {
        let until = self.until;
        if until < today {
            return Err(NotFit::new(format!("{until} is over"), "name a last day that is still to come"));
        }
        if until.since(today).is_ok_and(|span| span.get_days() > DAYS_MAX) {
            return Err(NotFit::new(
                format!("{until} is more than ten years ahead"),
                "ask for a shorter time and apply again before it is over",
            ));
        }
        Ok(())
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

    /// Whose consent it takes as the registry stands: that of the owner of a service given by consent, or not yet in full use.
    pub fn consent_needed(&self, registry: &Registry) -> Option<ParticipantCode> {
        let meant = |service: &&Service| self.version.as_ref().is_none_or(|version| *version == service.version);
        let asks = |service: &&Service| service.access == AccessMode::ByConsent || service.stage != Stage::Production;
        registry.service_versions(&self.service).filter(meant).find(asks).map(|service| service.owner.clone())
    }

    /// Whether two applications ask for the same: system, service and version.
    pub fn asks_the_same(&self, other: &Application) -> bool {
        self.consumer == other.consumer && self.service == other.service && self.version == other.version
    }

    /// Whether a row gives all of it already, on that day and until the last day asked for.
    pub fn is_given_by(&self, row: &AccessRow, day: Date) -> bool {
        let operations = row.operations.is_empty()
            || !self.operations.is_empty() && self.operations.iter().all(|asked| row.operations.contains(asked));
        self.consumer == row.consumer
            && self.service == row.service
            && (row.version.is_none() || row.version == self.version)
            && operations
            && (row.messages == Messages::All || row.messages == self.messages)
            && in_force(row, day)
            && row.until.is_none_or(|until| until >= self.until)
    }
}

/// A text that can stand on record: one line, not empty, not too long.
pub(super) fn is_fit(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS && !text.chars().any(char::is_control)
}
