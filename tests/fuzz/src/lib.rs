//! What libFuzzer is let loose on: for everything that reads octets of strangers a module with `check`, which must hold for any
//! input whatever, and `seeds`, from which the fuzzer starts.
//!
//! `check` panics when a promise is broken; a refusal is no finding. Nothing here knows libFuzzer: `targets/` does.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is a finding"
)]

pub mod archive;
pub mod certificate;
pub mod cms;
pub mod crl;
pub mod envelope;
mod forge;
pub mod header;
mod identities;
pub mod mime;
pub mod routes;
pub mod security;
mod way;

/// A seed: the name of its file, its octets.
pub type Seed = (&'static str, Vec<u8>);

/// Names the directory into which a target writes its seeds when it starts: this is how `seeds/` came to be.
pub const SEEDS_INTO: &str = "RSMEV_FUZZ_SEEDS_INTO";

/// Called once by a target, before the first input.
pub fn start(seeds: fn() -> Vec<Seed>) {
    let Some(directory) = std::env::var_os(SEEDS_INTO) else {
        return;
    };
    let directory = std::path::Path::new(&directory);
    std::fs::create_dir_all(directory).expect("the directory of seeds");
    for (name, octets) in seeds() {
        std::fs::write(directory.join(name), octets).expect("a seed");
    }
}
