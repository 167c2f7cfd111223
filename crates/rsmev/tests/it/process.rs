//! Programs under test: started, listened to, signalled, ended. Every wait is for an event and has a deadline.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// How long anything may take before the test gives up; far more than it needs on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// Lines of one stream of a process, growing until it is closed.
#[derive(Default)]
struct Stream {
    state: Mutex<(Vec<String>, bool)>,
    changed: Condvar,
}

impl Stream {
    fn follow(source: impl Read + Send + 'static) -> Arc<Stream> {
        let stream = Arc::new(Stream::default());
        let filled = Arc::clone(&stream);
        std::thread::spawn(move || {
            for line in BufReader::new(source).split(b'\n').map_while(Result::ok) {
                filled.state.lock().unwrap().0.push(String::from_utf8_lossy(&line).into_owned());
                filled.changed.notify_all();
            }
            filled.state.lock().unwrap().1 = true;
            filled.changed.notify_all();
        });
        stream
    }

    /// The first line from `start` on that holds `text`, and its number; `None` when the stream ends or time is up.
    fn find(&self, start: usize, text: &str) -> Option<(usize, String)> {
        let hit = |lines: &[String]| (start..lines.len()).find(|at| lines[*at].contains(text));
        let state = self.state.lock().unwrap();
        let (state, _) = self
            .changed
            .wait_timeout_while(state, DEADLINE, |(lines, closed)| hit(lines).is_none() && !*closed)
            .unwrap();
        hit(&state.0).map(|at| (at, state.0[at].clone()))
    }

    /// Waits until the process has closed the stream.
    fn closed(&self) -> bool {
        let state = self.state.lock().unwrap();
        let (state, _) = self.changed.wait_timeout_while(state, DEADLINE, |(_, closed)| !*closed).unwrap();
        state.1
    }

    fn text(&self) -> String {
        self.state.lock().unwrap().0.join("\n")
    }
}

/// A running program; killed when dropped, its log shown when the test fails.
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    out: Arc<Stream>,
    log: Arc<Stream>,
    /// Lines of the log that [`Process::says`] has passed.
    heard: usize,
}

impl Process {
    pub(crate) fn start(name: &'static str, command: &mut Command) -> Process {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = Stream::follow(child.stdout.take().unwrap());
        let log = Stream::follow(child.stderr.take().unwrap());
        Process { name, child, out, log, heard: 0 }
    }

    /// Waits for the line on stdout that says it is ready.
    pub(crate) fn ready(&self) -> serde_json::Value {
        let Some((_, line)) = self.out.find(0, "\"ready\":true") else {
            panic!("{} did not become ready:\n{}", self.name, self.log.text());
        };
        serde_json::from_str(&line).unwrap()
    }

    /// Waits for the next line on stderr that holds `text`.
    pub(crate) fn says(&mut self, text: &str) -> String {
        let Some((at, line)) = self.log.find(self.heard, text) else {
            panic!("{} did not say {text:?}:\n{}", self.name, self.log.text());
        };
        self.heard = at + 1;
        line
    }

    /// How often it has said `text` so far.
    pub(crate) fn heard_of(&self, text: &str) -> usize {
        self.log.text().matches(text).count()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name, as an operator would.
    pub(crate) fn signal(&self, name: &str) {
        let words = format!("kill -{name} {}", self.pid());
        assert!(Command::new("sh").args(["-c", &words]).status().unwrap().success(), "{words}");
    }

    /// Ends it without a chance to tidy up: SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> ExitStatus {
        assert!(self.out.closed(), "{} does not end:\n{}", self.name, self.log.text());
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "---- log of {}\n{}", self.name, self.log.text());
        }
    }
}
