//! Everything that can be wrong with a signed message, grouped by whose fault it is.
//!
//! No variant carries keys, file paths or text of the message beyond ids and algorithm names; the gateway gives each its SMEV code.

use pki::trust::Objection;

use crate::{Actor, Part};

/// Why a message was not accepted, or a signature not made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    // The text is not an acceptable XML document.
    /// Not well-formed XML 1.0 in UTF-8, or nested too deeply.
    #[error("malformed XML at line {line}")]
    Malformed {
        /// Line of the message, from 1.
        line: u32,
    },
    /// Namespace names are used so often that canonical forms would be many times larger than the message.
    #[error("the canonical form is too large: long namespace names are used again and again, up to line {line}")]
    CanonicalFormTooLarge {
        /// Line of the message, from 1.
        line: u32,
    },
    /// The message has a document type declaration; SOAP 1.1 §3 forbids it.
    #[error("a document type declaration is not allowed")]
    DoctypeForbidden,
    /// Not one SOAP 1.1 Envelope with at most one Header and exactly one Body.
    #[error("not a SOAP 1.1 envelope")]
    NotSoap,

    // The Security block is missing, or not what the profile says.
    /// No Security block for this actor, or no Signature in it.
    #[error("no signature for actor {actor}")]
    SignatureNotFound {
        /// The actor asked for.
        actor: Actor,
    },
    /// More than one Security block for this actor.
    #[error("several Security blocks for actor {actor}")]
    SeveralSecurity {
        /// The actor asked for.
        actor: Actor,
    },
    /// More than one Signature in the Security block.
    #[error("several signatures in one Security block")]
    SeveralSignatures,
    /// KeyInfo points to no BinarySecurityToken of its own Security block.
    #[error("the security token of the signature was not found")]
    TokenNotFound,
    /// The token is not an X.509 v3 certificate (WSS X.509 token profile 1.0).
    #[error("unknown type of security token: {value_type:?}")]
    TokenType {
        /// ValueType as written; empty when absent.
        value_type: String,
    },
    /// The token is not a readable certificate.
    #[error("the certificate in the message cannot be read: {0}")]
    BadCertificate(#[source] pki::Error),
    /// More than one certificate where one is allowed.
    #[error("several certificates in one Security block")]
    SeveralCertificates,
    /// A signature, digest or canonicalization method outside the closed list.
    #[error("unknown algorithm {uri:?}")]
    UnknownAlgorithm {
        /// The Algorithm as written.
        uri: String,
    },
    /// SignatureMethod is of another kind than the key, or DigestMethod weaker than the signature.
    #[error("the algorithm does not fit the key")]
    AlgorithmDoesNotFitKey,
    /// A transform outside the closed list.
    #[error("unknown transform {uri:?}")]
    UnknownTransform {
        /// The Algorithm as written.
        uri: String,
    },
    /// Security, Signature or SignedInfo departs from the profile.
    #[error("bad Security section: {what}")]
    BadSecurity {
        /// What departs.
        what: &'static str,
    },

    // The signature covers something else than it must, or nothing definite.
    /// No reference of the signature is the Body of the Envelope.
    #[error("the Body of the message is not signed")]
    BodyNotSigned,
    /// A part the policy demands, other than Body, is not signed.
    #[error("{part} of the message is not signed")]
    PartNotSigned {
        /// The part.
        part: Part,
    },
    /// Two elements carry the id that a reference names.
    #[error("id {id:?} stands on more than one element")]
    DuplicateId {
        /// The id.
        id: String,
    },
    /// No element carries the id that a reference names, or the part asked for is absent.
    #[error("nothing in the message has the id {id:?}")]
    UnresolvedReference {
        /// The id, or the name of the part.
        id: String,
    },

    // The cryptography says no.
    /// A part was changed after it was signed.
    #[error("{part} was changed after signing")]
    WrongDigest {
        /// The part.
        part: Part,
    },
    /// SignatureValue does not belong to SignedInfo and the certificate.
    #[error("the signature value is wrong")]
    WrongSignature,

    // The signer is not trusted.
    /// The caller does not trust the certificate.
    #[error("the certificate is not trusted: {0}")]
    Distrusted(#[source] Distrust),

    // Our own side.
    /// The key refused to sign.
    #[error("cannot sign: {0}")]
    CannotSign(#[source] pki::Error),
    /// A library failed or was misused: the fault of the bus.
    #[error("internal error: {what}")]
    Internal {
        /// Which step.
        what: &'static str,
    },
}

/// Why the caller does not trust a certificate.
#[derive(Debug, thiserror::Error)]
pub enum Distrust {
    /// Not a registered certificate.
    #[error("unknown certificate")]
    Unknown,
    /// Registered for trial: it vouches for test messages only.
    #[error("registered for trial: it vouches for test messages only")]
    OnTrial,
    /// Registered, but its dates, its use, its path to an authority or a revocation list speak against it.
    #[error("{0}")]
    Objection(#[source] Objection),
    /// Not a readable certificate.
    #[error("unreadable: {0}")]
    BadCertificate(#[source] pki::Error),
}
