//! Signatures made here and attacked here: every test of an attack names it, and starts from a message that would be accepted but for it.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod algorithms;
mod forge;
mod ids;
mod keys;
mod parsing;
mod placement;
mod references;
mod round_trip;
mod signed_info;
mod threads;
mod wrapping;
