//! Any bytes as operations on weak tables and finalizers: what must stay is there.

#![no_main]

#[path = "../checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| checks::weak(input));
