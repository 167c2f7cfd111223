//! `rsmev participant list`: the participants, and how far the farthest of their systems has come.

use domain::registry::{ParticipantKind, Service};
use serde::Serialize;

use super::{Kind, view, word};
use crate::cli::Places;
use crate::command::system::Since;
use crate::command::system::standing::{Seen, Standing};
use crate::command::system::view::systems;
use crate::failure::Failure;
use crate::language::told;
use crate::table::{self, Table};
use crate::{edge, print, serve};

#[derive(Serialize)]
struct Line<'r> {
    code: &'r str,
    name: &'r str,
    kind: ParticipantKind,
    systems: usize,
    services_owned: usize,
    /// That of the system that has come farthest; `null` without a system.
    standing: Option<Standing>,
    agreement: bool,
    suspended: Option<&'r str>,
    contacts: usize,
    contacts_expired: usize,
    written: String,
}

pub(super) fn list(kind: Option<Kind>, since: Since, places: &Places, json: bool) -> Result<(), Failure> {
    let snapshot = serve::load(&places.config.config)?;
    let registry = snapshot.registry();
    let seen = Seen::read(places, registry.node().contour, since)?;
    let systems = systems(&snapshot, &seen, |_| true);
    let today = edge::day_of(edge::now());
    let wanted =
        registry.participants().iter().filter(|row| kind.is_none_or(|kind| word(&kind) == table::word(&row.kind)));
    let lines: Vec<Line<'_>> = wanted
        .map(|row| {
            let code = row.code.as_str();
            let own = systems.iter().filter(|system| system.participant == code);
            let contacts = view::contacts(registry, code, today);
            let owned = |service: &&Service| service.owner == row.code;
            Line {
                code,
                name: &row.name,
                kind: row.kind,
                systems: own.clone().count(),
                services_owned: registry.services().iter().filter(owned).count(),
                standing: own.map(|system| system.standing).max(),
                agreement: row.agreement.is_some(),
                suspended: row.suspended.as_deref(),
                contacts: contacts.len(),
                contacts_expired: contacts.iter().filter(|contact| contact.expired).count(),
                written: row.place.to_string(),
            }
        })
        .collect();
    if json { print::json(&lines) } else { show(&lines) }
}

fn show(lines: &[Line<'_>]) -> Result<(), Failure> {
    if lines.is_empty() {
        print::talk(told("участников нет", "there is no participant"));
    }
    let mut table = Table::told([
        ("код", "code"),
        ("вид", "kind"),
        ("этап", "stage"),
        ("систем", "systems"),
        ("сервисов", "services"),
        ("название", "name"),
        ("", ""),
    ])
    .right(3)
    .right(4);
    for line in lines {
        let mut state = Vec::new();
        if let Some(reason) = line.suspended {
            state.push(format!("{}: {reason}", told("приостановлен", "suspended")));
        }
        if line.contacts > 0 && line.contacts == line.contacts_expired {
            state.push(told("сроки всех контактов истекли", "all contacts have expired").to_owned());
        }
        table.row([
            line.code.to_owned(),
            table::word(&line.kind),
            line.standing.map_or_else(|| "—".to_owned(), |standing| standing.label().to_owned()),
            line.systems.to_string(),
            line.services_owned.to_string(),
            line.name.to_owned(),
            state.join("; "),
        ]);
    }
    table.print()
}
