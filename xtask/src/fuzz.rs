//! The step `fuzz`: builds the targets of `tests/fuzz`, tries every kept crash again, then lets libFuzzer run on each for a minute.
//!
//! What a target must hold for any input stands in `tests/fuzz/src`. A crash is kept under `tests/fuzz/vectors`, to be committed with
//! its repair: from then on every run of this step begins with it.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::failure::Failure;
use crate::process::{cargo, output, run as run_command};

/// Where the package is.
const PACKAGE: &str = "tests/fuzz";
/// How long each target runs, unless the environment says otherwise.
const SECONDS: u64 = 60;
const SECONDS_FROM: &str = "RSMEV_FUZZ_SECONDS";
/// Targets running at the same time: processors of the machine CI has.
const TOGETHER: usize = 2;
/// Bounds of one target: octets of an input, memory in MB, seconds for one input.
const BOUNDS: [&str; 3] = ["-max_len=16384", "-rss_limit_mb=2048", "-timeout=20"];
/// Lines of a log that are shown of a failed target.
const SHOWN_LINES: usize = 12;

/// A built target and its places.
struct Target {
    name: String,
    binary: PathBuf,
    root: PathBuf,
}

/// Builds, replays, fuzzes.
pub(crate) fn run(root: &Path) -> Result<(), Failure> {
    let seconds = seconds()?;
    run_command(in_package(root).args(["fmt", "--check"]))?;
    run_command(in_package(root).args(["build", "--quiet", "--release", "--bins"])).map_err(|failure| {
        Failure::with_hint(failure.to_string(), "libFuzzer is C++: `cargo xtask setup` installs a compiler for it")
    })?;
    let targets = targets(root)?;
    let queue = Mutex::new(targets.iter().collect::<VecDeque<_>>());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let work = || {
        let mut failures = Vec::new();
        while let Some(target) = next() {
            failures.extend(target.replay().and_then(|()| target.fuzz(seconds)).err());
        }
        failures
    };
    let failures: Vec<Failure> = thread::scope(|scope| {
        let workers: Vec<_> = (0..TOGETHER).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    if failures.is_empty() {
        return Ok(());
    }
    let all: Vec<String> = failures.iter().map(ToString::to_string).collect();
    Err(Failure::new(all.join("\n")))
}

fn seconds() -> Result<u64, Failure> {
    match std::env::var(SECONDS_FROM) {
        Err(_) => Ok(SECONDS),
        Ok(text) => text.parse().map_err(|_| Failure::Usage(format!("{SECONDS_FROM} is a number of seconds"))),
    }
}

/// `cargo` where the package's own configuration names flags and target directory, which the environment would override.
fn in_package(root: &Path) -> Command {
    let mut command = cargo(root);
    command.current_dir(root.join(PACKAGE));
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET"] {
        command.env_remove(name);
    }
    command
}

/// One for every file of `targets/`.
fn targets(root: &Path) -> Result<Vec<Target>, Failure> {
    let version = output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| Failure::new("rustc does not say what machine it is for"))?;
    let binaries = root.join("target/fuzz").join(host).join("release");
    let mut names = files(&root.join(PACKAGE).join("targets"));
    names.sort();
    let targets = names.iter().filter_map(|path| path.file_stem()?.to_str());
    let target = |name: &str| Target { name: name.to_owned(), binary: binaries.join(name), root: root.to_path_buf() };
    Ok(targets.map(target).collect())
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_file()).collect()
}

impl Target {
    /// Every crash of the past, and every seed: none may crash again.
    fn replay(&self) -> Result<(), Failure> {
        let mut inputs = files(&self.vectors());
        inputs.extend(files(&self.seeds()));
        inputs.sort();
        let mut command = self.command("replay")?;
        command.args(BOUNDS).args(&inputs);
        self.end(&mut command, "replay")
    }

    /// Lets libFuzzer search; what it learns stays in the target directory for the next run.
    fn fuzz(&self, seconds: u64) -> Result<(), Failure> {
        let corpus = self.root.join("target/fuzz/corpus").join(&self.name);
        for directory in [&corpus, &self.vectors()] {
            fs::create_dir_all(directory)
                .map_err(|error| Failure::new(format!("{} cannot be made: {error}", directory.display())))?;
        }
        let mut command = self.command("fuzz")?;
        command
            .args(BOUNDS)
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={}/", self.vectors().display()))
            .arg(format!("-dict={}", self.root.join(PACKAGE).join("words.dict").display()))
            .arg("-print_final_stats=1")
            .args([&corpus, &self.seeds()]);
        let ended = self.end(&mut command, "fuzz");
        // Stays when something was found: it holds the finding.
        let _ = fs::remove_dir(self.vectors());
        ended
    }

    fn command(&self, what: &str) -> Result<Command, Failure> {
        let log = self.log(what);
        let cannot = |error| Failure::new(format!("{} cannot be written: {error}", log.display()));
        fs::create_dir_all(self.root.join("target/fuzz/log")).map_err(cannot)?;
        let out = File::create(&log).map_err(cannot)?;
        let mut command = Command::new(&self.binary);
        command.stdin(Stdio::null()).stdout(out.try_clone().map_err(cannot)?).stderr(out);
        Ok(command)
    }

    fn end(&self, command: &mut Command, what: &str) -> Result<(), Failure> {
        let status = command
            .status()
            .map_err(|error| Failure::new(format!("fuzz target {} cannot be started: {error}", self.name)))?;
        let log = fs::read(self.log(what)).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        if status.success() {
            if what == "fuzz" {
                println!("fuzz: {}: {}", self.name, summary(&log));
            }
            return Ok(());
        }
        Err(Failure::with_hint(
            format!("fuzz target {} found something ({what}, {status}):\n{}", self.name, told(&log)),
            format!(
                "the input is kept in {PACKAGE}/vectors/{0}: try it again with `{1} FILE`, commit it with the repair; the whole log: {2}",
                self.name,
                self.shown(&self.binary),
                self.shown(&self.log(what)),
            ),
        ))
    }

    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    fn log(&self, what: &str) -> PathBuf {
        self.root.join("target/fuzz/log").join(format!("{}-{what}.txt", self.name))
    }

    fn vectors(&self) -> PathBuf {
        self.root.join(PACKAGE).join("vectors").join(&self.name)
    }

    fn seeds(&self) -> PathBuf {
        self.root.join(PACKAGE).join("seeds").join(&self.name)
    }
}

/// Runs, inputs worth keeping, memory: what libFuzzer says at its end.
fn summary(log: &str) -> String {
    let value = |name: &str| {
        let line = log.lines().rev().find_map(|line| line.strip_prefix("stat::")?.strip_prefix(name));
        line.map_or("?", |rest| rest.trim_start_matches(':').trim())
    };
    let coverage = log.lines().rev().find_map(|line| line.split(" cov: ").nth(1)?.split(' ').next()).unwrap_or("?");
    format!(
        "{} runs, {} a second, {coverage} edges, {} new inputs, {} MB at most",
        value("number_of_executed_units"),
        value("average_exec_per_sec"),
        value("new_units_added"),
        value("peak_rss_mb")
    )
}

/// What a person wants to see of a log that ends in a crash: the panic or the sanitizer's word, and where the input was put.
fn told(log: &str) -> String {
    let telling = |line: &&str| {
        ["panicked at", "ERROR:", "SUMMARY:", "Test unit written", "libFuzzer: "].iter().any(|word| line.contains(word))
    };
    let mut lines: Vec<&str> = Vec::new();
    let mut all = log.lines().peekable();
    while let Some(line) = all.next() {
        if telling(&line) {
            lines.push(line);
            // The words of a panic stand below its place.
            lines.extend(all.next_if(|next| line.contains("panicked at") && !telling(next)));
        }
    }
    lines.truncate(SHOWN_LINES);
    lines.iter().map(|line| line.chars().take(300).collect::<String>()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "#2\tINITED cov: 7 ft: 8 corp: 1/1b\n#9\tREDUCE cov: 12 ft: 40\nstat::number_of_executed_units: 99\n\
        stat::average_exec_per_sec:     33\nstat::new_units_added:          5\nstat::peak_rss_mb:              61\n";

    #[test]
    fn the_end_of_a_run_is_told_in_a_line() {
        assert_eq!(summary(LOG), "99 runs, 33 a second, 12 edges, 5 new inputs, 61 MB at most");
        assert!(summary("").contains('?'));
    }

    #[test]
    fn of_a_crash_the_panic_and_the_place_of_the_input_are_told() {
        let log = "INFO: x\nthread 'a' panicked at src/way.rs:9:5:\nBody is a part\nstack backtrace:\n 0: f\n\
            SUMMARY: libFuzzer: deadly signal\nartifact_prefix='v/'; Test unit written to v/crash-1\n";
        assert_eq!(told(log).lines().count(), 4, "{}", told(log));
        assert!(told(log).contains("Body is a part") && told(log).contains("v/crash-1"));
    }

    #[test]
    fn flags_of_the_environment_do_not_take_the_instrumentation_away() {
        let command = in_package(Path::new("/repository"));
        assert!(command.get_envs().any(|(name, value)| name == "RUSTFLAGS" && value.is_none()));
        assert_eq!(command.get_current_dir(), Some(Path::new("/repository/tests/fuzz")));
    }
}
