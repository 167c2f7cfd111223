//! The SOAP plane over HTTP: which path is a service, reading the body under limits, WSDL. The message is the gateway's.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gateway::{Gateway, Incoming, Outgoing};
use http::header::{ALLOW, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming as Body;
use tokio::sync::RwLock;

use super::signature_tool::{self, SignatureTool};
use super::{body, wsdl};
use crate::edge;

/// Path under which every service lives, as on the federal node (protocol §7).
const SERVICES: &str = "/gateway/services/";

/// Answers HTTP requests of the SOAP plane.
pub(crate) struct Soap {
    gateway: Arc<Gateway>,
    /// Read-locked by every exchange under way; whoever gets it for writing knows that all have ended.
    exchanges: Arc<RwLock<()>>,
    signature_tool: SignatureTool,
}

/// What a path under [`SERVICES`] names.
struct Target<'a> {
    sid: &'a str,
    version: Option<&'a str>,
    /// `…/wsdl` at the end of the path.
    wsdl: bool,
}

impl Soap {
    pub(crate) fn new(gateway: Arc<Gateway>) -> Self {
        Self { gateway, exchanges: Arc::default(), signature_tool: SignatureTool::new() }
    }

    /// Returns when every exchange that was accepted has ended, also those whose consumer has gone.
    pub(crate) async fn all_ended(&self) {
        drop(self.exchanges.write().await);
    }

    /// One HTTP exchange; never fails, every refusal is an answer.
    pub(crate) async fn answer(&self, request: Request<Body>, peer: IpAddr) -> Response<Full<Bytes>> {
        // RFC 9112, 3.2. Of Content-Length beside Transfer-Encoding hyper obeys the second and then closes (6.3).
        let hosts = request.headers().get_all(HOST).iter().count();
        if hosts > 1 || (hosts == 0 && request.version() == http::Version::HTTP_11) {
            return plain(StatusCode::BAD_REQUEST, "a request names its Host once\n");
        }
        let path = request.uri().path().to_owned();
        let Some(target) = target(&path) else {
            return plain(StatusCode::NOT_FOUND, "no such path; services are at /gateway/services/{SID}[/{version}]\n");
        };
        let asks_wsdl = target.wsdl || request.uri().query().is_some_and(|query| query.eq_ignore_ascii_case("wsdl"));
        match *request.method() {
            Method::GET if asks_wsdl => self.wsdl(&target),
            // A client is known that posts to the WSDL address (protocol §7): the service is meant.
            Method::POST if self.is_signature_tool(&target) => self.question(request, peer).await,
            Method::POST => self.message(&target, request, peer).await,
            _ => {
                let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "POST a message, or GET with ?wsdl\n");
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
                response
            }
        }
    }

    fn wsdl(&self, target: &Target<'_>) -> Response<Full<Bytes>> {
        let snapshot = self.gateway.snapshot();
        if self.is_signature_tool(target) {
            let address = format!("{}{SERVICES}{}", snapshot.registry().listen().public_url, signature_tool::NAME);
            let text = wsdl::with_address(signature_tool::WSDL, &address).unwrap_or_default();
            return answer(StatusCode::OK, "text/xml; charset=utf-8", text.into());
        }
        match wsdl::of_service(snapshot.registry(), target.sid, target.version) {
            Ok(text) => answer(StatusCode::OK, "text/xml; charset=utf-8", text.into()),
            Err(wsdl::Missing::Service) => plain(StatusCode::NOT_FOUND, "no such service or version\n"),
            Err(wsdl::Missing::Description) => plain(StatusCode::NOT_FOUND, "the service has no WSDL here\n"),
        }
    }

    fn is_signature_tool(&self, target: &Target<'_>) -> bool {
        let offered = self.gateway.snapshot().registry().listen().signature_tool;
        offered && target.sid == signature_tool::NAME && target.version.is_none()
    }

    /// A question to SignatureTool: read under the limits of messages, but neither journaled nor sent on.
    async fn question(&self, request: Request<Body>, peer: IpAddr) -> Response<Full<Bytes>> {
        let snapshot = self.gateway.snapshot();
        let limits = snapshot.registry().limits();
        let patience = Duration::from_millis(limits.request_read_ms);
        let place = match self.signature_tool.place(peer) {
            Ok(place) => place,
            Err(told) => return answer(told.status, "text/xml; charset=utf-8", told.body.into()),
        };
        let mut room = self.gateway.room();
        let (head, body) = request.into_parts();
        let body = match body::read(body, limits.message_bytes, patience, &mut room).await {
            Ok(body) => body,
            Err(body::Unread::TooLarge) => return plain(StatusCode::PAYLOAD_TOO_LARGE, "the question is too large\n"),
            Err(body::Unread::NoRoom) => return plain(StatusCode::SERVICE_UNAVAILABLE, "no room now, try later\n"),
            Err(body::Unread::Cut | body::Unread::Late) => {
                return plain(StatusCode::REQUEST_TIMEOUT, "the body did not arrive whole and in time\n");
            }
        };
        let posted = signature_tool::Posted { body, content_type: text(&head.headers, &CONTENT_TYPE), peer };
        let told = self.signature_tool.answer(snapshot, posted, edge::now(), patience, (room, place)).await;
        answer(told.status, "text/xml; charset=utf-8", told.body.into())
    }

    async fn message(&self, target: &Target<'_>, request: Request<Body>, peer: IpAddr) -> Response<Full<Bytes>> {
        let limits = self.gateway.snapshot().registry().limits().clone();
        let max = limits.message_bytes;
        let (head, body) = request.into_parts();
        if is_encoded(&head.headers) {
            return outgoing(self.gateway.refuse_unread(target.sid, peer.to_string(), &gateway::Unread::Encoded).await);
        }
        let patience = Duration::from_millis(limits.request_read_ms);
        let mut room = self.gateway.room();
        let body = match body::read(body, max, patience, &mut room).await {
            Ok(body) => body,
            Err(why) => return self.unread(target, peer, max, &why).await,
        };
        let incoming = Incoming {
            sid: target.sid.to_owned(),
            version: target.version.map(str::to_owned),
            content_type: text(&head.headers, &CONTENT_TYPE),
            soap_action: head.headers.get("soapaction").map(|value| Bytes::copy_from_slice(value.as_bytes())),
            bearer_token: bearer(&head.headers),
            peer: peer.to_string(),
            body,
        };
        // A task of its own: an exchange goes on to its end in the journal also when the consumer hangs up.
        let under_way = Arc::clone(&self.exchanges).read_owned().await;
        let gateway = Arc::clone(&self.gateway);
        let exchange = tokio::spawn(async move {
            let (_under_way, _room) = (under_way, room);
            gateway.handle(incoming).await
        });
        match exchange.await {
            Ok(message) => outgoing(message),
            Err(error) => {
                tracing::error!(%error, "an exchange ended without an answer");
                plain(StatusCode::INTERNAL_SERVER_ERROR, "internal error\n")
            }
        }
    }

    async fn unread(&self, target: &Target<'_>, peer: IpAddr, max: usize, why: &body::Unread) -> Response<Full<Bytes>> {
        let refused = match why {
            body::Unread::TooLarge => gateway::Unread::TooLarge { max },
            body::Unread::NoRoom => gateway::Unread::NoRoom,
            body::Unread::Cut => {
                return plain(StatusCode::BAD_REQUEST, "the body ended before its announced length\n");
            }
            body::Unread::Late => return plain(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time\n"),
        };
        outgoing(self.gateway.refuse_unread(target.sid, peer.to_string(), &refused).await)
    }
}

fn target(path: &str) -> Option<Target<'_>> {
    let rest = path.strip_prefix(SERVICES)?;
    let (rest, wsdl) = match rest.strip_suffix("/wsdl") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let mut parts = rest.split('/');
    let sid = parts.next().filter(|sid| !sid.is_empty())?;
    let version = parts.next();
    (parts.next().is_none() && version != Some("")).then_some(Target { sid, version, wsdl })
}

/// Whether the body is said to be compressed. Nothing here inflates: octets are evidence as they came.
fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn text(headers: &HeaderMap, name: &http::HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

fn outgoing(message: Outgoing) -> Response<Full<Bytes>> {
    let status = StatusCode::from_u16(message.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = answer(status, &message.content_type, message.body);
    if let Some(seconds) = message.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn answer(status: StatusCode, content_type: &str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    if let Ok(value) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    answer(status, "text/plain; charset=utf-8", Bytes::from_static(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn paths_name_a_service_or_nothing() {
        let read = |path| target(path).map(|t| (t.sid.to_owned(), t.version.map(str::to_owned), t.wsdl));
        let some = |sid: &str, version: Option<&str>, wsdl| Some((sid.to_owned(), version.map(str::to_owned), wsdl));
        assert_eq!(read("/gateway/services/SID0003245"), some("SID0003245", None, false));
        assert_eq!(read("/gateway/services/SID0003245/1.00"), some("SID0003245", Some("1.00"), false));
        assert_eq!(read("/gateway/services/SID0003245/1.00/wsdl"), some("SID0003245", Some("1.00"), true));
        assert_eq!(read("/gateway/services/SID0003245/wsdl"), some("SID0003245", None, true));
        for path in
            ["/", "/gateway/services/", "/gateway/services//1.00", "/gateway/services/A/1.00/x", "/gateway/services/A/"]
        {
            assert_eq!(read(path), None, "{path}");
        }
    }
}
