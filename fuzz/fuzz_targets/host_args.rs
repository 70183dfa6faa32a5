//! Any arguments for typed functions of the host: no panic, Lua's errors.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| moonfuel_fuzz::host_args(input));
