//! Real messages with known diagnoses. RSMEV_SAMPLES names the directory that holds them.

use std::io::Write as _;

use crate::{explain, names};

/// Beginning of the file name, and what there is to say of it.
const CORPUS: [(&str, &[&str]); 12] = [
    ("01-", &[]),
    ("02-", &["looks-reformatted", "signed-info-reformatted"]),
    ("03-", &["signed-info-reformatted"]),
    ("04-", &[]),
    ("05-", &[]),
    ("06-", &[]),
    ("07-", &[]),
    ("08-", &[]),
    ("09-", &[]),
    ("10-", &["part-reformatted", "signed-info-reformatted"]),
    ("11-", &["not-signed"]),
    ("12-", &["smev3"]),
];

#[test]
fn every_sample_gets_its_diagnosis() {
    let Some(directory) = std::env::var_os("RSMEV_SAMPLES") else {
        let _ = writeln!(std::io::stderr(), "skipped: RSMEV_SAMPLES is not set");
        return;
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if let Some((start, _)) = CORPUS.iter().find(|(start, _)| name.starts_with(start)) {
            let explanation = explain(&std::fs::read_to_string(&path).unwrap());
            found.push((*start, names(&explanation)));
        }
    }
    found.sort();
    let known: Vec<_> = CORPUS.iter().map(|(start, causes)| (*start, causes.to_vec())).collect();
    assert_eq!(found, known);
}
