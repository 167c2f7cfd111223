//! `rsmev cert`: what each verb refuses, what it says loudly, and that the registry's text keeps the hand of its writer.

use std::fs;

use pki::Algorithm;

use crate::issue::{Wanted, issue};
use crate::region::Region;

/// The same, registered with remarks of a person around it.
fn with_remarks(region: &Region) -> String {
    let from = "certificates = [\"../certs/is/SOCZ01641.pem\"]";
    let to = "certificates = [   # по заявке 12\n  '../certs/is/SOCZ01641.pem',   # до 2029\n  # дальше — новые\n]";
    region.edit("routes.d/participants.toml", from, to);
    fs::read_to_string(region.path().join("routes.d/participants.toml")).unwrap()
}

#[test]
fn a_certificate_comes_and_goes_and_the_remarks_around_it_stay() {
    let region = Region::written();
    let before = with_remarks(&region);
    let text = || fs::read_to_string(region.path().join("routes.d/participants.toml")).unwrap();
    let added = region.run(&["cert", "add", "SOCZ01641", "certs/next/SOCZ01641.pem", "--trial"]).good();
    assert!(added.stderr.contains("`rsmev reload`"), "{}", added.stderr);
    assert!(text().contains("\n]\ntrial_certificates = [\"../certs/is/SOCZ01641-"), "{}", text());
    region.run(&["check"]).good();
    region.run(&["cert", "add", "SOCZ01641", "certs/next/SOCZ01641.pem"]).good();
    let after = text();
    assert!(!after.contains("trial_certificates"), "{after}");
    let line = after.lines().find(|line| line.contains("SOCZ01641-")).unwrap().to_owned() + "\n";
    assert_eq!(after.replace(&line, ""), before);
    let again = region.run(&["cert", "add", "SOCZ01641", "certs/next/SOCZ01641.pem"]).good();
    assert!(again.text().contains("registered for SOCZ01641 already"), "{}", again.text());
    assert_eq!(text(), after);

    let shown = region.run(&["cert", "show", "SOCZ01641", "--json"]).good().json();
    let newest = shown[1]["fingerprint"].as_str().unwrap().to_owned();
    let file = region.path().join("certs/is").join(line.trim().trim_matches(['"', ',']).rsplit('/').next().unwrap());
    assert!(file.is_file());
    region.run(&["cert", "retire", "SOCZ01641", &newest[..8]]).good();
    assert_eq!(text(), before);
    assert!(file.is_file(), "evidence is read with it");
}

#[test]
fn what_would_be_refused_later_is_refused_at_once_and_nothing_is_written() {
    let region = Region::written();
    region.nobody_at_home();
    let participants = region.path().join("routes.d/participants.toml");
    let before = fs::read(&participants).unwrap();
    let files = |folder: &str| fs::read_dir(region.path().join(folder)).unwrap().count();
    let (certificates, wanted) = (files("certs/is"), Wanted::default());
    let [expired, _] = issue(&region, &Wanted { days: (-30, -1), ..wanted });
    let [foreign, _] = issue(&region, &Wanted { known_authority: false, ..wanted });
    let [ecdsa, _] = issue(&region, &Wanted { algorithm: Algorithm::EcdsaP256Sha256, ..wanted });
    let [good, _] = issue(&region, &wanted);
    let shown = |what: &str| region.run(&["cert", "show", what, "--json"]).good().json()[0]["fingerprint"].clone();
    let only = shown("SOCZ01641").as_str().unwrap().to_owned();
    let hosted = shown("ARHV01641").as_str().unwrap().to_owned();
    let key = "certs/next/SOCZ01641.key.pem";
    for (code, words, told) in [
        (1, &["cert", "add", "NOBODY641", &good][..], "no system NOBODY641"),
        (3, &["cert", "add", "SOCZ01641", "nowhere.pem"], "nowhere.pem"),
        (1, &["cert", "add", "SOCZ01641", "routes.toml"], "hint: the file must hold one X.509 certificate"),
        (1, &["cert", "add", "SOCZ01641", &expired], "order a new certificate"),
        (1, &["cert", "add", "SOCZ01641", &foreign], "[trust]"),
        (1, &["cert", "add", "SOCZ01641", &ecdsa], "for test contours only"),
        (1, &["cert", "add", "SOCZ01641", "certs/ca/test-ca.pem"], "digitalSignature"),
        (1, &["cert", "add", "SOCZ01641", "certs/is/MFCS01641.pem"], "registered for MFCS01641 already"),
        (1, &["cert", "add", "SOCZ01641", "certs/node/node.pem"], "registered for node already"),
        (1, &["cert", "add", "SOCZ01641", "certs/is/MFCS01641.pem", "--trial"], "registered for MFCS01641 already"),
        (1, &["cert", "retire", "SOCZ01641", "0123456789ab"], "has no certificate"),
        (2, &["cert", "retire", "SOCZ01641", &only[..4]], "too short"),
        (1, &["cert", "retire", "SOCZ01641", &only], "the last certificate of SOCZ01641 in force"),
        (1, &["cert", "retire", "SOCZ01641", &only, "--force"], "system.certificates"),
        (1, &["cert", "retire", "ARHV01641", &hosted, "--force"], "rsmev cert rotate"),
        (1, &["cert", "show", "nobody"], "no file, no owner"),
        (2, &["cert", "list", "--within", "soon"], "a number of days"),
        (2, &["cert", "rotate", "SOCZ01641"], "--certificate"),
        (2, &["cert", "rotate", "SOCZ01641", "--rollback", "--dry-run"], "--dry-run"),
        (1, &["cert", "rotate", "SOCZ01641", "--rollback"], "no rotation of SOCZ01641 is on record"),
        (1, &["cert", "rotate", "NOBODY641", "--certificate", &good, "--key", key], "no system NOBODY641"),
        (1, &["cert", "rotate", "SOCZ01641", "--certificate", &good, "--key", key], "no bus answers"),
    ] {
        let ran = region.run(words);
        assert!(ran.code == code && ran.stderr.contains(told), "{words:?}: {} {}", ran.code, ran.stderr);
        assert_eq!(fs::read(&participants).unwrap(), before, "{words:?}");
        assert_eq!(files("certs/is"), certificates, "{words:?}");
    }
}

#[test]
fn a_key_that_does_not_fit_is_noticed_before_anything_changes() {
    let region = Region::running();
    let before = fs::read(region.path().join("routes.toml")).unwrap();
    for (subject, certificate, key) in [
        ("node", "certs/next/node.pem", "certs/next/SOCZ01641.key.pem"),
        ("ARHV01641", "certs/next/ARHV01641.pem", "certs/is/ARHV01641.key.pem"),
        ("SOCZ01641", "certs/next/SOCZ01641.pem", "certs/next/node.key.pem"),
    ] {
        let ran = region.run(&["cert", "rotate", subject, "--certificate", certificate, "--key", key]);
        assert!(ran.code == 1 && ran.stderr.contains("does not belong to"), "{subject}: {}", ran.stderr);
        assert!(!ran.stderr.contains("BEGIN"), "{}", ran.stderr);
    }
    assert_eq!(fs::read(region.path().join("routes.toml")).unwrap(), before);
    assert!(!region.path().join("certs/rotations").exists());
}

#[test]
fn a_changed_name_is_said_loudly() {
    let region = Region::written();
    let wanted = Wanted::default();
    let [same, _] = issue(&region, &wanted);
    let [renamed, _] = issue(&region, &Wanted { organization: "Министерство труда", ..wanted });
    let told = region.run(&["cert", "add", "SOCZ01641", &same]).good();
    assert!(!told.stderr.contains("изменилось"), "{}", told.stderr);
    let told = region.run(&["cert", "add", "SOCZ01641", &renamed]).good();
    for said in [
        "изменилось имя субъекта: федеральная сторона сверяет сертификат с реестром; подайте заявку на замену",
        "O: «Министерство социальной защиты населения» → «Министерство труда»",
    ] {
        assert!(told.stderr.contains(said), "{}", told.stderr);
    }
}

#[test]
fn the_board_names_the_nearest_end_first_and_its_exit_code_is_for_monitoring() {
    let region = Region::written();
    let list = |words: &[&str]| region.run(&[&["cert", "list", "--json"], words].concat());
    let all = list(&[]);
    assert_eq!(all.code, 1, "one certificate of the stand has ended");
    let lines = all.json();
    let ends: Vec<&str> = lines.as_array().unwrap().iter().map(|line| line["not_after"].as_str().unwrap()).collect();
    assert!(ends.is_sorted());
    assert_eq!((&lines[0]["owner"], &lines[0]["lamp"]), (&"OLDS01641".into(), &"expired".into()));
    for name in ["role", "lamp", "days_left", "trust", "has_successor", "fingerprint", "serial", "file"] {
        assert!(!lines[0][name].is_null(), "{name}");
    }
    // The one that forgot its certificate gets a new one: nothing is left to be done.
    let [new, _] = issue(&region, &Wanted { common_name: "OLDS01641", days: (-1, 45), ..Wanted::default() });
    region.run(&["cert", "add", "OLDS01641", &new]).good();
    let quiet = list(&[]);
    assert_eq!((quiet.code, &quiet.json()[0]["has_successor"]), (0, &true.into()));
    assert_eq!(list(&["--within", "60d"]).code, 1, "45 days are within 60");
    assert_eq!(list(&["--at", "2099-01-01T00:00:00Z"]).code, 1);
    let table = region.run(&["cert", "list"]).good().text();
    assert!(table.lines().all(|line| line.chars().count() <= 110), "{table}");
}

#[test]
fn a_certificate_is_taken_apart_wherever_it_lies() {
    let region = Region::written();
    let der = region.path().join("node.cer");
    let certificate =
        pki::Certificate::from_pem(&fs::read(region.path().join("certs/node/node.pem")).unwrap()).unwrap();
    fs::write(&der, certificate.der()).unwrap();
    let fingerprint = certificate.fingerprint().to_string();
    for what in ["node", "certs/node/node.pem", "node.cer", &fingerprint[..8], certificate.serial_hex()] {
        let text = region.run(&["cert", "show", what]).good().text();
        for told in
            [&fingerprint, "CN = ЭП-РСМЭВ, регион 64   (общее имя)", "GOST R 34.10-2012-256, CryptoPro-A", "trusted"]
        {
            assert!(text.contains(told), "{what}: {told} in {text}");
        }
        assert_eq!(text.lines().filter(|line| line.trim_start().starts_with("path ")).count(), 2, "{text}");
    }
}
