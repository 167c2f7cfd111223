//! What a stranger can learn from faults, write into the log, or read there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use base64ct::{Base64, Encoding as _};

use super::bus::{Bus, Call};
use super::forge::{Forge, between, edit, forged, security};
use crate::process::Process;

/// The fault with what changes from exchange to exchange blanked.
fn masked(answer: &str) -> String {
    let fault = answer.split_once("<soap:Fault>").unwrap().1;
    crate::golden::masked(fault)
}

/// Within a class of mutants all faults are one: nobody learns how near he came.
#[test]
fn faults_of_one_class_are_alike() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    let start = message.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let text = &message[start..message.find("</ds:SignatureValue>").unwrap()];
    let value = Base64::decode_vec(text).unwrap();
    let digest =
        between(&message, "<ds:DigestValue>", "<").trim_start_matches("<ds:DigestValue>").trim_end_matches('<');
    let right = Base64::decode_vec(digest).unwrap();
    let flipped = |octets: &[u8], bit: usize| {
        let mut octets = octets.to_vec();
        octets[bit / 8] ^= 1 << (bit % 8);
        Base64::encode_string(&octets)
    };
    let task = between(&message, "<op:TaskNumber>", "</op:TaskNumber>");
    let mut classes: BTreeMap<&str, (BTreeSet<String>, usize)> = BTreeMap::new();
    let mut of = |bus: &mut Bus, class: &'static str, attack: String| {
        let answer = bus.send(&Call::default(), attack.as_bytes()).unwrap();
        bus.judge(&answer, &["SMEV-100003"]).unwrap();
        let (faults, count) = classes.entry(class).or_default();
        faults.insert(masked(&String::from_utf8_lossy(&answer.body)));
        *count += 1;
    };
    for bit in 0..512 {
        of(&mut bus, "signature value", edit(&message, text, &flipped(&value, bit)));
    }
    for bit in 0..256 {
        of(&mut bus, "digest", edit(&message, digest, &flipped(&right, bit)));
    }
    for number in 0..300 {
        of(&mut bus, "digest", edit(&message, task, &format!("<op:TaskNumber>{number}</op:TaskNumber>")));
    }
    for (class, (faults, count)) in &classes {
        assert_eq!(faults.len(), 1, "{class}: {count} mutants, {faults:#?}");
    }
    assert!(classes.values().map(|(_, count)| count).sum::<usize>() > 1_000);
    bus.account();
}

/// A fault says the same of a system that exists and of one that does not, of a token that is nearly right and of any other.
#[test]
fn faults_do_not_tell_what_exists() {
    let mut bus = Bus::running();
    let token = bus.region.described.system("ARHV01641").unwrap().token.clone().unwrap();
    let message = bus.forge.signed();
    let bare = edit(&message, security(&message), "");
    let mut faults = BTreeSet::new();
    for wrong in ["0", &token[..token.len() - 1], &format!("{token}0"), &"f".repeat(token.len())] {
        let call = Call { headers: vec![format!("Authorization: Bearer {wrong}")], ..Call::default() };
        let answer = bus.send(&call, bare.as_bytes()).unwrap();
        bus.judge(&answer, &["SMEV-100008"]).unwrap();
        faults.insert(masked(&String::from_utf8_lossy(&answer.body)));
    }
    assert_eq!(faults.len(), 1, "{faults:#?}");
    let mut faults = BTreeSet::new();
    for claimed in ["MFCS01641", "NOBODY001"] {
        let template = edit(
            &bus.forge.template(),
            "<smev:Sender><smev:Code>SOCZ01641",
            &format!("<smev:Sender><smev:Code>{claimed}"),
        );
        let attack = bus.forge.sign(&template);
        let answer = bus.send(&Call::default(), attack.as_bytes()).unwrap();
        bus.judge(&answer, &["SMEV-100012"]).unwrap();
        faults.insert(masked(&String::from_utf8_lossy(&answer.body)).replace(claimed, "X"));
    }
    assert_eq!(faults.len(), 1, "{faults:#?}");
    bus.account();
}

/// Starts the bus of a region with a file for its log, which says everything it can say.
fn with_log(bus: &mut Bus, level: &str) -> std::path::PathBuf {
    let region = &mut bus.region;
    assert!(region.stop_bus().success());
    let log = region.path().join("bus.log");
    let command = region.command(&["serve"]);
    let program = command.get_program().to_owned();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "exec \"$0\" serve 2> \"$1\""]).arg(program).arg(&log).current_dir(region.path());
    shell.env("RSMEV_LOG", level).env("RUST_LOG", level).env("RUST_BACKTRACE", "full");
    let process = Process::start("rsmev serve", &mut shell);
    process.ready();
    region.bus = Some(process);
    log
}

/// A stranger may not make a line of the log longer than this.
const LINE: usize = 2_000;

/// Controls, and what turns the direction of writing.
fn writes_on_a_terminal(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}')
}

/// A line of the log is one record, whatever a message brings: no line ends, no colours, no blank screens.
#[test]
fn text_of_strangers_in_the_log() {
    let mut bus = Bus::running();
    let log = with_log(&mut bus, "debug");
    let evil = "\u{1b}[2J\u{202e}\u{9b}31m";
    let line = "&#10;{&quot;level&quot;:&quot;INFO&quot;,&quot;message&quot;:&quot;planted-line&quot;}&#13;";
    let endless = "planted".repeat(400);
    let template = bus.forge.template();
    let put = |from: &str, to: &str| bus.forge.sign(&edit(&template, from, to));
    let attacks = [
        put("<smev:Sender><smev:Code>SOCZ01641", &format!("<smev:Sender><smev:Code>planted{line}&#x9b;\u{202e}")),
        put("<smev:Sender><smev:Code>SOCZ01641", &format!("<smev:Sender><smev:Code>{endless}")),
        put("<smev:Status>REQUEST", &format!("<smev:Status>planted{line}")),
        put("<smev:TypeCode>GSRV", &format!("<smev:TypeCode>planted{line}\u{202e}")),
        put("Algorithm=\"@method@\"", &format!("Algorithm=\"planted{line}\u{202e}\"")),
        put("URI=\"#body\"", &format!("URI=\"#planted{line}\"")),
        edit(&bus.forge.signed(), "<op:getRecord>", &format!("<op:getRecord xmlns:q=\"planted{line}\"><q:planted/>")),
        template.replace("op:getRecord", "op:planted\u{2028}"),
        format!("<planted xmlns=\"urn:{line}\"/>"),
        edit(&template, "<soap:Body ", &format!("<planted{endless}/><soap:Body ")),
    ];
    for attack in attacks {
        let _ = bus.send(&Call::default(), attack.as_bytes());
    }
    for path in [
        &format!("/gateway/services/planted%0a%1b{evil}"),
        &format!("/gateway/services/{endless}"),
        "/gateway/services/planted%0d%0aX",
    ] {
        let _ = bus.send(&Call { path, ..Call::default() }, b"<a/>");
    }
    for content_type in [&format!("text/planted{evil}"), &format!("text/xml; charset={endless}")] {
        let _ = bus.send(&Call { content_type, ..Call::default() }, b"<a/>");
    }
    let call = Call {
        headers: vec![format!("SOAPAction: \"planted{evil}\""), format!("Authorization: Bearer planted{evil}")],
        ..Call::default()
    };
    let _ = bus.send(&call, b"<a/>");
    assert!(bus.region.stop_bus().success());
    let log = fs::read_to_string(log).unwrap();
    let mut planted = 0;
    let mut troubles = Vec::new();
    for line in log.lines() {
        let Ok(record) = serde_json::from_str::<serde_json::Value>(line) else {
            troubles.push(format!("no record: {line:?}"));
            continue;
        };
        if record["fields"]["message"] == "planted-line" || record["message"] == "planted-line" {
            troubles.push(format!("a record of a stranger: {line}"));
        }
        if line.contains(writes_on_a_terminal) {
            troubles.push(format!("letters that a terminal obeys: {line:?}"));
        }
        if line.len() > LINE {
            troubles.push(format!("{} octets: {line:.200}", line.len()));
        }
        planted += usize::from(line.contains("planted"));
    }
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
    assert!(planted > 3, "the log was looked at: {log}");
}

/// Everything that is secret, planted everywhere, the log as loud as it can be.
#[test]
fn secrets_and_persons_in_the_log() {
    const PERSON: &str = "Канарейкина-4711";
    let mut bus = Bus::running();
    let log = with_log(&mut bus, "trace");
    let token = bus.region.described.system("ARHV01641").unwrap().token.clone().unwrap();
    let with_token = Call { headers: vec![format!("Authorization: Bearer {token}")], ..Call::default() };
    let named =
        |template: String| edit(&template, "<op:TaskNumber>", &format!("<op:Name>{PERSON}</op:Name><op:TaskNumber>"));
    let archive = Forge::of(&bus.region, "ARHV01641");
    let message = bus.forge.sign(&named(bus.forge.template()));
    let bare = archive.sign(&named(archive.template()));
    let bare = edit(&bare, security(&bare), "");
    bus.serves("a person", &message);
    bus.serves_in("by token", &with_token, &bare);
    for attack in [
        forged(&message),
        edit(&message, &format!("<op:Name>{PERSON}"), &format!("<op:Name><{PERSON}")),
        edit(&message, "</smev:AppData>", ""),
        Forge::of(&bus.region, "STRN01641").sign(&named(bus.forge.template())),
        bus.forge.sign(&named(bus.forge.template().replace("op:getRecord", "op:deleteRecord"))),
    ] {
        let _ = bus.send(&with_token, attack.as_bytes());
    }
    let wrong = Call { headers: vec!["Authorization: Bearer canary-of-a-wrong-token".to_owned()], ..Call::default() };
    bus.refuses_in("a wrong token", &["SMEV-100008"], &wrong, &bare);
    bus.region.run(&["reload"]).good();
    assert!(bus.region.stop_bus().success());
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("\"refused\"") && log.contains("\"answered\""), "{log}");
    let mut secrets = vec![PERSON.to_owned(), "canary-of-a-wrong-token".to_owned(), token, "PRIVATE KEY".to_owned()];
    for key in ["certs/node/node.key.pem", "certs/is/ARHV01641.key.pem"] {
        let pem = fs::read_to_string(bus.region.path().join(key)).unwrap();
        let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with("---")).collect();
        let der = Base64::decode_vec(&lines.concat()).unwrap();
        secrets.push(lines[lines.len() - 1].to_owned());
        secrets.push(hex::encode(&der[der.len() - 16..]));
        secrets.push(format!("{:?}", &der[der.len() - 16..]).trim_matches(['[', ']']).to_owned());
    }
    for secret in secrets {
        assert!(
            !log.contains(&secret),
            "the log says {secret}: {}",
            log.lines().find(|line| line.contains(&secret)).unwrap()
        );
    }
}
