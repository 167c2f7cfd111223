//! Messages from the wild, when a directory of them is named by `RSMEV_SAMPLES`: each has one right verdict.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::region::{Ran, rsmev};

const GOOD: (&str, &str) = ("ok", "ok");

/// What a signature is and what it is worth: kind, (digests, value).
type Worth = (&'static str, (&'static str, &'static str));

/// Start of the file's name, the SMEV code of a refusal, its signatures in document order.
const VERDICTS: [(&str, Option<&str>, &[Worth]); 12] = [
    ("01-", None, &[("ЭП-СМЭВ", GOOD), ("ЭП-ОВ", GOOD)]),
    ("02-", Some("SMEV-100003"), &[("ЭП-ОВ", ("bad", "bad"))]),
    ("03-", Some("SMEV-100003"), &[("ЭП-СМЭВ", ("ok", "bad")), ("ЭП-ОВ", GOOD)]),
    ("04-", None, &[("ЭП-ОВ", GOOD)]),
    ("05-", None, &[("ЭП-ОВ", GOOD), ("ЭП-СП", GOOD)]),
    ("06-", None, &[("ЭП-ОВ", GOOD)]),
    ("07-", None, &[("ЭП-ОВ", GOOD)]),
    ("08-", None, &[("ЭП-ОВ", GOOD)]),
    ("09-", None, &[("ЭП-ОВ", GOOD)]),
    ("10-", Some("SMEV-100003"), &[("ЭП-ОВ", ("bad", "bad"))]),
    ("11-", Some("SMEV-100008"), &[]),
    // SMEV 3: its own transform is not in the closed list, so the digest cannot be made.
    ("12-", Some("SMEV-100015"), &[("other", ("bad", "ok"))]),
];

#[test]
fn every_sample_gets_its_verdict() {
    let Some(directory) = std::env::var_os("RSMEV_SAMPLES") else {
        let _ = writeln!(std::io::stderr(), "skipped: RSMEV_SAMPLES names no directory of messages");
        return;
    };
    let files: Vec<PathBuf> = VERDICTS.iter().map(|(start, ..)| find(Path::new(&directory), start)).collect();
    let mut command = rsmev();
    command.args(["signature", "verify", "--json", "--no-trust"]).args(&files);
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(ran.code, 1, "some are refused");
    let verdicts = ran.json();
    assert_eq!(verdicts.as_array().unwrap().len(), files.len());
    for (verdict, (_, code, signatures)) in verdicts.as_array().unwrap().iter().zip(VERDICTS) {
        assert_eq!(verdict["verdict"], if code.is_some() { "refused" } else { "accepted" }, "{verdict:#}");
        assert_eq!(verdict["code"], json!(code), "{verdict:#}");
        let found: Vec<Value> = verdict["signatures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|signature| json!([signature["kind"], [signature["digests"], signature["value"]]]))
            .collect();
        assert_eq!(json!(found), json!(signatures), "{verdict:#}");
    }
    let smev3 = verdicts[11]["reason"].as_str().unwrap();
    assert!(smev3.contains("unknown transform") && smev3.contains("urn://smev-gov-ru/xmldsig/transform"), "{smev3}");
}

fn find(directory: &Path, start: &str) -> PathBuf {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut found = entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(start));
    found.next().unwrap_or_else(|| panic!("no sample {start}…"))
}
