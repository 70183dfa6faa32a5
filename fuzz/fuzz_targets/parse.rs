//! Any bytes, looked at without running them: no panic, and one answer.

#![no_main]

#[path = "../checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|source: &[u8]| checks::parse(source));
