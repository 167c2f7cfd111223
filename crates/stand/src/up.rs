//! Runs the agencies and the federal node of a region: two listeners in this process. The bus itself is not run here.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::Error;
use crate::federal::FederalNode;
use crate::node::Sealer;
use crate::providers::Providers;
use crate::roster::Roster;
use crate::wire::http::{Caller, Listening, listen};

/// Connections to the bus that the federal node keeps open.
const IDLE_CONNECTIONS: usize = 16;

/// Where to listen instead of the addresses of `region.json`.
#[derive(Debug, Clone, Default)]
pub struct UpOptions {
    /// Provider systems.
    pub agencies: Option<SocketAddr>,
    /// Federal node.
    pub federal: Option<SocketAddr>,
    /// Where the bus is, when not where `region.json` says.
    pub bus: Option<SocketAddr>,
}

/// The running region; dropping it stops the listeners.
#[derive(Debug, Serialize)]
pub struct Running {
    /// Where the provider systems listen.
    pub agencies: SocketAddr,
    /// Where the federal node listens.
    pub federal: SocketAddr,
    #[serde(skip)]
    listening: [Listening; 2],
}

impl Running {
    /// Stops listening and ends open connections.
    pub fn stop(self) {
        drop(self.listening);
    }
}

/// Opens the listeners of a region and serves until the result is dropped.
pub async fn up(directory: &Path, options: &UpOptions, say: &mut (dyn Write + Send)) -> Result<Running, Error> {
    let roster = Arc::new(Roster::load(directory)?);
    let region = &roster.region;
    let providers = Arc::new(Providers::new(Arc::clone(&roster)));
    let region_url = match options.bus {
        Some(bus) => format!("http://{bus}/gateway/services"),
        None => region.node.services_url.clone(),
    };
    let federal_node = Arc::new(FederalNode {
        sealer: Sealer { node_id: region.federal.id.clone(), identity: roster.federal.clone() },
        providers: Arc::clone(&providers),
        caller: Caller::new(IDLE_CONNECTIONS),
        region_url,
    });
    let agencies = listen(options.agencies.unwrap_or(region.agencies), providers.handler()).await?;
    let federal = listen(options.federal.unwrap_or(region.federal.address), federal_node.handler()).await?;
    let (at_agencies, at_federal) = (agencies.address, federal.address);
    writeln!(say, "agencies listen on {at_agencies}, the federal node on {at_federal}").map_err(Error::Say)?;
    Ok(Running { agencies: at_agencies, federal: at_federal, listening: [agencies, federal] })
}
