//! Any runs, some of which fail: those are as if they had not been.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moonfuel_fuzz::rollback(input));
