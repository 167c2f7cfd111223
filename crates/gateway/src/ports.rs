//! What the pipeline takes from outside: time, identifiers and chance, a place for what
//! must outlive the process. The way out is [`delivery::Transport`].

use std::io;

use jiff::Timestamp;
use uuid::Uuid;

use crate::canary::Returned;

/// The wall clock and the monotonic one.
pub trait Clock: Send + Sync {
    /// Now, for stamps, validity and evidence.
    fn now(&self) -> Timestamp;
}

/// Where identifiers and signature entropy come from: the system's generator in service, a seed in simulation.
pub trait Chance: Send + Sync {
    /// A new random (version 4) MessageId.
    fn message_id(&self) -> Uuid;
    /// Entropy for one signature.
    fn entropy(&self) -> [u8; 32];
}

/// Where it is kept which canary routes have gone back, so that a restart does not send messages to a bad endpoint again.
pub trait Returns: Send + Sync {
    /// Makes the whole list durable in place of the one before.
    ///
    /// # Errors
    /// The disk's.
    fn keep(&self, returned: &[Returned]) -> io::Result<()>;
}

/// Keeps nothing: for gateways that end with their process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forgetful;

impl Returns for Forgetful {
    fn keep(&self, _: &[Returned]) -> io::Result<()> {
        Ok(())
    }
}
