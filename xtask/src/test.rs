//! `cargo xtask test`: everything CI runs, step by step, stopping at the first that fails.

use std::path::Path;
use std::time::Instant;

use crate::failure::Failure;
use crate::fuzz;
use crate::packages::{self, For};
use crate::process::{cargo, run as run_command, shown};
use crate::tidy;
use crate::tools::{self, DENY, NEXTEST, Tool};

struct Step {
    name: &'static str,
    what: What,
}

enum What {
    /// A task of our own.
    Call(fn(&Path) -> Result<(), Failure>),
    /// `cargo` with these words and these settings of the environment.
    Cargo(&'static [&'static str], &'static [(&'static str, &'static str)]),
    /// The same through a tool that may have to be built first.
    With(&'static Tool, &'static [&'static str]),
}

const STEPS: [Step; 9] = [
    Step { name: "setup", what: What::Call(set_up) },
    Step { name: "fmt", what: What::Cargo(&["fmt", "--all", "--check"], &[]) },
    // Before clippy: it takes a second and needs no build.
    Step { name: "tidy", what: What::Call(tidy::run) },
    Step {
        name: "clippy",
        what: What::Cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[]),
    },
    Step { name: "nextest", what: What::With(&NEXTEST, &["nextest", "run", "--workspace"]) },
    Step { name: "fuzz", what: What::Call(fuzz::run) },
    Step { name: "doctest", what: What::Cargo(&["test", "--workspace", "--doc"], &[]) },
    Step { name: "doc", what: What::Cargo(&["doc", "--workspace", "--no-deps"], &[("RUSTDOCFLAGS", "-D warnings")]) },
    Step {
        name: "deny",
        what: What::With(&DENY, &["deny", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]),
    },
];

/// Runs all steps, or only the named ones, in the order of the table.
pub(crate) fn run(root: &Path, names: &[&str]) -> Result<(), Failure> {
    if let Some(unknown) = names.iter().find(|name| !STEPS.iter().any(|s| s.name == **name)) {
        let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(Failure::Usage(format!("there is no step {unknown}; the steps are {}", known.join(", "))));
    }
    let chosen = STEPS.iter().filter(|step| names.is_empty() || names.contains(&step.name));
    let started = Instant::now();
    let mut times = Vec::new();
    for step in chosen {
        let begun = Instant::now();
        step.run(root)?;
        let seconds = begun.elapsed().as_secs_f32();
        println!("== {}: ok, {seconds:.1} s\n", step.name);
        times.push(format!("{} {seconds:.0}", step.name));
    }
    println!("all steps passed in {:.0} s (seconds: {})", started.elapsed().as_secs_f32(), times.join(", "));
    Ok(())
}

impl Step {
    fn run(&self, root: &Path) -> Result<(), Failure> {
        let mut command = match &self.what {
            What::Call(task) => {
                println!("== {}", self.name);
                return task(root).map_err(|failure| self.failed(&failure));
            }
            What::Cargo(words, environment) => {
                let mut command = cargo(root);
                command.args(*words).envs(environment.iter().copied());
                command
            }
            What::With(tool, words) => {
                tools::ensure(root, tool)?;
                let mut command = tools::cargo_with(root, tool)?;
                command.args(*words);
                command
            }
        };
        println!("== {}: {}", self.name, shown(&command));
        run_command(&mut command).map_err(|failure| self.failed(&failure))
    }

    fn failed(&self, failure: &Failure) -> Failure {
        Failure::with_hint(
            format!("{failure}\n== {}: FAILED", self.name),
            format!("`cargo xtask test {}` runs just this step again", self.name),
        )
    }
}

fn set_up(root: &Path) -> Result<(), Failure> {
    packages::ensure(For::Tests)?;
    tools::ensure_all(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_step_is_a_usage_error_that_names_the_known_ones() {
        let failure = run(Path::new("/nowhere"), &["clipy"]).expect_err("a typing error");
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.to_string().contains("clippy"));
    }

    #[test]
    fn a_failed_step_says_how_to_run_it_again() {
        let step = Step { name: "gate", what: What::Call(|_| Err(Failure::new("no"))) };
        let failure = step.run(Path::new("/nowhere")).expect_err("the step fails");
        assert!(failure.to_string().contains("cargo xtask test gate"));
    }
}
