//! The Content-Type header (RFC 2045 §5.1): media type and parameters.

use crate::Error;
use crate::error::shortened;

/// A parsed Content-Type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContentType {
    /// `type/subtype` in lower case.
    pub(crate) media: String,
    parameters: Vec<(String, String)>,
}

impl ContentType {
    /// Parses; a parameter that stands twice or is not well-formed is refused, since the next reader may take the other one.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let unknown = || Error::UnknownContentType { found: shortened(text) };
        let media = Self::media_of(text).ok_or_else(unknown)?;
        let mut rest = text.split_once(';').map_or("", |(_, rest)| rest);
        let mut parameters: Vec<(String, String)> = Vec::new();
        loop {
            rest = rest.trim_start_matches([' ', '\t', ';']);
            if rest.is_empty() {
                return Ok(Self { media, parameters });
            }
            let (name, after) = rest.split_once('=').ok_or_else(unknown)?;
            let name = name.trim().to_ascii_lowercase();
            let (value, after) = value(after.trim_start()).ok_or_else(unknown)?;
            if !is_token(&name) || parameters.iter().any(|(known, _)| *known == name) {
                return Err(unknown());
            }
            parameters.push((name, value));
            rest = after;
        }
    }

    /// `type/subtype` in lower case, however broken the parameters are; `None` when it is not one of RFC 2045.
    pub(crate) fn media_of(text: &str) -> Option<String> {
        let media = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        is_media(&media).then_some(media)
    }

    /// A parameter's value, unquoted.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// `multipart/related` (RFC 2387) with its boundary and the parameters that say which part is the root, each in quotes; the first
    /// part is the root with or without them. A value that is not of its kind is left out.
    pub(crate) fn related(&self) -> String {
        let mut text = "multipart/related".to_owned();
        for (name, fits) in [
            ("type", is_media as fn(&str) -> bool),
            ("boundary", is_boundary),
            ("start", is_plain),
            ("start-info", is_media),
        ] {
            if let Some(value) = self.parameter(name).filter(|value| fits(value)) {
                text.push_str("; ");
                text.push_str(name);
                text.push_str("=\"");
                text.push_str(value);
                text.push('"');
            }
        }
        text
    }

    /// Refuses any charset but UTF-8; none given means the XML decides.
    pub(crate) fn demand_utf8(&self) -> Result<(), Error> {
        match self.parameter("charset") {
            Some(charset) if !charset.eq_ignore_ascii_case("utf-8") && !charset.eq_ignore_ascii_case("utf8") => {
                Err(Error::NotUtf8 { what: "the Content-Type names another charset" })
            }
            _ => Ok(()),
        }
    }
}

/// A token or quoted string, and what follows it up to and without the next semicolon.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at(text.find(';').unwrap_or(text.len()));
        let value = value.trim_end();
        // Stacks write unquoted values with characters RFC 2045 wants quoted: `type=application/xop+xml`.
        let plain =
            !value.is_empty() && value.bytes().all(|octet| octet.is_ascii_graphic() && !matches!(octet, b'"' | b'\\'));
        return plain.then(|| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                let rest = quoted.get(at + 1..)?.trim_start();
                return (rest.is_empty() || rest.starts_with(';')).then_some((value, rest));
            }
            '\\' => value.push(letters.next()?.1),
            letter if letter.is_control() => return None,
            letter => value.push(letter),
        }
    }
    None
}

/// A boundary of RFC 2046 §5.1.1.
pub(super) fn is_boundary(text: &str) -> bool {
    let legal = |octet: u8| octet.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&octet);
    (1..=70).contains(&text.len()) && !text.ends_with(' ') && text.bytes().all(legal)
}

/// `type/subtype` without parameters.
fn is_media(text: &str) -> bool {
    text.split_once('/').is_some_and(|(top, sub)| is_token(top) && is_token(sub))
}

/// Printable ASCII that needs no escape in quotes: what a Content-ID is made of.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_graphic() && !matches!(octet, b'"' | b'\\'))
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_unquoted() {
        let read =
            ContentType::parse("Multipart/Related; boundary=\"a\\\"b;c\"; type=application/xop+xml ;start=\"<r@x>\"")
                .unwrap();
        assert_eq!(read.media, "multipart/related");
        assert_eq!(read.parameter("boundary"), Some("a\"b;c"));
        assert_eq!(read.parameter("type"), Some("application/xop+xml"));
        assert_eq!(read.parameter("start"), Some("<r@x>"));
        assert!(ContentType::parse("text/xml;").is_ok());
    }

    #[test]
    fn ambiguous_content_types_are_refused() {
        for text in [
            "",
            "text",
            "text/xml; charset",
            "text/xml; charset=a; charset=b",
            "text/xml; charset=\"a",
            "text/xml; charset=\"a\"b",
            "text/xml; =a",
            "te xt/xml",
        ] {
            assert!(matches!(ContentType::parse(text), Err(Error::UnknownContentType { .. })), "{text:?}");
        }
    }

    /// Whatever else a sender wrote there, the next reader gets the known parameters only, and reads them as they were read here.
    #[test]
    fn smuggled_parameters_do_not_travel_on() {
        for (received, sent) in [
            (
                "Multipart/Related;boundary=b-1;type=application/xop+xml; start=\"<r@x>\";start-info=\"text/xml\";action=\"urn:a\"",
                "multipart/related; type=\"application/xop+xml\"; boundary=\"b-1\"; start=\"<r@x>\"; start-info=\"text/xml\"",
            ),
            ("multipart/related; boundary=\"b 1\"; charset=utf-7; x=y", "multipart/related; boundary=\"b 1\""),
            (
                "multipart/related; boundary=b; start=\"a\\\"; x=\\\"b\"; start-info=\"text/xml; action=\\\"urn:a\\\"\"; type=\"text/xml; a=b\"",
                "multipart/related; boundary=\"b\"",
            ),
        ] {
            let rebuilt = ContentType::parse(received).unwrap().related();
            assert_eq!(rebuilt, sent);
            let again = ContentType::parse(&rebuilt).unwrap();
            assert_eq!(again.parameter("boundary"), ContentType::parse(received).unwrap().parameter("boundary"));
        }
    }

    #[test]
    fn another_charset_is_refused() {
        for (text, allowed) in [
            ("text/xml", true),
            ("text/xml; charset=UTF-8", true),
            ("text/xml; charset=\"utf-8\"", true),
            ("text/xml; charset=windows-1251", false),
            ("text/xml; charset=utf-16", false),
            ("text/xml; charset=utf-7", false),
        ] {
            assert_eq!(ContentType::parse(text).unwrap().demand_utf8().is_ok(), allowed, "{text}");
        }
    }
}
