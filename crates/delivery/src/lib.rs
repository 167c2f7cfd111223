//! The way out: one HTTP POST to a provider's endpoint and its answer.
//!
//! Octets, `Content-Type` and `SOAPAction` travel unchanged. A POST is never repeated and a redirect is never followed:
//! whether a message may be sent again is a decision of its sender, and the address is a decision of the registry.
//! What this crate does not do: choosing the endpoint, reading what is sent or answered, recording it.

mod call;
mod client;
mod connect;
mod error;
mod tls;

pub use call::{Call, Endpoint, PostFuture, Reply, Transport};
pub use client::HttpClient;
pub use error::Error;
pub use tls::ClientTls;

#[cfg(test)]
mod tests;
