//! Any bytes, run under small limits: no panic, and slices that change nothing.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moonfuel_fuzz::run(input));
