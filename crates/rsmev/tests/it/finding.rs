//! A clerk's question, answered from the journal: by any identifier, by a citizen's number, in words and in octets.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::golden;
use crate::region::Region;

/// The person of the pretend region, as a message writes it and as it is compared.
const SNILS: [&str; 2] = ["000-000-600 06", "00000060006"];

fn send(region: &Region, kind: &str) -> Vec<Value> {
    region.run(&["stand", "send", ".", "--kind", kind, "--json"]).good().json().as_array().unwrap().clone()
}

fn id(exchange: &Value) -> &str {
    exchange["bus_message_id"].as_str().unwrap()
}

#[test]
fn a_personal_value_is_found_by_its_digest_and_stands_nowhere_in_clear() {
    let mut region = Region::running();
    let sent = send(&region, "region");
    let exchange = id(&sent[0]).to_owned();
    let by_key = |value: &str| region.records(&["--key", &format!("снилс={value}")]);
    let found = by_key(SNILS[0]);
    assert_eq!(found, by_key(SNILS[1]), "one number in two spellings");
    assert!(
        !found.is_empty() && found.iter().all(|record| record["header"]["exchange"] == exchange.as_str()),
        "{found:#?}"
    );
    let value = found[0]["header"]["keys"][0]["value"].as_str().unwrap();
    assert!(value.starts_with("hmac-sha256:") && value.len() == 12 + 64, "{value}");
    assert!(by_key("000-000-600 07").is_empty());
    let record = region.records(&["--key", "запись=1986-64-000123"]);
    assert_eq!(record[0]["header"]["kind"], "answered", "a key that is not personal, in the answer");
    assert_eq!(record[0]["header"]["keys"][0]["value"], "198664000123");

    let words = ["journal", "trace", "--key", "снилс=000-000-600 06"];
    let told = region.run(&words).good().text();
    assert!(told.contains(&exchange), "{told}");
    let mut seen = vec![told];
    for more in [&["--json"][..], &["--records"], &["--records", "--json"]] {
        seen.push(region.run(&[&words[..], more].concat()).good().text());
    }
    seen.push(region.run(&["journal", "show", &exchange, "--headers"]).good().text());
    seen.push(region.run(&["journal", "list", "--json"]).good().text());
    for snils in SNILS {
        assert_eq!(region.bus().heard_of(snils), 0, "in the log");
    }
    assert!(region.stop_bus().success());
    for text in &seen {
        assert!(SNILS.iter().all(|snils| !text.contains(snils)), "{text}");
    }
    let mut files = 0;
    index_files(&region.path().join("data"), &mut |octets| {
        files += 1;
        for snils in SNILS {
            assert!(!octets.windows(snils.len()).any(|window| window == snils.as_bytes()), "in the index");
        }
    });
    assert!(files > 0);
}

/// Every file below `directory` that belongs to an index.
fn index_files(directory: &Path, look: &mut dyn FnMut(Vec<u8>)) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            index_files(&path, look);
        } else if path.to_str().unwrap().contains("index.sled") {
            look(fs::read(&path).unwrap());
        }
    }
}

#[test]
fn a_trace_tells_the_whole_case_and_filters_find_its_parts() {
    let region = Region::running();
    let sent = send(&region, "federal-async");
    let first = id(&sent[0]);
    let mut told = String::new();
    for language in ["en", "ru"] {
        let ran = region.run(&["journal", "trace", first, "--lang", language]).good();
        told += &golden::shown(&format!("rsmev journal trace ID --lang {language}"), &ran);
    }
    let record = &region.records(&["--limit", "1"])[0];
    let month = record["id"].as_str().unwrap().split('/').nth(1).unwrap().to_owned();
    golden::compare("journal/trace.txt", &told.replace(&month, "<month>"));

    let story = region.run(&["journal", "trace", first, "--json"]).good().json();
    assert_eq!(
        (&story["id"], &story["state"], &story["who_acts"]),
        (&first.into(), &"finished".into(), &Value::Array(vec![]))
    );
    assert_eq!(story["exchanges"].as_array().unwrap().len(), sent.len());
    assert_eq!(story["sessions"].as_array().unwrap().len(), 1);

    let count = |words: &[&str]| region.records(words).len();
    let polls = sent.len() - 1;
    // Behind the federal node the polls quote the id that it gave.
    let foreign = sent[0]["request_message_id"].as_str().unwrap();
    assert_eq!(count(&["--status", "ping"]), polls);
    assert_eq!(count(&["--origin-request-id-ref", foreign, "--status", "PING"]), polls);
    assert_eq!(count(&["--message-id", &first.to_uppercase(), "--kind", "accepted"]), 1);
    assert_eq!(count(&["--status", "RESULT", "--kind", "answered"]), 1);
    assert_eq!(count(&["--limit", "3"]), 3);
    let newest = region.records(&["--limit", "1"]);
    assert_eq!(newest[0]["header"]["status"], "RESULT", "the newest");
}

#[test]
fn the_records_of_an_exchange_are_shown_by_its_id() {
    let region = Region::running();
    let sent = send(&region, "region");
    let exchange = id(&sent[0]);
    let show = |words: &[&str]| region.run(&[&["journal", "show", exchange], words].concat());
    let headers = show(&["--headers"]).good().json();
    assert_eq!(headers.as_array().unwrap().len(), 4, "two steps in two stores");

    let pretty = show(&["--pretty", "received", "--reason", "a test"]).good().text();
    assert_eq!(pretty.matches("NOT the signed octets").count(), 2, "request and answer, each once: {pretty}");
    assert!(pretty.lines().any(|line| line.starts_with("  <") && line.ends_with("Body>")), "{pretty}");

    let raw = show(&["--raw", "received", "--reason", "a test"]);
    assert_eq!((raw.code, raw.text().as_str()), (2, ""));
    let named = raw.stderr.split("name one record: ").nth(1).unwrap().split(", ").next().unwrap().trim();
    let octets = region.run(&["journal", "show", named, "--raw", "received", "--reason", "a test"]).good().stdout;
    assert!(octets.windows(7).any(|window| window == b"000-000"), "the evidence itself is whole");
}

#[test]
fn wrong_words_of_a_filter_name_the_right_ones() {
    let region = Region::running();
    send(&region, "region");
    for (words, said) in [
        (["--status", "DONE"], "REQUEST, RESULT"),
        (["--code", "SMEV-100099"], "SMEV-100003"),
        (["--store", "SOCS"], "SOCZ"),
        (["--service", "3245"], "SID0003245"),
        (["--key", "inn=1"], "the names are: запись, снилс"),
        (["--key", "снилс"], "--key NAME=VALUE"),
        (["--key", "снилс= - "], "blank"),
    ] {
        let ran = region.run(&[&["journal", "list"], &words[..]].concat());
        assert!(ran.code == 2 && ran.stderr.contains(said), "{words:?}: {}", ran.stderr);
    }
    let table = region.command(&["journal", "list"]).env("COLUMNS", "80").output().unwrap();
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.starts_with("RECORD "), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
}
