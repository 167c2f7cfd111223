//! Packages by hand: the passport's mistakes, the approved format, and which record proves what.

use std::collections::BTreeMap;

use jiff::Timestamp;
use xmldsig::Algorithms;

use super::*;

const GOOD: &str = r#"sid = "SID0064001"
version = "1.00"
name = "Сведения"
purpose = "запись о рождении"
owner = "ZAGS"
provider = "ZAGS01641"
access = "by_consent"
legal_ground = "соглашение 12-С"
operations = ["ask"]
endpoint = "http://10.0.0.5/zags"
answer_time = "сразу"

[format]
owner = "ZAGS"

[support]
hours = "9–18"
email = "support@zags.example"

[[contact]]
role = "service"
name = "Иванова А. П."
until = 2026-06-30
"#;

fn told(text: &str) -> Vec<(usize, String)> {
    let mistakes = Passport::read(text.as_bytes()).unwrap_err();
    mistakes.into_iter().map(|mistake| (mistake.line, mistake.en)).collect()
}

fn part(report: &Report, part: Part) -> &PartReport {
    report.parts.iter().find(|report| report.part == part).unwrap()
}

fn judged(files: &[(&str, &str)], at: &str) -> Report {
    let files: BTreeMap<String, Vec<u8>> =
        files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    let at: Timestamp = at.parse().unwrap();
    check(&Package::new(files), &Context { at, library: &[], algorithms: Algorithms::Gost, registered: None })
}

#[test]
fn each_mistake_of_a_passport_has_its_line_and_what_is_allowed() {
    let passport = Passport::read(GOOD.as_bytes()).unwrap();
    assert_eq!((passport.sid.as_str(), passport.contacts.len()), ("SID0064001", 1));
    for (from, to, line, words) in [
        ("sid = \"SID0064001\"", "sid = \"640\"", 1, "sid: allowed is SID and 7 digits"),
        ("access = \"by_consent\"", "access = \"all\"", 7, "\"by_consent\", \"open\", \"base_resource\""),
        ("operations = [\"ask\"]", "operations = []", 9, "operations: allowed is a list of texts"),
        ("endpoint = \"http://10.0.0.5/zags\"", "endpoint = \"10.0.0.5\"", 10, "an address http(s)://"),
        ("purpose =", "purposes =", 4, "Did you mean purpose?"),
        ("email =", "emal =", 18, "unknown key support.emal"),
        ("[format]\nowner = \"ZAGS\"", "[format]\nowner = \"\"", 14, "format.owner"),
        ("[format]", "[format]\napproved = \"a.xsd\"", 13, "the key format.sha256 is missing"),
        ("role = \"service\"", "role = \"boss\"", 21, "\"service\", \"format\", \"technical\""),
        ("until = 2026-06-30", "until = \"soon\"", 23, "contact.until: allowed is a date"),
        ("sid =", "sid =\nsid =", 1, "not TOML"),
    ] {
        let mistakes = told(&GOOD.replacen(from, to, 1));
        assert!(mistakes.iter().any(|(at, told)| *at == line && told.contains(words)), "{to}: {mistakes:?}");
    }
    assert!(told("").len() >= 12, "every missing key is told at once");
    assert_eq!(Passport::read(b"\xff").unwrap_err()[0].en, "the file is not UTF-8");
}

#[test]
fn whoever_no_longer_answers_for_a_service_makes_its_passport_red() {
    let files = [("passport.toml", GOOD)];
    assert_eq!(part(&judged(&files, "2026-06-30T12:00:00Z"), Part::Passport).verdict, Verdict::Green);
    // The day ends in Moscow.
    let report = judged(&files, "2026-06-30T21:00:00Z");
    assert_eq!(part(&report, Part::Passport).verdict, Verdict::Red);
    assert!(!report.green);
}

#[test]
fn the_approved_format_is_the_very_file_and_the_wsdl_is_made_of_it() {
    let schema = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:f\"><xs:element name=\"ask\"/></xs:schema>";
    let wsdl = |inside: &str| {
        format!(
            "<w:definitions xmlns:w=\"http://schemas.xmlsoap.org/wsdl/\"><w:types><xs:schema \
             xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">{inside}</xs:schema></w:types></w:definitions>"
        )
    };
    let uses = wsdl("<xs:import namespace=\"urn:f\" schemaLocation=\"format.xsd\"/>");
    let digest = hex::encode(Sha256::digest(schema));
    let approved = |digest: &str| {
        GOOD.replace("[format]\n", &format!("[format]\napproved = \"format.xsd\"\nsha256 = \"{digest}\"\n"))
    };
    let verdict = |passport: &str, wsdl: &str, schema: &str| {
        let files = [("passport.toml", passport), ("service.wsdl", wsdl), ("format.xsd", schema)];
        part(&judged(&files, "2026-01-01T00:00:00Z"), Part::Format).verdict
    };
    assert_eq!(verdict(&approved(&digest), &uses, schema), Verdict::Green);
    assert_eq!(verdict(&approved(&digest.to_uppercase()), &uses, schema), Verdict::Green);
    assert_eq!(verdict(&approved(&digest), &uses, &format!("{schema}\n")), Verdict::Red);
    assert_eq!(verdict(&approved(&"0".repeat(64)), &uses, schema), Verdict::Red);
    assert_eq!(verdict(&approved(&digest), &wsdl(""), schema), Verdict::Red);
    assert_eq!(verdict(GOOD, &uses, schema), Verdict::NotNeeded);
}

#[test]
fn a_record_proves_the_very_package_only() {
    let package = |guide: &str| Package::new(BTreeMap::from([("user-guide.md".to_owned(), guide.as_bytes().to_vec())]));
    let tried = package("one");
    let report = Report { green: true, sid: None, version: None, package: tried.digest(), parts: Vec::new() };
    let run = |passed: bool| Run {
        passed,
        consumer: "SOCZ01641".to_owned(),
        to: "http://127.0.0.1/".to_owned(),
        http: Some(200),
        exchange: None,
        code: None,
        sentence: "RESULT".to_owned(),
    };
    let record = |report: &Report, passed: bool| {
        serde_json::to_vec(&TestRecord::of(report, run(passed), Timestamp::UNIX_EPOCH, "operator")).unwrap()
    };
    let good = record(&report, true);
    TestRecord::proving(Some(&good), &tried.digest()).unwrap();
    let mut with = package("one").files;
    with.insert(TEST_RECORD.to_owned(), good.clone());
    assert_eq!(Package::new(with).digest(), tried.digest(), "the record itself does not count");
    let proving =
        |octets: Option<&[u8]>, package: &Package| TestRecord::proving(octets, &package.digest()).unwrap_err();
    assert_eq!(proving(None, &tried), RecordError::Absent);
    assert_eq!(proving(Some(&good), &package("two")), RecordError::OtherPackage);
    assert_eq!(proving(Some(&record(&report, false)), &tried), RecordError::NotPassed);
    let red = Report { green: false, ..report };
    assert_eq!(proving(Some(&record(&red, true)), &tried), RecordError::NotPassed);
    assert!(matches!(proving(Some(b"{}"), &tried), RecordError::Unreadable(_)));
}
