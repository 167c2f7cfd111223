//! libFuzzer's way into `rsmev_fuzz::header`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: rsmev_fuzz::start(rsmev_fuzz::header::seeds), |input: &[u8]| rsmev_fuzz::header::check(input));
