//! A case: the lines taken so far and what they come to. The only way for a line into a case is [`Case::append`].

use base64ct::{Base64, Encoding as _};
use domain::registry::Side;
use jiff::Timestamp;
use jiff::civil::Date;
use pki::Validity;
use serde::Serialize;

use super::form::is_fit;
use super::line::{Digest, Draft, Event, Line, Signature};
use super::{Application, Number, Officer, Refusal, Rules, day_of};

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Made; needs no consent, the operator must decide.
    Submitted,
    /// Made; the owner of the service is asked.
    ConsentAsked,
    /// The owner agreed; the operator must decide.
    Consented,
    /// Granted.
    Granted,
    /// Refused by owner or operator.
    Refused,
    /// Its last day is over.
    Expired,
    /// Granted once and taken back.
    Revoked,
    /// Taken back by the applicant before it was decided.
    Withdrawn,
}

impl State {
    /// Every state, in the order of the way.
    pub const ALL: [State; 8] = [
        State::Submitted,
        State::ConsentAsked,
        State::Consented,
        State::Granted,
        State::Refused,
        State::Expired,
        State::Revoked,
        State::Withdrawn,
    ];

    /// As it is written.
    pub fn label(self) -> &'static str {
        match self {
            State::Submitted => "submitted",
            State::ConsentAsked => "consent-asked",
            State::Consented => "consented",
            State::Granted => "granted",
            State::Refused => "refused",
            State::Expired => "expired",
            State::Revoked => "revoked",
            State::Withdrawn => "withdrawn",
        }
    }

    /// Is anybody's answer awaited?
    pub fn is_open(self) -> bool {
        matches!(self, State::Submitted | State::ConsentAsked | State::Consented)
    }
}

/// Whether the registry has the row of a case, as the case says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Row {
    /// There is none to be had.
    None,
    /// It is granted, the row is still to be entered.
    Due,
    /// It is in the registry.
    Entered,
    /// The right is over, the row is still to be removed.
    Leaving,
    /// It was removed.
    Removed,
}

/// A line that was taken: what it says and who signed it.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The line.
    pub line: Line,
    /// Its digest.
    pub digest: Digest,
    /// Who signed it.
    pub officer: Option<Officer>,
}

/// An application with everything that happened to it.
#[derive(Debug, Clone)]
pub struct Case {
    application: Application,
    taken: Vec<Decision>,
    text: String,
    state: State,
    row: Row,
    requester: Option<Officer>,
    consenter: Option<Officer>,
    grants: Vec<Officer>,
    revocations: Vec<Officer>,
}

impl Case {
    /// The first line of a case.
    pub fn request(application: Application, by: &str, at: Timestamp) -> Draft {
        Draft::new(Digest::NONE, by, at, Event::Request(Box::new(application)))
    }

    /// Begins a case with its first line, which must be an application of that number.
    pub fn begin(named: Number, text: &str, rules: Rules<'_>) -> Result<Case, Refusal> {
        let (line, signed) = Line::read(text)?;
        let Event::Request(application) = &line.event else {
            return Err(Refusal::NoRequest { event: line.event.label() });
        };
        let application = Application::clone(application);
        if application.number != named {
            return Err(Refusal::OtherNumber { inside: application.number, named });
        }
        if line.prev != Digest::NONE {
            return Err(Refusal::Chain);
        }
        if application.check_texts().is_err() || !is_fit(&line.by) {
            return Err(Refusal::Text);
        }
        let requester = requester(&application, &signers(&line, &signed, rules)?, rules)?;
        if rules.persons.is_some_and(|persons| persons > 1) && requester.is_none() {
            return Err(Refusal::NotSigned { event: "an application that two persons are to decide" });
        }
        let state = if application.consent_of.is_some() { State::ConsentAsked } else { State::Submitted };
        let mut case = Case {
            application,
            taken: Vec::new(),
            text: String::new(),
            state,
            row: Row::None,
            requester: requester.clone(),
            consenter: None,
            grants: Vec::new(),
            revocations: Vec::new(),
        };
        case.keep(text, line, requester);
        Ok(case)
    }

    /// Takes one more line, without its end, or says why not; then nothing has changed.
    pub fn append(&mut self, text: &str, rules: Rules<'_>) -> Result<(), Refusal> {
        let (line, signed) = Line::read(text)?;
        if line.prev != self.head() {
            return Err(Refusal::Chain);
        }
        if line.at < self.last().line.at {
            return Err(Refusal::Earlier);
        }
        if !is_fit(&line.by) || line.event.reason().is_some_and(|reason| !is_fit(reason)) {
            return Err(Refusal::Text);
        }
        let signers = signers(&line, &signed, rules)?;
        let officer = self.advance(&line, &signers, rules)?;
        self.keep(text, line, officer);
        Ok(())
    }

    fn keep(&mut self, text: &str, line: Line, officer: Option<Officer>) {
        self.text.push_str(text);
        self.text.push('\n');
        self.taken.push(Decision { line, digest: Digest::of(text), officer });
    }

    /// What the event makes of the case, when it is allowed; gives the officer who decided.
    fn advance(&mut self, line: &Line, signers: &[&Officer], rules: Rules<'_>) -> Result<Option<Officer>, Refusal> {
        let event = line.event.label();
        let day = day_of(line.at);
        let state = self.state_on(day);
        let operator = || officer_of(signers, &Side::Operator, event);
        match (&line.event, state) {
            (Event::Consent, State::ConsentAsked) => {
                let officer = self.owners(signers, event)?;
                if rules.persons.is_some_and(|persons| persons > 1) {
                    self.consents_not_to_his_own(&officer)?;
                }
                self.state = State::Consented;
                self.consenter = Some(officer.clone());
                Ok(Some(officer))
            }
            (Event::Refusal { .. }, State::ConsentAsked) => {
                let officer = self.owners(signers, event).or_else(|_| operator())?;
                self.state = State::Refused;
                Ok(Some(officer))
            }
            (Event::Refusal { .. }, State::Submitted | State::Consented) => {
                let officer = operator()?;
                self.state = State::Refused;
                Ok(Some(officer))
            }
            (Event::Grant { .. }, State::ConsentAsked) => {
                let owner = self.application.consent_of.as_ref().map(ToString::to_string).unwrap_or_default();
                Err(Refusal::NoConsent { owner })
            }
            (Event::Grant { persons }, State::Submitted | State::Consented) => {
                let officer = operator()?;
                self.has_no_other_part(&officer, *persons)?;
                if one_more(&self.grants, &officer, *persons, rules)? {
                    (self.state, self.row) = (State::Granted, Row::Due);
                }
                self.grants.push(officer.clone());
                Ok(Some(officer))
            }
            (Event::Revoke { persons, .. }, State::Granted) => {
                let officer = operator()?;
                if one_more(&self.revocations, &officer, *persons, rules)? {
                    self.end(State::Revoked);
                }
                self.revocations.push(officer.clone());
                Ok(Some(officer))
            }
            (Event::Withdrawal { .. }, State::Submitted | State::ConsentAsked | State::Consented) => {
                self.state = State::Withdrawn;
                Ok(signers.first().copied().cloned())
            }
            _ => self.note(&line.event, day).map(|()| None),
        }
    }

    /// What the machine notes: nobody decides it, and nobody signs it.
    fn note(&mut self, event: &Event, day: Date) -> Result<(), Refusal> {
        match event {
            Event::Expire if self.state.is_open() || self.state == State::Granted => {
                if day <= self.application.until {
                    return Err(Refusal::NotOver { until: self.application.until });
                }
                self.end(State::Expired);
            }
            Event::Entered { .. } if self.row == Row::Due => self.row = Row::Entered,
            Event::Removed { .. } if self.row == Row::Leaving => self.row = Row::Removed,
            _ => return Err(Refusal::NotNow { event: event.label(), state: self.state_on(day).label() }),
        }
        Ok(())
    }

    /// The signer who speaks for the owner of the service.
    fn owners(&self, signers: &[&Officer], event: &'static str) -> Result<Officer, Refusal> {
        match &self.application.consent_of {
            Some(owner) => officer_of(signers, &Side::Owner(owner.clone()), event),
            None => Err(Refusal::NotSigned { event }),
        }
    }

    /// Where two persons decide, neither asked nor consented, and it must be known who asked. Whether the consent was
    /// another's than the request is looked at again: it may have been given when one person decided.
    fn has_no_other_part(&self, officer: &Officer, persons: u8) -> Result<(), Refusal> {
        if persons <= 1 {
            return Ok(());
        }
        let requester = self.requester.as_ref().ok_or(Refusal::RequesterUnknown)?;
        if requester.is_same_person(officer) {
            return Err(Refusal::Requester { name: officer.name.clone() });
        }
        let Some(consenter) = &self.consenter else { return Ok(()) };
        if consenter.is_same_person(officer) {
            return Err(Refusal::Consenter { name: officer.name.clone() });
        }
        self.consents_not_to_his_own(consenter)
    }

    /// Who asked does not agree to it for the owner.
    fn consents_not_to_his_own(&self, officer: &Officer) -> Result<(), Refusal> {
        match &self.requester {
            Some(requester) if requester.is_same_person(officer) => {
                Err(Refusal::OwnConsent { name: officer.name.clone() })
            }
            _ => Ok(()),
        }
    }

    /// The right is over: a row that is or may be in the registry must go.
    fn end(&mut self, state: State) {
        self.state = state;
        if matches!(self.row, Row::Due | Row::Entered) {
            self.row = Row::Leaving;
        }
    }

    /// What was applied for.
    pub fn application(&self) -> &Application {
        &self.application
    }

    /// Its number.
    pub fn number(&self) -> Number {
        self.application.number
    }

    /// Everything that happened, in order.
    pub fn history(&self) -> &[Decision] {
        &self.taken
    }

    /// The whole file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it stands on a day: whatever is not decided or over ends with its last day, noted or not.
    pub fn state_on(&self, day: Date) -> State {
        let running = self.state.is_open() || self.state == State::Granted;
        if running && day > self.application.until { State::Expired } else { self.state }
    }

    /// Whether it is noted that its last day is over.
    pub fn has_expired(&self) -> bool {
        self.state == State::Expired
    }

    /// Whether the registry has its row, as the case says.
    pub fn row(&self) -> Row {
        self.row
    }

    /// Officers who granted it, or have begun to.
    pub fn grants(&self) -> &[Officer] {
        &self.grants
    }

    /// Officers who took it back, or have begun to.
    pub fn revocations(&self) -> &[Officer] {
        &self.revocations
    }

    /// The last line.
    pub fn last(&self) -> &Decision {
        #[expect(clippy::expect_used, reason = "a case begins with a line and loses none")]
        self.taken.last().expect("a case has its application")
    }

    /// What the next line must name as the one before.
    pub fn head(&self) -> Digest {
        self.taken.last().map_or(Digest::NONE, |taken| taken.digest)
    }

    /// Since when the answer that is awaited has been awaited.
    pub(super) fn asked_at(&self) -> Timestamp {
        let consent = self.taken.iter().find(|taken| taken.line.event == Event::Consent);
        consent.or(self.taken.first()).map_or(Timestamp::UNIX_EPOCH, |taken| taken.line.at)
    }
}

/// Whether one more officer's word makes a decision whole.
fn one_more(before: &[Officer], officer: &Officer, persons: u8, rules: Rules<'_>) -> Result<bool, Refusal> {
    let wanted = rules.persons.unwrap_or(persons);
    if persons != wanted || !(1..=2).contains(&persons) {
        return Err(Refusal::Persons { said: persons, wanted });
    }
    if persons == 2 && before.iter().any(|one| one.is_same_person(officer)) {
        return Err(Refusal::SamePerson { name: officer.name.clone() });
    }
    Ok(before.len() + 1 >= usize::from(persons))
}

/// The registered officers in office whose signature the line bears: one person may speak for several sides. None when it
/// bears none; an error when it bears one that does not hold.
fn signers<'o>(line: &Line, signed: &str, rules: Rules<'o>) -> Result<Vec<&'o Officer>, Refusal> {
    let Some(signature) = &line.signature else { return Ok(Vec::new()) };
    let Signature { certificate: fingerprint, algorithm, value } = signature;
    let theirs: Vec<&Officer> =
        rules.officers.iter().filter(|officer| officer.certificate.fingerprint().to_string() == *fingerprint).collect();
    let Some(one) = theirs.first() else {
        return Err(Refusal::UnknownOfficer { fingerprint: fingerprint.clone() });
    };
    let key = one.certificate.public_key();
    let octets = Base64::decode_vec(value).unwrap_or_default();
    if key.algorithm().label() != algorithm || key.verify(signed.as_bytes(), &octets).is_err() {
        return Err(Refusal::WrongSignature { name: one.name.clone() });
    }
    if one.certificate.validity_at(line.at) != Validity::Valid {
        return Err(Refusal::Certificate { name: one.name.clone() });
    }
    let day = day_of(line.at);
    let in_office: Vec<&Officer> =
        theirs.iter().copied().filter(|officer| officer.until.is_none_or(|until| day <= until)).collect();
    match (in_office.is_empty(), one.until) {
        (true, Some(until)) => Err(Refusal::OutOfOffice { name: one.name.clone(), until }),
        _ => Ok(in_office),
    }
}

/// The signer of an application: he speaks for the operator or for the participant whose system asks. An application written
/// before applications named that participant is read as it is.
fn requester(asked: &Application, signers: &[&Officer], rules: Rules<'_>) -> Result<Option<Officer>, Refusal> {
    let Some(first) = signers.first() else { return Ok(None) };
    let applicant = asked.participant.clone().map(Side::Owner);
    if applicant.is_none() && rules.persons.is_none() {
        return Ok(Some(Officer::clone(first)));
    }
    if let Ok(officer) = officer_of(signers, &Side::Operator, "request") {
        return Ok(Some(officer));
    }
    officer_of(signers, &applicant.unwrap_or(Side::Operator), "request").map(Some)
}

/// The one of them who speaks for that side.
fn officer_of(signers: &[&Officer], needed: &Side, event: &'static str) -> Result<Officer, Refusal> {
    let one = signers.first().ok_or(Refusal::NotSigned { event })?;
    let fitting = signers.iter().find(|officer| officer.side == *needed);
    fitting.copied().cloned().ok_or_else(|| Refusal::WrongSide {
        name: one.name.clone(),
        side: one.side.clone(),
        event,
        needed: needed.clone(),
    })
}
