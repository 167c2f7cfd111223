//! One connection of an HTTP/1.1 client, kept alive over many exchanges: the way a corpus of hundreds of messages is sent.

use std::io::{BufRead as _, BufReader, Error, Read as _, Result, Write as _};
use std::net::{SocketAddr, TcpStream};

use crate::http::{self, Answer};

/// A connection that is opened again when the other side has closed it.
pub(crate) struct Line {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Line {
    pub(crate) fn to(address: SocketAddr) -> Line {
        Line { address, stream: None }
    }

    /// One POST. `headers` are whole lines without their ends; Host and Content-Length are added.
    pub(crate) fn post(&mut self, path: &str, headers: &[String], body: &[u8]) -> Result<Answer> {
        let mut head = format!("POST {path} HTTP/1.1\r\nHost: bus\r\nContent-Length: {}\r\n", body.len());
        for header in headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        self.exchange(&[head.as_bytes(), body].concat())
    }

    /// Sends these octets and reads one answer.
    pub(crate) fn exchange(&mut self, octets: &[u8]) -> Result<Answer> {
        let address = self.address;
        let stream = self.stream.get_or_insert_with(|| BufReader::new(http::connect(address)));
        // The bus may answer and close before it has read everything; what it said is still there to read.
        let written = stream.get_mut().write_all(octets);
        let answer = read(stream);
        let goes_on =
            answer.as_ref().is_ok_and(|answer| !answer.head.to_ascii_lowercase().contains("connection: close"));
        if written.is_err() || !goes_on {
            self.stream = None;
        }
        answer
    }
}

/// One answer with a Content-Length.
fn read(stream: &mut BufReader<TcpStream>) -> Result<Answer> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head)? == 0 {
            return Err(Error::other(format!("the connection ended after {head:?}")));
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
    });
    let mut body = vec![0; length.ok_or_else(|| Error::other("an answer without a length"))?];
    stream.read_exact(&mut body)?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok(Answer { status, head, body })
}
