//! The access matrix against a model written from the rules alone, over generated registries.

use std::fmt::Write as _;
use std::path::Path;

use domain::{AccessQuestion, DenyReason, Mnemonic, Registry, Sid, Version};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::demo::{ENTRY, Memory};

const CONSUMERS: [&str; 2] = ["SOCZ01641", "RPGU01641"];
const SERVICES: [&str; 2] = ["SID6400001", "SID6400002"];
const VERSIONS: [&str; 2] = ["1.00", "2.00"];
/// Those of SID6400001 1.00; the others list none.
const OPERATIONS: [&str; 2] = ["getRecord", "getState"];

/// A row of the matrix; days count from 2026-01-01.
#[derive(Debug, Clone)]
struct Row {
    consumer: usize,
    service: usize,
    version: Option<usize>,
    operations: Vec<usize>,
    from: Option<i64>,
    until: Option<i64>,
}

#[derive(Debug, Clone)]
struct Question {
    consumer: usize,
    service: usize,
    version: usize,
    operation: Option<&'static str>,
    seconds: i64,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let day = || prop::option::of(0..8i64);
    let row =
        (0..2usize, 0..2usize, prop::option::of(0..2usize), prop::sample::subsequence(vec![0, 1], 0..=2), day(), day());
    let row = row.prop_map(|(consumer, service, version, operations, one, other)| {
        let (from, until) = if one > other && other.is_some() { (other, one) } else { (one, other) };
        // SID6400002 has one version.
        Row { consumer, service, version: version.map(|at| if service == 1 { 0 } else { at }), operations, from, until }
    });
    prop::collection::vec(row, 0..7).prop_map(|rows| {
        let mut kept: Vec<Row> = Vec::new();
        for row in rows {
            let same = |other: &Row| {
                (other.consumer, other.service, other.version, &other.operations)
                    == (row.consumer, row.service, row.version, &row.operations)
            };
            if !kept.iter().any(same) {
                kept.push(row);
            }
        }
        kept
    })
}

fn questions() -> impl Strategy<Value = Vec<Question>> {
    let operation = prop::sample::select(vec![None, Some("getRecord"), Some("getState"), Some("getAll")]);
    // Half of the instants lie at a midnight of Moscow or a second before.
    let seconds = prop_oneof![
        -86_400..9 * 86_400i64,
        (-1..9i64, 0..2i64).prop_map(|(day, before)| day * 86_400 - 3 * 3600 - before)
    ];
    let question = (0..2usize, 0..2usize, 0..2usize, operation, seconds);
    let question = question.prop_map(|(consumer, service, version, operation, seconds)| Question {
        consumer,
        service,
        version,
        operation,
        seconds,
    });
    prop::collection::vec(question, 4)
}

fn day(number: i64) -> String {
    format!("2026-01-{:02}", number + 1)
}

fn registry(rows: &[Row]) -> Registry {
    let mut text = String::new();
    for row in rows {
        let Row { consumer, service, version, operations, from, until } = row;
        write!(
            text,
            "[[access]]\nconsumer = {:?}\nservice = {:?}\nground = \"x\"\n",
            CONSUMERS[*consumer], SERVICES[*service]
        )
        .unwrap();
        if let Some(at) = version {
            writeln!(text, "version = {:?}", VERSIONS[*at]).unwrap();
        }
        for (key, at) in [("from", from), ("until", until)] {
            if let Some(at) = at {
                writeln!(text, "{key} = {}", day(*at)).unwrap();
            }
        }
        if !operations.is_empty() {
            writeln!(text, "operations = {:?}", operations.iter().map(|at| OPERATIONS[*at]).collect::<Vec<_>>())
                .unwrap();
        }
    }
    let mut region = Memory::demo();
    region.0.insert("/region/routes.d/access.toml".into(), text.into_bytes());
    Registry::load(Path::new(ENTRY), &region).unwrap()
}

/// Is that second within the row's days? By instants, where the registry counts days.
fn in_days(row: &Row, seconds: i64) -> bool {
    let midnight = |day: i64| day * 86_400 - 3 * 3600;
    row.from.is_none_or(|from| seconds >= midnight(from)) && row.until.is_none_or(|until| seconds < midnight(until + 1))
}

fn fits_version(row: &Row, ask: &Question) -> bool {
    let declared = ask.service == 0 || ask.version == 0;
    declared && (row.version.is_none() || row.version == Some(ask.version))
}

fn fits_operation(row: &Row, ask: &Question) -> bool {
    let of_row = row.operations.is_empty() || row.operations.iter().any(|at| Some(OPERATIONS[*at]) == ask.operation);
    let of_service =
        (ask.service, ask.version) != (0, 0) || ask.operation.is_some_and(|asked| OPERATIONS.contains(&asked));
    of_row && of_service
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(750))]

    #[test]
    fn permit_agrees_with_the_rules(rows in rows(), questions in questions()) {
        let registry = registry(&rows);
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for ask in questions {
            let mine: Vec<_> = rows.iter().enumerate().filter(|(_, row)| (row.consumer, row.service) == (ask.consumer, ask.service)).collect();
            let fits = |row: &Row| fits_version(row, &ask) && fits_operation(row, &ask);
            let first = mine.iter().find(|(_, row)| fits(row) && in_days(row, ask.seconds)).map(|(at, _)| *at);
            let answer = registry.permit(&AccessQuestion {
                consumer: &Mnemonic::new(CONSUMERS[ask.consumer]).unwrap(),
                sid: &Sid::new(SERVICES[ask.service]).unwrap(),
                version: &Version::new(VERSIONS[ask.version]).unwrap(),
                operation: ask.operation,
                provider: None,
                test: false,
                at: start + SignedDuration::from_secs(ask.seconds),
            });
            match answer {
                Ok(grant) => prop_assert_eq!(Some(grant.row()), first),
                Err(denied) => {
                    prop_assert_eq!(first, None);
                    let nearest = if mine.is_empty() { "no row" }
                        else if mine.iter().any(|(_, row)| fits(row)) { "days" }
                        else if mine.iter().any(|(_, row)| fits_version(row, &ask)) { "operation" }
                        else { "version" };
                    let told = match denied.reason {
                        DenyReason::NoRow => "no row",
                        DenyReason::NotYet { .. } | DenyReason::Expired { .. } => "days",
                        DenyReason::OperationNotListed { .. } => "operation",
                        DenyReason::VersionNotListed { .. } => "version",
                    };
                    prop_assert_eq!(told, nearest);
                }
            }
        }
    }
}
