//! `rsmev service`: services and how their messages are routed. One file a verb; `routing` holds the words of those that
//! change routes by hand.

mod canary;
mod cutover;
mod endpoint;
mod maintenance;
mod routing;

use clap::Subcommand;

use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Service {
    #[command(flatten)]
    Routing(routing::Routing),
}

pub(crate) fn run(words: Service) -> Result<(), Failure> {
    match words {
        Service::Routing(words) => routing::run(&words),
    }
}
