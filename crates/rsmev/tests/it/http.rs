//! HTTP/1.1 in its plainest form, over any stream: one request, one answer, the connection closed.

use std::io::{Error, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Answer {
    exchange(connect(address), "GET", path, b"").unwrap()
}

/// One exchange; an error is the stream's.
pub(crate) fn exchange(mut stream: impl Read + Write, method: &str, path: &str, body: &[u8]) -> Result<Answer> {
    stream.write_all(&request(method, path, body))?;
    stream.flush()?;
    answer(stream)
}

/// The octets of a request with XML.
pub(crate) fn request(method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    request_of_type(method, path, "text/xml; charset=utf-8", body)
}

/// The octets of a request.
pub(crate) fn request_of_type(method: &str, path: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: bus\r\nConnection: close\r\nSOAPAction: \"\"\r\n\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// What comes until the other side closes.
pub(crate) fn answer(mut stream: impl Read) -> Result<Answer> {
    let mut octets = Vec::new();
    stream.read_to_end(&mut octets)?;
    let end = octets.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.ok_or_else(|| Error::other("what came is no HTTP"))?;
    let head = String::from_utf8(octets[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body = octets[end + 4..].to_vec();
    Ok(Answer { status, head, body })
}

/// One octet of a body per chunk.
pub(crate) fn crumbs(path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: bus\r\nConnection: close\r\nContent-Type: text/xml; charset=utf-8\r\n\
         Transfer-Encoding: chunked\r\n\r\n"
    );
    let mut octets = head.into_bytes();
    for octet in body {
        octets.extend_from_slice(&[b'1', b'\r', b'\n', *octet, b'\r', b'\n']);
    }
    octets.extend_from_slice(b"0\r\n\r\n");
    octets
}
