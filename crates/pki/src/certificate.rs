//! An X.509 certificate as received (RFC 5280 §4.1). Says what it holds and who signed it; whether to trust it is the
//! caller's matter.

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use x509_cert::time::Time;

use crate::{Error, Fingerprint, PublicKey, fields::Fields, name, pem};

/// A certificate, kept as the DER octets that were received and never encoded anew. Cloning is cheap; equal means: the
/// same octets.
#[derive(Clone)]
pub struct Certificate {
    inner: Arc<Inner>,
}

struct Inner {
    der: Box<[u8]>,
    subject: name::Readable,
    issuer: String,
    serial_hex: String,
    not_before: Timestamp,
    not_after: Timestamp,
    fingerprint: Fingerprint,
    public_key: PublicKey,
}

/// Where a moment lies relative to a certificate's validity period (RFC 5280 §4.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Within the period, both ends included.
    Valid,
    /// Before `notBefore`.
    NotYetValid,
    /// After `notAfter`.
    Expired,
}

impl Certificate {
    /// Reads one certificate from DER; octets after it are refused, so are keys of unknown kinds. Its signature is not
    /// looked at.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let fields = Fields::read(der)?;
        let inner = Inner {
            subject: name::read("subject name", fields.subject)?,
            issuer: name::read("issuer name", fields.issuer)?.text,
            serial_hex: hex::encode(serial_octets(fields.serial.as_bytes())),
            not_before: timestamp(fields.validity.not_before),
            not_after: timestamp(fields.validity.not_after),
            fingerprint: Fingerprint::of(der),
            public_key: PublicKey::from_spki_der(fields.spki)?,
            der: der.into(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Reads the one certificate of a PEM file (label `CERTIFICATE`).
    pub fn from_pem(file: &[u8]) -> Result<Self, Error> {
        Self::from_der(&pem::decode(pem::CERTIFICATE, file)?)
    }

    /// The octets as received.
    pub fn der(&self) -> &[u8] {
        &self.inner.der
    }

    /// The same octets as PEM, lines of 64 characters.
    pub fn to_pem(&self) -> String {
        pem::encode(pem::CERTIFICATE, self.der()).to_string()
    }

    /// The subject's name as RFC 4514 text, safe for one line of a log. For people: names are never compared by it.
    pub fn subject(&self) -> &str {
        &self.inner.subject.text
    }

    /// The subject's most specific commonName, if it has one.
    pub fn common_name(&self) -> Option<&str> {
        self.inner.subject.common_name.as_deref()
    }

    /// The issuer's name, in the form of [`Self::subject`].
    pub fn issuer(&self) -> &str {
        &self.inner.issuer
    }

    /// The serial number: lower-case hexadecimal digits of its octets, without a leading zero octet.
    pub fn serial_hex(&self) -> &str {
        &self.inner.serial_hex
    }

    /// The first second at which the certificate is valid.
    pub fn not_before(&self) -> Timestamp {
        self.inner.not_before
    }

    /// The last second at which the certificate is valid; [`Timestamp::MAX`] for "no well-defined expiration date" (RFC
    /// 5280 §4.1.2.5).
    pub fn not_after(&self) -> Timestamp {
        self.inner.not_after
    }

    /// SHA-256 of the DER.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.inner.fingerprint
    }

    /// The subject's public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.inner.public_key
    }

    /// Where `at` lies relative to the validity period.
    pub fn validity_at(&self, at: Timestamp) -> Validity {
        // The period is stated in whole seconds and its last second counts in full.
        let at = at.as_second();
        if at < self.not_before().as_second() {
            Validity::NotYetValid
        } else if at > self.not_after().as_second() {
            Validity::Expired
        } else {
            Validity::Valid
        }
    }

    /// Whether `issuer` issued this certificate: it bears the issuer's name octet by octet (authorities must copy it
    /// so, RFC 5280 §7.1), the issuer may issue certificates, and its key made the signature. Validity periods and
    /// revocation are not looked at.
    pub fn is_issued_by(&self, issuer: &Self) -> Result<(), Error> {
        let (own, theirs) = (Fields::read(self.der())?, Fields::read(issuer.der())?);
        if own.issuer != theirs.subject {
            return Err(Error::OtherIssuer { named: self.issuer().to_owned(), asked: issuer.subject().to_owned() });
        }
        if !theirs.is_authority()? {
            return Err(Error::NotAnAuthority { subject: issuer.subject().to_owned() });
        }
        own.is_signed_by(issuer.public_key())
    }

    /// Whether this key made the signature, whoever has the key.
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> Result<(), Error> {
        Fields::read(self.der())?.is_signed_by(key)
    }
}

/// A serial number's octets without the zero octet that only says that the number is positive.
pub(crate) fn serial_octets(octets: &[u8]) -> &[u8] {
    match octets {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    }
}

/// X.509 reaches to the end of the year 9999, `jiff` not quite.
pub(crate) fn timestamp(time: Time) -> Timestamp {
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::MAX)
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject())
            .field("serial_hex", &self.serial_hex())
            .field("fingerprint", self.fingerprint())
            .finish_non_exhaustive()
    }
}
