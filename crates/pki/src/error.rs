//! What can be wrong with certificates, keys and signatures, grouped by whose fault it is. Carries no octets of keys.

use crate::{Algorithm, Fingerprint};

/// Why a certificate, key or signature was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // --- whoever made the certificate or the key file
    /// The octets are not the DER structure they should be.
    #[error("{what} is not well-formed DER: {source}")]
    Der {
        /// The structure or field, in the standard's words.
        what: &'static str,
        /// What the decoder met and where.
        source: der::Error,
    },
    /// Octets follow the end of the structure.
    #[error("{count} octets follow the end of the {what}")]
    TrailingBytes {
        /// The structure.
        what: &'static str,
        /// How many.
        count: usize,
    },
    /// The file does not hold exactly one readable PEM block of the wanted kind.
    #[error("no usable PEM block «{label}»: {problem}")]
    Pem {
        /// The label looked for.
        label: &'static str,
        /// What is wrong.
        problem: PemProblem,
    },
    /// The key is of an algorithm the bus does not know.
    #[error("unknown key algorithm {oid}")]
    UnknownKeyAlgorithm {
        /// Dotted object identifier found.
        oid: String,
    },
    /// The certificate is signed by an algorithm the bus does not know.
    #[error("unknown certificate signature algorithm {oid}")]
    UnknownSignatureAlgorithm {
        /// Dotted object identifier found.
        oid: String,
    },
    /// A GOST key that must not be used.
    #[error("unusable {what}: {source}")]
    GostKey {
        /// "public key" or "private key".
        what: &'static str,
        /// Why.
        source: gost::Error,
    },
    /// An RSA or ECDSA key that must not be used.
    #[error("unusable {algorithm} key: {reason}")]
    UnusableKey {
        /// Algorithm of the key.
        algorithm: Algorithm,
        /// Why.
        reason: &'static str,
    },

    // --- whoever signed
    /// The signature is not one over these octets by this key, or has the wrong length.
    #[error("the signature does not verify")]
    WrongSignature,
    /// A certificate is signed by another algorithm than the issuer's key belongs to.
    #[error("a {signature} signature cannot come from a {key} key")]
    AlgorithmDoesNotFitKey {
        /// Algorithm named beside the signature.
        signature: Algorithm,
        /// Algorithm of the issuer's key.
        key: Algorithm,
    },
    /// `signatureAlgorithm` and `tbsCertificate.signature` differ (RFC 5280 §4.1.1.2).
    #[error("the certificate names two different signature algorithms")]
    SignatureAlgorithmsDiffer,
    /// The certificate names another issuer.
    #[error("issued by «{named}», not by «{asked}»")]
    OtherIssuer {
        /// Issuer named in the certificate.
        named: String,
        /// Subject of the certificate it was held against.
        asked: String,
    },
    /// The supposed issuer's certificate does not allow it to issue certificates (RFC 5280 §4.2.1.9, §4.2.1.3).
    #[error("«{subject}» is no certification authority")]
    NotAnAuthority {
        /// Its subject.
        subject: String,
    },

    // --- the operator's configuration
    /// The private key does not belong to the certificate.
    #[error("the {key} private key does not belong to the {certificate} certificate of «{subject}»")]
    KeyDoesNotFit {
        /// Subject of the certificate.
        subject: String,
        /// Algorithm of the certificate's key.
        certificate: Algorithm,
        /// Algorithm of the private key.
        key: Algorithm,
    },
    /// The certificate stands in the directory already.
    #[error("certificate {fingerprint} of «{subject}» is registered twice")]
    Duplicate {
        /// Its subject.
        subject: String,
        /// Its fingerprint.
        fingerprint: Fingerprint,
    },

    // --- the caller
    /// Only GOST keys sign ready digests.
    #[error("{algorithm} keys do not sign ready digests")]
    NotGost {
        /// Algorithm of the key.
        algorithm: Algorithm,
    },
    /// The test CA was asked for what it cannot make.
    #[error("the test CA cannot issue this: {reason}")]
    CannotIssue {
        /// Why.
        reason: &'static str,
    },

    // --- this machine
    /// Signing or making a key failed inside the GOST implementation.
    #[error("the {algorithm} key could not be used: {source}")]
    GostFailed {
        /// Algorithm of the key.
        algorithm: Algorithm,
        /// Why.
        source: gost::Error,
    },
    /// Signing or making a key failed inside `ring`, which gives no reasons.
    #[error("the {algorithm} key could not be used")]
    RingFailed {
        /// Algorithm of the key.
        algorithm: Algorithm,
    },
}

/// What is wrong with a PEM file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemProblem {
    /// The block is not there.
    #[error("there is none in the file")]
    Missing,
    /// The file starts like DER, not like text.
    #[error("the file is binary DER; convert it with «openssl … -inform DER -outform PEM»")]
    LooksLikeDer,
    /// The key is protected by a password, which a server has nobody to ask for.
    #[error("the key is encrypted; decrypt it with «openssl pkey» and guard the file instead")]
    Encrypted,
    /// Several blocks: which one is meant cannot be told.
    #[error("there are several, one is wanted")]
    Several,
    /// The END line is missing.
    #[error("its END line is missing")]
    Unterminated,
    /// What stands between the lines is not Base64.
    #[error("its content is not Base64")]
    Base64,
}
