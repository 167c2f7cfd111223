//! A pretend region: agencies, a services portal, a service centre and a federal node, for demonstration, test and load.
//!
//! Four functions, in the order in which a newcomer needs them: [`init`] writes a region into a directory, [`up`] runs
//! its agencies and its federal node, [`send`] (and [`refusals`]) passes signed messages through the bus, [`load`]
//! measures it. Everything listens on and sends to loopback addresses only. What an outside tool needs to join in
//! stands in [`Region`] (`region.json`).
//!
//! The stand speaks to the bus over HTTP like anybody else: it knows neither its pipeline nor its journal. Its keys and
//! certificates are worth nothing outside the directory they were written to.

mod cast;
mod courier;
mod edge;
mod error;
mod exchange;
mod federal;
mod init;
mod load;
mod node;
mod providers;
mod refusals;
mod region;
mod roster;
mod send;
mod up;
#[cfg(test)]
mod whole_way;
mod wire;

pub use error::Error;
pub use exchange::{Exchange, Verdict, Verdicts};
pub use init::{InitOptions, InitReport, init, newcomer};
pub use load::{Cost, LoadOptions, LoadReport, PlainProxy, Raw, SwitchKey, load};
pub use providers::Behaviour;
pub use refusals::{Refusal, RefusalOptions, refusals};
pub use region::{
    Access, Federal, Kind, NextPair, Node, Pattern, REGION_FILE, Region, Revision, Right, Service, SignedBy, Standing,
    System, SystemKind,
};
pub use send::{SendOptions, send};
pub use up::{Running, UpOptions, up};
