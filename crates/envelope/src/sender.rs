//! Signing for the sender: systems whose key the bus keeps (hosted), and the stand.
//!
//! Only an unsigned message may come here: giving Body an id changes it, which a signature would not survive (protocol §4.6).

use bytes::Bytes;
use pki::Identity;
use xmldsig::{ACTOR_SMEV, Actor, DigestAlgorithm, Document, Part, ToSign, security_block};

use crate::error::shortened;
use crate::read::{BodySpans, Layout, read_envelope};
use crate::seal::{apply, header_insertion};
use crate::state::{SignedBody, Wire};
use crate::verify::read_again;
use crate::xml::{Bounds, Token, Tokens, is_space};
use crate::{Addressed, Edit, Envelope, Error, Stamp, Verified, uri};

impl Envelope<Addressed> {
    /// Signs for the sender: gives Body a `wsu:Id` when it has none and puts a Security block with actor smev into Header (made when
    /// missing). [`Envelope::raw`] stays what was received; [`Envelope::bytes`] is the signed message.
    pub fn sign_as_sender(self, identity: &Identity, stamp: &Stamp) -> Result<Envelope<Verified>, Error> {
        let Envelope { wire, state } = self;
        let Addressed { layout, fields, field_bytes, .. } = state;
        let signed_already = |actor: &Option<String>| actor.as_deref() == Some(ACTOR_SMEV);
        if fields.security_actors.iter().any(signed_already) {
            return Err(Error::SignedAlready);
        }
        let (wire, layout, id) = with_body_id(wire, layout, stamp)?;
        demand_unique(wire.soap_text()?, &id)?;
        let document = Document::parse(wire.soap_text()?.as_bytes()).map_err(Error::signature)?;
        let octets = document.canonical(&Part::Body).map_err(Error::signature)?;
        read_again(&fields, &octets, field_bytes)?;

        let algorithm = identity.key().algorithm();
        let digest = xmldsig::digest(algorithm, &octets);
        let token_id = format!("sender-token-{}", stamp.message_id);
        let references = [ToSign { id: &id, digest: &digest }];
        let security = security_block(Actor::Sender, &token_id, &references, identity, &stamp.entropy)
            .map_err(Error::CannotSign)?;
        let insertion = header_insertion(&layout, &security);
        let wire = changed(wire, vec![insertion])?;
        let bounds = Bounds { field_bytes, ..Bounds::NONE };
        let (layout, fields, _) = read_envelope(wire.soap_text()?, bounds)?;
        let digest = Some((DigestAlgorithm::of(algorithm), digest));
        let body = SignedBody { id, octets, plain: None, digest };
        let certificate = identity.certificate().clone();
        Ok(Envelope { wire, state: Verified { layout, fields, certificate, node: None, signature: None, body } })
    }
}

/// The message with an id on its Body, and the id.
fn with_body_id(wire: Wire, layout: Layout, stamp: &Stamp) -> Result<(Wire, Layout, String), Error> {
    match &layout.body.wsu_id {
        Some(id) if is_referable(id) => {
            let id = id.clone();
            Ok((wire, layout, id))
        }
        Some(id) => Err(Error::BodyId { id: shortened(id) }),
        None => {
            let id = format!("body-{}", stamp.message_id);
            let wire = changed(wire, vec![id_insertion(&layout.body, &id)])?;
            let layout = read_envelope(wire.soap_text()?, Bounds::NONE)?.0;
            Ok((wire, layout, id))
        }
    }
}

/// Refuses an id that another attribute of the message holds too: the receiver's verifier may resolve the reference to that element.
fn demand_unique(source: &str, id: &str) -> Result<(), Error> {
    let mut tokens = Tokens::new(source, Bounds::NONE);
    let mut found = 0;
    loop {
        match tokens.next()? {
            // xml:id is an ID for every parser: blanks around it do not count.
            Token::Start(_) => found += tokens.ids().filter(|one| one.trim_matches(is_space) == id).count(),
            Token::Finished if found == 1 => return Ok(()),
            Token::Finished => {
                return Err(Error::signature(xmldsig::Error::DuplicateId { id: id.to_owned() }));
            }
            _ => {}
        }
    }
}

/// The same message with edits done; what was received stays known.
fn changed(wire: Wire, edits: Vec<Edit>) -> Result<Wire, Error> {
    let (current, _, start) = apply(&wire, edits)?;
    // What follows the SOAP part (MIME) did not change.
    let behind = wire.current.len() - wire.soap.end;
    let soap = start..current.len() - behind;
    Ok(Wire { current, soap, length_line: None, ..wire })
}

/// ` wsu:Id="…"` behind the name of Body, with a declaration when no prefix in scope stands for wsu.
fn id_insertion(body: &BodySpans, id: &str) -> Edit {
    let attribute = if let Some(prefix) = &body.wsu_prefix {
        format!(" {prefix}:Id=\"{id}\"")
    } else {
        let prefix = &body.free_prefix;
        format!(" xmlns:{prefix}=\"{}\" {prefix}:Id=\"{id}\"", uri::WSU)
    };
    Edit { removed: body.name_end..body.name_end, inserted: Bytes::from(attribute) }
}

/// The ids that a reference may name (crate `xmldsig` refuses others).
fn is_referable(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"_.:-".contains(&octet))
}
