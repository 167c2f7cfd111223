//! What decides where a message goes: the path as it is written, the signed Body, never a header of HTTP.

use super::bus::{Bus, Call};
use super::forge::{Forge, edit, security};
use crate::http;

const UNKNOWN_PATH: &[&str] = &["SMEV-100100"];

/// One spelling of a path names a service; every other names nothing, or is told so.
#[test]
fn paths() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    for path in [
        "/gateway/services/SID0064001%00",
        "/gateway/services/SID0064001;x=y",
        "/gateway/services/SID0064001;jsessionid=1",
        "/gateway/services/sid0064001",
        "/gateway/services/SID0064001%20",
        "/gateway/services/%53ID0064001",
        "/gateway/services/SID006400%31",
        "/gateway/services/SID0064001%2f1.00",
        "/gateway/services/%2e",
        "/gateway/services/..",
        "/gateway/services/%2e%2e",
        "/gateway/services/..%2fSID0064001",
        "/gateway/services/SID0064001/%2e%2e",
        "/gateway/services/SID0064001/..",
        "/gateway/services/SID0064001/1.00;x",
        "/gateway/services/SID0064001/01.00",
        "/gateway/services/*",
        "/gateway/services/SID0064001%0d%0aX:y",
        "/gateway/services/SID0064001'--",
        "/gateway/services/SID0000000",
        "/gateway/services/SID0064001/9.99",
    ] {
        bus.refuses_in(path, UNKNOWN_PATH, &Call { path, ..Call::default() }, &message);
    }
    let soap = bus.region.described.node.soap;
    for path in [
        "/",
        "/gateway/services",
        "/gateway/services/",
        "/gateway/services//",
        "//gateway/services/SID0064001",
        "/gateway//services/SID0064001",
        "/gateway/services//SID0064001",
        "/gateway/services/SID0064001/",
        "/gateway/services/SID0064001//",
        "/gateway/services/SID0064001/1.00/x",
        "/gateway/./services/SID0064001",
        "/gateway/services/../services/SID0064001",
        "/gateway/services/%2e%2e/%2e%2e/status",
        "/Gateway/Services/SID0064001",
        "/gateway\\services\\SID0064001",
        "/gateway%2fservices%2fSID0064001",
        "/status",
        "/reload",
    ] {
        let answer = http::exchange(http::connect(soap), "POST", path, message.as_bytes()).unwrap();
        if !matches!(answer.status, 400 | 404) {
            bus.trouble(format!("{path}: HTTP {}", answer.status));
        }
    }
    bus.account();
}

/// Of a whole address in the request line only the path counts (RFC 9112, 3.2.2).
#[test]
fn addresses_in_the_request_line() {
    let mut bus = Bus::running();
    for address in ["http://bus", "http://evil.example", "https://127.0.0.1:1", "http://user:secret@bus"] {
        let path = format!("{address}/gateway/services/SID0064001");
        let message = bus.forge.signed();
        bus.serves_in(&path, &Call { path: &path, ..Call::default() }, message);
    }
    let path = "http://evil.example/gateway/services/SID0000000";
    let message = bus.forge.signed();
    bus.refuses_in(path, UNKNOWN_PATH, &Call { path, ..Call::default() }, message);
    bus.account();
}

/// Every pair of service and operation: what the matrix grants is the operation of the signed Body under the service of the path.
#[test]
fn operation_of_another_service() {
    let mut bus = Bus::running();
    let message = bus.forge.signed();
    for sid in ["SID0003245", "SID0003564", "SID0064005", "SID0064901", "SID0064903"] {
        let path = format!("/gateway/services/{sid}");
        bus.refuses_in(
            format!("getRecord to {sid}"),
            &["SMEV-100012"],
            &Call { path: &path, ..Call::default() },
            &message,
        );
    }
    for sid in ["SID0064002", "SID0064003", "SID0064004"] {
        let path = format!("/gateway/services/{sid}");
        bus.refuses_in(
            format!("no right to {sid}"),
            &["SMEV-100012"],
            &Call { path: &path, ..Call::default() },
            &message,
        );
    }
    for operation in ["deleteRecord", "getrecord", "getRecordX", "Message"] {
        let template = bus.forge.template().replace("op:getRecord", &format!("op:{operation}"));
        let attack = bus.forge.sign(&template);
        bus.refuses(format!("operation {operation}"), &["SMEV-100012"], attack);
    }
    bus.account();
}

/// SOAPAction opens nothing and closes nothing.
#[test]
fn soap_action_of_another_operation() {
    let mut bus = Bus::running();
    let actions =
        ["\"urn:getRecord\"", "\"urn:deleteRecord\"", "\"\"", "", "../../x", "\"<a>\"", "\"urn:getRecord\", \"urn:x\""];
    for action in actions {
        let call = Call { headers: vec![format!("SOAPAction: {action}")], ..Call::default() };
        let message = bus.forge.signed();
        bus.forwarded();
        bus.serves_in(format!("SOAPAction {action}"), &call, message);
        let forwarded = bus.forwarded().to_ascii_lowercase();
        if !forwarded.contains("soapaction: \"urn:getrecord\"\r\n") || forwarded.matches("soapaction").count() != 1 {
            bus.trouble(format!("SOAPAction {action} went on as {forwarded:.300}"));
        }
        let template = bus.forge.template().replace("op:getRecord", "op:deleteRecord");
        let attack = bus.forge.sign(&template);
        bus.refuses_in(format!("deleteRecord under SOAPAction {action}"), &["SMEV-100012"], &call, attack);
    }
    let two = Call {
        headers: actions[..2].iter().map(|action| format!("SOAPAction: {action}")).collect(),
        ..Call::default()
    };
    let template = bus.forge.template().replace("op:getRecord", "op:deleteRecord");
    let attack = bus.forge.sign(&template);
    bus.refuses_in("two SOAPAction", &["SMEV-100012"], &two, attack);
    bus.account();
}

/// Rights are the sender's, who is known by his certificate.
#[test]
fn rights_of_another() {
    let mut bus = Bus::running();
    for (mnemonic, codes) in
        [("ZAGS01641", &["SMEV-100012"][..]), ("ADMS01641", &["SMEV-100012"]), ("RPGU01641", &["SMEV-100012"])]
    {
        let attack = Forge::of(&bus.region, mnemonic).signed();
        bus.refuses(format!("{mnemonic} has no row"), codes, attack);
    }
    // The Originator is a text: it gives no right.
    let poor = Forge::of(&bus.region, "ADMS01641");
    let template =
        edit(&poor.template(), "<smev:Originator><smev:Code>ADMS01641", "<smev:Originator><smev:Code>SOCZ01641");
    let attack = poor.sign(&template);
    bus.refuses("on behalf of one who has the right", &["SMEV-100012"], attack);
    for header in [
        "X-Forwarded-For: 127.0.0.1",
        "X-Original-URL: /gateway/services/SID0064002",
        "X-Rewrite-URL: /x",
        "X-HTTP-Method-Override: GET",
        "Forwarded: for=127.0.0.1;host=x",
        "X-Client-Cert: x",
        "Proxy: http://127.0.0.1:1",
    ] {
        let call = Call { headers: vec![header.to_owned()], ..Call::default() };
        let attack = poor.signed();
        bus.refuses_in(header, &["SMEV-100012"], &call, attack);
        let message = bus.forge.signed();
        bus.serves_in(header, &call, message);
    }
    let bare = bus.forge.signed();
    bus.refuses("nobody", &["SMEV-100008"], edit(&bare, security(&bare), ""));
    bus.account();
}
