//! SignatureTool of the bus: agencies ask over SOAP whether a signature holds, and why not.

use std::fs;
use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::http::{self, Answer};
use crate::message::{changed, unsigned};
use crate::region::Region;

const PATH: &str = "/gateway/services/SignatureTool";
const SENDER: &str = "http://smev.gosuslugi.ru/actors/smev";

fn request(message: &str, check: bool, actor: &str) -> String {
    let message = message.replace("]]>", "]]]]><![CDATA[>");
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:x=\"http://smev.gosuslugi.ru/SignatureTool/xsd/\">\
         <s:Body><x:VerifySignatureRequest><message><![CDATA[\n{message}]]></message><isCertCheck>{check}</isCertCheck>\
         <actor>{actor}</actor></x:VerifySignatureRequest></s:Body></s:Envelope>"
    )
}

fn post(region: &Region, body: &str) -> Answer {
    let stream = http::connect(region.described.node.soap);
    http::exchange(stream, "POST", PATH, body.as_bytes()).unwrap()
}

fn told(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

/// Code and message of an answer.
fn verdict(region: &Region, message: &str, check: bool, actor: &str) -> (u32, String) {
    let answer = post(region, &request(message, check, actor));
    let text = told(&answer);
    assert_eq!(answer.status, 200, "{text}");
    let between = |start: &str, end: &str| Some(text.split_once(start)?.1.split_once(end)?.0.to_owned());
    let code = between("<err:errorCode>", "</err:errorCode>").unwrap().parse().unwrap();
    (code, between("<err:errorMessage>", "</err:errorMessage>").unwrap_or_default())
}

#[test]
fn an_agency_learns_the_code_and_the_cause() {
    let region = Region::running();
    let good = fs::read_to_string(region.control_example("SID0064001")).unwrap();
    let elsewhere = Region::written();
    let foreign = fs::read_to_string(elsewhere.control_example("SID0064001")).unwrap();
    let doctype = format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{good}");
    let id = good.split_once("<ds:Reference URI=\"#").unwrap().1.split_once('"').unwrap().0;
    let doubled = good.replacen("<wsse:Security ", &format!("<wsse:Security Id=\"{id}\" "), 1);
    let deep =
        good.replacen("</rev:Message>", &format!("</rev:Message>{}{}", "<a>".repeat(100), "</a>".repeat(100)), 1);
    assert_ne!(deep, good);
    for (message, check, actor, code, cause) in [
        (good.as_str(), true, SENDER, 0, ""),
        (&good, false, "", 0, ""),
        (&foreign, true, SENDER, 11, "Сертификат не зарегистрирован на узле."),
        (&foreign, false, SENDER, 0, ""),
        (&changed(&good), true, SENDER, 3, "переформатирован после подписания"),
        (&unsigned(&good), true, SENDER, 8, "нет подписи ЭП-ОВ"),
        (
            &good.replace("actors/smev\"", "actors/other\""),
            true,
            SENDER,
            8,
            "actor «http://smev.gosuslugi.ru/actors/other»",
        ),
        (&good, true, "http://smev.gosuslugi.ru/actors/recipient", 8, ""),
        (&good, true, "http://example.org/actor", 8, "Проверяются подписи"),
        ("hello", true, SENDER, 2, "XML не читается"),
        (&deep, true, SENDER, 2, "depth"),
        (&doctype, true, SENDER, 2, "DTD"),
        (&doubled, true, SENDER, 3, "стоит на нескольких элементах"),
    ] {
        let (found, sentence) = verdict(&region, message, check, actor);
        assert_eq!(found, code, "{sentence}: {message:.200}");
        assert!(sentence.contains(cause), "{cause:?} in {sentence:?}");
        assert_eq!(code == 0, sentence.is_empty());
    }
    let certificate = told(&post(&region, &request(&good, true, SENDER)));
    assert!(certificate.contains("<certificate>MII"), "{certificate}");
    assert!(region.records(&[]).is_empty(), "a question leaves no record");
}

#[test]
fn the_bus_signs_for_nobody_and_knows_no_other_operation() {
    let mut region = Region::running();
    let verify = request("<a/>", true, SENDER);
    for (body, part) in [
        (verify.replace("VerifySignatureRequest", "SignMessageRequest"), "узел не подписывает"),
        (verify.replace("VerifySignatureRequest", "Other"), "VerifySignatureRequest"),
        (verify.replace("<isCertCheck>true</isCertCheck>", ""), "isCertCheck"),
        (format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{verify}"), "DTD"),
        ("hello".to_owned(), ""),
    ] {
        let answer = post(&region, &body);
        let text = told(&answer);
        assert_eq!(answer.status, 500, "{text}");
        assert!(text.contains("<faultcode>soap:Client</faultcode>") && text.contains(part), "{text}");
    }
    region.bus().says("\"operation\":\"signMessage\"");
    assert!(region.records(&[]).is_empty());
}

#[test]
fn it_describes_itself_with_the_address_of_the_bus() {
    let region = Region::running();
    let answer = http::get(region.described.node.soap, &format!("{PATH}?wsdl"));
    let text = told(&answer);
    assert_eq!(answer.status, 200);
    assert!(text.contains(&format!("location=\"http://{}{PATH}\"", region.described.node.soap)), "{text}");
}

#[test]
fn it_can_be_switched_off() {
    let mut region = Region::without_bus();
    region.edit("routes.toml", "[listen]", "[listen]\nsignature_tool = false");
    region.start_bus();
    let answer = post(&region, &request("<a/>", true, SENDER));
    assert!(answer.status == 500 && !told(&answer).contains("VerifySignatureResponse"), "{}", told(&answer));
    assert_eq!(http::get(region.described.node.soap, &format!("{PATH}?wsdl")).status, 404);
}

#[test]
fn attack_of_large_questions_does_not_hold_up_honest_messages() {
    let mut region = Region::without_bus();
    region.edit("routes.toml", "[limits]", "[limits]\nrequest_read_ms = \"20 s\"");
    region.start_bus();
    let good = fs::read_to_string(region.control_example("SID0064001")).unwrap();
    let content = changed(&good).replace("</", &format!("{}</", "x".repeat(20_000)));
    let large = request(&content, true, SENDER);
    let mut askers: Vec<_> = (0..8)
        .map(|_| {
            let mut stream = http::connect(region.described.node.soap);
            let _ = stream.write_all(&http::request("POST", PATH, large.as_bytes()));
            stream
        })
        .collect();
    let start = Instant::now();
    let stream = http::connect(region.described.node.soap);
    let answer = http::exchange(stream, "POST", "/gateway/services/SID0064001", good.as_bytes()).unwrap();
    assert_eq!(answer.status, 200);
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    let answered = askers.drain(..).map(|stream| http::answer(stream).unwrap()).filter(|answer| answer.status == 200);
    assert_eq!(answered.count(), 8);

    let over = request(&"x".repeat(11 << 20), true, SENDER);
    let mut stream = http::connect(region.described.node.soap);
    let _ = stream.write_all(&http::request("POST", PATH, over.as_bytes()));
    if let Ok(answer) = http::answer(stream) {
        assert_eq!(answer.status, 413);
    }
}
