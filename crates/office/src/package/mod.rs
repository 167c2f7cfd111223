//! A service package: passport, WSDL, schemas, control example, papers and the provider's information system, as the owner hands them
//! over. [`check()`] tells of each part whether it is in order; [`TestRecord`] keeps what a trial run came to.
//!
//! Octets by name come in; which disk they lie on is the caller's business.

mod check;
mod information_system;
mod passport;
mod record;
mod table;

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

pub use check::{Context, Finding, Part, PartReport, Registered, Report, Verdict, check, operation_of};
pub use information_system::InformationSystem;
pub use passport::{Contact, FormatOwner, Passport, Support};
pub use record::{RecordError, RecordedPart, Run, TestRecord};
pub use table::Mistake;

/// Name of the passport in a package.
pub const PASSPORT: &str = "passport.toml";
/// Name of what a package tells of the provider's system.
pub const INFORMATION_SYSTEM: &str = "information-system.toml";
/// Request of the control example (контрольный пример).
pub const REQUEST: &str = "control-example/request.xml";
/// Its answer.
pub const ANSWER: &str = "control-example/answer.xml";
/// The record of a trial run (протокол испытаний); written by the command line and not counted into the digest.
pub const TEST_RECORD: &str = "test-record.json";

/// A text in both languages of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    /// In Russian.
    pub ru: String,
    /// In English.
    pub en: String,
}

impl Words {
    /// The same thing said twice.
    pub fn new(ru: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ru: ru.into(), en: en.into() }
    }
}

/// The files of a package by their names, relative to its folder, steps parted by `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    files: BTreeMap<String, Vec<u8>>,
}

impl Package {
    /// A package of these files.
    pub fn new(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self { files }
    }

    /// The octets of a file.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }

    /// Names and octets, in the order of names.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(name, octets)| (name.as_str(), octets.as_slice()))
    }

    /// The files whose names end so, whatever their case.
    pub fn ending(&self, end: &str) -> Vec<(&str, &[u8])> {
        self.files().filter(|(name, _)| name.to_ascii_lowercase().ends_with(end)).collect()
    }

    /// The WSDL and XSD files.
    pub fn schemas(&self) -> Vec<(&str, &[u8])> {
        self.ending(".wsdl").into_iter().chain(self.ending(".xsd")).collect()
    }

    /// Hexadecimal SHA-256 of one line a file, as `sha256sum` writes it, in byte order of names; the test record is left out. One value
    /// for one state of the package.
    pub fn digest(&self) -> String {
        let mut manifest = Sha256::new();
        for (name, octets) in self.files().filter(|(name, _)| *name != TEST_RECORD) {
            manifest.update(format!("{}  {name}\n", hex::encode(Sha256::digest(octets))));
        }
        hex::encode(manifest.finalize())
    }
}

#[cfg(test)]
mod tests;
