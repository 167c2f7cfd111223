//! What others do to the bus: disks that fail, consumers that hang up, slow providers, endless heads. Nobody else suffers.

use std::fs;
use std::io::Write as _;

use serde_json::Value;

use crate::gate::Gate;
use crate::http;
use crate::process::Process;
use crate::region::Region;

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
