//! Envelope, Header and Body of SOAP 1.1: the frame of every message.

use xmldsig::{ACTOR_RECIPIENT, ACTOR_SMEV};

use super::body::{BodyContent, read_body_content};
use super::layout::{Block, BlockKind, BodySpans, HeaderSpans, Layout, Signed};
use super::node_header::read_node_header_content;
use super::{Child, Outline, next_block, skip};
use crate::error::shortened;
use crate::xml::{Bounds, Element, Instructions, Ns, Token, Tokens};
use crate::{Error, Fields, NodeHeader, QName};

/// The attributes that name an element, in the spellings signatures resolve.
const IDS: [(Ns, &str); 5] = [(Ns::WSU, "Id"), (Ns::NONE, "Id"), (Ns::NONE, "ID"), (Ns::NONE, "id"), (Ns::XML, "id")];

/// The most names of foreign header blocks that are kept: a header holds more of them than anybody reads.
const FOREIGN_NAMES: usize = 16;

/// Reads a whole message; `source` has no byte-order mark and no forbidden characters.
pub(crate) fn read_envelope(source: &str, bounds: Bounds) -> Result<(Layout, Fields, Outline), Error> {
    let mut tokens = Tokens::new(source, bounds);
    // xml-stylesheet and the like may make another message of this one; what stands inside Body is signed.
    tokens.set_instructions(Instructions::Refused);
    let root = loop {
        match tokens.next()? {
            Token::Start(element) => break element,
            Token::Finished => {
                return Err(Error::Internal { what: "a document without a root" });
            }
            _ => {}
        }
    };
    if !root.is(Ns::SOAP11, "Envelope") {
        return Err(Error::NotSoap11 { found: root_name(&tokens, &root) });
    }
    let mut header = None;
    let mut found = None;
    loop {
        match next_block(&mut tokens, "Envelope")? {
            Child::End(_) => break,
            Child::Element(child) if child.is(Ns::SOAP11, "Header") => {
                if header.is_some() {
                    return Err(Error::SeveralHeaders);
                }
                if found.is_some() {
                    return Err(misplaced(&tokens, &child));
                }
                header = Some(read_header(&mut tokens, source, &child, bounds)?);
            }
            Child::Element(child) if child.is(Ns::SOAP11, "Body") => {
                if found.is_some() {
                    return Err(Error::SeveralBodies);
                }
                found = Some(read_body_element(&mut tokens, &child, bounds)?);
            }
            Child::Element(child) => return Err(misplaced(&tokens, &child)),
        }
    }
    while tokens.next()? != Token::Finished {}

    let (body, content) = found.ok_or(Error::NoBody)?;
    let BodyContent { mut fields, outline } = content;
    let (header, node_header) = header.unzip();
    fields.node_header = node_header.flatten();
    if let Some(header) = &header {
        fields.security_actors = actors(header);
    }
    let layout = Layout { envelope_prefix: root.prefix.to_owned(), envelope_start: root.tag.end, header, body };
    Ok((layout, fields, outline))
}

fn read_header(
    tokens: &mut Tokens<'_>,
    source: &str,
    header: &Element<'_>,
    bounds: Bounds,
) -> Result<(HeaderSpans, Option<NodeHeader>), Error> {
    let mut blocks = Vec::new();
    let mut foreign_names = 0;
    let mut node_header = None;
    let mut securities = 0;
    loop {
        let block = match next_block(tokens, "Header")? {
            Child::End(_) => break,
            Child::Element(block) => block,
        };
        let kind = if block.is(Ns::WSSE, "Security") {
            securities += 1;
            if securities > bounds.security_blocks {
                return Err(Error::Limit { name: "security_blocks", max: bounds.security_blocks, line: tokens.line() });
            }
            BlockKind::Security(tokens.attribute(Ns::SOAP11, "actor").map(str::to_owned))
        } else if block.namespace.revision().is_some() && block.local == "Header" {
            BlockKind::NodeHeader
        } else {
            BlockKind::Foreign
        };
        let foreign = (foreign_names < FOREIGN_NAMES && is_foreign(&kind)).then(|| {
            let namespace = shortened(tokens.name(block.namespace));
            QName { namespace, local: shortened(block.local) }
        });
        foreign_names += usize::from(foreign.is_some());
        let end = if kind == BlockKind::NodeHeader {
            let (read, end) = read_node_header_content(tokens, &block, bounds)?;
            if node_header.replace(read).is_some() {
                return Err(Error::SeveralNodeHeaders);
            }
            end
        } else {
            skip(tokens)?
        };
        if end - header.tag.start > bounds.header_bytes {
            return Err(Error::Limit { name: "header_bytes", max: bounds.header_bytes, line: tokens.line() });
        }
        blocks.push(Block { span: block.tag.start..end, kind, foreign, signed: Signed::Nothing });
    }
    let name = qualified(source, header);
    Ok((HeaderSpans { tag: header.tag.clone(), name, empty: header.empty, blocks }, node_header))
}

fn read_body_element(
    tokens: &mut Tokens<'_>,
    body: &Element<'_>,
    bounds: Bounds,
) -> Result<(BodySpans, BodyContent), Error> {
    let ids =
        IDS.iter().filter_map(|&(namespace, local)| tokens.attribute(namespace, local)).map(str::to_owned).collect();
    let name = if body.prefix.is_empty() { body.local.len() } else { body.prefix.len() + 1 + body.local.len() };
    let mut spans = BodySpans {
        span: body.tag.clone(),
        name_end: body.tag.start + 1 + name,
        wsu_id: tokens.attribute(Ns::WSU, "Id").map(str::to_owned),
        ids,
        wsu_prefix: tokens.prefix_of(Ns::WSU).map(str::to_owned),
        free_prefix: tokens.free_prefix("wsu"),
    };
    tokens.set_instructions(Instructions::Allowed);
    let (content, end) = read_body_content(tokens, bounds)?;
    tokens.set_instructions(Instructions::Refused);
    spans.span.end = end;
    Ok((spans, content))
}

/// Whether a block is neither `smev:Header` nor the Security block of the sender or of a node.
fn is_foreign(kind: &BlockKind) -> bool {
    match kind {
        BlockKind::Security(actor) => !matches!(actor.as_deref(), Some(ACTOR_SMEV | ACTOR_RECIPIENT)),
        BlockKind::NodeHeader => false,
        BlockKind::Foreign => true,
    }
}

fn actors(header: &HeaderSpans) -> Vec<Option<String>> {
    let securities = header.blocks.iter().filter_map(|block| match &block.kind {
        BlockKind::Security(actor) => Some(actor.clone()),
        BlockKind::NodeHeader | BlockKind::Foreign => None,
    });
    securities.collect()
}

fn qualified(source: &str, element: &Element<'_>) -> String {
    let inside = source.get(element.tag.start + 1..element.tag.end).unwrap_or_default();
    let end =
        if element.prefix.is_empty() { element.local.len() } else { element.prefix.len() + 1 + element.local.len() };
    inside.get(..end).unwrap_or_default().to_owned()
}

fn misplaced(tokens: &Tokens<'_>, element: &Element<'_>) -> Error {
    Error::Misplaced { element: shortened(element.local), line: tokens.line() }
}

fn root_name(tokens: &Tokens<'_>, root: &Element<'_>) -> String {
    if root.is(Ns::SOAP12, "Envelope") {
        return "Envelope of SOAP 1.2".to_owned();
    }
    shortened(&format!("{{{}}}{}", tokens.name(root.namespace), root.local))
}
