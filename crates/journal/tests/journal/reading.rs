//! What operators and auditors see.

use bytes::Bytes;
use jiff::Timestamp;
use journal::{
    Audited, Body, Entry, Error, Filter, Form, Header, Journal, KeyFound, Kind, Options, Reader, Record, RecordId, Role,
};
use tempfile::tempdir;
use uuid::Uuid;

use crate::support::{SEGMENT_HEAD, accepted, flip, options, record, segment, segments, store, time};
use crate::tampering::NODE;

#[tokio::test]
async fn the_reader_works_while_the_bus_writes() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let reader = Reader::open(directory.path()).unwrap();
    assert_eq!(reader.list(&Filter::default()).unwrap().count(), 0);
    for number in 1..20 {
        let receipt = journal.append(&[store("SOCZ")], &accepted(3000)).await.unwrap();
        assert_eq!(reader.list(&Filter::default()).unwrap().map(Result::unwrap).count(), number);
        assert!(reader.show(receipt.record_ids().next().unwrap()).is_ok());
        assert!(reader.audit().unwrap().holds());
    }
}

#[tokio::test]
async fn filters_let_through_what_they_name() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let mut first = accepted(1);
    first.header.service = Some("SID0003245".to_owned());
    first.header.case_number = Some("17".to_owned());
    let mut second = record(Uuid::new_v4(), Kind::Refused, 1);
    second.header.code = Some("SMEV-100003".to_owned());
    second.header.recipient = Some("FNS001001".to_owned());
    second.header.time = "2026-12-01T00:00:00Z".parse().unwrap();
    let _ = journal.append(&[store("A")], &first).await.unwrap();
    let _ = journal.append(&[store("A"), store("B")], &second).await.unwrap();
    let text = |text: &str| Some(text.to_owned());
    let december: Option<Timestamp> = Some(second.header.time);
    let exchange = second.header.exchange.to_string();
    let with = |set: &dyn Fn(&mut Filter)| {
        let mut filter = Filter::default();
        set(&mut filter);
        filter
    };
    let cases = [
        (Filter::default(), 3),
        (with(&|filter| filter.store = Some(store("A"))), 2),
        (with(&|filter| filter.store = Some(store("C"))), 0),
        (with(&|filter| filter.since = december), 2),
        (with(&|filter| filter.until = december), 1),
        (with(&|filter| (filter.since, filter.until) = (Some(time()), december)), 1),
        (with(&|filter| filter.sender = text("SOCZ01641")), 3),
        (with(&|filter| filter.recipient = text("FNS001001")), 2),
        (with(&|filter| filter.service = text("SID0003245")), 1),
        (with(&|filter| filter.kind = Some(Kind::Refused)), 2),
        (with(&|filter| filter.code = text("SMEV-100003")), 2),
        (with(&|filter| filter.id = text("17")), 1),
        (with(&|filter| filter.id = text(&exchange)), 2),
    ];
    let reader = Reader::open(directory.path()).unwrap();
    for (filter, expected) in cases {
        assert_eq!(reader.list(&filter).unwrap().map(Result::unwrap).count(), expected, "{filter:?}");
    }
}

#[tokio::test]
async fn a_forwarded_message_is_put_together_from_its_splice() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let mut sent = accepted(0);
    sent.bodies[0].octets = Bytes::from_static(b"<e><b/></e>");
    let splice = [&[1][..], &3_u64.to_be_bytes(), &0_u64.to_be_bytes(), &4_u64.to_be_bytes(), b"<h/>"].concat();
    sent.bodies.push(Body { role: Role::Forwarded, form: Form::Splice, octets: splice.into() });
    let receipt = journal.append(&[store("A")], &sent).await.unwrap();
    let id = receipt.record_ids().next().unwrap();
    let (entry, read) = Reader::open(directory.path()).unwrap().show(id).unwrap();
    assert_eq!(read.message(Role::Forwarded).unwrap().unwrap(), "<e><h/><b/></e>");
    assert_eq!(read.message(Role::Received).unwrap().unwrap(), "<e><b/></e>");
    assert_eq!(read.message(Role::Fault).unwrap(), None);
    assert_eq!(entry.bodies.iter().map(|body| body.bytes).collect::<Vec<_>>(), [11, 29]);
    let missing: RecordId = "A/2026-11/1".parse().unwrap();
    assert!(matches!(Reader::open(directory.path()).unwrap().show(&missing), Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_trace_follows_requests_answers_results_and_the_case() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    // A sync request with its answer; a later RESULT refers to it; a status message shares the case with the RESULT.
    let request = accepted(1);
    let mut answer = record(request.header.exchange, Kind::Answered, 1);
    answer.header.foreign_message_id = Some("urn:uuid:7B2A4E0C-9D53-4A53-8A35-6E8B7B6F2A11".to_owned());
    let mut result = accepted(1);
    result.header.request_id_ref = Some("7b2a4e0c-9d53-4a53-8a35-6e8b7b6f2a11".to_owned());
    result.header.case_number = Some("17".to_owned());
    let mut status = accepted(1);
    status.header.case_number = Some("17".to_owned());
    let stranger = accepted(1);
    // Written backwards, so that a single reading would not do.
    for record in [&status, &stranger, &result, &answer, &request] {
        let _ = journal.append(&[store("A")], record).await.unwrap();
    }
    let reader = Reader::open(directory.path()).unwrap();
    for id in [request.header.exchange.to_string(), "17".to_owned(), status.header.exchange.to_string()] {
        let trace = reader.trace(&id).unwrap();
        assert!(trace.complete && trace.broken.is_empty());
        let numbers: Vec<u64> = trace.records.iter().map(|entry| entry.id.sequence).collect();
        assert_eq!(numbers, [0, 2, 3, 4], "{id}");
    }
    assert!(reader.trace("nobody").unwrap().records.is_empty());
}

#[tokio::test]
async fn a_case_number_that_everybody_uses_does_not_drag_in_the_journal() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    for _ in 0..1100 {
        let mut record = accepted(1);
        record.header.case_number = Some("б/н".to_owned());
        let _ = journal.append(&[store("A")], &record).await.unwrap();
    }
    let trace = Reader::open(directory.path()).unwrap().trace("б/н").unwrap();
    assert_eq!((trace.records.len(), trace.complete), (1000, false));
}

/// A refused message without a signature that quotes the identifier.
fn unsigned(quoted: Uuid) -> Record {
    let mut record = record(Uuid::new_v4(), Kind::Refused, 1);
    record.header.sender = None;
    record.header.request_id_ref = Some(quoted.to_string());
    record
}

#[tokio::test]
async fn an_unsigned_message_cannot_link_two_cases() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let of_case = |number: &str| {
        let mut record = accepted(1);
        record.header.case_number = Some(number.to_owned());
        record
    };
    let (first, second) = (of_case("1"), of_case("2"));
    let mut forged = unsigned(first.header.exchange);
    forged.header.case_number = Some("2".to_owned());
    let mut signed = forged.clone();
    signed.header.exchange = Uuid::new_v4();
    signed.header.sender = Some("SOCZ01641".to_owned());
    for record in [&first, &forged, &second] {
        let _ = journal.append(&[store("A")], record).await.unwrap();
    }
    let reader = Reader::open(directory.path()).unwrap();
    let numbers = |id: &str| {
        let trace = reader.trace(id).unwrap();
        assert!(trace.complete && trace.unproven_left_out == 0);
        trace.records.iter().map(|entry| entry.id.sequence).collect::<Vec<u64>>()
    };
    assert_eq!(numbers("1"), [0, 1]);
    assert_eq!(numbers("2"), [1, 2]);
    assert_eq!(numbers(&forged.header.exchange.to_string()), [1]);

    // Refused too, but its sender has signed what it says.
    let _ = journal.append(&[store("A")], &signed).await.unwrap();
    assert_eq!(numbers("1"), [0, 1, 2, 3]);
}

#[tokio::test]
async fn refusals_that_quote_an_id_do_not_hide_its_exchange() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let request = accepted(1);
    let refused = unsigned(Uuid::new_v4());
    let _ = journal.append(&[store("A")], &request).await.unwrap();
    let _ = journal.append(&[store("A")], &refused).await.unwrap();
    for number in 0..1005 {
        let mut forged = unsigned(request.header.exchange);
        // Refusals are found by their own identifier, too, however many quote it.
        forged.header.origin_request_id_ref = (number < 30).then(|| refused.header.exchange.to_string());
        let _ = journal.append(&[store("A")], &forged).await.unwrap();
    }
    let _ = journal.append(&[store("A")], &record(request.header.exchange, Kind::Answered, 1)).await.unwrap();
    let reader = Reader::open(directory.path()).unwrap();
    let traced = |id: Uuid| {
        let trace = reader.trace(&id.to_string()).unwrap();
        assert!(trace.complete && trace.broken.is_empty());
        (trace.records.iter().map(|entry| entry.id.sequence).collect::<Vec<u64>>(), trace.unproven_left_out)
    };
    assert_eq!(traced(request.header.exchange), ([0].into_iter().chain(987..=1007).collect(), 985));
    assert_eq!(traced(refused.header.exchange), ([1].into_iter().chain(12..=31).collect(), 10));
}

#[tokio::test]
async fn the_audit_balances_every_store_and_the_whole() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let both = [store("A"), store("B")];
    let end = |begun: &Record, kind| record(begun.header.exchange, kind, 1);
    let begun: Vec<Record> = (0..6).map(|_| accepted(1)).collect();
    for (number, accepted) in begun.iter().enumerate() {
        let _ = journal.append(&both[..=number % 2], accepted).await.unwrap();
    }
    for (number, kind) in [(0, Kind::Answered), (1, Kind::Answered), (3, Kind::Failed)] {
        let _ = journal.append(&both[..=number % 2], &end(&begun[number], kind)).await.unwrap();
    }
    let _ = journal.append(&both, &record(Uuid::new_v4(), Kind::Refused, 1)).await.unwrap();
    let reader = Reader::open(directory.path()).unwrap();
    let audit = reader.audit().unwrap();
    assert!(audit.holds());
    let whole = (audit.accepted, audit.answered, audit.failed, audit.pending, audit.refused);
    assert_eq!(whole, (6, 2, 1, 3, 1));
    let b = &audit.stores[1];
    assert_eq!((b.accepted, b.answered, b.failed, b.pending, b.refused), (3, 1, 1, 1, 1));

    // An end without a beginning is no balance.
    let _ = journal.append(&both[..1], &end(&begun[0], Kind::Failed)).await.unwrap();
    let audit = reader.audit().unwrap();
    assert!(!audit.holds());
    assert_eq!(audit.stores[0].unmatched, 1);
}

#[tokio::test]
async fn the_last_minutes_are_found_without_reading_what_lies_before() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(Options { segment_bytes: 4096, ..options(directory.path()) }).unwrap();
    for second in 0..40 {
        let mut record = accepted(1000);
        record.header.time = time() + jiff::SignedDuration::from_secs(second);
        let _ = journal.append(&[store("SOCZ")], &record).await.unwrap();
    }
    journal.close();
    assert!(segments(directory.path(), "SOCZ") > 5);
    // What is not read cannot complain: the first segment is damaged.
    flip(&segment(directory.path(), "SOCZ", 0), SEGMENT_HEAD + 40);
    let reader = Reader::open(directory.path()).unwrap();
    for (since, wanted) in [(20, 20), (39, 1), (40, 0)] {
        let since = time() + jiff::SignedDuration::from_secs(since);
        assert_eq!(reader.recent(since).unwrap().map(Result::unwrap).count(), wanted, "{since}");
    }
}

fn key(name: &str, value: &str) -> KeyFound {
    KeyFound { name: name.to_owned(), value: value.to_owned() }
}

#[tokio::test]
async fn the_fields_of_a_message_are_found_each_by_its_own_filter() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let text = |text: &str| Some(text.to_owned());
    let id = Uuid::new_v4();
    let mut first = accepted(1);
    let header = &mut first.header;
    (header.operation, header.status, header.service_code) = (text("getRecord"), text("PING"), text("10000013628"));
    (header.request_id_ref, header.origin_request_id_ref) = (text(&id.to_string()), text("o-1"));
    (header.case_number, header.foreign_message_id) = (text("64/17"), text("f-1"));
    header.keys = vec![key("a", "1"), key("a", "2")];
    let _ = journal.append(&[store("A")], &first).await.unwrap();
    let _ = journal.append(&[store("A")], &accepted(1)).await.unwrap();
    let exchange = first.header.exchange.to_string();
    let braced = format!("{{{}}}", id.to_string().to_uppercase());
    let filters: [(Filter, usize); 12] = [
        (Filter { operation: text("getRecord"), ..Filter::default() }, 1),
        (Filter { status: text("PING"), ..Filter::default() }, 1),
        (Filter { service_code: text("10000013628"), ..Filter::default() }, 1),
        (Filter { request_id_ref: Some(braced), ..Filter::default() }, 1),
        (Filter { origin_request_id_ref: text("o-1"), ..Filter::default() }, 1),
        (Filter { origin_request_id_ref: text(&id.to_string()), ..Filter::default() }, 0),
        (Filter { case_number: text(" 64/17"), ..Filter::default() }, 1),
        (Filter { message_id: text("f-1"), ..Filter::default() }, 1),
        (Filter { message_id: text(&exchange), ..Filter::default() }, 1),
        (Filter { message_id: text("o-1"), ..Filter::default() }, 0),
        (Filter { keys: vec![key("a", "2"), key("a", "3")], ..Filter::default() }, 1),
        (Filter { keys: vec![key("b", "2")], ..Filter::default() }, 0),
    ];
    let reader = Reader::open(directory.path()).unwrap();
    for (filter, expected) in filters {
        assert_eq!(reader.list(&filter).unwrap().map(Result::unwrap).count(), expected, "{filter:?}");
    }
}

#[tokio::test]
async fn a_trace_by_a_key_follows_the_exchanges_but_not_the_person() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let with = |keys: &[KeyFound], refers_to: Option<&Record>| {
        let mut record = accepted(1);
        record.header.keys = keys.to_vec();
        record.header.request_id_ref = refers_to.map(|other| other.header.exchange.to_string());
        record
    };
    let asked = with(&[key("number", "7"), key("person", "P")], None);
    let poll = with(&[], Some(&asked));
    let other_case = with(&[key("person", "P")], None);
    for record in [&asked, &poll, &other_case] {
        let _ = journal.append(&[store("A")], record).await.unwrap();
    }
    let reader = Reader::open(directory.path()).unwrap();
    let traced = |asked: KeyFound| reader.trace_keys(&[asked]).unwrap().records.len();
    assert_eq!(traced(key("number", "7")), 2, "the exchange and its poll");
    assert_eq!(traced(key("person", "P")), 3);
    assert_eq!(traced(key("person", "Q")), 0);
    assert!(reader.trace_keys(&[]).unwrap().records.is_empty());
}

#[tokio::test]
async fn a_sealed_month_answers_from_its_index_as_it_did_before() {
    let directory = tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let mut asked = Vec::new();
    for number in 0..60_u128 {
        let mut sent = record(Uuid::from_u128(number), Kind::Accepted, 50);
        sent.header.case_number = Some(format!("дело {}", number % 7));
        sent.header.request_id_ref = Some(Uuid::from_u128(number / 3).to_string());
        sent.header.keys =
            vec![KeyFound { name: "снилс".to_owned(), value: format!("hmac-sha256:{}", number % 5) }];
        let _ = journal.append(&[store("SOCZ")], &sent).await.unwrap();
        asked.push(sent.header);
    }
    journal.close();
    let listed = |filter: Filter| {
        let entries = Reader::open(directory.path()).unwrap().list(&filter).unwrap();
        entries.map(|entry| entry.unwrap().id.to_string()).collect::<Vec<_>>()
    };
    let answers = || {
        let mut all = Vec::new();
        for header in &asked {
            let [mut id, mut case, mut key] = [Filter::default(), Filter::default(), Filter::default()];
            id.id = Some(header.exchange.to_string());
            case.case_number.clone_from(&header.case_number);
            key.keys.clone_from(&header.keys);
            key.since = Some(header.time);
            all.extend([listed(id), listed(case), listed(key)]);
        }
        let trace = Reader::open(directory.path()).unwrap().trace("дело 3").unwrap();
        all.push(trace.records.iter().map(|entry| entry.id.to_string()).collect());
        all
    };
    let before = answers();
    assert!(before.iter().all(|answer| !answer.is_empty()));
    let journal = Journal::open(options(directory.path())).unwrap();
    let over = "2026-12-01T01:00:00Z".parse().unwrap();
    journal.seal(&store("SOCZ"), "2026-11".parse().unwrap(), over, &NODE).unwrap();
    journal.close();
    assert_eq!(answers(), before);
    // The index may be lost: the segments answer.
    std::fs::remove_file(segment(directory.path(), "SOCZ", 0).with_file_name("index.sorted")).unwrap();
    assert_eq!(answers(), before);
}

#[tokio::test]
async fn who_looked_is_kept_but_is_no_exchange() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(options(directory.path())).unwrap();
    let _ = journal.append(&[store("SOCZ")], &accepted(300)).await.unwrap();
    let mut header = Header::new(Uuid::new_v4(), Kind::Audited, "2026-11-22T10:00:00Z".parse().unwrap());
    let audit = Audited {
        who: "root (uid 0)".to_owned(),
        action: "show".to_owned(),
        subject: "SOCZ/2026-11/0".to_owned(),
        reason: Some("inspection".to_owned()),
        count: 1,
    };
    header.audit = Some(audit.clone());
    let looked = Record { header, bodies: Vec::new() };
    let _ = journal.append(&[store("_node.audit"), store("SOCZ.audit")], &looked).await.unwrap();
    let reader = Reader::open(directory.path()).unwrap();
    assert!(reader.is_written());
    journal.close();
    assert!(!reader.is_written());

    let listed = |filter: Filter| -> Vec<Entry> { reader.list(&filter).unwrap().map(Result::unwrap).collect() };
    assert_eq!(listed(Filter::default()).len(), 1, "not among what happened");
    let by_kind = listed(Filter { kind: Some(Kind::Audited), ..Filter::default() });
    assert_eq!(by_kind.len(), 2);
    let by_store = listed(Filter { store: Some(store("SOCZ.audit")), ..Filter::default() });
    assert_eq!(by_store[0].header.audit, Some(audit));
    let whole = reader.list_whole(&Filter::default()).unwrap().map(Result::unwrap).next().unwrap();
    assert_eq!((&whole.0, &whole.1), (&listed(Filter::default())[0], &reader.show(&whole.0.id).unwrap().1));
    let account = reader.audit().unwrap();
    assert!(account.holds());
    assert_eq!((account.accepted, account.pending, account.stores.len()), (1, 1, 3));
    assert_eq!((account.stores[1].records, account.stores[1].accepted), (1, 0), "{:?}", account.stores[1]);
}
