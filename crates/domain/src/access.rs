//! The access matrix: may this system ask this service now? Denied unless a row allows it.
//!
//! Who the system is must have been settled before, by its certificate; nothing of that here.

mod words;

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::Serialize;

use crate::names::{Mnemonic, ParticipantCode, Sid, Version};
use crate::registry::{AccessRow, Contour, Messages, Participant, Place, Registry, Service, Stage};

/// What is asked of the matrix.
#[derive(Debug, Clone, Copy)]
pub struct AccessQuestion<'a> {
    /// The system that asks, as its certificate says.
    pub consumer: &'a Mnemonic,
    /// The service.
    pub sid: &'a Sid,
    /// Its version.
    pub version: &'a Version,
    /// Local name of the operation (first child of Body).
    pub operation: Option<&'a str>,
    /// The agency that speaks through the system, where several have one key.
    pub agency: Option<&'a ParticipantCode>,
    /// The system that would answer, where it is known.
    pub provider: Option<&'a Mnemonic>,
    /// Is the message marked as a test (`TestMsg`)?
    pub test: bool,
    /// When.
    pub at: Timestamp,
}

/// Proof that a row of the matrix allows an exchange. Made by [`Registry::permit`](crate::Registry::permit) only:
///
/// ```compile_fail
/// fn forge(place: domain::registry::Place, consumer: domain::Mnemonic, service: domain::Sid, version: domain::Version) -> domain::Grant {
///     domain::Grant { row: 0, place, consumer, service, version, ground: String::new(), application: None, until: None }
/// }
/// ```
///
/// The same with what the registry says compiles:
///
/// ```
/// fn earn(registry: &domain::Registry, ask: &domain::AccessQuestion<'_>) -> Result<domain::Grant, domain::Denied> {
///     registry.permit(ask)
/// }
/// ```
#[derive(Debug, PartialEq, Eq, Serialize)]
#[must_use = "a grant is what forwarding asks for"]
pub struct Grant {
    row: usize,
    place: Place,
    consumer: Mnemonic,
    service: Sid,
    version: Version,
    ground: String,
    application: Option<String>,
    until: Option<Date>,
}

impl Grant {
    fn new(at: usize, row: &AccessRow, ask: &AccessQuestion<'_>) -> Self {
        Self {
            row: at,
            place: row.place.clone(),
            consumer: ask.consumer.clone(),
            service: ask.sid.clone(),
            version: ask.version.clone(),
            ground: row.ground.clone(),
            application: row.application.clone(),
            until: row.until,
        }
    }

    /// Index of the row in [`crate::Registry::access_rows`].
    pub fn row(&self) -> usize {
        self.row
    }

    /// Where the row is written.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The system that may ask.
    pub fn consumer(&self) -> &Mnemonic {
        &self.consumer
    }

    /// The service it may ask.
    pub fn service(&self) -> &Sid {
        &self.service
    }

    /// The version it may ask.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// On what ground the right was given.
    pub fn ground(&self) -> &str {
        &self.ground
    }

    /// Number of the application it was given on.
    pub fn application(&self) -> Option<&str> {
        self.application.as_deref()
    }

    /// Last day of the right.
    pub fn until(&self) -> Option<Date> {
        self.until
    }
}

/// As journal and `explain` name a grant: the row and its ground.
impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.ground)?;
        self.application.as_ref().map_or(Ok(()), |number| write!(f, " [{number}]"))
    }
}

/// No row allows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Denied {
    /// The system that asked.
    pub consumer: Mnemonic,
    /// The service it asked.
    pub sid: Sid,
    /// The version it asked.
    pub version: Version,
    /// The operation it asked.
    pub operation: Option<Box<str>>,
    /// What is missing.
    pub reason: DenyReason,
}

/// Why no row allows it. When several rows nearly do, the one that comes nearest is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum DenyReason {
    /// The matrix has no row for this consumer and service.
    NoRow,
    /// The consumer, or the participant it belongs to, takes no part for the time being.
    Suspended {
        /// The system or participant.
        name: String,
        /// Where it is written.
        row: Place,
    },
    /// The system that would answer, or the participant it belongs to, takes no part for the time being.
    ProviderSuspended {
        /// Where it is written.
        row: Place,
    },
    /// In a production contour a participant without an agreement sends test messages only.
    NoAgreement {
        /// The participant.
        participant: ParticipantCode,
        /// Where it is written.
        row: Place,
    },
    /// The version is not given yet.
    VersionNotYet {
        /// Its first day.
        from: Date,
        /// Where it is written.
        row: Place,
    },
    /// The version is not given any more.
    VersionOver {
        /// Its last day.
        until: Date,
        /// The versions that are given.
        others: Vec<Version>,
        /// Where it is written.
        row: Place,
    },
    /// In a production contour a service in its pilot takes test messages only.
    Pilot {
        /// Where it is written.
        row: Place,
    },
    /// The right is for test messages only.
    TestOnly {
        /// The row.
        row: Place,
    },
    /// The right has not begun.
    NotYet {
        /// Its first day.
        from: Date,
        /// The row.
        row: Place,
    },
    /// The right is over.
    Expired {
        /// Its last day.
        until: Date,
        /// The row.
        row: Place,
    },
    /// The right is for other operations.
    OperationNotListed {
        /// Those it is for.
        operations: Vec<String>,
        /// The row.
        row: Place,
    },
    /// The right is for another version.
    VersionNotListed {
        /// The versions that rows are for.
        versions: Vec<Version>,
        /// The first of those rows.
        row: Place,
    },
}

impl Registry {
    /// May this system ask this? Denied unless a row allows it. Of several rows that do, the first in file order is the grant.
    ///
    /// Days begin and end at midnight of UTC+3 (Moscow time, without daylight saving since 2014); `until` is included.
    /// A row without operations allows all of the service's; a service that lists its operations has no others. What stands
    /// against it whatever the rows say (suspensions, a missing agreement, days and stage of the version) is asked first.
    pub fn permit(&self, ask: &AccessQuestion<'_>) -> Result<Grant, Denied> {
        let day = Offset::constant(3).to_datetime(ask.at).date();
        let service = self.service(ask.sid, ask.version);
        let denied = |reason| Denied {
            consumer: ask.consumer.clone(),
            sid: ask.sid.clone(),
            version: ask.version.clone(),
            operation: ask.operation.map(Box::from),
            reason,
        };
        if let Some(bar) = self.bar(service, ask, day) {
            return Err(denied(bar));
        }
        let mut reason = DenyReason::NoRow;
        for (at, row) in self.access_of(ask.consumer, ask.sid) {
            let refused = match service {
                Some(service) => refusal(row, service, ask, day),
                None => Some(DenyReason::VersionNotListed {
                    versions: self.service_versions(ask.sid).map(|service| service.version.clone()).collect(),
                    row: row.place.clone(),
                }),
            };
            match refused {
                Some(refused) => reason = nearer(reason, refused),
                None => return Ok(Grant::new(at, row, ask)),
            }
        }
        Err(denied(reason))
    }

    /// What stands against it whatever the rows say: first of the consumer, then of the provider, then of the service.
    fn bar(&self, service: Option<&Service>, ask: &AccessQuestion<'_>, day: Date) -> Option<DenyReason> {
        if let Some((name, row)) = self.suspension(ask.consumer) {
            return Some(DenyReason::Suspended { name, row });
        }
        let agency = ask.agency.and_then(|code| self.participant(code));
        if let Some(agency) = agency.filter(|agency| agency.suspended.is_some()) {
            return Some(DenyReason::Suspended { name: agency.code.to_string(), row: agency.place.clone() });
        }
        let provider = ask.provider.or(service.map(|service| &service.provider));
        if let Some((_, row)) = provider.and_then(|provider| self.suspension(provider)) {
            return Some(DenyReason::ProviderSuspended { row });
        }
        let real = self.node().contour == Contour::Production && !ask.test;
        let owner = self.system(ask.consumer).and_then(|system| self.participant(&system.participant));
        let without = |participant: &&Participant| participant.needs_agreement() && participant.agreement.is_none();
        if let Some(participant) = owner.into_iter().chain(agency).find(without).filter(|_| real) {
            let row = participant.place.clone();
            return Some(DenyReason::NoAgreement { participant: participant.code.clone(), row });
        }
        let service = service?;
        let row = || service.place.clone();
        if let Some(from) = service.from.filter(|from| day < *from) {
            return Some(DenyReason::VersionNotYet { from, row: row() });
        }
        if let Some(until) = service.until.filter(|until| day > *until) {
            let given = |other: &&Service| {
                other.from.is_none_or(|from| from <= day) && other.until.is_none_or(|until| day <= until)
            };
            let others = self.service_versions(ask.sid).filter(given).map(|other| other.version.clone()).collect();
            return Some(DenyReason::VersionOver { until, others, row: row() });
        }
        (real && service.stage == Stage::Pilot).then(|| DenyReason::Pilot { row: row() })
    }

    /// Does the system, or the participant it belongs to, take no part for the time being? Its name, and where it is written.
    fn suspension(&self, system: &Mnemonic) -> Option<(String, Place)> {
        let system = self.system(system)?;
        if system.suspended.is_some() {
            return Some((system.mnemonic.to_string(), system.place.clone()));
        }
        let participant = self.participant(&system.participant)?;
        participant.suspended.is_some().then(|| (participant.code.to_string(), participant.place.clone()))
    }
}

/// Why the row does not allow it, if it does not.
fn refusal(row: &AccessRow, service: &Service, ask: &AccessQuestion<'_>, day: Date) -> Option<DenyReason> {
    let place = || row.place.clone();
    if let Some(version) = row.version.as_ref().filter(|version| *version != ask.version) {
        return Some(DenyReason::VersionNotListed { versions: vec![version.clone()], row: place() });
    }
    for operations in [&row.operations, &service.operations] {
        let listed = ask.operation.is_some_and(|asked| operations.iter().any(|operation| operation == asked));
        if !operations.is_empty() && !listed {
            return Some(DenyReason::OperationNotListed { operations: operations.clone(), row: place() });
        }
    }
    if row.messages == Messages::Test && !ask.test {
        return Some(DenyReason::TestOnly { row: place() });
    }
    if let Some(from) = row.from.filter(|from| day < *from) {
        return Some(DenyReason::NotYet { from, row: place() });
    }
    row.until.filter(|until| day > *until).map(|until| DenyReason::Expired { until, row: place() })
}

/// The reason that comes nearer to a right; of equals, what tells the asker more.
fn nearer(one: DenyReason, other: DenyReason) -> DenyReason {
    use DenyReason::{Expired, NotYet, OperationNotListed, VersionNotListed};
    match (one, other) {
        (NotYet { from: one, .. }, NotYet { from, row }) if from < one => NotYet { from, row },
        (Expired { until: one, .. }, Expired { until, row }) if until > one => Expired { until, row },
        (OperationNotListed { mut operations, row }, OperationNotListed { operations: more, .. }) => {
            operations.extend(more);
            operations.sort();
            operations.dedup();
            OperationNotListed { operations, row }
        }
        (VersionNotListed { mut versions, row }, VersionNotListed { versions: more, .. }) => {
            versions.extend(more);
            versions.sort();
            versions.dedup();
            VersionNotListed { versions, row }
        }
        (one, other) if other.nearness() > one.nearness() => other,
        (one, _) => one,
    }
}

impl DenyReason {
    /// How much of a right there is.
    fn nearness(&self) -> u8 {
        match self {
            DenyReason::NoRow => 0,
            DenyReason::VersionNotListed { .. } => 1,
            DenyReason::OperationNotListed { .. } => 2,
            DenyReason::TestOnly { .. } => 3,
            DenyReason::Expired { .. } => 4,
            DenyReason::NotYet { .. } => 5,
            // These stand against it whatever the rows say, and are told alone.
            DenyReason::Suspended { .. }
            | DenyReason::ProviderSuspended { .. }
            | DenyReason::NoAgreement { .. }
            | DenyReason::VersionNotYet { .. }
            | DenyReason::VersionOver { .. }
            | DenyReason::Pilot { .. } => 6,
        }
    }

    /// The row that comes nearest.
    pub fn row(&self) -> Option<&Place> {
        match self {
            DenyReason::NoRow => None,
            DenyReason::VersionNotListed { row, .. }
            | DenyReason::OperationNotListed { row, .. }
            | DenyReason::Expired { row, .. }
            | DenyReason::NotYet { row, .. }
            | DenyReason::TestOnly { row }
            | DenyReason::Suspended { row, .. }
            | DenyReason::ProviderSuspended { row }
            | DenyReason::NoAgreement { row, .. }
            | DenyReason::VersionNotYet { row, .. }
            | DenyReason::VersionOver { row, .. }
            | DenyReason::Pilot { row } => Some(row),
        }
    }
}
