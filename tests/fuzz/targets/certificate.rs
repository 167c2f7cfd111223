//! libFuzzer's way into `rsmev_fuzz::certificate`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: rsmev_fuzz::start(rsmev_fuzz::certificate::seeds), |input: &[u8]| rsmev_fuzz::certificate::check(input));
