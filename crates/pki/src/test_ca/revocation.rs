//! Revocation lists of the test CA (RFC 5280 §5.1).

use der::{
    Decode as _, Encode as _, Sequence,
    asn1::{AnyRef, OctetString, UintRef},
};
use jiff::Timestamp;
use x509_cert::{
    certificate::{Rfc5280, Version},
    ext::Extension,
    serial_number::SerialNumber,
    spki::AlgorithmIdentifierRef,
    time::Time,
};

use super::{
    ExtraExtension,
    encode::{authority_key, encoding, signature_algorithm, signed, time},
};
use crate::{Error, PrivateKey};

/// What a revocation list is asked for.
#[derive(Debug, Clone, Copy)]
pub struct ListRequest<'a> {
    /// What is revoked, in this order.
    pub entries: &'a [RevokedEntry<'a>],
    /// When the list is made; fractions of a second are cut off.
    pub this_update: Timestamp,
    /// When the next one comes.
    pub next_update: Option<Timestamp>,
    /// cRLNumber.
    pub number: Option<u64>,
    /// Further extensions of the list.
    pub extensions: &'a [ExtraExtension<'a>],
    /// A list of the first version: without any extension.
    pub first_version: bool,
}

/// One revoked certificate.
#[derive(Debug, Clone, Copy)]
pub struct RevokedEntry<'a> {
    /// Serial number as in [`crate::Certificate::serial_hex`].
    pub serial_hex: &'a str,
    /// Since when.
    pub since: Timestamp,
    /// reasonCode, RFC 5280 §5.3.1.
    pub reason: Option<u8>,
    /// Further extensions of the entry.
    pub extensions: &'a [ExtraExtension<'a>],
}

impl Default for ListRequest<'_> {
    fn default() -> Self {
        Self {
            entries: &[],
            this_update: Timestamp::UNIX_EPOCH,
            next_update: None,
            number: None,
            extensions: &[],
            first_version: false,
        }
    }
}

#[derive(Sequence)]
struct TbsCertList<'a> {
    #[asn1(optional = "true")]
    version: Option<Version>,
    signature: AlgorithmIdentifierRef<'a>,
    issuer: AnyRef<'a>,
    this_update: Time,
    #[asn1(optional = "true")]
    next_update: Option<Time>,
    #[asn1(optional = "true")]
    revoked: Option<Vec<Entry>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Sequence)]
struct Entry {
    serial: SerialNumber<Rfc5280>,
    since: Time,
    #[asn1(optional = "true")]
    extensions: Option<Vec<Extension>>,
}

impl ListRequest<'_> {
    pub(super) fn signed_by(
        &self,
        key: &PrivateKey,
        issuer: &[u8],
        issuer_key: OctetString,
        entropy: &[u8; 64],
    ) -> Result<Vec<u8>, Error> {
        let mut extensions = vec![authority_key(issuer_key)?];
        if let Some(number) = self.number {
            let value = UintRef::new(&number.to_be_bytes()).and_then(|number| number.to_der()).map_err(encoding)?;
            extensions.push(ExtraExtension { oid: "2.5.29.20", critical: false, value: &value }.encoded()?);
        }
        for extra in self.extensions {
            extensions.push(extra.encoded()?);
        }
        let entries = self.entries.iter().map(RevokedEntry::encoded).collect::<Result<Vec<_>, _>>()?;
        let tbs = TbsCertList {
            version: (!self.first_version).then_some(Version::V2),
            signature: signature_algorithm(key),
            issuer: AnyRef::from_der(issuer).map_err(encoding)?,
            this_update: time(self.this_update)?,
            next_update: self.next_update.map(time).transpose()?,
            // RFC 5280 §5.1.2.6: absent when nothing is revoked.
            revoked: (!entries.is_empty()).then_some(entries),
            extensions: (!self.first_version).then_some(extensions),
        };
        signed(&tbs.to_der().map_err(encoding)?, key, entropy)
    }
}

impl RevokedEntry<'_> {
    fn encoded(&self) -> Result<Entry, Error> {
        let serial = hex::decode(self.serial_hex)
            .map_err(|_| Error::CannotIssue { reason: "a serial number is no hexadecimal text" })?;
        let mut extensions = Vec::new();
        if let Some(reason) = self.reason {
            extensions.push(ExtraExtension { oid: "2.5.29.21", critical: false, value: &[10, 1, reason] }.encoded()?);
        }
        for extra in self.extensions {
            extensions.push(extra.encoded()?);
        }
        Ok(Entry {
            serial: SerialNumber::new(&serial).map_err(encoding)?,
            since: time(self.since)?,
            extensions: (!extensions.is_empty()).then_some(extensions),
        })
    }
}
