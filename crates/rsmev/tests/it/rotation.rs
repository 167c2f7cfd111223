//! Certificates are changed while messages flow: none is lost, the registry keeps the hand of whoever wrote it, and every
//! way that ends early leads back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::gate::Gate;
use crate::issue::{Wanted, issue};
use crate::keys::{encrypt, secret};
use crate::process::Process;
use crate::region::{Ran, Region};

const DEADLINE: Duration = Duration::from_secs(60);
/// The stand's provider of this service is down on purpose.
const DOWN: &str = "SID0064902";
/// The service that is loaded.
const LOADED: &str = "SID0064903";

/// The words of a rotation to the certificate that the stand made for it.
fn rotate<'w>(subject: &'w str, files: &'w [String; 2], more: &[&'w str]) -> Vec<&'w str> {
    [&["cert", "rotate", subject, "--certificate", &files[0], "--key", &files[1]], more].concat()
}

fn next(name: &str) -> [String; 2] {
    ["pem", "key.pem"].map(|ending| format!("certs/next/{name}.{ending}"))
}

/// Every file of the registry, certificates included.
fn registry(region: &Region) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![region.path().join("routes.d"), region.path().join("certs")];
    files.insert(region.path().join("routes.toml"), fs::read(region.path().join("routes.toml")).unwrap());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                files.insert(entry.path(), fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

fn in_force(region: &Region) -> Value {
    region.run(&["status", "--json"]).good().json()["registry"].clone()
}

/// `stand load` under way. Each answered exchange comes through a pipe: waiting for it is waiting for the event.
struct Load {
    answered: Receiver<String>,
    seen: Vec<String>,
    run: JoinHandle<Ran>,
}

impl Load {
    fn start(region: &Region, more: &[&str]) -> Load {
        let pipe = region.path().join("acks");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let (tell, answered) = sync_channel(100_000);
        std::thread::spawn(move || {
            for line in BufReader::new(fs::File::open(pipe).unwrap()).lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        let words = ["stand", "load", ".", "--seconds", "120", "--stop-when", "stop", "--acks", "acks", "--json"];
        let small = ["--workers", "3", "--body-bytes", "1024", "--distinct", "20", "--verify-every", "1"];
        let mut command = region.command(&[&words[..], &small, more].concat());
        let run = std::thread::spawn(move || Ran::of(command.output().unwrap()));
        Load { answered, seen: Vec::new(), run }
    }

    /// Waits for so many exchanges from now on.
    fn goes_on(&mut self, exchanges: usize) {
        self.seen.extend(self.answered.try_iter());
        for _ in 0..exchanges {
            self.seen.push(self.answered.recv_timeout(DEADLINE).expect("the load goes on"));
        }
    }

    /// Ends it; the report, and the exchanges it saw answered.
    fn stop(mut self, region: &Region) -> (Value, BTreeSet<String>) {
        fs::write(region.path().join("stop"), "").unwrap();
        self.seen.extend(self.answered.iter());
        let report = self.run.join().unwrap().good().json();
        let exchanges: BTreeSet<_> = self.seen.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
        assert_eq!(report["errors"], 0, "{report:#}");
        assert_eq!(report["exchanges"], exchanges.len(), "every good answer is an exchange of its own");
        assert_eq!(report["verified"], report["exchanges"], "both signatures of every answer hold");
        (report, exchanges)
    }
}

/// Nothing is lost: all that was answered is on record, and nothing else is open.
fn nothing_is_lost(region: &Region, answered: &BTreeSet<String>) {
    let audit = region.audit();
    assert_eq!(audit["accepted"], audit["answered"], "{audit:#}");
    assert_eq!((&audit["pending"], &audit["failed"], &audit["refused"]), (&0.into(), &0.into(), &0.into()));
    let words = ["--store", "SOCZ", "--service", LOADED, "--kind", "answered"];
    let recorded: BTreeSet<String> =
        region.records(&words).iter().map(|record| record["header"]["exchange"].as_str().unwrap().to_owned()).collect();
    assert!(recorded.is_superset(answered), "{:?}", answered.difference(&recorded));
}

fn fingerprints(region: &Region, what: &str) -> Vec<String> {
    let told = region.run(&["cert", "show", what, "--json"]).good().json();
    told.as_array().unwrap().iter().map(|one| one["fingerprint"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_system_changes_its_certificate_under_load_and_no_message_is_lost() {
    let region = Region::running();
    let old = fingerprints(&region, "SOCZ01641").remove(0);
    let mut load = Load::start(&region, &["--switch-key-when", "switched"]);
    load.goes_on(15);
    let files = next("SOCZ01641");
    let told = region.run(&rotate("SOCZ01641", &files, &["--skip", DOWN, "--json"])).good().json();
    assert_eq!((&told["switched"], &told["rolled_back"]), (&true.into(), &false.into()), "{told:#}");
    assert_eq!(told["tried"].as_array().unwrap().len(), 6);
    assert_eq!(told["afterwards"][0]["outcome"], "passed");
    load.goes_on(15);
    fs::write(region.path().join("switched"), "").unwrap();
    load.goes_on(30);
    region.run(&["cert", "retire", "SOCZ01641", &old[..16], "--reload"]).good();
    load.goes_on(15);
    let (report, answered) = load.stop(&region);
    let with_next = report["exchanges_with_next_key"].as_u64().unwrap();
    assert!(with_next >= 15 && with_next < report["exchanges"].as_u64().unwrap(), "{report:#}");
    nothing_is_lost(&region, &answered);
    assert_eq!(
        region.run(&["stand", "send", ".", "--kind", "federal-sync", "--json"]).json()[0]["fault"],
        "SMEV-100011"
    );
}

#[test]
fn the_node_changes_its_certificate_under_load_and_no_message_is_lost() {
    let region = Region::running();
    let before = registry(&region);
    let mut load = Load::start(&region, &[]);
    load.goes_on(15);
    let files = next("node");
    let told = region.run(&rotate("node", &files, &["--json"])).good().json();
    assert_eq!((&told["switched"], &told["afterwards"][0]["outcome"]), (&true.into(), &"passed".into()), "{told:#}");
    load.goes_on(15);
    assert_eq!(signs_with(&region), told["fingerprint"]);
    region.run(&["cert", "rotate", "node", "--rollback"]).good();
    load.goes_on(15);
    assert_ne!(signs_with(&region), told["fingerprint"]);
    let (_, answered) = load.stop(&region);
    nothing_is_lost(&region, &answered);
    let after = registry(&region);
    assert!(before.iter().all(|(file, octets)| after.get(file) == Some(octets)), "what was there is as it was");
}

/// Fingerprint of the certificate in the ЭП-СМЭВ of an answer of now.
fn signs_with(region: &Region) -> Value {
    let sent = region.run(&["stand", "send", ".", "--kind", "hosted", "--json"]).good().json();
    let answer = sent[0]["answer_file"].as_str().unwrap();
    let judged = region.run(&["signature", "verify", "--no-trust", "--json", answer]).good().json();
    let signatures = judged[0]["signatures"].as_array().unwrap().iter();
    let serial = signatures.clone().find(|one| one["kind"] == "ЭП-СМЭВ").unwrap()["certificate"]["serial"].clone();
    let all = ["certs/next/node.pem", "certs/node/node.pem"];
    let told = all.map(|file| region.run(&["cert", "show", file, "--json"]).good().json()[0].clone());
    told.iter().find(|one| one["serial"] == serial).unwrap()["fingerprint"].clone()
}

#[test]
fn the_bus_changes_the_certificate_it_signs_with_for_a_system_and_back() {
    let region = Region::running();
    let before = registry(&region);
    let files = next("ARHV01641");
    region.run(&rotate("ARHV01641", &files, &[])).good();
    let provider = ["stand", "send", ".", "--kind", "hosted-provider", "--json"];
    for _ in 0..2 {
        region.run(&["stand", "send", ".", "--kind", "hosted"]).good();
        let answer = region.run(&provider).good().json()[0]["answer_file"].as_str().unwrap().to_owned();
        let judged = region.run(&["signature", "verify", "--json", &answer]).good().json();
        assert_eq!(judged[0]["verdict"], "accepted", "{judged:#}");
    }
    let board = region.run(&["cert", "list", "--json"]).json();
    let of = |role: &str| {
        let mut lines = board.as_array().unwrap().iter();
        lines.find(|line| line["owner"] == "ARHV01641" && line["role"] == role).unwrap().clone()
    };
    assert_eq!((&of("system")["has_successor"], &of("hosted")["in_force"]), (&true.into(), &2.into()));
    let signer = of("hosted")["fingerprint"].as_str().unwrap()[..16].to_owned();
    let refused = region.run(&["cert", "retire", "ARHV01641", &signer]);
    assert!(refused.code == 1 && refused.stderr.contains("the bus signs for ARHV01641"), "{}", refused.stderr);

    region.run(&["cert", "rotate", "ARHV01641", "--rollback"]).good();
    region.run(&provider).good();
    let after = registry(&region);
    assert!(before.iter().all(|(file, octets)| after.get(file) == Some(octets)), "what was there is as it was");
    let again = region.run(&["cert", "rotate", "ARHV01641", "--rollback"]).good();
    assert!(again.text().contains("rolled back already"), "{}", again.text());
}

#[test]
fn a_rehearsal_tells_every_service_and_leaves_no_trace() {
    let region = Region::running();
    let (before, digest) = (registry(&region), in_force(&region));
    let files = next("SOCZ01641");
    let ran = region.run(&rotate("SOCZ01641", &files, &["--dry-run", "--json"]));
    assert_eq!(ran.code, 1, "one provider is down");
    let told = ran.json();
    let outcomes: BTreeMap<&str, &str> = told["tried"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["service"].as_str().unwrap(), one["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(outcomes.len(), 7);
    for (service, outcome) in outcomes {
        assert_eq!(outcome, if service == DOWN { "failed" } else { "passed" }, "{service}: {told:#}");
    }
    assert_eq!(registry(&region), before, "after a failure");
    region.run(&rotate("SOCZ01641", &files, &["--dry-run", "--skip", DOWN])).good();
    let node = next("node");
    region.run(&rotate("node", &node, &["--dry-run"])).good();
    // A service without a Message block cannot be asked for a test.
    let portal = issue(&region, &Wanted { common_name: "RPGU01641", ..Wanted::default() });
    let told = region.run(&rotate("RPGU01641", &portal, &["--dry-run", "--json"])).json();
    let untried = told["tried"].as_array().unwrap().iter().find(|one| one["service"] == "SID0064002").unwrap();
    assert_eq!(untried["outcome"], "not_tried", "{told:#}");
    let after: BTreeMap<_, _> =
        registry(&region).into_iter().filter(|(file, _)| !file.starts_with(region.path().join("certs/made"))).collect();
    assert_eq!(after, before, "after all of them");
    assert_eq!(in_force(&region), digest);
    region.audit();
}

#[test]
fn a_switch_that_breaks_something_goes_back_by_itself() {
    let region = Region::running();
    let (before, digest) = (registry(&region), in_force(&region));
    // The providers of the stand do not know this one.
    let files = issue(&region, &Wanted { common_name: "ЭП-РСМЭВ, регион 64", ..Wanted::default() });
    let ran = region.run(&rotate("node", &files, &["--json"]));
    assert_eq!(ran.code, 1);
    let told = ran.json();
    assert_eq!((&told["switched"], &told["rolled_back"]), (&false.into(), &true.into()), "{told:#}");
    assert_eq!((&told["tried"][0]["outcome"], &told["afterwards"][0]["outcome"]), (&"passed".into(), &"failed".into()));
    let after = registry(&region);
    assert!(before.iter().all(|(file, octets)| after.get(file) == Some(octets)), "what was there is as it was");
    assert_eq!(in_force(&region), digest);
    region.run(&["stand", "send", ".", "--kind", "hosted"]).good();
}

#[test]
fn a_rehearsal_that_was_killed_leaves_a_registry_that_loads_and_is_cleared_away() {
    let mut region = Region::without_bus();
    let gate = Gate::before(&region, "SID0064001");
    region.start_bus();
    let (before, digest) = (registry(&region), in_force(&region));
    let files = next("SOCZ01641");
    let rehearsal = Process::start("cert rotate", &mut region.command(&rotate("SOCZ01641", &files, &["--dry-run"])));
    gate.wait_for_a_request();
    let meanwhile = region.run(&["cert", "retire", "SOCZ01641", "0123456789"]);
    assert!(meanwhile.stderr.contains("another command is changing this registry"), "{}", meanwhile.stderr);
    rehearsal.kill();
    gate.open();
    region.run(&["check"]).good();
    assert_ne!(in_force(&region), digest, "the certificate is on trial");
    // It vouches for test messages only.
    fs::copy(region.path().join(&files[0]), region.path().join("certs/is/SOCZ01641.pem.next")).unwrap();
    let list = region.run(&["cert", "list"]);
    assert!(list.text().contains("ЭП-ОВ (trial)"), "{}", list.text());
    assert!(list.stderr.contains("a rehearsal for SOCZ01641 was broken off"), "{}", list.stderr);
    fs::remove_file(region.path().join("certs/is/SOCZ01641.pem.next")).unwrap();

    region.run(&["cert", "rotate", "SOCZ01641", "--rollback"]).good();
    let after = registry(&region);
    assert!(before.iter().all(|(file, octets)| after.get(file) == Some(octets)));
    assert_eq!(in_force(&region), digest);
    assert!(!region.run(&["cert", "list"]).stderr.contains("broken off"));
}

#[test]
fn a_switch_that_never_reached_the_disk_can_be_rolled_back() {
    let region = Region::running();
    let participants = region.path().join("routes.d/participants.toml");
    let before = fs::read(&participants).unwrap();
    let files = next("SOCZ01641");
    region.run(&rotate("SOCZ01641", &files, &["--skip", DOWN])).good();
    let switched = fs::read(&participants).unwrap();
    assert_ne!(switched, before);
    // As if the machine had stopped between the record and the change.
    fs::write(&participants, &before).unwrap();
    region.run(&["reload"]).good();
    region.run(&["cert", "rotate", "SOCZ01641", "--rollback"]).good();
    assert_eq!(fs::read(&participants).unwrap(), before);
    // And the other way round: what is in force already is only tried.
    fs::write(&participants, &switched).unwrap();
    let unknown = region.run(&rotate("SOCZ01641", &files, &["--skip", DOWN]));
    assert!(unknown.stderr.contains("another registry in force"), "{}", unknown.stderr);
    region.run(&["reload"]).good();
    let told = region.run(&rotate("SOCZ01641", &files, &["--skip", DOWN])).good();
    assert!(told.stderr.contains("in force already"), "{}", told.stderr);
    assert_eq!(fs::read(&participants).unwrap(), switched);
}

#[test]
fn a_certificate_that_was_taken_out_does_not_come_back_by_a_rollback() {
    let region = Region::running();
    let old = fingerprints(&region, "SOCZ01641").remove(0);
    let files = next("SOCZ01641");
    region.run(&rotate("SOCZ01641", &files, &["--skip", DOWN])).good();
    region.run(&["cert", "retire", "SOCZ01641", &old[..12], "--reload"]).good();
    let before = registry(&region);
    let refused = region.run(&["cert", "rotate", "SOCZ01641", "--rollback"]);
    assert!(refused.code == 1 && refused.stderr.contains("was taken out since"), "{}", refused.stderr);
    assert_eq!(registry(&region), before);
}

#[test]
fn a_key_that_loses_its_passphrase_and_one_that_is_left_behind_are_told() {
    let mut region = Region::without_bus();
    encrypt(&region);
    region.start_bus();
    let before = fs::read(region.path().join("routes.toml")).unwrap();
    let files = next("node");
    let told = region.run(&rotate("node", &files, &["--dry-run"])).good();
    let warning = "warning: the key of node is encrypted, the new one is not";
    assert!(told.stderr.contains(warning) && told.stderr.contains("secrets/node.pass"), "{}", told.stderr);
    let told = region.run(&rotate("node", &files, &["--json"])).good();
    assert!(told.stderr.contains(warning), "{}", told.stderr);
    let switched = fs::read_to_string(region.path().join("routes.toml")).unwrap();
    assert!(!switched.contains("key_passphrase_file"), "{switched}");
    let copied = switched.lines().find_map(|line| line.strip_prefix("key = \"")).unwrap().trim_end_matches('"');

    let back = region.run(&["cert", "rotate", "node", "--rollback"]).good();
    assert!(back.stderr.contains(&format!("the key {copied} stays; remove it")), "{}", back.stderr);
    assert_eq!(fs::read(region.path().join("routes.toml")).unwrap(), before);

    // The same key, encrypted meanwhile: other octets under the same name.
    secret(&region.path().join("next.pass"), b"battery staple\n");
    let closed = [files[0].clone(), "closed.pem".to_owned()];
    region.run(&["key", "encrypt", &files[1], "--passphrase-file", "next.pass", "--out", &closed[1]]).good();
    let words = rotate("node", &closed, &["--key-passphrase-file", "next.pass"]);
    let refused = region.run(&words);
    assert!(refused.code == 1 && refused.stderr.contains("is another file already"), "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("(rm {copied})")), "{}", refused.stderr);
    assert_eq!(fs::read(region.path().join("routes.toml")).unwrap(), before);
    fs::remove_file(region.path().join(copied)).unwrap();
    let told = region.run(&words).good();
    assert!(!told.stderr.contains("warning:"), "{}", told.stderr);
}

#[test]
fn a_rotation_takes_no_key_that_others_may_read() {
    let region = Region::running();
    let before = registry(&region);
    for subject in ["node", "ARHV01641", "SOCZ01641"] {
        let files = next(subject);
        let key = region.path().join(&files[1]);
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = region.run(&rotate(subject, &files, &["--dry-run"]));
        let said = format!("{}: is open to others than its owner: mode 0640", files[1]);
        assert!(refused.code == 1 && refused.stderr.contains(&said), "{}", refused.stderr);
    }
    assert_eq!(registry(&region), before);
}
