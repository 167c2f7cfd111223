//! Directories of agencies that have a place of their own (`store` of a participant): the journal finds them through a link, so
//! that whoever reads the journal's directory later needs no registry to find all of it.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::Path;

use domain::Registry;
use journal::{MARK, MARKED};

use crate::failure::Failure;

/// Makes the links that are missing. What is there already and leads elsewhere is the operator's to move: evidence is never
/// moved, left behind or begun twice by itself.
pub(crate) fn link(registry: &Registry, journal: &Path) -> Result<(), Failure> {
    apart(registry, journal)?;
    for participant in registry.participants().iter().filter(|participant| participant.keeps_store()) {
        let Some(own) = &participant.store else { continue };
        let link = journal.join(participant.code.as_str());
        let cannot = |action: &str, error: io::Error| Failure::system(action, format!("{}: {error}", own.display()));
        match fs::symlink_metadata(&link) {
            Ok(found) if found.is_symlink() => {
                let Ok(leads) = fs::canonicalize(&link) else {
                    // One agency's disk must not stop the others: its exchanges are refused until it is back.
                    tracing::error!(store = %participant.code, directory = %own.display(), "the store's directory is not there");
                    continue;
                };
                if fs::canonicalize(own).ok() != Some(leads) {
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
                mark(&target).map_err(|error| cannot("mark the directory of a store", error))?;
                let expected = journal.join(format!("{}.{MARKED}", participant.code));
                fs::write(&expected, "").map_err(|error| cannot("note the directory of a store", error))?;
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

/// A directory that was linked bears a mark: without it another thing is mounted there, or nothing.
fn mark(own: &Path) -> io::Result<()> {
    let path = own.join(MARK);
    fs::write(&path, "a store of rsmev\n")?;
    fs::File::open(&path)?.sync_all()
}

/// No two stores in one directory, none inside of another or of the journal: two writers would destroy each other's evidence.
pub(crate) fn apart(registry: &Registry, journal: &Path) -> Result<(), Failure> {
    let whole = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut taken = vec![("the journal's directory".to_owned(), whole(journal))];
    for participant in registry.participants() {
        let Some(own) = &participant.store else { continue };
        let place = whole(own);
        if place.exists() && !place.is_dir() {
            return Err(Failure::no(format!("the store of {} is no directory: {}", participant.code, own.display())));
        }
        let inside = |other: &Path| place.starts_with(other) || other.starts_with(&place);
        if let Some((whose, _)) = taken.iter().find(|(_, other)| inside(other)) {
            let what = format!("the store of {}, {}, is in one place with {whose}", participant.code, own.display());
            return Err(Failure::no(what).hint("give each store a directory of its own, none inside of another"));
        }
        taken.push((format!("the store of {}", participant.code), place));
    }
    Ok(())
}

fn elsewhere(link: &Path, own: &Path) -> Failure {
    Failure::no(format!("{} is there already and does not lead to {}", link.display(), own.display())).hint(
        "stop the bus, move the directory there, and leave a link to it in its place: cp -a, then ln -s; nothing is moved by itself",
    )
}
