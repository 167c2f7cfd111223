//! The life of a service: its stage, the days of a version, who has been moved to another version, announced maintenance.
//! What the tables mean and how they are read; what follows from them is decided in [`crate::access`] and [`crate::route`].

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use super::Place;
use super::entries::service_asked;
use super::kind::{Day, Kind as _, Moment, Text, name};
use super::load::{Draft, Loader};
use super::resolve::Reference;
use super::table::Table;
use crate::names::{Mnemonic, Sid, Version};

/// How far a version of a service has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Tried out by a group of consumers: in a production contour it takes test messages only.
    Pilot,
    /// Trial operation (опытная эксплуатация): real messages, and the owner agrees to each consumer.
    Trial,
    /// In full use.
    #[default]
    Production,
}

/// Which messages a right is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Messages {
    /// All.
    #[default]
    All,
    /// Those marked `TestMsg` only.
    Test,
}

/// `[[cutover]]`: the version that a consumer means when it names none.
#[derive(Debug, Clone)]
pub struct Cutover {
    /// The consumer.
    pub consumer: Mnemonic,
    /// The service.
    pub service: Sid,
    /// Its version.
    pub version: Version,
    /// Where it is written.
    pub place: Place,
}

/// `[[maintenance]]`: an announced window in which a service or all services of a system are not called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Maintenance {
    /// What rests.
    pub of: Resting,
    /// First moment of the window.
    pub from: Timestamp,
    /// First moment after it.
    pub until: Timestamp,
    /// Why; consumers are told.
    pub reason: String,
    /// Where it is written.
    pub place: Place,
}

/// What rests in a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Resting {
    /// A service, or one version of it.
    Service(Sid, Option<Version>),
    /// All that a system provides.
    System(Mnemonic),
}

pub(super) const STAGES: &[(&str, Stage)] =
    &[("pilot", Stage::Pilot), ("trial", Stage::Trial), ("production", Stage::Production)];

pub(super) const MESSAGES: &[(&str, Messages)] = &[("all", Messages::All), ("test", Messages::Test)];

/// Rows `[[cutover]]` and `[[maintenance]]` of a file.
pub(super) fn read(loader: &mut Loader<'_>, file: &mut Table<'_>, draft: &mut Draft) {
    draft.cutovers.extend(file.rows("cutover").into_iter().filter_map(|row| cutover(loader, row)));
    draft.maintenance.extend(file.rows("maintenance").into_iter().filter_map(|row| maintenance(loader, row)));
}

fn cutover(loader: &mut Loader<'_>, mut row: Table<'_>) -> Option<Cutover> {
    let place = row.header().place();
    let consumer = row.need("consumer", &name::<Mnemonic>());
    if !row.has("version") {
        let hint = "add a line: version = …";
        let problem = row.header().problem("cutover.version", "is missing", hint);
        row.report(problem.allowing(name::<Version>().allowed()));
    }
    let (service, version) = service_asked(loader, &mut row, "cutover");
    row.end(&mut loader.problems);
    if let Some(consumer) = &consumer {
        loader.refer(Reference::System(consumer.value.clone()), "cutover.consumer", &consumer.spot);
    }
    Some(Cutover { consumer: consumer?.value, service: service?, version: version?, place })
}

fn maintenance(loader: &mut Loader<'_>, mut row: Table<'_>) -> Option<Maintenance> {
    let place = row.header().place();
    let of = resting(loader, &mut row);
    let from = row.need("from", &Moment);
    let until = row.need("until", &Moment);
    let reason = row.need("reason", &Text);
    if let (Some(from), Some(until)) = (&from, &until)
        && until.value <= from.value
    {
        let told = |moment: Timestamp| Offset::constant(3).to_datetime(moment);
        let what = format!("{} is not after from = {} (UTC+3)", told(until.value), told(from.value));
        row.report(until.spot.problem("maintenance.until", what, "exchange the two moments or correct one"));
    }
    row.end(&mut loader.problems);
    Some(Maintenance { of: of?, from: from?.value, until: until?.value, reason: reason?.value, place })
}

fn resting(loader: &mut Loader<'_>, row: &mut Table<'_>) -> Option<Resting> {
    if row.has("system") {
        for key in ["service", "version"] {
            row.forbid(key, "stands beside system", "announce the window of the system and that of the service apart");
        }
        let system = row.need("system", &name::<Mnemonic>())?;
        loader.refer(Reference::System(system.value.clone()), "maintenance.system", &system.spot);
        return Some(Resting::System(system.value));
    }
    if !row.has("service") {
        let hint = "add a line: service = … for one service, or system = … for all that a system provides";
        let problem = row.header().problem("maintenance", "does not say what rests", hint);
        row.report(problem.allowing("service (with or without version), or system"));
        return None;
    }
    let (service, version) = service_asked(loader, row, "maintenance");
    Some(Resting::Service(service?, version))
}

/// Days of a version: `from`, `until`.
pub(super) fn days(row: &mut Table<'_>, key: &str) -> (Option<Date>, Option<Date>) {
    let (from, until) = (row.may("from", &Day), row.may("until", &Day));
    if let (Some(from), Some(until)) = (&from, &until)
        && until.value < from.value
    {
        let what = format!("{} is before from = {}", until.value, from.value);
        row.report(until.spot.problem(&format!("{key}.until"), what, "exchange the two days or correct one"));
    }
    (from.map(|from| from.value), until.map(|until| until.value))
}
