//! Compressed evidence comes back octet by octet, alone and beside its dictionary; damage to a dictionary is named.

use std::fs;
use std::path::Path;
use std::slice::from_ref;

use bytes::Bytes;
use journal::{Body, Damage, Error, Filter, Form, Journal, Kind, Options, Reader, Record, Role};
use tempfile::tempdir;
use uuid::Uuid;

use crate::support::{flip, incompressible, options, record, segment, segments, store};

/// Like signed messages of one agency: much in common, some octets that nobody foresees.
fn message(number: u128) -> Record {
    let mut record = record(Uuid::from_u128(number), Kind::Accepted, 0);
    let random = hex::encode(incompressible(number, 300));
    let request =
        "<smev:Request><smev:Code>SOCZ01641</smev:Code><smev:Name>Министерство</smev:Name></smev:Request>".repeat(20);
    let received = Bytes::from(format!("<soap:Envelope>{request}{random}</soap:Envelope>"));
    let splice = Bytes::from(format!("\u{1}{}", hex::encode(incompressible(number + 1, 100))));
    record.bodies = vec![
        Body { role: Role::Received, form: Form::Whole, octets: received },
        Body { role: Role::Fault, form: Form::Whole, octets: splice },
    ];
    record
}

fn learning(directory: &Path) -> Options {
    Options { learn_bytes: 64 << 10, ..options(directory) }
}

/// Where dictionaries begin in a segment, in octets.
fn dictionaries(directory: &Path, number: u32) -> Vec<usize> {
    let octets = fs::read(segment(directory, "SOCZ", number)).unwrap();
    let head = |at: &usize| octets[*at..].starts_with(b"RSMR\x01\x03");
    (0..octets.len()).filter(head).collect()
}

/// Appends messages until one is compressed with a dictionary; learning goes on beside it.
async fn until_learnt(journal: &Journal, directory: &Path, sent: &mut Vec<Record>) {
    while dictionaries(directory, 0).is_empty() {
        append(journal, sent, 50).await;
        assert!(sent.len() < 50_000, "no dictionary came");
    }
}

async fn append(journal: &Journal, sent: &mut Vec<Record>, count: usize) {
    for _ in 0..count {
        let record = message(sent.len() as u128 * 2 + 1);
        let _ = journal.append(from_ref(&store("SOCZ")), &record).await.unwrap();
        sent.push(record);
    }
}

fn all(directory: &Path) -> Vec<Record> {
    let reader = Reader::open(directory).unwrap();
    let names = reader.list(&Filter::default()).unwrap().map(|entry| entry.unwrap().id);
    names.map(|name| reader.show(&name).unwrap().1).collect()
}

#[tokio::test]
async fn what_is_compressed_comes_back_and_a_dictionary_is_written_once_a_segment() {
    let directory = tempdir().unwrap();
    let mut sent = Vec::new();
    let journal = Journal::open(learning(directory.path())).unwrap();
    append(&journal, &mut sent, 1).await;
    until_learnt(&journal, directory.path(), &mut sent).await;
    let (before, plain) = (length(directory.path()), sent.len());
    append(&journal, &mut sent, 10).await;
    journal.close();
    // Of each, 400 octets cannot be made fewer; the rest nearly vanishes.
    let (with, without) = ((length(directory.path()) - before) / 10, before / plain as u64);
    assert!(with * 4 < without * 3, "{with} octets with a dictionary, {without} without");

    // Another process goes on with the same dictionary.
    let journal = Journal::open(learning(directory.path())).unwrap();
    append(&journal, &mut sent, 10).await;
    journal.close();
    assert_eq!(dictionaries(directory.path(), 0).len(), 1);

    // The next segment can be read by itself.
    let mut small = learning(directory.path());
    small.segment_bytes = length(directory.path());
    let journal = Journal::open(small).unwrap();
    append(&journal, &mut sent, 10).await;
    journal.close();
    assert_eq!(segments(directory.path(), "SOCZ"), 2);
    assert_eq!(dictionaries(directory.path(), 1).len(), 1);
    // A note that leads nowhere costs another copy, no more.
    fs::write(segment(directory.path(), "SOCZ", 0).with_file_name("dictionary.at"), "0 129").unwrap();
    let journal = Journal::open(learning(directory.path())).unwrap();
    append(&journal, &mut sent, 10).await;
    journal.close();

    assert_eq!(all(directory.path()), sent);
    assert!(Reader::open(directory.path()).unwrap().audit().unwrap().holds());
}

#[tokio::test]
async fn a_damaged_dictionary_is_named_by_what_needs_it_and_the_rest_is_read() {
    let directory = tempdir().unwrap();
    let mut sent = Vec::new();
    let journal = Journal::open(learning(directory.path())).unwrap();
    append(&journal, &mut sent, 1).await;
    until_learnt(&journal, directory.path(), &mut sent).await;
    journal.close();
    let before = all(directory.path());
    let at = dictionaries(directory.path(), 0)[0];
    flip(&segment(directory.path(), "SOCZ", 0), at as u64 + 1000);
    let reader = Reader::open(directory.path()).unwrap();
    let audit = reader.audit().unwrap();
    let needing = audit.stores[0].broken.iter().filter(|error| {
        let Error::Broken { damage: Damage::Dictionary { offset, .. }, .. } = error else { return false };
        *offset == at as u64
    });
    let (needing, good) = (needing.count(), usize::try_from(audit.stores[0].records).unwrap());
    assert_eq!(needing + good, sent.len());
    assert_eq!(needing + 1, audit.stores[0].broken.len(), "the dictionary itself is named, too");
    let readable = reader.list(&Filter::default()).unwrap().filter_map(Result::ok);
    let readable: Vec<Record> = readable.map(|entry| reader.show(&entry.id).unwrap().1).collect();
    assert_eq!(readable, before[..good]);
}

fn length(directory: &Path) -> u64 {
    fs::metadata(segment(directory, "SOCZ", 0)).unwrap().len()
}
