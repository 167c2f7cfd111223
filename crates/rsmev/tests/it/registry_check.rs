//! `rsmev check` on registries with one mistake each: the file, the line, what is allowed, the next step.

use std::fmt::Write as _;

use crate::golden;
use crate::region::Region;

/// What is wrong, and how it got so: file, text, text in its place.
const MISTAKES: [(&str, &str, &str, &str); 22] = [
    ("not-toml", "routes.toml", "contour = \"test\"", "contour = \"test"),
    ("unknown-key", "routes.d/access.toml", "until = ", "untill = "),
    ("unknown-table", "routes.d/access.toml", "[[access]]", "[[acces]]"),
    ("missing-key", "routes.toml", "id = \"64\"", "# id"),
    ("wrong-type", "routes.toml", "id = \"64\"", "id = 64"),
    ("unknown-word", "routes.toml", "contour = \"test\"", "contour = \"tests\""),
    (
        "test-algorithms-in-production",
        "routes.toml",
        "contour = \"test\"                   # test | production\nalgorithms = \"gost\" ",
        "contour = \"production\"\nalgorithms = \"gost-and-test\" ",
    ),
    ("bad-size", "routes.toml", "message_bytes = \"10 MiB\"", "message_bytes = \"10 MB\""),
    ("bad-address", "routes.toml", "soap = \"127.0.0.1:8080\"", "soap = \"localhost\""),
    ("same-address-twice", "routes.toml", "admin = \"127.0.0.1:8081\"", "admin = \"127.0.0.1:8080\""),
    ("include-not-there", "routes.toml", "include = [\"routes.d/*.toml\"]", "include = [\"routes.d/acces.toml\"]"),
    ("certificate-missing", "routes.d/participants.toml", "certs/is/SOCZ01641.pem", "certs/is/SOCZ01642.pem"),
    ("certificate-no-pem", "routes.d/participants.toml", "certs/is/SOCZ01641.pem", "region.json"),
    ("certificate-of-two", "routes.d/participants.toml", "certs/is/SOCZ01641.pem", "certs/is/MFCS01641.pem"),
    ("key-does-not-fit", "routes.toml", "certs/node/node.key.pem", "certs/federal/node.key.pem"),
    ("system-twice", "routes.d/participants.toml", "mnemonic = \"SOCZ01641\"", "mnemonic = \"MFCS01641\""),
    ("bad-sid", "routes.d/services.toml", "sid = \"SID0003245\"", "sid = \"SID3245\""),
    ("bad-url", "routes.d/services.toml", "to = \"http://127.0.0.1:1/\"", "to = \"127.0.0.1:1\""),
    ("unknown-consumer", "routes.d/access.toml", "consumer = \"MFCS01641\"", "consumer = \"MFCS01642\""),
    ("unknown-service", "routes.d/access.toml", "service = \"SID0064005\"", "service = \"SID0064006\""),
    ("until-before-from", "routes.d/access.toml", "from = 2", "from = 3"),
    ("unknown-operation", "routes.d/access.toml", "[[access]]\n", "[[access]]\noperations = [\"queryIMN\"]\n"),
];

/// The same for what one replacement cannot do: added to the end of a file.
const ADDITIONS: [(&str, &str, &str); 3] = [
    (
        "routes-that-tie",
        "routes.d/services.toml",
        "\n[[route]]\nservice = \"SID0064001\"\nto = \"http://127.0.0.1:9100/other\"\n",
    ),
    (
        "service-twice",
        "routes.d/services.toml",
        "\n[[service]]\nsid = \"SID0064001\"\nversion = \"1.00\"\nname = \"x\"\nowner = \"ZAGS\"\nprovider = \"ZAGS01641\"\naccess = \"open\"\nformat = \"lenient\"\n",
    ),
    (
        "several-mistakes-at-once",
        "routes.d/access.toml",
        "\n[[access]]\nconsumer = \"NOBODY\"\nservice = \"SID1\"\nuntil = \"tomorrow\"\nreason = \"x\"\n",
    ),
];

#[test]
fn every_mistake_is_told_with_its_place_and_what_is_allowed() {
    let good = Region::written();
    let text = golden::shown("rsmev check", &good.run(&["check"]).good());
    golden::compare("check/good.txt", &text);
    good.edit("routes.toml", "include = [\"routes.d/*.toml\"]", "include = [\"route.d/*.toml\"]");
    let text = golden::shown("rsmev check", &good.run(&["check"]).good());
    golden::compare("check/include-finds-nothing.txt", &text);
    for (name, file, from, to) in MISTAKES {
        let told = format!("# {file}: {} in place of {}\n", to.trim(), from.trim()).replace('\n', "\n# ");
        let told = told.trim_end_matches("# ");
        broken(name, told, |region| region.edit(file, from, to));
    }
    for (name, file, more) in ADDITIONS {
        let told = more.trim().lines().fold(format!("# at the end of {file}:\n"), |mut told, line| {
            let _ = writeln!(told, "#   {line}");
            told
        });
        broken(name, &told, |region| region.append(file, more));
    }
}

fn broken(name: &str, what: &str, spoil: impl FnOnce(&Region)) {
    let region = Region::written();
    spoil(&region);
    let ran = region.run(&["check"]);
    assert_eq!(ran.code, 1, "{name}: {}", ran.stderr);
    let text = ran.text();
    // With file, line and column (or the certificate's file), and with a next step.
    let placed = |line: &str| line.starts_with("certs/") || line.starts_with("region.json: ") || is_place(line);
    assert!(text.lines().any(placed) && text.contains("hint: "), "{name}: {text}");
    let json = region.run(&["check", "--json"]);
    assert_eq!((json.code, &json.json()["ok"]), (1, &false.into()));
    let told = json.json()["problems"].as_array().unwrap().len();
    assert_eq!(told, text.lines().filter(|line| !line.starts_with(' ')).count(), "{name}: {text}");
    golden::compare(&format!("check/{name}.txt"), &(what.to_owned() + &golden::shown("rsmev check", &ran)));
}

/// `routes.d/access.toml:12:5: …`
fn is_place(line: &str) -> bool {
    let mut parts = line.splitn(4, ':');
    let file = parts.next().is_some_and(|file| file.starts_with("routes."));
    file && parts.next().is_some_and(|line| line.parse::<u32>().is_ok())
        && parts.next().is_some_and(|column| column.parse::<u32>().is_ok())
}
