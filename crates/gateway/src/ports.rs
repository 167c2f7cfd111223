//! What the pipeline takes from outside: time, identifiers and chance. The way out is [`delivery::Transport`].

use jiff::Timestamp;
use uuid::Uuid;

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
