//! Certificate revocation lists (RFC 5280 §5): reading them, and what they say of a serial number.
//!
//! Which list counts for which certificate, and whether it is fresh enough, is [`crate::trust`]'s matter. A list that
//! must not be relied on (a delta list, an indirect one, an unknown critical extension) is read all the same and says
//! so: the operator who put it there is to see it. How many octets may come in is the caller's limit; a list takes up
//! to 1.6 times as many while it is kept.

mod entries;
mod lists;
mod scope;

use std::{fmt, sync::Arc};

use der::{
    Decode as _, Reader as _, SliceReader, Tag, TagNumber,
    asn1::{BitStringRef, ContextSpecific, ObjectIdentifier, UintRef},
};
use jiff::Timestamp;
use x509_cert::{
    certificate::Version,
    ext::{Extension, pkix::AuthorityKeyIdentifier},
    spki::AlgorithmIdentifierRef,
    time::Time,
};

use self::entries::{Entries, Revocation};
pub(crate) use self::scope::{Scope, points};
use crate::{Algorithm, Error, Fingerprint, PublicKey, certificate, name, pem};

pub use self::lists::RevocationLists;

const LABEL: &str = "X509 CRL";

const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const DELTA_CRL_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");

/// A certificate revocation list. Cheap to clone. Its signature is not checked on reading: whose key made it is known
/// only together with the authorities.
#[derive(Clone)]
pub struct RevocationList {
    inner: Arc<Inner>,
}

struct Inner {
    issuer_der: Box<[u8]>,
    issuer: String,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    number_hex: Option<String>,
    /// keyIdentifier of authorityKeyIdentifier: which of several keys of one name signed.
    key_identifier: Option<Box<[u8]>>,
    fingerprint: Fingerprint,
    scope: Scope,
    entries: Entries,
    problem: Option<Unreliable>,
    algorithm: Algorithm,
    signed: Signed,
    signature: Box<[u8]>,
}

/// What the signature covers.
enum Signed {
    /// The digest of the algorithm named in the list: the octets themselves need not be kept.
    Digest(Vec<u8>),
    /// `tbsCertList`, for keys that do not verify ready digests.
    Octets(Box<[u8]>),
}

/// Why a list must not be relied on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreliable {
    #[error("it is a delta list; put the full list of the issuer there")]
    Delta,
    #[error("it is an indirect list, made by another than the issuer of the certificates")]
    Indirect,
    #[error("it holds some reasons of revocation only, or attribute certificates only")]
    Partial,
    #[error("its issuingDistributionPoint cannot be read")]
    Scope,
    #[error("it has a critical extension {0} that is not understood")]
    Extension(ObjectIdentifier),
    #[error("one of its entries has a critical extension {0} that is not understood")]
    EntryExtension(ObjectIdentifier),
}

impl RevocationList {
    /// Reads a list from DER; octets after it are refused.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut reader = SliceReader::new(der).map_err(not_der)?;
        let (tbs, outer_algorithm, signature) = reader
            .sequence(|outer| Ok((outer.tlv_bytes()?, outer.tlv_bytes()?, outer.decode::<BitStringRef<'_>>()?)))
            .map_err(not_der)?;
        let count = usize::try_from(reader.remaining_len()).unwrap_or(usize::MAX);
        if count != 0 {
            return Err(Error::TrailingBytes { what: "revocation list", count });
        }
        let signature = signature.as_bytes().ok_or_else(|| not_der(Tag::BitString.value_error().into()))?;
        let fields = SliceReader::new(tbs).and_then(|mut reader| reader.sequence(Fields::read)).map_err(not_der)?;
        if fields.algorithm != outer_algorithm {
            return Err(Error::SignatureAlgorithmsDiffer);
        }
        let oid = AlgorithmIdentifierRef::from_der(outer_algorithm).map_err(not_der)?.oid;
        let algorithm = Algorithm::from_signature_oid(oid)
            .ok_or_else(|| Error::UnknownSignatureAlgorithm { oid: oid.to_string() })?;
        let mut inner = Inner {
            issuer_der: fields.issuer.into(),
            issuer: name::read("issuer name", fields.issuer)?.text,
            this_update: certificate::timestamp(fields.this_update),
            next_update: fields.next_update.map(certificate::timestamp),
            number_hex: None,
            key_identifier: None,
            fingerprint: Fingerprint::of(der),
            scope: Scope::default(),
            entries: fields.entries,
            problem: fields.problem,
            algorithm,
            signed: match algorithm.scheme() {
                Some(scheme) => Signed::Digest(gost::digest(scheme.digest(), tbs)),
                None => Signed::Octets(tbs.into()),
            },
            signature: signature.into(),
        };
        for extension in &fields.extensions {
            inner.take(extension)?;
        }
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Reads the one list of a file: PEM (label `X509 CRL`) or DER.
    pub fn from_file(file: &[u8]) -> Result<Self, Error> {
        match file.first() {
            Some(0x30) => Self::from_der(file),
            _ => Self::from_der(&pem::decode(LABEL, file)?),
        }
    }

    /// The issuer's name, see [`crate::Certificate::subject`].
    pub fn issuer(&self) -> &str {
        &self.inner.issuer
    }

    /// When it was made.
    pub fn this_update(&self) -> Timestamp {
        self.inner.this_update
    }

    /// When the next one will come at the latest; not every authority says so.
    pub fn next_update(&self) -> Option<Timestamp> {
        self.inner.next_update
    }

    /// cRLNumber: lower-case hexadecimal digits of its octets, without a leading zero octet.
    pub fn number_hex(&self) -> Option<&str> {
        self.inner.number_hex.as_deref()
    }

    /// SHA-256 of the DER.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.inner.fingerprint
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.inner.entries.len()
    }

    /// Whether it has no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Why the list must not be relied on, whoever signed it; for the operator.
    pub fn problem(&self) -> Option<String> {
        self.inner.problem.as_ref().map(Unreliable::to_string)
    }

    pub(crate) fn is_reliable(&self) -> bool {
        self.inner.problem.is_none()
    }

    /// The issuer's `Name` as it stands in the list.
    pub(crate) fn issuer_der(&self) -> &[u8] {
        &self.inner.issuer_der
    }

    pub(crate) fn key_identifier(&self) -> Option<&[u8]> {
        self.inner.key_identifier.as_deref()
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.inner.scope
    }

    /// Every entry of the certificate with this serial number, in [`crate::Certificate::serial_hex`]'s octets.
    pub(crate) fn entries(&self, serial: &[u8]) -> impl Iterator<Item = Revocation> + '_ {
        self.inner.entries.find(serial)
    }

    /// Whether this key made the signature.
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> bool {
        let Inner { algorithm, signed, signature, .. } = &*self.inner;
        match (signed, key.gost()) {
            (Signed::Digest(digest), Some(gost)) => {
                key.algorithm() == *algorithm && gost.verify_digest(digest, signature).is_ok()
            }
            (Signed::Octets(tbs), None) => key.verify_certificate(*algorithm, tbs, signature).is_ok(),
            (Signed::Digest(_), None) | (Signed::Octets(_), Some(_)) => false,
        }
    }
}

impl Inner {
    /// Takes up what an extension of the list says (RFC 5280 §5.2).
    fn take(&mut self, extension: &Extension) -> Result<(), Error> {
        let value = extension.extn_value.as_bytes();
        match extension.extn_id {
            AUTHORITY_KEY_IDENTIFIER => {
                let identifier = AuthorityKeyIdentifier::from_der(value)
                    .map_err(|source| Error::Der { what: "authorityKeyIdentifier", source })?;
                self.key_identifier = identifier.key_identifier.map(|octets| octets.as_bytes().into());
            }
            CRL_NUMBER => {
                let number = UintRef::from_der(value).map_err(|source| Error::Der { what: "cRLNumber", source })?;
                self.number_hex = Some(hex::encode(number.as_bytes()));
            }
            DELTA_CRL_INDICATOR => self.problem = Some(Unreliable::Delta),
            ISSUING_DISTRIBUTION_POINT => match Scope::read(value) {
                Ok(scope) => self.scope = scope,
                Err(problem) => self.problem = Some(problem),
            },
            oid if extension.critical => self.problem = Some(Unreliable::Extension(oid)),
            _ => (),
        }
        Ok(())
    }
}

/// `tbsCertList` (RFC 5280 §5.1.2) taken apart.
struct Fields<'a> {
    algorithm: &'a [u8],
    issuer: &'a [u8],
    this_update: Time,
    next_update: Option<Time>,
    entries: Entries,
    problem: Option<Unreliable>,
    extensions: Vec<Extension>,
}

impl<'a> Fields<'a> {
    fn read(reader: &mut SliceReader<'a>) -> Result<Self, der::Error> {
        // Absent in lists of the first version, which openssl still makes unless told otherwise.
        if !matches!(reader.decode::<Option<Version>>()?, None | Some(Version::V2)) {
            return Err(Tag::Integer.value_error().into());
        }
        let (algorithm, issuer) = (reader.tlv_bytes()?, reader.tlv_bytes()?);
        let (this_update, next_update) = (reader.decode()?, reader.decode()?);
        let mut problem = None;
        let entries = match reader.peek_byte() {
            Some(0x30) => reader.sequence(|entries| Entries::read(entries, &mut problem))?,
            _ => Entries::default(),
        };
        let extensions = ContextSpecific::<Vec<Extension>>::decode_explicit(reader, TagNumber(0))?;
        let extensions = extensions.map(|field| field.value).unwrap_or_default();
        Ok(Self { algorithm, issuer, this_update, next_update, entries, problem, extensions })
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationList")
            .field("issuer", &self.issuer())
            .field("this_update", &self.this_update())
            .field("entries", &self.len())
            .field("fingerprint", self.fingerprint())
            .finish_non_exhaustive()
    }
}

fn not_der(source: der::Error) -> Error {
    Error::Der { what: "revocation list", source }
}
