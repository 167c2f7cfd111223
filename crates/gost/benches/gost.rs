//! Time of one verification, one signature and one digest of 8 KB. Run with `cargo bench -p gost`.
#![expect(clippy::unwrap_used, reason = "a benchmark with a broken key has nothing to say")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use gost::{DigestAlgorithm, ParameterSet, PreparedKey, Scheme, Signer, SigningKey, digest};
use std::hint::black_box;

const KEYS: [(Scheme, ParameterSet); 4] = [
    (Scheme::Gost2001, ParameterSet::XchA),
    (Scheme::Gost2012_256, ParameterSet::CryptoProA),
    (Scheme::Gost2012_256, ParameterSet::Tc26_256A),
    (Scheme::Gost2012_512, ParameterSet::Tc26_512A),
];

fn signatures(criterion: &mut Criterion) {
    for (scheme, set) in KEYS {
        let key = SigningKey::generate(scheme, set, &[1; 64]).unwrap();
        let spki = key.public().to_spki_der();
        let digest = digest(scheme.digest(), b"body");
        let signature = key.sign_digest(&digest, &[2; 32]).unwrap();
        let mut group = criterion.benchmark_group(format!("{scheme} {set}"));
        group.bench_function("admit", |bench| {
            bench.iter(|| PreparedKey::from_spki_der(black_box(&spki)));
        });
        group.bench_function("verify, first time", |bench| {
            bench.iter_batched(
                || PreparedKey::from_spki_der(&spki).unwrap(),
                |key| key.verify_digest(black_box(&digest), &signature),
                BatchSize::SmallInput,
            );
        });
        group.bench_function("verify, known sender", |bench| {
            bench.iter(|| key.public().verify_digest(black_box(&digest), &signature));
        });
        group.bench_function("sign and check", |bench| {
            bench.iter(|| key.sign_digest(black_box(&digest), &[2; 32]).unwrap());
        });
        group.finish();
    }
}

fn digests(criterion: &mut Criterion) {
    let octets = vec![0x41; 8192];
    let mut group = criterion.benchmark_group("digest 8 KB");
    group.throughput(Throughput::Bytes(8192));
    for algorithm in [DigestAlgorithm::Gost94, DigestAlgorithm::Streebog256, DigestAlgorithm::Streebog512] {
        group.bench_function(format!("{algorithm:?}"), |bench| {
            bench.iter(|| digest(algorithm, black_box(&octets)));
        });
    }
    group.finish();
}

criterion_group!(benches, signatures, digests);
criterion_main!(benches);
