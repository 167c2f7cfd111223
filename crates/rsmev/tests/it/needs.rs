//! What traffic says about rights and needs: rehearsals, the review, the register of needs, the report. The traffic is written
//! straight into a journal, so that its times are known.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use jiff::{SignedDuration, Timestamp};
use journal::{Body, Form, Header, Journal, Kind, Options, Record, Role, StoreName};
use serde_json::Value;
use uuid::Uuid;

use crate::golden;
use crate::region::Region;

/// Now, in these tests.
const AT: &str = "2026-11-27T09:00:00Z";
const ACCESS: &str = r#"
[[access]]
consumer = "SOCZ01641"
service = "SID0003245"
from = 2026-01-15
until = 2026-11-24
ground = "заявка 1 от 2026-01-12"
application = "2026-1"

[[access]]
consumer = "MFCS01641"
service = "SID0003245"
until = 2026-12-20
ground = "заявка 2 от 2026-01-12"

[[access]]
consumer = "SOCZ01641"
service = "SID0064001"
ground = "заявка 3 от 2026-01-12"
application = "2026-3"

[[access]]
consumer = "ADMS01641"
service = "SID0064004"
operations = ["setStatus"]
ground = "заявка 4 от 2026-01-12"
application = "2026-4"
"#;
const FEDERAL: &str = "http://127.0.0.1:9000/gateway/services/SID0003245";
const ZAGS: &str = "http://127.0.0.1:9100/ZAGS01641/SID0064001";

/// One call, written as the bus writes it.
struct Call {
    consumer: &'static str,
    service: &'static str,
    operation: &'static str,
    stores: &'static [&'static str],
    endpoint: &'static str,
    agency: Option<&'static str>,
    test: bool,
}

const TAXES: Call = Call {
    consumer: "SOCZ01641",
    service: "SID0003245",
    operation: "queryINN",
    stores: &["SOCZ"],
    endpoint: FEDERAL,
    agency: None,
    test: false,
};
const TAXES_OF_CENTRE: Call = Call { consumer: "MFCS01641", stores: &["MFCS"], ..TAXES };
const TEST_OF_CENTRE: Call = Call { test: true, ..TAXES_OF_CENTRE };
const CIVIL: Call = Call {
    consumer: "SOCZ01641",
    service: "SID0064001",
    operation: "getRecord",
    stores: &["SOCZ", "ZAGS"],
    endpoint: ZAGS,
    agency: Some("OBRZ"),
    test: false,
};
const CIVIL_OF_CENTRE: Call = Call { consumer: "MFCS01641", stores: &["MFCS"], ..CIVIL };

enum End {
    Answered,
    Failed,
    Pending,
    Denied,
}

/// A journal being filled.
struct Traffic {
    runtime: tokio::runtime::Runtime,
    journal: Journal,
    exchanges: u128,
}

impl Traffic {
    fn of(region: &Region) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let journal = Journal::open(Options::new(region.path().join("data"))).unwrap();
        // Identifiers go on where the last ones ended.
        let exchanges = 1000 * u128::try_from(fs::read_dir(region.path().join("data")).unwrap().count()).unwrap();
        Self { runtime, journal, exchanges }
    }

    fn write(&mut self, stores: &[&str], header: Header, received: usize) {
        let stores: Vec<_> = stores.iter().map(|name| StoreName::new(name).unwrap()).collect();
        let octets = vec![b'x'; received].into();
        let record = Record { header, bodies: vec![Body { role: Role::Received, form: Form::Whole, octets }] };
        let _ = self.runtime.block_on(self.journal.append(&stores, &record)).unwrap();
    }

    fn header(&mut self, call: &Call, kind: Kind, at: Timestamp) -> Header {
        let mut header = Header::new(Uuid::from_u128(self.exchanges), kind, at);
        (header.received, header.sent) = (Some(at), Some(at));
        header.sender = Some(call.consumer.to_owned());
        header.service = Some(call.service.to_owned());
        header.service_version = Some("1.00".to_owned());
        header.operation = Some(call.operation.to_owned());
        (header.agency, header.test) = (call.agency.map(str::to_owned), call.test);
        header
    }

    fn add(&mut self, call: &Call, day: &str, end: &End) {
        self.exchanges += 1;
        let at: Timestamp = format!("{day}T10:00:00Z").parse().unwrap();
        if matches!(end, End::Denied) {
            let mut header = self.header(call, Kind::Refused, at);
            header.code = Some("SMEV-100012".to_owned());
            header.verdict = "access denied: the right has not been granted".to_owned();
            return self.write(call.stores, header, 100);
        }
        let mut begun = self.header(call, Kind::Accepted, at);
        begun.endpoint = Some(call.endpoint.to_owned());
        begun.recipient = Some(if call.service == "SID0064001" { "ZAGS01641" } else { "FNS001001" }.to_owned());
        self.write(call.stores, begun, 100);
        let later = at + SignedDuration::from_millis(120);
        match end {
            End::Answered => {
                let ended = self.header(call, Kind::Answered, later);
                self.write(call.stores, ended, 300);
            }
            End::Failed => {
                let mut ended = self.header(call, Kind::Failed, later);
                ended.code = Some("SMEV-200001".to_owned());
                self.write(call.stores, ended, 0);
            }
            End::Pending | End::Denied => {}
        }
    }

    fn stranger(&mut self, day: &str) {
        self.exchanges += 1;
        let mut header = self.header(&TAXES, Kind::Refused, format!("{day}T10:00:00Z").parse().unwrap());
        (header.sender, header.code) = (None, Some("SMEV-100003".to_owned()));
        header.verdict = "the signature does not hold".to_owned();
        self.write(&["_node"], header, 50);
    }

    fn end(self) {
        self.journal.close();
    }
}

fn region() -> Region {
    let region = Region::written();
    region.nobody_at_home();
    fs::write(region.path().join("routes.d/access.toml"), ACCESS).unwrap();
    let mut traffic = Traffic::of(&region);
    traffic.add(&TAXES, "2026-11-21", &End::Answered);
    traffic.add(&TAXES, "2026-11-22", &End::Answered);
    traffic.add(&TAXES, "2026-11-23", &End::Pending);
    traffic.add(&CIVIL, "2026-11-23", &End::Answered);
    traffic.add(&CIVIL, "2026-11-24", &End::Failed);
    traffic.add(&TAXES_OF_CENTRE, "2026-11-25", &End::Answered);
    traffic.add(&TEST_OF_CENTRE, "2026-11-25", &End::Answered);
    traffic.add(&CIVIL_OF_CENTRE, "2026-11-25", &End::Denied);
    traffic.add(&CIVIL_OF_CENTRE, "2026-11-25", &End::Denied);
    traffic.stranger("2026-11-25");
    // Older than any week that is asked about here.
    traffic.add(&TAXES, "2026-11-01", &End::Answered);
    traffic.end();
    region
}

/// What the words print, and what they would print for programs.
fn both(region: &Region, words: &str) -> (String, Value) {
    let words: Vec<_> = words.split(' ').collect();
    let ran = region.run(&words);
    let json = region.run(&[&words[..], &["--json"]].concat());
    assert_eq!(json.code, ran.code, "{}{}", json.text(), json.stderr);
    (golden::shown(&format!("rsmev {}", words.join(" ")), &ran) + "\n", json.json())
}

#[test]
fn a_rehearsal_tells_what_would_be_refused_pass_or_go_elsewhere() {
    let region = region();
    let (mut text, on_disk) = both(&region, &format!("access rehearse --at {AT}"));
    assert_eq!(on_disk["refused"][0]["count"], 3, "the right has ended since: {on_disk}");
    assert_eq!((&on_disk["refused"][0]["on_their_day"], &on_disk["all_pass"]), (&0.into(), &false.into()));
    assert_eq!((&on_disk["decided"], &on_disk["left_alone"]), (&9.into(), &1.into()), "each exchange once: {on_disk}");

    let draft = region.path().join("draft");
    fs::create_dir(&draft).unwrap();
    let files = ["routes.toml", "routes.d", "certs", "keys", "services"];
    let mut copy = std::process::Command::new("cp");
    assert!(copy.arg("-r").args(files).arg("draft").current_dir(region.path()).status().unwrap().success());
    let rehearse = |name: &str, edits: &[(&str, &str, &str)], text: &mut String| {
        for (file, from, to) in edits {
            let path = draft.join(file);
            let before = fs::read_to_string(&path).unwrap();
            assert!(before.contains(from), "{file}: {from}");
            fs::write(&path, before.replacen(from, to, 1)).unwrap();
        }
        let (told, json) = both(&region, &format!("access rehearse --registry draft --at {AT}"));
        text.extend(["# ", name, "\n", &told]);
        json
    };
    let access = "routes.d/access.toml";
    let granted = "\n[[access]]\nconsumer = \"MFCS01641\"\nservice = \"SID0064001\"\nground = \"заявка 5\"\nfrom = 2026-11-27\n\n[[access]]";
    let edits = [(access, "until = 2026-11-24", "until = 2027-11-24"), (access, "\n[[access]]", granted)];
    let json = rehearse("a right prolonged, another granted from today on", &edits, &mut text);
    assert_eq!((&json["all_pass"], &json["passing"][0]["count"]), (&true.into(), &2.into()));
    assert_eq!(json["passing"][0]["on_their_day"], 0, "it begins today");

    let edits = [
        ("routes.d/services.toml", "9100/ZAGS01641/SID0064001", "9100/ZAGS01641/new"),
        (
            access,
            "consumer = \"SOCZ01641\"\nservice = \"SID0064001\"",
            "consumer = \"ARHV01641\"\nservice = \"SID0064001\"",
        ),
    ];
    let json = rehearse("a right taken, a route turned", &edits, &mut text);
    assert_eq!((&json["refused"][0]["count"], &json["moved"][0]["count"]), (&2.into(), &2.into()));

    let edits = [(access, "ground = \"заявка 2", "messages = \"test\"\nground = \"заявка 2")];
    let json = rehearse("a right for tests only", &edits, &mut text);
    let centre = json["refused"].as_array().unwrap().iter().filter(|line| line["consumer"] == "MFCS01641");
    assert_eq!(centre.map(|line| (&line["count"], &line["test"])).collect::<Vec<_>>(), [(&1.into(), &false.into())]);

    let edits = [(
        "routes.d/services.toml",
        "service = \"SID0064001\"\nto",
        "service = \"SID0064001\"\nservice_code = \"1\"\nto",
    )];
    let json = rehearse("a route narrowed", &edits, &mut text);
    assert_eq!(json["lost"][0]["count"], 2, "{json}");
    let refused = json["refused"].as_array().unwrap().iter().map(|line| line["count"].as_u64().unwrap());
    assert_eq!(refused.sum::<u64>(), 1, "what has no way is not refused once more: {json}");
    let ru = region.run(&["access", "rehearse", "--lang", "ru", "--registry", "draft/routes.toml", "--at", AT]);
    text += &golden::shown("rsmev access rehearse --lang ru --registry draft/routes.toml", &ru);
    golden::compare("needs/rehearse.txt", &text);
}

#[test]
fn a_review_names_what_to_look_at_and_the_next_command() {
    let region = region();
    region.append(
        "routes.d/participants.toml",
        "\n[[contact]]\nparticipant = \"SOCZ\"\nname = \"Иванов\"\nrole = \"technical\"\nuntil = 2026-11-01\n",
    );
    region.edit(
        "routes.d/participants.toml",
        "mnemonic = \"ARHV01641\"",
        "mnemonic = \"ARHV01641\"\nsuspended = \"переезд\"",
    );
    fs::write(region.path().join("needs.csv"), NEEDS).unwrap();
    region.run(&["tkmv", "import", "needs.csv"]).good();
    let (text, json) = both(&region, &format!("access review --at {AT}"));
    let kinds: BTreeSet<_> =
        json["findings"].as_array().unwrap().iter().map(|finding| finding["kind"].as_str().unwrap()).collect();
    let expected = [
        "unbacked",
        "unused",
        "ends_soon",
        "needed_not_granted",
        "refused_not_granted",
        "no_application",
        "person_over",
        "suspended",
    ];
    assert_eq!(kinds, BTreeSet::from(expected), "{json}");
    let ru = region.run(&["access", "review", "--lang", "ru", "--at", AT]).good();
    golden::compare("needs/review.txt", &(text + &golden::shown("rsmev access review --lang ru", &ru)));
    // Of the last two days nothing passed by a right that was used before.
    let (_, json) = both(&region, &format!("access review --days 2 --at {AT}"));
    let unused = json["findings"].as_array().unwrap().iter().filter(|finding| finding["kind"] == "unused");
    assert_eq!(unused.count(), 2, "{json}");
}

const NEEDS: &str = "Номер;Услуга;Потребитель;Сведения;Поставщик;Сервис;Статус;Основание;Дата\n\
    ТК-1;Пособие;SOCZ;ИНН заявителя;FNS0;SID0003245;утверждена;210-ФЗ;01.02.2026\n\
    ТК-2;Пособие;SOCZ01641;Запись акта;ZAGS;SID0064001;согласована;;2026-02-01\n\
    ТК-3;Справка;MFCS;Запись акта;ZAGS;SID0064001;утверждена;;\n\
    ТК-4;Справка;MFCS;Площадь жилья;ADMS;;согласована;;\n\
    ТК-5;Статус;ADMS;Статус заявления;RPGU;SID0064004;утверждена;;\n\
    ТК-6;Справка;MFCS;Прежнее;;SID0064005;заменена;;\n";

#[test]
fn needs_are_taken_over_whole_or_not_at_all_and_held_against_rights_and_traffic() {
    let region = region();
    let file = region.path().join("needs.csv");
    let stored = region.path().join("tkmv.csv");
    let mut text = golden::shown("rsmev tkmv list", &region.run(&["tkmv", "list"])) + "\n";
    let bad = NEEDS
        .replace("SOCZ;", "SOZC;")
        .replace("SID0003245", "SID0003254")
        .replace("согласована;;2026", "согласованна;;2026")
        .replace("ТК-5", "ТК-4");
    fs::write(&file, bad).unwrap();
    let ran = region.run(&["tkmv", "import", "needs.csv"]);
    assert_eq!((ran.code, stored.exists()), (1, false));
    text += &(golden::shown("rsmev tkmv import needs.csv", &ran) + "\n");

    fs::write(&file, NEEDS).unwrap();
    let ran = region.run(&["tkmv", "import", "needs.csv", "--dry-run"]).good();
    assert!(!stored.exists(), "only a look");
    text += &(golden::shown("rsmev tkmv import needs.csv --dry-run", &ran) + "\n");
    region.run(&["tkmv", "import", "needs.csv", "--reason", "приказ 17"]).good();
    let octets = fs::read(&stored).unwrap();
    let audited = region.run(&["journal", "list", "--kind", "audited", "--json"]).good();
    assert!(audited.text().contains("tkmv import: 6 added, 0 removed, 0 changed"), "{}", audited.text());

    // What the bus itself wrote is read like any other.
    region.run(&["tkmv", "import", "tkmv.csv"]).good();
    assert_eq!(fs::read(&stored).unwrap(), octets);
    let cyrillic = windows_1251(&NEEDS.replace("ТК-4;Справка", "ТК-7;Справка").replace("210-ФЗ", "179-ФЗ"));
    fs::write(&file, cyrillic).unwrap();
    let ran = region.run(&["tkmv", "import", "needs.csv"]).good();
    text += &(golden::shown("rsmev tkmv import needs.csv", &ran) + "\n");
    text += &both(&region, "tkmv list").0;

    let (told, json) = both(&region, &format!("tkmv report --failed 10 --at {AT}"));
    text += &told;
    let standing: BTreeMap<_, _> = json["cards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|card| (card["number"].as_str().unwrap(), card["standing"].as_str().unwrap()))
        .collect();
    let expected = [
        ("ТК-1", "not_granted"),
        ("ТК-2", "failing"),
        ("ТК-3", "not_granted"),
        ("ТК-5", "never_used"),
        ("ТК-6", "not_in_force"),
        ("ТК-7", "no_service"),
    ];
    assert_eq!(standing, BTreeMap::from(expected));
    let (_, json) = both(&region, &format!("tkmv report --failed 60 --at {AT}"));
    assert_eq!(json["cards"][1]["standing"], "served", "half of two exchanges failed");
    golden::compare("needs/tkmv.txt", &text);
}

/// Windows-1251 for the letters of these tests.
fn windows_1251(text: &str) -> Vec<u8> {
    let octet = |sign: char| match u32::from(sign) {
        code @ 0..=0x7f => u8::try_from(code).unwrap(),
        code @ 0x410..=0x44f => u8::try_from(code - 0x410 + 0xc0).unwrap(),
        code => panic!("no letter of these tests: {code:x}"),
    };
    text.chars().map(octet).collect()
}

#[test]
fn a_report_of_a_closed_period_adds_up_and_stays_the_same_to_the_octet() {
    let region = region();
    let report = |words: &[&str]| region.run(&[&["report", "--at", AT], words].concat()).good();
    let mut text = String::new();
    for words in [&[][..], &["--by", "service", "--lang", "ru"], &["--by", "consumer", "--format", "csv"]] {
        text += &(golden::shown(&format!("rsmev report {}", words.join(" ")), &report(words)) + "\n");
    }
    golden::compare("needs/report.txt", &text);

    // A recount from the records themselves, each exchange once.
    let total = report(&["--json"]).json()["total"].clone();
    let mut steps: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for record in region.records(&["--since", "2026-11-19T21:00:00Z", "--until", "2026-11-26T21:00:00Z"]) {
        let header = &record["header"];
        let of = |key: &str| header[key].as_str().unwrap_or_default().to_owned();
        steps.entry(of("exchange")).or_default().insert(of("kind"));
    }
    let count = |kind: &str| steps.values().filter(|steps| steps.contains(kind)).count();
    let open = steps.values().filter(|steps| steps.iter().eq(["accepted"])).count();
    for (figure, recounted) in [
        ("exchanges", steps.len()),
        ("answered", count("answered")),
        ("failed", count("failed")),
        ("refused", count("refused")),
        ("pending", open),
    ] {
        assert_eq!(total[figure], recounted, "{figure}: {total}");
    }

    for format in ["table", "csv", "json"] {
        let words = ["--format", format, "--out", "week"];
        report(&words);
        let before = fs::read(region.path().join("week")).unwrap();
        assert_eq!(region.run(&[&["report", "--at", AT], &words[..]].concat()).code, 2, "it is not written over");
        let mut traffic = Traffic::of(&region);
        traffic.add(&TAXES, "2026-11-27", &End::Answered);
        traffic.end();
        report(&[&words[..], &["--force"]].concat());
        assert_eq!(fs::read(region.path().join("week")).unwrap(), before, "{format}");
        fs::remove_file(region.path().join("week")).unwrap();
    }
    let month = region.run(&["report", "--month", "2026-11", "--at", AT, "--json"]).good().json();
    assert_eq!((&month["from"], &month["until"]), (&"2026-11-01".into(), &"2026-11-26".into()), "whole days only");
    assert_eq!(month["total"]["exchanges"], 11);
    for words in [&["--since", "36h"][..], &["--month", "2026-12"], &["--month", "2026-13"], &["--since", "0d"]] {
        assert_eq!(region.run(&[&["report", "--at", AT], words].concat()).code, 2, "{words:?}");
    }
}
