//! The inside of a tag: `name attribute="value" …`, by the letter of XML 1.0 §3.1.
//!
//! quick-xml finds where a tag ends; its attribute reader takes `a="1"b="2"`, `<` in values and any octets for a name, so this one is ours.

use std::borrow::Cow;

use super::names::{is_space, referenced, split};

/// One attribute, its value normalised (XML 1.0 §3.3.3, CDATA type).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawAttribute<'a> {
    pub(super) prefix: &'a str,
    pub(super) local: &'a str,
    pub(super) value: Cow<'a, str>,
    /// Length of the value as written.
    pub(super) written: usize,
}

/// Reads attributes one by one from what follows the element's name.
pub(super) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(rest: &'a str) -> Self {
        Self { rest }
    }

    /// The next attribute; `None` at the end of the tag.
    pub(super) fn next(&mut self) -> Result<Option<RawAttribute<'a>>, &'static str> {
        let trimmed = self.rest.trim_start_matches(is_space);
        if trimmed.is_empty() {
            return Ok(None);
        }
        if trimmed.len() == self.rest.len() {
            return Err("white space is missing before an attribute");
        }
        let (name, after) = trimmed.split_once('=').ok_or("an attribute has no value")?;
        let (prefix, local) = split(name.trim_end_matches(is_space)).ok_or("an attribute's name is not an XML name")?;
        let value = after.trim_start_matches(is_space);
        let (quote, value) = match value.as_bytes().first() {
            Some(b'"') => ('"', value.get(1..)),
            Some(b'\'') => ('\'', value.get(1..)),
            _ => return Err("an attribute's value is not quoted"),
        };
        let (value, rest) = value.and_then(|value| value.split_once(quote)).ok_or("an attribute's value has no end")?;
        self.rest = rest;
        Ok(Some(RawAttribute { prefix, local, value: normalise(value)?, written: value.len() }))
    }
}

/// Attribute-value normalisation; refuses `<`, and references to anything but characters and the five predefined entities.
fn normalise(value: &str) -> Result<Cow<'_, str>, &'static str> {
    if !value.bytes().any(|octet| matches!(octet, b'<' | b'&' | b'\t' | b'\r' | b'\n')) {
        return Ok(Cow::Borrowed(value));
    }
    let mut normal = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(letter) = rest.chars().next() {
        rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        match letter {
            '<' => return Err("the character < in an attribute's value"),
            '&' => {
                let (reference, after) = rest.split_once(';').ok_or("a reference has no end")?;
                normal.push(referenced(reference).ok_or("a reference to an unknown entity or forbidden character")?);
                rest = after;
            }
            '\r' => {
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                normal.push(' ');
            }
            '\t' | '\n' => normal.push(' '),
            letter => normal.push(letter),
        }
    }
    Ok(Cow::Owned(normal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tag: &str) -> Result<Vec<(String, String)>, &'static str> {
        let mut attributes = Attributes::new(tag);
        let mut all = Vec::new();
        while let Some(one) = attributes.next()? {
            all.push((format!("{}:{}", one.prefix, one.local), one.value.into_owned()));
        }
        Ok(all)
    }

    #[test]
    fn attributes_are_read_and_normalised() {
        let all = read(" a='1' \n s:b = \"x &amp;\ty\r\nz&#10;\" ").unwrap();
        assert_eq!(all, [(":a".into(), "1".into()), ("s:b".to_owned(), "x & y z\n".to_owned())]);
        assert_eq!(read("  ").unwrap(), []);
    }

    #[test]
    fn attribute_syntax_that_parsers_disagree_on_is_refused() {
        for tag in [
            " a=\"1\"b=\"2\"",
            " a=1",
            " a",
            " a=",
            " a=\"1",
            " a=\"1\" /",
            " 1a=\"1\"",
            " a:=\"1\"",
            " a:b:c=\"1\"",
            " a b=\"1\"",
            " <a b=\"1\"",
            " a=\"<\"",
            " a=\"&nbsp;\"",
            " a=\"&#0;\"",
            " a=\"&\"",
            " =\"1\"",
        ] {
            assert!(read(tag).is_err(), "{tag:?}");
        }
    }
}
