//! A record taken out of the journal proves itself, and nothing else in its place.

use bytes::Bytes;
use journal::proof::{Cover, Lifted, Mismatch, Proof};
use journal::{Journal, Reader, RecordId};
use tempfile::TempDir;

use crate::support::{accepted, options, store};
use crate::tampering::{NODE, checkpoint};

async fn written() -> (TempDir, Vec<RecordId>) {
    let directory = tempfile::tempdir().unwrap();
    let mut ids = Vec::new();
    for moment in ["2026-11-22T11:00:00Z", "2026-11-22T12:00:00Z"] {
        let journal = Journal::open(options(directory.path())).unwrap();
        for _ in 0..5 {
            let receipt = journal.append(&[store("SOCZ")], &accepted(300)).await.unwrap();
            ids.extend(receipt.stored().iter().map(|stored| stored.record.clone()));
        }
        let _ = checkpoint(&journal, moment);
    }
    let journal = Journal::open(options(directory.path())).unwrap();
    let receipt = journal.append(&[store("SOCZ")], &accepted(300)).await.unwrap();
    ids.extend(receipt.stored().iter().map(|stored| stored.record.clone()));
    journal.close();
    (directory, ids)
}

fn octets(lifted: &Lifted) -> Bytes {
    lifted.record.bodies.iter().flat_map(|body| body.octets.to_vec()).collect::<Vec<u8>>().into()
}

#[tokio::test]
async fn a_record_is_proved_without_its_log() {
    let (directory, ids) = written().await;
    let reader = Reader::open(directory.path()).unwrap();
    let numbers: Vec<u64> = ids.iter().map(|id| id.sequence).collect();
    let proved = reader.prove(&ids[0].store, ids[0].month, &numbers).unwrap().unwrap();
    assert_eq!((proved.cover.head().entries, proved.proofs.len()), (10, 10), "the last one is not covered yet");
    let sha256 = proved.cover.signed().certificate;
    let certificate = reader.node_certificate(&ids[0].store, ids[0].month, &sha256).unwrap();
    // Everything through text, as it lies in a file.
    let cover = Cover::parse(&proved.cover.to_string()).unwrap();
    assert_eq!(cover.check(&certificate, &NODE), Ok(()));
    for (proof, id) in proved.proofs.iter().zip(&ids) {
        let proof = Proof::parse(&proof.to_string()).unwrap();
        let there = reader.lift(id).unwrap();
        let lifted = Lifted::read(id, &there.head, &there.json, &octets(&there)).unwrap();
        assert_eq!((&lifted.record, lifted.entry.digest), (&there.record, there.entry.digest));
        assert_eq!(proof.leads(&lifted, &cover), Ok(()));
    }
    assert_eq!(Proof::parse(&(proved.proofs[0].to_string() + "\n")), None);
    assert_eq!(Proof::parse(&proved.proofs[0].to_string().replace("index 0", "index 00")), None);
}

#[tokio::test]
async fn octets_of_a_record_changed_or_swapped_are_not_that_record() {
    let (directory, ids) = written().await;
    let reader = Reader::open(directory.path()).unwrap();
    let (one, other) = (reader.lift(&ids[0]).unwrap(), reader.lift(&ids[1]).unwrap());
    let (head, json, bodies) = (one.head.clone(), one.json.clone(), octets(&one));
    let read = |head: &[u8], json: &[u8], bodies: &Bytes| Lifted::read(&ids[0], head, json, bodies).unwrap_err();
    assert_eq!(read(&head, &other.json, &bodies), Mismatch::Header);
    assert_eq!(read(&head, &json, &bodies.slice(1..)), Mismatch::Bodies);
    assert_eq!(read(&other.head, &other.json, &octets(&other)), Mismatch::Number { found: 1 });
    for at in [0, 4, 6, 20, 30, 52, 70, 100, 140, 155, 159] {
        let mut changed = head.clone();
        changed[at] ^= 1;
        assert_eq!(read(&changed, &json, &bodies), Mismatch::Head, "{at}");
    }
    let elsewhere = RecordId { store: store("ZAGS"), ..ids[0].clone() };
    assert!(matches!(Lifted::read(&elsewhere, &head, &json, &bodies), Err(Mismatch::Store { .. })));
}

#[tokio::test]
async fn a_proof_of_another_record_or_tree_leads_nowhere() {
    let (directory, ids) = written().await;
    let reader = Reader::open(directory.path()).unwrap();
    let proved = reader.prove(&ids[0].store, ids[0].month, &[2, 3]).unwrap().unwrap();
    let (proof, lifted, cover) = (&proved.proofs[0], reader.lift(&ids[2]).unwrap(), &proved.cover);
    assert!(proved.proofs[1].leads(&lifted, cover).unwrap_err().contains("is one for"));
    let mut changed = proof.clone();
    changed.path.swap(0, 1);
    assert!(changed.leads(&lifted, cover).unwrap_err().contains("leads to the root"));
    let shorter = Proof { path: proof.path[1..].to_vec(), ..proof.clone() };
    assert!(shorter.leads(&lifted, cover).unwrap_err().contains("does not fit"));
    let text = cover.to_string();
    for (from, to) in [("entries 10", "entries 9"), ("store SOCZ", "store ZAGS"), ("2026-11\n", "2026-10\n")] {
        let other = Cover::parse(&text.replacen(from, to, 1)).unwrap();
        assert!(proof.leads(&lifted, &other).is_err(), "{from} -> {to}");
        let certificate = reader.node_certificate(&ids[0].store, ids[0].month, &cover.signed().certificate).unwrap();
        assert!(other.check(&certificate, &NODE).is_err(), "{from} -> {to}");
    }
}
