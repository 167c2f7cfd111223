//! Changing the registry with confidence: what it has been, what differs, a draft applied, a state brought back, a decision
//! explained as it was taken, and the signatures of two persons.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::issue::{Wanted, issue};
use crate::region::{Ran, Region};

const ROW: &str = "consumer = \"SOCZ01641\"\nservice = \"SID0003245\"";
const SERVICE: &str = "SID0003245";

fn history(region: &Region) -> Vec<Value> {
    region.run(&["registry", "history", "--json"]).good().json().as_array().unwrap().clone()
}

/// A copy of the registry's tables, as a draft begins.
fn draft(region: &Region) {
    let to = region.path().join("draft/routes.d");
    fs::create_dir_all(&to).unwrap();
    for entry in fs::read_dir(region.path().join("routes.d")).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
    fs::copy(region.path().join("routes.toml"), region.path().join("draft/routes.toml")).unwrap();
}

fn digest(region: &Region) -> String {
    region.run(&["check", "--json"]).good().json()["registry"].as_str().unwrap().to_owned()
}

#[test]
fn a_draft_is_shown_applied_and_taken_back() {
    let region = Region::written();
    region.nobody_at_home();
    draft(&region);
    let before = digest(&region);
    region.edit("draft/routes.d/access.toml", ROW, "consumer = \"RPGU01641\"\nservice = \"SID0003245\"");
    let moved = region.path().join("draft/routes.d/access.toml");
    fs::rename(&moved, region.path().join("draft/routes.d/rights.toml")).unwrap();

    let shown = region.run(&["registry", "diff", "disk", "draft", "--lang", "en"]).good().text();
    assert!(shown.contains("+ wins the right: RPGU01641 → SID0003245"), "{shown}");
    assert!(shown.contains("- loses the right: SOCZ01641 → SID0003245"), "{shown}");
    assert!(!shown.contains("Everything else"), "in which file a row stands is no difference: {shown}");
    let refused = region.run(&["registry", "apply", "draft"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    region.run(&["registry", "apply", "draft", "--dry-run"]).good();
    assert_eq!(digest(&region), before);

    region.run(&["registry", "apply", "draft", "--reason", "заявка 17"]).good();
    assert_ne!(digest(&region), before);
    assert!(!region.path().join("routes.d/access.toml").exists(), "what include would find besides is gone");
    let entries = history(&region);
    let made = entries.last().unwrap();
    assert_eq!((&made["event"], &made["why"]), (&"made".into(), &"заявка 17".into()));
    assert_eq!(entries[0]["event"], "found", "what was there before can be brought back");

    region.run(&["registry", "rollback", "--reason", "ошибка в заявке 17"]).good();
    assert_eq!(digest(&region), before);
    assert!(!region.path().join("routes.d/rights.toml").exists());
    let audit = region.records(&["--store", "_node.audit"]);
    assert!(audit.iter().any(|record| record["header"]["audit"]["reason"] == "ошибка в заявке 17"), "{audit:?}");
    region.audit();
}

#[test]
fn a_draft_that_does_not_load_changes_nothing() {
    let region = Region::written();
    region.nobody_at_home();
    draft(&region);
    let before = digest(&region);
    region.edit("draft/routes.d/access.toml", ROW, "consumer = \"NOBODY1641\"\nservice = \"SID0003245\"");
    let refused = region.run(&["registry", "apply", "draft", "--reason", "x"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("NOBODY1641"), "{}", refused.stderr);
    let itself = region.run(&["registry", "apply", ".", "--reason", "x"]);
    assert_eq!(itself.code, 2, "{}", itself.stderr);
    assert_eq!(digest(&region), before);
}

#[test]
fn a_broken_registry_is_brought_back_and_not_without_its_keys() {
    let mut region = Region::without_bus();
    region.start_bus();
    let before = history(&region)[0]["state"].as_str().unwrap().to_owned();
    assert!(region.stop_bus().success());
    region.append("routes.d/access.toml", "[[acess]]\n");
    fs::write(region.path().join("routes.d/stray.toml"), "broken").unwrap();
    let hosted = region.path().join("certs/is/ARHV01641.key.pem");
    let away = region.path().join("away.pem");
    fs::rename(&hosted, &away).unwrap();
    let refused = region.run(&["registry", "rollback", &before[..8], "--reason", "x"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("ARHV01641.key.pem"), "{}", refused.stderr);
    fs::rename(&away, &hosted).unwrap();
    region.run(&["registry", "rollback", &before[..8], "--reason", "сломано редактором"]).good();
    assert_eq!(digest(&region), before);
}

#[test]
fn a_decision_is_explained_as_it_was_taken_and_by_whom_the_state_was_made() {
    let mut region = Region::running();
    region.run(&["stand", "send", ".", "--service", SERVICE]).good();
    let record = region.records(&["--kind", "accepted"]).remove(0);
    let id = record["id"].as_str().unwrap();
    let decided = record["header"]["registry"].as_str().unwrap().to_owned();
    let shown = region.run(&["journal", "show", id, "--json"]).good().json();
    assert_eq!(shown["registry_state"]["digest"], decided);
    assert_eq!(shown["registry_state"]["who"], "the bus RSMV01641");
    assert!(shown["registry_state"]["in_force_since"].is_string());
    let text = region.run(&["journal", "show", id]).good().text();
    assert!(text.contains("registry: state ") && text.contains("in force since"), "{text}");

    region.edit("routes.d/access.toml", ROW, "consumer = \"RPGU01641\"\nservice = \"SID0003245\"");
    region.run(&["reload"]).good();
    assert!(region.stop_bus().success());
    let entries = history(&region);
    let reloaded = entries.last().unwrap();
    assert_eq!((&reloaded["event"], &reloaded["command"]), (&"in_force".into(), &"reload".into()));
    let message = format!("services/{SERVICE}/1.00/control-example/request.xml");
    assert_eq!(region.run(&["explain", &message, "--service", SERVICE]).code, 1);
    let example = region.control_example(SERVICE);
    let message = example.to_str().unwrap();
    assert_eq!(region.run(&["explain", message, "--service", SERVICE]).code, 1);
    // The keys of then are gone: the decision is explained all the same, and nothing can be signed with it.
    for key in ["certs/node/node.key.pem", "certs/is/ARHV01641.key.pem"] {
        fs::remove_file(region.path().join(key)).unwrap();
    }
    let time = record["header"]["time"].as_str().unwrap();
    for as_of in [&decided[..12], time] {
        let then = ["explain", message, "--service", SERVICE, "--as-of", as_of, "--json"];
        let told = region.run(&then).good().json();
        assert_eq!(told["explanation"]["registry"], decided);
        assert_eq!(told["explanation"]["access"]["consumer"], "SOCZ01641");
    }
    let early = region.run(&["explain", message, "--as-of", "2020-01-01T00:00:00Z"]);
    assert!(early.code == 1 && early.stderr.contains("no state is recorded as early"), "{}", early.stderr);
}

/// An officer with a key, registered.
fn officer(region: &Region, name: &str, side: &str) -> [String; 2] {
    let files = issue(region, &Wanted { common_name: name, organization: "Оператор", ..Wanted::default() });
    let row = format!("\n[[officer]]\nname = \"{name}\"\nside = \"{side}\"\ncertificate = \"{}\"\n", files[0]);
    region.append("routes.toml", &row);
    files
}

fn sign(region: &Region, officer: &[String; 2]) -> Ran {
    region.run(&["registry", "sign", "--certificate", &officer[0], "--key", &officer[1], "--lang", "en"])
}

fn two_persons(region: &Region, on: bool) {
    let path = region.path().join("routes.toml");
    let text = fs::read_to_string(&path).unwrap();
    let without = text.replace("\n[approval]\ntwo_persons = true\n", "");
    let with = if on { without + "\n[approval]\ntwo_persons = true\n" } else { without };
    fs::write(&path, with).unwrap();
}

fn refused(ran: &Ran, why: &str) {
    let told = ran.text() + &ran.stderr;
    assert!(ran.code == 1 && told.contains("not approved") && told.contains(why), "{}: {told}", ran.code);
}

#[test]
fn rights_and_keys_are_put_in_force_by_two_persons_only() {
    let mut region = Region::prepared();
    let petrova = officer(&region, "Петрова А. А.", "operator");
    let sidorov = officer(&region, "Сидоров Б. Б.", "operator");
    let owner = officer(&region, "Владелец Г. Г.", "FNS0");
    two_persons(&region, true);
    refused(&region.run(&["check"]), "signed by: nobody");
    let start = region.run(&["serve"]);
    refused(&start, "signed by: nobody");
    let shown = sign(&region, &petrova).good().text();
    assert!(shown.contains("wins the right: SOCZ01641 → SID0003245") && shown.contains("1 of 2"), "{shown}");
    refused(&region.run(&["check"]), "signed by: Петрова А. А.");
    assert!(sign(&region, &petrova).stderr.contains("has signed"), "nobody signs twice");
    assert!(
        sign(&region, &owner).stderr.contains("no officer of the operator"),
        "an owner does not sign for the operator"
    );
    assert!(sign(&region, &sidorov).good().text().contains("2 of 2"));
    region.run(&["check"]).good();
    region.start_bus();

    // One person changes a right: the bus goes on with what was signed.
    let in_force = || region.run(&["status", "--json"]).good().json()["registry"].clone();
    let before = in_force();
    region.edit("routes.d/access.toml", ROW, "consumer = \"RPGU01641\"\nservice = \"SID0003245\"");
    refused(&region.run(&["reload"]), "signed by: nobody");
    let shown = sign(&region, &petrova).good().text();
    assert!(shown.contains("loses the right: SOCZ01641 → SID0003245") && !shown.contains("SID0064004"), "{shown}");
    refused(&region.run(&["reload"]), "signed by: Петрова А. А.");
    assert_eq!(in_force(), before);
    sign(&region, &sidorov).good();
    region.run(&["reload"]).good();

    // What they signed before does not bring the right back for one of them.
    let back = region.run(&["registry", "rollback", "--reason", "один", "--lang", "en"]);
    refused(&back, "to follow another state than the one in force");
    region.edit("routes.d/access.toml", "consumer = \"RPGU01641\"\nservice = \"SID0003245\"", ROW);
    refused(&region.run(&["reload"]), "to follow another state than the one in force");
    region.edit("routes.d/access.toml", ROW, "consumer = \"RPGU01641\"\nservice = \"SID0003245\"");
    region.run(&["reload"]).good();
    // What is no right needs nobody: the texts of the registry are one person's business.
    region.append("routes.d/access.toml", "# a comment\n");
    region.run(&["reload"]).good();
}

#[test]
fn two_persons_are_not_switched_off_by_one() {
    let mut region = Region::prepared();
    let petrova = officer(&region, "Петрова А. А.", "operator");
    let sidorov = officer(&region, "Сидоров Б. Б.", "operator");
    two_persons(&region, true);
    sign(&region, &petrova).good();
    sign(&region, &sidorov).good();
    region.start_bus();

    two_persons(&region, false);
    refused(&region.run(&["reload"]), "officers of the registry in force");
    assert!(region.stop_bus().success());
    // Nor by stopping the bus first.
    refused(&region.run(&["serve"]), "officers of the registry in force");
    refused(&region.run(&["check"]), "officers of the registry in force");
    // Nor by taking away what tells who they are.
    let elsewhere = region.run(&["serve", "--data", "elsewhere"]);
    assert!(
        elsewhere.code == 1 && elsewhere.stderr.contains("the history that tells the last one is not here"),
        "{}",
        elsewhere.stderr
    );
    let log = region.path().join("data/_registry/log.jsonl");
    let history = fs::read(&log).unwrap();
    fs::write(&log, "nonsense\n").unwrap();
    let blind = region.run(&["serve"]);
    assert!(blind.code == 1 && blind.stderr.contains("cannot be read"), "{}", blind.stderr);
    fs::write(&log, history).unwrap();
    // Nor by officers of one's own making.
    two_persons(&region, true);
    let own = fs::read_to_string(region.path().join("routes.toml")).unwrap();
    let first = officer(&region, "Свой Ж. Ж.", "operator");
    let second = officer(&region, "Подставной И. И.", "operator");
    sign(&region, &first).good();
    sign(&region, &second).good();
    refused(&region.run(&["serve"]), "officers of the registry in force");
    fs::write(region.path().join("routes.toml"), own).unwrap();
    region.run(&["check"]).good();
    // By the two it is.
    two_persons(&region, false);
    sign(&region, &petrova).good();
    refused(&region.run(&["check"]), "signed by: Петрова А. А.");
    sign(&region, &sidorov).good();
    region.start_bus();
}

#[test]
fn a_signature_moved_to_another_digest_does_not_count() {
    let region = Region::prepared();
    let officers = ["Петрова А. А.", "Сидоров Б. Б."].map(|name| officer(&region, name, "operator"));
    two_persons(&region, true);
    for officer in &officers {
        sign(&region, officer).good();
    }
    let folder = region.path().join("approvals");
    let only = |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).next().unwrap();
    let signed = only(&folder);
    region.edit("routes.d/access.toml", ROW, "consumer = \"RPGU01641\"\nservice = \"SID0003245\"");
    let missing =
        region.run(&["registry", "sign", "--certificate", &officers[0][0], "--key", &officers[0][1], "--dry-run"]);
    let digest = missing
        .good()
        .text()
        .lines()
        .find_map(|line| line.rsplit(' ').next().filter(|word| word.len() == 64).map(str::to_owned));
    let to = folder.join(format!("{}.jsonl", digest.unwrap()));
    fs::copy(&signed, &to).unwrap();
    refused(&region.run(&["check"]), "is over another digest");
    let old = signed.file_stem().unwrap().to_string_lossy().into_owned();
    let new = to.file_stem().unwrap().to_string_lossy().into_owned();
    fs::write(&to, fs::read_to_string(&signed).unwrap().replace(&old, &new)).unwrap();
    refused(&region.run(&["check"]), "does not hold");
    // What was forged in their names keeps neither from signing.
    for officer in &officers {
        sign(&region, officer).good();
        let twice = sign(&region, officer);
        assert!(twice.code == 1 && twice.stderr.contains("has signed rights and keys"), "{}", twice.stderr);
    }
    region.run(&["check"]).good();
}

#[test]
fn signatures_of_officers_and_calendars_are_on_record() {
    let mut region = Region::without_bus();
    region.start_bus();
    let [certificate, key] = officer(&region, "Петрова А. А.", "operator");
    let words = ["registry", "sign", "--certificate", &certificate, "--key", &key, "--reason", "приказ 17"];
    region.run(&words).good();
    fs::write(region.path().join("moved.csv"), "date,kind\n2027-01-11,holiday\n").unwrap();
    region.run(&["calendar", "import", "moved.csv", "--reason", "постановление 8"]).good();
    let audit = region.records(&["--store", "_node.audit"]);
    for reason in ["приказ 17", "постановление 8"] {
        assert!(audit.iter().any(|record| record["header"]["audit"]["reason"] == reason), "{reason}: {audit:?}");
    }
}
