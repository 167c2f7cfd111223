//! The words of the command line: exit codes, streams, the shape of what programs read.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::pipe;
use std::process::Stdio;

use serde_json::Value;

use crate::golden;
use crate::keys::secret;
use crate::message::{changed, unsigned};
use crate::region::{Ran, Region, rsmev};

#[test]
fn exit_codes_tell_no_from_wrong_words_and_from_trouble() {
    let region = Region::written();
    region.nobody_at_home();
    fs::write(region.path().join("empty.xml"), "").unwrap();
    for (code, words) in [
        (0, &["--help"][..]),
        (0, &["--version"]),
        (0, &["check"]),
        (3, &["check", "--config", "nowhere.toml"]),
        (1, &["status"]),
        (1, &["signature", "verify", "--no-trust", "empty.xml"]),
        (2, &[]),
        (2, &["sevre"]),
        (2, &["check", "--jsn"]),
        (2, &["journal", "show"]),
        (2, &["journal", "list", "--kind", "sent"]),
        (2, &["journal", "list", "--store", "../etc"]),
        (2, &["journal", "list", "--since", "yesterday"]),
        (2, &["journal", "show", "SOCZ"]),
        (2, &["signature", "verify"]),
        (2, &["stand", "send", ".", "--kind", "pigeon"]),
        (3, &["journal", "list"]),
        (3, &["explain", "nowhere.xml", "--service", "SID0064001"]),
        (3, &["signature", "verify", "--no-trust", "nowhere.xml"]),
    ] {
        let ran = region.run(words);
        assert_eq!(ran.code, code, "{words:?}: {}", ran.stderr);
        if code > 0 && words.first() != Some(&"signature") {
            assert_eq!(ran.text(), "", "{words:?}: talk belongs to stderr");
        }
        assert_eq!(ran.stderr.is_empty(), code == 0, "{words:?}: {}", ran.stderr);
    }
}

#[test]
fn what_goes_wrong_is_said_with_a_next_step() {
    let region = Region::written();
    region.nobody_at_home();
    let mut text = String::new();
    for words in [
        "check --config nowhere.toml",
        "status",
        "explain nowhere.xml",
        "signature verify --no-trust nowhere.xml",
        "journal list --kind sent",
        "journal list",
        "journal show SOCZ",
        "journal show SOCZ/2026-11/1",
        "journal trace 17",
        "stand init .",
        "stand send . --kind pigeon",
    ] {
        let ran = region.run(&words.split(' ').collect::<Vec<_>>());
        text += &(golden::shown(&format!("rsmev {words}"), &ran) + "\n");
    }
    golden::compare("words.txt", &text);
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let region = Region::written();
    let example = region.control_example("SID0064001");
    let example = example.to_str().unwrap();
    for words in [
        &["check", "--json"][..],
        &["signature", "verify", "--no-trust", example],
        &["explain", example, "--json"],
        &["--help"],
    ] {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let mut command = region.command(words);
        let ran = Ran::of(command.stdout(writer).stderr(Stdio::piped()).output().unwrap());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{words:?}");
    }
}

#[test]
fn verdicts_on_signatures_keep_their_shape() {
    let region = Region::written();
    let example = fs::read_to_string(region.control_example("SID0064001")).unwrap();
    fs::write(region.path().join("good.xml"), &example).unwrap();
    fs::write(region.path().join("changed.xml"), changed(&example)).unwrap();
    fs::write(region.path().join("unsigned.xml"), unsigned(&example)).unwrap();
    let all = ["signature", "verify", "--json", "--no-trust", "good.xml", "changed.xml", "unsigned.xml"];
    let ran = region.run(&all);
    assert_eq!(ran.code, 1);
    golden::compare("signature/verify.json", &golden::shown(&format!("rsmev {}", all.join(" ")), &ran));
    keeps_its_shape(&ran.json());
    let text = region.run(&["signature", "verify", "good.xml", "changed.xml", "unsigned.xml"]);
    golden::compare("signature/verify.txt", &golden::shown("rsmev signature verify good.xml …", &text));

    // Somebody else's registry knows nobody here; far in the future everybody's certificate has ended.
    let elsewhere = Region::written();
    let foreign = elsewhere.path().join("routes.toml");
    let foreign = ["signature", "verify", "--json", "good.xml", "--config", foreign.to_str().unwrap()];
    let later = ["signature", "verify", "--json", "good.xml", "--at", "2099-01-01T00:00:00Z"];
    for (words, code, chain) in [(&foreign[..], "SMEV-100011", "untrusted"), (&later, "SMEV-100005", "expired")] {
        let ran = region.run(words);
        assert_eq!(ran.code, 1);
        let verdict = &ran.json()[0];
        assert_eq!((&verdict["code"], &verdict["signatures"][0]["chain"]), (&code.into(), &chain.into()));
    }
}

/// The names and words that other programs rely on.
fn keeps_its_shape(verdicts: &Value) {
    let names = |value: &Value| -> BTreeSet<String> { value.as_object().unwrap().keys().cloned().collect() };
    let has = |value: &Value, wanted: &[&str]| {
        let names = names(value);
        assert!(wanted.iter().all(|name| names.contains(*name)), "{wanted:?} in {names:?}");
    };
    for verdict in verdicts.as_array().unwrap() {
        has(verdict, &["file", "verdict", "code", "signatures"]);
        assert!(["accepted", "refused"].contains(&verdict["verdict"].as_str().unwrap()));
        assert_eq!(verdict["code"].is_null(), verdict["verdict"] == "accepted");
        for signature in verdict["signatures"].as_array().unwrap() {
            has(signature, &["kind", "actor", "algorithm", "covers", "digests", "value", "chain", "certificate"]);
            assert!(["ЭП-ОВ", "ЭП-СМЭВ", "ЭП-СП", "other"].contains(&signature["kind"].as_str().unwrap()));
            assert_eq!(signature["chain"], "unchecked");
            has(&signature["certificate"], &["subject", "issuer", "serial", "not_before", "not_after"]);
        }
    }
}

#[test]
fn a_message_signed_at_the_command_line_passes_the_bus() {
    let region = Region::written();
    let example = fs::read_to_string(region.control_example("SID0064001")).unwrap();
    fs::write(region.path().join("draft.xml"), unsigned(&example)).unwrap();
    let system = region.described.consumers("SID0064001").next().unwrap().to_owned();
    let (certificate, key) = (format!("certs/is/{system}.pem"), format!("certs/is/{system}.key.pem"));
    let sign = ["signature", "sign", "draft.xml", "--certificate", &certificate, "--key", &key];
    let signed = region.run(&sign).good().stdout;
    fs::write(region.path().join("signed.xml"), signed).unwrap();
    region.run(&["signature", "verify", "signed.xml"]).good();
    region.run(&["explain", "signed.xml"]).good();

    secret(&region.path().join("pass"), b"correct horse battery\n");
    let encrypt = ["key", "encrypt", &key, "--passphrase-file", "pass", "--out", "closed.pem"];
    region.run(&encrypt).good();
    let mut closed = sign.to_vec();
    closed[6] = "closed.pem";
    let refused = region.run(&closed);
    assert!(refused.code == 1 && refused.stderr.contains("--key-passphrase-file FILE"), "{}", refused.stderr);
    let signed = region.run(&[&closed[..], &["--key-passphrase-file", "pass"]].concat()).good().stdout;
    fs::write(region.path().join("closed.xml"), signed).unwrap();
    region.run(&["signature", "verify", "closed.xml"]).good();

    let twice = region.run(&["signature", "sign", "signed.xml", "--certificate", &certificate, "--key", &key]);
    assert_eq!(twice.code, 1, "{}", twice.stderr);
    let other = region.run(&[
        "signature",
        "sign",
        "draft.xml",
        "--certificate",
        &certificate,
        "--key",
        "certs/node/node.key.pem",
    ]);
    assert_eq!((other.code, other.text().as_str()), (1, ""), "the key of another");
    assert!(!other.stderr.contains("BEGIN"), "{}", other.stderr);
}

#[test]
fn every_command_explains_itself() {
    let helped = |words: &[&str]| Ran::of(rsmev().args(words).arg("--help").env("COLUMNS", "100").output().unwrap());
    let mut text = String::new();
    for words in [
        &[][..],
        &["serve"],
        &["check"],
        &["explain"],
        &["signature", "verify"],
        &["signature", "sign"],
        &["journal"],
        &["journal", "list"],
        &["journal", "show"],
        &["journal", "trace"],
        &["journal", "export"],
        &["journal", "case"],
        &["journal", "verify"],
        &["journal", "head"],
        &["journal", "hold"],
        &["journal", "purge"],
        &["cert"],
        &["cert", "list"],
        &["cert", "add"],
        &["cert", "rotate"],
        &["participant"],
        &["participant", "add"],
        &["participant", "suspend"],
        &["system", "list"],
        &["system", "add"],
        &["completions"],
        &["man"],
        &["stand"],
        &["stand", "init"],
        &["stand", "send"],
        &["stand", "load"],
    ] {
        let told = helped(words).good().text();
        let _ = write!(text, "$ rsmev {}\n{told}\n", [words, &["--help"]].concat().join(" "));
    }
    golden::compare("help.txt", &text);
}

#[test]
fn the_shell_and_the_manual_know_every_command() {
    let run = |words: &[&str]| Ran::of(rsmev().args(words).output().unwrap());
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell]).good().text();
        for word in ["participant", "suspend", "certificate"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(run(&["completions", "dosshell"]).code, 2);
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("share/man1");
    let told = run(&["man", pages.to_str().unwrap()]).good();
    assert_eq!(told.text(), "", "the pages are the data");
    let page = fs::read_to_string(pages.join("rsmev-participant-contact-add.1")).unwrap();
    assert!(page.contains("Example:") && page.contains("substitute"), "{page}");
    for name in ["rsmev.1", "rsmev-journal-verify.1", "rsmev-cert-rotate.1", "rsmev-completions.1"] {
        assert!(pages.join(name).is_file(), "{name}");
    }
    fs::write(directory.path().join("file"), "").unwrap();
    assert_eq!(run(&["man", directory.path().join("file/x").to_str().unwrap()]).code, 3);
}

#[test]
fn the_language_is_that_of_the_locale_unless_asked_otherwise() {
    for (locale, words, expected) in [
        ("C", &["check", "--config", "nowhere.toml"][..], "error: "),
        ("ru_RU.UTF-8", &["check", "--config", "nowhere.toml"], "ошибка: "),
        ("ru_RU.UTF-8", &["--lang", "en", "check", "--config", "nowhere.toml"], "error: "),
        ("C", &["check", "--config", "nowhere.toml", "--lang", "ru"], "ошибка: "),
    ] {
        let ran = Ran::of(rsmev().args(words).env("LC_ALL", locale).output().unwrap());
        assert!(ran.stderr.starts_with(expected), "{locale} {words:?}: {}", ran.stderr);
    }
}
