//! Where a bus is to be asked and where its evidence lies, found even in a registry that does not load.
//!
//! Status and journal are wanted most when something is broken; a mistake in an access row must not stand in their way.
//! Nothing else may be taken from a registry that does not load.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use domain::Registry;
use domain::registry::Problem;

use crate::edge::Disk;
use crate::failure::Failure;
use crate::{print, serve};

/// The little that a command beside the bus needs of the registry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Whereabouts {
    /// Admin plane of the bus.
    pub(crate) admin: SocketAddr,
    /// Directory of the journal.
    pub(crate) journal: PathBuf,
}

/// Reads them; a registry that does not load is remarked on.
pub(crate) fn find(config: &Path) -> Result<Whereabouts, Failure> {
    serve::must_be_there(config)?;
    match Registry::load(config, &Disk) {
        Ok(registry) => {
            Ok(Whereabouts { admin: registry.listen().admin, journal: registry.journal().directory.clone() })
        }
        Err(problems) => salvage(config, problems),
    }
}

fn salvage(config: &Path, problems: Vec<Problem>) -> Result<Whereabouts, Failure> {
    let found = std::fs::read_to_string(config).ok().and_then(|text| read(config, &text));
    match found {
        Some(found) => {
            print::talk(&format!(
                "remark: {} does not load as it stands now; `rsmev check` says why",
                config.display()
            ));
            Ok(found)
        }
        None => Err(Failure::registry(problems)),
    }
}

/// The two settings out of the entry file, whatever else stands there.
fn read(config: &Path, text: &str) -> Option<Whereabouts> {
    let tables: toml::Table = text.parse().ok()?;
    let setting = |table: &str, key: &str| tables.get(table)?.get(key)?.as_str();
    let root = config.parent().unwrap_or(Path::new(""));
    Some(Whereabouts {
        admin: setting("listen", "admin")?.parse().ok()?,
        journal: root.join(setting("journal", "directory")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_elsewhere_in_the_entry_file_does_not_hide_the_bus() {
        let text = "[node]\nid = 64\n[listen]\nsoap = 'x'\nadmin = '127.0.0.1:8081'\n[journal]\ndirectory = 'data'\n[[acces]]\n";
        let found = read(Path::new("etc/routes.toml"), text).unwrap();
        assert_eq!(found.admin, "127.0.0.1:8081".parse().unwrap());
        assert_eq!(found.journal, Path::new("etc/data"));
    }

    #[test]
    fn without_an_address_there_is_nothing_to_ask() {
        for text in [
            "",
            "[listen]\nadmin = '127.0.0.1:8081'\n",
            "[listen]\nadmin = 'here'\n[journal]\ndirectory = 'data'\n",
            "[listen\n",
        ] {
            assert_eq!(read(Path::new("routes.toml"), text), None, "{text}");
        }
    }
}
