//! Why a message cannot be taken, read, verified or sealed.
//!
//! Every variant maps to one SMEV code in the gateway; texts name what and where, never octets of the message's content.

use crate::format::FormatProblem;

/// Grouped by whose fault: the sender's wire form, the sender's XML, the sender's SMEV blocks, signatures, the node itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The HTTP body is larger than the limit.
    #[error("the message has {bytes} bytes, allowed are {max}")]
    TooLarge {
        /// Size of the HTTP body.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The octets or the declared encoding are not UTF-8.
    #[error("the message is not UTF-8: {what}")]
    NotUtf8 {
        /// Which declaration or octets said so.
        what: &'static str,
    },
    /// Neither `text/xml` nor `multipart/related`.
    #[error("content type {found:?} is neither text/xml nor multipart/related")]
    UnknownContentType {
        /// What the HTTP header said, shortened.
        found: String,
    },
    /// The MIME frame is broken or ambiguous.
    #[error("multipart/related: {what}")]
    Multipart {
        /// What is wrong.
        what: &'static str,
    },

    /// Not well-formed XML.
    #[error("line {line}, column {column}: {what}")]
    Malformed {
        /// What is wrong.
        what: String,
        /// From 1, in the SOAP part.
        line: usize,
        /// From 1, in bytes.
        column: usize,
    },
    /// A document type declaration; refused before anything in it is looked at.
    #[error("a document type declaration is not allowed")]
    DoctypeForbidden,
    /// A named limit is exceeded.
    #[error("line {line}: more than {max} {name}")]
    Limit {
        /// The limit's name in the registry's `[limits]`.
        name: &'static str,
        /// Its value.
        max: usize,
        /// Where, from 1; 0 when the MIME frame is meant.
        line: usize,
    },

    /// The root is not `Envelope` of SOAP 1.1.
    #[error("the root element is {found}, not Envelope of SOAP 1.1")]
    NotSoap11 {
        /// `SOAP 1.2` or the expanded name found.
        found: String,
    },
    /// Envelope without Body.
    #[error("the Envelope has no Body")]
    NoBody,
    /// More than one Body.
    #[error("the Envelope has several Body elements")]
    SeveralBodies,
    /// More than one soap:Header.
    #[error("the Envelope has several Header elements")]
    SeveralHeaders,
    /// More than one `smev:Header` block.
    #[error("the Header holds several smev:Header blocks")]
    SeveralNodeHeaders,
    /// An element that may not stand there (foreign child of Envelope, Header after Body, a `Message` hidden in the operation).
    #[error("line {line}: {element} may not stand in Envelope there")]
    Misplaced {
        /// Its local name, or what it is.
        element: String,
        /// From 1.
        line: usize,
    },
    /// Body without an element in it.
    #[error("the Body is empty")]
    EmptyBody,
    /// Body with more than one child.
    #[error("the Body holds several elements, one operation is allowed")]
    SeveralOperations,
    /// The operation holds more than one SMEV `Message`.
    #[error("the operation holds several Message blocks")]
    SeveralMessages,
    /// A comment or processing instruction inside a field: parsers disagree on such values.
    #[error("line {line}: a comment or processing instruction inside {field}")]
    CommentInField {
        /// Which field.
        field: &'static str,
        /// From 1.
        line: usize,
    },
    /// An element inside a field that holds text only.
    #[error("line {line}: an element inside {field}, which holds text only")]
    ElementInField {
        /// Which field.
        field: &'static str,
        /// From 1.
        line: usize,
    },
    /// A field stands twice: parsers disagree on which one counts.
    #[error("line {line}: {field} stands twice")]
    RepeatedField {
        /// Which field.
        field: &'static str,
        /// From 1.
        line: usize,
    },
    /// The format check found problems.
    #[error("the message does not pass the format check: {}", list(problems))]
    Format {
        /// All of them.
        problems: Vec<FormatProblem>,
    },

    /// The sender's signature (ЭП-ОВ).
    #[error("sender's signature: {0}")]
    Signature(#[source] xmldsig::Error),
    /// The signature of the node that passed the message on (ЭП-СМЭВ).
    #[error("node's signature: {0}")]
    NodeSignature(#[source] xmldsig::Error),
    /// What was read before verification is not what the signature covers.
    #[error("{field} reads differently in the signed octets")]
    ReadDiffers {
        /// Which field.
        field: &'static str,
    },
    /// A message that came to be signed for its sender carries a sender's signature already.
    #[error("the message carries a sender's Security block already")]
    SignedAlready,
    /// A message that came to be signed for its sender names its Body in a way no reference may use.
    #[error("the wsu:Id {id:?} of Body is empty or holds characters other than letters, digits and _ . : -")]
    BodyId {
        /// The id, shortened.
        id: String,
    },

    /// The node or a hosted system could not sign.
    #[error("cannot sign: {0}")]
    CannotSign(#[source] xmldsig::Error),
    /// The bus's own mistake; never the sender's.
    #[error("internal: {what}")]
    Internal {
        /// What did not hold.
        what: &'static str,
    },
}

fn list(problems: &[FormatProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The most characters of the message's own text that an error carries.
pub(crate) const TEXT_CHARS: usize = 80;

/// Text of the message, cut for an error: names, URIs and content types may be as long as the sender likes.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS) {
        None => text.to_owned(),
        Some(_) => text.chars().take(TEXT_CHARS - 1).chain(['…']).collect(),
    }
}

impl Error {
    /// [`Error::Signature`] with the message's text in it cut.
    pub(crate) fn signature(error: xmldsig::Error) -> Self {
        Self::Signature(cut(error))
    }

    /// [`Error::NodeSignature`] with the message's text in it cut.
    pub(crate) fn node_signature(error: xmldsig::Error) -> Self {
        Self::NodeSignature(cut(error))
    }
}

fn cut(error: xmldsig::Error) -> xmldsig::Error {
    use xmldsig::Error as E;
    match error {
        E::TokenType { value_type } => E::TokenType { value_type: shortened(&value_type) },
        E::UnknownAlgorithm { uri } => E::UnknownAlgorithm { uri: shortened(&uri) },
        E::UnknownTransform { uri } => E::UnknownTransform { uri: shortened(&uri) },
        E::DuplicateId { id } => E::DuplicateId { id: shortened(&id) },
        E::UnresolvedReference { id } => E::UnresolvedReference { id: shortened(&id) },
        other => other,
    }
}
