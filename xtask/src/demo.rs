//! `cargo xtask demo`: builds the bus, makes a pretend region, lets it work and says where to look.
//!
//! Everything the bus does here it does through its own command line; this file only calls it in
//! the right order, waits, and stops what it has started.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::child::Child;
use crate::failure::Failure;
use crate::json::Value;
use crate::packages::{self, For};
use crate::process::{cargo, output, run as run_command, shown};

/// Loading a region and opening four listeners takes a second; a busy machine gets a minute.
const READY: Duration = Duration::from_secs(60);
/// How often a person who keeps the demonstration running would want to learn that a part of it died.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Option of `stand init` and the port that it takes when free.
const PORTS: [(&str, u16); 4] =
    [("--soap-port", 8080), ("--admin-port", 8081), ("--federal-port", 9000), ("--agencies-port", 9100)];
/// `stand init` writes it: whoever finds it knows that the directory is a pretend region.
const REGION: &str = "region.json";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    once: bool,
    debug: bool,
    directory: PathBuf,
    /// The directory is our own default: a region of an earlier demonstration may be replaced.
    replace: bool,
}

impl Options {
    /// Reads the words after `demo`.
    pub(crate) fn read(root: &Path, words: &[&str]) -> Result<Self, Failure> {
        let mut options = Self { once: false, debug: false, directory: root.join("demo"), replace: true };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--once" => options.once = true,
                "--debug" => options.debug = true,
                "--dir" => {
                    let directory = words.next().ok_or_else(|| Failure::Usage("--dir DIR".to_owned()))?;
                    options.directory = std::path::absolute(directory)
                        .map_err(|error| Failure::Usage(format!("--dir {directory}: {error}")))?;
                    options.replace = false;
                }
                other => {
                    return Err(Failure::Usage(format!(
                        "demo does not know {other}; it knows --once, --debug, --dir DIR"
                    )));
                }
            }
        }
        Ok(options)
    }
}

/// One round of the whole region; then the end, or a region to play with.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), Failure> {
    make_room(options)?;
    packages::ensure(For::Build)?;
    let bus = Bus { program: build(root, options.debug)?, directory: options.directory.clone() };
    bus.init()?;
    let (mut serve, addresses) = bus.serve()?;
    let mut stand = bus.stand_up()?;
    println!("== a region at work: bus {} · log {}", addresses.soap, bus.log("bus").display());

    bus.tell(&["stand", "send", "DIR", "--all"])?;
    bus.tell(&["stand", "send", "DIR", "--refusals"])?;
    bus.tell(&["journal", "list", "--data", "DIR/data"])?;
    serve.still_running(Duration::ZERO)?;
    stand.still_running(Duration::ZERO)?;
    println!("{}", bus.where_to_look(&addresses));

    if options.once {
        stand.stop()?;
        serve.stop()?;
        println!("demo: every exchange went as it should; bus and stand ended cleanly");
        return Ok(());
    }
    println!("\nThe region keeps running. Ctrl-C ends it.");
    loop {
        serve.still_running(LOOK_AGAIN)?;
        stand.still_running(Duration::ZERO)?;
    }
}

fn build(root: &Path, debug: bool) -> Result<PathBuf, Failure> {
    let mut command = cargo(root);
    command.args(["build", "--package", "rsmev"]);
    if !debug {
        command.arg("--release");
    }
    println!("== {}", shown(&command));
    let started = Instant::now();
    run_command(&mut command)?;
    println!("   {:.0} s", started.elapsed().as_secs_f32());
    let metadata = output(cargo(root).args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata = Value::parse(&metadata).map_err(Failure::new)?;
    let target = metadata.get("target_directory").text().unwrap_or("target");
    let profile = if debug { "debug" } else { "release" };
    Ok(root.join(target).join(profile).join("rsmev"))
}

/// Our own directory is emptied of an earlier region; anybody else's must be empty.
fn make_room(options: &Options) -> Result<(), Failure> {
    let directory = &options.directory;
    let empty = match fs::read_dir(directory) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == ErrorKind::NotFound => true,
        Err(error) => return Err(Failure::new(format!("{}: {error}", directory.display()))),
    };
    if !empty {
        if !options.replace || !directory.join(REGION).is_file() {
            return Err(Failure::with_hint(
                format!("{} is not empty", directory.display()),
                "name another directory with --dir, or remove this one",
            ));
        }
        println!("== replacing the region of an earlier demonstration in {}", directory.display());
        fs::remove_dir_all(directory).map_err(|error| Failure::new(format!("{}: {error}", directory.display())))?;
    }
    fs::create_dir_all(directory).map_err(|error| Failure::new(format!("{}: {error}", directory.display())))
}

/// The program and the region it plays in.
struct Bus {
    program: PathBuf,
    directory: PathBuf,
}

/// Where the bus listens, as its ready line says.
struct Addresses {
    soap: String,
    admin: String,
}

impl Bus {
    fn init(&self) -> Result<(), Failure> {
        let mut words = vec!["stand".to_owned(), "init".to_owned(), self.directory.display().to_string()];
        for (option, port) in free_ports()? {
            words.extend([option.to_owned(), port.to_string()]);
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.tell(&words)
    }

    fn serve(&self) -> Result<(Child, Addresses), Failure> {
        let words = self.words(&["serve", "--config", "DIR/routes.toml", "--data", "DIR/data"]);
        let child = self.start("bus", &words)?;
        let line = self.ready(&child)?;
        let text = |key: &str| line.get(key).text().unwrap_or("(not told)").to_owned();
        Ok((child, Addresses { soap: text("soap"), admin: text("admin") }))
    }

    fn stand_up(&self) -> Result<Child, Failure> {
        let child = self.start("stand", &self.words(&["stand", "up", "DIR"]))?;
        self.ready(&child)?;
        Ok(child)
    }

    /// Runs a command of the bus to its end, its output for everybody to see.
    fn tell(&self, words: &[&str]) -> Result<(), Failure> {
        let mut command = Command::new(&self.program);
        command.args(self.words(words));
        println!("\n== {}", shown(&command));
        run_command(&mut command).map_err(|failure| {
            let hint =
                format!("what bus and stand say: {}, {}", self.log("bus").display(), self.log("stand").display());
            Failure::with_hint(failure.to_string(), hint)
        })
    }

    fn start(&self, name: &'static str, words: &[String]) -> Result<Child, Failure> {
        println!("\n== rsmev {}", words.join(" "));
        Child::start(name, &self.program, words, &self.log(name))
    }

    fn ready(&self, child: &Child) -> Result<Value, Failure> {
        let line = child.ready(READY)?;
        match Value::parse(&line) {
            Ok(value) if value.get("ready") == &Value::Bool(true) => {
                println!("   {line}");
                Ok(value)
            }
            _ => Err(Failure::new(format!("{} said {line} where a ready line was expected", self.program.display()))),
        }
    }

    fn log(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.log"))
    }

    /// Puts the region's directory in the place of `DIR`.
    fn words(&self, words: &[&str]) -> Vec<String> {
        let directory = self.directory.display().to_string();
        let word = |word: &&str| match word.strip_prefix("DIR") {
            Some(rest) => format!("{directory}{rest}"),
            None => (*word).to_owned(),
        };
        words.iter().map(word).collect()
    }

    fn where_to_look(&self, addresses: &Addresses) -> String {
        let (rsmev, dir) = (self.program.display(), self.directory.display());
        let own = Sample::find(&self.directory).map_or_else(String::new, |sample| {
            let Sample { file, endpoint, action } = sample;
            let file = file.display();
            format!(
                "

Send a message of your own (this one is signed; change a letter in its Body and see the refusal)
  curl --data-binary @{file} -H 'Content-Type: text/xml; charset=utf-8' -H 'SOAPAction: {action}' {endpoint}
  {rsmev} explain {file} --config {dir}/routes.toml     what the bus thinks of it, and why
  {rsmev} signature sign --help                         to sign a changed one"
            )
        });
        format!(
            "
Where to look
  messages as sent, answered, received   {dir}/sent/
  journal: all, one record, one exchange {rsmev} journal list|show|trace --data {dir}/data
  the registry, readable aloud           {dir}/routes.toml
  every system, key, service, address    {dir}/{REGION}
  what the bus says of itself            {dir}/bus.log, http://{}/status{own}",
            addresses.admin
        )
    }
}

/// A signed request that was sent in this round, and where it went.
struct Sample {
    file: PathBuf,
    endpoint: String,
    action: String,
}

impl Sample {
    fn find(directory: &Path) -> Option<Self> {
        let region = Value::parse(&fs::read_to_string(directory.join(REGION)).ok()?).ok()?;
        let mut files: Vec<PathBuf> =
            fs::read_dir(directory.join("sent")).ok()?.filter_map(Result::ok).map(|entry| entry.path()).collect();
        files.sort();
        files.iter().find_map(|file| {
            let message = fs::read_to_string(file).ok()?;
            let service = region.get("services").items().iter().find(|service| is_request_of(service, &message))?;
            Some(Self {
                file: file.clone(),
                endpoint: service.get("endpoint").text()?.to_owned(),
                action: service.get("soap_action").text().unwrap_or("\"\"").to_owned(),
            })
        })
    }
}

/// A request as its sender signed it: with his certificate, without the stamp of a node.
fn is_request_of(service: &Value, message: &str) -> bool {
    let text = |key| service.get(key).text();
    let (Some(namespace), Some(operation)) = (text("namespace"), text("operation")) else {
        return false;
    };
    message.starts_with('<')
        && message.contains(namespace)
        && message.contains(operation)
        && !message.contains(&format!("{operation}Response"))
        && message.contains("BinarySecurityToken")
        && !message.contains("NodeId")
        && service.get("trial") != &Value::Bool(true)
}

/// The usual ports where they are free, others where not.
fn free_ports() -> Result<Vec<(&'static str, u16)>, Failure> {
    // All stay open until the last is found: no port is given twice.
    let mut open = Vec::new();
    for (option, usual) in PORTS {
        let listener = TcpListener::bind(("127.0.0.1", usual))
            .or_else(|_| TcpListener::bind(("127.0.0.1", 0)))
            .map_err(|error| Failure::new(format!("no free port on the loopback interface: {error}")))?;
        open.push((option, listener));
    }
    open.iter()
        .map(|(option, listener)| match listener.local_addr() {
            Ok(address) => Ok((*option, address.port())),
            Err(error) => Err(Failure::new(format!("a listener has no address: {error}"))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_or_refused() {
        let root = Path::new("/repository");
        let read = Options::read(root, &["--once", "--dir", "/elsewhere"]).expect("good words");
        let expected = Options { once: true, debug: false, directory: PathBuf::from("/elsewhere"), replace: false };
        assert_eq!(read, expected);
        for bad in [&["--onec"][..], &["--dir"][..]] {
            assert_eq!(Options::read(root, bad).expect_err("bad words").exit_code(), 2);
        }
    }

    #[test]
    fn a_busy_port_is_replaced_by_a_free_one() {
        let busy: Vec<_> = PORTS.iter().map(|(_, port)| TcpListener::bind(("127.0.0.1", *port))).collect();
        let ports = free_ports().expect("free ports");
        let mut numbers: Vec<u16> = ports.iter().map(|(_, port)| *port).collect();
        assert!(numbers.iter().all(|number| PORTS.iter().all(|(_, usual)| usual != number)), "{numbers:?}");
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), PORTS.len());
        drop(busy);
    }

    #[test]
    fn a_directory_with_somebodys_files_is_left_alone() {
        let directory = std::env::temp_dir().join(format!("xtask-demo-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory");
        fs::write(directory.join("diary"), "mine").expect("a file");
        let options = |replace| Options { once: true, debug: false, directory: directory.clone(), replace };
        assert!(make_room(&options(true)).is_err(), "no region.json: not ours to remove");
        fs::write(directory.join(REGION), "{}").expect("a file");
        assert!(make_room(&options(false)).is_err(), "named by --dir: not ours to remove");
        assert!(directory.join("diary").is_file());
        make_room(&options(true)).expect("an earlier region of ours");
        assert!(!directory.join("diary").exists());
        fs::remove_dir_all(&directory).expect("cleaning up");
    }

    #[test]
    fn a_sample_is_a_request_as_its_sender_signed_it() {
        let service = r#"{"namespace":"urn:a","operation":"Ask","endpoint":"http://b/SID1"}"#;
        let service = Value::parse(service).expect("valid");
        let request = "<e xmlns='urn:a'><BinarySecurityToken/><Ask/></e>";
        assert!(is_request_of(&service, request));
        for other in [
            request.replace("Ask", "AskResponse"),
            request.replace("BinarySecurityToken", "x"),
            request.replace("<Ask/>", "<NodeId/><Ask/>"),
            request.replace("urn:a", "urn:b"),
        ] {
            assert!(!is_request_of(&service, &other), "{other}");
        }
    }
}
