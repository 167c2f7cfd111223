//! `--key NAME=VALUE`: a business key as the journal bears it.

use std::path::Path;

use domain::Registry;
use journal::KeyFound;

use crate::edge::Disk;
use crate::failure::Failure;
use crate::serve;

/// The forms in which the journal may bear the key. Names and the secret of personal ones come from the registry, so it must load.
pub(super) fn asked(words: &str, config: &Path) -> Result<Vec<KeyFound>, Failure> {
    let Some((name, value)) = words.split_once('=') else {
        return Err(Failure::usage("--key has no =").hint("--key NAME=VALUE, such as --key снилс='112-233-445 95'"));
    };
    serve::must_be_there(config)?;
    let registry = Registry::load(config, &Disk).map_err(Failure::registry)?;
    match gateway::keys_to_find(&registry, name, value) {
        None => Err(Failure::usage(format!("no service has a key {name:?}")).hint(names(&registry))),
        Some(keys) if keys.is_empty() => Err(Failure::usage(format!("the value of {name} is blank"))),
        Some(keys) => Ok(keys),
    }
}

/// The names there are.
fn names(registry: &Registry) -> String {
    let mut names: Vec<&str> =
        registry.services().iter().flat_map(|service| service.keys.iter()).map(|key| key.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        "keys = […] of a [[service]] names keys; none does".to_owned()
    } else {
        format!("the names are: {}", names.join(", "))
    }
}
