//! What the registry, the certificates and the journal know of systems and of rights, made ready to be shown.

use domain::Registry;
use domain::registry::{AccessRow, Messages, Service, Signing, System};
use gateway::Snapshot;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::standing::{Seen, Standing, Traffic};
use crate::command::cert::board::{Lamp, Line, Role, board};
use crate::failure::Failure;
use crate::language::told;
use crate::table::{self, Table};
use crate::terminal::tame;
use crate::{edge, print};

/// One system.
#[derive(Debug, Serialize)]
pub(crate) struct SystemShown<'r> {
    pub(crate) mnemonic: &'r str,
    pub(crate) participant: &'r str,
    pub(crate) name: &'r str,
    pub(crate) standing: Standing,
    #[serde(flatten)]
    pub(crate) traffic: Traffic,
    pub(crate) suspended: Option<&'r str>,
    /// `own` or `hosted`.
    pub(crate) signature: &'static str,
    pub(crate) codes: &'r [String],
    pub(crate) agencies: Vec<&'r str>,
    pub(crate) certificates: Vec<Line>,
    pub(crate) written: String,
}

impl SystemShown<'_> {
    /// The last day on which one of its certificates is in force.
    pub(crate) fn certificate_until(&self) -> Option<Timestamp> {
        self.certificates.iter().filter(|line| in_force(line)).map(|line| line.not_after).max()
    }

    /// What the operator must know at a glance.
    pub(crate) fn state(&self) -> String {
        match self.suspended {
            Some(reason) => format!("{}: {reason}", told("приостановлена", "suspended")),
            None if !self.certificates.iter().any(in_force) => {
                told("нет действующего сертификата", "no certificate in force").to_owned()
            }
            None => String::new(),
        }
    }
}

fn in_force(line: &Line) -> bool {
    line.role != Role::Trial && !matches!(line.lamp, Lamp::Expired | Lamp::NotYet | Lamp::Refused)
}

/// The systems that pass, in file order.
pub(crate) fn systems<'r>(
    snapshot: &'r Snapshot,
    seen: &Seen,
    wanted: impl Fn(&System) -> bool,
) -> Vec<SystemShown<'r>> {
    let lines = board(snapshot, edge::now());
    let shown = |system: &'r System| {
        let mnemonic = system.mnemonic.as_str();
        let certificates: Vec<Line> = lines.iter().filter(|line| line.owner == mnemonic).cloned().collect();
        SystemShown {
            mnemonic,
            participant: system.participant.as_str(),
            name: &system.name,
            standing: seen.standing(mnemonic, certificates.iter().any(in_force)),
            traffic: seen.of(mnemonic),
            suspended: system.suspended.as_deref(),
            signature: if matches!(system.signature, Signing::Own) { "own" } else { "hosted" },
            codes: &system.codes,
            agencies: system.agencies.iter().map(domain::ParticipantCode::as_str).collect(),
            certificates,
            written: system.place.to_string(),
        }
    };
    snapshot.registry().systems().iter().filter(|system| wanted(system)).map(shown).collect()
}

/// Systems as a table.
pub(crate) fn systems_table(shown: &[SystemShown<'_>]) -> Table {
    let mut table = Table::told([
        ("система", "system"),
        ("участник", "participant"),
        ("этап", "stage"),
        ("последний обмен", "last exchange"),
        ("сертификат до", "certificate until"),
        ("название", "name"),
        ("", ""),
    ]);
    for one in shown {
        let on = |at: Option<jiff::Timestamp>| at.map_or_else(|| "—".to_owned(), day);
        table.row([
            one.mnemonic.to_owned(),
            one.participant.to_owned(),
            one.standing.label().to_owned(),
            on(one.traffic.last()),
            on(one.certificate_until()),
            one.name.to_owned(),
            one.state(),
        ]);
    }
    table
}

/// One version of a service.
#[derive(Debug, Serialize)]
pub(crate) struct ServiceShown<'r> {
    pub(crate) service: &'r str,
    pub(crate) version: &'r str,
    pub(crate) name: &'r str,
    pub(crate) owner: &'r str,
    pub(crate) provider: &'r str,
    pub(crate) stage: domain::registry::Stage,
}

/// The services that pass, in file order.
pub(crate) fn services<'r>(registry: &'r Registry, wanted: impl Fn(&Service) -> bool) -> Vec<ServiceShown<'r>> {
    let shown = |service: &'r Service| {
        let Service { sid, version, name, owner, provider, stage, .. } = service;
        ServiceShown {
            service: sid.as_str(),
            version: version.as_str(),
            name,
            owner: owner.as_str(),
            provider: provider.as_str(),
            stage: *stage,
        }
    };
    registry.services().iter().filter(|service| wanted(service)).map(shown).collect()
}

/// Does that system provide the service, by its row or by a route?
pub(crate) fn provides(registry: &Registry, service: &Service, system: &domain::Mnemonic) -> bool {
    service.provider == *system
        || registry.routes().iter().any(|route| {
            route.service == service.sid
                && route.version.as_ref().is_none_or(|version| *version == service.version)
                && route.provider.as_ref() == Some(system)
        })
}

/// A row of the access matrix.
#[derive(Debug, Serialize)]
pub(crate) struct RightShown<'r> {
    pub(crate) consumer: &'r str,
    pub(crate) service: &'r str,
    pub(crate) version: Option<&'r str>,
    pub(crate) operations: &'r [String],
    pub(crate) from: Option<Date>,
    pub(crate) until: Option<Date>,
    pub(crate) messages: Messages,
    pub(crate) ground: &'r str,
    pub(crate) application: Option<&'r str>,
    /// It allows something today.
    pub(crate) in_force: bool,
    pub(crate) written: String,
}

/// The rows that pass, in file order.
pub(crate) fn rights<'r>(
    registry: &'r Registry,
    today: Date,
    wanted: impl Fn(&AccessRow) -> bool,
) -> Vec<RightShown<'r>> {
    let shown = |row: &'r AccessRow| RightShown {
        consumer: row.consumer.as_str(),
        service: row.service.as_str(),
        version: row.version.as_ref().map(domain::Version::as_str),
        operations: &row.operations,
        from: row.from,
        until: row.until,
        messages: row.messages,
        ground: &row.ground,
        application: row.application.as_deref(),
        in_force: row.from.is_none_or(|from| from <= today) && row.until.is_none_or(|until| today <= until),
        written: row.place.to_string(),
    };
    registry.access_rows().iter().filter(|row| wanted(row)).map(shown).collect()
}

/// A line `  label   value`; nothing where there is no value.
pub(crate) fn field(label: (&str, &str), value: &str) -> Result<(), Failure> {
    if value.is_empty() {
        return Ok(());
    }
    print::line(&format!("  {:<14}  {}", told(label.0, label.1), tame(value)))
}

/// A table under its title; nothing where it is empty.
pub(crate) fn section(title: (&str, &str), table: Table) -> Result<(), Failure> {
    if table.is_empty() {
        return Ok(());
    }
    print::line(&format!("\n{}", told(title.0, title.1)))?;
    table.print()
}

/// Services as a table.
pub(crate) fn services_table(services: &[ServiceShown<'_>]) -> Table {
    let mut table = Table::told([
        ("сервис", "service"),
        ("версия", "version"),
        ("стадия", "stage"),
        ("владелец", "owner"),
        ("поставщик", "provider"),
        ("название", "name"),
    ]);
    for one in services {
        let stage = table::word(&one.stage);
        table.row([one.service, one.version, &stage, one.owner, one.provider, one.name].map(str::to_owned));
    }
    table
}

/// Rights as a table.
pub(crate) fn rights_table(rights: &[RightShown<'_>]) -> Table {
    let mut table = Table::told([
        ("потребитель", "consumer"),
        ("сервис", "service"),
        ("версия", "version"),
        ("до", "until"),
        ("сообщения", "messages"),
        ("основание", "ground"),
        ("", ""),
    ]);
    for one in rights {
        table.row([
            one.consumer.to_owned(),
            one.service.to_owned(),
            one.version.unwrap_or("*").to_owned(),
            one.until.map_or_else(|| "—".to_owned(), |until| until.to_string()),
            table::word(&one.messages),
            one.ground.to_owned(),
            if one.in_force { String::new() } else { told("не действует", "not in force").to_owned() },
        ]);
    }
    table
}

/// Certificates as a table.
pub(crate) fn certificates_table<'l>(lines: impl IntoIterator<Item = &'l Line>) -> Table {
    let mut table = Table::told([
        ("система", "system"),
        ("назначение", "purpose"),
        ("до", "until"),
        ("дней", "days"),
        ("", "lamp"),
        ("отпечаток", "fingerprint"),
        ("доверие", "trust"),
    ])
    .right(3);
    for line in lines {
        table.row([
            line.owner.clone(),
            line.role.label().to_owned(),
            day(line.not_after),
            line.days_left.to_string(),
            line.lamp.label().to_owned(),
            line.fingerprint.chars().take(12).collect(),
            line.trust.clone(),
        ]);
    }
    table
}

/// The day of a moment, by the days of the access matrix.
pub(crate) fn day(at: Timestamp) -> String {
    edge::day_of(at).to_string()
}
