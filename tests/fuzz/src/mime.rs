//! HTTP bodies with their content type: multipart/related with attachments (XOP), and whatever looks like it.
//!
//! The first line is the value of Content-Type, the rest the body.

use domain::Limits;
use envelope::Envelope;

use crate::{Seed, forge, way};

/// A line, then octets.
pub fn check(input: &[u8]) {
    let Some(end) = input.iter().position(|octet| *octet == b'\n') else {
        return;
    };
    let (Ok(content_type), http_body) = (std::str::from_utf8(&input[..end]), &input[end + 1..]) else {
        return;
    };
    way::walk(http_body, content_type);
    one_frame(http_body, content_type);
}

/// What is outside of the SOAP part does not decide what is in it: other attachments, same part.
fn one_frame(http_body: &[u8], content_type: &str) {
    let limits = Limits::default();
    let receive = |octets: &[u8]| Envelope::receive(octets.to_vec().into(), content_type, &limits);
    let Ok(received) = receive(http_body) else {
        return;
    };
    let soap = received.soap();
    let start = soap.as_ptr() as usize - received.raw().as_ptr() as usize;
    assert_eq!(&received.raw()[start..start + soap.len()], soap);
    if !content_type.to_ascii_lowercase().trim_start().starts_with("multipart/") {
        // Everything but a byte-order mark.
        assert!(http_body.len() - soap.len() <= 3);
    }
}

/// A message with an attachment, one with a length of its part, one alone.
pub fn seeds() -> Vec<Seed> {
    let soap = forge::unsigned();
    let related =
        "multipart/related; type=\"application/xop+xml\"; start=\"<root@a>\"; start-info=\"text/xml\"; boundary=\"b1\"";
    let root = "Content-Type: application/xop+xml; charset=UTF-8; type=\"text/xml\"\r\nContent-ID: <root@a>";
    let file = "--b1\r\nContent-Type: application/zip\r\nContent-ID: <file@a>\r\n\r\nPK\u{3}\u{4}\r\n";
    let two = format!("{related}\n--b1\r\n{root}\r\n\r\n{soap}\r\n{file}--b1--\r\n");
    let length =
        format!("{related}\npreamble\r\n--b1\r\n{root}\r\nContent-Length: {}\r\n\r\n{soap}\r\n--b1--", soap.len());
    let last = format!("{related}\n{file}--b1\r\n{root}\r\n\r\n{}\r\n--b1--\r\nepilogue", forge::signed());
    let alone = format!("text/xml; charset=\"utf-8\"; action=\"urn:a\"\n\u{FEFF}{soap}");
    vec![
        ("root-first", two.into_bytes()),
        ("with-length", length.into_bytes()),
        ("root-last", last.into_bytes()),
        ("alone", alone.into_bytes()),
    ]
}
