//! Any bytes, run under small limits: no panic, and slices that change nothing.

#![no_main]

#[path = "../checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|source: &[u8]| checks::run(source));
