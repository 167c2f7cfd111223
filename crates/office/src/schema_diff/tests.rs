//! What is told of a change, and what of it breaks consumers: in a request, in an answer, without a WSDL.

use super::*;

const FRAME: &str = r#"<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:t="urn:t" targetNamespace="urn:t" xmlns:xs="http://www.w3.org/2001/XMLSchema">
 <w:types><xs:schema targetNamespace="urn:t" elementFormDefault="qualified">
 <xs:element name="ask" type="t:ask"/><xs:element name="asked" type="t:asked"/>
 ASK ASKED</xs:schema></w:types>
 <w:message name="i"><w:part name="p" element="t:ask"/></w:message><w:message name="o"><w:part name="p" element="t:asked"/></w:message>
 <w:portType name="p"><w:operation name="Ask"><w:input message="t:i"/><w:output message="t:o"/></w:operation></w:portType>
 <w:binding name="b" type="t:p"><s:binding style="document"/><w:operation name="Ask"><s:operation soapAction="urn:a"/></w:operation></w:binding>
</w:definitions>"#;

fn service(request: &str, answer: &str) -> String {
    let complex = |name: &str, inside: &str| format!("<xs:complexType name=\"{name}\">{inside}</xs:complexType>");
    FRAME.replace("ASKED", &complex("asked", answer)).replace("ASK", &complex("ask", request))
}

fn row(name: &str, rest: &str) -> String {
    format!("<xs:element name=\"{name}\" {rest}/>")
}

fn sequence(rows: &[String]) -> String {
    format!("<xs:sequence>{}</xs:sequence>", rows.concat())
}

/// The changes as `path change breaking`, in a request and then in an answer.
fn both(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
    let plain = sequence(&[row("x", "type=\"xs:string\"")]);
    let told = |old: String, new: String| {
        let difference = compare(&[("a.wsdl", old.as_bytes())], &[("a.wsdl", new.as_bytes())]).unwrap();
        assert_eq!(difference.breaking, difference.changes.iter().any(|change| change.breaking));
        let shown = |change: &Change| {
            let json = serde_json::to_value(change).unwrap();
            let mark = if change.breaking { "breaks" } else { "fine" };
            format!("{} {} {mark}", change.path, json["change"].as_str().unwrap())
        };
        difference.changes.iter().map(shown).collect()
    };
    (told(service(old, &plain), service(new, &plain)), told(service(&plain, old), service(&plain, new)))
}

fn check(old: &str, new: &str, request: &[&str], answer: &[&str]) {
    let (in_request, in_answer) = both(old, new);
    let answer: Vec<String> = answer.iter().map(|line| line.replacen("ask/", "asked/", 1)).collect();
    assert_eq!((in_request, in_answer), (request.iter().map(ToString::to_string).collect(), answer), "{old}\n{new}");
}

#[test]
fn elements_that_come_and_go() {
    let a = row("a", "type=\"xs:string\"");
    let b = |rest: &str| row("b", &format!("type=\"xs:string\" {rest}"));
    let one = sequence(std::slice::from_ref(&a));
    let with = |rest: &str| sequence(&[a.clone(), b(rest)]);
    check(&one, &one, &[], &[]);
    check(&one, &with(""), &["ask/b added breaks"], &["ask/b added fine"]);
    check(&one, &with("minOccurs=\"0\""), &["ask/b added fine"], &["ask/b added fine"]);
    check(&with(""), &one, &["ask/b removed breaks"], &["ask/b removed breaks"]);
    check(&with("minOccurs=\"0\""), &with(""), &["ask/b required breaks"], &["ask/b required fine"]);
    check(&with(""), &with("minOccurs=\"0\""), &["ask/b optional fine"], &["ask/b optional breaks"]);
    check(&with(""), &with("maxOccurs=\"9\""), &["ask/b occurs fine"], &["ask/b occurs breaks"]);
    check(&with("maxOccurs=\"unbounded\""), &with("maxOccurs=\"9\""), &["ask/b occurs breaks"], &["ask/b occurs fine"]);
    check(&with(""), &with("nillable=\"true\""), &["ask/b nillable fine"], &["ask/b nillable breaks"]);
    check(&with(""), &with("form=\"unqualified\""), &["ask/b namespace breaks"], &["ask/b namespace breaks"]);
}

#[test]
fn a_new_part_is_told_once_with_what_is_in_it() {
    let inside = sequence(&[row("c", "type=\"xs:string\""), row("d", "type=\"xs:string\"")]);
    let part = format!("<xs:element name=\"b\" minOccurs=\"0\"><xs:complexType>{inside}</xs:complexType></xs:element>");
    let (without, with) =
        (sequence(&[row("a", "type=\"xs:string\"")]), sequence(&[row("a", "type=\"xs:string\""), part]));
    check(&without, &with, &["ask/b added fine"], &["ask/b added fine"]);
    check(&with, &without, &["ask/b removed breaks"], &["ask/b removed breaks"]);
}

#[test]
fn values_that_change() {
    let typed = |base: &str, facets: &str| {
        format!(
            "<xs:sequence><xs:element name=\"v\"><xs:simpleType><xs:restriction base=\"xs:{base}\">{facets}</xs:restriction>\
             </xs:simpleType></xs:element></xs:sequence>"
        )
    };
    let facet = |name: &str, value: &str| format!("<xs:{name} value=\"{value}\"/>");
    let wider = |what: &str| (vec![format!("ask/v {what} fine")], vec![format!("ask/v {what} breaks")]);
    let narrower = |what: &str| (vec![format!("ask/v {what} breaks")], vec![format!("ask/v {what} fine")]);
    let either = |what: &str| (vec![format!("ask/v {what} breaks")], vec![format!("ask/v {what} breaks")]);
    let (one, two) = (facet("enumeration", "1"), facet("enumeration", "1") + &facet("enumeration", "2"));
    for (old, new, (request, answer)) in [
        (typed("int", ""), typed("long", ""), wider("type")),
        (typed("string", ""), typed("date", ""), narrower("type")),
        (typed("date", ""), typed("int", ""), either("type")),
        (typed("string", &one), typed("string", &two), wider("enumeration")),
        (typed("string", &two), typed("string", &one), narrower("enumeration")),
        (typed("string", ""), typed("string", &one), narrower("enumeration")),
        (typed("string", &one), typed("string", &facet("enumeration", "3")), either("enumeration")),
        (typed("string", ""), typed("string", &facet("pattern", "[0-9]+")), narrower("pattern")),
        (typed("string", &facet("pattern", "a")), typed("string", &facet("pattern", "b")), either("pattern")),
        (typed("string", &facet("maxLength", "9")), typed("string", &facet("maxLength", "10")), wider("facet")),
        (typed("string", &facet("minLength", "1")), typed("string", &facet("minLength", "2")), narrower("facet")),
        (typed("string", ""), typed("string", &facet("length", "3")), narrower("facet")),
    ] {
        let text = |lines: &'_ [String]| lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
        let (in_request, in_answer) = both(&old, &new);
        assert_eq!(text(&in_request), text(&request), "{old}\n{new}");
        assert_eq!(text(&in_answer), text(&answer).replace("ask/", "asked/"), "{old}\n{new}");
    }
}

#[test]
fn choices_attributes_groups_extensions_and_types_in_themselves_are_followed() {
    let choice =
        "<xs:choice><xs:element name=\"a\" type=\"xs:string\"/><xs:element name=\"b\" type=\"xs:string\"/></xs:choice>";
    let sequence = choice.replace("choice", "sequence");
    check(
        choice,
        &sequence,
        &["ask/a required breaks", "ask/b required breaks"],
        &["ask/a required fine", "ask/b required fine"],
    );
    let attribute = |use_: &str| format!("<xs:attribute name=\"k\" type=\"xs:string\" use=\"{use_}\"/>");
    check(&attribute("optional"), &attribute("required"), &["ask/@k required breaks"], &["ask/@k required fine"]);
    let old = service("<xs:sequence><xs:element name=\"n\" type=\"t:node\" minOccurs=\"0\"/></xs:sequence>", "");
    let types = |extra: &str| {
        format!(
            "<xs:complexType name=\"base\"><xs:sequence><xs:element name=\"b\" type=\"xs:string\"/>{extra}</xs:sequence></xs:complexType>\
             <xs:group name=\"g\"><xs:sequence><xs:element name=\"g\" type=\"xs:string\"/></xs:sequence></xs:group>\
             <xs:complexType name=\"node\"><xs:complexContent><xs:extension base=\"t:base\"><xs:sequence><xs:group ref=\"t:g\" minOccurs=\"0\"/>\
             <xs:element name=\"n\" type=\"t:node\" minOccurs=\"0\"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType></xs:schema>"
        )
    };
    let with = |extra: &str| old.replace("</xs:schema>", &types(extra));
    let (before, after) = (with(""), with("<xs:element name=\"new\" type=\"xs:string\"/>"));
    let difference = compare(&[("a.wsdl", before.as_bytes())], &[("a.wsdl", after.as_bytes())]).unwrap();
    let told: Vec<(&str, bool)> =
        difference.changes.iter().map(|change| (change.path.as_str(), change.breaking)).collect();
    assert_eq!(told, [("ask/n/new", true)]);
}

#[test]
fn operations_that_come_and_go() {
    let old = service("", "");
    let renamed = old.replace("name=\"Ask\"", "name=\"Inquire\"").replace("urn:a\"", "urn:b\"");
    let difference = compare(&[("a.wsdl", old.as_bytes())], &[("a.wsdl", renamed.as_bytes())]).unwrap();
    assert_eq!(
        difference.changes.iter().map(|change| (&*change.path, change.breaking)).collect::<Vec<_>>(),
        [("Ask", true), ("Inquire", false)]
    );
    let action = old.replace("urn:a\"", "urn:b\"");
    let difference = compare(&[("a.wsdl", old.as_bytes())], &[("a.wsdl", action.as_bytes())]).unwrap();
    assert_eq!(difference.changes[0].what, What::Action { from: "urn:a".to_owned(), to: "urn:b".to_owned() });
    assert!(!difference.breaking);
}

#[test]
fn schemas_without_a_wsdl_are_held_to_both_rules() {
    let schema = |rows: &str| {
        format!(
            "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element name=\"a\"><xs:complexType><xs:sequence>{rows}\
             </xs:sequence></xs:complexType></xs:element></xs:schema>"
        )
    };
    let (old, new) = (schema("<xs:element name=\"b\"/>"), schema("<xs:element name=\"b\" minOccurs=\"0\"/>"));
    let difference = compare(&[("a.xsd", old.as_bytes())], &[("a.xsd", new.as_bytes())]).unwrap();
    assert_eq!(difference.changes[0].what, What::Optional);
    assert!(difference.breaking);
}

#[test]
fn what_is_no_schema_is_refused_with_its_place() {
    let told = |text: &str| compare(&[("a.xsd", text.as_bytes())], &[]).unwrap_err().to_string();
    assert!(told("<a>\n<b></a>").starts_with("a.xsd:2: not acceptable XML"));
    assert!(told("<!DOCTYPE a><a/>").contains("not acceptable XML"));
    let error = compare(&[("a.wsdl", b"<a/>")], &[]).unwrap_err().to_string();
    assert_eq!(error, "a.wsdl:1: the root is not definitions of WSDL 1.1");
}
