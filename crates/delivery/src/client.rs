//! The HTTP client: a keep-alive pool per endpoint, two deadlines, one attempt.

use std::error::Error as _;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::connect::{ConnectFailure, Connector};
use crate::{Call, Error, PostFuture, Reply, Transport};

const SOAP_ACTION: HeaderName = HeaderName::from_static("soapaction");
/// Shorter than what common servers keep, so that we, not they, close an idle connection.
const IDLE_KEPT: Duration = Duration::from_secs(4);
/// Idle connections kept per endpoint.
const IDLE_PER_ENDPOINT: usize = 128;

/// Calls providers over HTTP/1.1, plain or TLS.
pub struct HttpClient {
    plain: Client<Connector, Full<Bytes>>,
}

impl HttpClient {
    /// A client without connections; `connect_timeout` bounds the opening of each.
    pub fn new(connect_timeout: Duration) -> Self {
        Self { plain: pool(Connector::plain(connect_timeout)) }
    }

    async fn attempt(&self, call: Call) -> Result<Reply, Error> {
        let tls = call.endpoint.tls.clone();
        let client = tls.as_ref().map_or(&self.plain, |tls| &tls.client);
        let deadline = call.deadline;
        let answer_bytes_max = call.answer_bytes_max;
        let request = request(call)?;
        let exchange = async {
            let response = client.request(request).await.map_err(|error| name_failure(&error))?;
            read(response, answer_bytes_max).await
        };
        match tokio::time::timeout(deadline, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::AnswerTimeout { milliseconds: deadline.as_millis() }),
        }
    }
}

impl Transport for HttpClient {
    fn post(&self, call: Call) -> PostFuture<'_> {
        Box::pin(self.attempt(call))
    }
}

/// A pool over one connector. hyper repeats a request only where a kept connection turned out closed before its first
/// octet was written: nothing was sent then.
pub(crate) fn pool(connector: Connector) -> Client<Connector, Full<Bytes>> {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_KEPT)
        .pool_max_idle_per_host(IDLE_PER_ENDPOINT)
        .build(connector)
}

fn request(call: Call) -> Result<Request<Full<Bytes>>, Error> {
    let address: http::Uri = call.endpoint.url.parse().map_err(|_| Error::BadEndpoint)?;
    if !matches!(address.scheme_str(), Some("http" | "https")) || address.host().is_none() {
        return Err(Error::BadEndpoint);
    }
    let content_type = HeaderValue::from_str(&call.content_type)
        .map_err(|_| Error::Broken { what: "the Content-Type cannot be written".to_owned() })?;
    let mut request = Request::new(Full::new(call.body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = address;
    request.headers_mut().insert(CONTENT_TYPE, content_type);
    if let Some(action) = call.soap_action {
        let action = HeaderValue::from_maybe_shared(action)
            .map_err(|_| Error::Broken { what: "the SOAPAction cannot be written".to_owned() })?;
        request.headers_mut().insert(SOAP_ACTION, action);
    }
    Ok(request)
}

async fn read(response: Response<Incoming>, max: usize) -> Result<Reply, Error> {
    let status = response.status().as_u16();
    let content_type =
        response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let mut incoming = response.into_body();
    // Copied into one buffer: a frame holds on to the connection's, so that an answer in chunks of one octet would cost
    // many times its length.
    let mut body = BytesMut::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| Error::Broken { what: error.to_string() })?;
        // Trailers say nothing about the message.
        let Ok(data) = frame.into_data() else { continue };
        if data.len() > max.saturating_sub(body.len()) {
            return Err(Error::AnswerTooLarge { max });
        }
        body.extend_from_slice(&data);
    }
    Ok(Reply { status, content_type, body: body.freeze() })
}

/// hyper wraps our own [`ConnectFailure`] and its own words into one error; the operator needs them apart.
fn name_failure(error: &hyper_util::client::legacy::Error) -> Error {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(failure) = inner.downcast_ref::<ConnectFailure>() {
            return match failure {
                ConnectFailure::TimedOut(deadline) => Error::ConnectTimeout { milliseconds: deadline.as_millis() },
                ConnectFailure::Tcp(_) => Error::Connect { what: failure.to_string() },
                ConnectFailure::Tls(_) => Error::Tls { what: failure.to_string() },
                ConnectFailure::NoTlsSettings => Error::TlsSettings { what: failure.to_string() },
                ConnectFailure::BadName => Error::BadEndpoint,
            };
        }
        if inner.source().is_none() {
            return Error::Broken { what: inner.to_string() };
        }
        cause = inner.source();
    }
    Error::Broken { what: "unknown".to_owned() }
}
