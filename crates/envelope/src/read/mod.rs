//! Reading an envelope: what stands where (spans) and what it says (fields), in one pass over the tokens.
//!
//! The same reader of Body serves twice: over the received message, and over the octets a signature covers.

mod body;
mod document;
mod envelope;
mod layout;
mod message;
mod node_header;
mod outline;
mod values;

use std::ops::Range;

pub(crate) use body::read_body;
pub(crate) use document::{AppDocument, read_documents};
pub(crate) use envelope::read_envelope;
pub(crate) use layout::{Block, BlockKind, BodySpans, Layout, Signed};
pub(crate) use message::Field;
pub(crate) use node_header::read_node_header;
pub(crate) use outline::{MessageData, Outline};
pub use values::Values;
pub(crate) use values::read_values;

use crate::xml::{Element, Token, Tokens, is_space};
use crate::{Error, uri};

/// What comes next inside an element.
enum Child<'a> {
    Element(Element<'a>),
    /// The element itself ends; span of its end tag.
    End(Range<usize>),
}

/// The next child of the element that is open, skipping text and remarks.
fn next_child<'a>(tokens: &mut Tokens<'a>) -> Result<Child<'a>, Error> {
    loop {
        match tokens.next()? {
            Token::Start(element) => return Ok(Child::Element(element)),
            Token::End(span) => return Ok(Child::End(span)),
            Token::Finished => {
                return Err(Error::Internal { what: "read past the end of the message" });
            }
            Token::Text(_) | Token::Reference(_) | Token::Cdata(_) | Token::Remark => {}
        }
    }
}

/// The same where SOAP allows elements only.
fn next_block<'a>(tokens: &mut Tokens<'a>, parent: &'static str) -> Result<Child<'a>, Error> {
    loop {
        match tokens.next()? {
            Token::Start(element) => return Ok(Child::Element(element)),
            Token::End(span) => return Ok(Child::End(span)),
            Token::Finished => {
                return Err(Error::Internal { what: "read past the end of the message" });
            }
            Token::Text(text) if text.chars().all(is_space) => {}
            Token::Remark => {}
            Token::Text(_) | Token::Reference(_) | Token::Cdata(_) => {
                return Err(Error::Misplaced { element: format!("text in {parent}"), line: tokens.line() });
            }
        }
    }
}

/// Skips the rest of the element that is open; the offset behind its end tag.
fn skip(tokens: &mut Tokens<'_>) -> Result<usize, Error> {
    let depth = tokens.depth();
    loop {
        match tokens.next()? {
            Token::End(span) if tokens.depth() < depth => return Ok(span.end),
            Token::Finished => {
                return Err(Error::Internal { what: "read past the end of the message" });
            }
            _ => {}
        }
    }
}

/// The same where another `Message` or `Sender` might hide: one that a provider's reader could find instead of the one read here.
fn skip_unread(tokens: &mut Tokens<'_>, child: &Element<'_>) -> Result<(), Error> {
    refuse_hidden(tokens, child)?;
    let depth = tokens.depth();
    loop {
        match tokens.next()? {
            Token::Start(element) => refuse_hidden(tokens, &element)?,
            Token::End(_) if tokens.depth() < depth => return Ok(()),
            Token::Finished => {
                return Err(Error::Internal { what: "read past the end of the message" });
            }
            _ => {}
        }
    }
}

/// Refuses a `Message` or `Sender` of any SMEV revision, known or not.
fn refuse_hidden(tokens: &Tokens<'_>, element: &Element<'_>) -> Result<(), Error> {
    let decisive = matches!(element.local, "Message" | "Sender");
    if decisive && tokens.name(element.namespace).starts_with(uri::SMEV_REVISIONS) {
        let element = format!("a second or misplaced {}", element.local);
        return Err(Error::Misplaced { element, line: tokens.line() });
    }
    Ok(())
}

/// The text of a field: trimmed, references and CDATA joined. What parsers read differently is refused.
fn field_text(tokens: &mut Tokens<'_>, field: &'static str, max: usize) -> Result<String, Error> {
    let mut text = String::new();
    loop {
        match tokens.next()? {
            Token::Text(part) | Token::Cdata(part) => push_normal(&mut text, part),
            Token::Reference(letter) => text.push(letter),
            Token::Remark => {
                return Err(Error::CommentInField { field, line: tokens.line() });
            }
            Token::Start(_) => {
                return Err(Error::ElementInField { field, line: tokens.line() });
            }
            Token::End(_) => break,
            Token::Finished => {
                return Err(Error::Internal { what: "read past the end of the message" });
            }
        }
        if text.len() > max {
            return Err(Error::Limit { name: "field_bytes", max, line: tokens.line() });
        }
    }
    Ok(trim(&text))
}

/// All text below the open element, remarks and tags dropped, cut at `max` octets: for what people read, not for what is decided by.
fn loose_text(tokens: &mut Tokens<'_>, max: usize) -> Result<String, Error> {
    let depth = tokens.depth();
    let mut text = String::new();
    loop {
        match tokens.next()? {
            Token::Text(part) | Token::Cdata(part) if text.len() <= max => push_normal(&mut text, part),
            Token::Reference(letter) => text.push(letter),
            Token::End(_) if tokens.depth() < depth => break,
            Token::Finished => {
                return Err(Error::Internal { what: "read past the end of the message" });
            }
            _ => {}
        }
    }
    let mut text = trim(&text);
    if text.len() > max {
        let cut = (0..=max).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        text.truncate(cut);
    }
    Ok(text)
}

/// Line ends as XML 1.0 §2.11 makes them.
fn push_normal(text: &mut String, part: &str) {
    let mut rest = part;
    while let Some((before, after)) = rest.split_once('\r') {
        text.push_str(before);
        text.push('\n');
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    text.push_str(rest);
}

fn trim(text: &str) -> String {
    text.trim_matches(is_space).to_owned()
}
