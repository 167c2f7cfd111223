//! Opening a connection: TCP, and TLS on top of it where the address says `https`.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Opens connections for one pool.
#[derive(Clone)]
pub(crate) struct Connector {
    tls: Option<TlsConnector>,
    deadline: Duration,
}

impl Connector {
    pub(crate) fn plain(deadline: Duration) -> Self {
        Self { tls: None, deadline }
    }

    pub(crate) fn tls(config: rustls::ClientConfig, deadline: Duration) -> Self {
        Self { tls: Some(TlsConnector::from(Arc::new(config))), deadline }
    }
}

/// Where opening stopped; hyper carries it up as the source of its own error.
#[derive(Debug)]
pub(crate) enum ConnectFailure {
    Tcp(io::Error),
    Tls(io::Error),
    TimedOut(Duration),
    NoTlsSettings,
    BadName,
}

impl fmt::Display for ConnectFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(error) => write!(f, "{}", error.kind()),
            Self::Tls(error) => write!(f, "{error}"),
            Self::TimedOut(deadline) => write!(f, "no connection within {} ms", deadline.as_millis()),
            Self::NoTlsSettings => f.write_str("https:// without TLS settings"),
            Self::BadName => f.write_str("the address names no host"),
        }
    }
}

impl std::error::Error for ConnectFailure {}

impl tower_service::Service<Uri> for Connector {
    type Response = Stream;
    type Error = ConnectFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, ConnectFailure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectFailure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let Self { tls, deadline } = self.clone();
        Box::pin(async move {
            tokio::time::timeout(deadline, open(address, tls)).await.unwrap_or(Err(ConnectFailure::TimedOut(deadline)))
        })
    }
}

async fn open(address: Uri, tls: Option<TlsConnector>) -> Result<Stream, ConnectFailure> {
    let host = address.host().ok_or(ConnectFailure::BadName)?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let secure = address.scheme_str() == Some("https");
    let port = address.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let stream = TcpStream::connect((host.as_str(), port)).await.map_err(ConnectFailure::Tcp)?;
    stream.set_nodelay(true).map_err(ConnectFailure::Tcp)?;
    if !secure {
        return Ok(Stream::Plain(TokioIo::new(stream)));
    }
    let tls = tls.ok_or(ConnectFailure::NoTlsSettings)?;
    let name = ServerName::try_from(host).map_err(|_| ConnectFailure::BadName)?;
    let stream = tls.connect(name, stream).await.map_err(ConnectFailure::Tls)?;
    Ok(Stream::Tls(Box::new(TokioIo::new(stream))))
}

/// An open connection.
pub(crate) enum Stream {
    Plain(TokioIo<TcpStream>),
    Tls(Box<TokioIo<TlsStream<TcpStream>>>),
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buf),
        }
    }
}

impl Write for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, octets),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, octets),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}
