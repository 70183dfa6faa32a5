//! Any bytes as a source, its precompiled chunk damaged and run: an error at worst.

#![no_main]

#[path = "../checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| checks::undump(input));
