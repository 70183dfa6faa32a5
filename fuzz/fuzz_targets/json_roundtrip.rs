//! Any bytes as JSON, and any value: what serde_json makes of them.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moonfuel_fuzz::json_roundtrip(input));
