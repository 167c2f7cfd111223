//! `rsmev serve`: the parts put together, the sockets opened, signals obeyed, the journal closed last.

mod admin;
mod body;
mod evidence;
mod listener;
mod patience;
mod recall;
mod remarks;
pub(crate) mod returns;
pub(crate) mod revocation;
mod signature_tool;
mod soap;
mod space;
pub(crate) mod stores;
mod wsdl;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use delivery::HttpClient;
use domain::registry::Problem;
use domain::{Files, Registry};
use gateway::{Gateway, Parts, Snapshot};
use journal::Journal;
use office::history::Event;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Mutex, watch};
use tokio_rustls::TlsAcceptor;

use self::evidence::Evidence;
use crate::approvals;
use crate::edge::{self, Disk, SystemChance, SystemClock};
use crate::failure::Failure;
use crate::history::{self, Note};
use crate::registry_edit::whole::Still;

/// Time for the admin plane to end its open answers, once the SOAP plane is closed.
const ADMIN_END: Duration = Duration::from_secs(2);

/// How far the process is on its way to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Requests are accepted.
    Running,
    /// The open exchanges are waited for.
    Draining,
    /// Nothing is waited for any more.
    Stopping,
}

/// What `serve` was asked to do.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The registry's entry file.
    pub(crate) config: PathBuf,
    /// The journal's directory, when it is not the registry's.
    pub(crate) data: Option<PathBuf>,
}

/// Reads the registry and makes it ready to work.
pub(crate) fn load(config: &Path) -> Result<Snapshot, Failure> {
    load_from(config, &Disk)
}

/// The same with some of its files offered by others: what the registry would be.
pub(crate) fn load_from(config: &Path, files: &dyn Files) -> Result<Snapshot, Failure> {
    let registry = read(config, files)?.map_err(Failure::registry)?;
    stores::apart(&registry, &registry.journal().directory)?;
    let lists = revocation::load(&registry)?;
    Snapshot::build(registry, lists, &edge::SystemTokens).map_err(Failure::snapshot)
}

/// How often a registry is read again that was changed while it was read.
const READ_AGAIN: usize = 5;

/// Reads the registry as one whole: not while several of its files are being replaced.
pub(crate) fn read(config: &Path, files: &dyn Files) -> Result<Result<Registry, Vec<Problem>>, Failure> {
    must_be_there(config)?;
    for _ in 0..READ_AGAIN {
        let still = Still::find(config)?;
        let read = Registry::load(config, files);
        if still.is_still() {
            return Ok(read);
        }
    }
    Err(Failure::no("the registry is being changed again and again while it is read").hint("try again in a moment"))
}

/// The first stumble of a newcomer, told apart from mistakes in the registry.
pub(crate) fn must_be_there(config: &Path) -> Result<(), Failure> {
    if config.is_file() {
        return Ok(());
    }
    Err(Failure::system("find the registry", format!("there is no file {}", config.display()))
        .hint("name it with --config FILE; `rsmev stand init DIR` makes one to try"))
}

/// Runs the bus until SIGTERM or SIGINT; a second one ends the wait for open exchanges.
pub(crate) fn serve(settings: &Settings) -> Result<(), Failure> {
    let snapshot = load(&settings.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::system("start the runtime", error))?;
    let outcome = runtime.block_on(run(settings, snapshot));
    // The journal is closed; a reload that hangs on a disk must not hold the process.
    runtime.shutdown_background();
    outcome
}

async fn run(settings: &Settings, snapshot: Snapshot) -> Result<(), Failure> {
    let registry = snapshot.registry();
    remarks::tell(&snapshot);
    let directory = settings.data.clone().unwrap_or_else(|| registry.journal().directory.clone());
    let before = approvals::before_start(registry, &directory, &settings.config)?;
    approvals::check(registry, before.as_ref(), &settings.config, edge::now())?;
    stores::link(registry, &directory)?;
    let mut options = journal::Options::new(&directory);
    options.reserve_bytes = registry.journal().reserve_bytes;
    let disks = Arc::new(space::Disks::new(directory.clone(), options.reserve_bytes));
    let journal = Journal::open(options).map_err(|error| Failure::journal(&error))?;
    in_force(registry, &settings.config, &directory, "start");
    let outcome = work(settings, snapshot, journal.clone(), directory, disks).await;
    tokio::task::spawn_blocking(move || journal.close())
        .await
        .map_err(|error| Failure::system("close the journal", error))?;
    tracing::info!("stopped");
    outcome
}

/// Everything between the opening of the journal and its closing.
async fn work(
    settings: &Settings,
    snapshot: Snapshot,
    journal: Journal,
    directory: PathBuf,
    disks: Arc<space::Disks>,
) -> Result<(), Failure> {
    let registry = snapshot.registry();
    let limits = registry.limits().clone();
    let tls = acceptor(registry)?;
    let soap_socket = bind(registry.listen().soap).await?;
    let admin_socket = bind(registry.listen().admin).await?;
    let every = Duration::from_millis(registry.journal().checkpoint_ms);
    let returns = returns::ReturnsFile::of(&directory);
    let returned = returns.read()?;
    let gateway = Gateway::new(Parts {
        journal: journal.clone(),
        transport: Arc::new(HttpClient::new(limits.connect_timeout())),
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemChance),
        processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        snapshot,
    });
    let gateway = Arc::new(gateway.with_returns(Arc::new(returns), returned));
    remember(&gateway, &directory).await?;
    let bounds = listener::Bounds {
        connections: limits.connections,
        connections_per_peer: limits.connections_per_peer,
        head_bytes: limits.http_header_bytes,
        handshake: Duration::from_millis(limits.tls_handshake_ms),
        idle: Duration::from_millis(limits.idle_ms),
        write: Duration::from_millis(limits.request_read_ms),
        drain: Duration::from_millis(limits.drain_ms),
    };
    let (tell, stage) = watch::channel(Stage::Running);
    let evidence = Arc::new(Evidence::new(journal.clone(), Arc::clone(&gateway)));
    let reload = Reload {
        gateway: Arc::clone(&gateway),
        config: settings.config.clone(),
        journal: directory.clone(),
        turn: Arc::new(Mutex::new(())),
    };
    let signals = tokio::spawn(obey_signals(tell, reload.clone())?);
    space::look(&disks).await;
    let watches = [
        tokio::spawn(revocation::watch(reload.clone())),
        tokio::spawn(remarks::daily(Arc::clone(&gateway))),
        tokio::spawn(space::watch(Arc::clone(&disks))),
        tokio::spawn(evidence::sign(Arc::clone(&evidence), every)),
        tokio::spawn(evidence::watch(Arc::clone(&evidence))),
    ];
    announce(&soap_socket, &admin_socket)?;
    let soap = Arc::new(soap::Soap::new(gateway));
    let plane = admin::Admin::new(reload, journal.clone(), disks, Arc::clone(&evidence));
    let mut admin = tokio::spawn(admin::run(admin_socket, plane, stage.clone()));
    let outcome = listener::run(soap_socket, tls, soap, bounds, stage).await;
    signals.abort();
    watches.iter().for_each(tokio::task::JoinHandle::abort);
    if tokio::time::timeout(ADMIN_END, &mut admin).await.is_err() {
        tracing::warn!("the admin plane still had open connections");
        admin.abort();
    }
    // The last word on what this process wrote, when nothing is written any more.
    let signed = tokio::task::spawn_blocking(move || {
        journal.close();
        evidence.checkpoint()
    });
    tracing::info!(checkpoints = signed.await.unwrap_or_default(), "the journal is closed");
    outcome.map_err(|error| Failure::system("accept connections", error))
}

/// Before the first request comes in: which ones came in before this process began.
async fn remember(gateway: &Arc<Gateway>, journal: &Path) -> Result<(), Failure> {
    let (gateway, journal) = (Arc::clone(gateway), journal.to_owned());
    let remembered = tokio::task::spawn_blocking(move || recall::recall(&gateway, &journal, edge::now()))
        .await
        .map_err(|error| Failure::system("read the journal of the last minutes", error))?
        .map_err(|error| Failure::journal(&error))?;
    tracing::info!(remembered, "requests of the last minutes are known");
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| Failure::system(&format!("listen on {address}"), error))
}

/// The one line on stdout that says where the bus is to be found.
fn announce(soap: &TcpListener, admin: &TcpListener) -> Result<(), Failure> {
    let address = |socket: &TcpListener| {
        socket
            .local_addr()
            .map(|address| address.to_string())
            .map_err(|error| Failure::system("read the own address", error))
    };
    let ready = serde_json::json!({
        "ready": true, "soap": address(soap)?, "admin": address(admin)?, "pid": std::process::id(),
    });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{ready}").and_then(|()| out.flush()).map_err(|error| Failure::system("write to stdout", error))
}

/// How a registry is put in force while the bus runs.
#[derive(Clone)]
pub(crate) struct Reload {
    gateway: Arc<Gateway>,
    config: PathBuf,
    /// The journal's directory.
    journal: PathBuf,
    /// Held from reading to putting in force: of two reloads the one that read later must not be undone by the other.
    turn: Arc<Mutex<()>>,
}

impl Reload {
    /// Loads the registry anew, one caller after the other. A bad one leaves the old in force and is returned as the failure to tell.
    pub(crate) async fn run(&self) -> Result<String, Failure> {
        let _turn = self.turn.lock().await;
        let (config, journal, before) = (self.config.clone(), self.journal.clone(), self.gateway.snapshot());
        let read = move || {
            let snapshot = load(&config)?;
            approvals::check(snapshot.registry(), Some(before.registry()), &config, edge::now())?;
            stores::link(snapshot.registry(), &journal)?;
            Ok(snapshot)
        };
        let loaded =
            tokio::task::spawn_blocking(read).await.map_err(|error| Failure::system("load the registry", error))?;
        match loaded {
            Ok(snapshot) => {
                let digest = snapshot.registry().digest().to_owned();
                remarks::tell(&snapshot);
                revocation::put_in_force(&snapshot, &snapshot.trust().lists, &self.gateway.snapshot().trust().lists);
                self.gateway.swap(snapshot);
                if let Err(error) = self.gateway.keep_returns().await {
                    tracing::error!(%error, "which canary routes have gone back could not be kept");
                }
                tracing::info!(registry = %digest, "registry reloaded");
                self.record().await;
                Ok(digest)
            }
            Err(failure) => {
                tracing::error!(%failure, "the registry was not reloaded; the old one stays in force");
                Err(failure)
            }
        }
    }
}

impl Reload {
    /// The state in force goes into the history, once nobody waits for it.
    async fn record(&self) {
        let (snapshot, config, journal) = (self.gateway.snapshot(), self.config.clone(), self.journal.clone());
        let record = move || in_force(snapshot.registry(), &config, &journal, "reload");
        if let Err(error) = tokio::task::spawn_blocking(record).await {
            tracing::warn!(%error, "the state in force is not on record");
        }
    }
}

/// Puts on record what the bus works with from now on. A record that cannot be written stops nobody: the digest stands in every
/// record of the journal all the same.
fn in_force(registry: &Registry, config: &Path, journal: &Path, command: &str) {
    let who = format!("the bus {}", registry.node().mnemonic);
    let note = Note { event: Event::InForce, who: &who, why: "", command };
    match history::note(registry, config, Some(journal), &note) {
        Ok(Some(entry)) => {
            tracing::info!(registry = %entry.state, number = entry.number, "the state in force is on record");
        }
        Ok(None) => {}
        Err(failure) => tracing::warn!(%failure, "the state in force is not on record"),
    }
}

/// SIGTERM and SIGINT drain, the second of them stops at once; SIGHUP reloads, beside the others.
fn obey_signals(tell: watch::Sender<Stage>, reload: Reload) -> Result<impl Future<Output = ()>, Failure> {
    let listen = |kind| signal(kind).map_err(|error| Failure::system("listen to signals", error));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut hangup = listen(SignalKind::hangup())?;
    Ok(async move {
        for stage in [Stage::Draining, Stage::Stopping] {
            loop {
                tokio::select! {
                    _ = terminate.recv() => break,
                    _ = interrupt.recv() => break,
                    _ = hangup.recv() => {
                        let reload = reload.clone();
                        tokio::spawn(async move { reload.run().await });
                    }
                }
            }
            if stage == Stage::Draining {
                tracing::info!("draining");
            }
            let _ = tell.send(stage);
        }
    })
}

/// TLS of the SOAP plane, client certificates demanded when the registry names their authority.
fn acceptor(registry: &Registry) -> Result<Option<TlsAcceptor>, Failure> {
    let Some(files) = &registry.listen().tls else {
        return Ok(None);
    };
    let bad = |what: &str, path: &Path| Failure::tls(what, path);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = CertificateDer::pem_slice_iter(&files.certificate.octets)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| bad("not a PEM certificate chain", &files.certificate.path))?;
    let key = PrivateKeyDer::from_pem_slice(files.key.octets())
        .map_err(|_| bad("not a PEM key without encryption", &files.key.path))?;
    let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|_| bad("no common protocol version", &files.certificate.path))?;
    let builder = match &files.client_ca {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = rustls::RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(&authority.octets) {
                let certificate = certificate.map_err(|_| bad("not a PEM certificate", &authority.path))?;
                roots.add(certificate).map_err(|_| bad("an authority that cannot be used", &authority.path))?;
            }
            let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|_| bad("no authority of client certificates", &authority.path))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let config = builder
        .with_single_cert(chain, key)
        .map_err(|_| bad("the key does not fit the certificate", &files.key.path))?;
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}
