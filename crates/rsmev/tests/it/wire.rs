//! Attacks on the sockets: memory announced, answers never read, requests smuggled, descriptors used up, pages of strangers.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::attacks::Forge;
use crate::http;
use crate::process::Process;
use crate::region::{Region, rsmev};

const PATH: &str = "/gateway/services/SID0064001";
/// Longer than anything here needs, shorter than the waits an attacker hopes for.
const SOON: Duration = Duration::from_secs(20);

/// What the message of the stand came to, sent as these octets.
fn status(region: &Region, octets: &[u8]) -> u16 {
    let mut stream = http::connect(region.described.node.soap);
    stream.write_all(octets).unwrap();
    http::answer(stream).unwrap().status
}

#[test]
fn an_announced_length_takes_no_memory() {
    let mut region = Region::without_bus();
    region.edit("routes.toml", "[limits]", "[limits]\nbytes_in_flight = \"12 MiB\"\nrequest_read_ms = \"60 s\"");
    region.start_bus();
    let idle: Vec<_> = (0..40)
        .map(|_| {
            let mut stream = http::connect(region.described.node.soap);
            let head = format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\nContent-Length: 10000000\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    let (whole, crumbled) = (fs::read(region.control_example("SID0064001")).unwrap(), another(&region));
    let start = Instant::now();
    assert_eq!(status(&region, &http::request("POST", PATH, &whole)), 200);
    assert_eq!(status(&region, &http::crumbs(PATH, &crumbled)), 200, "one octet a chunk is a message too");
    assert!(start.elapsed() < SOON, "others had to wait");
    drop(idle);
}

/// The request of the control example, signed anew: the very same would be a repeat.
fn another(region: &Region) -> Vec<u8> {
    Forge::of(region, "SOCZ01641").signed().into_bytes()
}

#[test]
fn a_body_over_the_limit_is_refused_also_in_chunks() {
    let mut region = Region::without_bus();
    region.edit("routes.toml", "message_bytes = \"10 MiB\"", "message_bytes = \"4 KiB\"");
    region.start_bus();
    let mut stream = http::connect(region.described.node.soap);
    let _ = stream.write_all(&http::crumbs(PATH, &[b'x'; 4097]));
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 500");
    assert_eq!(region.records(&["--kind", "refused"]).len(), 1);
}

#[test]
fn a_peer_that_pipelines_and_never_reads_loses_its_place_and_holds_up_no_stop() {
    let mut region = Region::without_bus();
    region.edit(
        "routes.toml",
        "[limits]",
        "[limits]\nrequest_read_ms = \"500 ms\"\nconnections = 1\nidle_ms = \"2 s\"",
    );
    region.start_bus();
    let soap = region.described.node.soap;
    let mut deaf = http::connect(soap);
    deaf.set_write_timeout(Some(SOON)).unwrap();
    let request = format!("GET {PATH}?wsdl HTTP/1.1\r\nHost: bus\r\n\r\n").repeat(100);
    while deaf.write_all(request.as_bytes()).is_ok() {}
    // Its place is the only one: this is answered because it was given back.
    assert_eq!(http::get(soap, &format!("{PATH}?wsdl")).status, 200);
    region.bus().says("all places for connections are taken");
    let start = Instant::now();
    assert!(region.stop_bus().success());
    assert!(start.elapsed() < SOON);
}

#[test]
fn a_request_smuggled_behind_two_lengths_is_not_answered() {
    let mut region = Region::without_bus();
    region.start_bus();
    let hidden = format!("GET {PATH}?wsdl HTTP/1.1\r\nHost: bus\r\n\r\n");
    let [length, chunked] =
        [format!("Content-Length: {}\r\n", hidden.len() + 5), "Transfer-Encoding: chunked\r\n".into()];
    for both in [format!("{length}{chunked}"), format!("{chunked}{length}")] {
        let mut stream = http::connect(region.described.node.soap);
        let _ =
            stream.write_all(format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\n{both}\r\n0\r\n\r\n{hidden}").as_bytes());
        let mut answers = Vec::new();
        let _ = stream.read_to_end(&mut answers);
        let answers = String::from_utf8_lossy(&answers).into_owned();
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{answers}");
    }
    for hosts in ["", "Host: bus\r\nHost: other\r\n"] {
        let request = format!("GET {PATH}?wsdl HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        assert_eq!(status(&region, request.as_bytes()), 400, "{hosts:?}");
    }
}

#[test]
fn used_up_descriptors_are_told_once_a_second_and_burn_no_processor() {
    let region = Region::without_bus();
    let serve = format!("ulimit -n 48; exec {} serve", rsmev().get_program().to_str().unwrap());
    let mut bus = Process::start("rsmev serve", Command::new("sh").args(["-c", &serve]).current_dir(region.path()));
    bus.ready();
    let soap = region.described.node.soap;
    let held: Vec<_> = (0..80).map(|_| TcpStream::connect(soap).unwrap()).collect();
    bus.says("connections cannot be accepted");
    let before = processor_ticks(bus.pid());
    bus.says("connections cannot be accepted");
    let ticks = processor_ticks(bus.pid()) - before;
    assert!(ticks < 30, "{ticks} hundredths of the second between two alarms");
    drop(held);
    assert_eq!(http::get(soap, &format!("{PATH}?wsdl")).status, 200, "served again");
    bus.signal("TERM");
    bus.says("stopped");
    assert!(bus.heard_of("connections cannot be accepted") <= 20);
    assert!(bus.ended().success());
}

/// Processor time used so far, in hundredths of a second (proc(5), stat, fields 14 and 15).
fn processor_ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

#[test]
fn a_page_of_a_stranger_cannot_reload() {
    let region = Region::running();
    let ask = |request: &str| {
        let mut stream = http::connect(region.described.node.admin);
        stream.write_all(request.as_bytes()).unwrap();
        http::answer(stream).unwrap().status
    };
    let with = |headers: &str| {
        ask(&format!("POST /reload HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n{headers}\r\n"))
    };
    assert_eq!(with("Host: evil.example:8081\r\n"), 403, "DNS rebinding");
    assert_eq!(with("Host: 127.0.0.1:8081\r\nOrigin: http://evil.example\r\n"), 403, "CSRF");
    assert_eq!(with("Host: 127.0.0.1:8081\r\nOrigin: null\r\n"), 403, "CSRF from a sandbox");
    assert_eq!(with(""), 403);
    assert_eq!(with("Host: localhost:8081\r\n"), 200);
}

#[test]
fn a_stranger_cannot_write_on_the_terminal_of_the_reader() {
    let region = Region::running();
    let path = format!("/gateway/services/\u{202e}{}", "A".repeat(30));
    assert_eq!(status(&region, &http::request("POST", &path, b"<a/>")), 500);
    let record = region.records(&["--kind", "refused"]).remove(0);
    assert!(record["header"]["service"].as_str().unwrap().starts_with("\u{202e}AAA"), "{record:#}");
    let id = record["id"].as_str().unwrap();
    let listed = region.run(&["journal", "list"]).good().text();
    assert!(listed.starts_with(id) && listed.contains(" \\u202eAAA… "), "{listed}");
    for words in [["journal", "show", id], ["journal", "trace", record["header"]["exchange"].as_str().unwrap()]] {
        let told = region.run(&words).good().text();
        assert!(told.contains("\\u202eAAA") && !told.contains('\u{202e}'), "{told}");
    }
}
