//! Who may have which part in a case: nobody two of them where two persons decide, nobody one that is not his side's.

use super::*;

#[test]
fn under_two_persons_nobody_has_two_parts_in_a_case() {
    // One person with rows of the owner and of the operator, told by his name.
    let mut officers = office().officers.clone();
    officers[SIDOROV].name = "владелец  Г. Г.".into();
    let rules = Rules { officers: &officers, persons: Some(2) };
    let mut case = begun(true);
    case.append(&sign(forged(&case, later(1), Event::Consent), OWNER), rules).unwrap();
    let text = sign(forged(&case, later(2), grant(2)), SIDOROV);
    assert_eq!(case.append(&text, rules).unwrap_err(), Refusal::Consenter { name: "владелец  Г. Г.".into() });
    case.append(&sign(forged(&case, later(2), grant(2)), PETROVA), rules).unwrap();
    let text = sign(forged(&case, later(3), grant(2)), SIDOROV);
    assert!(matches!(case.append(&text, rules).unwrap_err(), Refusal::Consenter { .. }));
    // The file of a case is judged by the same rule.
    let forged = format!("{}{text}\n", case.text());
    let flaw = Case::read(number(), forged.as_bytes(), &officers).unwrap_err();
    assert!(flaw.line == 4 && matches!(flaw.refusal, Refusal::Consenter { .. }), "{flaw}");
}

#[test]
fn under_two_persons_who_applied_does_not_consent() {
    let mut officers = office().officers.clone();
    officers[CLERK].name = "Владелец Г. Г.".into();
    let (one, two) = (Rules { officers: &officers, persons: Some(1) }, Rules { officers: &officers, persons: Some(2) });
    let mut case = Case::begin(number(), begun(true).text().trim_end(), two).unwrap();
    let text = sign(forged(&case, later(1), Event::Consent), OWNER);
    let own = Refusal::OwnConsent { name: "Владелец Г. Г.".into() };
    assert_eq!(case.append(&text, two).unwrap_err(), own);
    // Given while one person decided, it does not serve two.
    case.append(&text, one).unwrap();
    let text = sign(forged(&case, later(2), grant(2)), PETROVA);
    assert_eq!(case.append(&text, two).unwrap_err(), own);
}

#[test]
fn an_officer_of_another_participant_applies_for_no_system_but_its_own() {
    let by = |who, participant: Option<&str>, persons| {
        let participant = participant.map(|code| ParticipantCode::new(code).unwrap());
        let text = sign(Case::request(Application { participant, ..application(false) }, "x", start()), who);
        Case::begin(number(), &text, Rules { officers: &office().officers, persons })
    };
    for (participant, persons) in
        [(Some("SOCZ"), Some(1)), (Some("SOCZ"), Some(2)), (Some("SOCZ"), None), (None, Some(1))]
    {
        let refused = by(OTHER, participant, persons).unwrap_err();
        assert!(matches!(refused, Refusal::WrongSide { event: "request", .. }), "{refused}");
    }
    by(OTHER, Some("MVDR"), Some(2)).unwrap();
    by(CLERK, Some("SOCZ"), Some(2)).unwrap();
    // Written before applications named the participant.
    by(OTHER, None, None).unwrap();
}

#[test]
fn a_file_that_cannot_be_read_is_a_flaw_of_its_number() {
    let flaw = Flaw::unread(number(), "it is no regular file");
    assert_eq!(flaw.to_string(), "2026-17.jsonl:1: it cannot be read: it is no regular file");
    assert!(flaw.refusal.hint().is_some() && flaw.refusal.hint_ru().is_some());
}
