//! `rsmev signature explain`: the cause and the remedy, in the language of the reader, and octets to compare.

use std::fs;

use crate::golden;
use crate::message::{changed, unsigned};
use crate::region::{Ran, Region};

/// A message of the region and what an agency's developer does to it.
fn messages(region: &Region) -> Vec<(&'static str, String)> {
    let good = fs::read_to_string(region.control_example("SID0064001")).unwrap();
    let start = good.find("<ds:SignedInfo").unwrap();
    let end = good.find("</ds:SignedInfo>").unwrap();
    let indented = format!("{}{}{}", &good[..start], good[start..end].replace("><", ">\n    <"), &good[end..]);
    vec![
        ("changed", changed(&good)),
        ("unsigned", unsigned(&good)),
        ("indented", indented),
        ("wrong-actor", good.replace("actors/smev\"", "actors/smev/\"")),
        ("good", good),
    ]
}

/// The report without what changes with certificate and clock.
fn compare(name: &str, words: &str, ran: &Ran) {
    let mut text = String::new();
    for line in golden::shown(words, ran).lines() {
        // Digests are random where certificates are.
        let line = line.split("  ").map(|word| if word.ends_with('=') && word.len() > 40 { "<base64>" } else { word });
        text.push_str(&line.collect::<Vec<_>>().join("  "));
        text.push('\n');
    }
    golden::compare(&format!("signature/{name}"), &text);
}

#[test]
fn the_cause_and_the_remedy_are_told_in_the_language_of_the_reader() {
    let region = Region::written();
    for (name, message) in messages(&region) {
        fs::write(region.path().join("message.xml"), message).unwrap();
        for lang in ["ru", "en"] {
            let ran = region.run(&["signature", "explain", "message.xml", "--lang", lang]);
            assert_eq!(ran.code, i32::from(name != "good"), "{name}: {}{}", ran.text(), ran.stderr);
            compare(
                &format!("explain-{name}.{lang}.txt"),
                &format!("rsmev signature explain {name}.xml --lang {lang}"),
                &ran,
            );
        }
    }
}

#[test]
fn the_environment_chooses_the_language() {
    let region = Region::written();
    let example = region.control_example("SID0064001");
    let told = |name: &str, value: &str| {
        let mut command = region.command(&["signature", "explain", example.to_str().unwrap()]);
        command.env_remove("LC_ALL").env_remove("LC_MESSAGES").env_remove("LANG").env(name, value);
        Ran::of(command.output().unwrap()).good().text()
    };
    assert!(told("LANG", "ru_RU.UTF-8").contains("подписи верны"));
    assert!(told("LC_ALL", "C").contains("the signatures hold"));
}

#[test]
fn trust_is_the_registry_s_the_dates_or_nobody_s() {
    let region = Region::written();
    let example = region.control_example("SID0064001");
    let example = example.to_str().unwrap();
    let elsewhere = Region::written();
    let foreign = elsewhere.path().join("routes.toml");
    let nowhere = tempfile::tempdir().unwrap();
    let told = |words: &[&str]| region.run(&[&["signature", "explain", example, "--json"], words].concat()).json();
    for (words, trust, cause) in [
        (&[][..], "registry", None),
        (&["--config", foreign.to_str().unwrap()], "registry", Some("сертификат не зарегистрирован")),
        (&["--at", "2099-01-01T00:00:00Z"], "registry", Some("срок действия сертификата истёк")),
        (&["--no-trust", "--at", "2099-01-01T00:00:00Z"], "dates", Some("срок действия сертификата истёк")),
        (&["--no-trust"], "nobody", None),
    ] {
        let answer = told(words);
        assert_eq!(
            (&answer["trust"], &answer["holds"]),
            (&trust.into(), &cause.is_none().into()),
            "{words:?} {answer:#}"
        );
        let found = &answer["signatures"][0]["findings"][0]["ru"]["cause"];
        let found = found.as_str().unwrap_or_default().to_lowercase();
        assert!(found.contains(cause.unwrap_or_default()), "{words:?}: {found}");
    }
    let mut command = region.command(&["signature", "explain", example]);
    let ran = Ran::of(command.current_dir(nowhere.path()).output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("no routes.toml here"), "{}", ran.stderr);
}

#[test]
fn canonical_octets_are_written_to_be_compared() {
    let region = Region::written();
    let good = fs::read_to_string(region.control_example("SID0064001")).unwrap();
    let crlf = good.replace("<ds:SignedInfo", "\n<ds:SignedInfo");
    fs::write(region.path().join("message.xml"), crlf).unwrap();
    region.run(&["signature", "explain", "message.xml", "--octets", "octets"]).good();
    let octets = |name: &str| fs::read_to_string(region.path().join("octets").join(name)).unwrap();
    assert!(octets("1-signed-info.xml").starts_with("<ds:SignedInfo "));
    assert!(octets("1-reference-1.xml").contains("Body"));

    let (_, indented) = messages(&region).remove(2);
    fs::write(region.path().join("message.xml"), indented).unwrap();
    let ran = region.run(&["signature", "explain", "message.xml", "--octets", "octets", "--json"]);
    assert_eq!(ran.json()["signatures"][0]["findings"][0]["cause"], "signed-info-reformatted");
    assert_eq!(octets("1-signed-info.as-signed.xml").lines().count(), 1);
}

/// What agencies save: with a byte-order mark, as multipart, behind an HTTP head.
#[test]
fn a_message_is_read_from_whatever_it_was_saved_as() {
    let region = Region::written();
    let good = fs::read_to_string(region.control_example("SID0064001")).unwrap();
    let parts = format!(
        "--b\r\nContent-Type: application/xop+xml; charset=utf-8; type=\"text/xml\"\r\n\r\n{good}\r\n--b--\r\n"
    );
    let saved = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: multipart/related; boundary=b; type=\"application/xop+xml\"\r\n\r\n{parts}"
    );
    for (name, message) in [("bom", format!("\u{feff}{good}")), ("multipart", parts), ("http", saved)] {
        fs::write(region.path().join("message.xml"), message).unwrap();
        for words in [
            &["signature", "explain", "message.xml"][..],
            &["signature", "verify", "message.xml"],
            &["explain", "message.xml"],
        ] {
            let ran = region.run(words);
            assert_eq!(ran.code, 0, "{name} {words:?}: {}{}", ran.text(), ran.stderr);
        }
    }
    for (message, cause) in [("hello", "unreadable"), ("", "unreadable"), ("<a/>", "profile")] {
        fs::write(region.path().join("message.xml"), message).unwrap();
        let ran = region.run(&["signature", "explain", "message.xml", "--json"]);
        assert_eq!((ran.code, ran.json()["findings"][0]["cause"].as_str()), (1, Some(cause)), "{message}");
    }
    assert_eq!(region.run(&["signature", "explain", "nowhere.xml"]).code, 3);
    assert_eq!(region.run(&["signature", "explain"]).code, 2);
}

#[test]
fn attack_on_the_terminal_of_the_reader_stays_text() {
    let region = Region::written();
    let good = fs::read_to_string(region.control_example("SID0064001")).unwrap();
    let hostile = good.replace("actors/smev\"", "actors/&#x9b;31m\u{202e}\"");
    fs::write(region.path().join("message.xml"), hostile).unwrap();
    let ran = region.run(&["signature", "explain", "message.xml"]);
    let text = ran.text() + &ran.stderr;
    assert!(text.contains("\\u009b31m\\u202e") && !text.contains(['\u{9b}', '\u{202e}']), "{text}");
}
