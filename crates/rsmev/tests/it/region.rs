//! A pretend region in a directory of its own, its bus and its agencies, and the commands a person would give there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};

use serde_json::Value;
use stand::{InitOptions, SystemKind};
use tempfile::TempDir;

use crate::process::Process;

/// The program under test.
pub(crate) fn rsmev() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rsmev"));
    command.env_remove("RSMEV_LOG").env_remove("COLUMNS").env("LC_ALL", "C");
    command
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It must have ended well.
    pub(crate) fn good(self) -> Ran {
        assert_eq!(self.code, 0, "{}\n{}", self.text(), self.stderr);
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", self.text(), self.stderr))
    }

    /// A JSON value a line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The directory of a region, with whatever of it runs.
pub(crate) struct Region {
    // First, so that they end before their files go.
    pub(crate) bus: Option<Process>,
    agencies: Option<Process>,
    pub(crate) described: stand::Region,
    directory: TempDir,
}

impl Region {
    /// Written, not running, at the usual ports: what commands print of it does not change from run to run.
    pub(crate) fn written() -> Region {
        Region::at(&InitOptions::default())
    }

    /// Agencies and federal node run, the bus does not yet: its registry may be changed first.
    pub(crate) fn without_bus() -> Region {
        let mut region = Region::prepared();
        region.start_agencies();
        region
    }

    /// Written at free ports, nothing runs: what agencies and bus read when they start may be changed first.
    pub(crate) fn prepared() -> Region {
        Region::at(&InitOptions::with_free_ports().unwrap())
    }

    pub(crate) fn start_agencies(&mut self) {
        let agencies = Process::start("stand up", rsmev().args(["stand", "up", "."]).current_dir(self.path()));
        agencies.ready();
        self.agencies = Some(agencies);
    }

    /// Everything runs.
    pub(crate) fn running() -> Region {
        let mut region = Region::without_bus();
        region.start_bus();
        region
    }

    /// A production contour at free ports, nothing runs.
    pub(crate) fn production() -> Region {
        Region::at(&InitOptions { production: true, ..InitOptions::with_free_ports().unwrap() })
    }

    fn at(ports: &InitOptions) -> Region {
        let directory = tempfile::tempdir().unwrap();
        let port = |port: u16| port.to_string();
        let words = [
            ("--soap-port", port(ports.soap_port)),
            ("--admin-port", port(ports.admin_port)),
            ("--federal-port", port(ports.federal_port)),
            ("--agencies-port", port(ports.agencies_port)),
        ];
        let words = words.iter().flat_map(|(name, port)| [*name, port.as_str()]);
        let contour = ports.production.then_some("--production");
        let init = rsmev().args(["stand", "init"]).arg(directory.path()).args(words).args(contour).output().unwrap();
        Ran::of(init).good();
        Region { bus: None, agencies: None, described: stand::Region::load(directory.path()).unwrap(), directory }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn start_bus(&mut self) {
        let mut command = rsmev();
        command.arg("serve").current_dir(self.path());
        self.start_bus_by(&mut command);
    }

    /// The same by a command with an environment of its own.
    pub(crate) fn start_bus_by(&mut self, command: &mut Command) {
        let bus = Process::start("rsmev serve", command);
        let ready = bus.ready();
        assert_eq!(ready["soap"], self.described.node.soap.to_string());
        assert_eq!(ready["admin"], self.described.node.admin.to_string());
        assert_eq!(ready["pid"], bus.pid());
        self.bus = Some(bus);
    }

    pub(crate) fn bus(&mut self) -> &mut Process {
        self.bus.as_mut().unwrap()
    }

    /// Stops the bus as an operator would.
    pub(crate) fn stop_bus(&mut self) -> ExitStatus {
        let bus = self.bus.take().unwrap();
        bus.signal("TERM");
        bus.ended()
    }

    /// A command given in the directory of the region, where `routes.toml` is.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = rsmev();
        command.args(words).current_dir(self.path());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        Ran::of(self.command(words).output().unwrap())
    }

    /// Changes one place of a file of the region.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} holds no {from:?}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }

    /// Adds to the end of a file of the region.
    pub(crate) fn append(&self, file: &str, more: &str) {
        let path = self.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text + more).unwrap();
    }

    pub(crate) fn control_example(&self, sid: &str) -> PathBuf {
        self.path().join(format!("services/{sid}/1.00/control-example/request.xml"))
    }

    /// Records of the journal that the words ask for.
    pub(crate) fn records(&self, words: &[&str]) -> Vec<Value> {
        self.run(&[&["journal", "list", "--json"], words].concat()).good().lines()
    }

    /// No bus runs here, and none that happens to run on this machine is to be asked.
    pub(crate) fn nobody_at_home(&self) {
        self.edit("routes.toml", "admin = \"127.0.0.1:8081\"", "admin = \"127.0.0.1:1\"");
    }

    /// The octets of one message of a record.
    pub(crate) fn octets(&self, record: &Value, role: &str) -> Vec<u8> {
        self.run(&["journal", "show", record["id"].as_str().unwrap(), "--raw", role, "--reason", "a test"])
            .good()
            .stdout
    }

    /// The journal must hold; its account.
    pub(crate) fn audit(&self) -> Value {
        let audit = self.run(&["journal", "audit", "--json"]).good().json();
        assert_eq!(audit["holds"], true);
        audit
    }

    /// Store of the agency that a system belongs to; federal bodies have none here.
    pub(crate) fn store_of(&self, mnemonic: &str) -> Option<String> {
        let system = self.described.system(mnemonic).unwrap();
        (system.kind != SystemKind::Federal).then(|| system.participant.clone())
    }
}
