//! People and papers of the registry: agreements, contacts, officers who sign decisions, and how many must sign.
//! What the tables mean and how they are read; who may decide what is judged elsewhere.

use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;

use super::Place;
use super::kind::{Choice, Complaint, Day, Flag, Kind, Text, name};
use super::load::{Draft, Loader};
use super::resolve::Reference;
use super::rows::FileRef;
use super::table::Table;
use crate::names::ParticipantCode;

/// `agreement`: the paper on which a participant takes part. Without one it has no place in a production contour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// Its number.
    pub number: String,
    /// Its date.
    pub date: Date,
}

/// What a contact answers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ContactRole {
    /// Answers for the participant as a whole.
    Head,
    /// Runs its systems: is rung when a message fails.
    Technical,
    /// Answers for keys and certificates.
    Security,
    /// Decides about access to its services.
    Access,
}

/// `[[contact]]`: a person or desk of a participant.
#[derive(Debug, Clone, Serialize)]
pub struct Contact {
    /// Whose contact.
    pub participant: ParticipantCode,
    /// Name of the person or desk.
    pub name: String,
    /// What it answers for.
    pub role: ContactRole,
    /// Telephone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Last day on which it is in charge.
    pub until: Option<Date>,
    /// Name of the contact of the same participant who stands in.
    pub substitute: Option<String>,
    /// Where it is written.
    pub place: Place,
}

/// For whom an officer decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The operator of the node.
    Operator,
    /// A participant, about the services that it owns.
    Owner(ParticipantCode),
}

/// `[[officer]]`: a person whose signature stands under decisions about access and under states of the registry.
#[derive(Debug, Clone)]
pub struct Officer {
    /// Name of the person.
    pub name: String,
    /// For whom it decides.
    pub side: Side,
    /// Certificate of the person's key, PEM.
    pub certificate: FileRef,
    /// Last day on which it may sign.
    pub until: Option<Date>,
    /// Where it is written.
    pub place: Place,
}

/// `[approval]`: how changes of rights and keys are decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Approval {
    /// Two officers of the operator must have signed what the bus is to work with, and each grant and revocation.
    pub two_persons: bool,
}

const ROLES: &[(&str, ContactRole)] = &[
    ("head", ContactRole::Head),
    ("technical", ContactRole::Technical),
    ("security", ContactRole::Security),
    ("access", ContactRole::Access),
];

/// `agreement = { number, date }`.
pub(super) fn agreement(loader: &mut Loader<'_>, row: &mut Table<'_>) -> Option<Agreement> {
    let mut table = row.table("agreement")?;
    let (number, date) = (table.need("number", &Text), table.need("date", &Day));
    table.end(&mut loader.problems);
    Some(Agreement { number: number?.value, date: date?.value })
}

/// `[approval]`.
pub(super) fn approval(loader: &mut Loader<'_>, mut table: Table<'_>) -> Approval {
    let two_persons = table.may("two_persons", &Flag);
    table.end(&mut loader.problems);
    Approval { two_persons: two_persons.is_some_and(|flag| flag.value) }
}

/// Rows `[[contact]]` and `[[officer]]` of a file.
pub(super) fn read(loader: &mut Loader<'_>, file: &mut Table<'_>, draft: &mut Draft) {
    draft.contacts.extend(file.rows("contact").into_iter().filter_map(|row| contact(loader, row)));
    draft.officers.extend(file.rows("officer").into_iter().filter_map(|row| officer(loader, row)));
}

fn contact(loader: &mut Loader<'_>, mut row: Table<'_>) -> Option<Contact> {
    let place = row.header().place();
    let participant = row.need("participant", &name::<ParticipantCode>());
    let label = row.need("name", &Text);
    let role = row.need("role", &Choice(ROLES));
    let (phone, email) = (row.may("phone", &Text), row.may("email", &Text));
    let until = row.may("until", &Day);
    let substitute = row.may("substitute", &Text);
    row.end(&mut loader.problems);
    let participant = participant?;
    loader.refer(Reference::Participant(participant.value.clone()), "contact.participant", &participant.spot);
    if let Some(substitute) = &substitute {
        let reference = Reference::Contact(participant.value.clone(), substitute.value.clone());
        loader.refer(reference, "contact.substitute", &substitute.spot);
    }
    let label = label?.value;
    loader.names.contacts.push((participant.value.clone(), label.clone()));
    Some(Contact {
        participant: participant.value,
        name: label,
        role: role?.value,
        phone: phone.map(|phone| phone.value),
        email: email.map(|email| email.value),
        until: until.map(|until| until.value),
        substitute: substitute.map(|substitute| substitute.value),
        place,
    })
}

/// `side`: the word `operator` or the code of a participant.
struct SideKind;

impl Kind for SideKind {
    type Out = Side;

    fn allowed(&self) -> String {
        format!("\"operator\", or {}", name::<ParticipantCode>().allowed())
    }

    fn read(&self, value: &toml::de::DeValue<'_>) -> Result<Side, Complaint> {
        if value.as_str() == Some("operator") {
            return Ok(Side::Operator);
        }
        name::<ParticipantCode>().read(value).map(Side::Owner)
    }
}

fn officer(loader: &mut Loader<'_>, mut row: Table<'_>) -> Option<Officer> {
    let place = row.header().place();
    let label = row.need("name", &Text);
    let side = row.need("side", &SideKind);
    let certificate = loader.file(&mut row, "certificate");
    let until = row.may("until", &Day);
    row.end(&mut loader.problems);
    let side = side?;
    if let Side::Owner(code) = &side.value {
        loader.refer(Reference::Participant(code.clone()), "officer.side", &side.spot);
    }
    Some(Officer {
        name: label?.value,
        side: side.value,
        certificate: certificate?,
        until: until.map(|until| until.value),
        place,
    })
}

/// One person, one key: a certificate that stands under two names would make two signatures of one.
pub(super) fn shared_officers(officers: &[Officer]) -> impl Iterator<Item = (&Officer, &Officer)> {
    officers.iter().enumerate().filter_map(|(at, officer)| {
        let same = |other: &&Officer| {
            Arc::ptr_eq(&other.certificate.octets, &officer.certificate.octets)
                || other.certificate.octets == officer.certificate.octets
        };
        Some((officers.get(..at)?.iter().find(same)?, officer))
    })
}
