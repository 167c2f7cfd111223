//! Loading: the entry file, the files it includes, the files they name, and the digest over all of them.
//!
//! What the tables mean is read in `settings` and `entries`; what they refer to is checked in `resolve`.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use toml::de::DeTable;

use super::index::Index;
use super::kind::{Kind, Text};
use super::life::{Cutover, Maintenance};
use super::node::{Federal, Journal, Listen, Node, Trust};
use super::people::{Approval, Contact, Officer};
use super::resolve::Names;
use super::rows::{AccessRow, FileRef, LoadedFile, Participant, Route, Service, System};
use super::secrets::Secrets;
use super::source::{Located, Source, Spot};
use super::table::Table;
use super::{Files, Problem, Registry, entries, life, people, resolve, settings};
use crate::Limits;
use crate::spelling::nearest;

/// What has been read so far.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) node: Option<Node>,
    pub(super) listen: Option<Listen>,
    pub(super) journal: Option<Journal>,
    pub(super) trust: Trust,
    pub(super) federal: Option<Federal>,
    pub(super) approval: Approval,
    pub(super) limits: Limits,
    pub(super) participants: Vec<Participant>,
    pub(super) systems: Vec<System>,
    pub(super) services: Vec<Service>,
    pub(super) routes: Vec<Route>,
    pub(super) access: Vec<AccessRow>,
    pub(super) contacts: Vec<Contact>,
    pub(super) officers: Vec<Officer>,
    pub(super) cutovers: Vec<Cutover>,
    pub(super) maintenance: Vec<Maintenance>,
}

/// The files behind the tables, the names declared in them, and what was wrong.
pub(super) struct Loader<'f> {
    pub(super) files: &'f dyn Files,
    root: PathBuf,
    read: BTreeMap<String, Arc<[u8]>>,
    pub(super) secrets: Secrets,
    /// Directories and file names with `*` of `include`.
    patterns: Vec<(PathBuf, String)>,
    pub(super) names: Names,
    pub(super) problems: Vec<Problem>,
    /// What is no error but deserves the operator's look.
    remarks: Vec<Problem>,
}

/// The octets a snapshot was made of, and where more of them would be looked for.
pub(super) struct ReadFiles {
    root: PathBuf,
    plain: BTreeMap<String, Arc<[u8]>>,
    pub(super) secrets: Secrets,
    patterns: Vec<(PathBuf, String)>,
}

/// The names: among the octets are those of keys.
impl fmt::Debug for ReadFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.plain.keys()).finish()
    }
}

impl ReadFiles {
    /// All but secrets.
    pub(super) fn plain(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let plain = self.plain.iter().map(|(name, octets)| (name.as_str(), &**octets));
        plain.filter(|(name, octets)| !self.secrets.hold(name, octets))
    }

    /// See [`Registry::strays`].
    pub(super) fn strays(&self, files: &dyn Files) -> Vec<String> {
        let mut strays = Vec::new();
        for (directory, pattern) in &self.patterns {
            for name in names_in(files, &self.root, directory).unwrap_or_default() {
                let path = directory.join(&name).to_string_lossy().into_owned();
                if is_meant(&name, pattern) && !self.plain.contains_key(&path) && !strays.contains(&path) {
                    strays.push(path);
                }
            }
        }
        strays
    }
}

/// See [`Registry::load`].
pub(super) fn load(entry: &Path, files: &dyn Files) -> Result<Registry, Vec<Problem>> {
    let root = entry.parent().unwrap_or(Path::new("")).to_owned();
    let mut loader = Loader {
        files,
        root,
        read: BTreeMap::new(),
        secrets: Secrets::default(),
        patterns: Vec::new(),
        names: Names::default(),
        problems: Vec::new(),
        remarks: Vec::new(),
    };
    let mut draft = Draft::default();
    let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // References are checked only when every file could be read: a missing file would make all its names unknown.
    if loader.read_all(&name, &mut draft) {
        let found = resolve::check(&loader.names, &draft);
        loader.problems.extend(found);
    }
    loader.check_size(&name, &draft.limits);
    let Loader { root, read, secrets, patterns, mut problems, mut remarks, .. } = loader;
    problems.sort_by_cached_key(|problem| (problem.file != name, problem.file.clone(), problem.line, problem.column));
    problems.dedup();
    let (Some(node), Some(listen), Some(journal), true) =
        (draft.node, draft.listen, draft.journal, problems.is_empty())
    else {
        return Err(problems);
    };
    // A file may be named as a certificate and as a key: it is listed once.
    let files = read.iter().map(|(name, octets)| loaded(name, octets)).chain(secrets.listed());
    let files: BTreeMap<_, _> = files.map(|file| (file.name.clone(), file)).collect();
    let files: Vec<_> = files.into_values().collect();
    let index = Index::new(&draft.participants, &draft.systems, &draft.services, &draft.routes, &draft.access);
    remarks.extend(resolve::remarks(&listen, &draft.services, &draft.routes));
    Ok(Registry {
        digest: sha256_hex(manifest(&files).as_bytes()),
        files,
        read: ReadFiles { root, plain: read, secrets, patterns },
        remarks,
        node,
        listen,
        journal,
        trust: draft.trust,
        federal: draft.federal,
        approval: draft.approval,
        limits: draft.limits,
        participants: draft.participants,
        systems: draft.systems,
        services: draft.services,
        routes: draft.routes,
        access: draft.access,
        contacts: draft.contacts,
        officers: draft.officers,
        cutovers: draft.cutovers,
        maintenance: draft.maintenance,
        index,
    })
}

/// One line a file, as `sha256sum` writes it, in order of names.
pub(super) fn manifest(files: &[LoadedFile]) -> String {
    let lines: Vec<_> = files
        .iter()
        .map(|file| {
            format!(
                "{}  {}
",
                file.sha256, file.name
            )
        })
        .collect();
    lines.concat()
}

pub(super) fn loaded(name: &str, octets: &[u8]) -> LoadedFile {
    LoadedFile { name: name.to_owned(), bytes: octets.len(), sha256: sha256_hex(octets) }
}

fn sha256_hex(octets: &[u8]) -> String {
    hex::encode(Sha256::digest(octets))
}

impl Loader<'_> {
    /// The directory of the entry file.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Reads the entry file and all it includes; false when one of them is no TOML or not there.
    fn read_all(&mut self, entry: &str, draft: &mut Draft) -> bool {
        let start = Spot { file: entry.into(), line: 1, column: 1 };
        let Some(source) = self.source(entry, &start, "") else {
            return false;
        };
        let Some(tables) = self.parse(&source) else {
            return false;
        };
        let mut table = Table::of_file(&source, &tables);
        let patterns = table.list("include", &Text);
        settings::read(self, &mut table, draft);
        entries::read(self, &mut table, draft);
        people::read(self, &mut table, draft);
        life::read(self, &mut table, draft);
        table.end(&mut self.problems);
        let before = self.problems.len();
        let included = self.included(patterns);
        let mut whole = self.problems.len() == before;
        for Located { value: name, spot } in included {
            whole &= self.read_included(&name, &spot, draft);
        }
        whole
    }

    fn read_included(&mut self, name: &str, spot: &Spot, draft: &mut Draft) -> bool {
        let Some(source) = self.source(name, spot, "include") else {
            return false;
        };
        let Some(tables) = self.parse(&source) else {
            return false;
        };
        let mut table = Table::of_file(&source, &tables);
        entries::read(self, &mut table, draft);
        people::read(self, &mut table, draft);
        life::read(self, &mut table, draft);
        for key in settings::KEYS {
            let hint = format!("move it to {}", spot.file);
            table.forbid(key, "may stand in the entry file only", &hint);
        }
        table.end(&mut self.problems);
        true
    }

    /// The files that the patterns of `include` mean, each once, the entry file never.
    fn included(&mut self, patterns: Vec<Located<String>>) -> Vec<Located<String>> {
        let mut found: Vec<Located<String>> = Vec::new();
        for Located { value: pattern, spot } in patterns {
            let path = normal(Path::new(&pattern));
            let directory = path.parent().unwrap_or(Path::new(""));
            let last = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if directory.to_string_lossy().contains('*') {
                let what = format!("{pattern:?} has a * in a directory");
                let problem = spot.problem("include", what, "name the directory; * is for file names");
                self.problems.push(problem.allowing("a file, or a directory and a file name with *"));
                continue;
            }
            let names = if last.contains('*') {
                self.patterns.push((directory.to_owned(), last.clone()));
                let names = self.matching(directory, &last, &spot);
                if names.is_empty() {
                    let what = format!("{pattern:?} finds no file");
                    self.remarks.push(spot.problem("include", what, "mend the path, unless nothing is registered yet"));
                }
                names
            } else {
                vec![last]
            };
            for name in names {
                let name = directory.join(name).to_string_lossy().into_owned();
                if !self.read.contains_key(&name) && found.iter().all(|known| known.value != name) {
                    found.push(Located { value: name, spot: spot.clone() });
                }
            }
        }
        found
    }

    /// File names in a directory that fit a pattern, in order. A directory that is not there is an empty one: git keeps none.
    fn matching(&mut self, directory: &Path, pattern: &str, spot: &Spot) -> Vec<String> {
        match self.list(directory) {
            Ok(names) => names.into_iter().filter(|name| is_meant(name, pattern)).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                let what = format!("cannot list {}: {}", directory.display(), reason(&error));
                self.problems.push(spot.problem("include", what, "let the bus's user read the directory"));
                Vec::new()
            }
        }
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        names_in(self.files, &self.root, directory)
    }

    fn source(&mut self, name: &str, spot: &Spot, key: &str) -> Option<Source> {
        let octets = self.octets(name, key, spot)?;
        match std::str::from_utf8(&octets) {
            Ok(text) => {
                let directory = Path::new(name).parent().unwrap_or(Path::new("")).to_owned();
                Some(Source::new(name, directory, text.to_owned()))
            }
            Err(error) => {
                let before = octets.get(..error.valid_up_to()).unwrap_or_default();
                let good = String::from_utf8_lossy(before).into_owned();
                let spot = Source::new(name, PathBuf::new(), good).spot(error.valid_up_to());
                self.problems.push(spot.problem("", "is not UTF-8 from here on", "save the file as UTF-8"));
                None
            }
        }
    }

    fn parse<'s>(&mut self, source: &'s Source) -> Option<DeTable<'s>> {
        let (tables, errors) = DeTable::parse_recoverable(&source.text);
        for error in &errors {
            let spot = source.spot(error.span().map_or(0, |span| span.start));
            let what = format!("is not TOML: {}", error.message().replace('\n', "; "));
            self.problems.push(spot.problem(
                "",
                what,
                "mend it here or just before: a quote, a bracket or = may be missing",
            ));
        }
        errors.is_empty().then(|| tables.into_inner())
    }

    /// The file that a key must name.
    pub(super) fn file(&mut self, table: &mut Table<'_>, key: &'static str) -> Option<FileRef> {
        let path = table.need(key, &FilePath)?;
        self.file_at(table, key, &path)
    }

    /// The file that a key may name.
    pub(super) fn file_if_named(&mut self, table: &mut Table<'_>, key: &'static str) -> Option<FileRef> {
        let path = table.may(key, &FilePath)?;
        self.file_at(table, key, &path)
    }

    /// Reads a file at a path relative to the directory of the file that names it.
    pub(super) fn file_at(&mut self, table: &Table<'_>, key: &str, path: &Located<String>) -> Option<FileRef> {
        let name = normal(&table.source().directory.join(&path.value)).to_string_lossy().into_owned();
        let octets = self.octets(&name, &table.key(key), &path.spot)?;
        Some(FileRef { path: self.root.join(&name), octets })
    }

    fn octets(&mut self, name: &str, key: &str, spot: &Spot) -> Option<Arc<[u8]>> {
        if let Some(octets) = self.read.get(name) {
            return Some(Arc::clone(octets));
        }
        match self.files.read(&self.root.join(name)) {
            Ok(octets) => {
                let octets: Arc<[u8]> = octets.into();
                self.read.insert(name.to_owned(), Arc::clone(&octets));
                Some(octets)
            }
            Err(error) => {
                let hint = self.hint_for_unreadable(name, &error);
                self.problems.push(spot.problem(key, format!("cannot read {name}: {}", reason(&error)), hint));
                None
            }
        }
    }

    pub(super) fn hint_for_unreadable(&self, name: &str, error: &io::Error) -> String {
        if error.kind() != io::ErrorKind::NotFound {
            return "name a regular file that the bus's user may read".to_owned();
        }
        let path = Path::new(name);
        let directory = path.parent().unwrap_or(Path::new(""));
        let siblings = self.list(directory).unwrap_or_default();
        let last = path.file_name().map(|last| last.to_string_lossy().into_owned()).unwrap_or_default();
        // The file itself is among them where a state of the past lacks it.
        let siblings = siblings.iter().map(String::as_str).filter(|sibling| *sibling != last);
        nearest(&last, siblings).map_or_else(
            || "paths are relative to the directory of the file they are written in".to_owned(),
            |sibling| format!("did you mean {}?", directory.join(sibling).display()),
        )
    }

    fn check_size(&mut self, entry: &str, limits: &Limits) {
        let total = self.read.values().map(|octets| octets.len()).sum::<usize>() + self.secrets.total();
        if total > limits.registry_files_bytes {
            let spot = Spot { file: entry.into(), line: 1, column: 1 };
            let what =
                format!("the files of the registry hold {total} octets, more than {}", limits.registry_files_bytes);
            self.problems.push(spot.problem(
                "limits.registry_files_bytes",
                what,
                "see whether include or a path names a large file by mistake",
            ));
        }
    }
}

/// A path as text.
pub(super) struct FilePath;

impl Kind for FilePath {
    type Out = String;

    fn allowed(&self) -> String {
        "a path relative to the directory of this file".to_owned()
    }

    fn read(&self, value: &toml::de::DeValue<'_>) -> Result<String, super::kind::Complaint> {
        Text.read(value)
    }
}

/// The path without `.` and, where it can be told from the text alone, without `..`.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.iter().collect()
}

/// The names of the files in a directory of the registry, in order.
fn names_in(files: &dyn Files, root: &Path, directory: &Path) -> io::Result<Vec<String>> {
    let path = root.join(directory);
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { &path };
    let listed = files.list(path)?;
    let mut names: Vec<_> =
        listed.iter().filter_map(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// Is a file of that name meant by a pattern? Hidden ones never are.
fn is_meant(name: &str, pattern: &str) -> bool {
    !name.starts_with('.') && fits(name, pattern)
}

/// Does the name fit a pattern in which `*` stands for any characters?
fn fits(name: &str, pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return name == pattern;
    };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(inner) = name.strip_prefix(first).and_then(|tail| tail.strip_suffix(last)) else {
        return false;
    };
    // What stands between two stars is taken where it comes first: nothing behind it can want an earlier place.
    let mut tail = inner;
    middle.split('*').all(|piece| {
        tail.find(piece).and_then(|at| tail.get(at + piece.len()..)).is_some_and(|behind| {
            tail = behind;
            true
        })
    })
}

/// The same words on every system.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "no permission".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_characters_and_many_stars_cost_no_more() {
        for (name, pattern, fit) in [
            ("access.toml", "*.toml", true),
            ("access.toml", "*", true),
            ("access.toml", "acc*.toml", true),
            ("access.toml", "*c*s*.toml", true),
            ("access.toml", "*s*c*.toml", false),
            ("access.toml", "access.toml*", true),
            ("access.toml", "access.toml*l", false),
            ("ab", "ab*b", false),
            ("abab", "*ab*ab*", true),
            ("aba", "*ab*ab*", false),
        ] {
            assert_eq!(fits(name, pattern), fit, "{name} {pattern}");
        }
        assert!(!fits(&"a".repeat(200), &format!("{}b", "a*".repeat(100))));
    }
}
