//! `rsmev explain`: the rule, the certificate and the next step, for messages that pass and messages that do not.

use std::fs;

use serde_json::Value;

use crate::golden;
use crate::message::changed;
use crate::region::{Ran, Region};

#[test]
fn an_allowed_message_names_certificate_route_and_right() {
    let region = Region::written();
    for (name, words) in
        [("allowed.txt", &["--service", "SID0064001"][..]), ("allowed.json", &["--service", "SID0064001", "--json"])]
    {
        let ran = explain(&region, "SID0064001", words).good();
        golden::compare(&format!("explain/{name}"), &shown(&region, "SID0064001", words, &ran));
    }
}

#[test]
fn a_refused_message_names_what_is_missing_and_the_next_step() {
    let region = Region::written();
    let example = fs::read_to_string(region.control_example("SID0003245")).unwrap();
    let row = "consumer = \"SOCZ01641\"\nservice = \"SID0003245\"";
    region.edit("routes.d/access.toml", row, "consumer = \"RPGU01641\"\nservice = \"SID0003245\"");
    for (name, words) in [
        ("no-right.txt", &["--service", "SID0003245"][..]),
        ("no-right.json", &["--service", "SID0003245", "--json"]),
        ("certificate-ended.txt", &["--service", "SID0003245", "--at", "2099-01-01T00:00:00Z"]),
        ("unknown-service.txt", &["--service", "SID0999999"]),
        ("unknown-version.txt", &["--service", "SID0003245", "--version", "2.00"]),
    ] {
        let ran = explain(&region, "SID0003245", words);
        assert_eq!(ran.code, 1, "{name}");
        golden::compare(&format!("explain/{name}"), &shown(&region, "SID0003245", words, &ran));
    }
    for (name, message) in [
        ("body-changed.txt", changed(&example).as_str()),
        ("cut-short.txt", "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\">\n  <e:Body>"),
        ("doctype.txt", "<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY b \"c\">]>\n<a>&b;</a>"),
        ("no-xml.txt", "hello"),
    ] {
        fs::write(region.path().join("message.xml"), message).unwrap();
        let ran = region.run(&["explain", "message.xml"]);
        assert_eq!(ran.code, 1, "{name}: {}", ran.stderr);
        let text = golden::shown("rsmev explain message.xml", &ran);
        golden::compare(&format!("explain/{name}"), &sizeless(&text, message.len() as u64));
    }
}

#[test]
fn the_service_is_found_by_recipient_and_operation() {
    let region = Region::written();
    for service in region.described.services.iter().filter(|service| !service.trial) {
        let message = fs::read_to_string(region.control_example(&service.sid)).unwrap();
        if !message.contains("Recipient>") {
            continue;
        }
        let told = explain(&region, &service.sid, &["--json"]).good().json();
        let route = told["explanation"]["route"]["service"].as_str().unwrap();
        assert_eq!(route, format!("{} 1.00", service.sid));
    }
    // The operation alone points to one service too.
    let ran = explain(&region, "SID0064002", &["--json"]).good().json();
    assert_eq!(ran["explanation"]["fields"]["recipient"], Value::Null);
    assert_eq!(ran["explanation"]["route"]["service"], "SID0064002 1.00");
    // Three trial services share provider and operation: they are named, and none is guessed.
    let ran = explain(&region, "SID0064901", &[]);
    assert_eq!(ran.code, 2);
    golden::compare("explain/several-services.txt", &shown(&region, "SID0064901", &[], &ran));
    region.edit("routes.d/services.toml", "operations = [\"queryINN\"]", "operations = [\"other\"]");
    let ran = explain(&region, "SID0003245", &[]);
    assert_eq!(ran.code, 2);
    golden::compare("explain/no-service.txt", &shown(&region, "SID0003245", &[], &ran));
}

fn explain(region: &Region, sid: &str, words: &[&str]) -> Ran {
    let example = format!("services/{sid}/1.00/control-example/request.xml");
    region.run(&[&["explain", &example], words].concat())
}

fn shown(region: &Region, sid: &str, words: &[&str], ran: &Ran) -> String {
    let bytes = fs::metadata(region.control_example(sid)).unwrap().len();
    let words = format!("rsmev explain control-example/request.xml {}", words.join(" "));
    sizeless(&golden::shown(words.trim_end(), ran), bytes)
}

/// The size of a message changes with the serial number of its certificate.
fn sizeless(text: &str, bytes: u64) -> String {
    let (line, column) = (format!("{bytes} of"), format!("{bytes},"));
    text.replace(&line, "<bytes> of").replace(&column, "<bytes>,")
}
