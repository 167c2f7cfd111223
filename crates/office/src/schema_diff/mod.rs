//! What changed between two versions of a service's schemas, element by element, and what of it breaks consumers. Reads XSD and WSDL
//! files as they are handed over; fetches nothing, and does not ask whether they are good schemas (`xmldsig::schema` does).

mod compare;
mod facts;
mod simple;
mod symbols;
mod walk;

use std::fmt;

use serde::Serialize;

pub use facts::Occurs;
pub(crate) use symbols::{Symbols, documents, texts};

use crate::wsdl::{File, Unreadable, Wsdl};

/// Which message an element belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Consumers write it.
    Request,
    /// Consumers read it.
    Answer,
    /// The files do not tell: there is no WSDL.
    Unknown,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The message it is in.
    pub direction: Direction,
    /// Local names from the element in the Body down, parted by `/`; attributes with `@`. An operation's name for changes of the whole.
    pub path: String,
    /// What changed.
    #[serde(flatten)]
    pub what: What,
    /// Does it break consumers that were written for the old version?
    pub breaking: bool,
}

/// What can change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum What {
    /// An operation is new.
    OperationAdded,
    /// An operation is gone.
    OperationRemoved,
    /// SOAPAction is another.
    Action {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// The element is new, with everything in it.
    Added {
        /// Must it be there?
        required: bool,
    },
    /// The element is gone, with everything in it.
    Removed,
    /// It had to be there or not, and now it does.
    Required,
    /// It had to be there, and now it does not.
    Optional,
    /// It may stand more or less often.
    Occurs {
        /// Before.
        from: Occurs,
        /// After.
        to: Occurs,
    },
    /// Its namespace is another.
    Namespace {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// The type of its value is another.
    Type {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// The list of its values is another.
    Enumeration {
        /// Values that were not there before; empty with `removed` empty: the list came or went as a whole.
        added: Vec<String>,
        /// Values that are gone.
        removed: Vec<String>,
        /// Was any value allowed before?
        was_open: bool,
        /// Is any value allowed now?
        is_open: bool,
    },
    /// The template of its value is another.
    Pattern {
        /// Before; empty: none.
        from: Vec<String>,
        /// After; empty: none.
        to: Vec<String>,
    },
    /// Another facet of its value changed.
    Facet {
        /// `maxLength`, `minInclusive` …
        facet: String,
        /// Before; absent: none.
        from: Option<String>,
        /// After; absent: none.
        to: Option<String>,
    },
    /// `nillable` changed.
    Nillable {
        /// Is `xsi:nil` allowed now?
        to: bool,
    },
    /// Too large or too deep to be followed further: what lies below was not compared.
    Unfollowed,
}

/// What two sets of schemas differ in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Whether anything breaks consumers.
    pub breaking: bool,
    /// Every change, requests first, in the order of the old schema, additions behind.
    pub changes: Vec<Change>,
}

/// Compares two sets of XSD and WSDL files.
pub fn compare(old: &[File<'_>], new: &[File<'_>]) -> Result<Difference, Unreadable> {
    let (old, new) = (read(old)?, read(new)?);
    let changes = compare::compare(&old, &new);
    Ok(Difference { breaking: changes.iter().any(|change| change.breaking), changes })
}

/// One set, read.
struct Side {
    wsdl: Wsdl,
    messages: Vec<facts::Message>,
}

fn read(files: &[File<'_>]) -> Result<Side, Unreadable> {
    let is_wsdl = |file: &&File<'_>| file.0.to_ascii_lowercase().ends_with(".wsdl");
    let wsdls: Vec<File<'_>> = files.iter().filter(is_wsdl).copied().collect();
    let wsdl = Wsdl::read(&wsdls)?;
    let texts = symbols::texts(files)?;
    let documents = symbols::documents(&texts)?;
    let symbols = Symbols::of(&documents);
    let messages = walk::messages(&symbols, &wsdl);
    Ok(Side { wsdl, messages })
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "request",
            Self::Answer => "answer",
            Self::Unknown => "message",
        })
    }
}

#[cfg(test)]
mod tests;
