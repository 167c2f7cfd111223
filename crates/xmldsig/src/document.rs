//! A parsed message and what can be asked of it. A thin front: the work is done in the modules it names.

use std::fmt;

use crate::canonical::{Subtree, exclusive};
use crate::explain::explain;
use crate::inspect::inspect;
use crate::official::officials;
use crate::security::Security;
use crate::soap::Soap;
use crate::tree::Tree;
use crate::verify::verify;
use crate::{
    ACTOR_RECIPIENT, ACTOR_SMEV, Distrust, Error, Explanation, Inspection, Official, Policy, Question, Verified,
};

/// Whose Security block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The information system that wrote the Body: `…/actors/smev`, ЭП-ОВ.
    Sender,
    /// The SMEV node the message came through: `…/actors/recipient`, ЭП-СМЭВ.
    Recipient,
}

impl Actor {
    /// Value of the attribute `actor`.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Sender => ACTOR_SMEV,
            Self::Recipient => ACTOR_RECIPIENT,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri())
    }
}

/// A part of the message by its place, never by its id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// The Body of the Envelope.
    Body,
    /// smev:Header, the child of soap:Header that the node writes.
    Header,
    /// smev:AppData of the SMEV block in the Body.
    AppData,
    /// Any other element, by its expanded name `{namespace}local`.
    Other(String),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Body => "Body",
            Self::Header => "Header",
            Self::AppData => "AppData",
            Self::Other(name) => name,
        })
    }
}

/// A parsed message. Bound to the thread that parsed it; documents on different threads do not disturb each other.
///
/// ```compile_fail
/// fn sent_elsewhere<T: Send>() {}
/// sent_elsewhere::<xmldsig::Document>();
/// ```
pub struct Document {
    tree: Tree,
}

impl Document {
    /// Parses a message: XML 1.0 in UTF-8, without a document type declaration, nested at most 256 deep. Fetches nothing, and writes
    /// nothing to stderr. Sizes are the caller's to bound: the tree takes up to ten times the octets.
    pub fn parse(octets: &[u8]) -> Result<Self, Error> {
        Ok(Self { tree: Tree::parse(octets)? })
    }

    /// Verifies the signature of `policy.actor`. `trust` gets the DER of the certificate the message points to and answers with the
    /// registered certificate, or why it is not trusted.
    pub fn verify(
        &self,
        policy: &Policy,
        trust: &dyn Fn(&[u8]) -> Result<pki::Certificate, Distrust>,
    ) -> Result<Verified, Error> {
        verify(&self.tree, policy, trust)
    }

    /// A part in exclusive canonical form without comments (xml-exc-c14n).
    pub fn canonical(&self, part: &Part) -> Result<Vec<u8>, Error> {
        let apex = Soap::find(&self.tree)?.element(&self.tree, part)?;
        exclusive(&self.tree, &Subtree { apex, without: None }, &[])
    }

    /// What can be said of every ds:Signature in the document, in document order, trust aside.
    pub fn inspect(&self) -> Vec<Inspection> {
        inspect(&self.tree)
    }

    /// Why signatures do not hold: every step judged by itself, and the usual suspects tried. Changes nothing of what `verify` accepts.
    pub fn explain(&self, question: &Question<'_>) -> Explanation {
        explain(&self.tree, question)
    }

    /// What can be said of every signature inside AppData (ЭП-СП), in document order, trust aside. Never fails the message; the number
    /// of signatures judged and the work spent on them are bounded.
    pub fn officials(&self) -> Vec<Official> {
        officials(&self.tree)
    }

    /// DER of the certificate to which the Security block of `actor` points. A hint: nothing is verified.
    pub fn token(&self, actor: Actor) -> Result<Vec<u8>, Error> {
        Security::find(&self.tree, &Soap::find(&self.tree)?, actor)?.certificate()
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document")
    }
}
