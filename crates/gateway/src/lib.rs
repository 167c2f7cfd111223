//! The pipeline of one message: who speaks, where it goes, whether it may, whether it is true; evidence, seal, delivery.
//!
//! Open [`pipeline`] first. This crate has no socket, file or clock of its own: the network comes in as
//! [`delivery::Transport`], evidence as [`journal::Journal`], time and chance as [`Clock`] and [`Chance`].

mod bounds;
mod business_key;
mod canary;
mod evidence;
mod explain;
mod gateway;
mod keys;
pub mod pipeline;
mod ports;
mod refusal;
mod repeats;
mod room;
mod sentence;
mod snapshot;
mod soap_action;
mod stage;
mod strangers;
mod trust;
mod way;

pub use business_key::keys_to_find;
pub use canary::{CanaryStage, CanaryState, Returned};
pub use explain::{Explanation, RouteTaken, explain, explain_past};
pub use gateway::{Gateway, Parts, Unread};
pub use keys::{NoTokens, TokenProblem, Tokens, open_key};
pub use pipeline::{Incoming, Outgoing};
pub use ports::{Chance, Clock, Forgetful, Returns};
pub use refusal::{Refusal, envelope_code, signature_code};
pub use repeats::SignatureDigest;
pub use room::Room;
pub use sentence::{Sentence, sentence};
pub use snapshot::{Owner, Past, Snapshot, Unusable};
