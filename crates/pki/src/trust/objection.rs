//! What can stand against a certificate. Facts only: which code a message is refused with is the caller's.

use jiff::Timestamp;

/// Why a certificate must not vouch for a message. The first thing found: dates, then use, then path, then revocation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// Its validity period has not begun.
    #[error("the certificate is valid from {not_before} only")]
    NotYetValid {
        /// First second of the period.
        not_before: Timestamp,
    },
    /// Its validity period is over.
    #[error("the certificate was valid until {not_after}")]
    Expired {
        /// Last second of the period.
        not_after: Timestamp,
    },
    /// keyUsage (RFC 5280 §4.2.1.3) allows neither digitalSignature nor nonRepudiation, or cannot be read.
    #[error("the certificate's key is not for signing: {found}")]
    WrongUsage {
        /// What it is for, in the standard's words.
        found: String,
    },
    /// An extension is marked critical and its meaning is unknown here (RFC 5280 §4.2).
    #[error("the certificate has a critical extension {oid} that is not understood")]
    UnknownCriticalExtension {
        /// Dotted object identifier.
        oid: String,
    },
    /// Signed by its own key, and not among the anchors.
    #[error("the certificate is signed by its own key and is no trust anchor")]
    SelfSigned,
    /// The chain ends before an anchor: no known authority has that name, or the one that has it is not trusted.
    #[error("no trust anchor is known that stands behind «{issuer}»")]
    NoPath {
        /// The authority where the chain ends.
        issuer: String,
    },
    /// There are authorities of the right names, but each chain through them is broken; the one that came farthest is
    /// told.
    #[error("the chain to a trust anchor breaks at «{subject}»: {problem}")]
    BrokenPath {
        /// Subject of the certificate at which it breaks.
        subject: String,
        /// What is wrong with that certificate.
        problem: PathProblem,
    },
    /// The issuer's list names the certificate.
    #[error("the certificate is revoked since {since} ({})", reason.unwrap_or("no reason given"))]
    Revoked {
        /// revocationDate of the entry.
        since: Timestamp,
        /// reasonCode in the words of RFC 5280 §5.3.1.
        reason: Option<&'static str>,
    },
    /// Policy demands a revocation list and there is none.
    #[error("there is no revocation list of «{issuer}»")]
    ListMissing {
        /// Whose.
        issuer: String,
    },
    /// The newest revocation list is older than policy allows.
    #[error("the revocation list of «{issuer}» is too old")]
    ListStale {
        /// Whose.
        issuer: String,
        /// When the next one was announced for.
        next_update: Option<Timestamp>,
    },
    /// There is a revocation list but it cannot be relied on: not signed by the issuer, a delta or indirect list, a
    /// scope that leaves the certificate out, a critical extension that is not understood.
    #[error("the revocation list of «{issuer}» cannot be relied on")]
    BadList {
        /// Whose.
        issuer: String,
    },
}

impl Objection {
    /// A short name that stays the same, for journals and metrics.
    pub fn label(&self) -> &'static str {
        match self {
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::Expired { .. } => "expired",
            Self::WrongUsage { .. } => "wrong_usage",
            Self::UnknownCriticalExtension { .. } => "unknown_critical_extension",
            Self::SelfSigned => "self_signed",
            Self::NoPath { .. } => "no_path",
            Self::BrokenPath { .. } => "broken_path",
            Self::Revoked { .. } => "revoked",
            Self::ListMissing { .. } => "crl_missing",
            Self::ListStale { .. } => "crl_stale",
            Self::BadList { .. } => "crl_invalid",
        }
    }
}

/// What is wrong with one certificate of a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathProblem {
    /// The authority's validity period has not begun.
    #[error("it is valid from {not_before} only")]
    NotYetValid {
        /// First second of the period.
        not_before: Timestamp,
    },
    /// The authority's validity period is over.
    #[error("it was valid until {not_after}")]
    Expired {
        /// Last second of the period.
        not_after: Timestamp,
    },
    /// No known authority of its issuer's name made its signature.
    #[error("no known key of its issuer made its signature")]
    WrongSignature,
    /// basicConstraints does not make it an authority (RFC 5280 §4.2.1.9).
    #[error("it is no certification authority")]
    NotAnAuthority,
    /// keyUsage does not let it sign certificates (RFC 5280 §4.2.1.3).
    #[error("its key is not for signing certificates")]
    NoCertSign,
    /// There are more authorities below it than its pathLenConstraint allows.
    #[error("it allows {allowed} authorities below it, there are more")]
    PathLength {
        /// pathLenConstraint.
        allowed: u8,
    },
    /// An extension is marked critical and not understood; nameConstraints always counts as such.
    #[error("it has a critical extension {oid} that is not understood")]
    UnknownCriticalExtension {
        /// Dotted object identifier.
        oid: String,
    },
    /// The authority's own certificate is revoked.
    #[error("it is revoked since {since} ({})", reason.unwrap_or("no reason given"))]
    Revoked {
        /// revocationDate of the entry.
        since: Timestamp,
        /// reasonCode in the words of RFC 5280 §5.3.1.
        reason: Option<&'static str>,
    },
    /// The chain would be longer than any honest one.
    #[error("the chain is longer than {limit} certificates")]
    TooLong {
        /// Certificates allowed, the anchor included.
        limit: usize,
    },
    /// The search was given up: too many authorities of the same names.
    #[error("no chain was found within {limit} signature checks")]
    TooManyChecks {
        /// Signature checks allowed for one verdict.
        limit: usize,
    },
}
