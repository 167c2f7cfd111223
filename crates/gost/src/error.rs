//! What can be wrong with a key, a digest or a signature. Carries no octets of keys and no digests.

/// Every refusal of this crate, grouped by whose fault it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    // --- whoever made the key or the certificate
    /// The octets are not the DER structure they should be (RFC 5280 `SubjectPublicKeyInfo`, RFC 5958 `OneAsymmetricKey`).
    #[error("{what} is not well-formed DER")]
    BadEncoding {
        /// The structure or field, in the standard's words.
        what: &'static str,
    },
    /// The key is not a GOST R 34.10 key.
    #[error("key algorithm {oid} is not GOST R 34.10")]
    UnknownAlgorithm {
        /// Dotted object identifier found.
        oid: String,
    },
    /// `publicKeyParamSet` names no curve known here.
    #[error("unknown publicKeyParamSet {oid}")]
    UnknownParameterSet {
        /// Dotted object identifier found.
        oid: String,
    },
    /// `digestParamSet` names a digest that does not go with the key algorithm (RFC 4491 §2.3.2, RFC 9215 §4.2).
    #[error("digestParamSet {oid} does not go with {scheme}")]
    DigestParameterSet {
        /// Dotted object identifier found.
        oid: String,
        /// Key algorithm of the key.
        scheme: crate::Scheme,
    },
    /// The parameter set is of another key length, or was never defined for this scheme.
    #[error("parameter set {parameter_set} does not go with {scheme}")]
    ParameterSetDoesNotFit {
        /// Key algorithm asked for.
        scheme: crate::Scheme,
        /// Parameter set asked for.
        parameter_set: crate::ParameterSet,
    },
    /// The key has the wrong number of octets for its algorithm.
    #[error("{what} has {found} octets instead of {expected}")]
    KeyLength {
        /// "public key" or "private key".
        what: &'static str,
        /// Octets required by the algorithm.
        expected: usize,
        /// Octets found.
        found: usize,
    },
    /// A coordinate of the public key is not below p.
    #[error("a coordinate of the public key is not below the field's modulus")]
    PointOutOfRange,
    /// The public key does not satisfy the equation of its curve.
    #[error("the public key is not a point of its curve")]
    PointNotOnCurve,
    /// The public key is on the curve but not in the subgroup of prime order (curves with cofactor 4).
    #[error("the public key is outside the subgroup of prime order")]
    PointNotInSubgroup,
    /// The private key is 0 or not below q.
    #[error("the private key is not in 1..q-1")]
    PrivateKeyOutOfRange,

    // --- the caller
    /// The digest has the wrong number of octets for the scheme.
    #[error("digest has {found} octets instead of {expected}")]
    DigestLength {
        /// Octets required by the scheme.
        expected: usize,
        /// Octets given.
        found: usize,
    },

    // --- the signer of the message
    /// The signature has the wrong number of octets for the scheme.
    #[error("signature has {found} octets instead of {expected}")]
    SignatureLength {
        /// Octets required by the scheme.
        expected: usize,
        /// Octets given.
        found: usize,
    },
    /// r or s is not in 1..q-1 (GOST R 34.10-2012 §6.2 step 1).
    #[error("signature component outside 1..q-1")]
    SignatureOutOfRange,
    /// The signature is not one of this digest by this key.
    #[error("signature does not verify")]
    WrongSignature,

    // --- this machine
    /// The freshly made signature did not verify: faulty memory or processor. Nothing of it leaves the crate.
    #[error("own signature failed its check, nothing was released")]
    SelfCheckFailed,
}
