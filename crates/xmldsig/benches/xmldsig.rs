//! What one message costs: parse, verify, sign, for a Body of 8 KB under GOST R 34.10-2012-256.
//!
//! `cargo bench -p xmldsig`. The raw digest and signature checks stand beside, so that the share of XML shows: absolute figures mean
//! little on a shared machine.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pki::test_ca::TestCa;
use pki::{Algorithm, Identity};
use xmldsig::{Actor, Algorithms, Document, Part, Policy, ToSign, digest, security_block};

const ALGORITHM: Algorithm = Algorithm::Gost2012_256;
const BODY_BYTES: usize = 8 * 1024;
const POLICY: Policy = Policy { actor: Actor::Sender, cover: &[Part::Body], algorithms: Algorithms::Gost };

fn identity() -> Option<Identity> {
    let (start, end) = ("2026-01-01T00:00:00Z".parse().ok()?, "2036-01-01T00:00:00Z".parse().ok()?);
    Some(TestCa::create("bench", ALGORITHM, None, start, end, &[1; 64]).ok()?.identity().clone())
}

/// Records of small Cyrillic elements, as data requests have them.
fn unsigned() -> String {
    let mut records = String::new();
    while records.len() < BODY_BYTES {
        records.push_str(
            "<r:Запись номер=\"1\"><r:Фамилия>Иванов</r:Фамилия><r:Имя>Пётр &amp; Ко</r:Имя>\
             <r:СНИЛС>001-002-003 04</r:СНИЛС><r:Дата>2026-05-17</r:Дата></r:Запись>\n",
        );
    }
    format!(
        "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Header></soap:Header>\
         <soap:Body Id=\"body\"><r:Записи xmlns:r=\"urn:records\">{records}</r:Записи></soap:Body></soap:Envelope>"
    )
}

/// The message with the Security block of its sender, and the canonical octets of its Body.
fn signed(identity: &Identity) -> Option<(String, Vec<u8>)> {
    let unsigned = unsigned();
    let body = Document::parse(unsigned.as_bytes()).ok()?.canonical(&Part::Body).ok()?;
    let digest = digest(ALGORITHM, &body);
    let references = [ToSign { id: "body", digest: &digest }];
    let block = security_block(Actor::Sender, "token", &references, identity, &[2; 32]).ok()?;
    Some((unsigned.replace("<soap:Header>", &format!("<soap:Header>{block}")), body))
}

fn benches(criterion: &mut Criterion) {
    let Some(identity) = identity() else { return };
    let Some((message, body)) = signed(&identity) else {
        return;
    };
    let certificate = identity.certificate();
    let trust = |_: &[u8]| Ok(certificate.clone());
    let signature = identity.key().sign(&body, &[2; 32]).unwrap_or_default();
    let body_digest = digest(ALGORITHM, &body);
    let references = [ToSign { id: "body", digest: &body_digest }];

    let mut group = criterion.benchmark_group("8 KB, 2012-256");
    group.throughput(Throughput::Bytes(message.len() as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| Document::parse(black_box(message.as_bytes())).is_ok());
    });
    group.bench_function("parse and verify", |bencher| {
        bencher.iter(|| {
            Document::parse(black_box(message.as_bytes())).and_then(|document| document.verify(&POLICY, &trust)).is_ok()
        });
    });
    group.bench_function("sign (digest at hand)", |bencher| {
        bencher.iter(|| security_block(Actor::Sender, "token", black_box(&references), &identity, &[2; 32]).is_ok());
    });
    group.bench_function("raw: digest", |bencher| {
        bencher.iter(|| digest(ALGORITHM, black_box(&body)));
    });
    group.bench_function("raw: digest and check of a signature", |bencher| {
        bencher.iter(|| certificate.public_key().verify(black_box(&body), &signature).is_ok());
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
