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
    /// The certificate or revocation list is signed by an algorithm the bus does not know.
    #[error("unknown signature algorithm {oid} of a certificate or revocation list")]
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

    /// The key is encrypted in a way that is not read.
    #[error("the key is encrypted in a way that is not read: {problem}")]
    UnusableEncryption {
        /// What is wrong.
        problem: EncryptionProblem,
    },

    // --- whoever signed
    /// The file is not a detached signature that can be judged (RFC 5652 §5).
    #[error("no usable detached signature: {what}")]
    SignedData {
        /// What is wrong with it.
        what: &'static str,
    },
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
    /// `signatureAlgorithm` and the algorithm in the signed part differ (RFC 5280 §4.1.1.2, §5.1.1.2).
    #[error("the certificate or revocation list names two different signature algorithms")]
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
    /// The passphrase does not open the key. A damaged file looks the same.
    #[error("the passphrase does not open the key, or the key file is damaged")]
    WrongPassphrase,
    /// A passphrase is given for a key that is not encrypted: the operator believes it guarded, and it is not.
    #[error("the key is not encrypted, but a passphrase is given for it")]
    NotEncrypted,
    /// The passphrase file holds none.
    #[error("no usable passphrase: {problem}")]
    UnusablePassphrase {
        /// What is wrong.
        problem: &'static str,
    },
    /// A certificate named as an authority's cannot be read as such.
    #[error("the certificate of the authority «{subject}» cannot be used: {source}")]
    UnusableAuthority {
        /// Its subject.
        subject: String,
        /// Why.
        source: Box<Error>,
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

    /// The key is on a token, and keys do not leave tokens.
    #[error("the key cannot be written to a file: it is {whereabouts}")]
    KeyElsewhere {
        /// Where it is.
        whereabouts: String,
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
    /// A token or security module did not sign.
    #[error("the {algorithm} key {whereabouts} did not sign: {reason}")]
    RemoteFailed {
        /// Algorithm of the key.
        algorithm: Algorithm,
        /// Where the key is.
        whereabouts: String,
        /// What the device said, by the name of its code.
        reason: String,
    },
    /// What came back from a token is no signature of its key. Nothing of it is released.
    #[error("the {algorithm} key {whereabouts} gave a signature that does not verify; nothing was released")]
    RemoteWrong {
        /// Algorithm of the key.
        algorithm: Algorithm,
        /// Where the key is.
        whereabouts: String,
    },
    /// Signing or making a key failed inside `ring`, which gives no reasons.
    #[error("the {algorithm} key could not be used")]
    RingFailed {
        /// Algorithm of the key.
        algorithm: Algorithm,
    },
}

/// What is wrong with the way a key is encrypted. The remedy is the same for all: `openssl pkcs8 -topk8 -v2
/// aes-256-cbc -v2prf hmacWithSHA256`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptionProblem {
    /// Not PBES2 with AES in CBC mode.
    #[error("the cipher {oid} is not PBES2 with AES-CBC; write it anew with «openssl pkcs8 -topk8 -v2 aes-256-cbc»")]
    Scheme {
        /// Dotted object identifier found.
        oid: String,
    },
    /// Not PBKDF2 over HMAC-SHA-256, -384 or -512.
    #[error("{oid} is not PBKDF2 over HMAC-SHA-256 or -512; write it anew with «openssl pkcs8 -topk8 -v2 aes-256-cbc»")]
    Derivation {
        /// Dotted object identifier found.
        oid: String,
    },
    /// Too cheap to guess, or too dear to open.
    #[error("{found} iterations of PBKDF2, where 1 000 to 10 000 000 are taken; write it anew with «-iter 600000»")]
    Iterations {
        /// How many.
        found: u32,
    },
    /// `keyLength` contradicts the cipher.
    #[error("PBKDF2 gives a key of {found} octets, the cipher wants {wanted}")]
    KeyLength {
        /// Octets named in the file.
        found: u16,
        /// Octets the cipher has.
        wanted: usize,
    },
    /// Too large for a private key.
    #[error("{octets} octets are more than a private key has")]
    TooLarge {
        /// How many.
        octets: usize,
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
    /// The key is protected by a passphrase, and none was given.
    #[error("the key is encrypted; name the file of its passphrase")]
    Encrypted,
    /// A key as OpenSSL wrote it before PKCS#8.
    #[error("the key is in an older form; write it anew with «openssl pkcs8 -topk8 -nocrypt»")]
    OlderForm,
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
