//! libFuzzer's way into `rsmev_fuzz::routes`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: rsmev_fuzz::start(rsmev_fuzz::routes::seeds), |input: &[u8]| rsmev_fuzz::routes::check(input));
