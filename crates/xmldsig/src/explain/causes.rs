//! The usual suspects: one variant for each way in which signatures of SMEV messages are known to go wrong. Words for people are
//! not here: they belong to whoever shows them.

use pki::Algorithm;

use crate::{DigestAlgorithm, Distrust, Error, Part};

/// Why a signature does not hold, or what is remarkable about one that does.
#[derive(Debug)]
pub enum Cause {
    // The text changed after it was signed, or was not canonicalized as it says.
    /// White space inside SignedInfo was changed: the block was re-indented.
    SignedInfoReformatted,
    /// White space between the elements of the part was changed: it was pretty-printed. Proved.
    PartReformatted,
    /// The part is indented from end to end, or has lost its indentation with the rest of the message, and nothing else was found:
    /// written anew, most likely.
    LooksReformatted,
    /// White space inside of text was changed: lines of base64 joined, text trimmed.
    TextReformatted,
    /// Signed with line ends CR LF, which XML turns into LF.
    LineEnds,
    /// The part holds character references to CR that were not there when it was signed.
    CarriageReturns,
    /// A prefix was changed after signing; empty is the default namespace.
    PrefixChanged {
        /// As it was signed.
        signed: String,
        /// As it is in the message.
        found: String,
    },
    /// A prefix of SignedInfo was changed, and nothing was found about the part: the message was written anew with other prefixes
    /// from end to end, most likely.
    LooksRenamed,
    /// A namespace declaration is gone that the content needs.
    NamespaceLost {
        /// The prefix without declaration.
        prefix: String,
        /// The namespace with which the digest holds; `None`: the signature holds, but a reader of the content will stumble. A remark.
        namespace: Option<&'static str>,
    },
    /// The id attribute was put in after the digest had been made.
    IdAddedLater,
    /// Inclusive canonicalization was used, exclusive is named.
    InclusiveCanonicalization,
    /// Comments were kept, although the method without comments is named.
    CommentsKept,
    /// The PrefixList of InclusiveNamespaces was not applied by the signer.
    PrefixListIgnored,
    /// The octets of the text were taken as they are, without canonicalization.
    NotCanonicalized,
    /// An XML declaration was digested with the part.
    DeclarationDigested,
    /// A byte-order mark was digested with the part.
    ByteOrderMarkDigested,
    /// The content of the part was digested instead of the part.
    ContentDigested,
    /// The digest is that of another element.
    OtherElementDigested {
        /// `{namespace}local`.
        element: String,
    },
    /// The signature stands inside the part it signs, and the transform that takes it out is not named.
    EnvelopedForgotten,
    /// The digest holds once other signatures inside of the part are taken out.
    InnerSignature,
    /// The signature was made over an element as a document of its own and put into the envelope later. A remark.
    StandAlone {
        /// The signed element, `{namespace}local`.
        element: String,
    },

    // The digest was written or made in another way.
    /// DigestValue was changed after signing, the part was not: the value holds once SignedInfo has the digest of the part. Proved.
    DigestValueChanged,
    /// DigestValue is in hexadecimal digits.
    DigestInHex,
    /// The octets of DigestValue stand in reversed order.
    DigestReversed,
    /// The base64 text of the octets was digested, not the octets.
    DigestOfBase64,
    /// Another digest algorithm was used than the one named.
    OtherDigestAlgorithm {
        /// The one with which the digest holds.
        found: DigestAlgorithm,
    },
    /// GOST R 34.11-94 was used with the test S-box of RFC 5831.
    TestSBox,

    // The signature value was written or made in another way.
    /// r‖s instead of s‖r (for ECDSA the other way round).
    HalvesSwapped,
    /// All octets of the value stand in reversed order.
    ValueReversed,
    /// The octets of each half stand in reversed order.
    HalvesReversed,
    /// The value is ASN.1 (SEQUENCE of two INTEGERs), not fixed-length.
    ValueInAsn1,
    /// The value is in hexadecimal digits.
    ValueInHex,
    /// The digest of SignedInfo was reversed before it was signed.
    SignedDigestReversed,
    /// The digest of SignedInfo is of another algorithm than the key goes with.
    SignedOtherDigest {
        /// The one with which the value holds.
        found: DigestAlgorithm,
    },
    /// The value signs the octets of a part, not of SignedInfo.
    ValueOverPart {
        /// The part.
        part: Part,
    },
    /// The value holds with another certificate of the message.
    OtherCertificate {
        /// Its subject.
        subject: String,
    },
    /// SignatureMethod is of another kind than the key of the certificate.
    AlgorithmDoesNotFitKey {
        /// SignatureMethod as written.
        uri: String,
        /// What the key is for.
        key: Algorithm,
        /// Whether the value holds all the same.
        holds: bool,
    },

    // The signature names what the profile does not have.
    /// A signature, digest or canonicalization method outside the closed list.
    UnknownAlgorithm {
        /// As written.
        uri: String,
    },
    /// A transform outside the closed list.
    UnknownTransform {
        /// As written.
        uri: String,
    },
    /// The transform of SMEV 3.
    Smev3,
    /// An id stands on several elements.
    DuplicateId {
        /// The id.
        id: String,
        /// Lines of the elements.
        lines: Vec<u32>,
        /// Line of the element whose digest holds.
        signed: Option<u32>,
    },
    /// No element carries the id.
    UnresolvedId {
        /// The id.
        id: String,
    },
    /// The signature covers something else than Body.
    BodyNotReferenced,
    /// The Security block has no actor, or none that SMEV reads.
    WrongActor {
        /// As written.
        found: Option<String>,
    },
    /// A Signature that stands in no Security block of the Header.
    Misplaced,
    /// The message has no sender's signature.
    NotSigned,
    /// Anything else in which the message departs from the profile.
    Profile(Error),

    // The signer.
    /// The certificate is not trusted: not registered, not in force, revoked.
    Distrusted(Distrust),

    // Nothing known.
    /// The part was changed after signing, in none of the usual ways; SignedInfo is intact when the value holds.
    Changed {
        /// The part.
        part: Part,
    },
    /// The value belongs to another SignedInfo or another key.
    WrongValue,
    /// Not everything was tried: the message is too large, or has too many signatures.
    NotAllTried,
}

impl Cause {
    /// Whether it is worth a word but breaks nothing.
    pub fn is_remark(&self) -> bool {
        matches!(self, Self::StandAlone { .. } | Self::NamespaceLost { namespace: None, .. } | Self::NotAllTried)
    }

    /// Its name in machine-readable output.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SignedInfoReformatted => "signed-info-reformatted",
            Self::PartReformatted => "part-reformatted",
            Self::LooksReformatted => "looks-reformatted",
            Self::TextReformatted => "text-reformatted",
            Self::LineEnds => "line-ends",
            Self::CarriageReturns => "carriage-returns",
            Self::PrefixChanged { .. } => "prefix-changed",
            Self::LooksRenamed => "looks-renamed",
            Self::NamespaceLost { .. } => "namespace-lost",
            Self::IdAddedLater => "id-added-later",
            Self::InclusiveCanonicalization => "inclusive-canonicalization",
            Self::CommentsKept => "comments-kept",
            Self::PrefixListIgnored => "prefix-list-ignored",
            Self::NotCanonicalized => "not-canonicalized",
            Self::DeclarationDigested => "declaration-digested",
            Self::ByteOrderMarkDigested => "byte-order-mark-digested",
            Self::ContentDigested => "content-digested",
            Self::OtherElementDigested { .. } => "other-element-digested",
            Self::EnvelopedForgotten => "enveloped-forgotten",
            Self::InnerSignature => "inner-signature",
            Self::StandAlone { .. } => "stand-alone",
            Self::DigestValueChanged => "digest-value-changed",
            Self::DigestInHex => "digest-in-hex",
            Self::DigestReversed => "digest-reversed",
            Self::DigestOfBase64 => "digest-of-base64",
            Self::OtherDigestAlgorithm { .. } => "other-digest-algorithm",
            Self::TestSBox => "test-s-box",
            Self::HalvesSwapped => "halves-swapped",
            Self::ValueReversed => "value-reversed",
            Self::HalvesReversed => "halves-reversed",
            Self::ValueInAsn1 => "value-in-asn1",
            Self::ValueInHex => "value-in-hex",
            Self::SignedDigestReversed => "signed-digest-reversed",
            Self::SignedOtherDigest { .. } => "signed-other-digest",
            Self::ValueOverPart { .. } => "value-over-part",
            Self::OtherCertificate { .. } => "other-certificate",
            Self::AlgorithmDoesNotFitKey { .. } => "algorithm-does-not-fit-key",
            Self::UnknownAlgorithm { .. } => "unknown-algorithm",
            Self::UnknownTransform { .. } => "unknown-transform",
            Self::Smev3 => "smev3",
            Self::DuplicateId { .. } => "duplicate-id",
            Self::UnresolvedId { .. } => "unresolved-id",
            Self::BodyNotReferenced => "body-not-referenced",
            Self::WrongActor { .. } => "wrong-actor",
            Self::Misplaced => "misplaced",
            Self::NotSigned => "not-signed",
            Self::Profile(_) => "profile",
            Self::Distrusted(_) => "distrusted",
            Self::Changed { .. } => "changed",
            Self::WrongValue => "wrong-value",
            Self::NotAllTried => "not-all-tried",
        }
    }
}
