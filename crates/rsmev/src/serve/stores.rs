//! Directories of agencies that have a place of their own (`store` of a participant): the journal finds them through a link, so
//! that whoever reads the journal's directory later needs no registry to find all of it.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::Path;

use domain::Registry;

use crate::failure::Failure;

/// Makes the links that are missing. What is there already and leads elsewhere is the operator's to move: evidence is never
/// moved, left behind or begun twice by itself.
pub(crate) fn link(registry: &Registry, journal: &Path) -> Result<(), Failure> {
    for participant in registry.participants().iter().filter(|participant| participant.keeps_store()) {
        let Some(own) = &participant.store else { continue };
        let link = journal.join(participant.code.as_str());
        let cannot = |action: &str, error: io::Error| Failure::system(action, format!("{}: {error}", own.display()));
        match fs::symlink_metadata(&link) {
            Ok(found) if found.is_symlink() => {
                let leads = fs::canonicalize(&link).ok();
                if leads.is_none() || leads != fs::canonicalize(own).ok() {
                    return Err(elsewhere(&link, own));
                }
            }
            Ok(_) => return Err(elsewhere(&link, own)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(journal);
                made.map_err(|error| cannot("make the journal's directory", error))?;
                if !own.is_dir() {
                    let made = fs::DirBuilder::new().mode(0o700).create(own);
                    made.map_err(|error| cannot("make the directory of a store", error))?;
                }
                let target = fs::canonicalize(own).map_err(|error| cannot("find the directory of a store", error))?;
                symlink(&target, &link).map_err(|error| cannot("link the directory of a store", error))?;
                let synced = fs::File::open(journal).and_then(|directory| directory.sync_all());
                synced.map_err(|error| cannot("link the directory of a store", error))?;
                tracing::info!(store = %participant.code, directory = %target.display(), "the store has a place of its own");
            }
            Err(error) => return Err(cannot("look at the directory of a store", error)),
        }
    }
    Ok(())
}

fn elsewhere(link: &Path, own: &Path) -> Failure {
    Failure::no(format!("{} is there already and does not lead to {}", link.display(), own.display())).hint(
        "stop the bus, move the directory there, and leave a link to it in its place: cp -a, then ln -s; nothing is moved by itself",
    )
}
