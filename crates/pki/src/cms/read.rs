//! SignedData taken apart into slices (RFC 5652 §5.1, §5.3).

use base64ct::{Base64, Encoding as _};
use der::{
    Decode as _, Reader as _, SliceReader,
    asn1::{AnyRef, ObjectIdentifier},
};
use jiff::Timestamp;
use x509_cert::time::Time;

use super::{SIGNERS_MAX, not_der, unusable};
use crate::Error;

/// The most elements on one level: certificates of a bag, attributes, algorithms.
const ITEMS_MAX: usize = 64;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
pub(super) const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
pub(super) const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
pub(super) const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
pub(super) const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[0]` with elements inside.
pub(super) const CONTEXT_0: u8 = 0xa0;
const CONTEXT_1: u8 = 0xa1;
/// `[0] IMPLICIT OCTET STRING`.
const CONTEXT_0_PRIMITIVE: u8 = 0x80;

/// A SignedData without content.
pub(super) struct SignedData<'a> {
    /// Whole certificates, as received.
    pub(super) certificates: Vec<&'a [u8]>,
    pub(super) signers: Vec<SignerInfo<'a>>,
}

/// One signer.
pub(super) struct SignerInfo<'a> {
    pub(super) sid: Sid<'a>,
    pub(super) digest: ObjectIdentifier,
    /// The signed attributes, each a whole SEQUENCE, in their order.
    pub(super) attributes: Option<Vec<Tlv<'a>>>,
    pub(super) algorithm: ObjectIdentifier,
    pub(super) value: &'a [u8],
}

/// How a signer names his certificate.
pub(super) enum Sid<'a> {
    IssuerAndSerial { issuer: &'a [u8], serial: &'a [u8] },
    KeyIdentifier(&'a [u8]),
}

/// An element: all of it, its tag, what is inside.
#[derive(Clone, Copy)]
pub(super) struct Tlv<'a> {
    whole: &'a [u8],
    tag: u8,
    inside: &'a [u8],
}

/// The signed attributes that matter.
pub(super) struct Attributes<'a> {
    all: Vec<Tlv<'a>>,
    pub(super) message_digest: &'a [u8],
    pub(super) signing_time: Option<Timestamp>,
}

/// The octets of the structure, which may come as Base64 or PEM.
pub(super) fn binary(file: &[u8]) -> Result<Vec<u8>, Error> {
    if file.first() == Some(&SEQUENCE) {
        return Ok(file.to_vec());
    }
    let text = std::str::from_utf8(file).map_err(|_| unusable("it is neither DER nor Base64 nor PEM"))?;
    let lines = text.trim_start_matches('\u{feff}').lines().filter(|line| !line.trim().starts_with("-----"));
    let text: String = lines.flat_map(str::chars).filter(|letter| !letter.is_ascii_whitespace()).collect();
    Base64::decode_vec(&text).map_err(|_| unusable("it is neither DER nor Base64 nor PEM"))
}

impl<'a> Tlv<'a> {
    /// The elements of `octets` one after another.
    fn all(octets: &'a [u8]) -> Result<Vec<Self>, Error> {
        let mut found = Vec::new();
        if octets.is_empty() {
            return Ok(found);
        }
        let mut reader = SliceReader::new(octets).map_err(not_der)?;
        while !reader.is_finished() {
            if found.len() == ITEMS_MAX {
                return Err(unusable("it has more elements than any signature has"));
            }
            let whole = reader.tlv_bytes().map_err(not_der)?;
            let inside = AnyRef::from_der(whole).map_err(not_der)?.value();
            found.push(Self { whole, tag: whole.first().copied().unwrap_or_default(), inside });
        }
        Ok(found)
    }

    fn is(self, tag: u8) -> Result<Self, Error> {
        if self.tag == tag { Ok(self) } else { Err(unusable("it is not built as RFC 5652 says")) }
    }

    fn items(self, tag: u8) -> Result<std::vec::IntoIter<Self>, Error> {
        Ok(Self::all(self.is(tag)?.inside)?.into_iter())
    }

    fn oid(self) -> Result<ObjectIdentifier, Error> {
        ObjectIdentifier::from_der(self.whole).map_err(not_der)
    }

    /// The identifier in an AlgorithmIdentifier; its parameters are those of the key.
    fn algorithm(self) -> Result<ObjectIdentifier, Error> {
        next(&mut self.items(SEQUENCE)?)?.oid()
    }
}

fn next<'a>(items: &mut impl Iterator<Item = Tlv<'a>>) -> Result<Tlv<'a>, Error> {
    items.next().ok_or(unusable("it is not built as RFC 5652 says"))
}

impl<'a> SignedData<'a> {
    /// Reads a ContentInfo with a SignedData in it; nothing may follow.
    pub(super) fn read(octets: &'a [u8]) -> Result<Self, Error> {
        let [info] = Tlv::all(octets)?.try_into().map_err(|_| unusable("octets follow the end of it"))?;
        let mut info = info.items(SEQUENCE)?;
        if next(&mut info)?.oid()? != SIGNED_DATA {
            return Err(unusable("it is not SignedData"));
        }
        let mut inside = next(&mut info)?.items(CONTEXT_0)?;
        let mut fields = next(&mut inside)?.items(SEQUENCE)?;
        next(&mut fields)?.is(INTEGER)?;
        next(&mut fields)?.is(SET)?;
        let mut content = next(&mut fields)?.items(SEQUENCE)?;
        if next(&mut content)?.oid()? != DATA {
            return Err(unusable("what it signs is not plain data"));
        }
        if content.next().is_some() {
            return Err(unusable("it holds its content itself: a detached signature is wanted"));
        }
        let mut certificates = Vec::new();
        let mut field = next(&mut fields)?;
        if field.tag == CONTEXT_0 {
            // Attribute certificates and others have tags of their own.
            let all = field.items(CONTEXT_0)?.filter(|one| one.tag == SEQUENCE);
            certificates = all.map(|one| one.whole).collect();
            field = next(&mut fields)?;
        }
        if field.tag == CONTEXT_1 {
            field = next(&mut fields)?;
        }
        let signers: Vec<_> = field.items(SET)?.map(SignerInfo::read).collect::<Result<_, _>>()?;
        match signers.len() {
            0 => Err(unusable("nobody signed it")),
            1..=SIGNERS_MAX => Ok(Self { certificates, signers }),
            _ => Err(unusable("more people signed it than are looked at")),
        }
    }
}

impl<'a> SignerInfo<'a> {
    fn read(info: Tlv<'a>) -> Result<Self, Error> {
        let mut fields = info.items(SEQUENCE)?;
        next(&mut fields)?.is(INTEGER)?;
        let sid = next(&mut fields)?;
        let sid = if sid.tag == CONTEXT_0_PRIMITIVE {
            Sid::KeyIdentifier(sid.inside)
        } else {
            let mut names = sid.items(SEQUENCE)?;
            let issuer = next(&mut names)?.is(SEQUENCE)?.whole;
            Sid::IssuerAndSerial { issuer, serial: next(&mut names)?.is(INTEGER)?.inside }
        };
        let digest = next(&mut fields)?.algorithm()?;
        let mut field = next(&mut fields)?;
        let mut attributes = None;
        if field.tag == CONTEXT_0 {
            attributes = Some(field.items(CONTEXT_0)?.collect());
            field = next(&mut fields)?;
        }
        let algorithm = field.algorithm()?;
        let value = next(&mut fields)?.is(OCTET_STRING)?.inside;
        Ok(Self { sid, digest, attributes, algorithm, value })
    }
}

impl<'a> Attributes<'a> {
    /// Finds contentType, which must be id-data, and messageDigest; each must stand once, with one value (RFC 5652 §11.1, §11.2).
    pub(super) fn read(all: &[Tlv<'a>]) -> Result<Self, &'static str> {
        let (mut content_type, mut message_digest, mut signing_time) = (None, None, None);
        for attribute in all {
            let read = || {
                let mut parts = attribute.items(SEQUENCE)?;
                let oid = next(&mut parts)?.oid()?;
                let values: Vec<_> = next(&mut parts)?.items(SET)?.collect();
                Ok::<_, Error>((oid, values))
            };
            let (oid, values) = read().map_err(|_| "an attribute is not built as RFC 5652 says")?;
            let slot = match oid {
                CONTENT_TYPE => &mut content_type,
                MESSAGE_DIGEST => &mut message_digest,
                SIGNING_TIME => &mut signing_time,
                _ => continue,
            };
            match values.as_slice() {
                [one] if slot.is_none() => *slot = Some(*one),
                _ => return Err("an attribute stands twice or has not one value"),
            }
        }
        let content_type = content_type.ok_or("contentType is missing")?;
        if content_type.oid().ok() != Some(DATA) {
            return Err("contentType is not plain data");
        }
        let message_digest = message_digest.ok_or("messageDigest is missing")?;
        let message_digest =
            message_digest.is(OCTET_STRING).map_err(|_| "messageDigest is not an OCTET STRING")?.inside;
        let signing_time = signing_time
            .and_then(|time| Time::from_der(time.whole).ok())
            .and_then(|time| Timestamp::from_second(i64::try_from(time.to_unix_duration().as_secs()).ok()?).ok());
        Ok(Self { all: all.to_vec(), message_digest, signing_time })
    }

    /// The set in the order in which it came.
    pub(super) fn as_sent(&self) -> Vec<u8> {
        set(&self.all)
    }

    /// The set in DER.
    pub(super) fn sorted(&self) -> Vec<u8> {
        let mut all = self.all.clone();
        all.sort_by_key(|attribute| attribute.whole);
        set(&all)
    }
}

/// Version, digest algorithms, content, bag of certificates and the only SignerInfo of a signature made here.
#[cfg(test)]
pub(super) fn parts(signature: &[u8]) -> [Vec<u8>; 5] {
    let info = Tlv::all(signature).unwrap()[0].items(SEQUENCE).unwrap().nth(1).unwrap();
    let fields = info.items(CONTEXT_0).unwrap().next().unwrap().items(SEQUENCE).unwrap();
    let fields: Vec<_> = fields.collect();
    let [version, digests, content, bag, signers] = fields.try_into().ok().unwrap();
    [version.whole, digests.whole, content.whole, bag.whole, signers.inside].map(<[u8]>::to_vec)
}

fn set(attributes: &[Tlv<'_>]) -> Vec<u8> {
    let inside: Vec<u8> = attributes.iter().flat_map(|attribute| attribute.whole).copied().collect();
    let mut set = Vec::with_capacity(inside.len() + 4);
    super::write::put(&mut set, SET, &inside);
    set
}
