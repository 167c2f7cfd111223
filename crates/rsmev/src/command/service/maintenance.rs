//! `rsmev service maintenance`: windows in which services are not called, announced, listed, cancelled.

use domain::registry::{Maintenance as Window, Resting};
use domain::{Mnemonic, Registry, Sid, Version};
use jiff::Timestamp;
use jiff::tz::Offset;
use serde::Serialize;

use super::routing::{Maintenance, must_be_there};
use crate::amend::{Amend, Done};
use crate::failure::Failure;
use crate::names::{self, Kind};
use crate::registry_edit::text::{Row, literal};
use crate::terminal::cell;
use crate::{edge, print, serve};

const SERVICE_OR_SYSTEM: Kind =
    Kind { ru: "сервиса или системы", en: "service or system", list: "rsmev service list" };
/// Characters of the column that says what rests.
const OF_WIDTH: usize = 24;

pub(super) fn maintenance(words: &Maintenance) -> Result<(), Failure> {
    match &words.of {
        _ if words.list => list(words),
        Some(of) if words.cancel => cancel(words, of),
        Some(of) => announce(words, of),
        None => Err(Failure::usage("a service or a system is needed".to_owned())),
    }
}

/// What a name on the command line means: a registered service, or a registered system.
fn resting(registry: &Registry, of: &str, version: Option<&Version>) -> Result<Resting, Failure> {
    if let Ok(sid) = Sid::new(of)
        && registry.service_versions(&sid).next().is_some()
    {
        must_be_there(registry, &sid, version)?;
        return Ok(Resting::Service(sid, version.cloned()));
    }
    let system = Mnemonic::new(of).ok().filter(|mnemonic| registry.system(mnemonic).is_some());
    match (system, version) {
        (Some(system), None) => Ok(Resting::System(system)),
        (Some(_), Some(_)) => Err(Failure::usage(format!("{of} is a system; only services have versions"))),
        (None, _) => {
            let services = registry.services().iter().map(|service| service.sid.as_str());
            let systems = registry.systems().iter().map(|system| system.mnemonic.as_str());
            Err(names::unknown(SERVICE_OR_SYSTEM, of, services.chain(systems)))
        }
    }
}

fn announce(words: &Maintenance, of: &str) -> Result<(), Failure> {
    let reason = words.words.reason.as_deref().ok_or_else(|| {
        Failure::usage("--reason is needed: consumers are told why".to_owned()).hint("--reason \"обновление реестра\"")
    })?;
    let now = edge::now();
    let (from, until) = (words.from.unwrap_or(now), words.until.unwrap_or(now));
    if until <= now {
        return Err(Failure::usage(format!("the window is over: it ends at {}", written(until)))
            .hint("times are RFC 3339 with their offset, such as 2026-12-01T22:00:00+03:00"));
    }
    let amend = Amend::begin(&words.words)?;
    let what = resting(amend.registry(), of, words.version.as_ref())?;
    let mut pairs = match &what {
        Resting::Service(sid, version) => {
            let version = version.as_ref().map(|version| ("version", literal(version.as_str())));
            [Some(("service", literal(sid.as_str()))), version].into_iter().flatten().collect()
        }
        Resting::System(system) => vec![("system", literal(system.as_str()))],
    };
    pairs.extend([("from", written(from)), ("until", written(until)), ("reason", literal(reason))]);
    let mut draft = amend.draft_for("maintenance")?;
    draft.append("maintenance", &pairs)?;
    let done = Done {
        what: format!("service maintenance {of} --from {} --until {}", written(from), written(until)),
        told: format!("{} is not called from {} until {}", name(&what), written(from), written(until)),
    };
    amend.finish(draft, &done)
}

fn cancel(words: &Maintenance, of: &str) -> Result<(), Failure> {
    let amend = Amend::begin(&words.words)?;
    let registry = amend.registry();
    let what = resting(registry, of, words.version.as_ref())?;
    let now = edge::now();
    let meant = |window: &&Window| {
        window.of == what && words.from.map_or(window.until > now, |from| written(from) == written(window.from))
    };
    let windows: Vec<_> = registry.maintenance().iter().filter(meant).collect();
    let window = match windows.as_slice() {
        [window] => window,
        [] => {
            return Err(Failure::no(format!("no window of {} is in force or to come", name(&what)))
                .hint("`rsmev service maintenance --list` shows all of them"));
        }
        several => {
            let begin = several.iter().map(|window| written(window.from)).collect::<Vec<_>>().join(", ");
            return Err(Failure::no(format!("{} has several windows", name(&what)))
                .hint(format!("say with --from which of them: {begin}")));
        }
    };
    let mut draft = amend.draft(&window.place.file)?;
    draft.remove(Row::At { table: "maintenance", line: window.place.line })?;
    let done = Done {
        what: format!(
            "service maintenance {of} --cancel, before {} until {}",
            written(window.from),
            written(window.until)
        ),
        told: format!("the window of {} from {} is cancelled", name(&what), written(window.from)),
    };
    amend.finish(draft, &done)
}

/// A window as it is listed.
#[derive(Serialize)]
struct Listed<'r> {
    of: String,
    state: &'static str,
    from: Timestamp,
    until: Timestamp,
    reason: &'r str,
    place: String,
}

fn list(words: &Maintenance) -> Result<(), Failure> {
    let snapshot = serve::load(words.words.config())?;
    let registry = snapshot.registry();
    let wanted = words.of.as_deref().map(|of| resting(registry, of, words.version.as_ref())).transpose()?;
    let now = edge::now();
    let state = |window: &Window| match () {
        () if now < window.from => "announced",
        () if now < window.until => "in force",
        () => "over",
    };
    let windows = registry.maintenance().iter().filter(|window| wanted.as_ref().is_none_or(|of| window.of == *of));
    let mut windows: Vec<_> = windows
        .map(|window| Listed {
            of: name(&window.of),
            state: state(window),
            from: window.from,
            until: window.until,
            reason: &window.reason,
            place: window.place.to_string(),
        })
        .collect();
    windows.sort_by_key(|window| window.from);
    if words.words.json {
        return print::json(&windows);
    }
    for Listed { of, state, from, until, reason, place } in &windows {
        let (from, until) = (written(*from), written(*until));
        print::line(&format!("{} {state:<9} {from} {until} {}  {place}", cell(of, OF_WIDTH), cell(reason, 200)))?;
    }
    Ok(())
}

fn name(of: &Resting) -> String {
    match of {
        Resting::Service(sid, Some(version)) => format!("{sid} {version}"),
        Resting::Service(sid, None) => sid.to_string(),
        Resting::System(system) => system.to_string(),
    }
}

/// A moment as the registry has it: to the second, in Moscow time.
fn written(moment: Timestamp) -> String {
    Offset::constant(3).to_datetime(moment).strftime("%Y-%m-%dT%H:%M:%S+03:00").to_string()
}
