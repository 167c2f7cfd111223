//! nginx between the same client and the same provider: what plain HTTP forwarding costs on this machine. Only when nginx
//! is installed; it runs as one foreground process of ours, on a free loopback port, and ends with the run.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::processor;
use super::run::{Bounds, Keys, Plan, Target, float, run};
use super::stock::Stock;
use crate::Error;
use crate::region::Service;
use crate::roster::Roster;

/// How long nginx may take to listen.
const START: Duration = Duration::from_secs(5);
/// The measurement takes at most so long.
const DURATION_MAX: Duration = Duration::from_secs(10);
/// Where Debian installs it; not on every user's PATH.
const PLACES: [&str; 2] = ["/usr/sbin/nginx", "/usr/bin/nginx"];

/// nginx on the same way.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PlainProxy {
    /// Good answers a second.
    pub exchanges_per_second: f64,
    /// Half of the good answers came within this time.
    pub p50_milliseconds: f64,
    /// User and system time of nginx a good answer, in microseconds.
    pub cpu_microseconds_per_exchange: f64,
}

/// What the measurement needs.
pub(super) struct PlainProxyRun<'a> {
    pub(super) directory: &'a Path,
    pub(super) roster: &'a Roster,
    pub(super) service: &'a Service,
    pub(super) stock: &'a Arc<Stock>,
    pub(super) bounds: Bounds,
}

/// A child that does not outlive us.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        // Already gone is as good as killed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `None` when nginx is not installed or does not start.
pub(super) async fn measure(asked: &PlainProxyRun<'_>) -> Result<Option<PlainProxy>, Error> {
    let Some(nginx) = PLACES.iter().find(|place| Path::new(place).exists()) else {
        return Ok(None);
    };
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let free = TcpListener::bind(any).and_then(|listener| listener.local_addr());
    let address = free.map_err(|source| Error::Listen { address: any, source })?;
    let folder = asked.directory.join("nginx");
    let configuration = write_configuration(&folder, address, asked.roster.region.agencies)?;
    let child = Command::new(nginx)
        .arg("-p")
        .arg(&folder)
        .arg("-c")
        .arg(&configuration)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(Error::file("run", Path::new(nginx)))?;
    let proxy = Proxy(child);
    if !listens(address).await {
        return Ok(None);
    }
    let target = Target {
        url: format!("http://{address}/{}/{}", asked.service.provider, asked.service.sid),
        soap_action: asked.service.soap_action.clone(),
        token: None,
        nodes: asked.roster.nodes.clone(),
        providers: asked.roster.certificates_of(&asked.service.provider)?,
        verify_every: 0,
    };
    let plan = Plan { stock: Arc::clone(asked.stock), keys: Keys::Any, stop_when: None };
    let before = processor::seconds(proxy.0.id())?;
    let bounds = Bounds { duration: asked.bounds.duration.min(DURATION_MAX), ..asked.bounds };
    let tally = run(target, plan, bounds, None).await?;
    let spent = processor::seconds(proxy.0.id())? - before;
    Ok((tally.good() > 0).then(|| PlainProxy {
        exchanges_per_second: tally.per_second(),
        p50_milliseconds: tally.percentile(50),
        cpu_microseconds_per_exchange: spent * 1e6 / float(tally.good()),
    }))
}

fn write_configuration(folder: &Path, address: SocketAddr, agencies: SocketAddr) -> Result<PathBuf, Error> {
    std::fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    let path = folder.join("nginx.conf");
    // One process, so that its own CPU time is all of it; buffers of the size the bus would hold in memory.
    let text = format!(
        r#"daemon off;
master_process off;
pid nginx.pid;
error_log error.log crit;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  client_max_body_size 64m;
  client_body_buffer_size 1m;
  keepalive_requests 10000000;
  upstream agencies {{ server {agencies}; keepalive 256; keepalive_requests 10000000; }}
  server {{
    listen {address};
    location / {{
      proxy_pass http://agencies;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }}
  }}
}}
"#
    );
    std::fs::write(&path, text).map_err(Error::file("write", &path))?;
    path.canonicalize().map_err(Error::file("read", &path))
}

/// Waits until somebody listens.
async fn listens(address: SocketAddr) -> bool {
    let knock = async {
        while tokio::net::TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(START, knock).await.is_ok()
}
