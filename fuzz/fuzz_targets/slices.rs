//! Any bytes, run in slices of every size: one run.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moonfuel_fuzz::slices(input));
