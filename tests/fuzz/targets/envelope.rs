//! libFuzzer's way into `rsmev_fuzz::envelope`.
#![no_main]

libfuzzer_sys::fuzz_target!(init: rsmev_fuzz::start(rsmev_fuzz::envelope::seeds), |input: &[u8]| rsmev_fuzz::envelope::check(input));
