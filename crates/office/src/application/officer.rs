//! Officers: whose signature makes a decision, as the registry has them. Which decision needs whom is in `case`.

use domain::registry::Side;
use jiff::civil::Date;
use pki::Certificate;

/// A registered officer.
#[derive(Debug, Clone)]
pub struct Officer {
    /// His name: it stands for the person, whatever certificates he has had.
    pub name: String,
    /// For whom he speaks.
    pub side: Side,
    /// His certificate.
    pub certificate: Certificate,
    /// His last day in office; rows stay in the registry after it, so that what he signed can still be checked.
    pub until: Option<Date>,
}

impl Officer {
    /// Are the two the same person: of one name, or with one key?
    pub fn is_same_person(&self, other: &Officer) -> bool {
        let name = |officer: &Officer| officer.name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        name(self) == name(other)
            || self.certificate.public_key().spki_der() == other.certificate.public_key().spki_der()
    }
}

/// By what lines are judged.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// All officers of the registry, also those whose time is over.
    pub officers: &'a [Officer],
    /// How many officers of the operator a new decision needs, 1 or 2. `None` when lines written before are read: each says
    /// itself what it was decided under.
    pub persons: Option<u8>,
}

/// The side as the registry writes it.
pub fn side_label(side: &Side) -> &str {
    match side {
        Side::Operator => "operator",
        Side::Owner(code) => code.as_str(),
    }
}
