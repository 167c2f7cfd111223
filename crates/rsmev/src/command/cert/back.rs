//! The ways back: of a rotation that is done, and of a rehearsal that was broken off.

use super::bus;
use super::change::Subject;
use super::pair::is_on_token;
use super::place::on_disk;
use super::record::{self, Record, Step};
use crate::failure::Failure;
use crate::registry_edit::Held;
use crate::{print, serve};

/// A rehearsal that was broken off leaves a certificate on trial: off it goes.
pub(super) fn clear_away(held: &Held, name: &str) -> Result<bool, Failure> {
    let mut cleared = false;
    for kept in record::of(held.root(), Some(name))? {
        if kept.record.step != Step::Rehearsal {
            continue;
        }
        let snapshot = serve::load(held.config())?;
        let after = Subject::find(&snapshot, name)?.off_trial(held, &kept.record.new.certificate)?;
        if after.registry().digest() != snapshot.registry().digest() {
            bus::reload(held.config(), after.registry())?;
        }
        print::talk(&format!("a rehearsal broken off at {} was cleared away", kept.record.began));
        kept.forget()?;
        cleared = true;
    }
    Ok(cleared)
}

/// `--rollback`.
pub(super) fn roll_back(held: &Held, name: &str) -> Result<(), Failure> {
    if clear_away(held, name)? {
        return print::line(&format!("{name}: the registry is what it was before the rehearsal"));
    }
    let Some(mut kept) = record::of(held.root(), Some(name))?.into_iter().next() else {
        return Err(Failure::no(format!("no rotation of {name} is on record"))
            .hint("records lie in certs/rotations beside the registry"));
    };
    if kept.record.step == Step::RolledBack {
        return print::line(&format!("the rotation of {} was rolled back already", kept.record.began));
    }
    let snapshot = serve::load(held.config())?;
    let after = Subject::find(&snapshot, name)?.back(held, &kept.record)?;
    kept.step(Step::RolledBack)?;
    tell_key_stays(held, &kept.record);
    print::line(&format!("the registry is what it was before the rotation of {}", kept.record.began))?;
    if let Err(failure) = bus::reload(held.config(), after.registry()) {
        return Err(Failure::no(format!("the bus was not reloaded: {failure}")).hint("`rsmev reload` once it runs"));
    }
    print::line("the bus has loaded it")
}

/// The key copied for the rotation is not taken away, it may be the only copy; but it is a key that nothing needs now.
pub(super) fn tell_key_stays(held: &Held, record: &Record) {
    let Some(key) = record.new.key.as_deref().filter(|key| !is_on_token(key)) else { return };
    let path = on_disk(held.root(), &record.file, key);
    if record.old.key.as_deref() != Some(key) && path.is_file() {
        print::talk(&format!("the key {} stays; remove it if the rotation will not be tried again", path.display()));
    }
}
