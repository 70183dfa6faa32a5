//! Any runs, saved half way and restored, and damaged: the same session, or none.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moonfuel_fuzz::restore(input));
