//! The fields of a certificate as raw slices of the received octets (RFC 5280 §4.1).
//!
//! `x509-cert` reads everything the national authorities issue, but it tidies up while reading: a `DEFAULT FALSE` that
//! was written out, an unordered SET OF in a name are accepted and would be encoded otherwise than they were signed. So
//! its types read single fields only; the octets a signature covers and the names that are compared are slices of what
//! was received.

use der::{
    Decode as _, Reader as _, SliceReader, TagNumber,
    asn1::{BitStringRef, ContextSpecific, ObjectIdentifier},
    oid::AssociatedOid,
};
use x509_cert::{
    certificate::{Rfc5280, Version},
    ext::{
        Extension,
        pkix::{BasicConstraints, KeyUsage},
    },
    serial_number::SerialNumber,
    spki::AlgorithmIdentifierRef,
    time::Validity,
};

use crate::{Algorithm, Error, PublicKey};

/// A certificate taken apart; names, keys and the signed part are complete TLVs.
pub(crate) struct Fields<'a> {
    /// `tbsCertificate`: what the issuer signed.
    pub(crate) tbs: &'a [u8],
    pub(crate) serial: SerialNumber<Rfc5280>,
    pub(crate) issuer: &'a [u8],
    pub(crate) validity: Validity<Rfc5280>,
    pub(crate) subject: &'a [u8],
    pub(crate) spki: &'a [u8],
    extensions: Vec<Extension>,
    inner_algorithm: &'a [u8],
    outer_algorithm: &'a [u8],
    /// The octets of `signatureValue`.
    pub(crate) signature: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Takes apart one certificate; nothing may follow it.
    pub(crate) fn read(certificate: &'a [u8]) -> Result<Self, Error> {
        let mut reader = SliceReader::new(certificate).map_err(not_der)?;
        let (tbs, outer_algorithm, signature) = reader
            .sequence(|outer| Ok((outer.tlv_bytes()?, outer.tlv_bytes()?, outer.decode::<BitStringRef<'a>>()?)))
            .map_err(not_der)?;
        let count = usize::try_from(reader.remaining_len()).unwrap_or(usize::MAX);
        if count != 0 {
            return Err(Error::TrailingBytes { what: "certificate", count });
        }
        let signature = signature.as_bytes().ok_or_else(|| not_der(der::Tag::BitString.value_error().into()))?;
        let mut fields =
            SliceReader::new(tbs).and_then(|mut reader| reader.sequence(Self::read_tbs)).map_err(not_der)?;
        (fields.tbs, fields.outer_algorithm, fields.signature) = (tbs, outer_algorithm, signature);
        Ok(fields)
    }

    fn read_tbs(reader: &mut SliceReader<'a>) -> Result<Self, der::Error> {
        ContextSpecific::<Version>::decode_explicit(reader, TagNumber(0))?;
        let serial = reader.decode()?;
        let (inner_algorithm, issuer) = (reader.tlv_bytes()?, reader.tlv_bytes()?);
        let validity = reader.decode()?;
        let (subject, spki) = (reader.tlv_bytes()?, reader.tlv_bytes()?);
        // issuerUniqueID and subjectUniqueID do occur; nothing uses them.
        ContextSpecific::<BitStringRef<'a>>::decode_implicit(reader, TagNumber(1))?;
        ContextSpecific::<BitStringRef<'a>>::decode_implicit(reader, TagNumber(2))?;
        let extensions = ContextSpecific::<Vec<Extension>>::decode_explicit(reader, TagNumber(3))?;
        Ok(Self {
            serial,
            issuer,
            validity,
            subject,
            spki,
            inner_algorithm,
            extensions: extensions.map(|field| field.value).unwrap_or_default(),
            tbs: &[],
            outer_algorithm: &[],
            signature: &[],
        })
    }

    /// The algorithm the issuer signed with. It stands twice in a certificate, once outside the signed part: both must
    /// be the same.
    pub(crate) fn signature_algorithm(&self) -> Result<ObjectIdentifier, Error> {
        if self.inner_algorithm != self.outer_algorithm {
            return Err(Error::SignatureAlgorithmsDiffer);
        }
        Ok(AlgorithmIdentifierRef::from_der(self.outer_algorithm).map_err(not_der)?.oid)
    }

    /// Whether this key made the signature.
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> Result<(), Error> {
        let oid = self.signature_algorithm()?;
        let algorithm = Algorithm::from_signature_oid(oid)
            .ok_or_else(|| Error::UnknownSignatureAlgorithm { oid: oid.to_string() })?;
        key.verify_certificate(algorithm, self.tbs, self.signature)
    }

    /// Whether the subject may issue certificates: basicConstraints must say so, keyUsage must not say otherwise.
    pub(crate) fn is_authority(&self) -> Result<bool, Error> {
        let constraints: Option<BasicConstraints> = self.extension("basicConstraints")?;
        let usage: Option<KeyUsage> = self.extension("keyUsage")?;
        Ok(constraints.is_some_and(|it| it.ca) && usage.is_none_or(|it| it.key_cert_sign()))
    }

    /// All extensions, in their order.
    pub(crate) fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// An extension that stands once; a second of the same kind is refused (RFC 5280 §4.2).
    pub(crate) fn extension<T>(&self, what: &'static str) -> Result<Option<T>, Error>
    where
        T: AssociatedOid + for<'v> der::Decode<'v, Error = der::Error>,
    {
        let mut found = self.extensions.iter().filter(|extension| extension.extn_id == T::OID);
        let Some(extension) = found.next() else { return Ok(None) };
        let value = match found.next() {
            Some(_) => Err(der::ErrorKind::Failed.into()),
            None => T::from_der(extension.extn_value.as_bytes()),
        };
        value.map(Some).map_err(|source| Error::Der { what, source })
    }
}

fn not_der(source: der::Error) -> Error {
    Error::Der { what: "certificate", source }
}
