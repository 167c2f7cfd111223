//! libFuzzer's way into `rsmev_fuzz::cms`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: rsmev_fuzz::start(rsmev_fuzz::cms::seeds), |input: &[u8]| rsmev_fuzz::cms::check(input));
