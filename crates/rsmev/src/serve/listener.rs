//! Connections of the SOAP plane: accepting, TLS, limits per peer, draining. What a request means is `soap`'s business.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::Stage;
use super::patience::Patient;
use super::soap::Soap;

/// Pause after a shortage, of file descriptors for one: the connection that waits would be reported again at once.
const SHORTAGE_PAUSE: Duration = Duration::from_millis(100);
/// What a flood would repeat is logged no more often than this.
const LOG_PAUSE: Duration = Duration::from_secs(1);

/// How connections are bounded; every value comes from the registry's limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Open connections of all peers.
    pub(crate) connections: usize,
    /// Open connections of one address.
    pub(crate) connections_per_peer: usize,
    /// Octets of a request's head.
    pub(crate) head_bytes: usize,
    /// Time for the TLS handshake.
    pub(crate) handshake: Duration,
    /// Time a connection may stay open until the head of a request is there whole.
    pub(crate) idle: Duration,
    /// Time in which a peer must take some of what is written to it.
    pub(crate) write: Duration,
    /// Time given to open exchanges at shutdown.
    pub(crate) drain: Duration,
}

/// Accepts while running, then closes the listener and waits for open exchanges, unless told to stop now.
///
/// # Errors
/// Only what makes the listener itself unusable; a failed connection is its peer's matter.
pub(crate) async fn run(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    soap: Arc<Soap>,
    bounds: Bounds,
    mut stage: watch::Receiver<Stage>,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(bounds.connections));
    let peers = Arc::new(Peers::default());
    let drain = GracefulShutdown::new();
    let (mut full, mut shortage) = (Seldom::default(), Seldom::default());
    loop {
        if places.available_permits() == 0 && full.is_due() {
            tracing::warn!(max = bounds.connections, "all places for connections are taken, others wait");
        }
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place.map_err(io::Error::other)?,
            _ = stage.wait_for(|stage| *stage != Stage::Running) => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stage.wait_for(|stage| *stage != Stage::Running) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) if is_passing(&error) => {
                if shortage.is_due() {
                    tracing::error!(%error, "connections cannot be accepted");
                }
                tokio::time::sleep(SHORTAGE_PAUSE).await;
                continue;
            }
            Err(error) => return Err(error),
        };
        let Some(seat) = peers.seat(peer.ip(), bounds.connections_per_peer) else {
            tracing::warn!(peer = %peer.ip(), max = bounds.connections_per_peer, "too many connections of one peer");
            continue;
        };
        let connection = Connection { peer, bounds, _place: place, _seat: seat };
        tokio::spawn(connection.serve(stream, tls.clone(), Arc::clone(&soap), drain.watcher()));
    }
    drop(listener);
    tracing::info!("closed to new connections");
    let drained = async {
        drain.shutdown().await;
        soap.all_ended().await;
    };
    tokio::select! {
        outcome = tokio::time::timeout(bounds.drain, drained) => if outcome.is_err() {
            tracing::error!(seconds = bounds.drain.as_secs(), "exchanges were still open when the drain time ended");
        },
        Ok(_) = stage.wait_for(|stage| *stage == Stage::Stopping) => {
            tracing::error!("told to stop at once: exchanges may still have been open");
        }
    }
    Ok(())
}

/// Says whether something may be logged again.
#[derive(Default)]
struct Seldom {
    last: Option<Instant>,
}

impl Seldom {
    fn is_due(&mut self) -> bool {
        let due = self.last.is_none_or(|last| last.elapsed() >= LOG_PAUSE);
        if due {
            self.last = Some(Instant::now());
        }
        due
    }
}

/// The connection was gone before it was accepted; the next may be good.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

/// A momentary shortage, after which accepting goes on.
fn is_passing(error: &io::Error) -> bool {
    !matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::NotConnected | io::ErrorKind::Unsupported)
}

struct Connection {
    peer: SocketAddr,
    bounds: Bounds,
    _place: OwnedSemaphorePermit,
    _seat: Seat,
}

impl Connection {
    async fn serve(
        self,
        stream: TcpStream,
        tls: Option<TlsAcceptor>,
        soap: Arc<Soap>,
        drain: hyper_util::server::graceful::Watcher,
    ) {
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let stream = Patient::new(stream, self.bounds.write);
        match tls {
            None => self.http(TokioIo::new(stream), soap, drain).await,
            Some(acceptor) => match tokio::time::timeout(self.bounds.handshake, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => self.http(TokioIo::new(stream), soap, drain).await,
                Ok(Err(error)) => tracing::warn!(peer = %self.peer.ip(), %error, "TLS handshake failed"),
                Err(_) => tracing::warn!(peer = %self.peer.ip(), "TLS handshake took too long"),
            },
        }
    }

    async fn http<S>(&self, stream: TokioIo<S>, soap: Arc<Soap>, drain: hyper_util::server::graceful::Watcher)
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + 'static,
    {
        let peer = self.peer.ip();
        let service = hyper::service::service_fn(move |request| {
            let soap = Arc::clone(&soap);
            async move { Ok::<_, std::convert::Infallible>(soap.answer(request, peer).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.bounds.idle)
            .max_header_size(self.bounds.head_bytes)
            .serve_connection(stream, service);
        if let Err(error) = drain.watch(connection).await {
            tracing::debug!(%peer, %error, "connection ended");
        }
    }
}

/// How many connections each address has open.
#[derive(Default)]
struct Peers {
    open: Mutex<HashMap<IpAddr, usize>>,
}

impl Peers {
    fn seat(self: &Arc<Self>, peer: IpAddr, max: usize) -> Option<Seat> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(peer).or_insert(0);
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Seat { peers: Arc::clone(self), peer })
    }
}

/// One open connection of one address, given back on drop.
struct Seat {
    peers: Arc<Peers>,
    peer: IpAddr,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.peers.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_peer_cannot_take_every_seat_and_gets_them_back() {
        let peers = Arc::new(Peers::default());
        let (greedy, other) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let seats: Vec<_> = (0..2).map(|_| peers.seat(greedy, 2).expect("within the limit")).collect();
        assert!(peers.seat(greedy, 2).is_none());
        assert!(peers.seat(other, 2).is_some());
        drop(seats);
        assert!(peers.seat(greedy, 2).is_some());
    }
}
