//! Detached signatures over files (PKCS#7, CMS: RFC 5652 §5), as officials and applicants put them beside the files of an
//! application.
//!
//! Each signer is judged by himself: whether his signature holds, never whether he is trusted. Everything that is
//! compared or digested is a slice of the octets received, certificates included; that is why the structure is read here
//! and not by a crate whose types write anew what they read. Time stamps, countersignatures, CRLs inside are not looked at.

mod definite;
mod read;
#[cfg(test)]
mod tests;
mod write;

use jiff::Timestamp;

pub use write::sign_detached;

use crate::{Algorithm, Certificate, Error, fields::Fields};
use read::{Attributes, Sid, SignedData, SignerInfo};

/// The most octets of a signature file: a long chain with revocation lists and time stamps has less.
pub const SIGNATURE_OCTETS_MAX: usize = 1 << 20;
/// The most signers of one signature; with more of them the whole is refused.
pub const SIGNERS_MAX: usize = 8;

/// What is known of one signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Whether his signature holds.
    pub outcome: SignerOutcome,
    /// His certificate, as it came with the signature.
    pub certificate: Option<Certificate>,
    /// When he says he signed: nobody vouches for it.
    pub signing_time: Option<Timestamp>,
}

/// Whether one signer's signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerOutcome {
    /// It is one over this content by the key of the certificate.
    Holds,
    /// The content is another one than was signed: `messageDigest` differs.
    WrongDigest,
    /// The signature value is not one by the key of the certificate.
    WrongValue,
    /// A digest or signature algorithm outside the closed list.
    UnknownAlgorithm {
        /// Dotted object identifier found.
        oid: String,
    },
    /// The algorithms named are not those of the key in the certificate.
    AlgorithmDoesNotFitKey,
    /// The certificate of the signer is not in the signature.
    NoCertificate,
    /// The certificate cannot be used.
    BadCertificate(Error),
    /// The signed attributes are not those RFC 5652 §11 demands.
    BadAttributes {
        /// What is wrong with them.
        what: &'static str,
    },
}

/// Judges every signer of a detached signature (DER or BER, as it is, as Base64 or as PEM) over `content`.
///
/// An error means that there is nothing to judge: no signature of this kind, one that holds its content itself, nobody who
/// signed, or more of anything than the limits of this module allow.
pub fn verify_detached(signature: &[u8], content: &[u8]) -> Result<Vec<Signer>, Error> {
    if signature.len() > SIGNATURE_OCTETS_MAX {
        return Err(unusable("it is too large"));
    }
    let octets = definite::lengths(&read::binary(signature)?)?;
    let data = SignedData::read(&octets)?;
    let mut digests = Digests { content, known: Vec::new() };
    Ok(data.signers.iter().map(|signer| judge(&data, signer, &mut digests)).collect())
}

fn judge(data: &SignedData<'_>, signer: &SignerInfo<'_>, digests: &mut Digests<'_>) -> Signer {
    let attributes = signer.attributes.as_deref().map(Attributes::read);
    let signing_time = attributes.as_ref().and_then(|read| read.as_ref().ok()).and_then(|read| read.signing_time);
    let certificate = match data.certificates.iter().find(|certificate| signer.sid.names(certificate)) {
        None => Err(SignerOutcome::NoCertificate),
        Some(der) => Certificate::from_der(der).map_err(SignerOutcome::BadCertificate),
    };
    let (certificate, outcome) = match certificate {
        Err(outcome) => (None, outcome),
        Ok(certificate) => {
            let judged = judge_by(&certificate, signer, attributes, digests);
            (Some(certificate), judged.err().unwrap_or(SignerOutcome::Holds))
        }
    };
    Signer { outcome, certificate, signing_time }
}

fn judge_by(
    certificate: &Certificate,
    signer: &SignerInfo<'_>,
    attributes: Option<Result<Attributes<'_>, &'static str>>,
    digests: &mut Digests<'_>,
) -> Result<(), SignerOutcome> {
    let key = certificate.public_key();
    let algorithm = key.algorithm();
    for (found, of) in
        [(signer.digest, Algorithm::of_digest as fn(_) -> _), (signer.algorithm, Algorithm::of_cms_signature)]
    {
        match of(found) {
            None => return Err(SignerOutcome::UnknownAlgorithm { oid: found.to_string() }),
            Some(named) if !named.contains(&algorithm) => return Err(SignerOutcome::AlgorithmDoesNotFitKey),
            Some(_) => {}
        }
    }
    let holds = |octets: &[u8]| key.verify_certificate(algorithm, octets, signer.value).is_ok();
    let Some(attributes) = attributes else {
        return if holds(digests.content) { Ok(()) } else { Err(SignerOutcome::WrongValue) };
    };
    let attributes = attributes.map_err(|what| SignerOutcome::BadAttributes { what })?;
    if attributes.message_digest != digests.of(algorithm) {
        return Err(SignerOutcome::WrongDigest);
    }
    // RFC 5652 §5.4: what is signed is the set in DER, sorted. Some sign it in the order in which they send it.
    if holds(&attributes.as_sent()) || holds(&attributes.sorted()) {
        return Ok(());
    }
    Err(SignerOutcome::WrongValue)
}

impl Sid<'_> {
    /// Whether this is the signer's certificate: by names and numbers octet by octet.
    fn names(&self, certificate: &[u8]) -> bool {
        let Ok(fields) = Fields::read(certificate) else { return false };
        match self {
            Self::IssuerAndSerial { issuer, serial } => fields.issuer == *issuer && fields.serial.as_bytes() == *serial,
            Self::KeyIdentifier(identifier) => {
                let found = fields.extension::<x509_cert::ext::pkix::SubjectKeyIdentifier>("subjectKeyIdentifier");
                found.is_ok_and(|found| found.is_some_and(|found| found.0.as_bytes() == *identifier))
            }
        }
    }
}

/// Digests of the content: each made once.
struct Digests<'a> {
    content: &'a [u8],
    known: Vec<(Algorithm, Vec<u8>)>,
}

impl Digests<'_> {
    fn of(&mut self, algorithm: Algorithm) -> Vec<u8> {
        if let Some((_, digest)) = self.known.iter().find(|(known, _)| *known == algorithm) {
            return digest.clone();
        }
        let digest = digest(algorithm, self.content);
        self.known.push((algorithm, digest.clone()));
        digest
    }
}

/// Digest with the function that belongs to `algorithm`.
fn digest(algorithm: Algorithm, octets: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    match algorithm.scheme() {
        Some(scheme) => gost::digest(scheme.digest(), octets),
        None => sha2::Sha256::digest(octets).to_vec(),
    }
}

/// Names of algorithms in CMS: the digest by its own, the signature by that of signature and digest together or, as
/// CryptoPro and the gost engine write it, by that of the key.
const NAMES: [(Algorithm, &str, &str); 5] = [
    (Algorithm::Gost2001, "1.2.643.2.2.9", "1.2.643.2.2.19"),
    (Algorithm::Gost2012_256, "1.2.643.7.1.1.2.2", "1.2.643.7.1.1.1.1"),
    (Algorithm::Gost2012_512, "1.2.643.7.1.1.2.3", "1.2.643.7.1.1.1.2"),
    (Algorithm::RsaSha256, "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.1"),
    (Algorithm::EcdsaP256Sha256, "2.16.840.1.101.3.4.2.1", "1.2.840.10045.2.1"),
];

impl Algorithm {
    /// Those that use this digest; `None` when no algorithm does.
    fn of_digest(oid: der::asn1::ObjectIdentifier) -> Option<Vec<Self>> {
        let text = oid.to_string();
        let found: Vec<Self> = NAMES.iter().filter(|(_, digest, _)| *digest == text).map(|(one, ..)| *one).collect();
        (!found.is_empty()).then_some(found)
    }

    /// Those that make signatures of this name; `None` when no algorithm does.
    fn of_cms_signature(oid: der::asn1::ObjectIdentifier) -> Option<Vec<Self>> {
        let text = oid.to_string();
        let by_key = NAMES.iter().find(|(_, _, key)| *key == text).map(|(one, ..)| *one);
        by_key.or_else(|| Self::from_signature_oid(oid)).map(|one| vec![one])
    }

    /// Digest and signature as written here: the signature by the name of its key.
    fn cms_names(self) -> (&'static str, &'static str) {
        NAMES.iter().find(|(one, ..)| *one == self).map_or(("", ""), |(_, digest, key)| (*digest, *key))
    }
}

fn unusable(what: &'static str) -> Error {
    Error::SignedData { what }
}

fn not_der(source: der::Error) -> Error {
    Error::Der { what: "detached signature", source }
}
