//! The way of an application, and everything that must not be possible on it.

use domain::registry::{Messages, Side};
use domain::{Mnemonic, ParticipantCode, Sid};
use jiff::civil::date;
use jiff::{Timestamp, ToSpan as _};
use pki::test_ca::{CertificateRequest, TestCa};
use pki::{Algorithm, Identity};
use proptest::prelude::*;

use super::*;
use crate::calendar::Calendar;

mod parts;

/// Friday, 27 November 2026, noon in Moscow.
fn start() -> Timestamp {
    "2026-11-27T09:00:00Z".parse().unwrap()
}

fn later(hours: i64) -> Timestamp {
    start() + hours.hours()
}

/// Officers with their keys: two of the operator, a third, one of the owner FNS0, one of another agency, one whose time is over.
struct Office {
    officers: Vec<Officer>,
    keys: Vec<Identity>,
    stranger: Identity,
}

const PETROVA: usize = 0;
const SIDOROV: usize = 1;
const CLERK: usize = 2;
const OWNER: usize = 3;
const OTHER: usize = 4;
const RETIRED: usize = 5;

fn office() -> &'static Office {
    static OFFICE: std::sync::OnceLock<Office> = std::sync::OnceLock::new();
    OFFICE.get_or_init(|| {
        let (from, to) = (start() - 1000.hours(), start() + (24 * 800).hours());
        let ca = TestCa::create("УЦ", Algorithm::EcdsaP256Sha256, None, from, to, &[7; 64]).unwrap();
        let issue = |name: &str, seed: u8| {
            let request = CertificateRequest {
                common_name: name,
                organization: "Орган",
                algorithm: Algorithm::EcdsaP256Sha256,
                parameter_set: None,
                not_before: from,
                not_after: to,
            };
            ca.issue(&request, &[seed; 64]).unwrap()
        };
        let owner = |code: &str| Side::Owner(ParticipantCode::new(code).unwrap());
        let people = [
            ("Петрова А. А.", Side::Operator, None),
            ("Сидоров Б. Б.", Side::Operator, None),
            ("Заявкин В. В.", Side::Operator, None),
            ("Владелец Г. Г.", owner("FNS0"), None),
            ("Чужой Д. Д.", owner("MVDR"), None),
            ("Бывший Е. Е.", Side::Operator, Some(date(2026, 11, 26))),
        ];
        let mut office = Office { officers: Vec::new(), keys: Vec::new(), stranger: issue("Никто", 99) };
        for ((name, side, until), seed) in people.into_iter().zip(10..) {
            let identity = issue(name, seed);
            let certificate = identity.certificate().clone();
            office.officers.push(Officer { name: name.into(), side, certificate, until });
            office.keys.push(identity);
        }
        office
    })
}

fn number() -> Number {
    "2026-17".parse().unwrap()
}

fn application(consent: bool) -> Application {
    Application {
        number: number(),
        consumer: Mnemonic::new("SOCZ01641").unwrap(),
        service: Sid::new("SID0003245").unwrap(),
        version: None,
        operations: Vec::new(),
        purpose: "назначение пособий".into(),
        ground: "ст. 7 210-ФЗ".into(),
        volume: 300,
        until: date(2027, 12, 31),
        messages: Messages::All,
        contact: None,
        consent_of: consent.then(|| ParticipantCode::new("FNS0").unwrap()),
        participant: ParticipantCode::new("SOCZ").ok(),
    }
}

fn fresh(persons: u8) -> Rules<'static> {
    Rules { officers: &office().officers, persons: Some(persons) }
}

fn sign(draft: Draft, who: usize) -> String {
    draft.signed(&office().keys[who], &[5; 32]).unwrap()
}

fn begun(consent: bool) -> Case {
    let text = sign(Case::request(application(consent), "ivanov (uid 1000)", start()), CLERK);
    Case::begin(number(), &text, fresh(1)).unwrap()
}

/// Any event drafted whether the case stands there or not: what a forger would write.
fn forged(case: &Case, at: Timestamp, event: Event) -> Draft {
    Draft::new(case.head(), "forger", at, event)
}

fn grant(persons: u8) -> Event {
    Event::Grant { persons }
}

fn revoke(persons: u8) -> Event {
    Event::Revoke { reason: "обращения прекращены".into(), persons }
}

fn granted() -> Case {
    let mut case = begun(true);
    let consent = sign(forged(&case, later(1), Event::Consent), OWNER);
    case.append(&consent, fresh(1)).unwrap();
    let grant = sign(forged(&case, later(2), grant(1)), PETROVA);
    case.append(&grant, fresh(1)).unwrap();
    case
}

fn read(text: &str) -> Result<Case, Flaw> {
    Case::read(number(), text.as_bytes(), &office().officers)
}

#[test]
fn the_whole_way_leads_over_the_owner_to_the_operator_and_back() {
    let mut case = begun(true);
    let today = date(2026, 11, 27);
    let Step::Consent(step) = case.step(today) else { panic!("{:?}", case.step(today)) };
    let consent = sign(step.consent("fns", later(1)), OWNER);
    case.append(&consent, fresh(1)).unwrap();
    let Step::Decision(step) = case.step(today) else { panic!("{:?}", case.step(today)) };
    let grant = sign(step.grant("petrova", later(2), 1), PETROVA);
    case.append(&grant, fresh(1)).unwrap();
    assert_eq!((case.state_on(today), case.row()), (State::Granted, Row::Due));
    let entered = case.entered("petrova", later(2), "198b7f").unsigned();
    case.append(&entered, fresh(1)).unwrap();
    assert_eq!(case.row(), Row::Entered);
    let Step::Granted(step) = case.step(today) else { panic!("{:?}", case.step(today)) };
    assert_eq!(step.application().volume, 300);
    let revoke = sign(step.revoke("petrova", later(3), "обращения прекращены", 1), SIDOROV);
    case.append(&revoke, fresh(1)).unwrap();
    assert_eq!((case.state_on(today), case.row()), (State::Revoked, Row::Leaving));
    let removed = case.removed("petrova", later(3), "0a0b").unsigned();
    case.append(&removed, fresh(1)).unwrap();
    assert!(matches!(case.step(today), Step::Over(State::Revoked)));
    assert_eq!(case.row(), Row::Removed);
    let again = read(case.text()).unwrap();
    assert_eq!((again.text(), again.state_on(today), again.head()), (case.text(), State::Revoked, case.head()));
    let who: Vec<_> =
        again.history().iter().map(|taken| taken.officer.as_ref().map(|officer| officer.name.as_str())).collect();
    let names =
        [Some("Заявкин В. В."), Some("Владелец Г. Г."), Some("Петрова А. А."), None, Some("Сидоров Б. Б."), None];
    assert_eq!(who, names);
}

#[test]
fn without_the_need_of_consent_one_approval_grants_and_without_an_application_nothing_does() {
    let mut case = begun(false);
    let text = sign(forged(&case, later(1), grant(1)), PETROVA);
    case.append(&text, fresh(1)).unwrap();
    assert_eq!(case.state_on(date(2026, 11, 27)), State::Granted);
    let first = sign(Draft::new(Digest::NONE, "x", start(), grant(1)), PETROVA);
    assert_eq!(Case::begin(number(), &first, fresh(1)).unwrap_err(), Refusal::NoRequest { event: "grant" });
}

#[test]
fn an_altered_line_is_found_with_its_place() {
    let whole = granted().text().to_owned();
    for (from, to, line) in [
        ("\"volume\":300", "\"volume\":900", 1),
        ("2027-12-31", "2029-12-31", 1),
        ("\"by\":\"forger\",\"event\":\"consent\"", "\"by\":\"nobody\",\"event\":\"consent\"", 2),
        ("{\"persons\":1}", "{\"persons\":2}", 3),
    ] {
        let altered = whole.replace(from, to);
        assert_ne!(altered, whole, "{from}");
        let flaw = read(&altered).unwrap_err();
        assert_eq!(flaw.line, line, "{flaw}");
        assert!(flaw.to_string().starts_with(&format!("2026-17.jsonl:{line}: the signature of ")), "{flaw}");
    }
    // An application that nobody signed is protected by the line that follows.
    let unsigned = Case::request(application(true), "ivanov", start()).unsigned();
    let mut case = Case::begin(number(), &unsigned, fresh(1)).unwrap();
    let consent = sign(forged(&case, later(1), Event::Consent), OWNER);
    case.append(&consent, fresh(1)).unwrap();
    let flaw = read(&case.text().replace("\"volume\":300", "\"volume\":900")).unwrap_err();
    assert_eq!((flaw.line, flaw.refusal), (2, Refusal::Chain));
}

#[test]
fn a_removed_line_is_found_with_its_place() {
    let whole = granted().text().to_owned();
    let without = |gone: usize| -> String {
        let left: Vec<&str> = whole.lines().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| line).collect();
        left.join("\n") + "\n"
    };
    let flaw = read(&without(1)).unwrap_err();
    assert_eq!((flaw.line, flaw.refusal), (2, Refusal::Chain));
    assert_eq!(read(&without(0)).unwrap_err().refusal, Refusal::NoRequest { event: "consent" });
    let torn = read(whole.trim_end()).unwrap_err();
    assert!(torn.line == 3 && torn.to_string().contains("ends within it"), "{torn}");
    let doubled = format!("{whole}{}\n", whole.lines().last().unwrap());
    assert_eq!(read(&doubled).unwrap_err().refusal, Refusal::Chain);
    assert!(read(&whole.replacen('\n', "\n\n", 1)).unwrap_err().line == 2);
}

#[test]
fn the_file_of_another_number_is_not_this_one() {
    let other: Number = "2026-18".parse().unwrap();
    let flaw = Case::read(other, granted().text().as_bytes(), &office().officers).unwrap_err();
    assert_eq!(flaw.refusal, Refusal::OtherNumber { inside: number(), named: other });
}

#[test]
fn a_foreign_signature_does_not_hold() {
    let case = begun(true);
    let mine = sign(forged(&case, later(1), Event::Consent), OTHER);
    // The words of the owner under the signature of another: only the name of the certificate is exchanged.
    let (theirs, owners) = (&office().officers[OTHER], &office().officers[OWNER]);
    let text =
        mine.replace(&theirs.certificate.fingerprint().to_string(), &owners.certificate.fingerprint().to_string());
    assert_ne!(text, mine);
    let refused = case.clone().append(&text, fresh(1)).unwrap_err();
    assert_eq!(refused, Refusal::WrongSignature { name: owners.name.clone() });
    // A signature that holds, moved to another line.
    let signature = mine.split_once(",\"signature\"").unwrap().1;
    let other = forged(&case, later(2), Event::Consent).unsigned();
    let moved = format!("{},\"signature\"{signature}", other.strip_suffix('}').unwrap());
    assert_eq!(
        case.clone().append(&moved, fresh(1)).unwrap_err(),
        Refusal::WrongSignature { name: theirs.name.clone() }
    );
}

#[test]
fn an_unregistered_officer_decides_nothing() {
    let mut case = begun(false);
    let before = case.text().to_owned();
    let text = forged(&case, later(1), grant(1)).signed(&office().stranger, &[5; 32]).unwrap();
    let fingerprint = office().stranger.certificate().fingerprint().to_string();
    assert_eq!(case.append(&text, fresh(1)).unwrap_err(), Refusal::UnknownOfficer { fingerprint });
    let unsigned = forged(&case, later(1), grant(1)).unsigned();
    assert_eq!(case.append(&unsigned, fresh(1)).unwrap_err(), Refusal::NotSigned { event: "grant" });
    assert_eq!(case.text(), before);
    assert!(read(&format!("{}{unsigned}\n", case.text())).is_err(), "nor does a file with such a line");
}

#[test]
fn an_officer_out_of_office_decides_nothing_and_what_he_decided_before_stays() {
    let mut case = begun(false);
    let text = sign(forged(&case, later(1), grant(1)), RETIRED);
    let until = date(2026, 11, 26);
    assert_eq!(case.append(&text, fresh(1)).unwrap_err(), Refusal::OutOfOffice { name: "Бывший Е. Е.".into(), until });
    let case = granted();
    let mut officers = office().officers.clone();
    officers[PETROVA].until = Some(date(2026, 11, 27));
    assert!(Case::read(number(), case.text().as_bytes(), &officers).is_ok());
    officers[PETROVA].until = Some(until);
    assert_eq!(Case::read(number(), case.text().as_bytes(), &officers).unwrap_err().line, 3);
    let after_the_certificate = later(24 * 801);
    let mut late = application(false);
    late.until = date(2029, 12, 1);
    let text = Case::request(late, "ivanov", start()).unsigned();
    let mut case = Case::begin(number(), &text, fresh(1)).unwrap();
    let text = sign(forged(&case, after_the_certificate, grant(1)), PETROVA);
    assert_eq!(case.append(&text, fresh(1)).unwrap_err(), Refusal::Certificate { name: "Петрова А. А.".into() });
}

#[test]
fn another_agency_cannot_consent_for_the_owner() {
    for who in [OTHER, PETROVA] {
        let mut case = begun(true);
        let text = sign(forged(&case, later(1), Event::Consent), who);
        let refused = case.append(&text, fresh(1)).unwrap_err();
        assert!(matches!(&refused, Refusal::WrongSide { event: "consent", .. }), "{refused}");
        assert!(refused.to_string().ends_with("consent needs one of FNS0"), "{refused}");
    }
    for who in [OWNER, OTHER] {
        let mut case = begun(false);
        let text = sign(forged(&case, later(1), grant(1)), who);
        assert!(matches!(case.append(&text, fresh(1)).unwrap_err(), Refusal::WrongSide { event: "grant", .. }));
    }
}

#[test]
fn nobody_grants_before_the_owner_has_agreed() {
    let mut case = begun(true);
    let text = sign(forged(&case, later(1), grant(1)), PETROVA);
    assert_eq!(case.append(&text, fresh(1)).unwrap_err(), Refusal::NoConsent { owner: "FNS0".into() });
}

#[test]
fn the_owner_or_the_operator_refuses_and_the_owner_only_while_he_is_asked() {
    let refusal = || Event::Refusal { reason: "нет основания".into() };
    for who in [OWNER, PETROVA] {
        let mut case = begun(true);
        let text = sign(forged(&case, later(1), refusal()), who);
        case.append(&text, fresh(1)).unwrap();
        assert_eq!(case.state_on(date(2026, 11, 27)), State::Refused);
        let text = sign(forged(&case, later(2), grant(1)), PETROVA);
        assert_eq!(case.append(&text, fresh(1)).unwrap_err(), Refusal::NotNow { event: "grant", state: "refused" });
    }
    let mut case = begun(true);
    let text = sign(forged(&case, later(1), refusal()), OTHER);
    assert!(case.append(&text, fresh(1)).is_err());
    let consent = sign(forged(&case, later(1), Event::Consent), OWNER);
    case.append(&consent, fresh(1)).unwrap();
    let text = sign(forged(&case, later(2), refusal()), OWNER);
    assert!(matches!(case.append(&text, fresh(1)).unwrap_err(), Refusal::WrongSide { .. }));
}

#[test]
fn two_persons_are_two_persons() {
    let mut case = begun(false);
    let text = sign(forged(&case, later(1), grant(1)), PETROVA);
    assert_eq!(case.append(&text, fresh(2)).unwrap_err(), Refusal::Persons { said: 1, wanted: 2 });
    let text = sign(forged(&case, later(1), grant(2)), PETROVA);
    case.append(&text, fresh(2)).unwrap();
    assert_eq!((case.state_on(date(2026, 11, 27)), case.row()), (State::Submitted, Row::None));
    let text = sign(forged(&case, later(2), grant(2)), PETROVA);
    assert_eq!(case.append(&text, fresh(2)).unwrap_err(), Refusal::SamePerson { name: "Петрова А. А.".into() });
    let text = sign(forged(&case, later(2), grant(2)), SIDOROV);
    case.append(&text, fresh(2)).unwrap();
    assert_eq!((case.state_on(date(2026, 11, 27)), case.row()), (State::Granted, Row::Due));
    for (who, state) in [(PETROVA, State::Granted), (SIDOROV, State::Revoked)] {
        let text = sign(forged(&case, later(3), revoke(2)), who);
        case.append(&text, fresh(2)).unwrap();
        assert_eq!(case.state_on(date(2026, 11, 27)), state);
    }
    read(case.text()).unwrap();
}

#[test]
fn who_made_the_application_is_none_of_the_two_persons() {
    let mut case = begun(false);
    let text = sign(forged(&case, later(1), grant(2)), CLERK);
    assert_eq!(case.append(&text, fresh(2)).unwrap_err(), Refusal::Requester { name: "Заявкин В. В.".into() });
    let mut officers = office().officers.clone();
    // The same person by name, with a new certificate.
    officers[SIDOROV].name = "заявкин  В. В.".into();
    let text = sign(forged(&case, later(1), grant(2)), SIDOROV);
    let rules = Rules { officers: &officers, persons: Some(2) };
    assert!(matches!(case.append(&text, rules).unwrap_err(), Refusal::Requester { .. }));
    let unsigned = Case::request(application(false), "ivanov", start()).unsigned();
    assert!(matches!(Case::begin(number(), &unsigned, fresh(2)).unwrap_err(), Refusal::NotSigned { .. }));
    let mut case = Case::begin(number(), &unsigned, fresh(1)).unwrap();
    let text = sign(forged(&case, later(1), grant(2)), PETROVA);
    assert_eq!(case.append(&text, fresh(2)).unwrap_err(), Refusal::RequesterUnknown);
}

#[test]
fn nothing_is_decided_after_the_last_day_and_it_is_noted_only_then() {
    let after: Timestamp = "2027-12-31T21:00:00Z".parse().unwrap();
    let mut case = begun(false);
    let text = sign(forged(&case, after, grant(1)), PETROVA);
    assert_eq!(case.clone().append(&text, fresh(1)).unwrap_err(), Refusal::NotNow { event: "grant", state: "expired" });
    let early = case.expire("cron", later(5)).unsigned();
    assert_eq!(case.append(&early, fresh(1)).unwrap_err(), Refusal::NotOver { until: date(2027, 12, 31) });
    let mut case = granted();
    assert_eq!(case.state_on(date(2027, 12, 31)), State::Granted);
    assert_eq!(case.state_on(date(2028, 1, 1)), State::Expired);
    let text = case.expire("cron", after).unsigned();
    case.append(&text, fresh(1)).unwrap();
    assert_eq!(case.row(), Row::Leaving);
}

#[test]
fn a_clock_set_back_and_texts_that_steer_are_refused() {
    let mut case = begun(false);
    let text = sign(forged(&case, start() - 1.hour(), grant(1)), PETROVA);
    assert_eq!(case.append(&text, fresh(1)).unwrap_err(), Refusal::Earlier);
    for reason in ["", "  ", "one\ntwo", "\u{1b}[2J", &"x".repeat(TEXT_CHARS + 1)] {
        let text = sign(forged(&case, later(1), Event::Refusal { reason: reason.into() }), PETROVA);
        assert_eq!(case.append(&text, fresh(1)).unwrap_err(), Refusal::Text, "{reason:?}");
    }
}

#[test]
fn hostile_lines_are_told_not_taken() {
    let case = begun(false);
    let good = sign(forged(&case, later(1), grant(1)), PETROVA);
    let (body, signature) = good.split_once(",\"signature\"").unwrap();
    for bad in [
        String::new(),
        "{}".to_owned(),
        format!(" {{\"signature\"{},{}", signature.strip_suffix('}').unwrap(), body.strip_prefix('{').unwrap()),
        good.replace("\"event\"", "\"by\":\"x\",\"event\""),
        good.replace(",\"signature\"", " ,\"signature\""),
        good.replace("\"signature\":{", "\"signature\": {"),
        good.replace("{\"persons\":1}", "{\"persons\":1,\"more\":1}"),
        format!("{good} "),
        format!("{good}x"),
    ] {
        let refused = case.clone().append(&bad, fresh(1));
        assert!(refused.is_err(), "{bad}");
    }
    // Words of a person that look like a signature stay words.
    let reason = "нет,\"signature\":{\"value\":\"\"}";
    let text = sign(forged(&case, later(1), Event::Refusal { reason: reason.into() }), PETROVA);
    let mut refused = case.clone();
    refused.append(&text, fresh(1)).unwrap();
    assert_eq!(refused.last().line.event.reason(), Some(reason));
    assert!(read(&"x".repeat(FILE_BYTES_MAX + 1)).unwrap_err().to_string().contains("1 MiB"));
    assert_eq!(Case::read(number(), b"{}\n\xff\n", &[]).unwrap_err().line, 2);
}

#[test]
fn terms_are_counted_anew_after_an_import_of_moved_holidays() {
    let mut case = begun(true);
    let today = date(2026, 11, 28);
    let by_law = Calendar::default();
    let due = case.due(&by_law, today).unwrap();
    assert_eq!((due.whose.clone(), due.day), (Side::Owner(ParticipantCode::new("FNS0").unwrap()), date(2026, 12, 4)));
    assert!(!due.is_overdue(date(2026, 12, 4)) && due.is_overdue(date(2026, 12, 5)));
    let moved = Calendar::import("c.csv", b"2026-11-30,holiday\n2026-12-05,working\n").unwrap().calendar;
    assert_eq!(case.due(&moved, today).unwrap().day, date(2026, 12, 5));
    let consent = sign(forged(&case, later(24 * 3), Event::Consent), OWNER);
    case.append(&consent, fresh(1)).unwrap();
    let due = case.due(&by_law, date(2026, 11, 30)).unwrap();
    assert_eq!((due.whose, due.day), (Side::Operator, date(2026, 12, 3)));
    assert!(granted().due(&by_law, today).is_none());
    assert_eq!(begun(false).due(&by_law, today).unwrap().day, date(2026, 12, 2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whoever signs whatever in whatever order: where consent is needed nothing is granted without a line of the owner's
    /// officer before it, and each granted case has an application and as many officers of the operator as its rules say.
    #[test]
    fn no_sequence_of_events_grants_what_was_not_agreed(
        consent in any::<bool>(),
        persons in 1u8..=2,
        steps in proptest::collection::vec((0usize..8, 0usize..7, 1u8..=2), 0..10),
    ) {
        let mut case = begun(consent);
        for ((event, who, said), hour) in steps.into_iter().zip(1..) {
            let reason = "причина".to_owned();
            let event = match event {
                0 => Event::Consent,
                1 | 2 => grant(said),
                3 => Event::Refusal { reason },
                4 => Event::Revoke { reason, persons: said },
                5 => Event::Withdrawal { reason },
                6 => Event::Entered { registry: "r".into() },
                _ => Event::Expire,
            };
            let draft = forged(&case, later(hour), event);
            let text = if who < 6 { sign(draft, who) } else { draft.unsigned() };
            let before = case.text().to_owned();
            if case.append(&text, fresh(persons)).is_err() {
                prop_assert_eq!(case.text(), before);
            }
        }
        let again = read(case.text()).unwrap();
        let mut agreed = !consent;
        let mut granters = std::collections::BTreeSet::new();
        let mut rights = false;
        for taken in again.history() {
            let officer = taken.officer.as_ref();
            match &taken.line.event {
                Event::Consent => {
                    prop_assert_eq!(&officer.unwrap().name, "Владелец Г. Г.");
                    agreed = true;
                }
                Event::Grant { .. } => {
                    prop_assert!(agreed, "granted without consent");
                    prop_assert_eq!(&officer.unwrap().side, &Side::Operator);
                    granters.insert(officer.unwrap().name.clone());
                    rights |= granters.len() >= usize::from(persons);
                }
                _ => {}
            }
        }
        prop_assert!(persons == 1 || !granters.contains("Заявкин В. В."));
        let has_right = matches!(again.state_on(date(2026, 11, 28)), State::Granted);
        prop_assert!(!has_right || rights);
        prop_assert!(again.row() == Row::None || rights);
    }
}
