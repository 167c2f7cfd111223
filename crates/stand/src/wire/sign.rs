//! ЭП-ОВ of the stand's systems: a Security block over the Body of a draft.

use bytes::Bytes;
use pki::Identity;
use xmldsig::{Actor, Document, Error as SignatureError, Part, ToSign, digest, security_block};

use crate::Error;
use crate::edge;
use crate::wire::compose::Draft;

/// Id of the certificate token in the stand's messages.
const TOKEN_ID: &str = "SenderCertificate";

/// The draft with ЭП-ОВ of `identity` over its Body.
pub(crate) fn sign(draft: &Draft, identity: &Identity) -> Result<Bytes, Error> {
    let octets = canonical_body(draft)?;
    Ok(draft.with_header(&block(draft.body_id(), &octets, identity)?))
}

/// A Security block (actor smev) that says: `identity` signed the element `id`, whose canonical form is `octets`.
pub(crate) fn block(id: &str, octets: &[u8], identity: &Identity) -> Result<String, Error> {
    block_over(id, &digest(identity.certificate().public_key().algorithm(), octets), identity)
}

/// The same when the digest, by the algorithm of the key, is known already.
pub(crate) fn block_over(id: &str, digest: &[u8], identity: &Identity) -> Result<String, Error> {
    let entropy = edge::entropy()?;
    Ok(security_block(Actor::Sender, TOKEN_ID, &[ToSign { id, digest }], identity, &entropy)?)
}

/// Canonical octets of the draft's Body.
pub(crate) fn canonical_body(draft: &Draft) -> Result<Vec<u8>, SignatureError> {
    Document::parse(&draft.with_header(""))?.canonical(&Part::Body)
}
