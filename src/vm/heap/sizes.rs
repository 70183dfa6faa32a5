//! Sizes the machine was laid out for: a change is to be noticed, not to happen.

use super::thread::Frame;
use super::value::Value;
use crate::bytecode::op::Instr;

#[test]
fn a_value_has_16_bytes() {
    assert_eq!(size_of::<Value<'_>>(), 16);
}

#[test]
fn an_instruction_has_8_bytes() {
    assert_eq!(size_of::<Instr>(), 8);
}

#[test]
fn a_frame_has_at_most_72_bytes() {
    assert!(size_of::<Frame<'_>>() <= 72, "{}", size_of::<Frame<'_>>());
}
