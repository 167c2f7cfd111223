//! Messages taken apart as text: on purpose not by the reader under test.

use std::ops::Range;

/// The octets of the Body element, from its first sign to its last.
pub(crate) fn body(message: &[u8]) -> &[u8] {
    &message[body_range(message)]
}

/// Where they are.
pub(crate) fn body_range(message: &[u8]) -> Range<usize> {
    element(message, "Body")
}

/// The message with a blank more in its Body: for a person the same, for a signature not.
pub(crate) fn changed(message: &str) -> String {
    let end = body_range(message.as_bytes()).end;
    let close = message[..end].rfind("</").unwrap();
    format!("{} {}", &message[..close], &message[close..])
}

/// The message without its Header, as its sender drafted it.
pub(crate) fn unsigned(message: &str) -> String {
    let header = element(message.as_bytes(), "Header");
    format!("{}{}", &message[..header.start], &message[header.end..])
}

/// Where the first element of that local name stands.
fn element(message: &[u8], name: &str) -> Range<usize> {
    let find = |text: &[u8], from: usize| (from..message.len()).find(|at| message[*at..].starts_with(text));
    let at = find(format!(":{name}").as_bytes(), 0).unwrap();
    let start = (0..at).rev().find(|at| message[*at] == b'<').unwrap();
    let close = [b"</", &message[start + 1..at], b":", name.as_bytes(), b">"].concat();
    start..find(&close, at).unwrap() + close.len()
}
