//! The running bus as `cert` needs it: which registry it has in force, and whether it took a new one.

use std::path::Path;

use domain::Registry;
use http::Method;

use crate::command::admin::{ask, text};
use crate::failure::Failure;

/// The bus must run, and with the registry as it stands on disk: a reload would else put in force what somebody else has
/// only begun to write.
pub(super) fn must_have(config: &Path, registry: &Registry) -> Result<(), Failure> {
    let (_, state) = ask(config, Method::GET, "/status")?;
    if text(&state, "/registry") == registry.digest() {
        return Ok(());
    }
    Err(Failure::no("the running bus has another registry in force than the one on disk")
        .hint("look at what has changed (`rsmev check`), then `rsmev reload`"))
}

/// Lets the bus load the registry; it must be this one that it then has.
pub(super) fn reload(config: &Path, registry: &Registry) -> Result<(), Failure> {
    let (good, answer) = ask(config, Method::POST, "/reload")?;
    if !good {
        return Err(Failure::no(format!("the bus did not take the registry: {}", text(&answer, "/problems"))));
    }
    if text(&answer, "/registry") == registry.digest() {
        return Ok(());
    }
    Err(Failure::no("the registry was changed by somebody else at this moment: the bus has loaded theirs")
        .hint("`rsmev check`, then look at `git diff` of the registry"))
}

/// The last step of a verb that has changed the registry.
pub(crate) fn reload_or_tell(config: &Path, registry: &Registry, now: bool) -> Result<(), Failure> {
    if !now {
        crate::print::talk("the running bus does not know it yet: `rsmev reload`");
        return Ok(());
    }
    reload(config, registry)?;
    crate::print::talk("the bus has loaded the registry");
    Ok(())
}
