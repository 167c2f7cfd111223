//! The register of needs: exchange cards (ТКМВ, технологические карты межведомственного взаимодействия). A card says which
//! information a consumer needs for a public service, from whom, by which service.
//!
//! Read in `read`, compared in `diff`, held against rights and traffic in `link`. Writing the file is the caller's business.

mod columns;
mod diff;
mod link;
mod read;

use std::fmt;

use jiff::civil::Date;
use serde::Serialize;

pub use columns::Column;
pub use diff::{Changed, Diff, diff};
pub(crate) use link::in_force;
pub use link::{Linked, Standing, link};
pub use read::{FILE_BYTES_MAX, Mistake, read};

/// Name of the register beside the registry's entry file.
pub const FILE: &str = "tkmv.csv";

/// An exchange card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    /// Its number.
    pub number: String,
    /// Code of the public service that needs the information.
    pub service_code: String,
    /// Name of that public service.
    pub service_name: String,
    /// Who needs it: code of a participant, or mnemonic of a system.
    pub consumer: String,
    /// What is needed.
    pub information: String,
    /// Who has it: code of a participant, or mnemonic of a system; empty: not settled.
    pub provider: String,
    /// SID of the service that gives it; empty: there is none yet.
    pub service: String,
    /// How far the card has come.
    pub status: Status,
    /// Paper on which the need rests.
    pub ground: String,
    /// Its date.
    pub date: Option<Date>,
}

/// How far a card has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Being written.
    Draft,
    /// Agreed between consumer and provider.
    Agreed,
    /// Approved by the region.
    Approved,
    /// Another card has taken its place.
    Superseded,
}

impl Status {
    /// All, with the words by which they are known: the first is the one written.
    pub(crate) const WORDS: [(Status, &'static [&'static str]); 4] = [
        (Status::Draft, &["draft", "черновик", "проект"]),
        (Status::Agreed, &["agreed", "согласована", "согласовано"]),
        (Status::Approved, &["approved", "утверждена", "утверждено"]),
        (Status::Superseded, &["superseded", "заменена", "отменена"]),
    ];

    /// The word that is written.
    pub fn word(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Agreed => "agreed",
            Status::Approved => "approved",
            Status::Superseded => "superseded",
        }
    }

    /// Does the card say that access is needed now?
    pub fn in_force(self) -> bool {
        matches!(self, Status::Agreed | Status::Approved)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The register as it is stored: one form, whatever form it was imported in. Cards in order of their numbers.
///
/// # Errors
/// The reason of the CSV writer; it has none while it writes to memory.
pub fn written(cards: &[Card]) -> Result<Vec<u8>, String> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let failed = |error: csv::Error| error.to_string();
    writer.write_record(Column::ALL.map(Column::name)).map_err(failed)?;
    let mut sorted: Vec<&Card> = cards.iter().collect();
    sorted.sort_by(|one, other| one.number.cmp(&other.number));
    for card in sorted {
        writer.write_record(Column::ALL.map(|column| card.cell(column))).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| error.to_string())
}

impl Card {
    /// What stands in a column.
    pub fn cell(&self, column: Column) -> String {
        match column {
            Column::Number => self.number.clone(),
            Column::ServiceCode => self.service_code.clone(),
            Column::ServiceName => self.service_name.clone(),
            Column::Consumer => self.consumer.clone(),
            Column::Information => self.information.clone(),
            Column::Provider => self.provider.clone(),
            Column::Service => self.service.clone(),
            Column::Status => self.status.word().to_owned(),
            Column::Ground => self.ground.clone(),
            Column::Date => self.date.map(|date| date.to_string()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
