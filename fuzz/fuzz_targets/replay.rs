//! Any bytes, run and replayed from their trace, which is damaged: the same, or noticed.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moonfuel_fuzz::replay(input));
