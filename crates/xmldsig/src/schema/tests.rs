//! Schemas that compile, documents that keep to them, and everything that is refused.

use std::fmt::Write as _;

use super::*;

const SERVICE: &str = include_str!("tests/service.wsdl");

fn xsd(namespace: &str, inside: &str) -> String {
    format!(
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:t=\"{namespace}\" targetNamespace=\"{namespace}\" \
         elementFormDefault=\"qualified\">\n{inside}\n</xs:schema>"
    )
}

fn parse(entries: &[&str], files: &[(&str, &str)], library: &[(&str, &str)]) -> Result<Schema, Vec<SchemaProblem>> {
    let files: Vec<SchemaFile<'_>> =
        files.iter().map(|(name, text)| SchemaFile { name, octets: text.as_bytes() }).collect();
    let library: Vec<SchemaFile<'_>> =
        library.iter().map(|(name, text)| SchemaFile { name, octets: text.as_bytes() }).collect();
    Schema::parse(entries, &files, &library)
}

fn refusal(entries: &[&str], files: &[(&str, &str)]) -> Vec<String> {
    parse(entries, files, &[]).unwrap_err().iter().map(ToString::to_string).collect()
}

fn findings(schema: &Schema, text: &str) -> Vec<(u32, String)> {
    let validated = schema.validate(text.as_bytes()).unwrap();
    validated.findings.into_iter().map(|finding| (finding.line, finding.path)).collect()
}

#[test]
fn a_document_is_valid_or_each_departure_has_its_line_and_path() {
    let schema = xsd(
        "urn:a",
        "<xs:element name=\"a\"><xs:complexType><xs:sequence><xs:element name=\"n\" type=\"xs:int\"/>\
         <xs:element name=\"d\" type=\"xs:date\" minOccurs=\"0\"/></xs:sequence><xs:attribute name=\"k\" use=\"required\"/>\
         </xs:complexType></xs:element>",
    );
    let schema = parse(&["a.xsd"], &[("a.xsd", &schema)], &[]).unwrap();
    assert_eq!(schema.files(), ["a.xsd"]);
    assert_eq!(findings(&schema, "<a xmlns='urn:a' k='1'><n>1</n></a>"), []);
    let at = |line: u32, path: &str| (line, path.to_owned());
    assert_eq!(findings(&schema, "<a xmlns='urn:a' k='1'>\n<n>x</n>\n<e/></a>"), [at(2, "/a/n"), at(3, "/a/e")]);
    assert_eq!(findings(&schema, "<a xmlns='urn:a'><n>1</n></a>"), [at(1, "/a")]);
    assert_eq!(findings(&schema, "<b/>"), [at(1, "/b")]);
}

#[test]
fn schemas_inside_a_wsdl_are_taken_with_the_declarations_above_them() {
    let files = [("service.wsdl", SERVICE)];
    let schema = parse(&["service.wsdl"], &files, &[]).unwrap();
    let message = |number: &str| {
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header/><s:Body>\
             <a:ask xmlns:a=\"urn:service\"><t:number xmlns:t=\"urn:types\">{number}</t:number></a:ask></s:Body></s:Envelope>"
        )
    };
    assert_eq!(schema.validate_body(message("12").as_bytes()).unwrap().findings, []);
    let found = schema.validate_body(message("12a").as_bytes()).unwrap().findings;
    assert_eq!(found[0].path, "/Envelope/Body/ask/number");
    // Places inside of a WSDL are those of the file.
    let broken = SERVICE.replace("ref=\"t:number\"", "ref=\"t:numbers\"");
    let line = SERVICE.lines().position(|line| line.contains("ref=\"t:number\"")).unwrap() + 1;
    let told = refusal(&["service.wsdl"], &[("service.wsdl", &broken)]);
    assert!(told[0].starts_with(&format!("service.wsdl:{line}: ")), "{told:?}");
}

#[test]
fn imports_and_includes_lead_to_the_files_handed_over() {
    let main = xsd(
        "urn:a",
        "<xs:include schemaLocation=\"deep/part.xsd\"/><xs:import namespace=\"urn:b\" schemaLocation=\"deep/b1.xsd\"/>\
         <xs:import namespace=\"urn:b\" schemaLocation=\"http://example.test/x/b2.xsd\"/>\
         <xs:import namespace=\"urn:lib\" schemaLocation=\"http://example.test/lib.xsd\"/>\
         <xs:element name=\"a\"><xs:complexType><xs:sequence xmlns:b=\"urn:b\" xmlns:l=\"urn:lib\">\
         <xs:element ref=\"t:part\"/><xs:element ref=\"b:one\"/><xs:element ref=\"b:two\"/><xs:element ref=\"l:lib\"/>\
         </xs:sequence></xs:complexType></xs:element>",
    );
    // Without a namespace of its own it takes that of the schema that includes it.
    let part = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" elementFormDefault=\"qualified\">\
                <xs:element name=\"part\" type=\"xs:string\"/></xs:schema>";
    let (one, two) = (xsd("urn:b", "<xs:element name=\"one\"/>"), xsd("urn:b", "<xs:element name=\"two\"/>"));
    let lib = xsd("urn:lib", "<xs:element name=\"lib\"/>");
    let files = [("a.xsd", main.as_str()), ("deep/part.xsd", part), ("deep/b1.xsd", &one), ("deep/b2.xsd", &two)];
    let schema = parse(&["a.xsd"], &files, &[("lib.xsd", &lib)]).unwrap();
    assert_eq!(schema.files(), ["a.xsd", "deep/part.xsd", "deep/b1.xsd", "deep/b2.xsd"]);
    let valid = "<a xmlns='urn:a'><part/><one xmlns='urn:b'/><two xmlns='urn:b'/><lib xmlns='urn:lib'/></a>";
    assert_eq!(findings(&schema, valid), []);
    assert_eq!(findings(&schema, "<a xmlns='urn:a'><part/><two xmlns='urn:b'/></a>").len(), 1);
}

#[test]
fn what_lies_outside_of_the_files_is_refused_by_name_and_never_fetched() {
    let directory = tempfile::tempdir().unwrap();
    let there = directory.path().join("there.xsd");
    std::fs::write(&there, xsd("urn:b", "<xs:element name=\"b\"/>")).unwrap();
    let there = there.display().to_string();
    for location in ["file:///etc/passwd", "http://127.0.0.1:9/b.xsd", "/etc/passwd", "../b.xsd", &there] {
        for element in ["import namespace=\"urn:b\"", "include", "redefine"] {
            let schema = xsd("urn:a", &format!("<xs:{element} schemaLocation=\"{location}\"/>"));
            let told = refusal(&["a.xsd"], &[("a.xsd", &schema)]);
            assert_eq!(told, [format!("a.xsd:2: it wants {location} from outside of the files; nothing is fetched")]);
        }
    }
    let schema = xsd("urn:a", "<xs:include schemaLocation=\"gone.xsd\"/>");
    assert_eq!(
        refusal(&["a.xsd"], &[("a.xsd", &schema)]),
        ["a.xsd:2: it wants gone.xsd, which is not among the files"]
    );
    let wsdl = "<w:definitions xmlns:w=\"http://schemas.xmlsoap.org/wsdl/\"><w:import namespace=\"n\" location=\"http://h/x\"/>\
                </w:definitions>";
    let told = refusal(&["a.wsdl"], &[("a.wsdl", wsdl)]);
    assert_eq!(told, ["a.wsdl:1: it wants http://h/x from outside of the files; nothing is fetched"]);
}

#[test]
fn a_document_cannot_bring_schemas_along() {
    let directory = tempfile::tempdir().unwrap();
    let there = directory.path().join("b.xsd");
    std::fs::write(&there, xsd("urn:b", "<xs:element name=\"b\" type=\"xs:int\"/>")).unwrap();
    let schema = xsd(
        "urn:a",
        "<xs:element name=\"a\"><xs:complexType><xs:sequence><xs:any namespace=\"##other\" \
                     processContents=\"lax\"/></xs:sequence></xs:complexType></xs:element>",
    );
    let schema = parse(&["a.xsd"], &[("a.xsd", &schema)], &[]).unwrap();
    let document = format!(
        "<a xmlns='urn:a' xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:schemaLocation='urn:b {}'><b xmlns='urn:b'>no</b></a>",
        there.display()
    );
    // Had it been loaded, `no` would be no number.
    assert_eq!(findings(&schema, &document), []);
}

#[test]
fn type_declarations_and_other_encodings_are_refused_in_schemas_and_documents() {
    let schema = xsd("urn:a", "<xs:element name=\"a\"/>");
    for (before, words) in [
        ("<!DOCTYPE s [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>", "document type declaration"),
        ("<?xml version='1.0' encoding='windows-1251'?>", "malformed"),
    ] {
        let told = refusal(&["a.xsd"], &[("a.xsd", &format!("{before}{schema}"))]);
        assert!(told[0].contains(words), "{told:?}");
    }
    let good = parse(&["a.xsd"], &[("a.xsd", &schema)], &[]).unwrap();
    assert!(matches!(good.validate(b"<!DOCTYPE a><a/>"), Err(Error::DoctypeForbidden)));
    assert_eq!(refusal(&["b.xsd"], &[("a.xsd", &schema)]), ["b.xsd:1: there is no such file"]);
    let told = refusal(&["a.xml"], &[("a.xml", "<a/>")]);
    assert_eq!(told, ["a.xml:1: neither an XML schema nor a WSDL: the root is a"]);
}

#[test]
fn groups_that_would_fill_the_memory_are_refused() {
    for (kind, leaf) in [("group", "<xs:element name=\"x\"/>"), ("attributeGroup", "<xs:attribute name=\"x\"/>")] {
        let mut inside = String::new();
        for level in 1..40 {
            let reference = format!("<xs:{kind} ref=\"t:g{}\"/>", level - 1);
            let content = if level == 1 { leaf.to_owned() } else { format!("{reference}{reference}") };
            let content = if kind == "group" { format!("<xs:sequence>{content}</xs:sequence>") } else { content };
            write!(inside, "<xs:{kind} name=\"g{level}\">{content}</xs:{kind}>").unwrap();
        }
        let told = refusal(&["a.xsd"], &[("a.xsd", &xsd("urn:a", &inside))]);
        assert_eq!(told, ["a.xsd:1: elements and attributes, groups written out: 200000 at most"]);
    }
}

#[test]
fn every_bound_of_schemas_is_enforced() {
    let occurs = xsd(
        "urn:a",
        "<xs:element name=\"a\"><xs:complexType><xs:sequence><xs:element name=\"b\" \
                     maxOccurs=\"1000001\"/></xs:sequence></xs:complexType></xs:element>",
    );
    let pattern = format!(
        "<xs:simpleType name=\"p\"><xs:restriction base=\"xs:string\"><xs:pattern value=\"{}\"/></xs:restriction></xs:simpleType>",
        "a".repeat(4097)
    );
    let long = xsd("urn:a", &format!("<!--{}-->", "x".repeat(9 << 20)));
    for (files, told) in [
        (vec![("a.xsd", occurs)], "a.xsd:2: a number of occurrences: 1000000 at most"),
        (vec![("a.xsd", xsd("urn:a", &pattern))], "a.xsd:2: characters of a pattern: 4096 at most"),
        (vec![("b.xsd", long.clone()), ("a.xsd", long)], "a.xsd:1: octets of all schemas: 16777216 at most"),
    ] {
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        assert_eq!(refusal(&["a.xsd"], &files), [told]);
    }
    let deep = format!("{}{}", "<a>".repeat(300), "</a>".repeat(300));
    assert!(refusal(&["a.xsd"], &[("a.xsd", &deep)])[0].contains("not acceptable XML"));
    let many = vec![("a.xsd", "<a/>"); 257];
    assert!(refusal(&["a.xsd"], &many)[0].contains("files with schemas: 256 at most"));
}

#[test]
fn findings_of_one_document_are_bounded() {
    let schema = xsd(
        "urn:a",
        "<xs:element name=\"a\"><xs:complexType><xs:sequence><xs:element name=\"b\" type=\"xs:int\" \
                     maxOccurs=\"unbounded\"/></xs:sequence></xs:complexType></xs:element>",
    );
    let schema = parse(&["a.xsd"], &[("a.xsd", &schema)], &[]).unwrap();
    let validated = schema.validate(format!("<a xmlns='urn:a'>{}</a>", "<b>x</b>".repeat(200)).as_bytes()).unwrap();
    assert_eq!((validated.findings.len(), validated.more), (FINDINGS_MAX, true));
}

#[test]
fn the_schemas_of_the_smev_blocks_compile() {
    let files = [
        ("smev-rev110801.xsd", include_str!("../../../../schemas/smev-rev110801.xsd")),
        ("smev-rev111111.xsd", include_str!("../../../../schemas/smev-rev111111.xsd")),
        ("smev-rev120315.xsd", include_str!("../../../../schemas/smev-rev120315.xsd")),
    ];
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    parse(&names, &files, &[]).unwrap();
    // As a library they are there also when nothing imports them.
    let own = xsd("urn:a", "<xs:element name=\"a\"/>");
    let schema = parse(&["a.xsd"], &[("a.xsd", &own)], &files).unwrap();
    assert_eq!(schema.files(), ["a.xsd"]);
    assert_eq!(findings(&schema, "<AppData xmlns='http://smev.gosuslugi.ru/rev120315'/>"), []);
}

#[test]
fn a_pattern_that_would_be_tried_for_ever_is_given_up() {
    let pattern = xsd(
        "urn:a",
        "<xs:element name=\"a\"><xs:simpleType><xs:restriction base=\"xs:string\"><xs:pattern value=\"(a|aa)+b\"/>\
         </xs:restriction></xs:simpleType></xs:element>",
    );
    let schema = parse(&["a.xsd"], &[("a.xsd", &pattern)], &[]).unwrap();
    let document = format!("<a xmlns='urn:a'>{}</a>", "a".repeat(5000));
    assert!(matches!(schema.validate(document.as_bytes()), Err(Error::Internal { .. })));
}
