//! Any bytes as a source, its precompiled chunk damaged and run: an error at worst.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moonfuel_fuzz::undump(input));
