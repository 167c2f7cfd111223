//! Names, registry snapshot, routes, access matrix, fault table and limits.
//!
//! This crate decides; it does not act. It opens no socket, reads no clock and touches the disk only through
//! [`registry::Files`], so that every decision can be replayed from a snapshot and an instant.
//! It does not parse certificates, keys or XML: files named in the registry are carried as octets.

pub mod access;
pub mod business_key;
pub mod fault;
pub mod limits;
pub mod names;
pub mod quantity;
pub mod registry;
pub mod route;
pub mod spelling;
mod token_uri;

pub use access::{AccessQuestion, Denied, DenyReason, Grant};
pub use business_key::{BusinessKey, KeyPath, normal_value};
pub use fault::{Blame, FaultCode, FaultRow, Retry, Side};
pub use limits::Limits;
pub use names::{Mnemonic, NameError, ParticipantCode, Sid, Version};
pub use registry::{Files, Problem, Registry};
pub use route::{Endpoint, Loser, Mismatch, MissingReason, RouteMissing, RouteQuestion, Routed, Trying};
pub use token_uri::{TokenUri, TokenUriError};
