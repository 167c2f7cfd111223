//! Participants and systems at the command line: what each command prints, refuses and changes, and that the registry's text
//! keeps the hand of whoever wrote it.

use std::fs;

use crate::golden;
use crate::issue::{Wanted, issue};
use crate::region::Region;

/// A registry as an operator keeps it: one file, remarks everywhere.
const BY_HAND: &str = include_str!("people/participants.toml");

/// The pretend region with its participants written by hand.
fn by_hand() -> Region {
    let region = Region::written();
    region.nobody_at_home();
    fs::write(region.path().join("routes.d/participants.toml"), BY_HAND).unwrap();
    region
}

fn participants(region: &Region) -> String {
    fs::read_to_string(region.path().join("routes.d/participants.toml")).unwrap()
}

/// What the commands print, one after the other in one region.
fn told(region: &Region, commands: &[&[&str]]) -> String {
    let told = commands.iter().map(|words| {
        let shown =
            words.iter().map(|word| if word.contains(' ') { format!("\"{word}\"") } else { (*word).to_owned() });
        let shown = format!("rsmev {}", shown.collect::<Vec<_>>().join(" "));
        golden::shown(&shown, &region.run(words)) + "\n"
    });
    told.collect()
}

/// Beginnings of fingerprints and numbers of days change from run to run.
fn steady(text: &str) -> String {
    let mut out = String::new();
    for run in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = run.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let hex =
            [8, 12].contains(&word.len()) && word.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
        let days = [3, 4].contains(&word.len()) && word.bytes().all(|c| c.is_ascii_digit());
        out += if hex {
            "<hex>"
        } else if days {
            "<n>"
        } else {
            word
        };
        out += &run[word.len()..];
    }
    out
}

#[test]
fn participants_and_their_contacts() {
    let region = by_hand();
    let text = told(
        &region,
        &[
            &["participant", "list"],
            &["participant", "list", "--kind", "federal", "--json"],
            &["participant", "list", "--kind", "regional", "--lang", "ru"],
            &["participant", "show", "SOCZ"],
            &["participant", "show", "SOCZ", "--lang", "ru"],
            &["participant", "show", "ZAGS", "--json"],
            &["participant", "show", "SOC"],
            &["participant", "show", "LESHOZ", "--lang", "ru"],
            &["participant", "add", "LESH", "--name", "Министерство леса", "--kind", "regional", "--dry-run"],
            &[
                "participant",
                "add",
                "LESH",
                "--name",
                "Лес",
                "--kind",
                "regional",
                "--agreement",
                "7",
                "--agreement-date",
                "2026-02-01",
            ],
            &["participant", "add", "LESH", "--name", "Лес", "--kind", "regional"],
            &["participant", "add", "LE SH", "--name", "Лес", "--kind", "regional"],
            &["participant", "add", "LESX", "--name", "Лес", "--kind", "forest"],
            &["participant", "add", "LESX", "--name", "Лес", "--kind", "regional", "--agreement", "7"],
            &["participant", "set", "LESH", "--name", "Министерство лесного хозяйства", "--json", "--reason", "указ 3"],
            &["participant", "set", "SOCZ", "--agreement", "13-С", "--agreement-date", "2026-12-01"],
            &["participant", "set", "SOCZ"],
            &["participant", "suspend", "SOCZ"],
            &["participant", "suspend", "SOCZ", "--reason", "соглашение 13-С не подписано"],
            &["participant", "resume", "SOCZ"],
            &["participant", "resume", "SOCZ", "--lang", "ru"],
            &[
                "participant",
                "contact",
                "add",
                "LESH",
                "Лесник",
                "--role",
                "technical",
                "--phone",
                "22-17",
                "--until",
                "2020-01-31",
            ],
            &["participant", "contact", "add", "LESH", "Лесник", "--role", "head"],
            &["participant", "contact", "add", "LESH", "Другой", "--role", "head", "--substitute", "Лесничий"],
            &["participant", "contact", "add", "LESH", "Другой", "--role", "head", "--until", "tomorrow"],
            &["participant", "show", "LESH"],
            &["participant", "contact", "remove", "SOCZ", "Дежурный"],
            &["participant", "contact", "remove", "SOCZ", "Иванова"],
            &["participant", "contact", "remove", "LESH", "Лесник"],
        ],
    );
    golden::compare("people/participants.txt", &steady(&text));
}

#[test]
fn systems_and_their_certificates() {
    let region = by_hand();
    let [new, _] = issue(&region, &Wanted { common_name: "SOCZ02641", ..Wanted::default() });
    let [expired, _] = issue(&region, &Wanted { days: (-30, -1), ..Wanted::default() });
    fs::copy(region.path().join(&new), region.path().join("new.pem")).unwrap();
    fs::copy(region.path().join(&expired), region.path().join("expired.pem")).unwrap();
    let before = fs::read_dir(region.path().join("certs/is")).unwrap().count();
    let add = ["system", "add", "SOCZ02641", "--participant", "SOCZ", "--certificate"];
    let text = told(
        &region,
        &[
            &["system", "list"],
            &["system", "list", "--participant", "SOCZ", "--json"],
            &["system", "list", "--participant", "SOZC"],
            &["system", "show", "SOCZ01641"],
            &["system", "show", "socz01641", "--lang", "ru"],
            &[&add[..], &["expired.pem"]].concat(),
            &[&add[..], &["certs/is/MFCS01641.pem"]].concat(),
            &[&add[..], &["routes.toml"]].concat(),
            &[&add[..], &["new.pem", "--agency", "ZAGX"]].concat(),
            &[&add[..], &["new.pem", "--dry-run"]].concat(),
        ],
    );
    assert_eq!(
        fs::read_dir(region.path().join("certs/is")).unwrap().count(),
        before,
        "refused and only shown: no file"
    );
    let added = told(
        &region,
        &[
            &[&add[..], &["new.pem", "--name", "АИС", "--code", "SOC2", "--agency", "ZAGS"]].concat(),
            &[&add[..], &["new.pem"]].concat(),
            &["system", "show", "SOCZ02641"],
            &["system", "set", "SOCZ02641", "--name", "АИС «Соцзащита»", "--add-code", "SOC3", "--remove-code", "SOC2"],
            &["system", "set", "SOCZ02641", "--remove-code", "SOC9"],
            &["system", "set", "SOCZ02641"],
            &["system", "suspend", "SOCZ02641", "--reason", "утрата ключа"],
            &["system", "list", "--participant", "SOCZ"],
            &["system", "resume", "SOCZ02641", "--json"],
            &["cert", "show", "SOCZ0264"],
            &["cert", "retire", "SOCZ0264", "0123456789"],
            &["check"],
        ],
    );
    assert_eq!(fs::read_dir(region.path().join("certs/is")).unwrap().count(), before + 1);
    golden::compare("people/systems.txt", &steady(&(text + &added)));
}

#[test]
fn officers_and_their_certificates() {
    let region = by_hand();
    let [new, _] = issue(&region, &Wanted { common_name: "Петров", ..Wanted::default() });
    fs::copy(region.path().join(&new), region.path().join("petrov.pem")).unwrap();
    let add = ["participant", "officer", "add", "Петров Пётр", "--certificate"];
    let text = told(
        &region,
        &[
            &["participant", "officer", "list"],
            &[&add[..], &["petrov.pem", "--side", "SOCX"]].concat(),
            &[&add[..], &["certs/is/SOCZ01641.pem", "--side", "SOCZ"]].concat(),
            &[&add[..], &["petrov.pem", "--side", "operator", "--until", "2027-12-31"]].concat(),
            &[&add[..], &["petrov.pem", "--side", "operator"]].concat(),
            &["participant", "officer", "add", "Сидоров", "--certificate", "petrov.pem", "--side", "SOCZ"],
            &["participant", "officer", "list"],
            &["participant", "officer", "remove", "Петров"],
            &["participant", "officer", "remove", "Петров Пётр", "--reason", "приказ 9"],
        ],
    );
    golden::compare("people/officers.txt", &steady(&text));
    assert_eq!(participants(&region), BY_HAND, "came and went without a trace");
    assert_eq!(fs::read_dir(region.path().join("certs/officers")).unwrap().count(), 1, "old decisions need it");
}

#[test]
fn an_officer_whose_signature_stands_under_a_decision_keeps_his_row() {
    let region = by_hand();
    let [new, _] = issue(&region, &Wanted { common_name: "Петров", ..Wanted::default() });
    let add = ["participant", "officer", "add", "Петров Пётр", "--certificate", &new, "--side", "operator"];
    let remove = ["participant", "officer", "remove", "Петров Пётр", "--reason", "приказ 9"];
    for (directory, until) in [("applications", None), ("approvals", None), ("applications", Some("2026-01-31"))] {
        region.run(&[&add[..], &until.map_or(vec![], |day| vec!["--until", day])].concat()).good();
        let before = participants(&region);
        let shown = region.run(&["participant", "officer", "list", "--json"]).good().json();
        let line = format!("{{\"certificate\":\"{}\"}}\n", shown[0]["fingerprint"].as_str().unwrap());
        fs::create_dir_all(region.path().join(directory)).unwrap();
        let file = region.path().join(directory).join("2026-1.jsonl");
        fs::write(&file, line).unwrap();
        let done = region.run(&remove).good();
        let officers = region.run(&["participant", "officer", "list", "--json"]).good().json();
        assert_eq!(officers.as_array().unwrap().len(), 1, "{directory}");
        match until {
            None => assert!(done.text().contains("the row stays, the last day in office is 20"), "{}", done.text()),
            Some(_) => assert_eq!(participants(&region), before, "his last day has been"),
        }
        assert!(officers[0]["until"].is_string(), "{officers}");
        fs::remove_file(file).unwrap();
        region.run(&remove).good();
        assert_eq!(participants(&region), BY_HAND, "nothing is signed: the row goes");
    }
}

#[test]
fn editing_by_cli_keeps_comments_and_order() {
    for line_break in ["\n", "\r\n"] {
        let region = by_hand();
        let before = BY_HAND.replace('\n', line_break);
        fs::write(region.path().join("routes.d/participants.toml"), &before).unwrap();
        let run = |words: &[&str]| drop(region.run(words).good());
        run(&["participant", "set", "SOCZ", "--agreement", "13-С", "--agreement-date", "2026-12-01"]);
        run(&["participant", "suspend", "ZAGS", "--reason", "переезд \"до\" мая"]);
        run(&["participant", "contact", "add", "ZAGS", "Новый", "--role", "head"]);
        run(&["system", "set", "MFCS01641", "--add-code", "MFC2", "--name", "АИС МФЦ"]);
        run(&["system", "suspend", "ARHV01641", "--reason", "ремонт"]);
        let text = participants(&region);
        assert_eq!(text.matches('\r').count(), if line_break == "\n" { 0 } else { text.matches('\n').count() });
        golden::compare("people/by-hand.toml", &text.replace("\r\n", "\n"));
        run(&["participant", "set", "SOCZ", "--agreement", "12-С", "--agreement-date", "2026-01-15"]);
        run(&["participant", "resume", "ZAGS"]);
        run(&["participant", "contact", "remove", "ZAGS", "Новый"]);
        run(&["system", "set", "MFCS01641", "--remove-code", "MFC2", "--name", "МФЦ"]);
        run(&["system", "resume", "ARHV01641"]);
        assert_eq!(participants(&region), before, "and back again, octet for octet");
    }
}

#[test]
fn how_far_a_system_has_come_is_told_from_its_traffic() {
    let region = Region::running();
    let standing =
        |mnemonic: &str| region.run(&["system", "show", mnemonic, "--json"]).good().json()["standing"].clone();
    assert_eq!((standing("SOCZ01641"), standing("OLDS01641")), ("connected".into(), "registered".into()));
    let send = ["stand", "send", ".", "--kind", "region", "--from", "SOCZ01641", "--service", "SID0064001"];
    region.run(&send).good();
    let shown = region.run(&["system", "show", "SOCZ01641", "--json"]).good().json();
    assert_eq!(shown["standing"], "tested");
    assert!(shown["test"].is_string() && shown["real"].is_null(), "{shown:#}");
    assert_eq!(standing("ZAGS01641"), "tested", "the provider has answered");
    assert_eq!(standing("MFCS01641"), "connected");
    let days_ago = region.run(&["system", "show", "SOCZ01641", "--json", "--since", "0"]).good().json();
    assert_eq!(days_ago["standing"], "connected", "older traffic than was asked for");
    let participant = region.run(&["participant", "show", "SOCZ", "--json"]).good().json();
    assert_eq!(participant["standing"], "tested");

    // Suspended by a command, refused by the running bus; and back again.
    region.run(&["system", "suspend", "SOCZ01641", "--reason", "проверка"]).good();
    let state = region.run(&["status"]).good().text();
    assert!(state.contains("on disk    ANOTHER ONE") && !state.contains("suspended"), "{state}");
    region.run(&["reload"]).good();
    let state = region.run(&["status"]).good().text();
    assert!(state.contains("suspended  SOCZ01641: проверка") && !state.contains("on disk"), "{state}");
    assert_ne!(region.run(&send).code, 0);
    let refused = region.records(&["--kind", "refused"]);
    assert_eq!(refused.last().unwrap()["header"]["code"], "SMEV-100012");
    region.run(&["system", "resume", "SOCZ01641", "--reason", "проверено", "--reload"]).good();
    region.run(&send).good();
    let audited = region.records(&["--kind", "audited", "--store", "_node.audit"]);
    let changes: Vec<_> =
        audited.iter().map(|entry| &entry["header"]["audit"]).filter(|audit| audit["action"] == "registry").collect();
    let told: Vec<_> = changes.iter().map(|audit| (audit["subject"].as_str(), audit["reason"].as_str())).collect();
    assert_eq!(
        told,
        [(Some("system suspend SOCZ01641"), Some("проверка")), (Some("system resume SOCZ01641"), Some("проверено")),]
    );
}

/// Some clients write `false` into TestMsg: a right that is for tests only is not for those.
#[test]
fn a_test_mark_that_says_no_is_no_test_for_a_right() {
    let region = Region::production();
    let text = fs::read_to_string(region.path().join("routes.d/participants.toml")).unwrap();
    let at = text.find("code = \"SOCZ\"").unwrap();
    let line = text[at..].lines().find(|line| line.starts_with("agreement")).unwrap();
    region.edit("routes.d/participants.toml", &format!("{line}\n"), "");
    let example = "services/SID0064001/1.00/control-example/request.xml";
    let message = crate::message::unsigned(&fs::read_to_string(region.path().join(example)).unwrap());
    let mark = "Учебный регион</";
    assert!(message.contains(mark) && message.contains("SOCZ01641"), "{message}");
    for (written, passes) in [("Учебный регион", true), ("", false), ("false", false), ("0", false), ("нет", false)]
    {
        fs::write(region.path().join("m.xml"), message.replacen(mark, &format!("{written}</"), 1)).unwrap();
        let (certificate, key) = ("certs/is/SOCZ01641.pem", "certs/is/SOCZ01641.key.pem");
        let signed = region.run(&["signature", "sign", "m.xml", "--certificate", certificate, "--key", key]).good();
        fs::write(region.path().join("signed.xml"), signed.stdout).unwrap();
        let told = region.run(&["explain", "signed.xml", "--service", "SID0064001", "--json"]).json();
        let told = &told["explanation"];
        assert_eq!(told["verdict"] == "forward", passes, "{written:?}: {told}");
        if !passes {
            assert_eq!(told["code"], "SMEV-100012", "{written:?}: {told}");
        }
    }
}
