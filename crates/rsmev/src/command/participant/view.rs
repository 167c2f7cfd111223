//! What is known of a participant's people, made ready to be shown: who is in charge today, and who stands in.

use domain::Registry;
use domain::registry::{Contact, ContactRole, Officer, Side};
use jiff::civil::Date;
use pki::Certificate;
use serde::Serialize;

use crate::edge;
use crate::language::told;
use crate::table::{Table, word};

/// A contact today.
#[derive(Debug, Serialize)]
pub(super) struct ContactShown<'r> {
    pub(super) name: &'r str,
    pub(super) role: ContactRole,
    pub(super) phone: Option<&'r str>,
    pub(super) email: Option<&'r str>,
    pub(super) until: Option<Date>,
    pub(super) expired: bool,
    pub(super) substitute: Option<&'r str>,
    /// Whom to ring in place of one that has expired: the next substitute who is in charge.
    pub(super) instead: Option<&'r str>,
    pub(super) written: String,
}

/// The contacts of a participant.
pub(super) fn contacts<'r>(registry: &'r Registry, participant: &str, today: Date) -> Vec<ContactShown<'r>> {
    let all: Vec<&Contact> = registry.contacts().iter().filter(|row| row.participant.as_str() == participant).collect();
    let expired = |row: &Contact| row.until.is_some_and(|until| until < today);
    let substitute = |row: &Contact| {
        let name = row.substitute.as_deref()?;
        all.iter().copied().find(|other| other.name == name)
    };
    let instead = |row: &'r Contact| {
        // Substitutes may point in a circle: nobody is asked twice.
        let chain = std::iter::successors(substitute(row), |row| substitute(row)).take(all.len());
        chain.into_iter().find(|row| !expired(row)).map(|row| row.name.as_str())
    };
    let shown = |row: &'r Contact| ContactShown {
        name: &row.name,
        role: row.role,
        phone: row.phone.as_deref(),
        email: row.email.as_deref(),
        until: row.until,
        expired: expired(row),
        substitute: row.substitute.as_deref(),
        instead: if expired(row) { instead(row) } else { None },
        written: row.place.to_string(),
    };
    all.iter().map(|row| shown(row)).collect()
}

/// Contacts as a table; expired ones are marked, with whom to ring instead.
pub(super) fn contacts_table(contacts: &[ContactShown<'_>]) -> Table {
    let mut table = Table::told([
        ("имя", "name"),
        ("отвечает за", "role"),
        ("телефон", "phone"),
        ("почта", "e-mail"),
        ("до", "until"),
        ("заместитель", "substitute"),
        ("", ""),
    ]);
    for one in contacts {
        let state = match (one.expired, one.instead) {
            (false, _) => String::new(),
            (true, Some(instead)) => format!("{} → {instead}", told("срок истёк", "expired")),
            (true, None) => format!("{}, {}", told("срок истёк", "expired"), told("замены нет", "nobody stands in")),
        };
        table.row([
            one.name.to_owned(),
            word(&one.role),
            one.phone.unwrap_or_default().to_owned(),
            one.email.unwrap_or_default().to_owned(),
            one.until.map(|until| until.to_string()).unwrap_or_default(),
            one.substitute.unwrap_or_default().to_owned(),
            state,
        ]);
    }
    table
}

/// An officer today.
#[derive(Debug, Serialize)]
pub(super) struct OfficerShown<'r> {
    pub(super) name: &'r str,
    /// `operator` or the code of a participant.
    pub(super) side: &'r str,
    pub(super) until: Option<Date>,
    /// Last day of the certificate.
    pub(super) certificate_until: Option<Date>,
    pub(super) fingerprint: Option<String>,
    /// May it sign today?
    pub(super) in_force: bool,
    pub(super) written: String,
}

/// The officers that pass, in file order.
pub(super) fn officers<'r>(
    registry: &'r Registry,
    today: Date,
    wanted: impl Fn(&Officer) -> bool,
) -> Vec<OfficerShown<'r>> {
    let shown = |officer: &'r Officer| {
        let certificate = Certificate::from_pem(&officer.certificate.octets).ok();
        let days = certificate.as_ref().map(|one| (edge::day_of(one.not_before()), edge::day_of(one.not_after())));
        OfficerShown {
            name: &officer.name,
            side: match &officer.side {
                Side::Operator => "operator",
                Side::Owner(code) => code.as_str(),
            },
            until: officer.until,
            certificate_until: days.map(|(_, until)| until),
            fingerprint: certificate.map(|one| one.fingerprint().to_string()),
            in_force: officer.until.is_none_or(|until| today <= until)
                && days.is_some_and(|(from, until)| from <= today && today <= until),
            written: officer.place.to_string(),
        }
    };
    registry.officers().iter().filter(|officer| wanted(officer)).map(shown).collect()
}

/// Officers as a table.
pub(super) fn officers_table(officers: &[OfficerShown<'_>]) -> Table {
    let mut table = Table::told([
        ("имя", "name"),
        ("сторона", "side"),
        ("полномочия до", "until"),
        ("сертификат до", "certificate until"),
        ("отпечаток", "fingerprint"),
        ("", ""),
    ]);
    for one in officers {
        let day = |day: Option<Date>| day.map_or_else(|| "—".to_owned(), |day| day.to_string());
        table.row([
            one.name.to_owned(),
            one.side.to_owned(),
            day(one.until),
            day(one.certificate_until),
            one.fingerprint.as_deref().unwrap_or_default().chars().take(12).collect(),
            if one.in_force { "" } else { told("подписывать не может", "may not sign") }.to_owned(),
        ]);
    }
    table
}
