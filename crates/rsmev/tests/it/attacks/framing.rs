//! HTTP that two readers would cut differently, and clients that take their time. A hidden request is a proper signed message:
//! were it read as a request, the provider would get it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::Duration;

use super::bus::{Bus, PATH};
use crate::http;

/// A bus that does not wait long for what does not come.
fn impatient(more: &str) -> Bus {
    let limits = format!("[limits]\nidle_ms = \"1 s\"\nrequest_read_ms = \"1 s\"{more}");
    Bus::prepared(|region| region.edit("routes.toml", "[limits]", &limits))
}

/// What comes back until the other side closes. Ours stays open: half a connection is closed without looking at what came by it.
fn told(bus: &Bus, octets: &[u8]) -> String {
    let mut stream = http::connect(bus.region.described.node.soap);
    let _ = stream.write_all(octets);
    let mut answers = Vec::new();
    let _ = stream.read_to_end(&mut answers);
    String::from_utf8_lossy(&answers).into_owned()
}

/// Two lengths, or a length and chunks, or a length that is none.
#[test]
fn smuggled_requests() {
    let mut bus = impatient("");
    let message = bus.forge.signed();
    let hidden = String::from_utf8(http::request("POST", PATH, message.as_bytes())).unwrap();
    let length = hidden.len() + 5;
    for framing in [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"),
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n".to_owned(),
        format!("Content-Length: 5\r\nContent-Length: {length}\r\n"),
        format!("Content-Length: {length}\r\nContent-Length: 5\r\n"),
        "Content-Length: 5, 6\r\n".to_owned(),
        "Content-Length: +5\r\n".to_owned(),
        "Content-Length: -5\r\n".to_owned(),
        "Content-Length: 0x5\r\n".to_owned(),
        "Content-Length: 5 5\r\n".to_owned(),
        "Content-Length: \r\n".to_owned(),
        "Content-Length: 99999999999999999999999\r\n".to_owned(),
        "Content-Length : 5\r\n".to_owned(),
        "Content-Length\r\n".to_owned(),
        "Transfer-Encoding: xchunked\r\n".to_owned(),
        "Transfer-Encoding: chunked, identity\r\n".to_owned(),
        "Transfer-Encoding: identity\r\n".to_owned(),
        "Transfer-Encoding: gzip, chunked\r\nContent-Length: 5\r\n".to_owned(),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n".to_owned(),
        "Transfer-Encoding:\r\n chunked\r\n".to_owned(),
        "Transfer-Encoding: \u{b}chunked\r\n".to_owned(),
        "Transfer-Encoding : chunked\r\n".to_owned(),
        "X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n".to_owned(),
        "X: y\rTransfer-Encoding: chunked\r\nContent-Length: 5\r\n".to_owned(),
        "X: y\0\r\nContent-Length: 5\r\n".to_owned(),
        "Content-Length: 5\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n".to_owned(),
        String::new(),
    ] {
        let outer =
            format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\nContent-Type: text/xml\r\n{framing}\r\n0\r\n\r\n{hidden}");
        let before = bus.passed();
        let answers = told(&bus, outer.as_bytes());
        if bus.passed() != before || answers.contains("HTTP/1.1 200") {
            bus.trouble(format!("{framing:?}: {answers:.200}"));
        }
    }
    bus.serves_honest();
    assert_no_trouble(bus);
}

/// What RFC 9112 §2.2 leaves open and hyper reads as a line end. A gateway in front that reads it otherwise hides a request from
/// itself, not from the bus: it is judged like any other.
#[test]
fn line_feeds_alone_end_lines_and_what_follows_is_judged_like_any_other() {
    let bus = impatient("");
    let good = bus.forge.signed();
    let changed = good.replace("TaskNumber", "TaskNumbers");
    for (hidden, served) in [(&changed, false), (&good, true), (&good, false)] {
        let hidden = String::from_utf8(http::request("POST", PATH, hidden.as_bytes())).unwrap();
        let outer = format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\nX: y\nContent-Length: 5\n\r\n<a/>x{hidden}");
        let before = bus.passed();
        let answers = told(&bus, outer.as_bytes());
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 2, "{answers:.400}");
        assert_eq!((answers.contains("HTTP/1.1 200"), bus.passed() > before), (served, served), "{answers:.400}");
    }
}

/// Chunks by the letter, or not at all.
#[test]
fn broken_chunks() {
    let mut bus = impatient("");
    let message = bus.forge.signed();
    let hidden = String::from_utf8(http::request("POST", PATH, message.as_bytes())).unwrap();
    for chunks in [
        "5\r\n<a/>x0\r\n\r\n".to_owned(),
        "-5\r\n<a/>x\r\n0\r\n\r\n".to_owned(),
        "+5\r\n<a/>x\r\n0\r\n\r\n".to_owned(),
        "0x5\r\n<a/>x\r\n0\r\n\r\n".to_owned(),
        "ffffffffffffffff\r\n<a/>".to_owned(),
        "fffffffffffffffff\r\n<a/>".to_owned(),
        "5\n<a/>x\n0\n\n".to_owned(),
        " 5\r\n<a/>x\r\n0\r\n\r\n".to_owned(),
        format!("5;{}\r\n<a/>x\r\n0\r\n\r\n", "e=".repeat(100_000)),
        format!("0\r\n{}\r\n", "X-Trailer: y\r\n".repeat(100_000)),
        "zz\r\n".to_owned(),
        "\r\n\r\n".to_owned(),
    ] {
        let head = format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\nTransfer-Encoding: chunked\r\n\r\n");
        let before = bus.passed();
        let answers = told(&bus, format!("{head}{chunks}{hidden}").as_bytes());
        if bus.passed() != before || answers.contains("HTTP/1.1 200") {
            bus.trouble(format!("{chunks:.60}: {answers:.200}"));
        }
    }
    bus.serves_honest();
    assert_no_trouble(bus);
}

/// Heads that are none, too long, of another protocol.
#[test]
fn heads() {
    let mut bus = impatient("");
    let message = bus.forge.signed();
    let length = message.len();
    let flood = "X: y\r\n".repeat(1_000);
    let long = format!("X: {}\r\n", "y".repeat(64 << 10));
    let after = format!("Content-Type: text/xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{message}");
    for (name, request) in [
        ("1000 headers", format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\n{flood}{after}")),
        ("a header of 64 KiB", format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\n{long}{after}")),
        ("a path of 64 KiB", format!("POST {PATH}/{} HTTP/1.1\r\nHost: bus\r\n{after}", "x".repeat(64 << 10))),
        ("no host", format!("POST {PATH} HTTP/1.1\r\n{after}")),
        ("two hosts", format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\nHost: other\r\n{after}")),
        ("HTTP/2 without TLS", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0".to_owned()),
        ("HTTP/0.9", format!("POST {PATH}\r\n\r\n{message}")),
        ("HTTP/9.9", format!("POST {PATH} HTTP/9.9\r\nHost: bus\r\n{after}")),
        ("a blank in the path", format!("POST {PATH} x HTTP/1.1\r\nHost: bus\r\n{after}")),
        ("a tab for a blank", format!("POST\t{PATH} HTTP/1.1\r\nHost: bus\r\n{after}")),
        ("a header without a name", format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\n: y\r\n{after}")),
        ("a blank in a name", format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\nX Y: z\r\n{after}")),
        ("a folded header", format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\nX: y\r\n z\r\n{after}")),
        ("NUL in a header", format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\nX: y\0z\r\n{after}")),
        ("CONNECT", format!("CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: bus\r\n{after}")),
        ("TRACE", format!("TRACE {PATH} HTTP/1.1\r\nHost: bus\r\n{after}")),
        ("PUT", format!("PUT {PATH} HTTP/1.1\r\nHost: bus\r\n{after}")),
        ("post", format!("post {PATH} HTTP/1.1\r\nHost: bus\r\n{after}")),
        ("a method of 64 KiB", format!("{} {PATH} HTTP/1.1\r\nHost: bus\r\n{after}", "P".repeat(64 << 10))),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0".to_owned()),
        ("nothing", String::new()),
    ] {
        let before = bus.passed();
        let answers = told(&bus, request.as_bytes());
        let status = answers.split(' ').nth(1).unwrap_or("none");
        let fine = ["400", "404", "405", "414", "431", "501", "505", "none"].contains(&status);
        if bus.passed() != before || !fine {
            bus.trouble(format!("{name}: {answers:.200}"));
        }
    }
    bus.serves_honest();
    assert_no_trouble(bus);
}

/// Half a head, half a body, a body that is announced and never sent: each loses its place, nobody else waits.
#[test]
fn clients_that_take_their_time() {
    let mut bus = impatient("\nconnections = 40");
    let soap = bus.region.described.node.soap;
    let halves = [
        String::new(),
        "POST".to_owned(),
        format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\nX: "),
        format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\nContent-Length: 100\r\n\r\n<a>"),
        format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"),
        format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a"),
    ];
    let mut held: Vec<_> = (0..36)
        .map(|number| {
            let mut stream = http::connect(soap);
            stream.write_all(halves[number % halves.len()].as_bytes()).unwrap();
            stream
        })
        .collect();
    bus.serves_honest();
    for stream in &mut held {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut rest = Vec::new();
        // The bus ends each of them; how it says so is its own matter, but it does not wait for ever.
        if stream.read_to_end(&mut rest).is_err_and(|error| error.kind() == ErrorKind::WouldBlock) {
            bus.trouble("a client that says no more is still waited for".to_owned());
            break;
        }
        let rest = String::from_utf8_lossy(&rest).into_owned();
        if rest.contains("HTTP/1.1 200") {
            bus.trouble(format!("half a request was answered: {rest:.100}"));
        }
    }
    bus.serves_honest();
    assert_no_trouble(bus);
}

/// Only what went wrong is told: refusals of bodies that were never meant to be messages are on record, too, and not counted here.
fn assert_no_trouble(mut bus: Bus) {
    let audit = bus.region.audit();
    let accepted = audit["accepted"].as_u64().unwrap();
    bus.tell(accepted);
}
