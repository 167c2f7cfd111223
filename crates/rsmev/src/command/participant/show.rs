//! `rsmev participant show`: everything about one participant.

use domain::registry::{Agreement, Contour, ParticipantKind, Side};
use serde::Serialize;

use super::view::{self, ContactShown, OfficerShown};
use crate::cli::Places;
use crate::command::system::Since;
use crate::command::system::standing::{Seen, Standing};
use crate::command::system::view::{
    RightShown, ServiceShown, SystemShown, certificates_table, field, provides, rights, rights_table, section,
    services, services_table, systems, systems_table,
};
use crate::failure::Failure;
use crate::language::told;
use crate::terminal::tame;
use crate::{edge, names, print, serve, table};

#[derive(Serialize)]
struct Shown<'r> {
    code: &'r str,
    name: &'r str,
    kind: ParticipantKind,
    standing: Option<Standing>,
    agreement: Option<&'r Agreement>,
    /// Without an agreement no real message of it passes here.
    agreement_needed: bool,
    suspended: Option<&'r str>,
    written: String,
    contacts: Vec<ContactShown<'r>>,
    officers: Vec<OfficerShown<'r>>,
    systems: Vec<SystemShown<'r>>,
    services_owned: Vec<ServiceShown<'r>>,
    services_provided: Vec<ServiceShown<'r>>,
    rights_given: Vec<RightShown<'r>>,
    rights_received: Vec<RightShown<'r>>,
}

pub(super) fn show(code: &str, since: Since, places: &Places, json: bool) -> Result<(), Failure> {
    let snapshot = serve::load(&places.config.config)?;
    let registry = snapshot.registry();
    let row = names::participant(registry, code)?;
    let seen = Seen::read(places, registry.node().contour, since)?;
    let today = edge::day_of(edge::now());
    let systems = systems(&snapshot, &seen, |system| system.participant == row.code);
    let own: Vec<_> = registry.systems().iter().filter(|system| system.participant == row.code).collect();
    let shown = Shown {
        code: row.code.as_str(),
        name: &row.name,
        kind: row.kind,
        standing: systems.iter().map(|system| system.standing).max(),
        agreement: row.agreement.as_ref(),
        agreement_needed: row.needs_agreement()
            && row.agreement.is_none()
            && registry.node().contour == Contour::Production,
        suspended: row.suspended.as_deref(),
        written: row.place.to_string(),
        contacts: view::contacts(registry, code, today),
        officers: view::officers(registry, today, |officer| officer.side == Side::Owner(row.code.clone())),
        services_owned: services(registry, |service| service.owner == row.code),
        services_provided: services(registry, |service| {
            own.iter().any(|system| provides(registry, service, &system.mnemonic))
        }),
        rights_given: rights(registry, today, |right| {
            registry.service_versions(&right.service).any(|service| service.owner == row.code)
        }),
        rights_received: rights(registry, today, |right| own.iter().any(|system| system.mnemonic == right.consumer)),
        systems,
    };
    if json { print::json(&shown) } else { print_it(&shown) }
}

fn print_it(shown: &Shown<'_>) -> Result<(), Failure> {
    print::line(&format!("{}  {}", shown.code, tame(shown.name)))?;
    field(("вид", "kind"), &table::word(&shown.kind))?;
    field(("этап", "stage"), shown.standing.map_or("", Standing::label))?;
    let agreement = match shown.agreement {
        Some(Agreement { number, date }) => format!("{number} {} {date}", told("от", "of")),
        None if shown.agreement_needed => {
            told("нет: боевые сообщения не проходят", "none: real messages do not pass").to_owned()
        }
        None => String::new(),
    };
    field(("соглашение", "agreement"), &agreement)?;
    field(("приостановлен", "suspended"), shown.suspended.unwrap_or_default())?;
    field(("записан в", "written in"), &shown.written)?;
    section(("Контакты", "Contacts"), view::contacts_table(&shown.contacts))?;
    section(("Должностные лица", "Officers"), view::officers_table(&shown.officers))?;
    section(("Системы", "Systems"), systems_table(&shown.systems))?;
    let certificates = shown.systems.iter().flat_map(|system| &system.certificates);
    section(("Сертификаты", "Certificates"), certificates_table(certificates))?;
    section(("Владеет сервисами", "Owns"), services_table(&shown.services_owned))?;
    section(("Предоставляет сервисы", "Provides"), services_table(&shown.services_provided))?;
    section(("Права данные", "Rights given"), rights_table(&shown.rights_given))?;
    section(("Права полученные", "Rights received"), rights_table(&shown.rights_received))
}
