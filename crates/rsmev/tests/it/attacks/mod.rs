//! Attacks on the running bus, made by generators: what each of them is, which guard holds it and what it is refused with
//! stands in `docs/THREATS.md`.
//!
//! The bus is the real program on loopback, the provider is the stand's. Each attack must come back as a fault of the right
//! code, signed by the node, that says nothing of the inside; nothing may reach the provider; the refusal must be on record.
//! A test collects all that got through and tells it at its end.

mod bus;
mod forge;
mod line;
mod tap;

mod algorithms;
mod answers;
mod blocks;
mod certificates;
mod dispatch;
mod federal;
mod framing;
mod interop;
mod keys;
mod leaks;
mod mime;
mod neighbours;
mod oversized;
mod parsers;
mod references;
mod replay;
mod wrapping;

pub(crate) use algorithms::{authority, request};
pub(crate) use forge::Forge;
mod attachments;
mod questions;
