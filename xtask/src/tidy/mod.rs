//! `cargo xtask tidy`: the rules of the house that no compiler or linter checks.
//!
//! Layers (`layers`), files and names (`files`), code (`code`), documents (`documents`). Each check
//! is a function from what was read to findings; only this file and `tree` touch the disk.

mod code;
mod documents;
mod files;
mod layers;
mod source;
mod tree;

use std::fmt;
use std::path::Path;

use crate::failure::Failure;
use crate::json::Value;
use crate::process::{cargo, output};

/// A rule broken at a place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    file: String,
    line: usize,
    what: String,
    hint: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, what, hint } = self;
        write!(f, "{file}:{line}: {what}\n  hint: {hint}")
    }
}

/// Checks the whole repository and prints every finding.
pub(crate) fn run(root: &Path) -> Result<(), Failure> {
    let metadata = output(cargo(root).args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata =
        Value::parse(&metadata).map_err(|error| Failure::new(format!("cargo metadata cannot be read: {error}")))?;
    let texts = tree::read(root)?;
    let mut findings = layers::check(&metadata, &texts);
    findings.extend(files::check(&texts));
    findings.extend(code::check(&texts));
    findings.extend(documents::check(&texts));
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("tidy: {} files, nothing to say", texts.len());
        return Ok(());
    }
    Err(Failure::new(format!("tidy: {} findings", findings.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_as_a_place_an_editor_can_jump_to() {
        let finding = Finding {
            file: "crates/a/src/b.rs".to_owned(),
            line: 12,
            what: "something".to_owned(),
            hint: "do otherwise",
        };
        assert_eq!(finding.to_string(), "crates/a/src/b.rs:12: something\n  hint: do otherwise");
    }
}
