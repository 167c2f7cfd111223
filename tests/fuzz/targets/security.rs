//! libFuzzer's way into `rsmev_fuzz::security`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: rsmev_fuzz::start(rsmev_fuzz::security::seeds), |input: &[u8]| rsmev_fuzz::security::check(input));
