//! `rsmev system show`: everything about one system.

use serde::Serialize;

use super::Since;
use super::standing::Seen;
use super::view::{self, RightShown, ServiceShown, SystemShown, field, section};
use crate::cli::Places;
use crate::failure::Failure;
use crate::terminal::tame;
use crate::{edge, names, print, serve};

#[derive(Serialize)]
struct Shown<'r> {
    #[serde(flatten)]
    system: SystemShown<'r>,
    services_provided: Vec<ServiceShown<'r>>,
    rights_received: Vec<RightShown<'r>>,
    rights_given: Vec<RightShown<'r>>,
}

pub(super) fn show(name: &str, since: Since, places: &Places, json: bool) -> Result<(), Failure> {
    let snapshot = serve::load(&places.config.config)?;
    let registry = snapshot.registry();
    let row = names::system(registry, name)?;
    let seen = Seen::read(places, registry.node().contour, since)?;
    let today = edge::day_of(edge::now());
    let given = |sid: &domain::Sid| {
        let mut services = registry.service_versions(sid);
        services.any(|service| view::provides(registry, service, &row.mnemonic))
    };
    let Some(system) = view::systems(&snapshot, &seen, |system| system.mnemonic == row.mnemonic).pop() else {
        return Err(Failure::no(format!("no system {name}")));
    };
    let shown = Shown {
        system,
        services_provided: view::services(registry, |service| view::provides(registry, service, &row.mnemonic)),
        rights_received: view::rights(registry, today, |right| right.consumer == row.mnemonic),
        rights_given: view::rights(registry, today, |right| given(&right.service)),
    };
    if json { print::json(&shown) } else { print_it(&shown) }
}

fn print_it(shown: &Shown<'_>) -> Result<(), Failure> {
    let system = &shown.system;
    print::line(&format!("{}  {}", system.mnemonic, tame(system.name)))?;
    field(("участник", "participant"), system.participant)?;
    field(("этап", "stage"), system.standing.label())?;
    let moment =
        |at: Option<jiff::Timestamp>| at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default();
    field(("последний обмен", "last real"), &moment(system.traffic.real))?;
    field(("последний тест", "last test"), &moment(system.traffic.test))?;
    field(("состояние", "state"), &system.state())?;
    field(("подпись", "signature"), system.signature)?;
    field(("коды", "codes"), &system.codes.join(", "))?;
    field(("ведомства", "agencies"), &system.agencies.join(", "))?;
    field(("записана в", "written in"), &system.written)?;
    section(("Сертификаты", "Certificates"), view::certificates_table(&system.certificates))?;
    section(("Предоставляет сервисы", "Provides"), view::services_table(&shown.services_provided))?;
    section(("Права полученные", "Rights received"), view::rights_table(&shown.rights_received))?;
    section(("Права данные на её сервисы", "Rights given to its services"), view::rights_table(&shown.rights_given))
}
