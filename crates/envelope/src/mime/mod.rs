//! Where the SOAP part stands in an HTTP body: all of it, or the root part of multipart/related (RFC 2387, XOP; protocol §10).
//!
//! Other parts are opaque: they are counted, their ids compared, and forwarded byte for byte. Frames that two readers would cut
//! differently are refused. Nothing is decoded.

mod content_type;
mod multipart;

use std::ops::Range;

use content_type::ContentType;
use domain::Limits;

use crate::Error;
use crate::error::shortened;
use crate::xml::forbidden_octet;

/// The SOAP part of an HTTP body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SoapPart {
    /// Behind any byte-order mark.
    pub(crate) span: Range<usize>,
    /// A Content-Length line in the root part's own head: it would be wrong after splicing and is cut out.
    pub(crate) length_line: Option<Range<usize>>,
}

/// Finds the SOAP part and makes sure that it is UTF-8 without forbidden characters.
pub(crate) fn find_soap(http_body: &[u8], content_type: &str, limits: &Limits) -> Result<SoapPart, Error> {
    if http_body.len() > limits.message_bytes {
        return Err(Error::TooLarge { bytes: http_body.len(), max: limits.message_bytes });
    }
    let read = ContentType::parse(content_type)?;
    let (span, length_line) = match read.media.as_str() {
        "multipart/related" => multipart::root_part(http_body, &read, limits)?,
        media => {
            demand_soap11(media, content_type)?;
            read.demand_utf8()?;
            (0..http_body.len(), None)
        }
    };
    let text = utf8(http_body.get(span.clone()).unwrap_or_default())?;
    let bom = text.len() - text.strip_prefix('\u{FEFF}').unwrap_or(text).len();
    if text.get(bom..).is_some_and(|rest| rest.starts_with('\u{FEFF}')) {
        return Err(Error::NotUtf8 { what: "two byte-order marks" });
    }
    Ok(SoapPart { span: span.start + bom..span.end, length_line })
}

/// The octets of a MIME part other than the root.
pub(crate) struct Attachment<'a> {
    pub(crate) octets: &'a [u8],
    /// They are base64 text.
    pub(crate) base64: bool,
}

/// The part behind the root whose Content-ID, without angle brackets, is `wanted`, of a body that was received before.
pub(crate) fn attachment<'a>(
    http_body: &'a [u8],
    content_type: &str,
    wanted: &dyn Fn(&str) -> bool,
) -> Option<Attachment<'a>> {
    let read = ContentType::parse(content_type).ok().filter(|read| read.media == "multipart/related")?;
    multipart::attachment(http_body, &read, wanted)
}

/// The Content-Type a message leaves with, written anew from what was read here: nothing of the received text that the next reader may
/// understand otherwise travels on.
pub(crate) fn content_type_out(received: &str) -> Result<String, Error> {
    let read = ContentType::parse(received)?;
    Ok(if read.media == "multipart/related" { read.related() } else { "text/xml; charset=utf-8".to_owned() })
}

/// XML media types of SOAP 1.1; SOAP 1.2's own is named in the refusal.
fn demand_soap11(media: &str, content_type: &str) -> Result<(), Error> {
    match media {
        "text/xml" | "application/xml" => Ok(()),
        "application/soap+xml" => {
            Err(Error::NotSoap11 { found: "a message of SOAP 1.2 (application/soap+xml)".to_owned() })
        }
        _ => Err(Error::UnknownContentType { found: shortened(content_type) }),
    }
}

fn utf8(octets: &[u8]) -> Result<&str, Error> {
    if octets.starts_with(&[0xFF, 0xFE]) || octets.starts_with(&[0xFE, 0xFF]) {
        return Err(Error::NotUtf8 { what: "the byte-order mark is that of UTF-16 or UTF-32" });
    }
    let text = std::str::from_utf8(octets).map_err(|_| Error::NotUtf8 { what: "the octets are not UTF-8" })?;
    match forbidden_octet(text) {
        None => Ok(text),
        Some(at) => {
            let (line, column) = crate::xml::position(text, at);
            Err(Error::Malformed { what: "a character that XML 1.0 forbids".to_owned(), line, column })
        }
    }
}
