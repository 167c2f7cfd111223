//! Cutting multipart/related into parts and choosing the root.

use std::collections::HashSet;
use std::ops::Range;

use domain::Limits;

use super::content_type::{ContentType, is_boundary};
use super::{Attachment, demand_soap11};
use crate::Error;

/// One part: the lines of its head and the span of its content.
struct Part {
    head: Vec<HeadLine>,
    content: Range<usize>,
}

/// A header of a part, unfolded.
struct HeadLine {
    /// Lower case.
    name: String,
    value: String,
    /// With its line end.
    span: Range<usize>,
}

impl Part {
    fn header(&self, name: &str) -> Option<&HeadLine> {
        self.head.iter().find(|line| line.name == name)
    }

    /// Content-ID without angle brackets: the example of the recommendations has none.
    fn id(&self) -> Option<&str> {
        self.header("content-id").map(|line| bare(&line.value))
    }

    /// Whether a reader may take this part for the SOAP message: it is XML, or of a type that readers read differently.
    fn may_be_xml(&self) -> bool {
        let Some(written) = self.header("content-type") else { return false };
        let media = ContentType::media_of(&written.value);
        media.is_none_or(|media| media.ends_with("/xml") || media.ends_with("+xml"))
    }
}

/// The content span of the root part, and the span of a Content-Length line in its head.
pub(super) fn root_part(
    body: &[u8],
    content_type: &ContentType,
    limits: &Limits,
) -> Result<(Range<usize>, Option<Range<usize>>), Error> {
    let boundary = content_type.parameter("boundary").unwrap_or_default();
    if !is_boundary(boundary) {
        return Err(broken("the boundary is missing or not one of RFC 2046"));
    }
    let parts = cut(body, boundary, limits)?;
    let mut ids = HashSet::new();
    for part in &parts {
        if part.id().is_some_and(|id| !ids.insert(id)) {
            return Err(broken("two parts have one Content-ID"));
        }
    }
    let root = choose(&parts, content_type)?;
    check_root(root, content_type)?;
    let length_line = root.header("content-length").map(|line| line.span.clone());
    Ok((root.content.clone(), length_line))
}

/// The part behind the root whose Content-ID is `wanted`. What is encoded otherwise than in base64 is not found.
pub(super) fn attachment<'a>(
    body: &'a [u8],
    content_type: &ContentType,
    wanted: &dyn Fn(&str) -> bool,
) -> Option<Attachment<'a>> {
    // The frame was cut under limits when it was received.
    let limits = Limits { mime_parts: usize::MAX, header_bytes: usize::MAX, ..Limits::default() };
    let parts = cut(body, content_type.parameter("boundary")?, &limits).ok()?;
    let part = parts.iter().skip(1).find(|part| part.id().is_some_and(wanted))?;
    let encoding = part.header("content-transfer-encoding").map_or("binary", |line| line.value.as_str());
    let base64 = encoding.eq_ignore_ascii_case("base64");
    if !base64 && !is_plain(encoding) {
        return None;
    }
    Some(Attachment { octets: body.get(part.content.clone())?, base64 })
}

/// Whether a Content-Transfer-Encoding leaves the octets as they are.
fn is_plain(encoding: &str) -> bool {
    ["7bit", "8bit", "binary"].iter().any(|plain| encoding.eq_ignore_ascii_case(plain))
}

/// The first part, as RFC 2387 §3.2 has it without `start`. A `start` that names another one, and XML in any other part, is
/// refused: a receiver that takes the first, the last or any XML part would read what no signature was verified over.
fn choose<'p>(parts: &'p [Part], content_type: &ContentType) -> Result<&'p Part, Error> {
    let (root, others) = parts.split_first().ok_or_else(|| broken("there is no part"))?;
    if content_type.parameter("start").is_some_and(|start| root.id() != Some(bare(start))) {
        return Err(broken("start does not name the first part"));
    }
    if others.iter().any(Part::may_be_xml) {
        return Err(broken("a part behind the first one is XML, or its Content-Type cannot be read"));
    }
    Ok(root)
}

fn check_root(root: &Part, content_type: &ContentType) -> Result<(), Error> {
    let header = root.header("content-type").map_or("text/xml", |line| line.value.as_str());
    let read = ContentType::parse(header)?;
    read.demand_utf8()?;
    if read.media == "application/xop+xml" {
        demand_soap11(read.parameter("type").unwrap_or("text/xml"), header)?;
    } else {
        demand_soap11(&read.media, header)?;
    }
    let encoding = root.header("content-transfer-encoding").map_or("binary", |line| line.value.as_str());
    if !is_plain(encoding) {
        return Err(broken("the root part is encoded"));
    }
    if content_type.parameter("type").is_some_and(|kind| !kind.eq_ignore_ascii_case(&read.media)) {
        return Err(broken("the first part is not of the announced type"));
    }
    Ok(())
}

/// Cuts the body at its boundary lines; the closing one is demanded.
fn cut(body: &[u8], boundary: &str, limits: &Limits) -> Result<Vec<Part>, Error> {
    let dashed = [b"--", boundary.as_bytes()].concat();
    let mut parts = Vec::new();
    let mut from = 0;
    let mut open: Option<usize> = None;
    let mut closed = false;
    while let Some(at) = find(body, &dashed, from) {
        from = at + 1;
        let before = body.get(..at).unwrap_or_default();
        if !(before.is_empty() || before.ends_with(b"\n")) {
            continue;
        }
        if !(before.is_empty() || before.ends_with(b"\r\n")) {
            return Err(broken("a line feed without carriage return before a boundary"));
        }
        if closed {
            return Err(broken("a boundary after the closing one"));
        }
        if let Some(start) = open.take() {
            parts.push(part(body, start..at.saturating_sub(2), limits)?);
            if parts.len() > limits.mime_parts {
                return Err(Error::Limit { name: "mime_parts", max: limits.mime_parts, line: 0 });
            }
        }
        let after = body.get(at + dashed.len()..).unwrap_or_default();
        let (line, behind) = match after.windows(2).position(|two| two == b"\r\n") {
            Some(end) => (after.get(..end).unwrap_or_default(), at + dashed.len() + end + 2),
            None => (after, body.len()),
        };
        match line.strip_prefix(b"--") {
            Some(rest) if is_blank(rest) => closed = true,
            None if is_blank(line) && behind < body.len() => open = Some(behind),
            _ => return Err(broken("a line that begins with the boundary but is not one")),
        }
        from = behind.saturating_sub(2).max(from);
    }
    if !closed {
        return Err(broken("the closing boundary is missing"));
    }
    Ok(parts)
}

fn part(body: &[u8], span: Range<usize>, limits: &Limits) -> Result<Part, Error> {
    if span.end < span.start {
        return Err(broken("a part without an empty line after its head"));
    }
    let octets = body.get(span.clone()).unwrap_or_default();
    let mut head: Vec<HeadLine> = Vec::new();
    let mut at = 0;
    loop {
        let rest = octets.get(at..).unwrap_or_default();
        let end = rest
            .windows(2)
            .position(|two| two == b"\r\n")
            .ok_or_else(|| broken("a part without an empty line after its head"))?;
        let line = rest.get(..end).unwrap_or_default();
        let line_span = span.start + at..span.start + at + end + 2;
        at += end + 2;
        if at > limits.header_bytes {
            return Err(Error::Limit { name: "header_bytes", max: limits.header_bytes, line: 0 });
        }
        if line.is_empty() {
            return Ok(Part { head, content: span.start + at..span.end });
        }
        let text = std::str::from_utf8(line).map_err(|_| broken("a part's head is not UTF-8"))?;
        if text.chars().any(|letter| letter.is_control() && letter != '\t') {
            return Err(broken("a control character in a part's head"));
        }
        if text.starts_with([' ', '\t']) {
            let last = head.last_mut().ok_or_else(|| broken("a part's head begins with a folded line"))?;
            last.value.push(' ');
            last.value.push_str(text.trim());
            last.span.end = line_span.end;
            continue;
        }
        let (name, value) = text.split_once(':').ok_or_else(|| broken("a line of a part's head has no colon"))?;
        let name = name.to_ascii_lowercase();
        if name.is_empty() || name.contains([' ', '\t']) || head.iter().any(|line| line.name == name) {
            return Err(broken("a part's head has a bad or repeated header"));
        }
        head.push(HeadLine { name, value: value.trim().to_owned(), span: line_span });
    }
}

/// The first `needle`, which begins with a dash, at or behind `from`.
fn find(body: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += body.get(at..)?.iter().position(|&octet| octet == b'-')?;
        if body.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
}

fn is_blank(octets: &[u8]) -> bool {
    octets.iter().all(|octet| matches!(octet, b' ' | b'\t'))
}

fn bare(id: &str) -> &str {
    let id = id.trim();
    id.strip_prefix('<').and_then(|inside| inside.strip_suffix('>')).unwrap_or(id)
}

fn broken(what: &'static str) -> Error {
    Error::Multipart { what }
}
