//! `rsmev system list`: the systems and how far each has come.

use super::Since;
use super::standing::Seen;
use super::view;
use crate::cli::Places;
use crate::failure::Failure;
use crate::language::told;
use crate::{names, print, serve};

pub(super) fn list(participant: Option<&str>, since: Since, places: &Places, json: bool) -> Result<(), Failure> {
    let snapshot = serve::load(&places.config.config)?;
    let registry = snapshot.registry();
    let participant = participant.map(|code| names::participant(registry, code)).transpose()?;
    let seen = Seen::read(places, registry.node().contour, since)?;
    let shown = view::systems(&snapshot, &seen, |system| participant.is_none_or(|own| own.code == system.participant));
    if json {
        return print::json(&shown);
    }
    if shown.is_empty() {
        print::talk(told("систем нет", "there is no system"));
    }
    view::systems_table(&shown).print()
}
