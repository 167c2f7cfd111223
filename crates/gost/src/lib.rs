//! GOST R 34.10-2001/2012 signatures and GOST R 34.11-94/2012 digests in pure Rust.
//!
//! Knows keys, digests and signatures only: certificates and chains are crate `pki`, XML is crate `xmldsig`.

mod arithmetic;
mod curve;
mod digest;
mod encoding;
mod error;
mod nonce;
mod parameters;
mod sign;
mod verify;

pub use digest::{DigestAlgorithm, Hasher, digest};
pub use error::Error;
pub use parameters::{ParameterSet, Scheme};
pub use sign::{Signer, SigningKey};
pub use verify::PreparedKey;
