//! Every kind of exchange goes well, octet for octet, and is on record with the agencies concerned and nobody else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use stand::Kind;

use crate::http;
use crate::message::{body, body_range};
use crate::region::Region;

#[test]
fn every_kind_of_exchange_goes_well_and_is_on_record() {
    let mut region = Region::running();
    let sent = region.run(&["stand", "send", ".", "--all", "--json"]).good().json();
    let exchanges: Vec<Exchange> = sent.as_array().unwrap().iter().cloned().map(Exchange).collect();

    let kinds: BTreeSet<&str> = exchanges.iter().map(|exchange| exchange.text("kind")).collect();
    assert_eq!(kinds, Kind::ALL.iter().map(|kind| kind.label()).collect());
    for exchange in &exchanges {
        went_well(exchange);
        is_on_record(&region, exchange);
    }
    no_other_store_has_them(&region, &exchanges);
    receivers_can_verify(&region, &exchanges);
    an_asynchronous_case_can_be_traced(&region, &exchanges);
    a_portal_case_can_be_traced_by_its_number(&region, &exchanges);

    let audit = region.audit();
    assert_eq!(audit["accepted"], exchanges.len());
    assert_eq!(audit["answered"], exchanges.len());
    assert_eq!((&audit["pending"], &audit["failed"], &audit["refused"]), (&0.into(), &0.into(), &0.into()));

    assert!(region.stop_bus().success());
    let found = region.run(&["journal", "rebuild"]).good();
    assert!(found.text().contains(" indexes built anew"), "{}", found.text());
    is_on_record(&region, &exchanges[0]);
}

#[test]
fn attachments_travel_octet_for_octet() {
    let region = Region::running();
    let message = fs::read(region.control_example("SID0064001")).unwrap();
    let parts = [
        &b"--limit\r\nContent-Type: text/xml; charset=utf-8\r\nContent-ID: <root>\r\n\r\n"[..],
        &message,
        b"\r\n--limit\r\nContent-Type: application/zip\r\nContent-ID: <act>\r\n\r\n",
        b"PK\x03\x04\x00\xff\r\n--limi\r\n\x80",
        b"\r\n--limit--\r\n",
    ]
    .concat();
    let content_type = "multipart/related; type=\"text/xml\"; start=\"<root>\"; boundary=\"limit\"";
    let request = http::request_of_type("POST", "/gateway/services/SID0064001", content_type, &parts);
    let mut stream = http::connect(region.described.node.soap);
    stream.write_all(&request).unwrap();
    let answer = http::answer(stream).unwrap();
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));

    let record = &region.records(&["--kind", "accepted", "--store", "ZAGS"])[0];
    assert_eq!(region.octets(record, "received"), parts);
    let forwarded = region.octets(record, "forwarded");
    let from_body_on = &parts[body_range(&parts).start..];
    assert!(forwarded.ends_with(from_body_on), "Body and attachment as they came");
    let id = record["header"]["exchange"].as_str().unwrap();
    let received = fs::read(region.path().join(format!("received/ZAGS01641/{id}.xml"))).unwrap();
    assert_eq!(received, forwarded);
}

/// An exchange as `stand send --json` tells it.
struct Exchange(Value);

impl Exchange {
    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("{name} of {:#}", self.0))
    }

    /// Octets of a file that it names, from the directory of the region.
    fn file(&self, region: &Region, name: &str) -> Vec<u8> {
        fs::read(region.path().join(self.text(name))).unwrap()
    }

    /// MessageId of the request: the exchange, in the journal.
    fn id(&self) -> &str {
        self.text("bus_message_id")
    }

    /// Systems whose agencies keep it.
    fn parties(&self) -> [&str; 2] {
        [self.text("from"), self.text("to")]
    }
}

fn went_well(exchange: &Exchange) {
    let told = &exchange.0;
    assert_eq!((&told["http_status"], &told["fault_text"]), (&200.into(), &Value::Null), "{told:#}");
    for signature in ["node", "provider"] {
        assert_eq!(told["verdicts"][signature]["verdict"], "good", "{told:#}");
    }
    assert_eq!(exchange.text("received_sha256"), exchange.text("sha256"));
}

/// Request and answer stand in every store concerned, in one exchange, with the Body that was sent and received.
fn is_on_record(region: &Region, exchange: &Exchange) {
    let stores: BTreeSet<String> = exchange.parties().iter().filter_map(|party| region.store_of(party)).collect();
    let found = region.records(&["--id", exchange.id()]);
    let of_kind = |kind: &str| {
        let of_kind =
            |record: &&Value| record["header"]["exchange"] == exchange.id() && record["header"]["kind"] == kind;
        let records: BTreeMap<String, &Value> =
            found.iter().filter(of_kind).map(|record| (store(record).to_owned(), record)).collect();
        assert_eq!(records.keys().cloned().collect::<BTreeSet<_>>(), stores, "{kind}: {}", exchange.0);
        records
    };
    let (consumer, provider) = (exchange.text("from"), exchange.text("to"));
    let (sent, received) = (exchange.file(region, "sent_file"), exchange.file(region, "received_file"));
    let answer = exchange.file(region, "answer_file");
    // What the federal node sealed anew on its way is compared by Body alone.
    let straight = |party: &str| region.store_of(party).is_some();
    for record in of_kind("accepted").into_values() {
        assert_eq!((&record["header"]["sender"], &record["header"]["recipient"]), (&consumer.into(), &provider.into()));
        assert!(record["header"]["grant"].is_string(), "{record}");
        for role in ["received", "forwarded"] {
            assert_eq!(sha256(body(&region.octets(record, role))), exchange.text("sha256"), "{role} of {record}");
        }
        // A hosted system sends without the Security block that the bus makes for it.
        assert!(!straight(consumer) || region.octets(record, "received") == sent);
        assert!(!straight(provider) || region.octets(record, "forwarded") == received);
    }
    for record in of_kind("answered").into_values() {
        assert_eq!((&record["header"]["sender"], &record["header"]["recipient"]), (&provider.into(), &consumer.into()));
        for role in ["received", "forwarded"] {
            assert_eq!(body(&region.octets(record, role)), body(&answer), "{role} of {record}");
        }
        assert!(!straight(consumer) || region.octets(record, "forwarded") == answer);
    }
}

fn no_other_store_has_them(region: &Region, exchanges: &[Exchange]) {
    let mut expected = BTreeSet::new();
    for exchange in exchanges {
        let stores = exchange.parties().into_iter().filter_map(|party| region.store_of(party));
        expected.extend(stores.map(|store| (store, exchange.id().to_owned())));
    }
    let id = |record: &Value| record["header"]["exchange"].as_str().unwrap().to_owned();
    let all = region.records(&[]);
    let found: BTreeSet<(String, String)> = all.iter().map(|record| (store(record).to_owned(), id(record))).collect();
    assert_eq!(found, expected);
    assert_eq!(all.len(), 2 * expected.len(), "each request and each answer once a store");
    for participant in ["SOCZ", "ADMS"] {
        let of_store = region.records(&["--store", participant]);
        let expected = expected.iter().filter(|(store, _)| store == participant).count();
        assert_eq!(of_store.len(), 2 * expected, "{participant}");
    }
}

/// The sender's signature and the node's both hold on the copy that came to the provider.
fn receivers_can_verify(region: &Region, exchanges: &[Exchange]) {
    let files = exchanges.iter().map(|exchange| exchange.text("received_file"));
    let words: Vec<&str> = ["signature", "verify", "--json"].into_iter().chain(files).collect();
    let verdicts = region.run(&words).good().json();
    for (verdict, exchange) in verdicts.as_array().unwrap().iter().zip(exchanges) {
        assert_eq!(verdict["verdict"], "accepted", "{verdict:#}");
        let kinds: BTreeMap<&str, &Value> = verdict["signatures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|signature| (signature["kind"].as_str().unwrap(), signature))
            .collect();
        for (kind, covers) in [("ЭП-ОВ", &["Body"][..]), ("ЭП-СМЭВ", &["Header", "Body"])] {
            let signature = kinds[kind];
            assert_eq!(
                (&signature["digests"], &signature["value"], &signature["chain"]),
                (&"ok".into(), &"ok".into(), &"trusted".into()),
                "{signature:#}"
            );
            assert_eq!(signature["covers"], serde_json::json!(covers));
        }
        let signer = kinds["ЭП-ОВ"]["certificate"]["subject"].as_str().unwrap();
        assert!(signer.contains(exchange.text("from")), "{signer}");
    }
}

fn an_asynchronous_case_can_be_traced(region: &Region, exchanges: &[Exchange]) {
    let first = exchanges.iter().find(|exchange| exchange.text("kind") == "federal-async").unwrap();
    let trace = region.run(&["journal", "trace", first.id(), "--records", "--json"]).good().lines();
    let steps: Vec<(&str, &str)> = trace
        .iter()
        .map(|record| (record["header"]["kind"].as_str().unwrap(), record["header"]["status"].as_str().unwrap()))
        .collect();
    assert_eq!(steps[..2], [("accepted", "REQUEST"), ("answered", "ACCEPT")]);
    assert_eq!(steps.last(), Some(&("answered", "RESULT")));
    let polls = &steps[2..];
    assert!(polls.len() >= 4 && polls.len().is_multiple_of(2), "{steps:?}");
    for poll in polls.chunks(2) {
        assert_eq!(poll[0], ("accepted", "PING"), "{steps:?}");
        assert_eq!(poll[1].0, "answered", "{steps:?}");
    }
    // The id by which the federal node knows the request leads to the same case.
    let foreign = first.text("request_message_id");
    assert_ne!(foreign, first.id());
    assert_eq!(region.run(&["journal", "trace", foreign, "--records", "--json"]).good().lines(), trace);
}

/// Application, the agency's word on it and the polls: one case, whoever asked whom.
fn a_portal_case_can_be_traced_by_its_number(region: &Region, exchanges: &[Exchange]) {
    let of_case: BTreeSet<&str> =
        exchanges.iter().filter(|exchange| exchange.text("kind") == "portal").map(Exchange::id).collect();
    let first = region.records(&["--id", exchanges.iter().find(|e| e.text("kind") == "portal").unwrap().id()]);
    let number = first[0]["header"]["case_number"].as_str().unwrap();
    let trace = region.run(&["journal", "trace", number, "--records", "--json"]).good().lines();
    let traced: BTreeSet<&str> = trace.iter().map(|record| record["header"]["exchange"].as_str().unwrap()).collect();
    assert_eq!(traced, of_case);
    let senders: BTreeSet<&str> = trace
        .iter()
        .filter(|record| record["header"]["kind"] == "accepted")
        .map(|record| record["header"]["sender"].as_str().unwrap())
        .collect();
    assert_eq!(senders, BTreeSet::from(["ADMS01641", "RPGU01641"]), "the portal asks, the agency calls back");
}

/// The store a record lies in: the first step of its name.
fn store(record: &Value) -> &str {
    record["id"].as_str().unwrap().split('/').next().unwrap()
}

fn sha256(octets: &[u8]) -> String {
    hex::encode(Sha256::digest(octets))
}
