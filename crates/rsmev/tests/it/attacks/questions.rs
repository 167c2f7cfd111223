//! Attacks on the service that judges signatures for those who ask: whatever it is asked, it answers shortly, fetches nothing,
//! leaves no record, and stays within its memory; and those who exchange messages do not feel it.

use std::net::TcpListener;

use super::bus::{Bus, Call};
use super::forge::{TRANSFORM, edit, many};

const PATH: &str = "/gateway/services/SignatureTool";
const MEMORY: u64 = 192 << 20;

fn question(message: &str) -> String {
    let message = message.replace("]]>", "]]]]><![CDATA[>");
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:x=\"http://smev.gosuslugi.ru/SignatureTool/xsd/\">\
         <s:Body><x:VerifySignatureRequest><message><![CDATA[{message}]]></message><isCertCheck>true</isCertCheck>\
         <actor>http://smev.gosuslugi.ru/actors/smev</actor></x:VerifySignatureRequest></s:Body></s:Envelope>"
    )
}

#[test]
fn questions_that_cost() {
    let mut bus = Bus::running();
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let url = format!("http://{}/x", canary.local_addr().unwrap());
    let message = bus.forge.signed();
    let stuffed = |content: &str| edit(&message, "<op:TaskNumber>", &format!("{content}<op:TaskNumber>"));
    let xslt = format!(
        "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"><x href=\"{url}\"/></ds:Transform>"
    );
    let asked = Call { path: PATH, ..Call::default() };
    for (name, inside) in [
        ("a document type", format!("<!DOCTYPE x SYSTEM \"{url}\">{message}")),
        ("laughter", format!("<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>{message}")),
        ("depth", stuffed(&"<a>".repeat(100_000))),
        ("elements", stuffed(&"<a/>".repeat(1_000_000))),
        ("namespaces", stuffed(&many(40, |n| format!("<a xmlns:n{n}=\"urn:{n}\">")))),
        ("XSLT", edit(&message, TRANSFORM, &xslt)),
        ("an address", edit(&message, "#body", &url)),
        ("XInclude", stuffed(&format!("<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"{url}\"/>"))),
        ("a wrong digest over 4 MiB", stuffed(&"x".repeat(4 << 20))),
        ("nothing", String::new()),
        ("NUL", "\0".to_owned()),
    ] {
        bus.forget_peak();
        let (before, _) = bus.memory();
        let answer = bus.send(&asked, question(&inside).as_bytes()).unwrap();
        let told = String::from_utf8_lossy(&answer.body).into_owned();
        let growth = bus.memory().1.saturating_sub(before);
        let here = bus.region.path().to_str().unwrap().to_owned();
        let good = told.contains("errorCode>0<");
        let leaks = [here.as_str(), ".pem", ".rs:", "panicked"].iter().any(|secret| told.contains(secret));
        if good || leaks || growth > MEMORY || told.len() > 20_000 {
            bus.trouble(format!("{name}: HTTP {}, {} MiB, {told:.300}", answer.status, growth >> 20));
        }
    }
    if canary.accept().is_ok() {
        bus.trouble("somebody fetched what a question names".to_owned());
    }
    if bus.passed() > 0 {
        bus.trouble("a question reached a provider".to_owned());
    }
    bus.account();
}
