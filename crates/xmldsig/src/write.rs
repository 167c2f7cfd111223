//! Writing of a Security block, and of an official's signature, as text.
//!
//! SignedInfo is written in its exclusive canonical form, so that the octets that are signed are the octets that are sent and no tree is
//! built. That takes start and end tags instead of empty elements, double quotes, no white space, and `xmlns:ds` on SignedInfo itself,
//! which is redundant in the message and exactly what canonicalization would put there.

use std::fmt::Write as _;

use base64ct::{Base64, Encoding as _};
use pki::Algorithm;

use crate::algorithm::{DIGEST_METHODS, DigestAlgorithm, ENVELOPED_SIGNATURE, EXCLUSIVE_C14N, SIGNATURE_METHODS};
use crate::profile::{BASE64_BINARY, X509_V3, is_id};
use crate::soap::{DS, SOAP, WSSE};
use crate::tree::WSU;
use crate::{Actor, Error};

/// A part to be signed.
#[derive(Debug, Clone, Copy)]
pub struct ToSign<'a> {
    /// Its id in the message.
    pub id: &'a str,
    /// Digest of its exclusive canonical form, made with [`crate::digest`] for the algorithm of the identity.
    pub digest: &'a [u8],
}

/// A complete wsse:Security element that declares all its namespaces itself: the token, then the signature of `references` in their order.
///
/// `token_id` must be an id that nothing else in the message has. Ids consist of `A–Z a–z 0–9 _ . : -`.
pub fn security_block(
    actor: Actor,
    token_id: &str,
    references: &[ToSign<'_>],
    identity: &pki::Identity,
    entropy: &[u8; 32],
) -> Result<String, Error> {
    if !is_id(token_id) || !references.iter().all(|reference| is_id(reference.id)) {
        return Err(Error::BadSecurity { what: "an id has characters it must not have" });
    }
    let algorithm = identity.key().algorithm();
    let signed_info = signed_info(algorithm, references, "")?;
    let value = identity.key().sign(signed_info.as_bytes(), entropy).map_err(Error::CannotSign)?;
    let value = Base64::encode_string(&value);
    let certificate = Base64::encode_string(identity.certificate().der());
    let actor = actor.uri();
    Ok(format!(
        "<wsse:Security xmlns:wsse=\"{WSSE}\" xmlns:soap=\"{SOAP}\" soap:actor=\"{actor}\">\
         <wsse:BinarySecurityToken xmlns:wsu=\"{WSU}\" EncodingType=\"{BASE64_BINARY}\" ValueType=\"{X509_V3}\" \
         wsu:Id=\"{token_id}\">{certificate}</wsse:BinarySecurityToken>\
         <ds:Signature xmlns:ds=\"{DS}\">{signed_info}<ds:SignatureValue>{value}</ds:SignatureValue>\
         <ds:KeyInfo><wsse:SecurityTokenReference><wsse:Reference URI=\"#{token_id}\" ValueType=\"{X509_V3}\"/>\
         </wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>"
    ))
}

/// A complete ds:Signature for an official (ЭП-СП, protocol §5.1), to be put anywhere inside the element that `content` names, AppData as a
/// rule; `content.digest` is of that element's canonical form without this signature. The certificate stands in KeyInfo.
pub fn official_signature(content: &ToSign<'_>, identity: &pki::Identity, entropy: &[u8; 32]) -> Result<String, Error> {
    if !is_id(content.id) {
        return Err(Error::BadSecurity { what: "an id has characters it must not have" });
    }
    let enveloped = format!("<ds:Transform Algorithm=\"{ENVELOPED_SIGNATURE}\"></ds:Transform>");
    let signed_info = signed_info(identity.key().algorithm(), std::slice::from_ref(content), &enveloped)?;
    let value = identity.key().sign(signed_info.as_bytes(), entropy).map_err(Error::CannotSign)?;
    let value = Base64::encode_string(&value);
    let certificate = Base64::encode_string(identity.certificate().der());
    Ok(format!(
        "<ds:Signature xmlns:ds=\"{DS}\">{signed_info}<ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data>\
         <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
    ))
}

/// SignedInfo in canonical form; `transforms` come before the canonicalization of each part.
fn signed_info(algorithm: Algorithm, references: &[ToSign<'_>], transforms: &str) -> Result<String, Error> {
    const NAMELESS: Error = Error::Internal { what: "an algorithm without a name" };
    let digest_algorithm = DigestAlgorithm::of(algorithm);
    let method = SIGNATURE_METHODS.iter().find(|(_, known)| *known == algorithm).ok_or(NAMELESS)?.0;
    let digest_method = DIGEST_METHODS.iter().find(|(_, known)| *known == digest_algorithm).ok_or(NAMELESS)?.0;
    let mut text = format!(
        "<ds:SignedInfo xmlns:ds=\"{DS}\">\
         <ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE_C14N}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"{method}\"></ds:SignatureMethod>"
    );
    if references.is_empty() {
        return Err(Error::Internal { what: "signing nothing" });
    }
    for ToSign { id, digest } in references {
        if digest.len() != digest_algorithm.bytes() {
            return Err(Error::Internal { what: "signing a digest of another algorithm" });
        }
        let digest = Base64::encode_string(digest);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "<ds:Reference URI=\"#{id}\"><ds:Transforms>{transforms}<ds:Transform Algorithm=\"{EXCLUSIVE_C14N}\"></ds:Transform>\
             </ds:Transforms><ds:DigestMethod Algorithm=\"{digest_method}\"></ds:DigestMethod>\
             <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
        );
    }
    text.push_str("</ds:SignedInfo>");
    Ok(text)
}
