//! A region of three systems in memory: SOCZ asks, ZAGS answers, ARHV is signed for by the bus.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use delivery::{Call, PostFuture, Reply, Transport};
use domain::{Files, Limits, Registry};
use envelope::{Envelope, MessageClass, Stamp};
use gateway::{Chance, Clock, Gateway, Incoming, Outgoing, Parts, Snapshot};
use jiff::{Timestamp, ToSpan as _};
use journal::{Journal, Reader};
use pki::test_ca::{CertificateRequest, TestCa};
use pki::trust::{RevocationList, RevocationLists};
use pki::{Algorithm, Identity};
use uuid::Uuid;

const XML: &str = "text/xml; charset=utf-8";
const SMEV: &str = "http://smev.gosuslugi.ru/rev120315";

/// Noon of a day on which every certificate but one is valid.
pub(crate) fn noon() -> Timestamp {
    "2026-06-15T09:00:00Z".parse().unwrap()
}

/// What comes back for a call.
type Provider = dyn Fn(&Call) -> Result<Reply, delivery::Error> + Send + Sync;

pub(crate) struct Region {
    pub(crate) gateway: Gateway,
    pub(crate) socz: Identity,
    pub(crate) zags: Identity,
    ca: TestCa,
    directory: tempfile::TempDir,
    files: HashMap<PathBuf, Vec<u8>>,
    provider: Arc<Mutex<Arc<Provider>>>,
}

#[derive(Clone)]
struct Memory(HashMap<PathBuf, Vec<u8>>);

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, _: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(Vec::new())
    }

    fn mode(&self, _: &Path) -> io::Result<u32> {
        Ok(0o600)
    }
}

static SIGNED: AtomicU64 = AtomicU64::new(0);

struct Edge(AtomicU64);

impl Clock for Edge {
    fn now(&self) -> Timestamp {
        noon()
    }
}

impl Chance for Edge {
    fn message_id(&self) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        uuid::Builder::from_random_bytes(spread(count)).into_uuid()
    }

    fn entropy(&self) -> [u8; 32] {
        [7; 32]
    }
}

/// Octets that differ for each number: the lowest octet everywhere, the others behind it.
fn spread<const N: usize>(number: u64) -> [u8; N] {
    let octets = number.to_le_bytes();
    std::array::from_fn(|at| octets[0] ^ if at == 0 { 0 } else { octets.get(at).copied().unwrap_or_default() })
}

struct Loopback(Arc<Mutex<Arc<Provider>>>);

impl Transport for Loopback {
    fn post(&self, call: Call) -> PostFuture<'_> {
        let provider = Arc::clone(&self.0.lock().unwrap());
        let reply = provider(&call);
        Box::pin(async move { reply })
    }
}

pub(crate) const ROUTES: &str = r#"
[node]
id = "64"
mnemonic = "RSMV01641"
name = "Узел"
certificate = "node.pem"
key = "node.key"
contour = "test"
[listen]
soap = "127.0.0.1:8080"
admin = "127.0.0.1:8081"
public_url = "http://127.0.0.1:8080"
[journal]
directory = "data"
[trust]
anchors = ["ca.pem"]
[[participant]]
code = "SOCZ"
name = "Соцзащита"
kind = "regional"
[[participant]]
code = "ZAGS"
name = "ЗАГС"
kind = "regional"
[[participant]]
code = "ARHV"
name = "Архив"
kind = "regional"
[[system]]
mnemonic = "SOCZ01641"
participant = "SOCZ"
certificates = ["socz.pem"]
signature = "own"
[[system]]
mnemonic = "ZAGS01641"
participant = "ZAGS"
certificates = ["zags.pem"]
signature = "own"
[[system]]
mnemonic = "ARHV01641"
participant = "ARHV"
certificates = ["arhv.pem"]
signature = "hosted"
key = "arhv.key"
token_sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
[[service]]
sid = "SID0000001"
version = "1.00"
name = "Запись"
owner = "ZAGS"
provider = "ZAGS01641"
access = "open"
format = "lenient"
[[service]]
sid = "SID0000002"
version = "1.00"
name = "Запись, строго"
owner = "ZAGS"
provider = "ZAGS01641"
access = "open"
format = "strict"
freshness = "15 min"
[[service]]
sid = "SID0000003"
version = "1.00"
name = "Архив"
owner = "ARHV"
provider = "ARHV01641"
access = "open"
format = "lenient"
repeats = "allow"
[[service]]
sid = "SID0000004"
version = "1.00"
name = "Заявления"
owner = "ZAGS"
provider = "ZAGS01641"
access = "open"
official_signature = "require"
[[route]]
service = "SID0000004"
to = "http://127.0.0.1:1/"
[[access]]
consumer = "SOCZ01641"
service = "SID0000004"
ground = "заявка 4"
[[service]]
sid = "SID0000005"
version = "1.00"
name = "Заявления"
owner = "ZAGS"
provider = "ZAGS01641"
access = "open"
official_signature = "ignore"
[[route]]
service = "SID0000005"
to = "http://127.0.0.1:1/"
[[access]]
consumer = "SOCZ01641"
service = "SID0000005"
ground = "заявка 5"
[[route]]
service = "SID0000001"
to = "http://127.0.0.1:1/"
[[route]]
service = "SID0000002"
to = "http://127.0.0.1:1/"
[[route]]
service = "SID0000003"
to = "http://127.0.0.1:1/"
[[access]]
consumer = "SOCZ01641"
service = "SID0000001"
ground = "заявка 1"
[[access]]
consumer = "SOCZ01641"
service = "SID0000002"
ground = "заявка 2"
[[access]]
consumer = "SOCZ01641"
service = "SID0000003"
ground = "заявка 3"
"#;

impl Region {
    pub(crate) fn new() -> Self {
        Self::with(ROUTES)
    }

    /// A region with that registry.
    pub(crate) fn with(routes: &str) -> Self {
        let (from, until) = (noon() - 2400.hours(), noon() + 2400.hours());
        let ca = TestCa::create("УЦ", Algorithm::Gost2012_256, None, from, until, &[1; 64]).unwrap();
        let issue = |name: &str, until: Timestamp, seed: u8| {
            let request = CertificateRequest {
                common_name: name,
                organization: "Область",
                algorithm: Algorithm::Gost2012_256,
                parameter_set: None,
                not_before: from,
                not_after: until,
            };
            ca.issue(&request, &[seed; 64]).unwrap()
        };
        let node = issue("node", until, 2);
        let socz = issue("SOCZ01641", until, 3);
        let zags = issue("ZAGS01641", until, 4);
        let arhv = issue("ARHV01641", noon() - 1.hours(), 5);
        let mut files = HashMap::from([("routes.toml".into(), routes.as_bytes().to_vec())]);
        files.insert("ca.pem".into(), ca.certificate().to_pem().into_bytes());
        for (name, identity) in [("node", &node), ("socz", &socz), ("zags", &zags), ("arhv", &arhv)] {
            files.insert(format!("{name}.pem").into(), identity.certificate().to_pem().into_bytes());
            files.insert(format!("{name}.key").into(), identity.key().to_pkcs8_pem().unwrap().as_bytes().to_vec());
        }
        let snapshot = snapshot(files.clone());
        let directory = tempfile::tempdir().unwrap();
        let provider: Arc<Mutex<Arc<Provider>>> = Arc::new(Mutex::new(Arc::new(|_: &Call| Ok(reply(Bytes::new())))));
        let edge = Arc::new(Edge(AtomicU64::new(0)));
        let gateway = Gateway::new(Parts {
            snapshot,
            journal: Journal::open(journal::Options::new(directory.path())).unwrap(),
            transport: Arc::new(Loopback(Arc::clone(&provider))),
            clock: Arc::clone(&edge) as _,
            chance: edge,
            processors: 1,
        });
        Self { gateway, socz, zags, ca, directory, files, provider }
    }

    /// Another registry is put in force.
    pub(crate) fn reload(&self, routes: &str) {
        let mut files = self.files.clone();
        files.insert("routes.toml".into(), routes.as_bytes().to_vec());
        self.gateway.swap(snapshot(files));
    }

    /// SOCZ asks `sid`; the provider answers what `answer` makes of the MessageId it was given.
    pub(crate) async fn ask(&self, sid: &str, answer: impl Fn(&str) -> Bytes + Send + Sync + 'static) -> Outgoing {
        let request = sign(&self.socz, &message("SOCZ01641", "ZAGS01641", "REQUEST", None));
        self.send(sid, request, answer).await
    }

    /// The same with a request made elsewhere.
    pub(crate) async fn send(
        &self,
        sid: &str,
        request: Bytes,
        answer: impl Fn(&str) -> Bytes + Send + Sync + 'static,
    ) -> Outgoing {
        self.call(sid, request, move |call| Ok(reply(answer(&message_id(call))))).await
    }

    /// The same with all that may come back for a call.
    pub(crate) async fn call(
        &self,
        sid: &str,
        request: Bytes,
        provider: impl Fn(&Call) -> Result<Reply, delivery::Error> + Send + Sync + 'static,
    ) -> Outgoing {
        *self.provider.lock().unwrap() = Arc::new(provider);
        self.gateway.handle(incoming(sid, request)).await
    }

    /// A revocation list of the region's authority with that system's certificate on it.
    pub(crate) fn list_with(&self, revoked: &Identity) -> RevocationList {
        let (before, after) = (noon() - 1.hours(), noon() + 24.hours());
        let entries = [(revoked.certificate().serial_hex(), before, None)];
        let der = self.ca.revocation_list(&entries, before, Some(after), 1, &[8; 64]).unwrap();
        RevocationList::from_der(&der).unwrap()
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(self.directory.path()).unwrap()
    }
}

fn snapshot(files: HashMap<PathBuf, Vec<u8>>) -> Snapshot {
    let registry = Registry::load(Path::new("routes.toml"), &Memory(files))
        .unwrap_or_else(|problems| panic!("{}", problems.iter().map(ToString::to_string).collect::<String>()));
    Snapshot::build(registry, RevocationLists::default(), &gateway::NoTokens).unwrap()
}

pub(crate) fn reply(body: Bytes) -> Reply {
    Reply { status: 200, content_type: XML.to_owned(), body }
}

/// The MessageId that the bus gave to a forwarded request.
pub(crate) fn message_id(call: &Call) -> String {
    let request = std::str::from_utf8(&call.body).unwrap();
    request.split("MessageId>").nth(1).and_then(|rest| rest.split('<').next()).unwrap().to_owned()
}

pub(crate) fn incoming(sid: &str, body: Bytes) -> Incoming {
    Incoming {
        sid: sid.to_owned(),
        version: None,
        content_type: XML.to_owned(),
        soap_action: None,
        bearer_token: None,
        peer: "127.0.0.1".to_owned(),
        body,
    }
}

/// An unsigned message of revision 120315, as the strict format wants it.
pub(crate) fn message(sender: &str, recipient: &str, status: &str, refers_to: Option<&str>) -> Bytes {
    let reference = refers_to.map_or_else(String::new, |id| {
        format!("<m:RequestIdRef>{id}</m:RequestIdRef><m:OriginRequestIdRef>{id}</m:OriginRequestIdRef>")
    });
    message_with(sender, recipient, status, "", &reference)
}

/// The same with fields more: behind Recipient, and behind ExchangeType.
pub(crate) fn message_with(sender: &str, recipient: &str, status: &str, parties: &str, references: &str) -> Bytes {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header/><s:Body>\
         <o:get xmlns:o=\"urn:test\" xmlns:m=\"{SMEV}\"><m:Message>\
         <m:Sender><m:Code>{sender}</m:Code><m:Name>А</m:Name></m:Sender>\
         <m:Recipient><m:Code>{recipient}</m:Code><m:Name>Б</m:Name></m:Recipient>{parties}\
         <m:ServiceName>TEST</m:ServiceName><m:TypeCode>GSRV</m:TypeCode><m:Status>{status}</m:Status>\
         <m:Date>2026-06-15T12:00:00.000+03:00</m:Date><m:ExchangeType>2</m:ExchangeType>{references}\
         </m:Message><m:MessageData><m:AppData/></m:MessageData></o:get></s:Body></s:Envelope>"
    )
    .into()
}

/// The message with its sender's signature, another one each time.
pub(crate) fn sign(identity: &Identity, unsigned: &Bytes) -> Bytes {
    let limits = Limits::default();
    let stamp = Stamp {
        node_id: String::new(),
        message_id: Uuid::nil(),
        time: noon(),
        class: MessageClass::Request,
        entropy: spread(SIGNED.fetch_add(1, Ordering::Relaxed)),
    };
    let read = Envelope::receive(unsigned.clone(), XML, &limits).unwrap().read(&limits).unwrap();
    read.sign_as_sender(identity, &stamp).unwrap().bytes()
}
