//! Any bytes, looked at without running them: no panic, and one answer.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moonfuel_fuzz::parse(input));
