//! Packages of services: what is green and what is red, what a new version breaks, and its way from the package to production.

use std::fs;
use std::path::PathBuf;

use crate::golden::{compare, shown};
use crate::region::{Ran, Region};

const RECORD: &str = "services/SID0064001/1.00";

/// Copies the package of a version as that of another one.
fn copy(region: &Region, sid: &str, version: &str) -> PathBuf {
    let from = region.path().join(format!("services/{sid}/1.00"));
    let to = region.path().join(format!("services/{sid}/{version}"));
    fs::create_dir_all(to.join("control-example")).unwrap();
    for folder in ["", "control-example"] {
        for entry in fs::read_dir(from.join(folder)).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), to.join(folder).join(entry.file_name())).unwrap();
            }
        }
    }
    region.edit(
        &format!("services/{sid}/{version}/passport.toml"),
        "version = \"1.00\"",
        &format!("version = \"{version}\""),
    );
    to
}

fn refused(ran: &Ran, words: &str) {
    assert_eq!(ran.code, 1, "{}{}", ran.text(), ran.stderr);
    assert!(ran.stderr.contains(words), "{}", ran.stderr);
}

#[test]
fn every_package_of_the_stand_is_green() {
    let region = Region::written();
    for service in &region.described.services {
        let package = format!("services/{}/{}", service.sid, service.version);
        region.run(&["service", "check", &package]).good();
    }
    let words = ["service", "check", RECORD, "--lang", "en"];
    let ran = region.run(&words);
    compare("package/green.txt", &shown(&format!("rsmev {}", words.join(" ")), &ran));
    let json = region.run(&["service", "check", RECORD, "--json"]).good().json();
    assert_eq!((&json["green"], &json["sid"]), (&true.into(), &"SID0064001".into()));
    // Whoever prepares a package has no registry.
    let alone = Ran::of(
        crate::region::rsmev()
            .args(["service", "check", "."])
            .current_dir(region.path().join(RECORD))
            .output()
            .unwrap(),
    );
    assert!(alone.good().text().contains("control example"));
}

#[test]
fn each_thing_wrong_with_a_package_is_told_with_its_place_and_the_next_step() {
    let region = Region::written();
    let at = |file: &str| format!("{RECORD}/{file}");
    fs::remove_file(region.path().join(at("test-method.md"))).unwrap();
    fs::write(region.path().join(at("user-guide.md")), " \n").unwrap();
    let other = fs::read(region.path().join("services/SID0064002/1.00/information-system.pem")).unwrap();
    fs::write(region.path().join(at("information-system.pem")), other).unwrap();
    region.edit(&at("passport.toml"), "operations = [\"getRecord\"]", "operations = [\"getRecords\"]");
    region.edit(&at("passport.toml"), "access = \"by_consent\"", "access = \"open\"");
    region.edit(
        &at("passport.toml"),
        "[format]\n",
        &format!("[format]\napproved = \"service.wsdl\"\nsha256 = \"{}\"\n", "0".repeat(64)),
    );
    region.edit(&at("control-example/request.xml"), "REQUEST<", "ASK<");
    for (lang, golden) in [("ru", "package/red-ru.txt"), ("en", "package/red.txt")] {
        let words = ["service", "check", RECORD, "--lang", lang];
        compare(golden, &shown(&format!("rsmev {}", words.join(" ")), &region.run(&words)));
    }
    region.edit(&at("passport.toml"), "purpose =", "purpos =");
    region.edit(&at("passport.toml"), "access = \"open\"", "access = \"all\"");
    region.edit(
        &at("service.wsdl"),
        "<wsdl:types>",
        "<wsdl:types><xsd:schema><xsd:include schemaLocation=\"file:///etc/passwd\"/></xsd:schema>",
    );
    let words = ["service", "check", RECORD, "--lang", "en"];
    compare("package/unreadable.txt", &shown(&format!("rsmev {}", words.join(" ")), &region.run(&words)));
    // Nothing red gets into the registry.
    refused(&region.run(&["service", "add", RECORD]), "the package is not in order");
}

#[test]
fn a_link_out_of_a_package_is_not_followed() {
    let region = Region::written();
    std::os::unix::fs::symlink("/etc/passwd", region.path().join(RECORD).join("notes.xsd")).unwrap();
    refused(&region.run(&["service", "check", RECORD]), "no plain file");
}

#[test]
fn what_a_new_version_breaks_and_whom() {
    let region = Region::written();
    copy(&region, "SID0064002", "2.00");
    let wsdl = "services/SID0064002/2.00/service.wsdl";
    let optional =
        |name: &str, kind: &str| format!("<xsd:element name=\"{name}\" type=\"xsd:{kind}\" minOccurs=\"0\"/>");
    let required = |name: &str| format!("<xsd:element name=\"{name}\" type=\"xsd:string\"/>");
    region.edit(wsdl, &optional("Snils", "string"), &required("Snils"));
    let amount = optional("Amount", "decimal") + &optional("Currency", "string");
    region.edit(wsdl, &optional("Amount", "string"), &amount);
    region.run(&["service", "add", "services/SID0064002/2.00"]).good();
    let words = ["schema", "diff", "SID0064002", "1.00", "2.00", "--lang", "ru"];
    compare("package/diff-registered.txt", &shown(&format!("rsmev {}", words.join(" ")), &region.run(&words)));

    region.edit(wsdl, &optional("Patronymic", "string"), "");
    region.edit(wsdl, &optional("Currency", "string"), &required("Currency"));
    let words = ["schema", "diff", "services/SID0064002/1.00", "services/SID0064002/2.00", "--lang", "en"];
    compare("package/diff.txt", &shown(&format!("rsmev {}", words.join(" ")), &region.run(&words)));
    let same = region.run(&["schema", "diff", "services/SID0064002/1.00", "services/SID0064002/1.00", "--json"]);
    assert_eq!(same.good().json()["changes"], serde_json::json!([]));
}

#[test]
fn a_new_version_goes_from_its_package_to_production() {
    let mut region = Region::running();
    let folder = copy(&region, "SID0064001", "2.00");
    let package = "services/SID0064001/2.00";
    let before = fs::read_to_string(region.path().join("routes.d/services.toml")).unwrap();
    let looked = region.run(&["service", "add", package, "--dry-run"]).good();
    assert!(
        looked.text().contains("+stage = \"pilot\"") && looked.text().contains("+default = true"),
        "{}",
        looked.text()
    );
    assert_eq!(fs::read_to_string(region.path().join("routes.d/services.toml")).unwrap(), before);
    region.run(&["service", "add", package, "--reason", "a test", "--reload"]).good();
    refused(&region.run(&["service", "add", package]), "registered already");
    let promote = ["service", "promote", "SID0064001", "2.00", "--to", "trial"];
    refused(&region.run(&promote), "there is no test record");
    refused(&region.run(&["service", "publish", "SID0064001", "2.00"]), "there is no test record");

    let consumer = region.described.system("SOCZ01641").unwrap();
    let (certificate, key) = (consumer.certificate.display().to_string(), consumer.key.display().to_string());
    let trial =
        ["service", "check", package, "--run", "--consumer", "SOCZ01641", "--certificate", &certificate, "--key", &key];
    let ran = region.run(&[&trial[..], &["--lang", "en"]].concat()).good();
    assert!(ran.text().contains("Test record SID0064001 2.00: passed"), "{}", ran.text());
    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("test-record.json")).unwrap()).unwrap();
    let exchange = record["run"]["exchange"].as_str().unwrap();
    let found = region.run(&["journal", "trace", exchange]).good().text();
    assert!(found.contains("SID0064001"), "{found}");

    // A record of another state of the package proves nothing.
    let guide = fs::read(folder.join("user-guide.md")).unwrap();
    fs::write(folder.join("user-guide.md"), [&guide[..], b"\nmore"].concat()).unwrap();
    refused(&region.run(&promote), "another state of the package");
    fs::write(folder.join("user-guide.md"), guide).unwrap();

    region.run(&["service", "publish", "SID0064001", "2.00"]).good();
    region.run(&promote).good();
    let production = ["service", "promote", "SID0064001", "2.00", "--to", "production"];
    refused(&region.run(&production), "in trial operation since");
    assert_eq!(region.run(&[&production[..], &["--force"]].concat()).code, 2);
    region.run(&[&production[..], &["--force", "--reason", "decision 5"]].concat()).good();
    let listed = region.run(&["service", "list", "--json"]).good().json();
    let row = listed.as_array().unwrap().iter().find(|row| row["version"] == "2.00").unwrap();
    assert_eq!(row["stage"], "production");
    assert!(row["from"].is_string() && row["since"].is_string());

    let users = region.run(&["service", "users", "SID0064001", "--json"]).good().json();
    let called: Vec<(&str, &str, u64)> = users
        .as_array()
        .unwrap()
        .iter()
        .map(|user| {
            (user["consumer"].as_str().unwrap(), user["version"].as_str().unwrap(), user["calls"].as_u64().unwrap())
        })
        .filter(|user| user.2 > 0)
        .collect();
    assert_eq!(called, [("SOCZ01641", "2.00", 1)]);
    let retired = region.run(&["service", "retire", "SID0064001", "2.00", "--until", "2031-12-31"]).good();
    assert!(retired.stderr.contains("SOCZ01641 is still on it: 1 calls"), "{}", retired.stderr);
    region.run(&["check"]).good();
    region.stop_bus();
}

#[test]
fn a_trial_whose_answer_is_not_as_promised_does_not_pass() {
    let region = Region::running();
    copy(&region, "SID0064001", "2.00");
    let package = "services/SID0064001/2.00";
    // The WSDL promises an element that the provider does not send.
    let wsdl = format!("{package}/service.wsdl");
    let text = fs::read_to_string(region.path().join(&wsdl)).unwrap();
    let (request, answer) = text.split_once("<xsd:element name=\"getRecordResponse\">").unwrap();
    let answer = answer.replacen("minOccurs=\"1\" maxOccurs=\"2\"", "minOccurs=\"3\" maxOccurs=\"3\"", 1);
    fs::write(region.path().join(&wsdl), format!("{request}<xsd:element name=\"getRecordResponse\">{answer}")).unwrap();
    let ran = region.run(&["service", "check", package, "--lang", "en"]);
    assert_eq!(ran.code, 1);
    // As if its author had not looked: the registry is written by hand.
    let row = fs::read_to_string(region.path().join("routes.d/services.toml")).unwrap();
    let start = row.find("[[service]]\nsid = \"SID0064001\"").unwrap();
    let end = start + row[start..].find("[[route]]").unwrap();
    let version = row[start..end].replace("1.00", "2.00");
    region.edit("routes.d/services.toml", "sid = \"SID0064001\"\n", "sid = \"SID0064001\"\ndefault = true\n");
    region.append("routes.d/services.toml", &format!("\n{version}"));
    region.run(&["reload"]).good();
    let consumer = region.described.system("SOCZ01641").unwrap();
    let (certificate, key) = (consumer.certificate.display().to_string(), consumer.key.display().to_string());
    let trial =
        ["service", "check", package, "--run", "--consumer", "SOCZ01641", "--certificate", &certificate, "--key", &key];
    let ran = region.run(&[&trial[..], &["--lang", "en"]].concat());
    assert_eq!(ran.code, 1);
    assert!(ran.text().contains("NOT PASSED") && ran.text().contains("not as the schema says"), "{}", ran.text());
    refused(&region.run(&["service", "publish", "SID0064001", "2.00"]), "not in order");
}
