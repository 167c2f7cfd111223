//! smev:AppDocument: the application that travels with a message, or where it is (protocol §3.6). Its octets are not decoded here.

use super::{Child, next_child, skip};
use crate::Error;
use crate::xml::{Bounds, Ns, Token, Tokens, is_space};

/// XOP 1.0: the element that stands for octets in another MIME part.
const XOP: &str = "http://www.w3.org/2004/08/xop/include";

/// What AppDocument holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct AppDocument {
    /// Base64 text of BinaryData, or of a Reference that a stack filled in, without white space.
    pub(crate) base64: Option<String>,
    /// `href` of xop:Include in Reference.
    pub(crate) href: Option<String>,
    /// `DigestValue`, without white space.
    pub(crate) digest: Option<String>,
    /// A child stands twice, or holds what it must not.
    pub(crate) broken: bool,
}

/// The AppDocuments of the operation in a Body that stands alone: the octets a signature covers. Nil ones do not count; more than two are
/// not looked at, as one is allowed.
pub(crate) fn read_documents(body: &str) -> Result<Vec<AppDocument>, Error> {
    let mut tokens = Tokens::new(body, Bounds::NONE);
    let mut documents = Vec::new();
    tokens.next()?;
    let Child::Element(_) = next_child(&mut tokens)? else { return Ok(documents) };
    while let Child::Element(data) = next_child(&mut tokens)? {
        if data.namespace.revision().is_none() || data.local != "MessageData" {
            skip(&mut tokens)?;
            continue;
        }
        while let Child::Element(child) = next_child(&mut tokens)? {
            let nil = tokens.attribute(Ns::XSI, "nil").is_some_and(|value| matches!(value, "true" | "1"));
            if child.is(data.namespace, "AppDocument") && !nil && documents.len() < 2 {
                documents.push(read_document(&mut tokens, data.namespace)?);
            } else {
                skip(&mut tokens)?;
            }
        }
    }
    Ok(documents)
}

fn read_document(tokens: &mut Tokens<'_>, namespace: Ns) -> Result<AppDocument, Error> {
    let mut document = AppDocument::default();
    while let Child::Element(child) = next_child(tokens)? {
        let known = child.namespace == namespace;
        let slot = match child.local {
            "BinaryData" if known => &mut document.base64,
            "DigestValue" if known => &mut document.digest,
            "Reference" if known => {
                let read = read_reference(tokens)?;
                document.broken |= read.broken || document.href.is_some();
                document.href = read.href;
                if let Some(inline) = read.base64 {
                    document.broken |= document.base64.replace(inline).is_some();
                }
                continue;
            }
            _ => {
                skip(tokens)?;
                continue;
            }
        };
        let (text, plain) = solid_text(tokens)?;
        document.broken |= !plain || slot.replace(text).is_some();
    }
    document.broken |= document.href.is_some() && document.base64.is_some();
    Ok(document)
}

/// Reference is mixed: xop:Include, or, where a stack put the octets back in, their text.
fn read_reference(tokens: &mut Tokens<'_>) -> Result<AppDocument, Error> {
    let mut read = AppDocument::default();
    let mut text = String::new();
    loop {
        match tokens.next()? {
            Token::Text(part) | Token::Cdata(part) => push_solid(&mut text, part),
            Token::Reference(letter) if is_space(letter) => {}
            Token::Reference(letter) => text.push(letter),
            Token::Remark => {}
            Token::Start(element) => {
                if element.local == "Include" && tokens.name(element.namespace) == XOP {
                    read.broken |= read.href.is_some();
                    read.href = tokens.attribute(Ns::NONE, "href").map(str::to_owned);
                }
                skip(tokens)?;
            }
            Token::End(_) | Token::Finished => break,
        }
    }
    read.base64 = Some(text).filter(|text| !text.is_empty());
    Ok(read)
}

/// All text of the open element without white space, and whether it held nothing else.
fn solid_text(tokens: &mut Tokens<'_>) -> Result<(String, bool), Error> {
    let mut text = String::new();
    let mut plain = true;
    loop {
        match tokens.next()? {
            Token::Text(part) | Token::Cdata(part) => push_solid(&mut text, part),
            Token::Reference(letter) if is_space(letter) => {}
            Token::Reference(letter) => text.push(letter),
            Token::Remark => {}
            Token::Start(_) => {
                plain = false;
                skip(tokens)?;
            }
            Token::End(_) | Token::Finished => return Ok((text, plain)),
        }
    }
}

fn push_solid(text: &mut String, part: &str) {
    part.split(is_space).for_each(|piece| text.push_str(piece));
}
