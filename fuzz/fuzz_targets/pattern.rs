//! Any pattern on any subject: what a naive matcher finds.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moonfuel_fuzz::pattern(input));
