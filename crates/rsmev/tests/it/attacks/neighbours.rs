//! An honest consumer beside each flood is always served. How long it waits is printed, not judged: `cargo nextest run
//! neighbours --no-capture`. On a busy machine these figures say nothing; OPERATING.md has them from a quiet one.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::bus::{Bus, PATH};
use super::forge::{edit, forged, many};
use super::line::Line;
use crate::http;

/// Messages of the honest consumer beside each flood; `RSMEV_NEIGHBOURS` asks for more.
const MESSAGES: usize = 8;
/// Connections of the flood.
const ATTACKERS: usize = 4;

/// Times of the honest consumer, sorted; every message must have been answered.
fn honest(bus: &mut Bus, count: usize) -> Vec<Duration> {
    let messages: Vec<String> = (0..count).map(|_| bus.forge.signed()).collect();
    let mut times = Vec::new();
    for message in messages {
        let start = Instant::now();
        bus.serves("the honest consumer", message);
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times
}

fn at(times: &[Duration], percent: usize) -> Duration {
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

/// The honest consumer's times while `attack` is sent over and over.
fn beside(bus: &mut Bus, count: usize, attack: impl Fn(&mut Line) + Sync) -> Vec<Duration> {
    let over = AtomicBool::new(false);
    let address = bus.region.described.node.soap;
    std::thread::scope(|scope| {
        for _ in 0..ATTACKERS {
            scope.spawn(|| {
                let mut line = Line::to(address);
                while !over.load(Ordering::SeqCst) {
                    attack(&mut line);
                }
            });
        }
        let times = honest(bus, count);
        over.store(true, Ordering::SeqCst);
        times
    })
}

#[test]
#[expect(clippy::print_stdout, reason = "figures for whoever asks for them")]
fn honest_consumer_beside_every_flood() {
    let count = std::env::var("RSMEV_NEIGHBOURS").map_or(MESSAGES, |text| text.parse().unwrap());
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let stuffed = |content: &str| edit(&message, "<op:TaskNumber>", &format!("{content}<op:TaskNumber>"));
    let attributes: String = many(10_000, |number| format!(" a{number}=\"\""));
    let floods: [(&str, Vec<u8>); 9] = [
        ("wrong digests", forged(&message).into_bytes()),
        ("wrong digests over 3 MiB", stuffed(&"x".repeat(3 << 20)).into_bytes()),
        ("strangers", super::forge::Forge::of(&bus.region, "STRN01641").signed().into_bytes()),
        ("no XML", b"x".to_vec()),
        ("9 MiB of no XML", vec![b'x'; 9 << 20]),
        ("nesting", stuffed(&"<a>".repeat(15_000)).into_bytes()),
        ("elements", stuffed(&"<a/>".repeat(99_000)).into_bytes()),
        ("attributes", stuffed(&format!("<a{attributes}/>")).into_bytes()),
        ("a document type", format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{message}").into_bytes()),
    ];
    let quiet = honest(&mut bus, count);
    let mut told = vec![("nobody", quiet)];
    for (name, attack) in &floods {
        let times =
            beside(&mut bus, count, |line| drop(line.post(PATH, &["Content-Type: text/xml".to_owned()], attack)));
        told.push((*name, times));
    }
    let half = format!("POST {PATH} HTTP/1.1\r\nHost: bus\r\nContent-Length: 9000000\r\n\r\n<a>");
    let address = bus.region.described.node.soap;
    let held: Vec<_> = (0..100)
        .map(|_| {
            let mut stream = http::connect(address);
            stream.write_all(half.as_bytes()).unwrap();
            stream
        })
        .collect();
    let times = honest(&mut bus, count);
    told.push(("a hundred half requests", times));
    drop(held);
    for (name, times) in told {
        println!("beside {name:<26} p50 {:>9.2?} p99 {:>9.2?}", at(&times, 50), at(&times, 99));
    }
    let audit = bus.region.audit();
    bus.tell(audit["accepted"].as_u64().unwrap());
}
