//! libFuzzer's way into `rsmev_fuzz::crl`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: rsmev_fuzz::start(rsmev_fuzz::crl::seeds), |input: &[u8]| rsmev_fuzz::crl::check(input));
