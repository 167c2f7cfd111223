//! The bus is killed under load, again and again: what it answered is on record, and it starts again by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::Command;

use serde_json::Value;

use crate::process::Process;
use crate::region::Region;

/// Kills of an ordinary run; `RSMEV_KILLS` asks for more.
const KILLS: usize = 3;
/// Answers between two kills.
const ANSWERS: usize = 60;

#[test]
fn what_was_answered_before_a_kill_is_on_record() {
    let kills = std::env::var("RSMEV_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let mut region = Region::running();
    // A pipe in place of a file: each acknowledgement is an event to wait for.
    let pipe = region.path().join("acks");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let words = ["stand", "load", ".", "--acks", "acks", "--workers", "6", "--seconds", "600", "--body-bytes", "2048"];
    let load = Process::start("stand load", &mut region.command(&words));
    let mut acks = BufReader::new(File::open(&pipe).unwrap()).lines();
    let mut answered = Vec::new();
    for _ in 0..kills {
        answered.extend(acks.by_ref().take(ANSWERS).map(Result::unwrap));
        region.audit(); // Beside the working bus, in the middle of things.
        region.bus.take().unwrap().kill();
        let audit = region.audit();
        assert!(audit["answered"].as_u64().unwrap() >= answered.len() as u64, "{audit:#}");
        region.start_bus();
    }
    answered.extend(acks.by_ref().take(ANSWERS).map(Result::unwrap));
    assert_eq!(answered.len(), (kills + 1) * ANSWERS, "the bus answers after every kill");
    load.kill();
    answered.extend(acks.map(Result::unwrap));
    assert!(region.stop_bus().success());

    let audit = region.audit();
    is_on_record(&answered, &region.records(&["--kind", "answered"]));
    one_id_is_found(&region, answered.last().unwrap());
    region.run(&["journal", "rebuild"]).good();
    let whole = |audit: &Value| ["accepted", "answered", "failed", "pending", "refused"].map(|sum| audit[sum].clone());
    assert_eq!(whole(&region.audit()), whole(&audit));
    one_id_is_found(&region, answered.last().unwrap());
}

/// Every acknowledged pair of ids, request and answer, stands in the store of each of the two agencies.
fn is_on_record(answered: &[String], records: &[Value]) {
    let mut stores: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for record in records {
        let id = |name: &str| record["header"][name].as_str().unwrap();
        let pair = format!("{} {}", id("exchange"), id("message_id"));
        let store = record["id"].as_str().unwrap().split('/').next().unwrap();
        stores.entry(pair).or_default().insert(store);
    }
    let both = BTreeSet::from(["ADMS", "SOCZ"]);
    for pair in answered {
        assert_eq!(stores.get(pair), Some(&both), "{pair} was answered");
    }
}

fn one_id_is_found(region: &Region, pair: &str) {
    let (request, answer) = pair.split_once(' ').unwrap();
    for id in [request, answer] {
        let kinds: BTreeSet<String> = region
            .run(&["journal", "trace", id, "--records", "--json"])
            .good()
            .lines()
            .iter()
            .map(|record| record["header"]["kind"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(kinds, BTreeSet::from(["accepted".to_owned(), "answered".to_owned()]));
    }
}
