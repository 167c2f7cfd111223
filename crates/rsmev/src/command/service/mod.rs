//! `rsmev service`: packages of services, their way from pilot to production, who uses which version, and how messages are routed. One
//! file a verb; `folder` finds and reads packages for all of them, `routing` holds the words of the verbs that change routes by hand.

mod add;
mod canary;
mod check;
mod cutover;
mod endpoint;
pub(crate) mod folder;
mod life;
mod list;
mod maintenance;
mod routing;
mod trial;
pub(crate) mod users;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use domain::Registry;
use domain::registry::{Service as Row, Stage};
use jiff::civil::Date;

use crate::amend;
use crate::cli::{Config, Places};
use crate::failure::Failure;
use crate::names;

#[derive(Debug, Subcommand)]
pub(crate) enum Service {
    /// Check a package: every part green or red, with what is to be done
    ///
    /// Exit code 1 when a part is red. With --run the control example goes through the running bus as a test message, and the record of
    /// the trial (протокол испытаний) is written into the package.
    #[command(after_help = "Example: rsmev service check services/SID0064001/1.00")]
    Check(Box<check::Words>),
    /// Register the service of a package, as a pilot
    #[command(after_help = "Example: rsmev service add services/SID0064001/2.00 --reason \"application 17\" --dry-run")]
    Add {
        /// Folder of the package, under the folder of the registry
        #[arg(value_name = "PKG")]
        package: PathBuf,
        #[command(flatten)]
        amend: amend::Words,
    },
    /// Make a version visible from a day on: all parts green and tried as they are
    #[command(after_help = "Example: rsmev service publish SID0064001 2.00 --from 2026-12-01")]
    Publish {
        #[command(flatten)]
        which: Which,
        /// First day; today when not given
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
        #[command(flatten)]
        amend: amend::Words,
    },
    /// Take a version to its next stage
    ///
    /// To trial operation: a test record of the very package, all green. To production: six months of trial operation.
    #[command(after_help = "Example: rsmev service promote SID0064001 2.00 --to trial")]
    Promote {
        #[command(flatten)]
        which: Which,
        /// The stage
        #[arg(long, value_name = "STAGE")]
        to: To,
        /// Before its time; --reason says why
        #[arg(long, requires = "reason")]
        force: bool,
        #[command(flatten)]
        amend: amend::Words,
    },
    /// Set the last day of a version, and tell who is still on it
    #[command(after_help = "Example: rsmev service retire SID0064001 1.00 --until 2027-06-30")]
    Retire {
        #[command(flatten)]
        which: Which,
        /// Last day
        #[arg(long, value_name = "DATE")]
        until: Date,
        #[command(flatten)]
        amend: amend::Words,
    },
    /// List the services with their versions and stages
    #[command(after_help = "Example: rsmev service list --stage trial")]
    List {
        /// Only versions at this stage
        #[arg(long, value_name = "STAGE")]
        stage: Option<AnyStage>,
        #[command(flatten)]
        config: Config,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a service: owner, terms, stage, routes, consumers, what its passport says
    #[command(after_help = "Example: rsmev service show SID0064001 1.00")]
    Show {
        #[command(flatten)]
        which: Whichever,
        #[command(flatten)]
        config: Config,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Who still uses a version: calls by consumer out of the journal
    #[command(after_help = "Example: rsmev service users SID0064001 1.00 --since 30d")]
    Users {
        #[command(flatten)]
        which: Whichever,
        /// How many days back
        #[arg(long, value_name = "DAYS", default_value = "30d", value_parser = super::cert::days)]
        since: i64,
        #[command(flatten)]
        places: Places,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    #[command(flatten)]
    Routing(routing::Routing),
}

/// One version of a service.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Which {
    /// The service
    #[arg(value_name = "SID")]
    pub(crate) sid: String,
    /// Its version
    #[arg(value_name = "VERSION")]
    pub(crate) version: String,
}

/// One version of a service, or all.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Whichever {
    /// The service
    #[arg(value_name = "SID")]
    pub(crate) sid: String,
    /// Its version; all when not given
    #[arg(value_name = "VERSION")]
    pub(crate) version: Option<String>,
}

/// A stage to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum To {
    /// Trial operation (опытная эксплуатация)
    Trial,
    /// Full use
    Production,
}

/// A stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnyStage {
    /// Tried out
    Pilot,
    /// Trial operation
    Trial,
    /// Full use
    Production,
}

impl AnyStage {
    fn stage(self) -> Stage {
        match self {
            Self::Pilot => Stage::Pilot,
            Self::Trial => Stage::Trial,
            Self::Production => Stage::Production,
        }
    }
}

impl Whichever {
    /// Its rows in the registry.
    fn rows<'r>(&self, registry: &'r Registry) -> Result<Vec<&'r Row>, Failure> {
        match &self.version {
            Some(version) => names::service(registry, &self.sid, Some(version)).map(|row| vec![row]),
            None => names::versions(registry, &self.sid),
        }
    }
}

pub(crate) fn run(words: Service) -> Result<(), Failure> {
    match words {
        Service::Check(words) => check::run(&words),
        Service::Add { package, amend } => add::add(&package, &amend),
        Service::Publish { which, from, amend } => life::publish(&which, from, &amend),
        Service::Promote { which, to, force, amend } => life::promote(&which, to, force, &amend),
        Service::Retire { which, until, amend } => life::retire(&which, until, &amend),
        Service::List { stage, config, json } => list::list(&config.config, stage.map(AnyStage::stage), json),
        Service::Show { which, config, json } => list::show(&which, &config.config, json),
        Service::Users { which, since, places, json } => users::run(&which, since, &places, json),
        Service::Routing(words) => routing::run(&words),
    }
}
