//! Cargo's own helpers that the checks need: cargo-nextest and cargo-deny.
//!
//! One that is on the search path is used as it is. Otherwise a pinned release is built from the
//! crate registry into `target/tools`, the quickest way (two minutes each on two cores), so that
//! nothing outside this repository changes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::failure::Failure;
use crate::process::{cargo, on_path, run};
use crate::referee;

/// A cargo subcommand from the crate registry.
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
    why: &'static str,
}

/// Runs the tests: each in a process of its own, with a time limit.
pub(crate) const NEXTEST: Tool = Tool {
    name: "cargo-nextest",
    version: "0.9.143",
    why: "runs the tests, each in its own process, with time limits",
};

/// Judges the dependencies.
pub(crate) const DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
    why: "checks licences, banned crates and sources of the dependencies",
};

/// What makes a build quick and its result slow, which nobody notices in tools that mostly wait.
const QUICK: [(&str, &str); 6] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_STRIP", "debuginfo"),
    ("CARGO_INCREMENTAL", "0"),
];

/// Makes both tools available, and the referee where it can be had.
pub(crate) fn ensure_all(root: &Path) -> Result<(), Failure> {
    ensure(root, &NEXTEST)?;
    ensure(root, &DENY)?;
    referee::ensure(root);
    Ok(())
}

/// Makes a tool available: nothing happens when it is.
pub(crate) fn ensure(root: &Path, tool: &Tool) -> Result<(), Failure> {
    if on_path(tool.name).is_some() || binary(root, tool).is_file() {
        return Ok(());
    }
    println!("setup: building {} {}, which {} (once, into target/tools)", tool.name, tool.version, tool.why);
    let started = Instant::now();
    run(&mut install(root, tool)).map_err(|failure| {
        Failure::with_hint(failure.to_string(), format!("{} on the search path would be used instead", tool.name))
    })?;
    // A gigabyte of intermediate files; the program itself needs none of them.
    let left = std::fs::remove_dir_all(build_directory(root));
    if let Err(error) = left {
        println!("setup: the build directory of {} stays: {error}", tool.name);
    }
    println!("setup: {} in {:.0} s", tool.name, started.elapsed().as_secs_f32());
    Ok(())
}

/// `cargo` with the tool's directory on the search path, for `cargo nextest` and `cargo deny`.
pub(crate) fn cargo_with(root: &Path, tool: &Tool) -> Result<Command, Failure> {
    let mut command = cargo(root);
    if on_path(tool.name).is_none() {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
        directories.push(home(root, tool).join("bin"));
        let path = std::env::join_paths(directories)
            .map_err(|error| Failure::new(format!("the search path cannot be extended: {error}")))?;
        command.env("PATH", path);
    }
    Ok(command)
}

fn install(root: &Path, tool: &Tool) -> Command {
    let mut command = cargo(root);
    command
        .args(["install", "--quiet", "--locked", tool.name, "--version", tool.version])
        // Without the updater of cargo-nextest: this place is the updater.
        .arg("--no-default-features")
        .arg("--root")
        .arg(home(root, tool))
        .arg("--target-dir")
        .arg(build_directory(root))
        .envs(QUICK)
        .env_remove("RUSTFLAGS");
    command
}

/// The version is part of the place: a new pin is a new build, an old one stays usable.
fn home(root: &Path, tool: &Tool) -> PathBuf {
    root.join("target/tools").join(format!("{}-{}", tool.name, tool.version))
}

fn binary(root: &Path, tool: &Tool) -> PathBuf {
    home(root, tool).join("bin").join(tool.name)
}

fn build_directory(root: &Path) -> PathBuf {
    root.join("target/tools/build")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::shown;

    #[test]
    fn a_tool_is_pinned_and_stays_inside_the_repository() {
        let words = shown(&install(Path::new("/repository"), &DENY));
        assert!(words.contains("--locked cargo-deny --version 0.20.2"), "{words}");
        assert!(words.contains("--root /repository/target/tools/cargo-deny-0.20.2"), "{words}");
    }
}
