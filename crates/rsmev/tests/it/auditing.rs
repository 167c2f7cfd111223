//! The auditor's walk of docs/AUDITING.md, and what is left on record of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64ct::{Base64, Encoding as _};
use journal::{Journal, Options};
use serde_json::Value;
use tempfile::TempDir;

use crate::region::{Ran, Region, rsmev};

const REASON: [&str; 2] = ["--reason", "приказ 17 от 20.11.2026"];

/// A region with one portal case, and the number of that case.
fn with_a_case() -> (Region, String) {
    let region = Region::running();
    region.run(&["stand", "send", ".", "--kind", "portal"]).good();
    let number = region.records(&["--status", "REQUEST"])[0]["header"]["case_number"].as_str().unwrap().to_owned();
    (region, number)
}

/// Another machine: a directory that has what was carried there and nothing else.
fn carried(files: &[PathBuf]) -> TempDir {
    let machine = tempfile::tempdir().unwrap();
    for file in files {
        fs::copy(file, machine.path().join(file.file_name().unwrap())).unwrap();
    }
    machine
}

fn on(machine: &TempDir, words: &[&str]) -> Ran {
    let mut command: Command = rsmev();
    Ran::of(command.args(words).current_dir(machine.path()).output().unwrap())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Looks on record.
/// The trail, but for lists: this is one itself.
fn looks(region: &Region, store: &str) -> Vec<Value> {
    let records = region.records(&["--store", store]);
    let looks = records.into_iter().map(|record| record["header"]["audit"].clone());
    looks.filter(|look| look["action"] != "list").collect()
}

#[test]
fn an_auditor_finds_traces_exports_and_verifies_a_case_without_the_bus() {
    let (mut region, number) = with_a_case();
    let found = region.run(&["journal", "list", "--case", &number]).good().text();
    assert!(found.lines().count() >= 8, "{found}");
    let story = region.run(&["journal", "trace", &number, "--lang", "ru"]).good().text();
    assert!(story.contains("состояние: завершено"), "{story}");

    let refused = region.run(&["journal", "case", &number, "--out", "case.zip"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("hint: --reason"), "{}", refused.stderr);
    let made = region.run(&[&["journal", "case", &number, "--out", "case.zip"], &REASON[..]].concat()).good().text();
    assert!(made.contains("16 records, 16 of them under the node's signature"), "{made}");
    let again = region.run(&[&["journal", "case", &number, "--out", "case.zip"], &REASON[..]].concat());
    assert_eq!(again.code, 2, "a file that is there is not written over: {}", again.stderr);

    let machine = carried(&[region.path().join("case.zip"), region.path().join("certs/node/node.pem")]);
    assert!(region.stop_bus().success());
    let verified = on(&machine, &["journal", "verify", "case.zip", "--node-certificate", "node.pem", "--lang", "ru"]);
    let text = verified.good().text();
    assert!(text.ends_with("итог: всё верно\n") && !text.contains("НЕ ВЕРНО"), "{text}");
    let json =
        on(&machine, &["journal", "verify", "case.zip", "--node-certificate", "node.pem", "--json"]).good().json();
    assert_eq!(json["holds"], true);
    assert!(json["findings"].as_array().unwrap().iter().all(|row| row["state"] == "holds"), "{json:#}");

    let nobody = on(&machine, &["journal", "verify", "case.zip", "--lang", "en"]);
    assert_eq!(nobody.code, 1);
    assert!(nobody.text().contains("cannot say") && nobody.stderr.contains("hint: name the node's certificate"));
    let mut zip = fs::read(machine.path().join("case.zip")).unwrap();
    let middle = zip.len() / 2;
    zip[middle] ^= 1;
    fs::write(machine.path().join("case.zip"), zip).unwrap();
    let changed = on(&machine, &["journal", "verify", "case.zip", "--node-certificate", "node.pem"]);
    assert_eq!(changed.code, 1, "{}", changed.text());
    fs::write(machine.path().join("case.zip"), "hello").unwrap();
    assert_eq!(on(&machine, &["journal", "verify", "case.zip"]).code, 1);
}

#[test]
fn messages_are_shown_for_a_reason_and_the_look_is_on_record() {
    let (mut region, number) = with_a_case();
    let record = region.records(&["--case", &number, "--store", "ADMS"])[0].clone();
    let id = record["id"].as_str().unwrap();
    for how in ["--raw", "--pretty"] {
        let silent = region.run(&["journal", "show", id, how, "received"]);
        assert_eq!((silent.code, silent.text().as_str()), (2, ""), "{}", silent.stderr);
    }
    region.run(&[&["journal", "show", id, "--raw", "received"], &REASON[..]].concat()).good();
    region.run(&["journal", "show", id]).good();
    let trail = looks(&region, "_node.audit");
    assert_eq!(trail.len(), 2, "{trail:#?}");
    // Who only lists is on record, too.
    let all = region.records(&["--store", "_node.audit"]);
    assert!(all.iter().any(|record| record["header"]["audit"]["subject"] == "case"), "{all:#?}");
    assert_eq!(
        (&trail[0]["action"], &trail[0]["subject"], &trail[0]["count"]),
        (&"show".into(), &id.into(), &1.into())
    );
    assert_eq!(trail[0]["reason"], REASON[1]);
    assert!(trail[0]["who"].as_str().unwrap().contains("(uid "), "{}", trail[0]["who"]);
    assert_eq!(trail[1]["reason"], Value::Null);
    assert_eq!(
        looks(&region, "ADMS.audit"),
        trail[..1],
        "its own messages, and those alone, are the agency's business"
    );

    // Without a bus the command writes itself.
    assert!(region.stop_bus().success());
    region.run(&[&["journal", "case", &number, "--out", "case.zip"], &REASON[..]].concat()).good();
    let last = looks(&region, "_node.audit").pop().unwrap();
    assert_eq!(last["action"], "case");
    let subject = last["subject"].as_str().unwrap();
    assert!(!subject.contains(&number), "the number may be a person's: {subject}");
    // Somebody else holds the journal and no bus answers: nothing is shown.
    let journal = Journal::open(Options::new(region.path().join("data"))).unwrap();
    let refused = region.run(&[&["journal", "show", id, "--raw", "received"], &REASON[..]].concat());
    assert_eq!((refused.code, refused.text().as_str()), (3, ""), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("cannot record who looks") && refused.stderr.contains("hint:"),
        "{}",
        refused.stderr
    );
    let header = region.run(&["journal", "show", id]).good();
    assert!(header.stderr.contains("this look is not recorded"), "{}", header.stderr);
    journal.close();
    region.audit();
}

#[test]
fn an_export_has_what_a_list_has_and_the_octets() {
    let (region, number) = with_a_case();
    let listed = region.run(&["journal", "list", "--json", "--store", "ADMS"]).good().text();
    assert_eq!(region.run(&["journal", "export", "--store", "ADMS"]).good().text(), listed);
    let csv = region.run(&["journal", "export", "--store", "ADMS", "--format", "csv", "--bom"]).good().text();
    let lines: Vec<&str> = csv.strip_suffix("\r\n").unwrap().split("\r\n").collect();
    assert_eq!(lines.len(), 1 + listed.lines().count());
    assert!(lines[0].starts_with("\u{feff}record,time,kind,exchange,"), "{}", lines[0]);
    assert!(lines[1].contains(&number) && lines[1].starts_with("ADMS/"), "{}", lines[1]);

    let bodies = ["journal", "export", "--case", &number, "--store", "ADMS", "--bodies", "--out", "export.jsonl"];
    assert_eq!(region.run(&bodies).code, 2, "messages without a reason");
    assert_eq!(region.run(&[&bodies[..], &REASON, &["--format", "csv"]].concat()).code, 2, "messages in a table");
    region.run(&[&bodies[..], &REASON].concat()).good();
    assert_eq!(region.run(&[&bodies[..], &REASON].concat()).code, 2, "the file is there");
    region.run(&[&bodies[..], &REASON, &["--force"]].concat()).good();
    let text = fs::read_to_string(region.path().join("export.jsonl")).unwrap();
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let received = Base64::decode_vec(first["bodies"][0]["base64"].as_str().unwrap()).unwrap();
    assert_eq!(received, region.octets(&first, "received"));
    let look = looks(&region, "ADMS.audit")[0].clone();
    assert_eq!((&look["action"], &look["count"]), (&"export".into(), &text.lines().count().into()));
    assert!(!look["subject"].as_str().unwrap().contains(&number), "{look}");
}

#[test]
fn a_copy_of_a_journal_and_of_one_store_is_verified_elsewhere() {
    let (mut region, _) = with_a_case();
    region.run(&["journal", "head", "--store", "ADMS", "--witness", "witness.txt"]).good();
    assert!(region.stop_bus().success());
    let machine = carried(&[region.path().join("certs/node/node.pem"), region.path().join("witness.txt")]);
    copy(&region.path().join("data"), &machine.path().join("journal"));
    copy(&region.path().join("data/ADMS"), &machine.path().join("stick/ADMS"));
    let verify = |path: &str| on(&machine, &["journal", "verify", path, "--node-certificate", "node.pem"]);
    let whole = verify("journal").good().text();
    assert!(whole.contains("ADMS/20") && whole.contains("RPGU/20"), "{whole}");
    let one = verify("stick/ADMS").good().text();
    assert_eq!(one.lines().count(), 1, "{one}");
    assert!(one.contains("8 frames") && one.contains("signed up to 8"), "{one}");
    assert_eq!(verify("stick/ADMS/exchange").good().text(), one);
    let nobody = on(&machine, &["journal", "verify", "journal"]);
    assert_eq!(nobody.code, 1, "{}", nobody.text());
    assert!(nobody.stderr.contains("whose signatures these are"), "{}", nobody.stderr);
    // The end cut off together with the checkpoints: only who kept one elsewhere sees it.
    let cut = machine.path().join("cut/ADMS");
    copy(&region.path().join("data/ADMS"), &cut);
    let month = fs::read_dir(cut.join("exchange")).unwrap().next().unwrap().unwrap().path();
    let octets = fs::read(month.join("000000.seg")).unwrap();
    let last = (0..octets.len()).rfind(|at| octets[*at..].starts_with(b"RSMR")).unwrap();
    fs::write(month.join("000000.seg"), &octets[..last]).unwrap();
    fs::remove_file(month.join("checkpoints.txt")).unwrap();
    verify("cut/ADMS").good();
    let words = ["journal", "verify", "cut/ADMS", "--node-certificate", "node.pem", "--witness", "witness.txt"];
    let witnessed = on(&machine, &words);
    assert_eq!(witnessed.code, 1);
    assert!(witnessed.text().contains("tail cut: the log ends after 7 frames"), "{}", witnessed.text());
    // One octet of one message.
    let month = fs::read_dir(machine.path().join("stick/ADMS/exchange")).unwrap().next().unwrap().unwrap().path();
    let segment = month.join("000000.seg");
    let mut octets = fs::read(&segment).unwrap();
    octets[700] ^= 1;
    fs::write(&segment, octets).unwrap();
    let changed = verify("stick/ADMS");
    assert_eq!(changed.code, 1);
    assert!(changed.text().contains("altered: "), "{}", changed.text());
}

#[test]
fn what_was_refused_failed_or_signed_by_the_bus_is_proved_like_anything_else() {
    let region = Region::running();
    region.run(&["stand", "send", ".", "--kind", "hosted"]).good();
    region.run(&["stand", "send", ".", "--refusals"]).good();
    let all = region.records(&[]);
    let first = |kind: &str, text: &str| {
        let found = all.iter().find(|record| record["header"]["kind"] == kind && record.to_string().contains(text));
        found.unwrap_or_else(|| panic!("{kind} {text}"))["header"]["exchange"].as_str().unwrap().to_owned()
    };
    for (kind, text) in [("answered", ""), ("refused", "SMEV-100003"), ("failed", "SMEV-2")] {
        let words = ["journal", "case", &first(kind, text), "--out", "case.zip", "--force"];
        region.run(&[&words[..], &REASON].concat()).good();
        let verified = region.run(&["journal", "verify", "case.zip", "--lang", "en", "--config", "routes.toml"]).good();
        assert!(verified.text().ends_with("in all: everything holds\n"), "{kind}: {}", verified.text());
    }
}

#[test]
fn a_look_at_a_copy_leaves_it_as_it_was_and_no_hold_changes_without_a_reason() {
    let (mut region, _) = with_a_case();
    assert!(region.stop_bus().success());
    let copied = region.path().join("copied");
    copy(&region.path().join("data"), &copied);
    let trail = |directory: &Path| {
        let month = fs::read_dir(directory.join("_node/audit")).unwrap().next().unwrap().unwrap().path();
        fs::metadata(month.join("000000.seg")).unwrap().len()
    };
    let before = trail(&copied);
    let look = region.run(&["journal", "list", "--data", "copied", "--limit", "1"]).good();
    assert!(look.stderr.contains("copy of a journal"), "{}", look.stderr);
    assert_eq!(trail(&copied), before, "a copy that is written into is no copy any more");
    region.run(&["journal", "list", "--limit", "1"]).good();
    assert!(trail(&region.path().join("data")) > before, "the journal itself has it on record");

    let unknown = region.run(&["journal", "hold", "--agency", "NOPE", "--reason", "запрос суда"]);
    assert_eq!(unknown.code, 2, "{}", unknown.stderr);
    assert!(unknown.stderr.contains("ADMS"), "{}", unknown.stderr);
    region.run(&["journal", "hold", "--agency", "ADMS", "--reason", "запрос суда"]).good();
    let silent = region.run(&["journal", "release", "1", "--reason", " "]);
    assert_eq!(silent.code, 2, "{}", silent.stderr);
    assert!(region.run(&["journal", "holds"]).good().text().starts_with("hold 1: ADMS"));
}
