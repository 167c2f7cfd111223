//! One Security block: its one Signature, and the one token its KeyInfo points to.

use crate::profile::{KeyHint, Signature, Token};
use crate::soap::{DS, Soap};
use crate::tree::{Element, Tree, WSU};
use crate::{Actor, Error};

/// The Security block of one actor.
pub(crate) struct Security<'d> {
    pub(crate) signature: Signature<'d>,
    token: Token<'d>,
}

impl<'d> Security<'d> {
    /// Finds the block of `actor` and reads it.
    pub(crate) fn find(tree: &'d Tree, soap: &Soap<'d>, actor: Actor) -> Result<Self, Error> {
        let block = soap.security(actor)?;
        let mut signatures = block.children().filter(|child| child.is(DS, "Signature"));
        let signature = match (signatures.next(), signatures.next()) {
            (None, _) => return Err(Error::SignatureNotFound { actor }),
            (Some(signature), None) => Signature::read(signature)?,
            (Some(_), Some(_)) => return Err(Error::SeveralSignatures),
        };
        if block.children().filter_map(Token::of).count() > 1 {
            return Err(Error::SeveralCertificates);
        }
        // What else stands in the block is under no signature, and would go on as part of the sender's own.
        let known = |child: &Element<'d>| {
            child.is(DS, "Signature") || Token::of(*child).is_some() || child.is(WSU, "Timestamp")
        };
        if !block.children().all(|child| known(&child)) {
            return Err(Error::BadSecurity { what: "Security holds more than token, Signature and Timestamp" });
        }
        let KeyHint::Token(id) = signature.key()? else {
            return Err(Error::TokenNotFound);
        };
        let bearer: Element<'d> = match tree.by_id(id) {
            Ok(target) => target.element,
            Err(Error::UnresolvedReference { .. }) => return Err(Error::TokenNotFound),
            Err(error) => return Err(error),
        };
        let token = Token::of(bearer).filter(|_| bearer.parent() == Some(block)).ok_or(Error::TokenNotFound)?;
        Ok(Self { signature, token })
    }

    /// DER of the certificate in the token.
    pub(crate) fn certificate(&self) -> Result<Vec<u8>, Error> {
        self.token.certificate()
    }
}
