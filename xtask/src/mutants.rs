//! `cargo xtask mutants`: takes one guard after another out of the bus and looks whether its attack then gets through.
//!
//! A guard that no test misses is not guarded by its test. Each mutation of the `list` is made in a copy of the work tree
//! under `target/mutants`, never in place; the test that `docs/THREATS.md` names for it must then fail. Building is most of
//! the time, half a minute each: it is no step of `cargo xtask test`. That the list still fits the sources is one.

mod list;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::failure::Failure;
use crate::process::output;
use crate::tools::{self, NEXTEST};
use list::{Mutation, all};

/// What nextest ends with when a test failed, and when the tests did not build.
const FAILED: i32 = 100;
const NOT_BUILT: i32 = 101;

/// One place in the sources.
struct Edit {
    /// Path from the root.
    file: &'static str,
    /// Stands there exactly once.
    from: &'static str,
    to: &'static str,
}

/// What came of a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Its test failed: the guard is missed.
    Killed,
    /// Its test passed.
    Survived,
    /// The sources do not build with it.
    DoesNotBuild,
    /// Its test fails without it, too: nothing was learned.
    FailsAnyway,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Survived => "SURVIVED",
            Self::DoesNotBuild => "DOES NOT BUILD",
            Self::FailsAnyway => "FAILS ANYWAY",
        }
    }
}

/// Makes mutations, all or those whose name contains a word given with `--only`; survivors are a failure.
pub(crate) fn run(root: &Path, options: &[&str]) -> Result<(), Failure> {
    let chosen: Vec<&Mutation> = match options {
        [] => all().collect(),
        ["--only", words @ ..] if !words.is_empty() => {
            all().filter(|mutation| words.iter().any(|word| mutation.name.contains(word))).collect()
        }
        ["--list"] => {
            for Mutation { name, package, test, .. } in all() {
                println!("{name:<36} {package}: {test}");
            }
            return Ok(());
        }
        _ => return Err(Failure::Usage("cargo xtask mutants [--list | --only NAME…]".to_owned())),
    };
    if chosen.is_empty() {
        return Err(Failure::Usage("no mutation has such a name; --list tells them".to_owned()));
    }
    tools::ensure(root, &NEXTEST)?;
    let scratch = Scratch::of(root)?;
    let broken = scratch.fail_without(&chosen)?;
    let mut bad = 0_usize;
    for mutation in chosen {
        let begun = Instant::now();
        let outcome =
            if broken.contains(mutation.test) { Outcome::FailsAnyway } else { scratch.outcome_of(mutation)? };
        println!("{:<36} {} ({:.0} s)", mutation.name, outcome.word(), begun.elapsed().as_secs_f32());
        bad += usize::from(outcome != Outcome::Killed);
    }
    if bad == 0 {
        return Ok(());
    }
    Err(Failure::with_hint(
        format!("{bad} mutations were not killed"),
        "a guard whose loss nobody notices needs a better test, or is none",
    ))
}

/// A copy of the work tree with a target directory of its own.
struct Scratch {
    root: PathBuf,
    tree: PathBuf,
    target: PathBuf,
}

impl Scratch {
    /// Makes the copy like the work tree; files that are the same keep their times, so that little is built anew.
    fn of(root: &Path) -> Result<Self, Failure> {
        let (tree, target) = (root.join("target/mutants/tree"), root.join("target/mutants/target"));
        let listed = output(Command::new("git").current_dir(root).args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ]))?;
        let wanted: BTreeSet<&str> = listed.split('\0').filter(|name| !name.is_empty()).collect();
        for name in &wanted {
            copy(&root.join(name), &tree.join(name))?;
        }
        let mut found = Vec::new();
        files(&tree, &tree, &mut found).map_err(|error| cannot("read", &tree, &error))?;
        for name in found.iter().filter(|name| !wanted.contains(name.as_str())) {
            let path = tree.join(name);
            fs::remove_file(&path).map_err(|error| cannot("remove", &path, &error))?;
        }
        Ok(Self { root: root.to_path_buf(), tree, target })
    }

    /// Tests of the chosen mutations that fail without any.
    fn fail_without(&self, chosen: &[&Mutation]) -> Result<BTreeSet<&'static str>, Failure> {
        let mut broken = BTreeSet::new();
        let packages: BTreeSet<&str> = chosen.iter().map(|mutation| mutation.package).collect();
        for package in packages {
            let tests: BTreeSet<&'static str> =
                chosen.iter().filter(|mutation| mutation.package == package).map(|mutation| mutation.test).collect();
            let filter = tests.iter().map(|test| format!("test(={test})")).collect::<Vec<_>>().join(" | ");
            let (code, told) = self.nextest(package, &filter)?;
            match code {
                0 => {}
                FAILED => broken.extend(tests.into_iter().filter(|test| {
                    told.lines().any(|line| line.trim_start().starts_with("FAIL") && line.trim_end().ends_with(test))
                })),
                _ => return Err(Failure::new(format!("the tests of {package} do not run:\n{}", last(&told)))),
            }
        }
        Ok(broken)
    }

    fn outcome_of(&self, mutation: &Mutation) -> Result<Outcome, Failure> {
        // Kept from the copy itself: the work tree may have gone on meanwhile.
        let mut originals = Vec::new();
        let mutated = self.mutate(mutation, &mut originals);
        let ran = mutated.and_then(|()| self.nextest(mutation.package, &format!("test(={})", mutation.test)));
        for (path, text) in originals.into_iter().rev() {
            fs::write(&path, text).map_err(|error| cannot("write", &path, &error))?;
        }
        let (code, told) = ran?;
        match code {
            0 => Ok(Outcome::Survived),
            FAILED => Ok(Outcome::Killed),
            NOT_BUILT => {
                println!("{}", last(&told));
                Ok(Outcome::DoesNotBuild)
            }
            _ => Err(Failure::new(format!("{}: nextest ended with {code}:\n{}", mutation.name, last(&told)))),
        }
    }

    fn mutate(&self, mutation: &Mutation, originals: &mut Vec<(PathBuf, String)>) -> Result<(), Failure> {
        for edit in mutation.edits {
            let path = self.tree.join(edit.file);
            let text = fs::read_to_string(&path).map_err(|error| cannot("read", &path, &error))?;
            if text.matches(edit.from).count() != 1 {
                return Err(Failure::new(format!("{}: {} does not hold its text once", mutation.name, edit.file)));
            }
            fs::write(&path, text.replace(edit.from, edit.to)).map_err(|error| cannot("write", &path, &error))?;
            originals.push((path, text));
        }
        Ok(())
    }

    fn nextest(&self, package: &str, filter: &str) -> Result<(i32, String), Failure> {
        let mut command = tools::cargo_with(&self.root, &NEXTEST)?;
        command.current_dir(&self.tree).stdin(Stdio::null());
        command.args(["nextest", "run", "--package", package, "--no-fail-fast", "--filterset", filter, "--target-dir"]);
        command.arg(&self.target).env("CARGO_TERM_COLOR", "never");
        // Set by the cargo that runs this task, for this task.
        for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_TARGET_DIR"].map(OsString::from) {
            command.env_remove(name);
        }
        let ended =
            command.output().map_err(|error| Failure::new(format!("cargo nextest cannot be started: {error}")))?;
        let told = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        Ok((ended.status.code().unwrap_or(-1), told))
    }
}

/// Copies a file unless the same octets are there; what is gone from the work tree is left out.
fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let Ok(octets) = fs::read(from) else { return Ok(()) };
    if fs::read(to).is_ok_and(|there| there == octets) {
        return Ok(());
    }
    if let Some(directory) = to.parent() {
        fs::create_dir_all(directory).map_err(|error| cannot("make", directory, &error))?;
    }
    fs::write(to, octets).map_err(|error| cannot("write", to, &error))
}

/// Every file below, by its path from `top`.
fn files(top: &Path, directory: &Path, found: &mut Vec<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            files(top, &path, found)?;
        } else if let Ok(name) = path.strip_prefix(top) {
            found.push(name.to_string_lossy().into_owned());
        }
    }
    Ok(())
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot {what} {}: {error}", path.display()))
}

/// The end of what a command said.
fn last(told: &str) -> String {
    let lines: Vec<&str> = told.lines().collect();
    lines.get(lines.len().saturating_sub(30)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        package.parent().expect("xtask stands in the repository").to_path_buf()
    }

    fn read(file: &str) -> String {
        fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// Every function of the sources and tests, by its name.
    fn functions() -> String {
        let mut found = Vec::new();
        let crates = root().join("crates");
        files(&crates, &crates, &mut found).expect("the crates can be read");
        let rust = found.iter().filter(|name| Path::new(name).extension().is_some_and(|end| end == "rs"));
        rust.map(|name| read(&format!("crates/{name}"))).collect()
    }

    #[test]
    fn every_mutation_still_fits_the_sources() {
        for Mutation { name, edits, .. } in all() {
            for Edit { file, from, to } in *edits {
                assert_eq!(read(file).matches(from).count(), 1, "{name}: {file} must hold this once:\n{from}");
                assert_ne!(from, to, "{name}");
            }
        }
    }

    #[test]
    fn every_mutation_has_a_name_of_its_own_and_a_test_that_is_there() {
        let names: BTreeSet<&str> = all().map(|mutation| mutation.name).collect();
        assert_eq!(names.len(), all().count());
        assert!(names.len() >= 40);
        let functions = functions();
        for Mutation { name, test, .. } in all() {
            let test = test.rsplit("::").next().unwrap_or(test);
            assert!(functions.contains(&format!("fn {test}(")), "{name}: there is no test {test}");
        }
    }

    /// What docs/THREATS.md names is there: tests (`module::name`) and mutations (`name`, in the last column).
    #[test]
    fn threats_name_tests_and_mutations_that_are_there() {
        let threats = read("docs/THREATS.md");
        let functions = functions();
        let rows: Vec<&str> = threats.lines().filter(|line| line.starts_with("| ") && line.contains("::")).collect();
        assert!(rows.len() > 30, "{} rows name a test", rows.len());
        let quoted = |text: &str| -> Vec<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
        for row in &rows {
            for word in quoted(row).iter().filter(|word| word.contains("::") && !word.contains(['/', '('])) {
                let test = word.rsplit("::").next().unwrap_or_default();
                assert!(functions.contains(&format!("fn {test}")), "there is no {word}: {row}");
            }
            let mutations = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
            for name in quoted(mutations) {
                assert!(all().any(|mutation| mutation.name == name), "no mutation {name}: {row}");
            }
        }
        for Mutation { name, .. } in all() {
            assert!(threats.contains(&format!("`{name}`")), "docs/THREATS.md does not name the mutation {name}");
        }
    }
}
