//! `rsmev service publish`, `promote`, `retire`: the stages of a version and the gates between them.

use domain::registry::{Service, Stage};
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::Offset;
use office::package::{Package, RecordError, TEST_RECORD, TestRecord};

use super::check::{judge, must_be_green};
use super::{To, Which, folder, users};
use crate::amend::{Amend, Done, Words};
use crate::failure::Failure;
use crate::language::{said, told};
use crate::registry_edit::text::{Change, Row};
use crate::{edge, names, print, whereabouts};

/// Months of trial operation before production.
const TRIAL_MONTHS: i32 = 6;
/// Days of the journal in which users are looked for.
const USER_DAYS: i64 = 90;

pub(super) fn publish(which: &Which, from: Option<Date>, words: &Words) -> Result<(), Failure> {
    let amend = Amend::begin(words)?;
    let service = names::service(amend.registry(), &which.sid, Some(&which.version))?;
    let record = proved(&amend, service)?;
    let from = from.unwrap_or_else(today);
    let day = from.to_string();
    let change = Change::Put { key: "from", toml: &day, after: "version" };
    let Which { sid, version } = which;
    let told = said(
        || format!("{sid} {version} виден с {from}; испытан {} ({})", record.at, record.who),
        || format!("{sid} {version} is visible from {from} on; tried {} by {}", record.at, record.who),
    );
    set(&amend, service, &[change], "publish", told)
}

pub(super) fn promote(which: &Which, to: To, force: bool, words: &Words) -> Result<(), Failure> {
    let amend = Amend::begin(words)?;
    let service = names::service(amend.registry(), &which.sid, Some(&which.version))?;
    let gate = match to {
        To::Trial => to_trial(&amend, service),
        To::Production => to_production(service, today()),
    };
    match gate {
        Err(failure) if !force => return Err(failure),
        Err(failure) => print::talk(&format!(
            "{}: {}",
            told("замечание: переход вопреки", "remark: forced although"),
            first_line(&failure)
        )),
        Ok(()) => {}
    }
    let (stage, name) = match to {
        To::Trial => (Stage::Trial, "trial"),
        To::Production => (Stage::Production, "production"),
    };
    if service.stage == stage {
        return Err(Failure::no(told("версия уже на этой стадии", "it is at that stage already")));
    }
    let (stage, since) = (format!("\"{name}\""), today().to_string());
    let changes = [
        Change::Put { key: "stage", toml: &stage, after: "version" },
        Change::Put { key: "since", toml: &since, after: "stage" },
    ];
    let forced = if force { " (forced)" } else { "" };
    let Which { sid, version } = which;
    let told = said(
        || format!("{sid} {version}: стадия {name} с {since}"),
        || format!("{sid} {version} is in {name} since {since}{forced}"),
    );
    set(&amend, service, &changes, &format!("promote to {name}{forced}"), told)
}

pub(super) fn retire(which: &Which, until: Date, words: &Words) -> Result<(), Failure> {
    let amend = Amend::begin(words)?;
    let service = names::service(amend.registry(), &which.sid, Some(&which.version))?;
    let places = words.places();
    let directory = match &places.data {
        Some(data) => data.clone(),
        None => whereabouts::find(words.config())?.journal,
    };
    let still = users::of(amend.registry(), &[service], &directory, edge::now(), USER_DAYS)?;
    let day = until.to_string();
    let Which { sid, version } = which;
    let told = said(
        || format!("последний день {sid} {version} — {until}"),
        || format!("the last day of {sid} {version} is {until}"),
    );
    set(&amend, service, &[Change::Put { key: "until", toml: &day, after: "version" }], "retire", told)?;
    for user in &still {
        let last = user.last.map_or("–".to_owned(), |last| last.strftime("%Y-%m-%d").to_string());
        let (consumer, calls) = (&user.consumer, user.calls);
        print::talk(&said(
            || format!("замечание: {consumer} ещё на ней: вызовов за {USER_DAYS} дней {calls}, последний {last}"),
            || format!("remark: {consumer} is still on it: {calls} calls in {USER_DAYS} days, last {last}"),
        ));
    }
    Ok(())
}

/// Trial operation needs a package that is in order and was tried as it is.
fn to_trial(amend: &Amend<'_>, service: &Service) -> Result<(), Failure> {
    proved(amend, service).map(drop)
}

/// Production needs half a year of trial operation.
fn to_production(service: &Service, today: Date) -> Result<(), Failure> {
    let hint = told("подождите или --force --reason ТЕКСТ", "wait, or --force --reason TEXT");
    let since = match (service.stage, service.since) {
        (Stage::Trial, Some(since)) => since,
        (Stage::Trial, None) => {
            return Err(Failure::no(told(
                "не указано, с какого дня идёт опытная эксплуатация",
                "nobody knows since when it is in trial operation",
            ))
            .hint(told("впишите since в [[service]]", "write `since` under [[service]]")));
        }
        _ => {
            return Err(Failure::no(told("опытной эксплуатации не было", "it was not in trial operation"))
                .hint("rsmev service promote … --to trial"));
        }
    };
    let ripe = since.checked_add(TRIAL_MONTHS.months()).unwrap_or(Date::MAX);
    if today < ripe {
        return Err(Failure::no(said(
            || format!("опытная эксплуатация идёт с {since}: в рабочую — с {ripe}"),
            || format!("it is in trial operation since {since}: production from {ripe} on"),
        ))
        .hint(hint));
    }
    Ok(())
}

/// The package is green, and this very state of it was tried.
fn proved(amend: &Amend<'_>, service: &Service) -> Result<TestRecord, Failure> {
    let path = folder::of(amend.held().config(), service)?;
    let package: Package = folder::read(&path)?;
    must_be_green(&judge(&package, Some(amend.snapshot()), edge::now()), &path)?;
    TestRecord::proving(package.get(TEST_RECORD), &package.digest()).map_err(|error| {
        Failure::no(untried(&error))
            .hint(format!("rsmev service check {} --run --consumer … --certificate … --key …", path.display()))
    })
}

/// Why a record proves nothing.
fn untried(error: &RecordError) -> String {
    let ru = match error {
        RecordError::Absent => "нет протокола испытаний",
        RecordError::Unreadable(_) => "протокол испытаний не читается",
        RecordError::OtherPackage => "протокол испытаний — о другом состоянии пакета: после испытания файл изменили",
        RecordError::NotPassed => "испытание не пройдено",
    };
    said(|| ru.to_owned(), || error.to_string())
}

fn set(amend: &Amend<'_>, service: &Service, changes: &[Change<'_>], verb: &str, told: String) -> Result<(), Failure> {
    let mut draft = amend.draft(&service.place.file)?;
    for change in changes {
        draft.change(Row::At { table: "service", line: service.place.line }, *change)?;
    }
    let what = format!("service {verb} {} {}", service.sid, service.version);
    amend.finish(draft, &Done { what, told })
}

/// Today in Moscow, as the days of the registry.
fn today() -> Date {
    Offset::constant(3).to_datetime(edge::now()).date()
}

fn first_line(failure: &Failure) -> String {
    failure.to_string().lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_is_six_months_of_trial_operation_away() {
        let region = tempfile::tempdir().unwrap();
        stand::init(region.path(), &stand::InitOptions::default(), &mut std::io::sink()).unwrap();
        let registry = domain::Registry::load(&region.path().join("routes.toml"), &edge::Disk).unwrap();
        let mut service = registry.services()[0].clone();
        let day = |text: &str| text.parse::<Date>().unwrap();
        service.stage = Stage::Trial;
        service.since = Some(day("2026-08-31"));
        for (today, ripe) in [("2026-09-01", false), ("2027-02-27", false), ("2027-02-28", true), ("2027-08-01", true)]
        {
            assert_eq!(to_production(&service, day(today)).is_ok(), ripe, "{today}");
        }
        service.since = None;
        assert!(to_production(&service, day("2030-01-01")).is_err());
        service.stage = Stage::Pilot;
        service.since = Some(day("2020-01-01"));
        assert!(to_production(&service, day("2030-01-01")).is_err());
    }
}
