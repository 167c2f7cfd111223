//! `rsmev service list` and `show`: what the registry and the passports say of services.

use std::path::Path;

use domain::Registry;
use domain::registry::{Service, Stage, Target};
use jiff::civil::Date;
use office::package::{PASSPORT, Passport};
use serde::Serialize;

use super::{Whichever, folder, rows, users};
use crate::failure::Failure;
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
        "{:<10}  {:<7}  {:<10}  {:<10}  {:<10}  {:<10}  {:<7}  name",
        "sid", "version", "stage", "from", "until", "provider", "package"
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
            if line.package.is_some() { "yes" } else { "no" },
            cell(line.name, 60)
        ))?;
    }
    Ok(())
}

fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Pilot => "pilot",
        Stage::Trial => "trial",
        Stage::Production => "production",
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
        rows(registry, which)?.into_iter().map(|service| whole(registry, service, config)).collect();
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
        format_sha256: service.format_sha256.map(|digest| digest.iter().map(|octet| format!("{octet:02x}")).collect()),
        routes: routes.collect(),
        consumers: users::consumers(registry, service, edge::now()).iter().map(ToString::to_string).collect(),
        passport,
    }
}

fn tell(whole: &Whole<'_>) -> Result<(), Failure> {
    let line = &whole.line;
    print::line(&format!("{} {}  {}", line.sid, line.version, tame(line.name)))?;
    let access = serde_json::to_value(line.access).ok().and_then(|value| value.as_str().map(str::to_owned));
    let mut told = vec![
        ("stage", format!("{} since {}", stage_word(line.stage), day(line.since))),
        ("days", format!("{} … {}", day(line.from), day(line.until))),
        ("owner", line.owner.to_owned()),
        ("provider", line.provider.to_owned()),
        ("access", access.unwrap_or_default()),
        ("operations", whole.operations.join(", ")),
        ("routes", whole.routes.join(", ")),
        ("consumers", whole.consumers.join(", ")),
        ("package", line.package.unwrap_or("–").to_owned()),
    ];
    if let Some(passport) = &whole.passport {
        told.push(("purpose", passport.purpose.clone()));
        told.push(("ground", passport.legal_ground.clone()));
        told.push(("answer", passport.answer_time.clone()));
        told.push(("format", passport.format.owner.clone()));
        let support =
            [Some(passport.support.hours.clone()), passport.support.phone.clone(), passport.support.email.clone()];
        told.push(("support", support.into_iter().flatten().collect::<Vec<_>>().join(", ")));
        for contact in &passport.contacts {
            let reach = [Some(contact.name.clone()), contact.phone.clone(), contact.email.clone()];
            told.push((contact.role, reach.into_iter().flatten().collect::<Vec<_>>().join(", ")));
        }
    }
    for (name, value) in told {
        print::line(&format!("  {name:<10}  {}", tame(&value)))?;
    }
    Ok(())
}
