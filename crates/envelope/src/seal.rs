//! From verified to sealed: the node's stamp and signature, put in as text (protocol §2, §4.6).
//!
//! Body and the sender's Security block are not touched. An earlier `smev:Header` and recipient-Security go, and so may all header
//! blocks that no signature of SMEV 2 covers.

use std::ops::Range;

use bytes::Bytes;
use pki::Identity;
use xmldsig::{ACTOR_RECIPIENT, ACTOR_SMEV, Actor, DigestAlgorithm, ToSign, security_block};

use crate::read::{Block, BlockKind, Layout, Signed};
use crate::state::{SignedBody, Wire};
use crate::{Edit, Envelope, Error, QName, Revision, Sealed, Splice, Stamp, Verified, mime};

/// What happens to the sender's Security block on the way out (protocol §6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SenderSecurity {
    /// It travels on, byte for byte.
    #[default]
    Keep,
    /// It is cut out; the receiver relies on the node's signature alone.
    Drop,
}

/// What happens to the other children of soap:Header: WS-Addressing, Security blocks of other actors, anything. No signature of SMEV 2
/// covers them, so whoever stands between the sender and the node may write them (ReplyTo to an address of his choice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForeignHeaders {
    /// They travel on, byte for byte.
    Keep,
    /// They are cut out; [`Envelope::dropped_headers`] names them.
    #[default]
    Drop,
}

impl Envelope<Verified> {
    /// Removes any earlier `smev:Header` and recipient-Security, adds the node's own in the order of protocol §2:
    /// recipient-Security, the sender's Security, `smev:Header`. The Content-Type is written anew from the parameters that are known.
    pub fn seal(
        self,
        stamp: &Stamp,
        node: &Identity,
        sender_security: SenderSecurity,
        foreign: ForeignHeaders,
    ) -> Result<Envelope<Sealed>, Error> {
        let Envelope { mut wire, state: Verified { layout, fields, body, .. } } = self;
        // A service without Message gets rev111111, as the St Petersburg node does.
        let revision = fields.revision.unwrap_or(Revision::Rev111111);
        let header_id = format!("smev-header-{}", stamp.message_id);
        let header = stamp.node_header(revision, &header_id);

        let algorithm = node.key().algorithm();
        let header_digest = xmldsig::digest(algorithm, header.as_bytes());
        let body_digest = body_digest(&body, algorithm);
        let references =
            [ToSign { id: &header_id, digest: &header_digest }, ToSign { id: &body.id, digest: &body_digest }];
        let token_id = format!("node-token-{}", stamp.message_id);
        let security = security_block(Actor::Recipient, &token_id, &references, node, &stamp.entropy)
            .map_err(Error::CannotSign)?;

        refuse_half_signed(&layout, foreign)?;
        let edits = seal_edits(&layout, &security, &header, sender_security, foreign);
        let (forwarded, splice, _) = apply(&wire, edits)?;
        let splice = if wire.raw == wire.current { splice } else { Splice::between(&wire.raw, &forwarded) };
        // Body lies behind every edit.
        let body_end = forwarded.len() - (wire.current.len() - wire.soap.start - layout.body.span.end);
        let body = body_end - layout.body.span.len()..body_end;
        let dropped = dropped(&layout, foreign);
        wire.content_type = mime::content_type_out(&wire.content_type)?;
        let state = Sealed { fields, forwarded, body, splice, message_id: stamp.message_id, dropped };
        Ok(Envelope { wire, state })
    }
}

/// The digest that verification computed, when it is of the node's algorithm; a body is digested once where possible.
fn body_digest(body: &SignedBody, algorithm: pki::Algorithm) -> Vec<u8> {
    match &body.digest {
        Some((of, digest)) if *of == DigestAlgorithm::of(algorithm) => digest.clone(),
        _ => xmldsig::digest(algorithm, body.plain.as_deref().unwrap_or(&body.octets)),
    }
}

/// Names of the first foreign blocks that go.
fn dropped(layout: &Layout, foreign: ForeignHeaders) -> Vec<QName> {
    match foreign {
        ForeignHeaders::Keep => Vec::new(),
        ForeignHeaders::Drop => {
            let blocks = layout.header.iter().flat_map(|header| &header.blocks);
            blocks.filter(|block| block.signed == Signed::Nothing).filter_map(|block| block.foreign.clone()).collect()
        }
    }
}

/// A signed element inside a block that is not signed itself: passed on, the rest of the block would pass for the sender's; cut out, it
/// would break his signature.
fn refuse_half_signed(layout: &Layout, foreign: ForeignHeaders) -> Result<(), Error> {
    let mut blocks = layout.header.iter().flat_map(|header| &header.blocks);
    let half = |block: &Block| block.foreign.is_some() && block.signed == Signed::Inside;
    if foreign == ForeignHeaders::Drop && blocks.any(half) {
        let what = "a signed element stands inside a header block that is not signed itself";
        return Err(Error::signature(xmldsig::Error::BadSecurity { what }));
    }
    Ok(())
}

fn seal_edits(
    layout: &Layout,
    security: &str,
    header: &str,
    sender_security: SenderSecurity,
    foreign: ForeignHeaders,
) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut kept = None;
    for block in layout.header.iter().flat_map(|header| &header.blocks) {
        let goes = match &block.kind {
            BlockKind::NodeHeader => true,
            BlockKind::Security(actor) if actor.as_deref() == Some(ACTOR_RECIPIENT) => true,
            BlockKind::Security(actor) if actor.as_deref() == Some(ACTOR_SMEV) => {
                if sender_security == SenderSecurity::Keep {
                    kept = Some(block.span.end);
                }
                sender_security == SenderSecurity::Drop
            }
            // Without a block that the sender signed beside his Body, his signature would not hold any more.
            BlockKind::Security(_) | BlockKind::Foreign => {
                foreign == ForeignHeaders::Drop && block.signed == Signed::Nothing
            }
        };
        if goes {
            edits.push(Edit { removed: block.span.clone(), inserted: Bytes::new() });
        }
    }
    match kept {
        Some(end) => {
            edits.push(header_insertion(layout, security));
            edits.push(Edit { removed: end..end, inserted: Bytes::copy_from_slice(header.as_bytes()) });
        }
        None => edits.push(header_insertion(layout, &format!("{security}{header}"))),
    }
    edits
}

/// Puts `blocks` in front of the first child of soap:Header, making the Header when there is none.
pub(crate) fn header_insertion(layout: &Layout, blocks: &str) -> Edit {
    match &layout.header {
        Some(header) if header.empty => {
            // `<soap:Header … />` keeps its name and attributes.
            let slash = header.tag.end - "/>".len();
            Edit { removed: slash..header.tag.end, inserted: format!(">{blocks}</{}>", header.name).into() }
        }
        Some(header) => Edit { removed: header.tag.end..header.tag.end, inserted: blocks.to_owned().into() },
        None => {
            let name = match layout.envelope_prefix.as_str() {
                "" => "Header".to_owned(),
                prefix => format!("{prefix}:Header"),
            };
            let at = layout.envelope_start;
            Edit { removed: at..at, inserted: format!("<{name}>{blocks}</{name}>").into() }
        }
    }
}

/// Applies edits of the SOAP part to the whole HTTP body: the new body, the splice in its terms, where the SOAP part now starts.
pub(crate) fn apply(wire: &Wire, edits: Vec<Edit>) -> Result<(Bytes, Splice, usize), Error> {
    let shift = |span: Range<usize>| wire.soap.start + span.start..wire.soap.start + span.end;
    let mut whole: Vec<Edit> =
        edits.into_iter().map(|edit| Edit { removed: shift(edit.removed), inserted: edit.inserted }).collect();
    let mut soap_start = wire.soap.start;
    if let Some(line) = &wire.length_line {
        soap_start -= line.len();
        whole.push(Edit { removed: line.clone(), inserted: Bytes::new() });
    }
    let splice = Splice::of(whole).ok_or(Error::Internal { what: "edits overlap" })?;
    let forwarded = splice.apply(&wire.current).ok_or(Error::Internal { what: "edits outside of the message" })?;
    Ok((forwarded.into(), splice, soap_start))
}
