//! HTTP on loopback: one client for everybody who sends, one listener form for everybody who answers. Plain HTTP/1.1,
//! no TLS, no redirects, no other hosts: an address outside this machine is refused.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

use crate::Error;

/// Content-Type of every SOAP message of the stand.
pub(crate) const XML: &str = "text/xml; charset=utf-8";
/// Largest message taken, in octets: above the default limit of the bus, so that the bus is the one who refuses.
const MESSAGE_BYTES: usize = 64 << 20;
/// Connections served at once by one listener.
const CONNECTIONS: usize = 2000;
/// A connection that sends no request head for so long is closed.
const HEAD_DEADLINE: Duration = Duration::from_secs(30);

/// One message on its way.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) url: String,
    pub(crate) soap_action: String,
    /// Bearer token of a hosted system.
    pub(crate) token: Option<String>,
    pub(crate) body: Bytes,
    pub(crate) deadline: Duration,
}

/// What came in or goes out, beside the address.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
}

impl Reply {
    /// A SOAP answer.
    pub(crate) fn xml(status: u16, body: Bytes) -> Reply {
        Reply { status, content_type: XML.to_owned(), body }
    }

    /// A line of text for people who look in with a browser.
    pub(crate) fn text(status: u16, text: &str) -> Reply {
        let body = Bytes::from(format!("{text}\n"));
        Reply { status, content_type: "text/plain; charset=utf-8".to_owned(), body }
    }
}

/// A keep-alive client.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Caller {
    /// A client that keeps at most `idle` connections open.
    pub(crate) fn new(idle: usize) -> Caller {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(idle)
            .build(connector);
        Caller { client }
    }

    /// Posts one message and reads the whole answer.
    pub(crate) async fn post(&self, post: Post) -> Result<Reply, Error> {
        let url = post.url.clone();
        let broken = |what: String| Error::NoAnswer { url: url.clone(), what };
        let uri: Uri = post.url.parse().map_err(|reason: http::uri::InvalidUri| broken(reason.to_string()))?;
        loopback_only(&uri)?;
        let mut request = Request::builder().method(Method::POST).uri(uri).header(CONTENT_TYPE, XML);
        request = request.header("SOAPAction", post.soap_action);
        if let Some(token) = post.token {
            let mut value =
                HeaderValue::try_from(format!("Bearer {token}")).map_err(|reason| broken(reason.to_string()))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let request = request.body(Full::new(post.body)).map_err(|reason| broken(reason.to_string()))?;
        let whole = async {
            let response = self.client.request(request).await.map_err(|reason| broken(chain(&reason)))?;
            let status = response.status().as_u16();
            let content_type = response.headers().get(CONTENT_TYPE);
            let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
            let body = Limited::new(response.into_body(), MESSAGE_BYTES).collect().await;
            let body = body.map_err(|reason| broken(reason.to_string()))?.to_bytes();
            Ok(Reply { status, content_type, body })
        };
        tokio::time::timeout(post.deadline, whole)
            .await
            .unwrap_or_else(|_| Err(broken(format!("nothing within {} s", post.deadline.as_secs()))))
    }
}

/// An error with its causes: hyper's own text alone says only "client error".
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// Refuses an address that is not on this machine.
fn loopback_only(uri: &Uri) -> Result<(), Error> {
    let host = uri.host().unwrap_or_default();
    let inside = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if inside { Ok(()) } else { Err(Error::NotLoopback { address: uri.to_string() }) }
}

/// A request as a handler of the stand sees it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) soap_action: String,
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
}

/// The answer under way; `None` closes the connection without one.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Option<Reply>> + Send>>;
/// Answers requests of one listener.
pub(crate) type Handler = Arc<dyn Fn(Asked) -> Answering + Send + Sync>;

/// A listener at work; dropping it ends it and its connections.
#[derive(Debug)]
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Listens on a loopback address.
pub(crate) async fn listen(address: SocketAddr, handler: Handler) -> Result<Listening, Error> {
    if !address.ip().is_loopback() {
        return Err(Error::NotLoopback { address: address.to_string() });
    }
    let listener = TcpListener::bind(address).await.map_err(|source| Error::Listen { address, source })?;
    let address = listener.local_addr().map_err(|source| Error::Listen { address, source })?;
    let task = tokio::spawn(accept(listener, handler));
    Ok(Listening { address, task })
}

/// Takes connections until aborted; the set of connections dies with it.
async fn accept(listener: TcpListener, handler: Handler) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: let some connections end first.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // A message and its answer are one write each: waiting to fill a packet would only cost latency.
        let _ = stream.set_nodelay(true);
        let handler = Arc::clone(&handler);
        connections.spawn(async move {
            let service = service_fn(move |request| serve(request, Arc::clone(&handler)));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_DEADLINE)
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
            drop(place);
        });
    }
}

async fn serve(request: Request<Incoming>, handler: Handler) -> io::Result<Response<Full<Bytes>>> {
    let reply = if request.method() == Method::POST {
        let asked = take(request).await?;
        handler(asked).await
    } else {
        Some(Reply::text(405, "учебный регион: сообщения SOAP принимаются методом POST"))
    };
    let Some(reply) = reply else {
        return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the stand was asked to drop the connection"));
    };
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(value) = HeaderValue::try_from(reply.content_type) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    Ok(response)
}

async fn take(request: Request<Incoming>) -> io::Result<Asked> {
    let header =
        |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (soap_action, content_type) = (header("SOAPAction"), header("Content-Type"));
    let path = request.uri().path().to_owned();
    let body = Limited::new(request.into_body(), MESSAGE_BYTES).collect().await.map_err(io::Error::other)?;
    Ok(Asked { path, soap_action, content_type, body: body.to_bytes() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_outside_this_machine_is_refused() {
        let caller = Caller::new(1);
        for url in ["http://192.0.2.1/x", "http://example.org/x", "http://localhost.example.org/"] {
            let post = Post {
                url: url.to_owned(),
                soap_action: String::new(),
                token: None,
                body: Bytes::new(),
                deadline: Duration::from_secs(1),
            };
            assert!(matches!(caller.post(post).await, Err(Error::NotLoopback { .. })), "{url}");
        }
        let outside = SocketAddr::from(([0, 0, 0, 0], 0));
        let handler: Handler = Arc::new(|_| Box::pin(async { None }));
        assert!(matches!(listen(outside, handler).await, Err(Error::NotLoopback { .. })));
    }

    #[tokio::test]
    async fn a_message_goes_there_and_its_answer_back_unchanged() {
        let handler: Handler = Arc::new(|asked| {
            Box::pin(async move {
                let line = format!("{} {} {:?}", asked.path, asked.soap_action, asked.body);
                Some(Reply::text(200, &line))
            })
        });
        let listening = listen(SocketAddr::from(([127, 0, 0, 1], 0)), handler).await.unwrap();
        let post = Post {
            url: format!("http://{}/SOCZ01641/SID0064002", listening.address),
            soap_action: "\"\"".to_owned(),
            token: None,
            body: Bytes::from_static(b"<a/>"),
            deadline: Duration::from_secs(5),
        };
        let reply = Caller::new(1).post(post).await.unwrap();
        assert_eq!(reply.body, Bytes::from_static(b"/SOCZ01641/SID0064002 \"\" b\"<a/>\"\n"));
    }
}
