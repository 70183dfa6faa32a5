//! Any bytes as a source, written down precompiled and read again: the same chunk.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moonfuel_fuzz::compile(input));
