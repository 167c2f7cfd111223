//! Signatures made here and attacked here: every test of an attack names it, and starts from a message that would be accepted but for it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod algorithms;
mod forge;
mod ids;
mod keys;
mod mutants;
mod officials;
mod parsing;
mod placement;
mod references;
mod round_trip;
mod signed_info;
mod threads;
mod wrapping;
