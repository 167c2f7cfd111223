//! Answers that are another's: the bus binds each to its request, and a consumer gets nothing that is not his.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::bus::Bus;
use super::forge::{Forge, edit};
use super::line::Line;
use crate::http;

/// A provider that may answer with what it has answered before.
struct Mixed {
    address: SocketAddr,
    /// Which earlier answer to give; `None`: the agency's own.
    replay: Arc<Mutex<Option<usize>>>,
}

impl Mixed {
    fn before(agency: SocketAddr) -> Mixed {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let replay: Arc<Mutex<Option<usize>>> = Arc::default();
        let choice = Arc::clone(&replay);
        std::thread::spawn(move || {
            let mut answers: Vec<Vec<u8>> = Vec::new();
            for bus in listener.incoming().map_while(Result::ok) {
                let (path, kind, body) = request(&bus);
                let earlier = *choice.lock().unwrap();
                let answer = if let Some(number) = earlier {
                    answers[number].clone()
                } else {
                    let answer = Line::to(agency).post(&path, &[kind], &body).unwrap();
                    answers.push(answer.body.clone());
                    answer.body
                };
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                    answer.len()
                );
                let mut bus = bus;
                let _ = bus.write_all(&[head.as_bytes(), &answer].concat());
            }
        });
        Mixed { address, replay }
    }

    fn replay(&self, number: Option<usize>) {
        *self.replay.lock().unwrap() = number;
    }
}

/// Path, the line of the Content-Type, body.
fn request(bus: &TcpStream) -> (String, String, Vec<u8>) {
    let mut reader = BufReader::new(bus);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let of = |name: &str| lines.iter().find(|line| line.to_ascii_lowercase().starts_with(name)).cloned().unwrap();
    let length = of("content-length").split_once(':').unwrap().1.trim().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (lines[0].split(' ').nth(1).unwrap().to_owned(), of("content-type"), body)
}

/// The answer to one request as the answer to another, of the same consumer and of another one.
#[test]
fn answer_of_another_request() {
    let mut provider = None;
    let mut bus = Bus::prepared(|region| {
        let text = std::fs::read_to_string(region.path().join("routes.d/services.toml")).unwrap();
        let end = text.find("/ZAGS01641/SID0064001").unwrap();
        let tap = text[..end].rsplit('"').next().unwrap().to_owned();
        let mixed = Mixed::before(tap.trim_start_matches("http://").parse().unwrap());
        let to = format!("http://{}/ZAGS01641", mixed.address);
        region.edit("routes.d/services.toml", &format!("{tap}/ZAGS01641"), &to);
        provider = Some(mixed);
    });
    let provider = provider.unwrap();
    let other = Forge::of(&bus.region, "MFCS01641");
    bus.serves_honest();
    let message = other.signed();
    bus.serves("another consumer", message);
    for (name, number) in [("of an earlier request", 0), ("of another's request", 1)] {
        provider.replay(Some(number));
        let message = bus.forge.signed();
        bus.fails(format!("the answer {name}"), &["SMEV-202000"], message);
    }
    provider.replay(Some(0));
    let message = other.signed();
    bus.fails("the other way round", &["SMEV-202000"], message);
    provider.replay(None);
    bus.serves_honest();
    bus.tell_failures(3);
}

/// What the provider of the stand does wrong when it is asked to.
#[test]
fn answers_unsigned_forged_or_by_another() {
    let mut bus = Bus::running();
    for (behaviour, code) in [
        ("unsigned", "SMEV-200008"),
        ("forged", "SMEV-200003"),
        ("impostor", "SMEV-200011"),
        ("wrong-reference", "SMEV-202000"),
        ("garbage", "SMEV-200002"),
        ("drop", "SMEV-200001"),
    ] {
        let asked = format!("stand-behaviour:{behaviour}</op:TaskNumber>");
        let template = edit(&bus.forge.template(), "</op:TaskNumber>", &asked);
        let message = bus.forge.sign(&template);
        bus.fails(behaviour, &[code], message);
    }
    bus.tell_failures(6);
}

/// A provider's bad octets stay between it and the bus: what the consumer gets is the node's own text.
#[test]
fn nothing_of_a_refused_answer_reaches_the_consumer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for bus in listener.incoming().map_while(Result::ok) {
            let _ = request(&bus);
            let page = "<html>SECRET-OF-THE-PROVIDER at com.example.Dao(Dao.java:12)</html>";
            let mut bus = bus;
            let head = format!(
                "HTTP/1.1 500 Oops SECRET-OF-THE-PROVIDER\r\nServer: SECRET-OF-THE-PROVIDER\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{page}",
                page.len()
            );
            let _ = bus.write_all(head.as_bytes());
        }
    });
    let mut bus = Bus::prepared(|region| {
        let path = region.path().join("routes.d/services.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let end = text.find("/ZAGS01641/SID0064001").unwrap();
        let tap = text[..end].rsplit('"').next().unwrap().to_owned();
        std::fs::write(&path, text.replace(&format!("{tap}/ZAGS01641"), &format!("http://{address}/ZAGS01641")))
            .unwrap();
    });
    let message = bus.forge.signed();
    let stream = http::connect(bus.region.described.node.soap);
    let answer = http::exchange(stream, "POST", super::bus::PATH, message.as_bytes()).unwrap();
    let told = format!("{}{}", answer.head, String::from_utf8_lossy(&answer.body));
    assert!(told.contains("SMEV-200002") && !told.contains("SECRET") && !told.contains("com.example"), "{told}");
    assert_eq!(bus.judge(&answer, &["SMEV-200002"]), Ok(()));
}
