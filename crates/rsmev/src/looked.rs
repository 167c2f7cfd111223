//! The record of a look at the evidence: who, what, why. Made by a command, written by whoever has the journal's directory: the
//! command itself, or the running bus that it asks.

use std::path::{Path, PathBuf};

use journal::{Audited, Class, Error, Header, Journal, Kind, Record, RecordId, StoreName};
use serde::{Deserialize, Serialize};

use crate::edge;

/// Longest text of a field, in characters.
const TEXT_CHARS: usize = 1000;
/// Most agencies named in one look.
const AGENCIES: usize = 1000;

/// A look as it is asked to be recorded.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Looked {
    /// The journal looked at: a bus writes to its own only.
    pub(crate) journal: PathBuf,
    /// Agencies whose messages were shown: each has it on record, too.
    pub(crate) agencies: Vec<String>,
    /// Who did what.
    pub(crate) audit: Audited,
}

impl Looked {
    /// The stores that get it: the node's and those of the agencies, as far as they have stores here.
    fn stores(&self, directory: &Path) -> Result<Vec<StoreName>, String> {
        let node = StoreName::node().of_class(Class::Audit);
        if self.agencies.len() > AGENCIES {
            return Err(format!("more than {AGENCIES} agencies"));
        }
        let mut stores = vec![node];
        for name in &self.agencies {
            let store = StoreName::new(name).map_err(|error| error.to_string())?;
            // Nobody makes stores by looking.
            if !directory.join(store.agency()).is_dir() {
                return Err(format!("there is no store {store}"));
            }
            stores.push(store.of_class(Class::Audit));
        }
        Ok(stores)
    }

    /// Whether it is fit to be evidence: short texts without control characters.
    fn check(&self) -> Result<(), String> {
        let Audited { who, action, subject, reason, .. } = &self.audit;
        let texts = [who, action, subject].into_iter().chain(reason);
        for text in texts {
            if text.trim().is_empty() || text.chars().count() > TEXT_CHARS || text.chars().any(char::is_control) {
                return Err(format!(
                    "a text of it is empty, longer than {TEXT_CHARS} characters, or has control characters"
                ));
            }
        }
        Ok(())
    }

    /// Writes it; when this returns, it is durable.
    pub(crate) async fn write(&self, journal: &Journal) -> Result<RecordId, String> {
        self.check()?;
        let same = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if same(&self.journal) != same(journal.directory()) {
            return Err("it is another journal that this bus writes".to_owned());
        }
        let stores = self.stores(journal.directory())?;
        let exchange = uuid::Builder::from_random_bytes(edge::random()).into_uuid();
        let mut header = Header::new(exchange, Kind::Audited, edge::now());
        header.audit = Some(self.audit.clone());
        self.audit.action.clone_into(&mut header.verdict);
        let record = Record { header, bodies: Vec::new() };
        let receipt = journal.append(&stores, &record).await.map_err(|error| error.to_string())?;
        receipt.record_ids().next().cloned().ok_or_else(|| Error::NoStores.to_string())
    }
}
