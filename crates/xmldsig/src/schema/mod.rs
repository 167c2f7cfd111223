//! Validation against XML schemas (XSD 1.0) over libxml2's xmlschemas: octets in, findings out.
//!
//! For people and tools that prepare services; nothing here is on the way of a message. A schema is made of the files handed over and of
//! nothing else: what it imports or includes is one of them, or the schema is refused with the name of what it wanted.

mod bounds;
mod compile;
mod gather;
mod place;
mod rewrite;

use std::fmt;

use crate::Error;
use crate::soap::Soap;
use crate::tree::Tree;

pub(crate) use compile::load;

/// Findings of one validation, at most.
const FINDINGS_MAX: usize = 100;

/// A file that schemas may be taken from: XSD, or WSDL with schemas in its `types`.
#[derive(Debug, Clone, Copy)]
pub struct SchemaFile<'a> {
    /// Its name, relative to the folder of all of them, steps parted by `/`.
    pub name: &'a str,
    /// Its octets.
    pub octets: &'a [u8],
}

/// Something wrong with schemas, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaProblem {
    /// Name of the file, as handed over.
    pub file: String,
    /// Line of the file, from 1.
    pub line: u32,
    /// What is wrong.
    pub what: Trouble,
}

impl fmt::Display for SchemaProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

/// What can be wrong with schemas.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No file of that name was handed over.
    #[error("there is no such file")]
    Absent,
    /// Not well-formed XML in UTF-8, with a document type declaration, or nested too deeply.
    #[error("not acceptable XML: {0}")]
    Unreadable(String),
    /// Neither a schema nor a WSDL.
    #[error("neither an XML schema nor a WSDL: the root is {0}")]
    NotASchema(String),
    /// It names a file that was not handed over.
    #[error("it wants {0}, which is not among the files")]
    Missing(String),
    /// It names something outside of the files: of the disk or the network. Never fetched.
    #[error("it wants {0} from outside of the files; nothing is fetched")]
    Outside(String),
    /// An include or import of a schema does not say of what.
    #[error("an include without schemaLocation")]
    NoLocation,
    /// A bound is reached.
    #[error("{what}: {max} at most")]
    TooLarge {
        /// Of what there is too much.
        what: &'static str,
        /// How much is allowed.
        max: u64,
    },
    /// The rules of XML schemas are broken; the words are libxml2's.
    #[error("{0}")]
    Rule(String),
}

/// A place where a document is not what its schema says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Line of the document, from 1.
    pub line: u32,
    /// Where: local names of the elements from the root down, `/Envelope/Body/…`; empty when libxml2 does not tell.
    pub path: String,
    /// What is wrong; the words are libxml2's.
    pub message: String,
}

/// What a validation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validated {
    /// What departs from the schema, the first hundred at most. None: the document is valid.
    pub findings: Vec<Finding>,
    /// Were there more?
    pub more: bool,
}

/// Compiled schemas. Bound to the thread that made them.
///
/// ```compile_fail
/// fn sent_elsewhere<T: Send>() {}
/// sent_elsewhere::<xmldsig::schema::Schema>();
/// ```
pub struct Schema {
    compiled: compile::Compiled,
}

impl Schema {
    /// Compiles the schemas in the files named `entries` and all that they import or include. Of each WSDL the schemas in its `types`
    /// are taken, with those of the WSDL files it imports. `library` stands in for what `files` do not hold, and is loaded beside them
    /// for namespaces that they leave open.
    pub fn parse(
        entries: &[&str],
        files: &[SchemaFile<'_>],
        library: &[SchemaFile<'_>],
    ) -> Result<Self, Vec<SchemaProblem>> {
        let gathered = gather::gather(entries, files, library)?;
        Ok(Self { compiled: compile::compile(gathered)? })
    }

    /// Names of the files the schemas were taken from, those of the library aside, in the order they were come upon.
    pub fn files(&self) -> &[String] {
        self.compiled.files()
    }

    /// Validates a document from its root.
    pub fn validate(&self, octets: &[u8]) -> Result<Validated, Error> {
        let tree = Tree::parse(octets)?;
        self.compiled.validate(&tree, None)
    }

    /// Validates the first element in the Body of a SOAP 1.1 message.
    pub fn validate_body(&self, octets: &[u8]) -> Result<Validated, Error> {
        let tree = Tree::parse(octets)?;
        let operation = Soap::find(&tree)?.operation().ok_or(Error::NotSoap)?;
        self.compiled.validate(&tree, Some(operation))
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema").field("files", &self.files()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
