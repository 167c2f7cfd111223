//! The pipeline with a provider on a loopback adapter: what it does with answers, with hosted systems and with strangers.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up fails")]

mod answers;
mod fixture;
mod officials;
mod once;
mod revoked;
mod routing;
mod strangers;
