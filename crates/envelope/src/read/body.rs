//! Body: the one operation in it, or the fault.

use super::message::read_message;
use super::{Child, MessageData, Outline, loose_text, next_block, next_child, refuse_hidden, skip, skip_unread};
use crate::xml::{Bounds, Element, Ns, Token, Tokens};
use crate::{Error, Fields, QName, SoapFault};

/// What Body says.
#[derive(Debug)]
pub(crate) struct BodyContent {
    pub(crate) fields: Fields,
    pub(crate) outline: Outline,
}

/// Reads a Body that stands alone: the canonical octets a signature covers.
pub(crate) fn read_body(source: &str, bounds: Bounds) -> Result<Fields, Error> {
    let mut tokens = Tokens::new(source, bounds);
    let fields = match tokens.next()? {
        Token::Start(body) if body.is(Ns::SOAP11, "Body") => read_body_content(&mut tokens, bounds)?.0.fields,
        _ => {
            return Err(Error::Internal { what: "the signed octets are not a Body" });
        }
    };
    match tokens.next()? {
        Token::Finished => Ok(fields),
        _ => Err(Error::Internal { what: "the signed octets hold more than Body" }),
    }
}

/// Reads what is inside a Body whose start tag was taken; also the offset behind its end tag.
pub(super) fn read_body_content(tokens: &mut Tokens<'_>, bounds: Bounds) -> Result<(BodyContent, usize), Error> {
    let operation = match next_block(tokens, "Body")? {
        Child::End(_) => return Err(Error::EmptyBody),
        Child::Element(operation) => operation,
    };
    let name = QName { namespace: tokens.name(operation.namespace).to_owned(), local: operation.local.to_owned() };
    let mut content = BodyContent { fields: Fields::of_operation(name), outline: Outline::default() };
    if operation.is(Ns::SOAP11, "Fault") {
        content.fields.fault = Some(read_fault(tokens, bounds)?);
    } else {
        refuse_hidden(tokens, &operation)?;
        read_operation(tokens, bounds, &mut content)?;
    }
    match next_block(tokens, "Body")? {
        Child::Element(_) => Err(Error::SeveralOperations),
        Child::End(span) => Ok((content, span.end)),
    }
}

/// The operation's children: `Message` and `MessageData` in whatever SMEV namespace, all else skipped unless it hides another `Message`.
fn read_operation(tokens: &mut Tokens<'_>, bounds: Bounds, content: &mut BodyContent) -> Result<(), Error> {
    loop {
        let child = match next_child(tokens)? {
            Child::End(_) => return Ok(()),
            Child::Element(child) => child,
        };
        match (child.namespace.revision(), child.local) {
            (Some(revision), "Message") => {
                if content.fields.revision.replace(revision).is_some() {
                    return Err(Error::SeveralMessages);
                }
                read_message(tokens, &child, bounds, &mut content.fields, &mut content.outline)?;
            }
            (Some(_), "MessageData") if content.outline.data.is_none() => {
                let mut data = read_message_data(tokens, child.namespace)?;
                data.before_message = content.fields.revision.is_none();
                content.outline.data = Some(data);
            }
            _ => skip_unread(tokens, &child)?,
        }
    }
}

fn read_message_data(tokens: &mut Tokens<'_>, namespace: Ns) -> Result<MessageData, Error> {
    let mut data = MessageData::default();
    loop {
        let child = match next_child(tokens)? {
            Child::End(_) => return Ok(data),
            Child::Element(child) => child,
        };
        data.children.push(child.local.to_owned());
        if child.is(namespace, "AppDocument") && !is_nil(tokens) {
            data.document = Some(child_names(tokens)?);
        } else if child.namespace == namespace && matches!(child.local, "AppData" | "AppDocument") {
            // Business content may hold whole messages, and nobody routes by it.
            skip(tokens)?;
        } else {
            skip_unread(tokens, &child)?;
        }
    }
}

fn child_names(tokens: &mut Tokens<'_>) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    while let Child::Element(child) = next_child(tokens)? {
        // Four are allowed; no list of an attacker's length is kept.
        if names.len() < 8 {
            names.push(child.local.to_owned());
        }
        skip(tokens)?;
    }
    Ok(names)
}

/// `xsi:nil="true"` on the element started last, whatever namespace number xsi has.
fn is_nil(tokens: &Tokens<'_>) -> bool {
    tokens.attribute(Ns::XSI, "nil").is_some_and(|value| matches!(value, "true" | "1"))
}

fn read_fault(tokens: &mut Tokens<'_>, bounds: Bounds) -> Result<SoapFault, Error> {
    let mut fault = SoapFault::default();
    loop {
        match next_child(tokens)? {
            Child::End(_) => return Ok(fault),
            // Stacks write them unqualified (the standard), or in SOAP's namespace.
            Child::Element(Element { local: "faultcode", .. }) if fault.code.is_empty() => {
                fault.code = loose_text(tokens, bounds.field_bytes)?;
            }
            Child::Element(Element { local: "faultstring", .. }) if fault.string.is_empty() => {
                fault.string = loose_text(tokens, bounds.field_bytes)?;
            }
            Child::Element(_) => {
                skip(tokens)?;
            }
        }
    }
}
