//! The first byte of a value.

pub(super) const NIL: u8 = 0;
pub(super) const FALSE: u8 = 1;
pub(super) const TRUE: u8 = 2;
/// An integer that is not small.
pub(super) const INTEGER: u8 = 3;
pub(super) const FLOAT: u8 = 4;
/// A short string that was not met before.
pub(super) const SHORT: u8 = 5;
/// A long string that was not met before.
pub(super) const LONG: u8 = 6;
/// A string that was met before: its number.
pub(super) const STRING: u8 = 7;
/// A native function without upvalues.
pub(super) const BUILTIN: u8 = 8;
/// An object that was met before: its number.
pub(super) const OBJECT: u8 = 9;
// Mentions of objects.
pub(super) const TABLE: u8 = 10;
pub(super) const CLOSURE: u8 = 11;
pub(super) const NATIVE: u8 = 12;
pub(super) const USERDATA: u8 = 13;
pub(super) const THREAD: u8 = 14;
pub(super) const BUFFER: u8 = 15;
pub(super) const LOADING: u8 = 16;
/// A variable that lives in a stack.
pub(super) const OPEN: u8 = 22;
/// The key of a tombstone that was an object: the object's id.
pub(super) const DEAD_OBJECT: u8 = 20;
/// The key of a tombstone that was a long string.
pub(super) const DEAD_STRING: u8 = 21;
/// From here on: small integers.
pub(super) const SMALL: u8 = 64;

/// Most of a small integer.
pub(super) const MOST_SMALL: i64 = (u8::MAX - SMALL) as i64;
