//! A review of rights: what was granted and is not used, what ends soon, what is asked for or needed and not granted, and whose
//! papers and people are out of date. Each finding names what to do next; deciding is for people.

use domain::registry::{AccessRow, Place, Registry};
use domain::{AccessQuestion, Mnemonic, Sid, Version};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;

use crate::application::Unbacked;
use crate::need::{Linked, Standing, in_force};
use crate::traffic::{Call, Use, Used, day_of};

/// How far the review looks.
#[derive(Debug, Clone, Copy)]
pub struct Horizon {
    /// As of this moment.
    pub at: Timestamp,
    /// A right is unused when nothing passed by it for so many days.
    pub unused_days: i64,
    /// A right ends soon when it ends within so many days.
    pub soon_days: i64,
}

/// Something to decide about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Of which kind.
    pub kind: Kind,
    /// What it is about: consumer and service, participant and person, system.
    pub subject: String,
    /// What there is to say, in English; numbers and days.
    pub told_en: String,
    /// The same in Russian.
    pub told_ru: String,
    /// Where it is written, if it is.
    pub place: Option<Place>,
    /// The next command.
    pub next: String,
}

/// Kinds of findings, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A row in force that the application it names does not stand behind.
    Unbacked,
    /// A right in force that nobody used.
    Unused,
    /// A right that ends soon.
    EndsSoon,
    /// A need on record without a right.
    NeededNotGranted,
    /// Calls that the matrix refused, and would refuse today.
    RefusedNotGranted,
    /// A right without an application.
    NoApplication,
    /// A contact or an officer whose time is over.
    PersonOver,
    /// A system or participant that takes no part for the time being.
    Suspended,
}

impl Kind {
    /// The heading, in English.
    pub fn heading_en(self) -> &'static str {
        match self {
            Kind::Unbacked => "In force, and its application does not stand behind it",
            Kind::Unused => "Granted and not used",
            Kind::EndsSoon => "Ending soon",
            Kind::NeededNotGranted => "Needed by an exchange card, not granted",
            Kind::RefusedNotGranted => "Asked for and refused, not granted",
            Kind::NoApplication => "Granted without an application",
            Kind::PersonOver => "People whose time is over",
            Kind::Suspended => "Suspended",
        }
    }

    /// The heading, in Russian.
    pub fn heading_ru(self) -> &'static str {
        match self {
            Kind::Unbacked => "Строка действует, а заявка её не подтверждает",
            Kind::Unused => "Доступ предоставлен и не используется",
            Kind::EndsSoon => "Доступ скоро заканчивается",
            Kind::NeededNotGranted => "Сведения нужны по карте ТКМВ, доступа нет",
            Kind::RefusedNotGranted => "Запросы отклоняются, доступа нет",
            Kind::NoApplication => "Доступ предоставлен без заявки",
            Kind::PersonOver => "Истёк срок полномочий",
            Kind::Suspended => "Участие приостановлено",
        }
    }
}

/// All findings, by kind and then in the order of the registry. `cards` are those of the register of needs, if there is one;
/// `unbacked` are rows that their applications do not stand behind.
pub fn review(
    registry: &Registry,
    seen: &Use,
    cards: &[Linked<'_>],
    unbacked: &[Unbacked<'_>],
    horizon: Horizon,
) -> Vec<Finding> {
    let day = day_of(horizon.at);
    let live: Vec<&AccessRow> = registry.access_rows().iter().filter(|row| in_force(row, day)).collect();
    let mut findings = Vec::new();
    findings.extend(unbacked.iter().filter(|one| one.in_force).map(not_backed));
    findings.extend(live.iter().filter_map(|row| unused(row, seen, horizon, day)));
    findings.extend(live.iter().filter_map(|row| ends_soon(registry, row, horizon, day)));
    findings.extend(cards.iter().filter_map(needed));
    findings.extend(seen.denied.iter().filter_map(|(call, used)| refused(registry, call, *used, horizon.at)));
    findings.extend(live.iter().filter(|row| row.application.is_none()).map(|row| no_application(row)));
    findings.extend(people(registry, day));
    findings.extend(suspended(registry));
    findings
}

fn subject(row: &AccessRow) -> String {
    let version = row.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let operations =
        if row.operations.is_empty() { String::new() } else { format!(" ({})", row.operations.join(", ")) };
    format!("{} {}{version}{operations}", row.consumer, row.service)
}

/// Does a call fall under the row?
fn covers(row: &AccessRow, call: &Call) -> bool {
    row.version.as_ref().is_none_or(|version| version.as_str() == call.version)
        && (row.operations.is_empty() || row.operations.contains(&call.operation))
}

fn not_backed(unbacked: &Unbacked<'_>) -> Finding {
    Finding {
        kind: Kind::Unbacked,
        subject: subject(unbacked.row),
        told_en: unbacked.told_en(),
        told_ru: unbacked.told_ru(),
        place: Some(unbacked.row.place.clone()),
        next: unbacked.next(),
    }
}

fn unused(row: &AccessRow, seen: &Use, horizon: Horizon, day: Date) -> Option<Finding> {
    let days = horizon.unused_days;
    let begun = day.saturating_sub(days.days());
    let young = row.from.is_some_and(|from| from > begun);
    let used = seen.of(row.consumer.as_str(), row.service.as_str()).any(|(call, _)| covers(row, call));
    (!young && !used).then(|| Finding {
        kind: Kind::Unused,
        subject: subject(row),
        told_en: format!("nothing passed for {days} days; ground: {}", row.ground),
        told_ru: format!("ни одного обмена за {days} дн.; основание: {}", row.ground),
        place: Some(row.place.clone()),
        next: match &row.application {
            Some(number) => format!("rsmev access revoke {number} --reason …"),
            None => format!("rsmev access revoke {} {} --reason …", row.consumer, row.service),
        },
    })
}

fn ends_soon(registry: &Registry, row: &AccessRow, horizon: Horizon, day: Date) -> Option<Finding> {
    let until = row.until.filter(|until| *until <= day.saturating_add(horizon.soon_days.days()))?;
    // Another right to the same goes on: nobody has to act.
    let continued = registry.access_rows().iter().any(|other| {
        other.consumer == row.consumer
            && other.service == row.service
            && other.place != row.place
            && (other.version.is_none() || other.version == row.version)
            && (other.operations.is_empty()
                || !row.operations.is_empty() && row.operations.iter().all(|it| other.operations.contains(it)))
            && other.until.is_none_or(|later| later > until)
            && other.from.is_none_or(|from| from <= until.tomorrow().unwrap_or(until))
    });
    (!continued).then(|| Finding {
        kind: Kind::EndsSoon,
        subject: subject(row),
        told_en: format!("ends on {until}; ground: {}", row.ground),
        told_ru: format!("заканчивается {}; основание: {}", day_ru(until), row.ground),
        place: Some(row.place.clone()),
        next: request(row.consumer.as_str(), row.service.as_str(), row.version.as_ref().map(Version::as_str)),
    })
}

fn needed(linked: &Linked<'_>) -> Option<Finding> {
    let card = linked.card;
    let (en, ru, next) = match linked.standing {
        Standing::NotGranted => {
            let consumer = linked.systems.first().map_or("SYSTEM", String::as_str);
            ("", "", request(consumer, &card.service, None))
        }
        Standing::NoService => ("; no service gives it yet", "; сервиса ещё нет", "rsmev service add …".to_owned()),
        _ => return None,
    };
    let service = if card.service.is_empty() { String::new() } else { format!(" {}", card.service) };
    Some(Finding {
        kind: Kind::NeededNotGranted,
        subject: format!("{}{service}", card.consumer),
        told_en: format!("card {}: {}{en}", card.number, card.information),
        told_ru: format!("карта {}: {}{ru}", card.number, card.information),
        place: None,
        next,
    })
}

/// What the matrix refused, unless it would pass today.
fn refused(registry: &Registry, call: &Call, used: Used, at: Timestamp) -> Option<Finding> {
    let (consumer, sid) = (Mnemonic::new(&call.consumer).ok()?, Sid::new(&call.service).ok()?);
    let version = Version::new(&call.version).ok()?;
    let question = AccessQuestion {
        consumer: &consumer,
        sid: &sid,
        version: &version,
        operation: Some(call.operation.as_str()).filter(|operation| !operation.is_empty()),
        agency: None,
        provider: None,
        test: false,
        at,
    };
    let denied = registry.permit(&question).err()?;
    Some(Finding {
        kind: Kind::RefusedNotGranted,
        subject: format!("{consumer} {sid} {version} {}", call.operation).trim_end().to_owned(),
        told_en: format!("{} times, last on {}: {}", used.count, day_of(used.last), denied.sentence_en()),
        told_ru: format!("{} раз, последний {}: {}", used.count, day_ru(day_of(used.last)), denied.sentence_ru()),
        place: denied.reason.row().cloned(),
        next: request(consumer.as_str(), sid.as_str(), Some(version.as_str())),
    })
}

fn no_application(row: &AccessRow) -> Finding {
    Finding {
        kind: Kind::NoApplication,
        subject: subject(row),
        told_en: format!("ground: {}", row.ground),
        told_ru: format!("основание: {}", row.ground),
        place: Some(row.place.clone()),
        next: request(row.consumer.as_str(), row.service.as_str(), row.version.as_ref().map(Version::as_str)),
    }
}

fn people(registry: &Registry, day: Date) -> Vec<Finding> {
    let over = |until: Option<Date>| until.filter(|until| *until < day);
    let finding = |subject: String, role: (&str, &str), until: Date, place: &Place, next: String| Finding {
        kind: Kind::PersonOver,
        subject,
        told_en: format!("{}, until {until}", role.0),
        told_ru: format!("{}, до {}", role.1, day_ru(until)),
        place: Some(place.clone()),
        next,
    };
    let contacts = registry.contacts().iter().filter_map(|contact| {
        let next = format!("rsmev participant contact remove {} {:?}", contact.participant, contact.name);
        let subject = format!("{} {}", contact.participant, contact.name);
        Some(finding(subject, ("contact", "контактное лицо"), over(contact.until)?, &contact.place, next))
    });
    let officers = registry.officers().iter().filter_map(|officer| {
        let until = over(officer.until)?;
        let next = format!("rsmev participant officer remove {:?}", officer.name);
        Some(finding(officer.name.clone(), ("officer", "уполномоченное лицо"), until, &officer.place, next))
    });
    contacts.chain(officers).collect()
}

fn suspended(registry: &Registry) -> Vec<Finding> {
    let finding = |subject: &str, reason: &str, place: &Place, next: String| Finding {
        kind: Kind::Suspended,
        subject: subject.to_owned(),
        told_en: reason.to_owned(),
        told_ru: reason.to_owned(),
        place: Some(place.clone()),
        next,
    };
    let participants = registry.participants().iter().filter_map(|participant| {
        let code = participant.code.as_str();
        let reason = participant.suspended.as_deref()?;
        Some(finding(code, reason, &participant.place, format!("rsmev participant resume {code}")))
    });
    let systems = registry.systems().iter().filter_map(|system| {
        let mnemonic = system.mnemonic.as_str();
        let reason = system.suspended.as_deref()?;
        Some(finding(mnemonic, reason, &system.place, format!("rsmev system resume {mnemonic}")))
    });
    participants.chain(systems).collect()
}

fn request(consumer: &str, service: &str, version: Option<&str>) -> String {
    let version = version.map(|version| format!(" --version {version}")).unwrap_or_default();
    format!("rsmev access request {consumer} {service}{version} …")
}

fn day_ru(day: Date) -> String {
    format!("{:02}.{:02}.{}", day.day(), day.month(), day.year())
}
