//! smev:Header as an earlier node, or a client on its own, wrote it (protocol §3.1).

use super::{Child, field_text, next_child, skip};
use crate::xml::{Bounds, Element, Token, Tokens};
use crate::{Error, NodeHeader, Revision};

/// Reads a smev:Header that stands alone: the canonical octets a node's signature covers.
pub(crate) fn read_node_header(source: &str, bounds: Bounds) -> Result<NodeHeader, Error> {
    let mut tokens = Tokens::new(source, bounds);
    match tokens.next()? {
        Token::Start(header) if header.local == "Header" => {
            Ok(read_node_header_content(&mut tokens, &header, bounds)?.0)
        }
        _ => Err(Error::Internal { what: "the signed octets are not a smev:Header" }),
    }
}

/// Reads the children of a smev:Header whose start tag was taken; also the offset behind its end tag.
pub(super) fn read_node_header_content(
    tokens: &mut Tokens<'_>,
    header: &Element<'_>,
    bounds: Bounds,
) -> Result<(NodeHeader, usize), Error> {
    let revision: Revision = header.namespace.revision().ok_or(Error::Internal { what: "a Header of no revision" })?;
    let mut read = NodeHeader { revision, node_id: None, message_id: None, timestamp: None, class: None };
    loop {
        let child = match next_child(tokens)? {
            Child::End(span) => return Ok((read, span.end)),
            Child::Element(child) => child,
        };
        let (slot, path) = match child.local {
            _ if child.namespace != header.namespace => {
                skip(tokens)?;
                continue;
            }
            "NodeId" => (&mut read.node_id, "Header/NodeId"),
            "MessageId" => (&mut read.message_id, "Header/MessageId"),
            // A live test node of 2011 wrote it in lower case.
            "TimeStamp" | "timestamp" => (&mut read.timestamp, "Header/TimeStamp"),
            "MessageClass" => (&mut read.class, "Header/MessageClass"),
            _ => {
                skip(tokens)?;
                continue;
            }
        };
        if slot.is_some() {
            return Err(Error::RepeatedField { field: path, line: tokens.line() });
        }
        *slot = Some(field_text(tokens, path, bounds.field_bytes)?);
    }
}
