//! Making detached signatures: for tests and the stand, in the form CryptoPro and the gost engine write.

use der::{
    Encode as _, Sequence,
    asn1::{ObjectIdentifier, UintRef, UtcTime},
};
use jiff::Timestamp;

use super::read::{CONTENT_TYPE, CONTEXT_0, DATA, INTEGER, MESSAGE_DIGEST, OCTET_STRING, SEQUENCE, SET, SIGNING_TIME};
use super::{digest, not_der, unusable};
use crate::{Algorithm, Error, Identity, fields::Fields};

/// NULL, which stands behind every algorithm here.
const NULL: [u8; 2] = [0x05, 0x00];
/// ContentInfo of SignedData.
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

/// A detached signature of `identity` over `content`, in DER, with his certificate in it.
///
/// With `signing_time` the signature is over attributes (contentType, signingTime, messageDigest) as usual, without it
/// over the content itself. `entropy`: fresh random octets for each signature.
pub fn sign_detached(
    identity: &Identity,
    content: &[u8],
    signing_time: Option<Timestamp>,
    entropy: &[u8; 32],
) -> Result<Vec<u8>, Error> {
    let algorithm = identity.key().algorithm();
    let attributes = signing_time.map(|time| attributes(time, &digest(algorithm, content))).transpose()?;
    signed(identity, content, attributes.as_deref(), entropy)
}

/// Signs `attributes`, or the content when there are none, whatever they are.
pub(super) fn signed(
    identity: &Identity,
    content: &[u8],
    attributes: Option<&[u8]>,
    entropy: &[u8; 32],
) -> Result<Vec<u8>, Error> {
    let set = attributes.map(|attributes| element(SET, attributes));
    let value = signature_value(identity, set.as_deref().unwrap_or(content), entropy)?;
    let signer = signer_info(identity, attributes, &value)?;
    let (digest_oid, _) = identity.key().algorithm().cms_names();
    let signed_data = [
        element(INTEGER, &[1]),
        element(SET, &named(digest_oid)?),
        element(SEQUENCE, &oid(DATA)?),
        element(CONTEXT_0, identity.certificate().der()),
        element(SET, &signer),
    ];
    let inside = element(CONTEXT_0, &element(SEQUENCE, &signed_data.concat()));
    Ok(element(SEQUENCE, &[oid(SIGNED_DATA)?, inside].concat()))
}

fn signer_info(identity: &Identity, attributes: Option<&[u8]>, value: &[u8]) -> Result<Vec<u8>, Error> {
    let (digest_oid, key_oid) = identity.key().algorithm().cms_names();
    let fields = Fields::read(identity.certificate().der())?;
    let serial = element(INTEGER, fields.serial.as_bytes());
    let parts = [
        element(INTEGER, &[1]),
        element(SEQUENCE, &[fields.issuer, &serial].concat()),
        named(digest_oid)?,
        attributes.map(|attributes| element(CONTEXT_0, attributes)).unwrap_or_default(),
        named(key_oid)?,
        element(OCTET_STRING, value),
    ];
    Ok(element(SEQUENCE, &parts.concat()))
}

/// The attributes one after another, sorted as DER wants a set to be.
pub(super) fn attributes(time: Timestamp, digest: &[u8]) -> Result<Vec<u8>, Error> {
    const NO_TIME: Error = Error::SignedData { what: "its signing time is not one of UTCTime" };
    let seconds = u64::try_from(time.as_second()).map_err(|_| NO_TIME)?;
    let time = UtcTime::from_unix_duration(std::time::Duration::from_secs(seconds)).map_err(|_| NO_TIME)?;
    let mut all = [
        attribute(CONTENT_TYPE, &oid(DATA)?)?,
        attribute(SIGNING_TIME, &time.to_der().map_err(not_der)?)?,
        attribute(MESSAGE_DIGEST, &element(OCTET_STRING, digest))?,
    ];
    all.sort();
    Ok(all.concat())
}

pub(super) fn attribute(name: ObjectIdentifier, value: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(element(SEQUENCE, &[oid(name)?, element(SET, value)].concat()))
}

/// AlgorithmIdentifier with NULL behind the name.
fn named(name: &str) -> Result<Vec<u8>, Error> {
    let name = ObjectIdentifier::new(name).map_err(|_| unusable("its algorithm has no name"))?;
    Ok(element(SEQUENCE, &[oid(name)?, NULL.to_vec()].concat()))
}

pub(super) fn oid(name: ObjectIdentifier) -> Result<Vec<u8>, Error> {
    name.to_der().map_err(not_der)
}

/// GOST: s‖r, as everywhere else. ECDSA: a SEQUENCE of two INTEGERs (RFC 5753 §7.2).
fn signature_value(identity: &Identity, octets: &[u8], entropy: &[u8; 32]) -> Result<Vec<u8>, Error> {
    let raw = identity.key().sign(octets, entropy)?;
    if identity.key().algorithm() != Algorithm::EcdsaP256Sha256 {
        return Ok(raw);
    }
    let (r, s) = raw.split_at(raw.len() / 2);
    let integer = |half| UintRef::new(half).map_err(not_der);
    EcdsaSignature { r: integer(r)?, s: integer(s)? }.to_der().map_err(not_der)
}

#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

pub(super) fn element(tag: u8, inside: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inside.len() + 6);
    put(&mut out, tag, inside);
    out
}

/// Appends an element with a definite length in its shortest form.
pub(super) fn put(out: &mut Vec<u8>, tag: u8, inside: &[u8]) {
    out.push(tag);
    let octets = inside.len().to_be_bytes();
    let significant =
        octets.iter().position(|octet| *octet != 0).map_or(&[0][..], |at| octets.get(at..).unwrap_or_default());
    match significant {
        [short] if *short < 0x80 => out.push(*short),
        long => {
            // At most eight octets of length.
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(inside);
}
