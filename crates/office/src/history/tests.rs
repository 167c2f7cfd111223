//! The log as text: its chain, its torn end, and the ways to name a state.

use super::*;

fn moment(hour: i8) -> Timestamp {
    format!("2026-11-27T{hour:02}:00:00Z").parse().unwrap()
}

fn add(octets: &mut Vec<u8>, event: Event, state: &str, hour: i8) {
    let log = Log::read(octets).unwrap();
    let entry = Entry {
        number: log.next_number(),
        time: moment(hour),
        event,
        state: state.repeat(64 / state.len()),
        protected: "0".repeat(64),
        who: "ivanov (uid 1000)".to_owned(),
        why: "заявка 17".to_owned(),
        command: "access approve 17".to_owned(),
        entry: "routes.toml".to_owned(),
        secrets: vec!["keys/node.key".to_owned()],
        previous: log.last_line,
    };
    octets.extend_from_slice(entry.line().unwrap().as_bytes());
    octets.push(b'\n');
}

fn example() -> Vec<u8> {
    let mut octets = Vec::new();
    add(&mut octets, Event::Made, "ab12", 1);
    add(&mut octets, Event::InForce, "ab12", 2);
    add(&mut octets, Event::Made, "cd34", 3);
    add(&mut octets, Event::InForce, "cd34", 5);
    add(&mut octets, Event::Made, "ab56", 6);
    octets
}

#[test]
fn a_line_changed_or_taken_out_is_seen() {
    let octets = example();
    let text = String::from_utf8(octets).unwrap();
    let changed = text.replacen("ivanov", "petrov", 1);
    assert_eq!(Log::read(changed.as_bytes()), Err(LogProblem::Broken { line: 2 }));
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let without = [lines[0], lines[1], lines[3], lines[4]].concat();
    assert_eq!(Log::read(without.as_bytes()), Err(LogProblem::Broken { line: 3 }));
    let headless = lines[1..].concat();
    assert_eq!(Log::read(headless.as_bytes()), Err(LogProblem::Broken { line: 1 }));
}

#[test]
fn what_a_crash_left_of_a_line_does_not_count() {
    let octets = example();
    let whole = Log::read(&octets).unwrap();
    for more in 1..40 {
        let torn = [&octets[..], &octets[..more]].concat();
        assert_eq!(Log::read(&torn).unwrap(), whole, "{more}");
    }
    let in_the_middle = [&octets[..], b"{\"number\":6\n", &octets[..10]].concat();
    assert!(matches!(Log::read(&in_the_middle), Err(LogProblem::NoEntry { line: 6, .. })));
}

#[test]
fn a_state_is_found_by_digits_or_by_a_moment() {
    let log = Log::read(&example()).unwrap();
    let number = |text: &str| log.find(text).map(|entry| entry.number);
    assert_eq!(number("ab12"), Ok(1), "who made it is told, not that the bus took it");
    assert_eq!(number("AB56ab56"), Ok(5));
    assert_eq!(number("@2026-11-27T04:00:00Z"), Ok(2), "made, but not in force before five");
    assert_eq!(number("@2026-11-27T08:00:00+03:00"), Ok(4));
    assert_eq!(number("@2026-11-27T23:00:00Z"), Ok(4));
    assert_eq!(number("@2026-11-27T01:30:00Z"), Ok(1), "no bus had run: what was written");
    assert_eq!(number("@2026-11-26T00:00:00Z"), Err(Unfound::TooEarly { first: Some(moment(1)) }));
    assert_eq!(number("@yesterday"), Err(Unfound::NoMoment));
    assert_eq!(number("ab"), Err(Unfound::NoName));
    assert_eq!(number("routes"), Err(Unfound::NoName));
    assert_eq!(number("ffff"), Err(Unfound::Nothing));
    let mut octets = example();
    add(&mut octets, Event::Made, "ab12cd34", 7);
    assert_eq!(Log::read(&octets).unwrap().find("ab12"), Err(Unfound::Several));
}

#[test]
fn a_manifest_is_the_one_of_its_digest() {
    let text = format!("{}  routes.toml\n{}  keys/a key.pem\n", "0".repeat(64), "f".repeat(64));
    let digest = hex::encode(Sha256::digest(&text));
    let listed = manifest(&text, &digest).unwrap();
    assert_eq!(listed[1], Listed { sha256: "f".repeat(64), name: "keys/a key.pem".to_owned() });
    assert_eq!(manifest(&text.replace("routes", "router"), &digest), None);
}
