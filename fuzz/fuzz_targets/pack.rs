//! Any format of `string.pack`: the bytes of the manual, and back.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moonfuel_fuzz::pack(input));
