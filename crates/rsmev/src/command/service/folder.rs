//! Packages on disk: found by the registry, read whole under bounds. Nothing outside of the folder is read, links are not followed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use domain::registry::Service;
use office::package::Package;
use xmldsig::schema::SchemaFile;

use crate::edge;
use crate::failure::Failure;
use crate::language::{said, told};

/// Files of a package.
const FILES_MAX: usize = 512;
/// Octets of all its files.
const OCTETS_MAX: u64 = 64 << 20;
/// Folders in folders.
const DEPTH_MAX: usize = 6;

/// Schemas of the SMEV blocks, which packages need not bring along.
pub(crate) const LIBRARY: [SchemaFile<'static>; 3] = [
    SchemaFile { name: "smev-rev110801.xsd", octets: include_bytes!("../../../../../schemas/smev-rev110801.xsd") },
    SchemaFile { name: "smev-rev111111.xsd", octets: include_bytes!("../../../../../schemas/smev-rev111111.xsd") },
    SchemaFile { name: "smev-rev120315.xsd", octets: include_bytes!("../../../../../schemas/smev-rev120315.xsd") },
];

/// Reads a package.
pub(crate) fn read(folder: &Path) -> Result<Package, Failure> {
    if !folder.is_dir() {
        return Err(Failure::no(format!(
            "{}: {}",
            folder.display(),
            told("нет такой папки", "there is no such folder")
        ))
        .hint(told(
            "назовите папку пакета, ту, где passport.toml",
            "name the folder of the package, the one with passport.toml",
        )));
    }
    let mut files = BTreeMap::new();
    let mut octets = 0;
    walk(folder, "", 0, &mut files, &mut octets)?;
    Ok(Package::new(files))
}

fn walk(
    folder: &Path,
    above: &str,
    depth: usize,
    files: &mut BTreeMap<String, Vec<u8>>,
    octets: &mut u64,
) -> Result<(), Failure> {
    let trouble = |path: &Path, error: std::io::Error| Failure::system(&format!("read {}", path.display()), error);
    let too_much = |what: &str| {
        Failure::no(format!("{}: {what}", folder.display())).hint(told(
            "пакет — бумаги одной версии одного сервиса",
            "a package holds the papers of one version of one service",
        ))
    };
    if depth > DEPTH_MAX {
        return Err(too_much(&format!("folders are nested deeper than {DEPTH_MAX}")));
    }
    for entry in fs::read_dir(folder).map_err(|error| trouble(folder, error))? {
        let entry = entry.map_err(|error| trouble(folder, error))?;
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            return Err(Failure::no(format!("{}: a file's name is not UTF-8", folder.display())));
        };
        if name.starts_with('.') {
            continue;
        }
        let name = if above.is_empty() { name } else { format!("{above}/{name}") };
        let kind = entry.file_type().map_err(|error| trouble(&path, error))?;
        if kind.is_dir() {
            walk(&path, &name, depth + 1, files, octets)?;
            continue;
        }
        if !kind.is_file() {
            return Err(Failure::no(format!("{}: {}", path.display(), told("не обычный файл", "no plain file"))).hint(
                told("положите сам файл; по ссылкам не ходим", "put the file itself there; links are not followed"),
            ));
        }
        *octets = octets.saturating_add(entry.metadata().map_err(|error| trouble(&path, error))?.len());
        if *octets > OCTETS_MAX || files.len() >= FILES_MAX {
            return Err(too_much(&format!("more than {FILES_MAX} files or {} MiB", OCTETS_MAX >> 20)));
        }
        files.insert(name, edge::read(&path).map_err(|error| trouble(&path, error))?);
    }
    Ok(())
}

/// Where the package of a registered version lies.
pub(crate) fn of(config: &Path, service: &Service) -> Result<PathBuf, Failure> {
    let package = service.package.as_ref().ok_or_else(|| {
        Failure::no(said(
            || format!("в реестре не указан пакет {} {}", service.sid, service.version),
            || format!("{} {} has no package in the registry", service.sid, service.version),
        ))
        .hint("[[service]] package = \"services/SID…/1.00\"")
    })?;
    Ok(config.parent().unwrap_or(Path::new("")).join(package))
}

/// WSDL and XSD files of a folder or of one file, for comparing.
pub(crate) fn schemas(path: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    if path.is_file() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let octets = edge::read(path).map_err(|error| Failure::system(&format!("read {}", path.display()), error))?;
        return Ok(BTreeMap::from([(name, octets)]));
    }
    let package = read(path)?;
    let found: BTreeMap<String, Vec<u8>> =
        package.schemas().into_iter().map(|(name, octets)| (name.to_owned(), octets.to_vec())).collect();
    if found.is_empty() {
        return Err(Failure::no(format!(
            "{}: {}",
            path.display(),
            told("нет ни .wsdl, ни .xsd", "there is no .wsdl and no .xsd")
        )));
    }
    Ok(found)
}
