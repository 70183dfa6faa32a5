//! Any bytes as operations on weak tables and finalizers: what must stay is there.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moonfuel_fuzz::weak(input));
