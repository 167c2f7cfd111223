//! A message as it lies in a file: bare XML, with a byte-order mark, a multipart body, or all of it behind a saved HTTP head.

use std::path::Path;

use bytes::Bytes;
use domain::Limits;
use envelope::Envelope;

use super::read;
use crate::failure::Failure;

/// What is taken for granted of a file that begins with XML.
const XML: &str = "text/xml; charset=utf-8";

/// The body of a POST, and the Content-Type it would have come with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MessageFile {
    pub(crate) body: Bytes,
    pub(crate) content_type: String,
}

impl MessageFile {
    /// Reads a file; without `content_type` the file itself tells.
    pub(crate) fn open(path: &Path, content_type: Option<&str>) -> Result<Self, Failure> {
        Ok(Self::of(read(path)?.into(), content_type))
    }

    /// The same of octets that came otherwise.
    pub(crate) fn of(octets: Bytes, content_type: Option<&str>) -> Self {
        let (head, body) = if content_type.is_some() { (None, octets) } else { split(octets) };
        let content_type = content_type.map(str::to_owned).or(head).or_else(|| multipart(&body));
        Self { body, content_type: content_type.unwrap_or_else(|| XML.to_owned()) }
    }

    /// The SOAP part, without a byte-order mark.
    pub(crate) fn soap(&self, limits: &Limits) -> Result<Vec<u8>, envelope::Error> {
        Envelope::receive(self.body.clone(), &self.content_type, limits).map(|received| received.soap().to_vec())
    }
}

/// Content-Type of a saved HTTP head, and what comes behind the head.
fn split(octets: Bytes) -> (Option<String>, Bytes) {
    let text = octets.trim_ascii_start();
    let bare = text.starts_with(b"<") || text.starts_with(b"--") || text.starts_with("\u{feff}".as_bytes());
    let end = [&b"\r\n\r\n"[..], b"\n\n"].iter().filter_map(|end| Some((find(&octets, end)?, end.len()))).min();
    let Some((at, length)) = end.filter(|_| !bare) else { return (None, octets) };
    let head = String::from_utf8_lossy(octets.get(..at).unwrap_or_default()).replace("\r\n", "\n");
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let content_type = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    match content_type {
        Some((_, value)) => (Some(value.trim().to_owned()), octets.slice(at + length..)),
        None => (None, octets),
    }
}

/// The Content-Type of a body that begins with a boundary.
fn multipart(body: &[u8]) -> Option<String> {
    let line = body.strip_prefix(b"--")?.split(|octet| matches!(octet, b'\r' | b'\n')).next()?;
    let boundary = std::str::from_utf8(line).ok().filter(|boundary| !boundary.contains(['"', '\\']))?;
    Some(format!("multipart/related; boundary=\"{}\"", boundary.trim_end()))
}

fn find(octets: &[u8], wanted: &[u8]) -> Option<usize> {
    octets.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: &str = "--b 1\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n--b 1--\r\n";

    #[test]
    fn a_file_tells_what_it_is() {
        let http = format!("HTTP/1.1 200 OK\r\ncontent-type: multipart/related;\r\n boundary=\"b 1\"\r\n\r\n{PARTS}");
        for (file, content_type, body) in [
            ("<a/>", XML, "<a/>"),
            ("\u{feff}<a/>\n\n<b/>", XML, "\u{feff}<a/>\n\n<b/>"),
            (PARTS, "multipart/related; boundary=\"b 1\"", PARTS),
            (http.as_str(), "multipart/related; boundary=\"b 1\"", PARTS),
            ("hello", XML, "hello"),
            ("", XML, ""),
        ] {
            let told = MessageFile::of(Bytes::copy_from_slice(file.as_bytes()), None);
            assert_eq!((told.content_type.as_str(), &*told.body), (content_type, body.as_bytes()), "{file}");
        }
        let parts = MessageFile::of(Bytes::from_static(PARTS.as_bytes()), None);
        assert_eq!(parts.soap(&Limits::default()).unwrap(), b"<a/>");
    }
}
