//! What exchanges are kept as, and how long. Values only: the journal does the keeping.

use serde::Serialize;

/// How many months records are kept after the month they are of, class by class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Keep {
    /// Interagency exchange.
    pub exchange: u32,
    /// Applications of citizens.
    pub application: u32,
    /// Who looked, exported, changed.
    pub audit: u32,
}

impl Default for Keep {
    /// Five years.
    fn default() -> Self {
        Self { exchange: 60, application: 60, audit: 60 }
    }
}

/// What the exchanges of a service are kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordClass {
    /// Interagency exchange.
    #[default]
    Exchange,
    /// Applications of citizens, from the portal or a service centre.
    Application,
}
