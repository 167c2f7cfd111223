//! The access matrix against a model written from the rules alone, over generated registries: rows, days, versions, operations,
//! contours, stages, agreements, suspensions. 120,000 decisions.

use std::fmt::Write as _;
use std::path::Path;

use domain::{AccessQuestion, DenyReason, Mnemonic, ParticipantCode, Registry, Sid, Version};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::demo::{ENTRY, Memory};

/// Code, kind.
const PARTICIPANTS: [(&str, &str); 3] = [("SOCZ", "regional"), ("RPGU", "portal"), ("FNS0", "federal")];
/// Each of the participant with the same position; the last one is registered nowhere.
const SYSTEMS: [&str; 4] = ["SOCZ01641", "RPGU01641", "FNS001001", "NONE01641"];
/// Identifier, version, provider, operations listed. The last one is registered nowhere.
const SERVICES: [(&str, &str, usize, &[&str]); 4] = [
    ("SID6400001", "1.00", 0, &["getRecord", "getState"]),
    ("SID6400001", "2.00", 0, &[]),
    ("SID6400002", "1.00", 1, &[]),
    ("SID6400002", "9.99", 1, &[]),
];
const REGISTERED: usize = 3;
const OPERATIONS: [&str; 2] = ["getRecord", "getState"];
const STAGES: [&str; 3] = ["pilot", "trial", "production"];

/// A row of the matrix; days count from 2026-01-01.
#[derive(Debug, Clone)]
struct Row {
    consumer: usize,
    sid: &'static str,
    version: Option<&'static str>,
    operations: Vec<usize>,
    days: Days,
    test_only: bool,
}

/// First and last day.
type Days = (Option<i64>, Option<i64>);

#[derive(Debug, Clone)]
struct Region {
    production: bool,
    agreements: [bool; 3],
    participants_suspended: [bool; 3],
    systems_suspended: [bool; 3],
    /// Days and stage of each registered version.
    services: [(Days, usize); REGISTERED],
    rows: Vec<Row>,
}

#[derive(Debug, Clone)]
struct Question {
    consumer: usize,
    service: usize,
    operation: Option<&'static str>,
    /// The agency that speaks through the system.
    agency: Option<usize>,
    provider: Option<usize>,
    test: bool,
    seconds: i64,
}

fn days() -> impl Strategy<Value = Days> {
    let day = || prop::option::weighted(0.4, 0..8i64);
    (day(), day()).prop_map(|(one, other)| if one > other && other.is_some() { (other, one) } else { (one, other) })
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let operations = prop::sample::subsequence(vec![0, 1], 0..=2);
    let row = (0..3usize, 0..REGISTERED, any::<bool>(), operations, days(), prop::bool::weighted(0.3));
    let row = row.prop_map(|(consumer, service, any_version, operations, days, test_only)| {
        let (sid, version, ..) = SERVICES[service];
        Row { consumer, sid, version: (!any_version).then_some(version), operations, days, test_only }
    });
    prop::collection::vec(row, 0..12).prop_map(|rows| {
        let mut kept: Vec<Row> = Vec::new();
        for row in rows {
            let key = |row: &Row| (row.consumer, row.sid, row.version, row.operations.clone(), row.test_only);
            if !kept.iter().any(|other| key(other) == key(&row)) {
                kept.push(row);
            }
        }
        kept
    })
}

fn regions() -> impl Strategy<Value = Region> {
    let mostly = |yes| prop::array::uniform3(prop::bool::weighted(if yes { 0.8 } else { 0.1 }));
    let services = prop::array::uniform3((days(), 0..3usize));
    let parts = (any::<bool>(), mostly(true), mostly(false), mostly(false), services, rows());
    parts.prop_map(|(production, agreements, participants_suspended, systems_suspended, services, rows)| Region {
        production,
        agreements,
        participants_suspended,
        systems_suspended,
        services,
        rows,
    })
}

fn questions() -> impl Strategy<Value = Vec<Question>> {
    let operation = prop::sample::select(vec![None, Some("getRecord"), Some("getState"), Some("getAll")]);
    // Half of the instants lie at a midnight of Moscow or a second before.
    let seconds = prop_oneof![
        -86_400..9 * 86_400i64,
        (-1..9i64, 0..2i64).prop_map(|(day, before)| day * 86_400 - 3 * 3600 - before)
    ];
    let one = || prop::option::weighted(0.3, 0..3usize);
    let question = (0..4usize, 0..4usize, operation, (one(), one()), any::<bool>(), seconds);
    let question = question.prop_map(|(consumer, service, operation, (agency, provider), test, seconds)| Question {
        consumer,
        service,
        operation,
        agency,
        provider,
        test,
        seconds,
    });
    prop::collection::vec(question, 150)
}

impl Region {
    fn text(&self) -> String {
        let mut text = format!(
            "[node]\nid = \"64\"\nmnemonic = \"RSMV01641\"\nname = \"x\"\ncertificate = \"certs/node/node.pem\"\n\
             key = \"certs/node/node.key.pem\"\ncontour = {:?}\n[listen]\nsoap = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
             public_url = \"http://127.0.0.1/\"\n[journal]\ndirectory = \"data\"\n",
            if self.production { "production" } else { "test" }
        );
        let certificates = ["certs/is/socz-2026.pem", "certs/is/rpgu.pem", "certs/is/fns.pem"];
        for (at, (code, kind)) in PARTICIPANTS.iter().enumerate() {
            write!(text, "[[participant]]\ncode = {code:?}\nname = \"x\"\nkind = {kind:?}\n").unwrap();
            if self.agreements[at] {
                text.push_str("agreement = { number = \"1\", date = 2020-01-01 }\n");
            }
            if self.participants_suspended[at] {
                text.push_str("suspended = \"x\"\n");
            }
            let (system, certificate) = (SYSTEMS[at], certificates[at]);
            write!(text, "[[system]]\nmnemonic = {system:?}\nparticipant = {code:?}\ncertificates = [{certificate:?}]\nsignature = \"own\"\n").unwrap();
            if self.systems_suspended[at] {
                text.push_str("suspended = \"x\"\n");
            }
        }
        for ((sid, version, provider, operations), (days, stage)) in SERVICES.iter().zip(&self.services) {
            let (provider, stage) = (SYSTEMS[*provider], STAGES[*stage]);
            write!(text, "[[service]]\nsid = {sid:?}\nversion = {version:?}\nname = \"x\"\nowner = \"SOCZ\"\nprovider = {provider:?}\naccess = \"open\"\nstage = {stage:?}\n").unwrap();
            if !operations.is_empty() {
                writeln!(text, "operations = {operations:?}").unwrap();
            }
            if (*sid, *version) == ("SID6400001", "1.00") {
                text.push_str("default = true\n");
            }
            text.push_str(&written(*days));
        }
        for row in &self.rows {
            write!(
                text,
                "[[access]]\nconsumer = {:?}\nservice = {:?}\nground = \"x\"\n",
                SYSTEMS[row.consumer], row.sid
            )
            .unwrap();
            if let Some(version) = row.version {
                writeln!(text, "version = {version:?}").unwrap();
            }
            if row.test_only {
                text.push_str("messages = \"test\"\n");
            }
            if !row.operations.is_empty() {
                let named: Vec<_> = row.operations.iter().map(|at| OPERATIONS[*at]).collect();
                writeln!(text, "operations = {named:?}").unwrap();
            }
            text.push_str(&written(row.days));
        }
        text
    }

    /// The registry, unless a row names an operation that its version does not have.
    fn registry(&self) -> Option<Registry> {
        let mut region = Memory::demo();
        region.0.insert(ENTRY.into(), self.text().into_bytes());
        Registry::load(Path::new(ENTRY), &region).ok()
    }

    /// What the rules say: the position of the row that allows it, or in a word why none does.
    fn verdict(&self, ask: &Question) -> Result<usize, &'static str> {
        let takes_part =
            |system: usize| system < 3 && !self.systems_suspended[system] && !self.participants_suspended[system];
        let (sid, version, provider, operations) = SERVICES[ask.service];
        let service = self.services.get(ask.service);
        if ask.consumer < 3 && !takes_part(ask.consumer) {
            return Err("suspended");
        }
        if ask.agency.is_some_and(|agency| self.participants_suspended[agency]) {
            return Err("suspended");
        }
        let provider = ask.provider.or(service.map(|_| provider));
        if provider.is_some_and(|provider| !takes_part(provider)) {
            return Err("provider suspended");
        }
        let real = self.production && !ask.test;
        // Federal bodies have their papers at their own node.
        let papers = |participant: usize| participant >= 2 || self.agreements[participant];
        if real && !(ask.consumer >= 3 || papers(ask.consumer)) || real && !ask.agency.is_none_or(papers) {
            return Err("no agreement");
        }
        if let Some((days, stage)) = service {
            if days.0.is_some_and(|from| ask.seconds < midnight(from)) {
                return Err("version not yet");
            }
            if days.1.is_some_and(|until| ask.seconds >= midnight(until + 1)) {
                return Err("version over");
            }
            if real && STAGES[*stage] == "pilot" {
                return Err("pilot");
            }
        }
        let mine = || self.rows.iter().enumerate().filter(|(_, row)| (row.consumer, row.sid) == (ask.consumer, sid));
        let version_fits = |row: &Row| service.is_some() && row.version.is_none_or(|of| of == version);
        let operation_fits = |row: &Row| {
            let listed = |list: &mut dyn Iterator<Item = &str>| {
                let mut list = list.peekable();
                list.peek().is_none() || list.any(|known| Some(known) == ask.operation)
            };
            listed(&mut row.operations.iter().map(|at| OPERATIONS[*at])) && listed(&mut operations.iter().copied())
        };
        let test_fits = |row: &Row| ask.test || !row.test_only;
        let in_days = |row: &Row| {
            row.days.0.is_none_or(|from| ask.seconds >= midnight(from))
                && row.days.1.is_none_or(|until| ask.seconds < midnight(until + 1))
        };
        let fits = |row: &Row| version_fits(row) && operation_fits(row) && test_fits(row);
        if let Some((at, _)) = mine().find(|(_, row)| fits(row) && in_days(row)) {
            return Ok(at);
        }
        Err(if mine().any(|(_, row)| fits(row)) {
            "days"
        } else if mine().any(|(_, row)| version_fits(row) && operation_fits(row)) {
            "test only"
        } else if mine().any(|(_, row)| version_fits(row)) {
            "operation"
        } else if mine().next().is_some() {
            "version"
        } else {
            "no row"
        })
    }
}

/// By instants, where the registry counts days.
fn midnight(day: i64) -> i64 {
    day * 86_400 - 3 * 3600
}

fn written((from, until): Days) -> String {
    let mut text = String::new();
    for (key, day) in [("from", from), ("until", until)] {
        if let Some(day) = day {
            writeln!(text, "{key} = 2026-01-{:02}", day + 1).unwrap();
        }
    }
    text
}

fn word(reason: &DenyReason) -> &'static str {
    match reason {
        DenyReason::NoRow => "no row",
        DenyReason::Suspended { .. } => "suspended",
        DenyReason::ProviderSuspended { .. } => "provider suspended",
        DenyReason::NoAgreement { .. } => "no agreement",
        DenyReason::VersionNotYet { .. } => "version not yet",
        DenyReason::VersionOver { .. } => "version over",
        DenyReason::Pilot { .. } => "pilot",
        DenyReason::TestOnly { .. } => "test only",
        DenyReason::NotYet { .. } | DenyReason::Expired { .. } => "days",
        DenyReason::OperationNotListed { .. } => "operation",
        DenyReason::VersionNotListed { .. } => "version",
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn permit_agrees_with_the_rules(region in regions(), questions in questions()) {
        let registry = region.registry();
        prop_assume!(registry.is_some());
        let Some(registry) = registry else { return Ok(()) };
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for ask in questions {
            let (sid, version, ..) = SERVICES[ask.service];
            let provider = ask.provider.map(|at| Mnemonic::new(SYSTEMS[at]).unwrap());
            let agency = ask.agency.map(|at| ParticipantCode::new(PARTICIPANTS[at].0).unwrap());
            let answer = registry.permit(&AccessQuestion {
                consumer: &Mnemonic::new(SYSTEMS[ask.consumer]).unwrap(),
                sid: &Sid::new(sid).unwrap(),
                version: &Version::new(version).unwrap(),
                operation: ask.operation,
                agency: agency.as_ref(),
                provider: provider.as_ref(),
                test: ask.test,
                at: start + SignedDuration::from_secs(ask.seconds),
            });
            let told = answer.as_ref().map(domain::Grant::row).map_err(|denied| word(&denied.reason));
            prop_assert_eq!(told, region.verdict(&ask), "{:?}", ask);
        }
    }
}
