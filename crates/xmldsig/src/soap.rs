//! Where things stand in a SOAP 1.1 message: Envelope, Header, Body, Security blocks, the SMEV parts. By position and expanded name only.

use crate::tree::{Element, Tree};
use crate::{Actor, Error, Part};

/// The namespace of SOAP 1.1.
pub(crate) const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// The namespace of WSS 1.0.
pub(crate) const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
/// The namespace of XMLDSig.
pub(crate) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// The namespaces of the SMEV 2 revisions in use.
pub(crate) const SMEV: [&str; 3] =
    ["http://smev.gosuslugi.ru/rev110801", "http://smev.gosuslugi.ru/rev111111", "http://smev.gosuslugi.ru/rev120315"];

/// The frame of a message.
pub(crate) struct Soap<'d> {
    header: Option<Element<'d>>,
    body: Element<'d>,
}

impl<'d> Soap<'d> {
    /// Finds one Envelope with at most one Header and, after it, exactly one Body, and nothing else.
    pub(crate) fn find(tree: &'d Tree) -> Result<Self, Error> {
        let envelope = tree.root()?;
        if !envelope.is(SOAP, "Envelope") {
            return Err(Error::NotSoap);
        }
        let mut children = envelope.children();
        let mut next = children.next();
        let header = next.filter(|element| element.is(SOAP, "Header"));
        if header.is_some() {
            next = children.next();
        }
        match (next, children.next()) {
            (Some(body), None) if body.is(SOAP, "Body") => Ok(Self { header, body }),
            _ => Err(Error::NotSoap),
        }
    }

    /// The element in the Body that is first: the operation.
    pub(crate) fn operation(&self) -> Option<Element<'d>> {
        self.body.children().next()
    }

    /// The one Security block of `actor`.
    pub(crate) fn security(&self, actor: Actor) -> Result<Element<'d>, Error> {
        let mut blocks = self
            .header
            .into_iter()
            .flat_map(Element::children)
            .filter(|block| block.is(WSSE, "Security") && block.attribute(SOAP, "actor") == Some(actor.uri()));
        match (blocks.next(), blocks.next()) {
            (None, _) => Err(Error::SignatureNotFound { actor }),
            (Some(block), None) => Ok(block),
            (Some(_), Some(_)) => Err(Error::SeveralSecurity { actor }),
        }
    }

    /// Which part of the message `element` is.
    pub(crate) fn part_of(&self, element: Element<'d>) -> Part {
        if element == self.body {
            Part::Body
        } else if self.smev_header() == Some(element) {
            Part::Header
        } else if self.app_data() == Some(element) {
            Part::AppData
        } else {
            Part::Other(element.expanded_name())
        }
    }

    /// The element that is `part`.
    pub(crate) fn element(&self, tree: &'d Tree, part: &Part) -> Result<Element<'d>, Error> {
        let found = match part {
            Part::Body => Some(self.body),
            Part::Header => self.smev_header(),
            Part::AppData => self.app_data(),
            Part::Other(name) => only(tree.elements().filter(|element| element.expanded_name() == *name)),
        };
        found.ok_or_else(|| Error::UnresolvedReference { id: part.to_string() })
    }

    /// Whether `block` is a Security block of the Header.
    pub(crate) fn is_security(&self, block: Element<'d>) -> bool {
        block.is(WSSE, "Security") && self.header.is_some() && block.parent() == self.header
    }

    /// The only smev:Header directly in the Header.
    fn smev_header(&self) -> Option<Element<'d>> {
        only(self.header?.children().filter(|element| is_smev(*element, "Header")))
    }

    /// The only AppData of the only MessageData of the operation in the Body.
    fn app_data(&self) -> Option<Element<'d>> {
        let operation = only(self.body.children())?;
        let data = only(operation.children().filter(|element| is_smev(*element, "MessageData")))?;
        only(data.children().filter(|element| is_smev(*element, "AppData")))
    }
}

/// Whether `element` has this name in the namespace of any SMEV 2 revision.
pub(crate) fn is_smev(element: Element<'_>, local: &str) -> bool {
    element.local() == local && SMEV.contains(&element.namespace())
}

/// The first item, if it is the only one.
pub(crate) fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}
