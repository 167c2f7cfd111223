//! libFuzzer's way into `rsmev_fuzz::archive`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: rsmev_fuzz::start(rsmev_fuzz::archive::seeds), |input: &[u8]| rsmev_fuzz::archive::check(input));
