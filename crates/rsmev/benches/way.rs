//! The whole way of a message without sockets: pipeline, durable journal, a provider that answers at once.
//!
//! Beside it, in the same run, the raw cryptography of one exchange: two verifications, two signatures, two digests of
//! the Body. `cargo bench -p rsmev --bench way`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to say")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use delivery::{Call, PostFuture, Reply, Transport};
use domain::{Files, Registry};
use gateway::{Chance, Clock, Gateway, Incoming, Parts, Snapshot};
use jiff::Timestamp;
use journal::Journal;
use uuid::Uuid;

/// Without a `Message` block an answer refers to no request, so one signed answer serves every round.
const SERVICE: &str = "SID0064002";
const EXAMPLE: &str = "services/SID0064002/1.00";

struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn list(&self, dir: &Path) -> std::io::Result<Vec<PathBuf>> {
        std::fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.path())).collect()
    }

    fn mode(&self, path: &Path) -> std::io::Result<u32> {
        Ok(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path)?.permissions()))
    }
}

struct Edge;

impl Clock for Edge {
    #[expect(clippy::disallowed_methods, reason = "a bench is an edge")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

impl Chance for Edge {
    fn message_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn entropy(&self) -> [u8; 32] {
        let mut octets = [0; 32];
        getrandom::fill(&mut octets).unwrap();
        octets
    }
}

/// A provider that has its answer ready.
struct Loopback {
    answer: Bytes,
}

impl Transport for Loopback {
    fn post(&self, _: Call) -> PostFuture<'_> {
        let body = self.answer.clone();
        Box::pin(async move { Ok(Reply { status: 200, content_type: "text/xml; charset=utf-8".to_owned(), body }) })
    }
}

fn way(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().unwrap();
    let region = directory.path();
    let options = stand::InitOptions { force: true, ..stand::InitOptions::default() };
    stand::init(region, &options, &mut std::io::sink()).unwrap();
    let registry = Registry::load(&region.join("routes.toml"), &Disk).unwrap();
    let example = |name: &str| Bytes::from(std::fs::read(region.join(EXAMPLE).join(name)).unwrap());
    let request = example("control-example/request.xml");
    let gateway = Gateway::new(Parts {
        snapshot: Snapshot::build(registry, pki::trust::RevocationLists::default(), &gateway::NoTokens).unwrap(),
        journal: Journal::open(journal::Options::new(region.join("bench-data"))).unwrap(),
        transport: Arc::new(Loopback { answer: example("control-example/answer.xml") }),
        clock: Arc::new(Edge),
        chance: Arc::new(Edge),
        processors: 2,
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let incoming = || Incoming {
        sid: SERVICE.to_owned(),
        version: None,
        content_type: "text/xml; charset=utf-8".to_owned(),
        soap_action: None,
        bearer_token: None,
        peer: "127.0.0.1".to_owned(),
        body: request.clone(),
    };
    let first = runtime.block_on(gateway.handle(incoming()));
    assert_eq!((first.status, first.code), (200, None), "{}", String::from_utf8_lossy(&first.body));

    let mut group = criterion.benchmark_group("gateway/way");
    group.bench_function(format!("request of {} octets, durable", request.len()), |bencher| {
        bencher.iter(|| runtime.block_on(gateway.handle(black_box(incoming()))));
    });
    let identity = {
        let read = |name: &str| std::fs::read(region.join("certs/is").join(name)).unwrap();
        let certificate = pki::Certificate::from_pem(&read("SOCZ01641.pem")).unwrap();
        pki::Identity::new(certificate, pki::PrivateKey::from_pkcs8_pem(&read("SOCZ01641.key.pem")).unwrap()).unwrap()
    };
    let message = vec![b'x'; request.len()];
    group.bench_function("raw: two verifications, signatures, digests", |bencher| {
        bencher.iter(|| {
            for _ in 0..2 {
                let digest = xmldsig::digest(pki::Algorithm::Gost2012_256, black_box(&message));
                let signature = identity.key().sign(&digest, &[7; 32]).unwrap();
                identity.certificate().public_key().verify(&digest, &signature).unwrap();
            }
        });
    });
    group.finish();
}

criterion_group!(benches, way);
criterion_main!(benches);
