//! Values of business keys: texts and attributes inside AppData, read in one pass from the octets that the signature covers.

use domain::KeyPath;
use domain::business_key::{KEY_VALUE_BYTES, VALUES_PER_KEY};

use super::{Child, next_child, push_normal, skip, trim};
use crate::Error;
use crate::xml::{Bounds, Ns, Token, Tokens};

/// What a message holds of one key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// The values, trimmed, each once, in the order of the message.
    pub taken: Vec<String>,
    /// Further values, and those that are too long: counted only.
    pub left_out: u32,
}

/// The values of each path in a Body that stands alone. An element that holds others, a remark or nothing has no value: what two readers
/// could read differently is no key.
pub(crate) fn read_values(body: &str, paths: &[&KeyPath]) -> Result<Vec<Values>, Error> {
    let mut found = vec![Values::default(); paths.len()];
    let mut tokens = Tokens::new(body, Bounds::NONE);
    tokens.next()?;
    let Child::Element(_) = next_child(&mut tokens)? else { return Ok(found) };
    while let Child::Element(data) = next_child(&mut tokens)? {
        if data.namespace.revision().is_none() || data.local != "MessageData" {
            skip(&mut tokens)?;
            continue;
        }
        while let Child::Element(child) = next_child(&mut tokens)? {
            if child.is(data.namespace, "AppData") {
                read_app_data(&mut tokens, (child.namespace, child.local), paths, &mut found)?;
            } else {
                skip(&mut tokens)?;
            }
        }
    }
    Ok(found)
}

/// Reads AppData, whose start tag was taken, to its end.
fn read_app_data<'a>(
    tokens: &mut Tokens<'a>,
    app_data: (Ns, &'a str),
    paths: &[&KeyPath],
    found: &mut [Values],
) -> Result<(), Error> {
    let mut open = vec![app_data];
    // The paths that lead to the innermost element; none once it turned out to hold more than text.
    let mut wanted = start(tokens, &open, paths, found);
    let mut text = String::new();
    while !open.is_empty() {
        match tokens.next()? {
            Token::Start(element) => {
                open.push((element.namespace, element.local));
                wanted = start(tokens, &open, paths, found);
                text.clear();
            }
            Token::Text(part) | Token::Cdata(part) if !wanted.is_empty() => {
                push_normal(&mut text, part);
            }
            Token::Reference(letter) if !wanted.is_empty() => text.push(letter),
            Token::Remark => wanted.clear(),
            Token::End(_) => {
                for index in wanted.drain(..) {
                    if let Some(values) = found.get_mut(index) {
                        take(values, &text);
                    }
                }
                open.pop();
            }
            Token::Finished => {
                return Err(Error::Internal { what: "read past the end of the message" });
            }
            Token::Text(_) | Token::Cdata(_) | Token::Reference(_) => {}
        }
    }
    Ok(())
}

/// Takes the attributes that are values; the paths that want the text of the element.
fn start(tokens: &Tokens<'_>, open: &[(Ns, &str)], paths: &[&KeyPath], found: &mut [Values]) -> Vec<usize> {
    let names: Vec<_> = open.iter().map(|(namespace, local)| (tokens.name(*namespace), *local)).collect();
    let mut wanted = Vec::new();
    for (index, (path, values)) in paths.iter().zip(found).enumerate() {
        if !path.leads_to(&names) {
            continue;
        }
        match path.attribute() {
            None => wanted.push(index),
            Some(name) => {
                if let Some(value) = tokens.attribute(Ns::NONE, name) {
                    take(values, value);
                }
            }
        }
    }
    wanted
}

fn take(values: &mut Values, text: &str) {
    let value = trim(text);
    if value.is_empty() || values.taken.contains(&value) {
        return;
    }
    if value.len() > KEY_VALUE_BYTES || values.taken.len() >= VALUES_PER_KEY {
        values.left_out = values.left_out.saturating_add(1);
    } else {
        values.taken.push(value);
    }
}
