//! Whoever has a case file in his hands and changes it, clumsily or with care: it does not hold any more.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use journal::proof::Cover;
use journal::{
    Body, Checkpoint, Digest, Form, Header, Journal, Kind, Notary, Options, Reader, Record, Role, StoreName,
};
use pki::Identity;
use pki::test_ca::{CertificateRequest, Extras, self_signed};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::case::{MANIFEST, Made};

struct Hand(Identity);

impl Hand {
    fn of(name: &'static str, seed: u8) -> Self {
        let from: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let request = CertificateRequest {
            common_name: name,
            organization: "узел",
            algorithm: pki::Algorithm::Gost2012_256,
            parameter_set: None,
            not_before: from,
            not_after: from + SignedDuration::from_hours(24 * 365),
        };
        Self(self_signed(&request, &Extras::default(), &[seed; 64]).unwrap())
    }

    /// As somebody would name it who verifies.
    fn named(&self) -> NodeCertificates {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("node.pem");
        std::fs::write(&file, self.0.certificate().to_pem()).unwrap();
        NodeCertificates::named(&[file], None).unwrap()
    }
}

impl Notary for Hand {
    fn node(&self) -> String {
        "RSMV01641".to_owned()
    }
    fn certificate(&self) -> Vec<u8> {
        self.0.certificate().der().to_vec()
    }
    fn algorithm(&self) -> String {
        self.0.key().algorithm().label().to_owned()
    }
    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, String> {
        self.0.key().sign(octets, &[7; 32]).map_err(|error| error.to_string())
    }
}

const MANIFEST_OF_REGISTRY: &[u8] = b"00  routes.toml\n";

fn step(kind: Kind, number: u128) -> Record {
    let mut header = Header::new(Uuid::from_u128(number), kind, "2026-11-22T10:00:00Z".parse().unwrap());
    header.registry = Digest::of([MANIFEST_OF_REGISTRY]).to_string();
    let octets = Bytes::from(format!("<soap:Envelope>{number} {kind:?}</soap:Envelope>"));
    Record { header, bodies: vec![Body { role: Role::Received, form: Form::Whole, octets }] }
}

/// A journal of two exchanges with its checkpoint signed by `hand`, as a case.
async fn written(hand: &Hand) -> (TempDir, Case) {
    let directory = tempfile::tempdir().unwrap();
    let store = StoreName::new("SOCZ").unwrap();
    let journal = Journal::open(Options::new(directory.path())).unwrap();
    for record in [step(Kind::Accepted, 1), step(Kind::Answered, 1), step(Kind::Accepted, 2), step(Kind::Answered, 2)] {
        let _ = journal.append(std::slice::from_ref(&store), &record).await.unwrap();
    }
    journal.close();
    let time = "2026-11-22T11:00:00Z".parse().unwrap();
    assert!(journal.checkpoint(time, hand).into_iter().all(|(_, signed)| signed.is_ok()));
    let reader = Reader::open(directory.path()).unwrap();
    let month = "2026-11".parse().unwrap();
    let proved = reader.prove(&store, month, &[0, 1, 2, 3]).unwrap().unwrap();
    let pieces = proved.proofs.into_iter().map(|proof| {
        let lifted = reader.lift(&proof.record).unwrap();
        Piece::of(&lifted, Some((proof, proved.cover.clone())))
    });
    let made = Made {
        asked: "17".to_owned(),
        time,
        who: "root (uid 0)".to_owned(),
        reason: "test".to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        complete: true,
    };
    let own = Bytes::from(hand.certificate());
    let case = Case {
        made,
        pieces: pieces.collect(),
        certificates: vec![own.clone()],
        nodes: vec![own],
        lists: vec![Bytes::from_static(b"a list")],
        registry: Some(Bytes::from_static(MANIFEST_OF_REGISTRY)),
    };
    (directory, case)
}

fn states(files: &Files, known: &NodeCertificates) -> Table {
    let mut table = Table::default();
    examine(files, known, &mut table);
    table
}

fn fails(files: &Files, known: &NodeCertificates) -> bool {
    states(files, known).has(State::Fails)
}

/// What fails, in words.
fn failing(files: &Files, known: &NodeCertificates) -> String {
    states(files, known).0.into_iter().filter(|row| row.state == State::Fails).map(|row| row.en + "\n").collect()
}

/// Lists the files anew, as somebody does who covers his tracks.
fn relisted(mut files: Files) -> Files {
    let mut manifest: Value = serde_json::from_slice(&files[MANIFEST]).unwrap();
    let list = files.iter().filter(|(name, _)| *name != MANIFEST).map(|(name, octets)| {
        json!({"name": name, "bytes": octets.len(), "sha256": Digest::of([octets.as_ref()]).to_string()})
    });
    manifest["files"] = list.collect();
    files.insert(MANIFEST.to_owned(), serde_json::to_vec_pretty(&manifest).unwrap().into());
    files
}

#[tokio::test]
async fn a_case_file_as_written_holds_and_survives_the_zip() {
    let hand = Hand::of("node", 1);
    let (_directory, case) = written(&hand).await;
    let files = case.files();
    let again = archive::read(&archive::write(&files).unwrap()).unwrap();
    assert_eq!((&again, Case::read(&again)), (&files, Ok(case)));
    let table = states(&again, &hand.named());
    assert!(!table.has(State::Fails) && !table.has(State::CannotBeSaid), "{table:#?}");
}

#[tokio::test]
async fn any_file_of_a_case_changed_is_found_also_when_the_manifest_is_made_anew() {
    let hand = Hand::of("node", 1);
    let (_directory, case) = written(&hand).await;
    let (files, known) = (case.files(), hand.named());
    for name in files.keys() {
        let mut changed = files.clone();
        let mut octets = files[name].to_vec();
        let middle = octets.len() / 2;
        octets[middle] ^= 1;
        changed.insert(name.clone(), octets.into());
        assert!(fails(&changed, &known), "{name}");
        let mut gone = files.clone();
        gone.remove(name);
        assert!(fails(&gone, &known), "{name} taken out");
        if name != MANIFEST {
            assert!(fails(&relisted(changed), &known), "{name}, listed anew");
        }
    }
    let mut more = files.clone();
    more.insert("records/SOCZ/2026-11/0/9-received.xml".to_owned(), Bytes::from_static(b"<forged/>"));
    assert!(fails(&more, &known));
    assert!(fails(&relisted(more), &known), "a file that nothing vouches for");
}

#[tokio::test]
async fn a_path_changed_does_not_lead_to_the_signed_root() {
    let hand = Hand::of("node", 1);
    let (_directory, mut case) = written(&hand).await;
    let (proof, _) = case.pieces[1].proof.as_mut().unwrap();
    proof.path[0] = Digest::of([&b"other"[..]]);
    let told = failing(&case.files(), &hand.named());
    assert!(told.contains("record SOCZ/2026-11/1: the path does not lead to the signed root"), "{told}");
}

#[tokio::test]
async fn a_checkpoint_of_another_key_is_not_the_nodes() {
    let (node, forger) = (Hand::of("node", 1), Hand::of("forger", 2));
    let (_directory, case) = written(&forger).await;
    let told = failing(&case.files(), &node.named());
    assert!(told.contains("is not the one named as the node's"), "{told}");
    // Nobody named: nothing is wrong, and yet it is no yes.
    let nobody = NodeCertificates::nobody();
    let table = states(&case.files(), &nobody);
    assert!(!table.has(State::Fails) && table.has(State::CannotBeSaid));
    // The forger names the node's certificate in his text: then the signature is not one by it.
    let (_directory, mut case) = written(&forger).await;
    for piece in &mut case.pieces {
        let (_, cover) = piece.proof.as_mut().unwrap();
        let text = cover.to_string();
        let sha256 = Digest::of([node.certificate().as_slice()]).to_string();
        let own = cover.signed().certificate.to_string();
        *cover = Cover::Checkpoint(Checkpoint::parse(&text.replace(&own, &sha256)).unwrap());
    }
    case.nodes = vec![node.certificate().into()];
    let told = failing(&case.files(), &node.named());
    assert!(told.contains("its signature does not hold"), "{told}");
}

#[tokio::test]
async fn headers_swapped_between_two_records_are_found() {
    let hand = Hand::of("node", 1);
    let (_directory, case) = written(&hand).await;
    let mut swapped = case.clone();
    let [one, _, other, _] = swapped.pieces.as_mut_slice() else { panic!("four records") };
    std::mem::swap(&mut one.json, &mut other.json);
    let told = failing(&swapped.files(), &hand.named());
    assert!(told.contains("record SOCZ/2026-11/0: these are not the octets on record: the header"), "{told}");
    // Whole records under the names of each other.
    let mut swapped = case;
    let [one, _, other, _] = swapped.pieces.as_mut_slice() else { panic!("four records") };
    std::mem::swap(&mut one.id, &mut other.id);
    let told = failing(&swapped.files(), &hand.named());
    assert!(told.contains("record SOCZ/2026-11/2: these are not the octets on record"), "{told}");
}

#[tokio::test]
async fn a_record_without_proof_is_no_yes() {
    let hand = Hand::of("node", 1);
    let (_directory, mut case) = written(&hand).await;
    case.pieces[3].proof = None;
    let table = states(&case.files(), &hand.named());
    assert!(!table.has(State::Fails) && table.has(State::CannotBeSaid), "{table:#?}");
}
