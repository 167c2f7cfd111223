//! libFuzzer's way into `rsmev_fuzz::mime`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: rsmev_fuzz::start(rsmev_fuzz::mime::seeds), |input: &[u8]| rsmev_fuzz::mime::check(input));
