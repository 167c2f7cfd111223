//! The words of routing by hand, and which route they mean. What each verb does is in the file of its name.

use clap::{Args, Subcommand};
use domain::registry::{Route, Target};
use domain::{Mnemonic, Registry, Sid, Version};
use jiff::Timestamp;

use super::{canary, cutover, endpoint, maintenance};
use crate::amend::Words;
use crate::failure::Failure;
use crate::names;
use crate::registry_edit::text::Row;

#[derive(Debug, Subcommand)]
pub(crate) enum Routing {
    /// Announce a window in which a service, or all services of a system, are not called; list them, cancel one
    ///
    /// Consumers get a refusal with the reason and the end of the window.
    #[command(
        after_help = "Examples:\n  rsmev service maintenance SID0064001 --from 2026-12-01T22:00:00+03:00 --until \
                            2026-12-02T02:00:00+03:00 --reason \"обновление реестра\" --reload\n  rsmev service maintenance --list"
    )]
    Maintenance(Maintenance),
    /// Try another endpoint beside the route: by a share of the messages, or by some consumers
    ///
    /// When too many exchanges over it fail, the messages go back to the route by themselves (--return-at).
    #[command(
        after_help = "Examples:\n  rsmev service canary SID0064001 --to http://10.64.1.8:8080/zags --share 5 --reload\n  \
                            rsmev service canary SID0064001 --promote --reload"
    )]
    Canary(Canary),
    /// Move a consumer that names no version to another version of a service
    #[command(after_help = "Example:\n  rsmev service cutover SID0064001 2.00 --consumer SOCZ01641 --reload")]
    Cutover(Cutover),
    /// Put another endpoint in the place of the one that a route leads to
    #[command(after_help = "Example:\n  rsmev service endpoint SID0064001 http://10.64.1.8:8080/zags --reload")]
    Endpoint(Endpoint),
}

#[derive(Args, Debug)]
pub(crate) struct Maintenance {
    /// A service, or the mnemonic of a system: all that it provides
    #[arg(value_name = "SID|SYSTEM", required_unless_present = "list")]
    pub(super) of: Option<String>,
    /// Only this version of the service
    #[arg(value_name = "VERSION", value_parser = version)]
    pub(super) version: Option<Version>,
    /// First moment of the window (RFC 3339); by default now
    #[arg(long, value_name = "TIME", conflicts_with = "list")]
    pub(super) from: Option<Timestamp>,
    /// First moment after it (RFC 3339)
    #[arg(long, value_name = "TIME", required_unless_present_any = ["list", "cancel"], conflicts_with_all = ["list", "cancel"])]
    pub(super) until: Option<Timestamp>,
    /// List the windows: announced, in force, over
    #[arg(long, conflicts_with = "cancel")]
    pub(super) list: bool,
    /// Take the window out; of several the one that begins at --from
    #[arg(long)]
    pub(super) cancel: bool,
    /// --reason is what consumers are told
    #[command(flatten)]
    pub(super) words: Words,
}

#[derive(Args, Debug)]
pub(crate) struct Canary {
    /// The service
    #[arg(value_name = "SID", value_parser = sid)]
    pub(super) service: Sid,
    /// Only this version of it
    #[arg(value_name = "VERSION", value_parser = version)]
    pub(super) version: Option<Version>,
    /// The endpoint to try; without it the trial that is under way is changed
    #[arg(long, value_name = "URL")]
    pub(super) to: Option<String>,
    /// Percent of the messages
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=99))]
    pub(super) share: Option<u8>,
    /// Consumers that try it, by mnemonic
    #[arg(long, value_name = "MNEMONICS", value_delimiter = ',', value_parser = mnemonic)]
    pub(super) consumers: Vec<Mnemonic>,
    /// Percent of failed exchanges at which the messages go back to the route; of a new trial by default 20
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(super) return_at: Option<u8>,
    /// End the trial: all messages take the route
    #[arg(long, conflicts_with_all = ["to", "share", "consumers", "return_at", "promote", "again"])]
    pub(super) end: bool,
    /// End the trial: what was tried out becomes the route
    #[arg(long, conflicts_with_all = ["to", "share", "consumers", "return_at", "again"])]
    pub(super) promote: bool,
    /// Let the running bus try it again after it went back
    #[arg(long, conflicts_with_all = ["to", "share", "consumers", "return_at"])]
    pub(super) again: bool,
    #[command(flatten)]
    pub(super) words: Words,
}

#[derive(Args, Debug)]
pub(crate) struct Cutover {
    /// The service
    #[arg(value_name = "SID", value_parser = sid)]
    pub(super) service: Sid,
    /// The version that the consumer means from now on
    #[arg(value_name = "VERSION", value_parser = version, required_unless_present = "back")]
    pub(super) version: Option<Version>,
    /// The consumer
    #[arg(long, value_name = "MNEMONIC", value_parser = mnemonic)]
    pub(super) consumer: Mnemonic,
    /// Back to the default version
    #[arg(long, conflicts_with = "version")]
    pub(super) back: bool,
    #[command(flatten)]
    pub(super) words: Words,
}

#[derive(Args, Debug)]
pub(crate) struct Endpoint {
    /// The service
    #[arg(value_name = "SID", value_parser = sid)]
    pub(super) service: Sid,
    /// The new address, behind the version whose route is meant where there are several
    #[arg(value_names = ["VERSION", "URL"], num_args = 1..=2, required = true)]
    pub(super) to: Vec<String>,
    #[command(flatten)]
    pub(super) words: Words,
}

pub(super) fn run(words: &Routing) -> Result<(), Failure> {
    match words {
        Routing::Maintenance(words) => maintenance::maintenance(words),
        Routing::Canary(words) => canary::canary(words),
        Routing::Cutover(words) => cutover::cutover(words),
        Routing::Endpoint(words) => endpoint::endpoint(words),
    }
}

fn sid(text: &str) -> Result<Sid, domain::NameError> {
    Sid::new(text)
}

pub(super) fn version(text: &str) -> Result<Version, domain::NameError> {
    Version::new(text)
}

fn mnemonic(text: &str) -> Result<Mnemonic, domain::NameError> {
    Mnemonic::new(text)
}

/// The service, and the version if one is named, must be registered.
pub(super) fn must_be_there(registry: &Registry, sid: &Sid, version: Option<&Version>) -> Result<(), Failure> {
    match version {
        Some(version) => names::service(registry, sid.as_str(), Some(version.as_str())).map(drop),
        None => names::versions(registry, sid.as_str()).map(drop),
    }
}

/// The one route that all messages of the service take, or of that version: what is tried out stands beside it.
pub(super) fn route_of<'r>(registry: &'r Registry, sid: &Sid, version: Option<&Version>) -> Result<&'r Route, Failure> {
    must_be_there(registry, sid, version)?;
    let of_service = || registry.routes().iter().filter(|route| route.service == *sid && !route.is_canary());
    let mut fitting: Vec<_> = match version {
        Some(_) => of_service().filter(|route| route.version.as_ref() == version).collect(),
        None => of_service().collect(),
    };
    if fitting.is_empty() {
        fitting = of_service().filter(|route| route.version.is_none()).collect();
    }
    match fitting.as_slice() {
        [one] => Ok(one),
        [] => {
            Err(Failure::no(format!("{sid} has no route")).hint(format!("add [[route]] service = \"{sid}\" by hand")))
        }
        several => {
            let places = several.iter().map(|route| route.place.to_string()).collect::<Vec<_>>().join(", ");
            Err(Failure::no(format!("{sid} has several routes: {places}")).hint(
                "name the version whose route is meant; where routes differ by territory or recipient, edit the file",
            ))
        }
    }
}

/// The row of a route in its file.
pub(super) fn row_of(route: &Route) -> Row<'static> {
    Row::At { table: "route", line: route.place.line }
}

/// Where a route leads, for people.
pub(super) fn target(to: &Target) -> &str {
    match to {
        Target::Federal => "federal",
        Target::Url(url) => url,
    }
}
