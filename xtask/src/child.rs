//! Long-lived children: started, waited for until they say they are ready, stopped by their process id.
//!
//! A child never outlives its parent: it is stopped when its value goes out of scope, and where
//! `setpriv` exists (util-linux) the kernel sends SIGTERM when the parent dies in any other way.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use crate::failure::Failure;
use crate::process::{on_path, succeeds};

/// After SIGTERM a child may finish what it has accepted; then it is killed.
const DRAIN: Duration = Duration::from_secs(40);

/// A running child.
pub(crate) struct Child {
    name: &'static str,
    pid: u32,
    first_line: Receiver<String>,
    ended: Receiver<ExitStatus>,
    log: PathBuf,
    status: Option<ExitStatus>,
}

impl Child {
    /// Starts a child: standard error goes to the log, the first line of standard output is kept.
    pub(crate) fn start(name: &'static str, program: &Path, arguments: &[String], log: &Path) -> Result<Self, Failure> {
        let cannot = |error| Failure::new(format!("{name} cannot be started: {error}"));
        let mut child = dying_with_us(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(log).map_err(cannot)?)
            .spawn()
            .map_err(cannot)?;
        let (line_sender, first_line) = sync_channel(1);
        let (end_sender, ended) = sync_channel(1);
        let pid = child.id();
        if let Some(output) = child.stdout.take() {
            thread::spawn(move || read_lines(output, &line_sender));
        }
        thread::spawn(move || {
            if let Ok(status) = child.wait() {
                // The receiver is gone when nobody waits any more.
                let _ = end_sender.send(status);
            }
        });
        Ok(Self { name, pid, first_line, ended, log: log.to_path_buf(), status: None })
    }

    /// The first line of standard output, which says that the child is ready.
    pub(crate) fn ready(&self, deadline: Duration) -> Result<String, Failure> {
        self.first_line.recv_timeout(deadline).map_err(|error| {
            let what = match error {
                RecvTimeoutError::Timeout => format!("is not ready after {} s", deadline.as_secs()),
                RecvTimeoutError::Disconnected => "ended before it was ready".to_owned(),
            };
            self.trouble(&what)
        })
    }

    /// Fails when the child has ended although nobody asked it to; waits for that at most so long.
    pub(crate) fn still_running(&mut self, patience: Duration) -> Result<(), Failure> {
        if self.has_ended(patience) {
            return Err(self.trouble("ended by itself"));
        }
        Ok(())
    }

    /// SIGTERM, the time to drain, SIGKILL.
    pub(crate) fn stop(&mut self) -> Result<(), Failure> {
        if self.has_ended(Duration::ZERO) {
            return Ok(());
        }
        self.signal("TERM");
        if self.has_ended(DRAIN) {
            return match self.status {
                Some(status) if !status.success() => Err(self.trouble(&format!("did not end well: {status}"))),
                _ => Ok(()),
            };
        }
        self.signal("KILL");
        self.has_ended(DRAIN);
        Err(self.trouble(&format!("had to be killed {} s after SIGTERM", DRAIN.as_secs())))
    }

    fn has_ended(&mut self, patience: Duration) -> bool {
        if self.status.is_none() {
            self.status = self.ended.recv_timeout(patience).ok();
        }
        self.status.is_some()
    }

    /// The shell's own `kill`: the program of that name is not on every minimal system.
    fn signal(&self, signal: &str) {
        let line = format!("kill -{signal} {}", self.pid);
        succeeds("sh", &["-c", &line]);
    }

    fn trouble(&self, what: &str) -> Failure {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.get(lines.len().saturating_sub(20)..).unwrap_or_default();
        Failure::with_hint(
            format!("{} {what}; its last words:\n{}", self.name, last.join("\n")),
            format!("the whole log is {}", self.log.display()),
        )
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // A failure is on its way already, or everything was stopped before.
        let _ = self.stop();
    }
}

fn dying_with_us(program: &Path) -> Command {
    if let Some(setpriv) = on_path("setpriv") {
        let mut command = Command::new(setpriv);
        command.args(["--pdeathsig", "TERM"]).arg(program);
        return command;
    }
    Command::new(program)
}

/// Passes the first line on and reads the rest away, so that the child never waits for a reader.
fn read_lines(output: ChildStdout, first: &SyncSender<String>) {
    for line in BufReader::new(output).lines() {
        let Ok(line) = line else { return };
        // Full after the first line: later ones have no reader.
        let _ = first.try_send(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Child {
        let log =
            std::env::temp_dir().join(format!("xtask-child-{}-{:?}.log", std::process::id(), thread::current().id()));
        let arguments = ["-c".to_owned(), script.to_owned()];
        let child = Child::start("the child", Path::new("/bin/sh"), &arguments, &log);
        child.expect("sh starts")
    }

    #[test]
    fn a_child_says_that_it_is_ready_and_ends_when_told() {
        let mut child = shell("trap 'kill $!; exit 0' TERM; tail -f /dev/null & echo ready; wait");
        assert_eq!(child.ready(SOON).expect("a line"), "ready");
        child.still_running(Duration::ZERO).expect("it runs");
        child.stop().expect("it ends at SIGTERM");
        let _ = std::fs::remove_file(&child.log);
    }

    #[test]
    fn a_child_that_ends_at_once_is_reported_with_its_last_words() {
        let mut child = shell("echo 'no such certificate' >&2; exit 1");
        let failure = child.ready(SOON).expect_err("no line");
        assert!(failure.to_string().contains("no such certificate"), "{failure}");
        assert!(child.still_running(SOON).is_err());
        let _ = std::fs::remove_file(&child.log);
    }
}
