//! A message caught on its way and sent again, as it was or in another frame.

use std::sync::Barrier;

use super::bus::{Bus, Call, PATH, XML};
use super::forge::{Forge, between, body, edit, security};
use super::line::Line;

const REPEATED: &[&str] = &["SMEV-100019"];

/// The same signature is the same message, whatever stands around it.
#[test]
fn message_sent_again() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    bus.serves("the first time", &message);
    let value = between(&message, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let block = security(&message);
    for (name, again) in [
        ("as it was", message.clone()),
        ("with a mark", format!("\u{feff}{message}")),
        ("with a declaration", format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{message}")),
        ("with a blank in the value", edit(&message, value, &value.replace("ureValue>", "ureValue>\n "))),
        ("with another header", edit(&message, "</soap:Header>", "<x xmlns=\"urn:x\"/></soap:Header>")),
        (
            "with another attribute on its block",
            edit(&message, "<wsse:Security ", "<wsse:Security soap:mustUnderstand=\"1\" "),
        ),
        ("with a comment in its Body", edit(&message, "<op:getRecord>", "<op:getRecord><!-- x -->")),
        ("with an Object", edit(&message, "</ds:KeyInfo>", "</ds:KeyInfo><ds:Object>x</ds:Object>")),
        ("with the token behind", {
            let token = between(&message, "<wsse:BinarySecurityToken ", "</wsse:BinarySecurityToken>");
            edit(&edit(&message, token, ""), "</wsse:Security>", &format!("{token}</wsse:Security>"))
        }),
    ] {
        bus.refuses(name, REPEATED, again);
    }
    let token = bus.region.described.system("ARHV01641").unwrap().token.clone().unwrap();
    let versioned = format!("{PATH}/1.00");
    for (name, call) in [
        ("to the version", Call { path: &versioned, ..Call::default() }),
        ("with another SOAPAction", Call { headers: vec!["SOAPAction: x".to_owned()], ..Call::default() }),
        ("with somebody's token", Call { headers: vec![format!("Authorization: Bearer {token}")], ..Call::default() }),
        ("as another type", Call { content_type: "application/xml", ..Call::default() }),
    ] {
        bus.refuses_in(name, REPEATED, &call, &message);
    }
    let parts = format!("--B\r\nContent-Type: text/xml\r\n\r\n{message}\r\n--B--\r\n");
    let call = Call { content_type: "multipart/related; boundary=B; type=\"text/xml\"", ..Call::default() };
    bus.refuses_in("in a part", REPEATED, &call, parts);
    // The Body of one under the block of another is no message of either.
    let next = bus.forge.signed();
    bus.refuses("another Body under the old signature", &["SMEV-100003"], edit(&message, body(&message), body(&next)));
    bus.refuses("the old Body under another signature", &["SMEV-100003"], edit(&message, block, security(&next)));
    bus.account();
}

/// Of many at once one is the first, and only one.
#[test]
fn message_sent_many_times_at_once() {
    let mut bus = Bus::running();
    for _ in 0..5 {
        let message = bus.forge.signed();
        let address = bus.region.described.node.soap;
        let together = Barrier::new(8);
        let answers: Vec<_> = std::thread::scope(|scope| {
            let send = || {
                let mut line = Line::to(address);
                together.wait();
                line.post(PATH, &[format!("Content-Type: {XML}")], message.as_bytes()).unwrap()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        bus.served_once(&answers, REPEATED);
    }
    bus.account();
}

/// What is remembered outlives the process.
#[test]
fn message_sent_again_after_a_restart() {
    let mut bus = Bus::running();
    let (stopped, killed) = (bus.forge.signed(), bus.forge.signed());
    bus.serves("before the stop", &stopped);
    assert!(bus.region.stop_bus().success());
    bus.region.start_bus();
    bus.forget_line();
    bus.refuses("after the stop", REPEATED, &stopped);
    bus.serves("before the kill", &killed);
    bus.region.bus.take().unwrap().kill();
    bus.region.start_bus();
    bus.forget_line();
    bus.refuses("after the kill", REPEATED, &killed);
    bus.refuses("after both", REPEATED, &stopped);
    bus.account();
}

/// Signed anew it is another message: only the signer can do that.
#[test]
fn same_text_signed_again() {
    let mut bus = Bus::running();
    let template = bus.forge.template();
    let first = bus.forge.sign(&template);
    bus.serves("the first", first);
    let other = edit(&template, "<ds:SignatureMethod ", "\n<ds:SignatureMethod ");
    let second = bus.forge.sign(&other);
    bus.serves("signed again", second);
    // An answer that never came gives the message back: the sender may try again with what he has.
    let asked = edit(&bus.forge.template(), "</op:TaskNumber>", "stand-behaviour:drop</op:TaskNumber>");
    let failing = bus.forge.sign(&asked);
    bus.fails("a provider that hangs up", &["SMEV-200001"], &failing);
    let stranger = Forge::of(&bus.region, "MFCS01641");
    let own = stranger.template();
    let attack = stranger.sign(&edit(&own, body(&own), body(&template)));
    bus.refuses("another's text under one's own key", &["SMEV-100012", "SMEV-100003"], attack);
    bus.tell_failures(1);
}

/// Where a service asks for it, Message/Date must be of now.
#[test]
fn dates_old_ahead_absent_and_none() {
    let mut bus = Bus::prepared(|region| {
        region.edit(
            "routes.d/services.toml",
            "sid = \"SID0064001\"\n",
            "sid = \"SID0064001\"\nfreshness = \"15 min\"\n",
        );
    });
    bus.serves_honest();
    let template = bus.forge.template();
    let date = between(&template, "<smev:Date>", "</smev:Date>").to_owned();
    for other in [
        "2001-01-01T00:00:00Z",
        "2099-01-01T00:00:00+03:00",
        "2001-01-01",
        "yesterday",
        "",
        "9999999999-01-01T00:00:00Z",
        "-2026-11-22T00:00:00Z",
    ] {
        let template = edit(&bus.forge.template(), &date, &format!("<smev:Date>{other}</smev:Date>"));
        let attack = bus.forge.sign(&template);
        bus.refuses(format!("a date {other:?}"), &["SMEV-100019", "SMEV-102000"], attack);
    }
    let template = edit(&bus.forge.template(), &date, "");
    let attack = bus.forge.sign(&template);
    bus.refuses("no date", &["SMEV-100019", "SMEV-102000"], attack);
    bus.account();
}
