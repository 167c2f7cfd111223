//! The access matrix: may this system ask this service now? Denied unless a row allows it.
//!
//! Who the system is must have been settled before, by its certificate; nothing of that here.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::Serialize;

use crate::fault::FaultRow;
use crate::names::{Mnemonic, Sid, Version};
use crate::registry::{AccessRow, Place, Registry, Service};

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
    /// When.
    pub at: Timestamp,
}

/// Proof that a row of the matrix allows an exchange. Made by [`Registry::permit`](crate::Registry::permit) only:
///
/// ```compile_fail
/// fn forge(place: domain::registry::Place, consumer: domain::Mnemonic, service: domain::Sid, version: domain::Version) -> domain::Grant {
///     domain::Grant { row: 0, place, consumer, service, version, ground: String::new(), until: None }
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

    /// Last day of the right.
    pub fn until(&self) -> Option<Date> {
        self.until
    }
}

/// As journal and `explain` name a grant: the row and its ground.
impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.ground)
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
    /// A row without operations allows all of the service's; a service that lists its operations has no others.
    pub fn permit(&self, ask: &AccessQuestion<'_>) -> Result<Grant, Denied> {
        let day = Offset::constant(3).to_datetime(ask.at).date();
        let service = self.service(ask.sid, ask.version);
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
        Err(Denied {
            consumer: ask.consumer.clone(),
            sid: ask.sid.clone(),
            version: ask.version.clone(),
            operation: ask.operation.map(Box::from),
            reason,
        })
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
            DenyReason::Expired { .. } => 3,
            DenyReason::NotYet { .. } => 4,
        }
    }

    /// The row that comes nearest.
    pub fn row(&self) -> Option<&Place> {
        match self {
            DenyReason::NoRow => None,
            DenyReason::VersionNotListed { row, .. }
            | DenyReason::OperationNotListed { row, .. }
            | DenyReason::Expired { row, .. }
            | DenyReason::NotYet { row, .. } => Some(row),
        }
    }
}

impl Denied {
    /// The row of the fault table.
    pub fn fault_row(&self) -> FaultRow {
        FaultRow::NoAccessRights
    }

    /// What is missing, for the sender; names no file of the bus.
    pub fn sentence_ru(&self) -> String {
        let Self { consumer, sid, version, .. } = self;
        let right = format!("доступ системы {consumer} к сервису {sid} версии {version}");
        match &self.reason {
            DenyReason::NoRow => format!("{right} не предоставлен"),
            DenyReason::NotYet { from, .. } => format!("{right} начинается {}", day_ru(*from)),
            DenyReason::Expired { until, .. } => format!("{right} закончился {}", day_ru(*until)),
            DenyReason::OperationNotListed { operations, .. } => {
                let asked = self.operation.as_deref().unwrap_or("(не названа)");
                format!("{right} не распространяется на операцию {asked}, только на: {}", operations.join(", "))
            }
            DenyReason::VersionNotListed { versions, .. } => {
                format!("{right} не предоставлен, только к: {}", joined(versions))
            }
        }
    }

    /// What is missing, for the sender; names no file of the bus.
    pub fn sentence_en(&self) -> String {
        let Self { consumer, sid, version, .. } = self;
        let right = format!("the right of {consumer} to {sid} version {version}");
        match &self.reason {
            DenyReason::NoRow => format!("{right} has not been granted"),
            DenyReason::NotYet { from, .. } => format!("{right} begins on {from}"),
            DenyReason::Expired { until, .. } => format!("{right} ended on {until}"),
            DenyReason::OperationNotListed { operations, .. } => {
                let asked = self.operation.as_deref().unwrap_or("(not named)");
                format!("{right} does not extend to operation {asked}, only to: {}", operations.join(", "))
            }
            DenyReason::VersionNotListed { versions, .. } => {
                format!("{right} has not been granted, only to: {}", joined(versions))
            }
        }
    }

    /// What the sender can do; names no file of the bus.
    pub fn hint_ru(&self) -> &'static str {
        match self.reason {
            DenyReason::NoRow => "подайте оператору заявку на доступ к сервису",
            DenyReason::NotYet { .. } => "повторите запрос, когда доступ начнётся",
            DenyReason::Expired { .. } => "подайте оператору заявку на продление доступа",
            DenyReason::OperationNotListed { .. } => {
                "вызовите разрешённую операцию или подайте оператору заявку на эту"
            }
            DenyReason::VersionNotListed { .. } => "вызовите разрешённую версию или подайте оператору заявку на эту",
        }
    }

    /// What the sender can do; names no file of the bus.
    pub fn hint_en(&self) -> &'static str {
        match self.reason {
            DenyReason::NoRow => "apply to the operator for access to the service",
            DenyReason::NotYet { .. } => "ask again once the right has begun",
            DenyReason::Expired { .. } => "apply to the operator for a prolongation",
            DenyReason::OperationNotListed { .. } => {
                "call an operation that is allowed, or apply to the operator for this one"
            }
            DenyReason::VersionNotListed { .. } => {
                "call a version that is allowed, or apply to the operator for this one"
            }
        }
    }

    /// What the operator can do, with files and lines: not for the wire.
    pub fn operator_step_ru(&self) -> String {
        match &self.reason {
            DenyReason::NoRow => format!("если есть основание, добавьте в реестр {}", self.missing_row()),
            DenyReason::NotYet { row, .. } => format!("если есть основание, перенесите from в строке {row}"),
            DenyReason::Expired { row, .. } => format!("если есть основание, продлите until в строке {row}"),
            DenyReason::OperationNotListed { row, .. } => {
                format!("если есть основание, дополните operations в строке {row}")
            }
            DenyReason::VersionNotListed { row, .. } => {
                format!("если есть основание, добавьте рядом с {row} {}", self.missing_row())
            }
        }
    }

    /// What the operator can do, with files and lines: not for the wire.
    pub fn operator_step_en(&self) -> String {
        match &self.reason {
            DenyReason::NoRow => format!("given a ground, add to the registry {}", self.missing_row()),
            DenyReason::NotYet { row, .. } => format!("given a ground, move from at {row}"),
            DenyReason::Expired { row, .. } => format!("given a ground, prolong until at {row}"),
            DenyReason::OperationNotListed { row, .. } => format!("given a ground, add to operations at {row}"),
            DenyReason::VersionNotListed { row, .. } => {
                format!("given a ground, add beside {row} {}", self.missing_row())
            }
        }
    }

    fn missing_row(&self) -> String {
        let Self { consumer, sid, version, .. } = self;
        format!("[[access]] consumer = \"{consumer}\", service = \"{sid}\", version = \"{version}\", ground = \"…\"")
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence_en())
    }
}

impl std::error::Error for Denied {}

fn day_ru(day: Date) -> String {
    format!("{:02}.{:02}.{}", day.day(), day.month(), day.year())
}

fn joined(versions: &[Version]) -> String {
    versions.iter().map(Version::as_str).collect::<Vec<_>>().join(", ")
}
