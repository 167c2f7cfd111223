//! `rsmev service list` and `show`: what the registry and the passports say of services.

use std::fmt::Write as _;
use std::path::Path;

use domain::Registry;
use domain::registry::{Service, Stage, Target};
use jiff::civil::Date;
use office::package::{PASSPORT, Passport};
use serde::Serialize;

use super::{Whichever, folder, users};
use crate::failure::Failure;
use crate::language::told;
use crate::terminal::{cell, tame};
use crate::{edge, print, serve};

/// One version of a service.
#[derive(Serialize)]
struct Line<'r> {
    sid: &'r str,
    version: &'r str,
    name: &'r str,
    stage: Stage,
    since: Option<Date>,
    from: Option<Date>,
    until: Option<Date>,
    owner: &'r str,
    provider: &'r str,
    access: domain::registry::AccessMode,
    package: Option<&'r str>,
}

impl<'r> Line<'r> {
    fn of(service: &'r Service) -> Self {
        Self {
            sid: service.sid.as_str(),
            version: service.version.as_str(),
            name: &service.name,
            stage: service.stage,
            since: service.since,
            from: service.from,
            until: service.until,
            owner: service.owner.as_str(),
            provider: service.provider.as_str(),
            access: service.access,
            package: service.package.as_deref(),
        }
    }
}

pub(super) fn list(config: &Path, stage: Option<Stage>, json: bool) -> Result<(), Failure> {
    let snapshot = serve::load(config)?;
    let services =
        snapshot.registry().services().iter().filter(|service| stage.is_none_or(|stage| service.stage == stage));
    let lines: Vec<Line<'_>> = services.map(Line::of).collect();
    if json {
        return print::json(&lines);
    }
    print::line(&format!(
        "{:<10}  {:<7}  {:<10}  {:<10}  {:<10}  {:<10}  {:<7}  {}",
        "sid",
        told("версия", "version"),
        told("стадия", "stage"),
        told("с", "from"),
        told("по", "until"),
        told("поставщик", "provider"),
        told("пакет", "package"),
        told("название", "name")
    ))?;
    for line in &lines {
        print::line(&format!(
            "{:<10}  {:<7}  {:<10}  {:<10}  {:<10}  {:<10}  {:<7}  {}",
            line.sid,
            line.version,
            stage_word(line.stage),
            day(line.from),
            day(line.until),
            line.provider,
            if line.package.is_some() { told("есть", "yes") } else { told("нет", "no") },
            cell(line.name, 60)
        ))?;
    }
    Ok(())
}

fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Pilot => told("пилот", "pilot"),
        Stage::Trial => told("опытная", "trial"),
        Stage::Production => told("рабочая", "production"),
    }
}

fn day(day: Option<Date>) -> String {
    day.map_or("–".to_owned(), |day| day.to_string())
}

/// A version with all that is known of it.
#[derive(Serialize)]
struct Whole<'r> {
    #[serde(flatten)]
    line: Line<'r>,
    operations: &'r [String],
    default: bool,
    format_sha256: Option<String>,
    routes: Vec<String>,
    consumers: Vec<String>,
    passport: Option<Passport>,
}

pub(super) fn show(which: &Whichever, config: &Path, json: bool) -> Result<(), Failure> {
    let snapshot = serve::load(config)?;
    let registry = snapshot.registry();
    let wholes: Vec<Whole<'_>> =
        which.rows(registry)?.into_iter().map(|service| whole(registry, service, config)).collect();
    if json {
        return print::json(&wholes);
    }
    for whole in &wholes {
        tell(whole)?;
    }
    Ok(())
}

fn whole<'r>(registry: &'r Registry, service: &'r Service, config: &Path) -> Whole<'r> {
    let routes = registry.routes().iter().filter(|route| {
        route.service == service.sid && route.version.as_ref().is_none_or(|version| *version == service.version)
    });
    let routes = routes.map(|route| match &route.to {
        Target::Federal => "federal".to_owned(),
        Target::Url(url) => url.clone(),
    });
    let package = folder::of(config, service).ok().and_then(|folder| folder::read(&folder).ok());
    let passport =
        package.as_ref().and_then(|package| package.get(PASSPORT)).and_then(|octets| Passport::read(octets).ok());
    Whole {
        line: Line::of(service),
        operations: &service.operations,
        default: service.default,
        format_sha256: service.format_sha256.map(base16),
        routes: routes.collect(),
        consumers: users::consumers(registry, service, edge::now()).iter().map(ToString::to_string).collect(),
        passport,
    }
}

fn base16(digest: [u8; 32]) -> String {
    digest.iter().fold(String::new(), |mut text, octet| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

fn tell(whole: &Whole<'_>) -> Result<(), Failure> {
    let line = &whole.line;
    print::line(&format!("{} {}  {}", line.sid, line.version, tame(line.name)))?;
    let access = serde_json::to_value(line.access).ok().and_then(|value| value.as_str().map(str::to_owned));
    let mut rows = vec![
        (told("стадия", "stage"), format!("{}, {} {}", stage_word(line.stage), told("с", "since"), day(line.since))),
        (told("сроки", "days"), format!("{} … {}", day(line.from), day(line.until))),
        (told("владелец", "owner"), line.owner.to_owned()),
        (told("поставщик", "provider"), line.provider.to_owned()),
        (told("доступ", "access"), access.unwrap_or_default()),
        (told("операции", "operations"), whole.operations.join(", ")),
        (told("маршруты", "routes"), whole.routes.join(", ")),
        (told("потребители", "consumers"), whole.consumers.join(", ")),
        (told("пакет", "package"), line.package.unwrap_or("–").to_owned()),
    ];
    if let Some(passport) = &whole.passport {
        rows.push((told("назначение", "purpose"), passport.purpose.clone()));
        rows.push((told("основание", "ground"), passport.legal_ground.clone()));
        rows.push((told("ответ", "answer"), passport.answer_time.clone()));
        rows.push((told("формат", "format"), passport.format.owner.clone()));
        let support =
            [Some(passport.support.hours.clone()), passport.support.phone.clone(), passport.support.email.clone()];
        rows.push((told("поддержка", "support"), support.into_iter().flatten().collect::<Vec<_>>().join(", ")));
        for contact in &passport.contacts {
            let reach = [Some(contact.name.clone()), contact.phone.clone(), contact.email.clone()];
            rows.push((contact.role, reach.into_iter().flatten().collect::<Vec<_>>().join(", ")));
        }
    }
    for (name, value) in rows {
        print::line(&format!("  {name:<11}  {}", tame(&value)))?;
    }
    Ok(())
}
