//! `cargo xtask`: set-up, demonstration and every check, from the standard library alone.
//!
//! It is the first thing a newcomer builds, on a machine where nothing but Rust and a linker may be
//! present; therefore it has no dependencies. It knows nothing of the bus beyond the command line of
//! `rsmev`, and nothing of the checks beyond what `cargo` and the files of this repository say.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks to the person who called it")]

mod apt;
mod child;
mod demo;
mod failure;
mod fuzz;
mod json;
mod mutants;
mod packages;
mod process;
mod referee;
mod test;
mod tidy;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::failure::Failure;

const USAGE: &str = "\
cargo xtask setup                  install what the build and the tests miss (Debian, Ubuntu), saying what and why
cargo xtask test [STEP…]           everything CI runs, or the named steps of it
cargo xtask mutants [--list | --only NAME…]
                                   each guard taken out in a copy under target/: does its attack test notice?
cargo xtask tidy                   layers, lengths, names: the checks no other tool makes
cargo xtask demo [--once] [--debug] [--dir DIR]
                                   a whole pretend region at work; --once ends after one round";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match dispatch(&root(), &words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn dispatch(root: &Path, words: &[&str]) -> Result<(), Failure> {
    match words {
        ["setup"] => {
            packages::ensure(packages::For::Tests)?;
            tools::ensure_all(root)
        }
        ["test", steps @ ..] => test::run(root, steps),
        ["tidy"] => tidy::run(root),
        ["demo", options @ ..] => demo::run(root, &demo::Options::read(root, options)?),
        ["mutants", options @ ..] => mutants::run(root, options),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(Failure::Usage(USAGE.to_owned())),
    }
}

/// The repository: cargo says where this package is when it runs it.
fn root() -> PathBuf {
    let package =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or(package.clone(), Path::to_path_buf)
}
