//! The first byte of a value.

pub(crate) const NIL: u8 = 0;
pub(crate) const FALSE: u8 = 1;
pub(crate) const TRUE: u8 = 2;
/// An integer that is not small.
pub(crate) const INTEGER: u8 = 3;
pub(crate) const FLOAT: u8 = 4;
/// A short string that was not met before.
pub(crate) const SHORT: u8 = 5;
/// A long string that was not met before.
pub(crate) const LONG: u8 = 6;
/// A string that was met before: its number.
pub(crate) const STRING: u8 = 7;
/// A native function without upvalues.
pub(crate) const BUILTIN: u8 = 8;
/// An object that was met before: its number.
pub(crate) const OBJECT: u8 = 9;
// Mentions of objects.
pub(crate) const TABLE: u8 = 10;
pub(crate) const CLOSURE: u8 = 11;
pub(crate) const NATIVE: u8 = 12;
pub(crate) const USERDATA: u8 = 13;
pub(crate) const THREAD: u8 = 14;
pub(crate) const BUFFER: u8 = 15;
pub(crate) const LOADING: u8 = 16;
/// A variable that lives in a stack.
pub(crate) const OPEN: u8 = 22;
/// The key of a tombstone that was an object: the object's id.
pub(crate) const DEAD_OBJECT: u8 = 20;
/// The key of a tombstone that was a long string.
pub(crate) const DEAD_STRING: u8 = 21;
/// From here on: small integers.
pub(crate) const SMALL: u8 = 64;

/// Most of a small integer.
pub(crate) const MOST_SMALL: i64 = (u8::MAX - SMALL) as i64;
