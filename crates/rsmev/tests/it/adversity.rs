//! What others do to the bus: disks that fail, consumers that hang up, slow providers, endless heads. Nobody else suffers.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use serde_json::Value;

use crate::gate::Gate;
use crate::http;
use crate::process::Process;
use crate::region::{Ran, Region};

/// What came back when this was sent: the fault's code, or null.
fn code(region: &Region, words: &[&str]) -> Value {
    let sent = region.run(&[&["stand", "send", ".", "--json"], words].concat()).json();
    sent[0]["fault"].clone()
}

#[test]
fn without_evidence_there_is_no_service() {
    let mut region = Region::without_bus();
    fs::create_dir(region.path().join("data")).unwrap();
    // The store of this agency cannot be written.
    fs::write(region.path().join("data/ZAGS"), "").unwrap();
    region.start_bus();
    assert_eq!(code(&region, &["--kind", "hosted"]), "SMEV-100001");
    assert!(!region.path().join("received/ZAGS01641").exists(), "nothing was forwarded");
    let alarm = region.bus().says("not durable in the store ZAGS");
    assert!(alarm.contains("\"ERROR\""), "{alarm}");
    assert_eq!(code(&region, &["--kind", "hosted-provider"]), Value::Null, "others are served");

    fs::remove_file(region.path().join("data/ZAGS")).unwrap();
    assert_eq!(code(&region, &["--kind", "hosted"]), Value::Null, "served again, without a restart");
    let audit = region.audit();
    let ends = ["accepted", "answered", "failed", "pending"].map(|end| audit[end].as_u64().unwrap());
    assert_eq!(ends, [3, 2, 1, 0], "the sender's store tells how the first one ended");
}

#[test]
fn a_hung_disk_is_told_in_time_and_the_bus_goes_on_without_a_restart() {
    let mut region = Region::without_bus();
    // Opening a pipe that nobody reads hangs, as a dead disk does: the first segment of this store cannot be begun.
    let mut draft = region.path().join("data/ZAGS/exchange");
    draft.push(this_month());
    fs::create_dir_all(&draft).unwrap();
    draft.push("000000.draft");
    assert!(Command::new("mkfifo").arg(&draft).status().unwrap().success());
    region.start_bus();
    let words = ["stand", "send", ".", "--kind", "hosted", "--json"];
    let hung = Ran::of(region.command(&words).output().unwrap());
    assert_eq!(hung.json()[0]["fault"], "SMEV-100001");
    let alarm = region.bus().says("disk of the store ZAGS does not answer");
    assert!(alarm.contains("\"ERROR\""), "{alarm}");
    assert!(!region.path().join("received/ZAGS01641").exists(), "nothing was forwarded");
    assert_eq!(code(&region, &["--kind", "hosted-provider"]), Value::Null, "others are served");

    // The disk answers: first with an error, for a pipe keeps nothing, then as it should.
    drop(fs::File::open(&draft).unwrap());
    region.bus().says("the store does not open");
    while code(&region, &["--kind", "hosted"]) != Value::Null {}
    assert!(region.stop_bus().success());
    let audit = region.audit();
    assert_eq!((&audit["answered"], &audit["pending"]), (&2.into(), &0.into()));
}

#[test]
fn a_full_disk_under_one_store_stops_its_agency_only_and_until_there_is_room() {
    let mut region = Region::without_bus();
    // No file may grow beyond a limit that is set while the bus runs: for the store with the largest file the disk is full.
    let words = "trap '' XFSZ; exec \"$0\" serve";
    let mut command = Command::new("sh");
    command.args(["-c", words, env!("CARGO_BIN_EXE_rsmev")]).current_dir(region.path());
    region.start_bus_by(&mut command);
    let large = ["--from", "ZAGS01641", "--service", "SID0003245", "--body-bytes", "9000000"];
    assert_eq!(code(&region, &large), "SMEV-100012", "kept by the sender's store, and forwarded to nobody");
    let segment = region.path().join("data/ZAGS/exchange").join(this_month()).join("000000.seg");
    let full = fs::metadata(&segment).unwrap().len();
    let limit = |region: &mut Region, octets: &str| {
        let pid = region.bus().pid().to_string();
        assert!(
            Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={octets}:")]).status().unwrap().success()
        );
    };
    limit(&mut region, &full.to_string());
    assert_eq!(code(&region, &["--kind", "hosted"]), "SMEV-100001");
    region.bus().says("not durable in the store ZAGS");
    assert_eq!(code(&region, &["--kind", "hosted-provider"]), Value::Null, "others are served");
    limit(&mut region, "unlimited");
    assert_eq!(code(&region, &["--kind", "hosted"]), Value::Null, "served again, without a restart");
    let audit = region.audit();
    let ends = ["accepted", "answered", "failed", "pending"].map(|end| audit[end].as_u64().unwrap());
    assert_eq!(ends, [3, 2, 1, 0], "the sender's store tells how the first one ended");
}

#[test]
fn a_disk_that_is_not_mounted_stops_its_agency_only_and_is_not_written_beneath() {
    let mut region = Region::without_bus();
    let row = "code = \"ZAGS\"\n";
    region.edit("routes.d/participants.toml", row, &format!("{row}store = \"disk\"\n"));
    region.start_bus();
    assert_eq!(code(&region, &["--kind", "hosted"]), Value::Null);
    assert!(region.stop_bus().success());
    let (disk, away) = (region.path().join("disk"), region.path().join("away"));
    fs::rename(&disk, &away).unwrap();
    // Nothing there, then an empty mount point.
    region.start_bus();
    assert_eq!(code(&region, &["--kind", "hosted"]), "SMEV-100001");
    assert_eq!(code(&region, &["--kind", "hosted-provider"]), Value::Null, "others are served");
    fs::create_dir(&disk).unwrap();
    assert_eq!(code(&region, &["--kind", "hosted"]), "SMEV-100001");
    assert_eq!(fs::read_dir(&disk).unwrap().count(), 0, "nothing is hidden beneath the disk");
    fs::remove_dir(&disk).unwrap();
    fs::rename(&away, &disk).unwrap();
    assert_eq!(code(&region, &["--kind", "hosted"]), Value::Null, "served again, without a restart");
}

#[test]
fn two_stores_in_one_place_are_refused() {
    let region = Region::without_bus();
    for (one, other) in [("disk", "disk"), ("disk", "disk/inner"), ("data/ADMS", "elsewhere")] {
        let path = region.path().join("routes.d/participants.toml");
        let before = fs::read_to_string(&path).unwrap();
        let text = before.replacen("code = \"ZAGS\"\n", &format!("code = \"ZAGS\"\nstore = {one:?}\n"), 1);
        let text = text.replacen("code = \"SOCZ\"\n", &format!("code = \"SOCZ\"\nstore = {other:?}\n"), 1);
        fs::write(&path, text).unwrap();
        let refused = region.run(&["check"]);
        assert_eq!(refused.code, 1, "{one} and {other}: {}", refused.text());
        assert!(refused.text().contains("in one place with"), "{}", refused.text());
        fs::write(&path, before).unwrap();
    }
}

#[test]
fn a_refusal_that_its_store_does_not_take_is_on_record_in_the_nodes_own() {
    let mut region = Region::without_bus();
    fs::create_dir(region.path().join("data")).unwrap();
    fs::write(region.path().join("data/ZAGS"), "").unwrap();
    region.start_bus();
    let refused = ["--from", "ZAGS01641", "--service", "SID0003245"];
    assert_eq!(code(&region, &refused), "SMEV-100012", "the refusal is told as it is");
    region.bus().says("recorded in the node's own store");
    let records = region.records(&["--store", "_node", "--kind", "refused"]);
    assert_eq!(records[0]["header"]["sender"], "ZAGS01641");
    assert_eq!(records[0]["header"]["code"], "SMEV-100012");
}

/// The directory that records of now lie in.
fn this_month() -> String {
    let output = Command::new("date").args(["-u", "+%Y-%m"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn an_exchange_ends_on_record_when_its_consumer_hangs_up() {
    let mut region = Region::without_bus();
    let gate = Gate::before(&region, "SID0064001");
    region.start_bus();
    let message = fs::read(region.control_example("SID0064001")).unwrap();
    let mut consumer = http::connect(region.described.node.soap);
    consumer.write_all(&http::request("POST", "/gateway/services/SID0064001", &message)).unwrap();
    gate.wait_for_a_request();
    drop(consumer);
    gate.open();
    region.bus().says("\"answered\"");
    assert!(region.stop_bus().success());
    let audit = region.audit();
    assert_eq!((&audit["answered"], &audit["pending"]), (&1.into(), &0.into()));
}

#[test]
fn a_slow_provider_takes_only_its_own_places() {
    let mut region = Region::without_bus();
    let gate = Gate::before(&region, "SID0064001");
    region.edit("routes.toml", "[limits]", "[limits]\nprovider_in_flight = 1");
    region.start_bus();
    let words = ["stand", "send", ".", "--kind", "hosted", "--json"];
    let first = Process::start("stand send", &mut region.command(&words));
    gate.wait_for_a_request();
    assert_eq!(code(&region, &["--service", "SID0064001", "--from", "SOCZ01641"]), "SMEV-100001", "no place left");
    assert_eq!(code(&region, &["--kind", "hosted-provider"]), Value::Null, "another provider's are free");
    gate.open();
    assert!(first.ended().success());
    assert_eq!(code(&region, &["--service", "SID0064001", "--from", "SOCZ01641"]), Value::Null, "free again");
}

#[test]
fn a_full_memory_is_told_in_time_and_comes_back() {
    let mut region = Region::without_bus();
    let gate = Gate::before(&region, "SID0064001");
    let limits = "message_bytes = \"64 KiB\"\nbytes_in_flight = \"64 KiB\"\nrequest_read_ms = \"300 ms\"";
    region.edit("routes.toml", "message_bytes = \"10 MiB\"", limits);
    region.start_bus();
    let words = ["stand", "send", ".", "--kind", "hosted", "--json"];
    let first = Process::start("stand send", &mut region.command(&words));
    gate.wait_for_a_request();
    assert_eq!(code(&region, &["--kind", "hosted-provider"]), "SMEV-100001", "no room while the first is handled");
    region.bus().says("no room");
    gate.open();
    assert!(first.ended().success());
    assert_eq!(code(&region, &["--kind", "hosted-provider"]), Value::Null, "room again");
}

#[test]
fn a_peer_cannot_fill_the_memory_or_keep_a_seat() {
    let mut region = Region::without_bus();
    let limits = "[limits]\nhttp_header_bytes = \"8 KiB\"\nidle_ms = \"300 ms\"\nrequest_read_ms = \"300 ms\"";
    region.edit("routes.toml", "[limits]", limits);
    region.start_bus();
    let soap = region.described.node.soap;
    let path = "/gateway/services/SID0064001";
    let long = http::get(soap, &format!("{path}?{}", "x".repeat(9000)));
    assert_eq!(long.status, 431);
    let half = http::request("POST", path, b"whole");
    let half = &half[..half.len() - 1];
    for (what, octets, answer) in [("a head", &half[..40], None), ("a body", half, Some(408))] {
        let mut stream = http::connect(soap);
        stream.write_all(octets).unwrap();
        let answered = http::answer(stream).ok().map(|answer| answer.status);
        assert_eq!(answered, answer, "{what} that does not end");
    }
}
