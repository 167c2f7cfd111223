//! What goes out, what comes back, and the seam between the pipeline and the network.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::{ClientTls, Error};

/// Where a provider listens.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Absolute `http://` or `https://` address.
    pub url: String,
    /// Trust and own certificate for `https://`; `None` for plain HTTP.
    pub tls: Option<Arc<ClientTls>>,
}

/// One POST.
#[derive(Clone, Debug)]
pub struct Call {
    /// Where to.
    pub endpoint: Endpoint,
    /// `Content-Type` as the sender wrote it.
    pub content_type: String,
    /// `SOAPAction` as the sender wrote it, quotes included; `None` when he wrote none.
    pub soap_action: Option<Bytes>,
    /// The HTTP body.
    pub body: Bytes,
    /// How long everything may take, up to the last octet of the answer.
    pub deadline: Duration,
    /// Largest answer body in bytes.
    pub answer_bytes_max: usize,
}

/// What the provider answered, whatever the status.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`, empty when missing.
    pub content_type: String,
    /// The HTTP body.
    pub body: Bytes,
}

/// The future of a call.
pub type PostFuture<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send + 'a>>;

/// The way out as the pipeline sees it; [`crate::HttpClient`] in service, a loopback in tests and benches.
pub trait Transport: Send + Sync {
    /// Sends one message and waits for its answer.
    fn post(&self, call: Call) -> PostFuture<'_>;
}
