//! `rsmev check`: everything that `serve` would load.

use std::path::Path;

use serde_json::json;

use crate::failure::Failure;
use crate::{print, serve};

pub(crate) fn check(config: &Path, json: bool) -> Result<(), Failure> {
    let snapshot = serve::load(config)?;
    let registry = snapshot.registry();
    for remark in registry.remarks() {
        print::talk(&format!("remark: {remark}"));
    }
    if json {
        return print::json(&json!({
            "ok": true, "registry": registry.digest(), "files": registry.files(),
            "participants": registry.participants().len(), "systems": registry.systems().len(),
            "services": registry.services().len(), "routes": registry.routes().len(),
            "access_rows": registry.access_rows().len(),
        }));
    }
    print::line(&format!(
        "{}: good: {} participants, {} systems, {} services, {} routes, {} access rows; registry {}",
        config.display(),
        registry.participants().len(),
        registry.systems().len(),
        registry.services().len(),
        registry.routes().len(),
        registry.access_rows().len(),
        registry.digest(),
    ))
}
