//! Writes a whole pretend region into a directory: keys, registry, services, `region.json`. It talks to nobody.

mod examples;
mod keys;
mod newcomer;
mod plan;
mod routes;
mod services;
mod site;

pub use newcomer::newcomer;

use std::io::Write;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::region::REGION_FILE;
use crate::{Error, Region, edge};

/// Ports for [`InitOptions::with_free_ports`]: Linux takes those of outgoing connections from 32768 on.
const PORTS: Range<u16> = 10_240..32_768;
/// Ports tried at most.
const PORT_TRIES: usize = 100;

/// Where the members of the region listen, all on 127.0.0.1.
#[derive(Debug, Clone)]
pub struct InitOptions {
    /// SOAP listener of the bus.
    pub soap_port: u16,
    /// Admin listener of the bus.
    pub admin_port: u16,
    /// Federal node.
    pub federal_port: u16,
    /// All provider systems, each under its own path.
    pub agencies_port: u16,
    /// Write a production contour, not a test one.
    pub production: bool,
    /// Write over a region that is already there.
    pub force: bool,
}

impl Default for InitOptions {
    fn default() -> InitOptions {
        InitOptions {
            soap_port: 8080,
            admin_port: 8081,
            federal_port: 9000,
            agencies_port: 9100,
            production: false,
            force: false,
        }
    }
}

impl InitOptions {
    /// Four ports that were free a moment ago, for tests that run side by side. They lie below those that the system
    /// gives to outgoing connections, so that no connection can take one before it is listened on.
    pub fn with_free_ports() -> Result<InitOptions, Error> {
        let mut open = Vec::new();
        let mut refused = None;
        for _ in 0..PORT_TRIES {
            let port = PORTS.start + u16::from_be_bytes(edge::entropy()?) % (PORTS.end - PORTS.start);
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            match std::net::TcpListener::bind(address) {
                Ok(listener) => open.push((port, listener)),
                Err(source) => refused = Some(Error::Listen { address, source }),
            }
            if let [soap, admin, federal, agencies] = &open[..] {
                return Ok(InitOptions {
                    soap_port: soap.0,
                    admin_port: admin.0,
                    federal_port: federal.0,
                    agencies_port: agencies.0,
                    production: false,
                    force: false,
                });
            }
        }
        Err(refused.unwrap_or(Error::Options { what: "no free port was found" }))
    }
}

/// What was written.
#[derive(Debug, Clone, Serialize)]
pub struct InitReport {
    /// The directory.
    pub directory: PathBuf,
    /// The registry of the bus.
    pub routes: PathBuf,
    /// The region as described in `region.json`.
    pub region: Region,
    /// How many files were written.
    pub files: usize,
}

/// Writes the region: CA, certificates, keys, `routes.toml`, service folders, `region.json`.
///
/// A directory that already holds a `routes.toml` is left alone unless [`InitOptions::force`] is set; then every file of
/// the region is written anew (with new keys), other files stay.
pub fn init(directory: &Path, options: &InitOptions, say: &mut dyn Write) -> Result<InitReport, Error> {
    let routes = directory.join("routes.toml");
    if routes.exists() && !options.force {
        return Err(Error::AlreadyThere { directory: directory.to_owned() });
    }
    let now = edge::now();
    let mut site = site::Site::new(directory);
    let keys = keys::issue(&mut site, now)?;
    writeln!(say, "keys and certificates: {} systems, the bus, the federal node", keys.systems.len())
        .map_err(Error::Say)?;
    let region = plan::region(options, &keys)?;
    routes::write(&mut site, &region, options.production, now)?;
    services::write(&mut site, &region, &keys)?;
    examples::write(&mut site, &region, &keys, now)?;
    writeln!(say, "services: {} with WSDL, passport and control example", region.services.len()).map_err(Error::Say)?;
    let described = serde_json::to_vec_pretty(&region)
        .map_err(|source| Error::RegionFile { path: directory.join(REGION_FILE), source })?;
    // It holds the bearer tokens of hosted systems.
    site.secret(REGION_FILE, &described)?;
    writeln!(say, "the region stands in {}", directory.display()).map_err(Error::Say)?;
    Ok(InitReport { directory: directory.to_owned(), routes, region, files: site.files() })
}
