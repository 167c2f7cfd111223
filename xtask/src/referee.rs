//! What `tests/referee` needs besides Python and lxml, which come from the system: gostcrypto, pinned with its digest.
//!
//! It goes into `target/referee` and nowhere else. Without it the tests that ask it say so and go on.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{run, succeeds};

/// What is installed, and the digests it must have.
const REQUIREMENTS: &str = "tests/referee/requirements.txt";
/// Interpreters in the order the tests try them: one on the search path need not be the system's.
const INTERPRETERS: [&str; 2] = ["python3", "/usr/bin/python3"];

/// Whether one of the interpreters has lxml.
pub(crate) fn has_lxml() -> bool {
    INTERPRETERS.iter().any(|python| succeeds(python, &["-c", "import lxml.etree"]))
}

/// Whether one of the interpreters has pip.
pub(crate) fn has_pip() -> bool {
    pip().is_some()
}

fn pip() -> Option<&'static str> {
    INTERPRETERS.into_iter().find(|python| succeeds(python, &["-m", "pip", "--version"]))
}

/// Fetches what is missing; a failure is told and is none of the build's.
pub(crate) fn ensure(root: &Path) {
    if home(root).join("gostcrypto").is_dir() {
        return;
    }
    let Some(python) = pip() else {
        println!("setup: no python3 with pip: the tests go without the referee in Python");
        return;
    };
    println!("setup: gostcrypto, a second opinion on GOST signatures in tests (into target/referee)");
    if let Err(failure) = run(&mut install(root, python)) {
        println!("setup: {failure}; the tests go without the referee in Python");
    }
}

fn install(root: &Path, python: &str) -> Command {
    let mut command = Command::new(python);
    command
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore"])
        .args(["--no-deps", "--only-binary=:all:", "--require-hashes", "--target"])
        .arg(home(root))
        .arg("--requirement")
        .arg(root.join(REQUIREMENTS));
    command
}

fn home(root: &Path) -> PathBuf {
    root.join("target/referee")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::shown;

    #[test]
    fn the_referee_is_pinned_by_digest_and_stays_inside_the_repository() {
        let words = shown(&install(Path::new("/repository"), "python3"));
        assert!(words.contains("--require-hashes --target /repository/target/referee"), "{words}");
        assert!(words.contains("/repository/tests/referee/requirements.txt"), "{words}");
    }
}
