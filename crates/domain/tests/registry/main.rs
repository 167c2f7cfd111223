//! The registry as its users meet it: a whole region that loads, mistakes and what is said about them, decisions.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod broken;
mod broken_life;
mod broken_people;
mod broken_whole;
mod decisions;
mod demo;
mod matrix_model;
mod secrets;
mod snapshot;
mod states;
