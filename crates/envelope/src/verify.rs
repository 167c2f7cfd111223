//! From addressed to verified: the signatures, then a second reading from what they cover.
//!
//! The cryptography and its guards against wrapping are crate `xmldsig`'s; here is decided what must be covered.

use pki::Certificate;
use xmldsig::{Actor, Covered, Distrust, Document, Part, Policy};

use crate::read::{read_body, read_node_header};
use crate::state::SignedBody;
use crate::xml::Bounds;
use crate::{Addressed, Envelope, Error, Fields, Verified};

/// What a sender's signature must cover (protocol §4.4).
static BODY: [Part; 1] = [Part::Body];
/// What a node's signature must cover.
static HEADER_AND_BODY: [Part; 2] = [Part::Header, Part::Body];

/// Decides whether a certificate (DER) is trusted; answers with the registered one.
pub type Trust<'a> = dyn Fn(&[u8]) -> Result<Certificate, Distrust> + 'a;

/// What verification needs to know.
pub struct Need<'a> {
    /// Which algorithms the contour allows.
    pub algorithms: xmldsig::Algorithms,
    /// Who may sign as sender (ЭП-ОВ).
    pub trust: &'a Trust<'a>,
    /// Who may sign as node. `Some` demands a valid ЭП-СМЭВ over `smev:Header` and Body; `None` ignores any there is.
    pub node: Option<&'a Trust<'a>>,
}

impl Envelope<Addressed> {
    /// Verifies ЭП-ОВ (and ЭП-СМЭВ when asked), then reads the fields again from the octets the signatures cover.
    pub fn verify(self, need: &Need<'_>) -> Result<Envelope<Verified>, Error> {
        let Envelope { wire, state: Addressed { layout, fields, outline: _, field_bytes } } = self;
        let document = Document::parse(wire.soap_text()?.as_bytes()).map_err(Error::Signature)?;
        let policy = Policy { actor: Actor::Sender, cover: &BODY, algorithms: need.algorithms };
        let sender = document.verify(&policy, need.trust).map_err(Error::Signature)?;
        let body = covered(sender.covered, &Part::Body)?;
        if !layout.body.ids.contains(&body.id) {
            return Err(Error::ReadDiffers { field: "Body id" });
        }
        read_again(&fields, &body.octets, field_bytes)?;

        let mut node = None;
        if let Some(trust) = need.node {
            let policy = Policy { actor: Actor::Recipient, cover: &HEADER_AND_BODY, algorithms: need.algorithms };
            let signed = document.verify(&policy, trust).map_err(Error::NodeSignature)?;
            let header = covered(signed.covered, &Part::Header)?;
            let again = read_node_header(text(&header.octets)?, bounds(field_bytes))?;
            if fields.node_header.as_ref() != Some(&again) {
                return Err(Error::ReadDiffers { field: "smev:Header" });
            }
            node = Some(signed.certificate);
        }

        let body = if body.plain {
            let digest = Some((body.digest_algorithm, body.digest));
            SignedBody { id: body.id, octets: body.octets, plain: None, digest }
        } else {
            let plain = Some(document.canonical(&Part::Body).map_err(Error::Signature)?);
            SignedBody { id: body.id, octets: body.octets, plain, digest: None }
        };
        Ok(Envelope { wire, state: Verified { layout, fields, certificate: sender.certificate, node, body } })
    }
}

fn covered(all: Vec<Covered>, part: &Part) -> Result<Covered, Error> {
    all.into_iter().find(|one| one.part == *part).ok_or(Error::Internal { what: "a demanded part is not among the covered ones" })
}

/// The guard of the whole crate: what was read is what was signed.
pub(crate) fn read_again(fields: &Fields, signed: &[u8], field_bytes: usize) -> Result<(), Error> {
    let again = read_body(text(signed)?, bounds(field_bytes))?;
    fields.body_difference(&again).map_or(Ok(()), |field| Err(Error::ReadDiffers { field }))
}

fn bounds(field_bytes: usize) -> Bounds {
    Bounds { field_bytes, ..Bounds::NONE }
}

fn text(octets: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(octets).map_err(|_| Error::Internal { what: "canonical octets are not UTF-8" })
}
