//! apt-get and its caches: asking what a release offers, installing without questions.
//!
//! What is needed, and why, is the business of `packages`.

use std::io::IsTerminal;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::packages::user_id;
use crate::process::{shown, succeeds};

/// How apt-get is called on this machine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum User {
    /// We are root.
    Root,
    /// We may become root; the word list stands before `apt-get`.
    Sudo(&'static [&'static str]),
}

impl User {
    /// Root, or an ordinary user whom sudo lets through: silently, or with a person at hand to be asked.
    pub(crate) fn find() -> Option<Self> {
        if user_id() == Some(0) {
            Some(Self::Root)
        } else if succeeds("sudo", &["-n", "true"]) {
            Some(Self::Sudo(&["sudo", "-n"]))
        } else if std::io::stdin().is_terminal() && succeeds("sudo", &["--version"]) {
            Some(Self::Sudo(&["sudo"]))
        } else {
            None
        }
    }

    /// Refreshes the package lists.
    pub(crate) fn update(&self) -> Result<(), Failure> {
        self.apt_get(&["update"])
    }

    /// Installs packages and what they depend on, nothing that is only recommended.
    pub(crate) fn install(&self, packages: &[String]) -> Result<(), Failure> {
        let mut words = vec!["install", "--yes", "--no-install-recommends"];
        words.extend(packages.iter().map(String::as_str));
        self.apt_get(&words)
    }

    /// Quiet while all goes well; the whole output when not. Another apt at work is waited for.
    fn apt_get(&self, words: &[&str]) -> Result<(), Failure> {
        let mut command = self.command();
        command.args(["-q", "-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0"]);
        command.args(words);
        println!("setup: {}", shown(&command));
        let done = command
            .stdin(Stdio::inherit())
            .output()
            .map_err(|error| Failure::new(format!("{}: {error}", shown(&command))))?;
        if done.status.success() {
            return Ok(());
        }
        println!("{}", String::from_utf8_lossy(&done.stdout));
        println!("{}", String::from_utf8_lossy(&done.stderr));
        Err(Failure::new(format!("{}: {}", shown(&command), done.status)))
    }

    fn command(&self) -> Command {
        // `env` carries the setting through sudo, which clears the environment.
        let mut words = vec![];
        if let Self::Sudo(sudo) = self {
            words.extend_from_slice(sudo);
        }
        words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        let mut words = words.into_iter();
        let mut command = Command::new(words.next().unwrap_or("apt-get"));
        command.args(words);
        command
    }
}

/// For somebody who may not install: the exact command to hand to one who may.
pub(crate) fn ask_root(packages: &[String]) -> Failure {
    let packages = packages.join(" ");
    Failure::with_hint(
        format!("system packages are missing: {packages}"),
        format!("as root: apt-get update && apt-get install --no-install-recommends {packages}"),
    )
}

/// Whether this release has an installable package of that name, as far as the lists here know.
pub(crate) fn offers(package: &str) -> bool {
    has_candidate(&cache(&["policy", package]))
}

fn has_candidate(policy: &str) -> bool {
    policy.lines().filter_map(|line| line.trim().strip_prefix("Candidate:")).any(|version| version.trim() != "(none)")
}

/// The packages that a package depends on.
pub(crate) fn depends(package: &str) -> Vec<String> {
    dependencies(&cache(&["depends", "--important", package]))
}

/// What the caches say; of names they do not know they say nothing.
fn cache(words: &[&str]) -> String {
    let answer = Command::new("apt-cache").args(words).stdin(Stdio::null()).output();
    answer.map_or_else(|_| String::new(), |answer| String::from_utf8_lossy(&answer.stdout).into_owned())
}

fn dependencies(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.trim().strip_prefix("Depends:")).map(|name| name.trim().to_owned()).collect()
}

/// A machine fresh from its image has no package lists at all.
pub(crate) fn lists_are_empty() -> bool {
    std::fs::read_dir(Path::new("/var/lib/apt/lists"))
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .all(|entry| !entry.file_name().to_string_lossy().contains("_Packages"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_without_a_version_is_not_offered() {
        let known = "pkgconf:\n  Installed: (none)\n  Candidate: 1.8.1-1\n  Version table:\n";
        let virtual_only = "editor:\n  Installed: (none)\n  Candidate: (none)\n";
        assert!(has_candidate(known));
        assert!(!has_candidate(virtual_only));
        assert!(!has_candidate(""), "an unknown name prints nothing");
    }

    #[test]
    fn dependencies_are_read_by_name() {
        let text = "libclang-dev\n  Depends: libclang-14-dev\n  Suggests: other\n";
        assert_eq!(dependencies(text), ["libclang-14-dev"]);
    }

    #[test]
    fn apt_never_asks_and_sudo_keeps_it_so() {
        let words = shown(&User::Sudo(&["sudo", "-n"]).command());
        assert_eq!(words, "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get");
        let words = shown(&User::Root.command());
        assert_eq!(words, "env DEBIAN_FRONTEND=noninteractive apt-get");
    }

    #[test]
    fn somebody_without_rights_gets_the_exact_command() {
        let failure = ask_root(&["libxml2-dev".to_owned()]);
        assert_eq!(failure.exit_code(), 1);
        assert!(failure.to_string().contains("apt-get install --no-install-recommends libxml2-dev"));
    }
}
