//! What a rotation does to the registry, step by step: on trial, off trial, switch, back. Each step is one file replaced at
//! once; each may be done twice. What was replaced stands in the record, not here.

use domain::registry::{Signing, System};
use gateway::Snapshot;

use super::place::{CERTIFICATES, TRIAL};
use super::record::{Named, Record};
use super::{row_of, system_of};
use crate::failure::Failure;
use crate::registry_edit::text::{Change, End, Row};
use crate::registry_edit::{Draft, Held};

/// The word for the node in place of a mnemonic.
pub(super) const NODE: &str = "node";
const CERTIFICATE: &str = "certificate";
const KEY: &str = "key";
const PASSPHRASE: &str = "key_passphrase_file";

/// Whose certificate is changed.
#[derive(Clone, Copy)]
pub(super) enum Subject<'s> {
    /// The node's: certificate and key are replaced.
    Node,
    /// That of a system that signs for itself: the new one comes beside the old one.
    Own(&'s System),
    /// That of a system the bus signs for: the new one comes before the old one, with its key.
    Hosted(&'s System),
}

impl<'s> Subject<'s> {
    /// By mnemonic or `node`.
    pub(super) fn find(snapshot: &'s Snapshot, name: &str) -> Result<Subject<'s>, Failure> {
        if name == NODE {
            return Ok(Subject::Node);
        }
        let mnemonic = domain::Mnemonic::new(name).map_err(|error| Failure::usage(error.to_string()))?;
        let system = system_of(snapshot, &mnemonic)?;
        Ok(match system.signature {
            Signing::Own => Subject::Own(system),
            Signing::Hosted { .. } => Subject::Hosted(system),
        })
    }

    /// Mnemonic or `node`.
    pub(super) fn name(self) -> &'s str {
        match self {
            Subject::Node => NODE,
            Subject::Own(system) | Subject::Hosted(system) => system.mnemonic.as_str(),
        }
    }

    /// The file that holds its row.
    pub(super) fn holder(self, held: &Held) -> String {
        match self {
            Subject::Node => super::file_name(held.config()),
            Subject::Own(system) | Subject::Hosted(system) => system.place.file.to_string(),
        }
    }

    fn row(self) -> Row<'s> {
        match self {
            Subject::Node => Row::Table(NODE),
            Subject::Own(system) | Subject::Hosted(system) => row_of(system),
        }
    }

    /// Does the bus hold the key?
    pub(super) fn has_key(self) -> bool {
        !matches!(self, Subject::Own(_))
    }

    /// What its row names now.
    pub(super) fn now(self, held: &Held) -> Result<Named, Failure> {
        let draft = held.edit(&self.holder(held))?;
        let one = |key| Ok::<_, Failure>(draft.values(self.row(), key)?.into_iter().next());
        let list = if matches!(self, Subject::Node) { CERTIFICATE } else { CERTIFICATES };
        Ok(Named { certificate: one(list)?.unwrap_or_default(), key: one(KEY)?, key_passphrase_file: one(PASSPHRASE)? })
    }

    /// On trial.
    pub(super) fn on_trial(self, held: &Held, certificate: &str) -> Result<Snapshot, Failure> {
        let mut draft = held.edit(&self.holder(held))?;
        draft
            .change(self.row(), Change::Add { key: TRIAL, value: certificate, end: End::Last, after: CERTIFICATES })?;
        draft.commit()
    }

    /// Off trial.
    pub(super) fn off_trial(self, held: &Held, certificate: &str) -> Result<Snapshot, Failure> {
        let mut draft = held.edit(&self.holder(held))?;
        draft.change(self.row(), Change::Remove { key: TRIAL, value: certificate })?;
        draft.commit()
    }

    /// The registry with the new certificate in force, not written yet: to see whether it would load.
    pub(super) fn switched<'h>(self, held: &'h Held, new: &Named) -> Result<Draft<'h>, Failure> {
        let mut draft = held.edit(&self.holder(held))?;
        let row = self.row();
        match self {
            Subject::Node => {
                draft.change(row, Change::Set { key: CERTIFICATE, value: &new.certificate, after: "name" })?;
            }
            Subject::Own(_) => draft.change(
                row,
                Change::Add { key: CERTIFICATES, value: &new.certificate, end: End::Last, after: "mnemonic" },
            )?,
            Subject::Hosted(_) => {
                let value = &new.certificate;
                if draft.values(row, CERTIFICATES)?.first() != Some(value) {
                    draft.change(row, Change::Remove { key: CERTIFICATES, value })?;
                    draft.change(row, Change::Add { key: CERTIFICATES, value, end: End::First, after: "mnemonic" })?;
                }
            }
        }
        if self.has_key() {
            set_key(&mut draft, row, new)?;
        }
        if !matches!(self, Subject::Node) {
            draft.change(row, Change::Remove { key: TRIAL, value: &new.certificate })?;
        }
        Ok(draft)
    }

    /// What the record says was replaced, is back. What somebody has changed since is left alone, and said.
    pub(super) fn back(self, held: &Held, record: &Record) -> Result<Snapshot, Failure> {
        let mut draft = held.edit(&self.holder(held))?;
        let row = self.row();
        if self.has_key() {
            let key = draft.values(row, KEY)?.into_iter().next();
            if key == record.new.key {
                set_key(&mut draft, row, &record.old)?;
            } else if key != record.old.key {
                return Err(changed_since(record, KEY));
            }
        }
        let value = record.new.certificate.as_str();
        if let Subject::Node = self {
            let now = draft.values(row, CERTIFICATE)?.into_iter().next().unwrap_or_default();
            if now == value {
                draft.change(row, Change::Set { key: CERTIFICATE, value: &record.old.certificate, after: "name" })?;
            } else if now != record.old.certificate {
                return Err(changed_since(record, CERTIFICATE));
            }
        } else {
            // Whoever took it out had a reason: it does not come back by the way.
            if !draft.values(row, CERTIFICATES)?.contains(&record.old.certificate) {
                return Err(Failure::no(format!("{} was taken out since the rotation", record.old.certificate))
                    .hint("register it again with `rsmev cert add` if it may still speak for the system"));
            }
            draft.change(row, Change::Remove { key: CERTIFICATES, value })?;
            draft.change(row, Change::Remove { key: TRIAL, value })?;
        }
        draft.commit()
    }
}

fn set_key(draft: &mut Draft<'_>, row: Row<'_>, named: &Named) -> Result<(), Failure> {
    let Some(key) = &named.key else {
        return Err(Failure::no("the record names no key"));
    };
    draft.change(row, Change::Set { key: KEY, value: key, after: "mnemonic" })?;
    match &named.key_passphrase_file {
        Some(value) => draft.change(row, Change::Set { key: PASSPHRASE, value, after: KEY }),
        None => draft.change(row, Change::Unset { key: PASSPHRASE }),
    }
}

fn changed_since(record: &Record, key: &str) -> Failure {
    Failure::no(format!("{key} of {} was changed since the rotation: nothing was put back", record.subject)).hint(
        format!(
            "it was {:?} before",
            if key == KEY { record.old.key.as_deref().unwrap_or("") } else { &record.old.certificate }
        ),
    )
}
