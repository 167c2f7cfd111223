//! Real messages with known verdicts. They are not part of the repository: RSMEV_SAMPLES names the directory that holds them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a panic is how a test fails, and a skip is said aloud"
)]

use std::path::PathBuf;

use xmldsig::{Actor, Algorithms, Document, Error, Inspection, Kind, Outcome, Part, Policy};

/// What is known of one signature: kind, covered parts, whether digests and value hold.
type Known = (Kind, &'static [&'static str], Outcome, Outcome);

const OK: Outcome = Outcome::Ok;
const BAD: Outcome = Outcome::Bad;
const NODE: Kind = Kind::NodeSignature;
const SYSTEM: Kind = Kind::SystemSignature;

/// Beginning of the file name, and its signatures in document order.
const CORPUS: &[(&str, &[Known])] = &[
    ("01-", &[(NODE, &["Header", "Body"], OK, OK), (SYSTEM, &["Body"], OK, OK)]),
    ("02-", &[(SYSTEM, &["Body"], BAD, BAD)]),
    ("03-", &[(NODE, &["Header", "Body"], OK, BAD), (SYSTEM, &["Body"], OK, OK)]),
    ("04-", &[(SYSTEM, &["Body"], OK, OK)]),
    ("05-", &[(SYSTEM, &["Body"], OK, OK), (Kind::OfficialSignature, &["AppData"], OK, OK)]),
    ("06-", &[(SYSTEM, &["Body"], OK, OK)]),
    ("07-", &[(SYSTEM, &["Body"], OK, OK)]),
    ("08-", &[(SYSTEM, &["Body"], OK, OK)]),
    ("09-", &[(SYSTEM, &["Body"], OK, OK)]),
    ("10-", &[(SYSTEM, &["Body"], BAD, BAD)]),
    ("11-", &[]),
    (
        "12-",
        &[(
            Kind::Other,
            &["{urn://x-artefacts-smev-gov-ru/services/message-exchange/types/basic/1.1}MessageTypeSelector"],
            BAD,
            OK,
        )],
    ),
];

fn samples() -> Option<Vec<(PathBuf, Vec<u8>)>> {
    let Some(directory) = std::env::var_os("RSMEV_SAMPLES") else {
        println!("skipped: RSMEV_SAMPLES is not set");
        return None;
    };
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .collect();
    files.sort();
    Some(files.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect())
}

fn known_of(path: &std::path::Path) -> &'static [Known] {
    let name = path.file_name().unwrap().to_str().unwrap();
    CORPUS.iter().find(|(start, _)| name.starts_with(start)).unwrap_or_else(|| panic!("{name} is unknown")).1
}

fn summary(inspection: &Inspection) -> (Kind, Vec<&str>, Outcome, Outcome) {
    let covers = inspection.covers.iter().map(String::as_str).collect();
    (inspection.kind, covers, inspection.digests, inspection.value)
}

#[test]
fn every_signature_gets_its_known_verdict() {
    for (path, octets) in samples().unwrap_or_default() {
        let document = Document::parse(&octets).unwrap();
        let found = document.inspect();
        let known: Vec<_> =
            known_of(&path).iter().map(|(kind, covers, d, v)| (*kind, covers.to_vec(), *d, *v)).collect();
        assert_eq!(found.iter().map(summary).collect::<Vec<_>>(), known, "{}: {found:#?}", path.display());
        for inspection in &found {
            assert!(inspection.certificate.is_some());
            let holds = inspection.digests == OK && inspection.value == OK;
            assert_eq!(inspection.problem.is_none(), holds, "{}: {:?}", path.display(), inspection.problem);
        }
    }
}

/// The verdict by libxmlsec1 and the one computed apart from it agree, and so do the octets.
#[test]
fn libxmlsec1_agrees_with_the_second_opinion() {
    for (path, octets) in samples().unwrap_or_default() {
        let document = Document::parse(&octets).unwrap();
        for inspection in document.inspect() {
            let (actor, cover): (_, &[Part]) = match inspection.kind {
                Kind::SystemSignature => (Actor::Sender, &[Part::Body]),
                Kind::NodeSignature => (Actor::Recipient, &[Part::Body, Part::Header]),
                _ => continue,
            };
            let policy = Policy { actor, cover, algorithms: Algorithms::Gost };
            let answer = document.verify(&policy, &|der| Ok(pki::Certificate::from_der(der).unwrap()));
            match (inspection.digests, inspection.value, answer) {
                (OK, OK, Ok(verified)) => {
                    assert_eq!(verified.certificate.der(), document.token(actor).unwrap());
                    for covered in verified.covered {
                        assert!(covered.plain);
                        assert_eq!(covered.octets, document.canonical(&covered.part).unwrap());
                    }
                }
                (BAD, _, Err(Error::WrongDigest { .. })) | (OK, BAD, Err(Error::WrongSignature)) => {}
                (digests, value, answer) => panic!("{}: {digests:?} {value:?} {answer:?}", path.display()),
            }
        }
    }
}

#[test]
fn smev3_transform_is_named_as_unknown() {
    let Some(samples) = samples() else { return };
    let (_, octets) =
        samples.iter().find(|(path, _)| known_of(path).len() == 1 && known_of(path)[0].0 == Kind::Other).unwrap();
    let found = Document::parse(octets).unwrap().inspect();
    match &found[0].problem {
        Some(Error::UnknownTransform { uri }) => assert_eq!(uri, "urn://smev-gov-ru/xmldsig/transform"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn unsigned_message_has_no_signature_to_find() {
    for (path, octets) in samples().unwrap_or_default().into_iter().filter(|(path, _)| known_of(path).is_empty()) {
        let document = Document::parse(&octets).unwrap();
        let policy = Policy { actor: Actor::Sender, cover: &[Part::Body], algorithms: Algorithms::Gost };
        let answer = document.verify(&policy, &|_| panic!("nobody to trust in {}", path.display()));
        assert!(matches!(answer, Err(Error::SignatureNotFound { actor: Actor::Sender })), "{answer:?}");
    }
}
