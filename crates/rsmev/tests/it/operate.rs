//! The operator's day: reload without a restart, a bad file that does no harm, state, WSDL, a stop that loses nothing.

use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::gate::Gate;
use crate::http;
use crate::process::Process;
use crate::region::Region;

/// The pair that has no row in the matrix of the stand.
const NO_RIGHT: [&str; 8] = ["stand", "send", ".", "--from", "ZAGS01641", "--service", "SID0003245", "--json"];
const ROW: &str = "\n[[access]]\nconsumer = \"ZAGS01641\"\nservice = \"SID0003245\"\nground = \"заявка 99\"\n";

#[test]
fn rights_change_while_the_bus_runs_and_a_bad_file_does_no_harm() {
    let mut region = Region::running();
    let code = |region: &Region| region.run(&NO_RIGHT).json()[0]["fault"].clone();
    let access = region.path().join("routes.d/access.toml");
    let without_row = std::fs::read_to_string(&access).unwrap();
    assert_eq!(code(&region), "SMEV-100012");
    let before = region.run(&["status", "--json"]).good().json();

    region.append("routes.d/access.toml", ROW);
    let reloaded = region.run(&["reload", "--json"]).good().json();
    assert_eq!(reloaded["reloaded"], true);
    assert_eq!(code(&region), Value::Null, "the new row is in force");
    let after = region.run(&["status", "--json"]).good().json();
    assert_eq!(after["registry"], reloaded["registry"]);
    assert_ne!(after["registry"], before["registry"]);
    assert_eq!(after["access_rows"], before["access_rows"].as_u64().unwrap() + 1);
    assert_eq!(after["pid"], region.bus().pid(), "it was not restarted");

    region.append("routes.d/access.toml", "untill = 2027-01-01\n");
    let refused = region.run(&["reload"]);
    assert_eq!((refused.code, refused.text().as_str()), (1, ""));
    for told in ["routes.d/access.toml:", "untill", "allowed: ", "the old one stays in force"] {
        assert!(refused.stderr.contains(told), "{told:?} in {}", refused.stderr);
    }
    region.bus().signal("HUP");
    let line = region.bus().says("the registry was not reloaded");
    assert!(line.contains("untill") && line.contains("\"ERROR\""), "{line}");
    assert_eq!(code(&region), Value::Null, "the old registry is still in force");
    let still = region.run(&["status"]).good();
    assert!(still.text().contains(after["registry"].as_str().unwrap()), "{}", still.text());
    assert!(still.stderr.contains("does not load"), "{}", still.stderr);
    assert!(region.audit()["answered"].as_u64() >= Some(2), "the journal is read beside a registry that does not load");

    std::fs::write(&access, without_row).unwrap();
    region.bus().signal("HUP");
    region.bus().says("registry reloaded");
    assert_eq!(code(&region), "SMEV-100012", "the row is gone");
    assert_eq!(region.run(&["status", "--json"]).good().json()["registry"], before["registry"]);
    let records = region.records(&["--sender", "ZAGS01641", "--kind", "accepted"]);
    assert_eq!(records[0]["header"]["registry"], after["registry"], "a record names the rules it was decided by");
}

#[test]
fn state_and_wsdl_are_those_of_this_bus() {
    let mut region = Region::without_bus();
    // Behind a proxy the bus is reached at another address than it listens on.
    let own = format!("public_url = \"http://{}\"", region.described.node.soap);
    region.edit("routes.toml", &own, "public_url = \"https://bus.region64.example\"");
    let silent = region.run(&["status"]);
    assert_eq!(silent.code, 1);
    assert!(silent.stderr.contains("no bus answers") && silent.stderr.contains("hint: "), "{}", silent.stderr);
    region.start_bus();

    let status = region.run(&["status"]).good().text();
    for told in ["RSMV01641", "contour test", "10 services", "certificate of OLDS01641 HAS ENDED"] {
        assert!(status.contains(told), "{told} in {status}");
    }
    assert!(status.contains("MiB free, "), "{status}");
    let disk = region.run(&["status", "--json"]).good().json()["disks"][0].clone();
    assert!(disk["free_bytes"].as_u64() > Some(0) && disk["hours_left"].is_null(), "{disk}");
    assert_eq!(region.run(&["serve"]).code, 3, "the address and the journal are taken");

    let soap = region.described.node.soap;
    for path in
        ["SID0064001?wsdl", "SID0064001?WSDL", "SID0064001/wsdl", "SID0064001/1.00?wsdl", "SID0064001/1.00/wsdl"]
    {
        let wsdl = http::get(soap, &format!("/gateway/services/{path}"));
        assert_eq!(wsdl.status, 200, "{path}");
        assert!(wsdl.head.contains("content-type: text/xml"), "{}", wsdl.head);
        let text = String::from_utf8(wsdl.body).unwrap();
        assert!(text.contains("location=\"https://bus.region64.example/gateway/services/SID0064001/1.00\""), "{text}");
        assert_eq!(text.matches("location=").count(), 1);
    }
    for (path, status) in [("SID0999999?wsdl", 404), ("SID0064001/9.99?wsdl", 404), ("SID0064001", 405), ("", 404)] {
        assert_eq!(http::get(soap, &format!("/gateway/services/{path}")).status, status, "{path}");
    }
}

#[test]
fn a_stop_lets_the_request_under_way_be_answered() {
    let mut region = Region::without_bus();
    let gate = Gate::before(&region, "SID0064001");
    region.start_bus();

    let words = ["stand", "send", ".", "--kind", "hosted", "--json"];
    let consumer = Process::start("stand send", &mut region.command(&words));
    gate.wait_for_a_request();
    region.bus().signal("TERM");
    region.bus().says("draining");
    region.bus().says("closed to new connections");
    assert!(TcpStream::connect(region.described.node.soap).is_err(), "nobody new comes in");
    gate.open();
    assert!(consumer.ended().success(), "the request under way is answered");
    assert!(region.bus.take().unwrap().ended().success());

    let audit = region.audit();
    assert_eq!((&audit["answered"], &audit["pending"]), (&1.into(), &0.into()));
}

#[test]
fn neither_a_hanging_reload_nor_a_half_head_holds_up_a_stop() {
    let mut region = Region::running();
    // Reading a pipe that nobody writes hangs, as a dead network disk does.
    let pipe = region.path().join("routes.d/hang.toml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    region.bus().signal("HUP");
    // Opens once the bus has opened it for reading: the reload hangs from here on.
    let held = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    let mut half = http::connect(region.described.node.admin);
    half.write_all(b"GET /status HT").unwrap();
    let start = Instant::now();
    region.bus().signal("TERM");
    region.bus().says("stopped");
    assert!(region.bus.take().unwrap().ended().success());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    drop((held, half));
    std::fs::remove_file(&pipe).unwrap();
    region.audit();
}

#[test]
fn a_second_signal_ends_the_wait_for_open_exchanges() {
    let mut region = Region::without_bus();
    let gate = Gate::before(&region, "SID0064001");
    region.edit("routes.toml", "[limits]", "[limits]\ndrain_ms = \"1000 s\"");
    region.start_bus();
    let words = ["stand", "send", ".", "--kind", "hosted", "--json"];
    let consumer = Process::start("stand send", &mut region.command(&words));
    gate.wait_for_a_request();
    region.bus().signal("TERM");
    region.bus().says("closed to new connections");
    region.bus().signal("TERM");
    region.bus().says("told to stop at once");
    region.bus().says("stopped");
    assert!(region.bus.take().unwrap().ended().success());
    drop(consumer);
    let audit = region.audit();
    assert_eq!(audit["pending"], 1, "the journal was closed and tells what was open");
}

#[test]
fn a_slow_reload_does_not_bring_back_a_right_that_a_later_one_took() {
    let mut region = Region::running();
    let access = region.path().join("routes.d/access.toml");
    let without_row = std::fs::read_to_string(&access).unwrap();
    // Read after the rights, and slowly.
    let pipe = region.path().join("routes.d/zz.toml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    region.append("routes.d/access.toml", ROW);
    region.bus().signal("HUP");
    let mut slow = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    std::fs::remove_file(&pipe).unwrap();
    std::fs::write(&access, without_row).unwrap();
    let later = Process::start("reload", &mut region.command(&["reload"]));
    let (tell, ended) = sync_channel(1);
    std::thread::spawn(move || tell.send(later.ended().success()));
    // It must not end before the slow one does; were it not held up, it would end well within this time.
    assert_eq!(ended.recv_timeout(Duration::from_secs(1)).ok(), None, "the reloads overlap");
    slow.write_all(b"# nothing\n").unwrap();
    drop(slow);
    assert_eq!(ended.recv_timeout(Duration::from_secs(60)), Ok(true));
    assert_eq!(region.run(&NO_RIGHT).json()[0]["fault"], "SMEV-100012", "a revoked right came back");
}

#[test]
fn a_store_with_a_place_of_its_own_is_found_through_the_journal_and_is_never_left_behind() {
    let mut region = Region::without_bus();
    let row = "code = \"SOCZ\"\n";
    region.edit("routes.d/participants.toml", row, &format!("{row}store = \"region-disk\"\n"));
    region.start_bus();
    let own = region.path().join("region-disk");
    region.run(&["stand", "send", ".", "--kind", "hosted-provider"]).good();
    assert!(own.join("exchange").is_dir(), "written where the registry says");
    assert!(!region.records(&["--store", "SOCZ"]).is_empty(), "and found through the journal's directory");
    let mode = std::fs::metadata(region.path().join("data")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "the journal's directory is its owner's alone");

    region.edit("routes.d/participants.toml", "region-disk", "another-disk");
    let refused = region.run(&["reload"]);
    assert_eq!(refused.code, 1, "{}", refused.text());
    assert!(refused.stderr.contains("does not lead to") && refused.stderr.contains("hint: "), "{}", refused.stderr);
    assert!(!region.path().join("another-disk/exchange").exists());
}
