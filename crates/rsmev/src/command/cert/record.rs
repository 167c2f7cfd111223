//! The record of a rotation: a small file beside the registry that says what was replaced by what. It is on disk before the
//! registry changes, so that the way back is known whatever happens, and is written anew at each step.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;

use crate::failure::Failure;
use crate::registry_edit::text::literal;
use crate::registry_edit::{OPEN, write_whole};

/// Where records lie, relative to the directory of the entry file.
const DIRECTORY: &str = "certs/rotations";

/// How far a rotation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Step {
    /// The new certificate may stand in the registry on trial.
    Rehearsal,
    /// The registry has, or is about to have, the new certificate in force.
    Switch,
    /// What was replaced is back.
    RolledBack,
}

impl Step {
    fn word(self) -> &'static str {
        match self {
            Step::Rehearsal => "rehearsal",
            Step::Switch => "switch",
            Step::RolledBack => "rolled-back",
        }
    }
}

/// A certificate with what belongs to it, as rows of the registry name them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Named {
    pub(super) certificate: String,
    pub(super) key: Option<String>,
    pub(super) key_passphrase_file: Option<String>,
}

/// One rotation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    format: u32,
    /// Mnemonic of the system, or `node`.
    pub(super) subject: String,
    pub(super) began: Timestamp,
    pub(super) step: Step,
    /// File of the registry that holds the row, by its name there.
    pub(super) file: String,
    /// SHA-256 of the new certificate.
    pub(super) fingerprint: String,
    pub(super) new: Named,
    pub(super) old: Named,
}

/// A record with the file it lies in.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    path: PathBuf,
    pub(super) record: Record,
}

impl Kept {
    /// Begins a record; on disk when this returns.
    pub(super) fn begin(
        root: &Path,
        subject: &str,
        began: Timestamp,
        step: Step,
        change: (String, String, Named, Named),
    ) -> Result<Kept, Failure> {
        let directory = root.join(DIRECTORY);
        fs::create_dir_all(&directory)
            .map_err(|error| Failure::system(&format!("make {}", directory.display()), error))?;
        let path = directory.join(format!("{}-{subject}.toml", began.strftime("%Y-%m-%dT%H%M%S%.3fZ")));
        let (file, fingerprint, new, old) = change;
        let record = Record { format: 1, subject: subject.to_owned(), began, step, file, fingerprint, new, old };
        let kept = Kept { path, record };
        kept.write()?;
        Ok(kept)
    }

    /// Notes the next step; on disk when this returns.
    pub(super) fn step(&mut self, step: Step) -> Result<(), Failure> {
        self.record.step = step;
        self.write()
    }

    /// Forgets it: nothing was replaced.
    pub(super) fn forget(self) -> Result<(), Failure> {
        fs::remove_file(&self.path)
            .map_err(|error| Failure::system(&format!("remove {}", self.path.display()), error))?;
        // Gone with its last record; a directory that still holds others stays.
        let _ = self.path.parent().map(fs::remove_dir);
        Ok(())
    }

    fn write(&self) -> Result<(), Failure> {
        write_whole(&self.path, self.record.text().as_bytes(), OPEN, None)
            .map_err(|error| Failure::system(&format!("write {}", self.path.display()), error))
    }
}

impl Record {
    fn text(&self) -> String {
        let mut text = format!(
            "# Смена сертификата: что чем заменено. Вернуть прежнее: rsmev cert rotate {} --rollback\n\
             format = {}\nsubject = {}\nbegan = \"{}\"\nstep = \"{}\"\nfile = {}\nfingerprint = \"{}\"\n",
            self.subject,
            self.format,
            literal(&self.subject),
            self.began,
            self.step.word(),
            literal(&self.file),
            self.fingerprint,
        );
        for (table, named) in [("new", &self.new), ("old", &self.old)] {
            let _ = write!(text, "\n[{table}]\ncertificate = {}\n", literal(&named.certificate));
            for (key, value) in [("key", &named.key), ("key_passphrase_file", &named.key_passphrase_file)] {
                if let Some(value) = value {
                    let _ = writeln!(text, "{key} = {}", literal(value));
                }
            }
        }
        text
    }
}

/// The records of a subject, the newest first; of all subjects without one.
pub(super) fn of(root: &Path, subject: Option<&str>) -> Result<Vec<Kept>, Failure> {
    let directory = root.join(DIRECTORY);
    let trouble = |error| Failure::system(&format!("read {}", directory.display()), error);
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(trouble(error)),
    };
    let mut records = Vec::new();
    for entry in entries {
        let path = entry.map_err(trouble)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden || path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let text =
            fs::read_to_string(&path).map_err(|error| Failure::system(&format!("read {}", path.display()), error))?;
        let record: Record = toml::from_str(&text).map_err(|error| {
            Failure::no(format!("{}: is no record of a rotation: {}", path.display(), error.message()))
                .hint("move it elsewhere if it is not one")
        })?;
        if subject.is_none_or(|wanted| record.subject == wanted) {
            records.push(Kept { path, record });
        }
    }
    records.sort_by(|one, other| (other.record.began, &other.path).cmp(&(one.record.began, &one.path)));
    Ok(records)
}

/// Rehearsals that were broken off: their certificate may still be on trial.
pub(super) fn unfinished(config: &Path) -> Result<Vec<String>, Failure> {
    let records = of(config.parent().unwrap_or(Path::new("")), None)?;
    let broken_off = records.iter().filter(|kept| kept.record.step == Step::Rehearsal);
    Ok(broken_off
        .map(|kept| {
            let subject = &kept.record.subject;
            format!(
                "a rehearsal for {subject} was broken off on {}; `rsmev cert rotate {subject} --rollback` clears it away",
                kept.record.began.strftime("%Y-%m-%d")
            )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_the_newest_comes_first() {
        let root = tempfile::tempdir().unwrap();
        let named = |certificate: &str, key: Option<&str>| Named {
            certificate: certificate.to_owned(),
            key: key.map(str::to_owned),
            key_passphrase_file: None,
        };
        let begin = |second, subject| {
            let began = Timestamp::from_second(second).unwrap();
            let change = ("p.toml".to_owned(), "ab".to_owned(), named("n \"1\"", Some("k")), named("o", None));
            Kept::begin(root.path(), subject, began, Step::Rehearsal, change).unwrap()
        };
        begin(1, "A");
        let mut second = begin(2, "A");
        begin(3, "B");
        second.step(Step::Switch).unwrap();
        let found = of(root.path(), Some("A")).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].record, second.record);
        assert_eq!(unfinished(&root.path().join("routes.toml")).unwrap().len(), 2);
        second.forget().unwrap();
        assert_eq!(of(root.path(), None).unwrap().len(), 2);
    }
}
