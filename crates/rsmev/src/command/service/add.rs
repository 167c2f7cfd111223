//! `rsmev service add`: rows of the registry out of a package. The version begins as a pilot; nothing red gets in.

use std::path::Path;

use domain::registry::{AccessMode, Service};
use jiff::tz::Offset;
use office::package::{ANSWER, Package, Passport, REQUEST};

use super::check::{judge, must_be_green};
use super::folder;
use crate::amend::{Amend, Done, Words};
use crate::edge;
use crate::failure::Failure;
use crate::language::{said, told};
use crate::registry_edit::Draft;
use crate::registry_edit::text::{Change, Row, literal, literals};

pub(super) fn add(path: &Path, words: &Words) -> Result<(), Failure> {
    let package = folder::read(path)?;
    let amend = Amend::begin(words)?;
    let report = judge(&package, Some(amend.snapshot()), edge::now());
    must_be_green(&report, path)?;
    let passport = package.get(office::package::PASSPORT).and_then(|octets| Passport::read(octets).ok());
    let passport = passport.ok_or_else(|| Failure::no(told("паспорт не читается", "the passport cannot be read")))?;
    let registry = amend.registry();
    if registry.service(&passport.sid, &passport.version).is_some() {
        return Err(Failure::no(said(
            || format!("{} {} уже в реестре", passport.sid, passport.version),
            || format!("{} {} is registered already", passport.sid, passport.version),
        ))
        .hint(told(
            "дайте пакету новую версию; что есть в реестре, покажет `rsmev service show`",
            "give the package a new version; `rsmev service show` tells what is registered",
        )));
    }
    let place = place(amend.held().root(), path)?;
    let older: Vec<&Service> = registry.service_versions(&passport.sid).collect();
    let mut draft = match older.last() {
        Some(last) => amend.draft(&last.place.file)?,
        None => amend.draft_for("service")?,
    };
    // With more than one version the bus must know which is meant when a request names none: the one it has been.
    if let Some(only) = older.first().filter(|only| older.len() == 1 && !only.default) {
        let row = Row::At { table: "service", line: only.place.line };
        draft.change(row, Change::Put { key: "default", toml: "true", after: "version" })?;
    }
    append(&mut draft, &package, &passport, &place)?;
    let (sid, version) = (&passport.sid, &passport.version);
    let done = Done {
        what: format!("service add {sid} {version}"),
        told: said(
            || format!("{sid} {version} в реестре как пилот; дальше: rsmev service check {} --run", path.display()),
            || format!("{sid} {version} is registered as a pilot; next: rsmev service check {} --run", path.display()),
        ),
    };
    amend.finish(draft, &done)
}

/// The package's folder relative to the registry's.
fn place(root: &Path, package: &Path) -> Result<String, Failure> {
    let trouble = |path: &Path, error| Failure::system(&format!("find {}", path.display()), error);
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let root = root.canonicalize().map_err(|error| trouble(root, error))?;
    let folder = package.canonicalize().map_err(|error| trouble(package, error))?;
    let inside = folder.strip_prefix(&root).ok().and_then(Path::to_str).filter(|inside| !inside.is_empty());
    inside.map(str::to_owned).ok_or_else(|| {
        Failure::no(said(
            || format!("{} лежит не в папке реестра", package.display()),
            || format!("{} does not lie under the folder of the registry", package.display()),
        ))
        .hint(told("скопируйте его туда: services/SID…/ВЕРСИЯ", "copy it to services/SID…/VERSION there"))
    })
}

fn append(draft: &mut Draft<'_>, package: &Package, passport: &Passport, place: &str) -> Result<(), Failure> {
    // Files are named from the file that names them, the package from the entry file.
    let up = "../".repeat(draft.name().matches('/').count());
    let file = |name: &str| literal(&format!("{up}{place}/{name}"));
    let today = Offset::constant(3).to_datetime(edge::now()).date();
    let mode = match passport.access {
        AccessMode::ByConsent => "by_consent",
        AccessMode::Open => "open",
        AccessMode::BaseResource => "base_resource",
    };
    let mut service = vec![
        ("sid", literal(passport.sid.as_str())),
        ("version", literal(passport.version.as_str())),
        ("name", literal(&passport.name)),
        ("owner", literal(passport.owner.as_str())),
        ("provider", literal(passport.provider.as_str())),
        ("access", literal(mode)),
        ("stage", literal("pilot")),
        ("since", today.to_string()),
        ("operations", literals(passport.operations.iter().map(String::as_str))),
        ("package", literal(place)),
    ];
    if let Some((name, _)) = package.ending(".wsdl").first() {
        service.push(("wsdl", file(name)));
    }
    service.push(("control_example", format!("{{ request = {}, answer = {} }}", file(REQUEST), file(ANSWER))));
    if let Some(deadline) = &passport.answer_deadline {
        service.push(("answer_deadline", literal(deadline)));
    }
    if let (Some(_), Some(digest)) = (&passport.format.approved, &passport.format.sha256) {
        service.push(("format_sha256", literal(digest)));
    }
    draft.append("service", &service)?;
    let route = [
        ("service", literal(passport.sid.as_str())),
        ("version", literal(passport.version.as_str())),
        ("to", literal(&passport.endpoint)),
    ];
    draft.append("route", &route)
}
