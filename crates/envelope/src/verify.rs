//! From addressed to verified: the signatures, then a second reading from what they cover.
//!
//! The cryptography and its guards against wrapping are crate `xmldsig`'s; here is decided what must be covered.

use pki::Certificate;
use xmldsig::{Actor, Covered, Distrust, Document, Part, Policy};

use crate::read::{Layout, Signed, read_body, read_node_header};
use crate::state::SignedBody;
use crate::xml::{Bounds, Token, Tokens};
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
        let Envelope { wire, state: Addressed { mut layout, fields, outline: _, field_bytes } } = self;
        let document = Document::parse(wire.soap_text()?.as_bytes()).map_err(Error::signature)?;
        let policy = Policy { actor: Actor::Sender, cover: &BODY, algorithms: need.algorithms };
        let sender = document.verify(&policy, need.trust).map_err(Error::signature)?;
        let beside: Vec<&str> =
            sender.covered.iter().filter(|one| one.part != Part::Body).map(|one| one.id.as_str()).collect();
        mark_signed(&mut layout, wire.soap_text()?, &beside)?;
        let body = covered(sender.covered, &Part::Body)?;
        if !layout.body.ids.contains(&body.id) {
            return Err(Error::ReadDiffers { field: "Body id" });
        }
        read_again(&fields, &body.octets, field_bytes)?;

        let node = match need.node {
            Some(trust) => Some(verify_node(&document, need.algorithms, trust, &fields, field_bytes)?),
            None => None,
        };
        let (certificate, signature) = (sender.certificate, Some(sender.value));
        let body = signed_body(&document, body)?;
        Ok(Envelope { wire, state: Verified { layout, fields, certificate, node, signature, body } })
    }
}

/// Marks the header blocks in which an element with one of these ids stands. The ids are unique: the signature holds.
fn mark_signed(layout: &mut Layout, source: &str, ids: &[&str]) -> Result<(), Error> {
    let Some(header) = layout.header.as_mut().filter(|_| !ids.is_empty()) else {
        return Ok(());
    };
    let mut tokens = Tokens::new(source, Bounds::NONE);
    loop {
        match tokens.next()? {
            Token::Start(element) if tokens.ids().any(|id| ids.contains(&id)) => {
                let start = element.tag.start;
                let around = header.blocks.iter_mut().filter(|block| block.span.contains(&start));
                around.for_each(|block| {
                    block.signed = if block.span.start == start { Signed::Whole } else { Signed::Inside };
                });
            }
            Token::Finished => return Ok(()),
            _ => {}
        }
    }
}

/// ЭП-СМЭВ over Body and the very smev:Header that was read.
fn verify_node(
    document: &Document,
    algorithms: xmldsig::Algorithms,
    trust: &Trust<'_>,
    fields: &Fields,
    field_bytes: usize,
) -> Result<Certificate, Error> {
    let policy = Policy { actor: Actor::Recipient, cover: &HEADER_AND_BODY, algorithms };
    let signed = document.verify(&policy, trust).map_err(Error::node_signature)?;
    let header = covered(signed.covered, &Part::Header)?;
    let again = read_node_header(text(&header.octets)?, bounds(field_bytes))?;
    if fields.node_header.as_ref() != Some(&again) {
        return Err(Error::ReadDiffers { field: "smev:Header" });
    }
    Ok(signed.certificate)
}

/// What sealing needs of the signed Body: its digest when it can serve again, else its plain canonical form.
fn signed_body(document: &Document, body: Covered) -> Result<SignedBody, Error> {
    let Covered { id, octets, digest_algorithm, digest, plain, .. } = body;
    if plain {
        return Ok(SignedBody { id, octets, plain: None, digest: Some((digest_algorithm, digest)) });
    }
    let canonical = document.canonical(&Part::Body).map_err(Error::signature)?;
    Ok(SignedBody { id, octets, plain: Some(canonical), digest: None })
}

fn covered(all: Vec<Covered>, part: &Part) -> Result<Covered, Error> {
    all.into_iter()
        .find(|one| one.part == *part)
        .ok_or(Error::Internal { what: "a demanded part is not among the covered ones" })
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
