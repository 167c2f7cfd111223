//! Where the parts of an envelope stand, as byte spans of the SOAP part.

use std::ops::Range;

use crate::QName;

/// The spans that splicing works with.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// Prefix of Envelope; empty when SOAP is the default namespace.
    pub(crate) envelope_prefix: String,
    /// Behind the `>` of the Envelope's start tag.
    pub(crate) envelope_start: usize,
    pub(crate) header: Option<HeaderSpans>,
    pub(crate) body: BodySpans,
}

/// soap:Header.
#[derive(Debug, Clone)]
pub(crate) struct HeaderSpans {
    /// Its start tag.
    pub(crate) tag: Range<usize>,
    /// Qualified name as written.
    pub(crate) name: String,
    /// Written as `<soap:Header/>`.
    pub(crate) empty: bool,
    pub(crate) blocks: Vec<Block>,
}

/// A child of soap:Header.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) span: Range<usize>,
    pub(crate) kind: BlockKind,
    /// Its name, shortened: of the first blocks that are neither the sender's nor a node's.
    pub(crate) foreign: Option<QName>,
    /// What of it the sender's signature covers; known after verification.
    pub(crate) signed: Signed,
}

/// What of a header block the sender's signature covers, beside Body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    /// Nothing.
    Nothing,
    /// The block as a whole.
    Whole,
    /// Something in it: the rest of it may be anybody's.
    Inside,
}

/// Which child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BlockKind {
    /// wsse:Security with its `soap:actor`.
    Security(Option<String>),
    /// smev:Header of any revision.
    NodeHeader,
    /// Not ours: WS-Addressing and the like; kept whole or cut out whole.
    Foreign,
}

/// soap:Body.
#[derive(Debug, Clone)]
pub(crate) struct BodySpans {
    /// From `<` of the start tag to behind the end tag.
    pub(crate) span: Range<usize>,
    /// Behind the name in the start tag: where an attribute can be put.
    pub(crate) name_end: usize,
    /// `wsu:Id`.
    pub(crate) wsu_id: Option<String>,
    /// Values of every attribute that names the element, `wsu:Id` among them.
    pub(crate) ids: Vec<String>,
    /// A prefix in scope that stands for wsu.
    pub(crate) wsu_prefix: Option<String>,
    /// A prefix that stands for nothing in scope: declaring it changes the meaning of nothing.
    pub(crate) free_prefix: String,
}
